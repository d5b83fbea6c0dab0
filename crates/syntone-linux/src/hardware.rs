//! Making an interface stamp in hardware.

use crate::sys::hardware::{self, Ability, Setting};
use crate::sys::socket;
use crate::transport::interface_error;
use crate::{Error, Phc, PtpClock};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

/// Which event messages the hardware shall complete as they leave, instead of handing over their stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OneStepMode {
    /// None.
    #[default]
    Off,
    /// Sync messages.
    Sync,
    /// Sync and Pdelay_Resp messages.
    PeerToPeer,
}

/// Why an interface does not stamp in hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shortcoming {
    /// The port has no interface.
    NoInterface,
    /// The interface has no PTP hardware clock.
    NoClock,
    /// Its driver offers no stamps in both directions.
    NoStamps,
    /// Its driver has no receive filter that takes every event message of the transport; the bits of those that it has
    /// (`HWTSTAMP_FILTER_…`).
    NoFilter {
        /// The bits.
        offered: u32,
    },
    /// Its driver cannot complete the messages asked for as they leave.
    NoOneStep,
    /// It stamps on another clock than the one that is steered.
    OtherClock {
        /// The number of its own, as in `/dev/ptpN`.
        its_own: u32,
    },
    /// Its driver offered it and then refused; the error number of its answer.
    Refused {
        /// The error number.
        errno: i32,
    },
}

impl fmt::Display for Shortcoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoInterface => write!(f, "the port is not bound to an interface"),
            Self::NoClock => write!(f, "it has no PTP hardware clock (see ethtool -T)"),
            Self::NoStamps => write!(f, "its driver does not stamp in both directions (see ethtool -T)"),
            Self::NoFilter { offered } => {
                write!(
                    f,
                    "its driver has no receive filter for all event messages of this transport (offered: {offered:#x})"
                )
            }
            Self::NoOneStep => write!(f, "its driver cannot send in one step; use two steps"),
            Self::OtherClock { its_own } => {
                write!(f, "it stamps on /dev/ptp{its_own}, not on the clock that is steered")
            }
            Self::Refused { errno } => {
                write!(f, "its driver refuses to: {}", io::Error::from_raw_os_error(errno))
            }
        }
    }
}

/// Whether stamps of the hardware are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StampingWish {
    /// Those of the kernel do.
    Software,
    /// Where they can be had; else those of the kernel.
    #[default]
    HardwareIfPossible,
    /// Nothing else.
    Hardware,
}

/// A clock, and why it is not a better one.
#[derive(Debug)]
pub struct ClockChoice {
    /// The clock.
    pub clock: PtpClock,
    /// Why it does not have hardware stamps, although they were wished for.
    pub fallback: Option<Error>,
}

/// Which event messages a receive filter must take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Messages over UDP, of either version of IP.
    Udp,
    /// Messages in Ethernet frames.
    Ethernet,
}

/// Chooses the clock for ports on `interfaces`, all of which stamp on one clock: their hardware clock if it is wished for
/// and can be had, which switches their stamping on; else what `software` gives.
///
/// # Errors
/// When hardware stamps are demanded and cannot be had, or there is no such interface.
pub fn choose_clock(
    interfaces: &[&str],
    carrier: Carrier,
    one_step: OneStepMode,
    wish: StampingWish,
    software: impl FnOnce() -> Result<PtpClock, Error>,
) -> Result<ClockChoice, Error> {
    // An interface that is not there is no reason for other stamps.
    let socket = any_socket()?;
    for interface in interfaces {
        ability(socket.as_fd(), interface)?;
    }
    if wish == StampingWish::Software {
        return Ok(ClockChoice { clock: software()?, fallback: None });
    }
    match (hardware_clock(interfaces, carrier, one_step), wish) {
        (Ok(clock), _) => Ok(ClockChoice { clock: clock.into(), fallback: None }),
        (Err(error), StampingWish::Hardware) => Err(error),
        (Err(error), _) => Ok(ClockChoice { clock: software()?, fallback: Some(error) }),
    }
}

fn hardware_clock(interfaces: &[&str], carrier: Carrier, one_step: OneStepMode) -> Result<Phc, Error> {
    let first = interfaces.first().copied().unwrap_or_default();
    let phc = Phc::of_interface(first)?;
    let socket = any_socket()?;
    for interface in interfaces {
        enable(socket.as_fd(), interface, carrier, one_step, phc.index())?;
    }
    Ok(phc)
}

/// The number of the clock in which the interface called `name` stamps.
pub(crate) fn interface_clock(name: &str) -> Result<Option<u32>, Error> {
    Ok(ability(any_socket()?.as_fd(), name)?.phc)
}

/// Makes the interface called `name` stamp event messages on the clock with number `clock`, if that is given.
///
/// # Errors
/// [`Error::NoHardwareStamps`], [`Error::Permission`].
pub(crate) fn enable(
    socket: BorrowedFd<'_>,
    name: &str,
    carrier: Carrier,
    one_step: OneStepMode,
    clock: Option<u32>,
) -> Result<(), Error> {
    let ability = ability(socket, name)?;
    let short = |reason| Error::NoHardwareStamps { interface: name.into(), reason };
    let plan = Plan::new(&ability, carrier, one_step, clock).map_err(short)?;
    // Looked at first: to leave it as it is needs no right, and what others have set wider is not narrowed.
    let current = hardware::setting(socket, name).unwrap_or_default();
    if plan.is_met_by(current) {
        return Ok(());
    }
    let mut last = libc::EOPNOTSUPP;
    for wanted in plan.attempts(current) {
        match hardware::set(socket, name, wanted) {
            Ok(setting) if plan.is_met_by(setting) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => {
                let what = format!("switch on the hardware time stamps of interface {name}");
                return Err(Error::Permission { what, capability: "cap_net_admin" });
            }
            Err(error) => last = error.raw_os_error().unwrap_or(last),
        }
    }
    Err(short(Shortcoming::Refused { errno: last }))
}

fn any_socket() -> Result<std::os::fd::OwnedFd, Error> {
    socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0).map_err(|error| Error::system("make a UDP socket", error))
}

fn ability(socket: BorrowedFd<'_>, name: &str) -> Result<Ability, Error> {
    match hardware::ability(socket, name) {
        Ok(ability) => Ok(ability),
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(Ability::default()),
        Err(error) => Err(interface_error(error, name)),
    }
}

/// What to ask the driver for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    transmit: u32,
    carrier: Carrier,
    offered: u32,
}

impl Plan {
    fn new(
        ability: &Ability,
        carrier: Carrier,
        one_step: OneStepMode,
        clock: Option<u32>,
    ) -> Result<Self, Shortcoming> {
        let its_own = ability.phc.ok_or(Shortcoming::NoClock)?;
        if ability.stamping & HARDWARE != HARDWARE || ability.transmit & bit(libc::HWTSTAMP_TX_ON) == 0 {
            return Err(Shortcoming::NoStamps);
        }
        if clock.is_some_and(|clock| clock != its_own) {
            return Err(Shortcoming::OtherClock { its_own });
        }
        let transmit = match one_step {
            OneStepMode::Off => libc::HWTSTAMP_TX_ON,
            OneStepMode::Sync => libc::HWTSTAMP_TX_ONESTEP_SYNC,
            OneStepMode::PeerToPeer => libc::HWTSTAMP_TX_ONESTEP_P2P,
        };
        if ability.transmit & bit(transmit) == 0 {
            return Err(Shortcoming::NoOneStep);
        }
        let offered = ability.filters;
        let plan = Self { transmit, carrier, offered };
        if plan.filters().next().is_none() {
            return Err(Shortcoming::NoFilter { offered });
        }
        Ok(plan)
    }

    /// The filters that take what is needed, the narrowest first, as far as the driver offers them.
    fn filters(&self) -> impl Iterator<Item = u32> {
        let offered = self.offered;
        sufficient(self.carrier).into_iter().filter(move |filter| offered & bit(*filter) != 0)
    }

    fn is_met_by(&self, setting: Setting) -> bool {
        setting.transmit == self.transmit && sufficient(self.carrier).contains(&setting.filter)
    }

    /// What to try in turn. A filter that suffices stays as it is.
    fn attempts(&self, current: Setting) -> impl Iterator<Item = Setting> {
        let kept = sufficient(self.carrier).into_iter().filter(move |filter| *filter == current.filter);
        let transmit = self.transmit;
        kept.chain(self.filters()).map(move |filter| Setting { transmit, filter })
    }
}

const fn bit(number: u32) -> u32 {
    1 << number
}

const HARDWARE: u32 =
    libc::SOF_TIMESTAMPING_TX_HARDWARE | libc::SOF_TIMESTAMPING_RX_HARDWARE | libc::SOF_TIMESTAMPING_RAW_HARDWARE;

const fn sufficient(carrier: Carrier) -> [u32; 3] {
    let narrow = match carrier {
        Carrier::Udp => libc::HWTSTAMP_FILTER_PTP_V2_L4_EVENT,
        Carrier::Ethernet => libc::HWTSTAMP_FILTER_PTP_V2_L2_EVENT,
    };
    [narrow, libc::HWTSTAMP_FILTER_PTP_V2_EVENT, libc::HWTSTAMP_FILTER_ALL]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: u32 = libc::HWTSTAMP_FILTER_ALL;
    const V2_EVENT: u32 = libc::HWTSTAMP_FILTER_PTP_V2_EVENT;
    const L4_EVENT: u32 = libc::HWTSTAMP_FILTER_PTP_V2_L4_EVENT;
    const L4_SYNC: u32 = libc::HWTSTAMP_FILTER_PTP_V2_L4_SYNC;

    fn ability(filters: &[u32]) -> Ability {
        Ability {
            stamping: HARDWARE,
            phc: Some(2),
            transmit: bit(libc::HWTSTAMP_TX_ON) | bit(libc::HWTSTAMP_TX_ONESTEP_SYNC),
            filters: filters.iter().map(|filter| bit(*filter)).sum(),
        }
    }

    fn plan(ability: &Ability, carrier: Carrier, one_step: OneStepMode) -> Result<Plan, Shortcoming> {
        Plan::new(ability, carrier, one_step, Some(2))
    }

    fn filters(offered: &[u32], carrier: Carrier, current: u32) -> Vec<u32> {
        let plan = plan(&ability(offered), carrier, OneStepMode::Off).unwrap();
        plan.attempts(Setting { transmit: 0, filter: current }).map(|setting| setting.filter).collect()
    }

    #[test]
    fn the_narrowest_filter_is_tried_first_and_a_wider_one_that_is_set_is_kept() {
        assert_eq!(filters(&[ALL, V2_EVENT, L4_EVENT], Carrier::Udp, 0), [L4_EVENT, V2_EVENT, ALL]);
        assert_eq!(filters(&[ALL, V2_EVENT, L4_EVENT], Carrier::Ethernet, 0), [V2_EVENT, ALL]);
        assert_eq!(filters(&[V2_EVENT, L4_EVENT], Carrier::Udp, ALL), [ALL, L4_EVENT, V2_EVENT]);
        assert_eq!(filters(&[ALL], Carrier::Ethernet, L4_EVENT), [ALL]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let reason = |ability: &Ability| plan(ability, Carrier::Udp, OneStepMode::Off).unwrap_err();
        let good = ability(&[ALL]);
        assert_eq!(reason(&Ability { phc: None, ..good }), Shortcoming::NoClock);
        assert_eq!(reason(&Ability { phc: Some(3), ..good }), Shortcoming::OtherClock { its_own: 3 });
        assert_eq!(reason(&Ability { transmit: 1, ..good }), Shortcoming::NoStamps);
        let receive_only = Ability { stamping: HARDWARE & !libc::SOF_TIMESTAMPING_TX_HARDWARE, ..good };
        assert_eq!(reason(&receive_only), Shortcoming::NoStamps);
        assert_eq!(reason(&ability(&[L4_SYNC])), Shortcoming::NoFilter { offered: bit(L4_SYNC) });
        let peer_to_peer = plan(&good, Carrier::Udp, OneStepMode::PeerToPeer);
        assert_eq!(peer_to_peer, Err(Shortcoming::NoOneStep));
    }

    #[test]
    fn a_driver_that_does_less_than_it_was_asked_for_is_not_believed() {
        let plan = plan(&ability(&[ALL]), Carrier::Ethernet, OneStepMode::Sync).unwrap();
        let setting = |transmit, filter| Setting { transmit, filter };
        assert!(plan.is_met_by(setting(libc::HWTSTAMP_TX_ONESTEP_SYNC, V2_EVENT)));
        assert!(!plan.is_met_by(setting(libc::HWTSTAMP_TX_ON, V2_EVENT)));
        assert!(!plan.is_met_by(setting(libc::HWTSTAMP_TX_ONESTEP_SYNC, L4_EVENT)));
    }

    #[test]
    fn without_hardware_the_kernels_stamps_are_used_and_the_reason_is_told() {
        let choose = |wish| {
            let software = || Ok(crate::SoftwareClock::new(crate::OscillatorError::default()).into());
            choose_clock(&["lo"], Carrier::Udp, OneStepMode::Off, wish, software)
        };
        let choice = choose(StampingWish::HardwareIfPossible).unwrap();
        assert!(matches!(choice.clock, PtpClock::Software(_)));
        assert!(matches!(choice.fallback, Some(Error::NoHardwareStamps { reason: Shortcoming::NoClock, .. })));
        assert!(choose(StampingWish::Software).unwrap().fallback.is_none());
        assert!(matches!(choose(StampingWish::Hardware), Err(Error::NoHardwareStamps { .. })));
        for wish in [StampingWish::Software, StampingWish::HardwareIfPossible, StampingWish::Hardware] {
            let software = || -> Result<PtpClock, Error> { unreachable!("no clock is opened") };
            let error = choose_clock(&["none0"], Carrier::Udp, OneStepMode::Off, wish, software).unwrap_err();
            assert!(matches!(error, Error::NoSuchInterface { .. }), "{error}");
        }
    }
}
