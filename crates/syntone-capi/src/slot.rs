//! A clock of any number of ports in the caller's storage.

use crate::board::Board;
use crate::clock::{SYNTONE_CLOCK_ALIGN, SYNTONE_CLOCK_SIZE_BASE, SYNTONE_CLOCK_SIZE_PORT};
use crate::config::{SyntoneConfig, port_count};
use crate::event::Listener;
#[cfg(feature = "full")]
use crate::grandmaster::{SyntoneGrandmaster, SyntoneUtc};
use crate::pointer::check;
use crate::result::{Checked, SyntoneResult};
use crate::status::{SyntonePortStatus, SyntoneStatus};
use core::ffi::c_void;
use syntone::clock::Input;
use syntone::config::ConfigError;
use syntone::{Clock, Runner};
#[cfg(feature = "full")]
use syntone_hal::Timestamp;
use syntone_hal::{ClockHal, PortIndex};

/// What the start of a storage holds while it holds a clock: "Syntone" and the version.
const MAGIC: u64 = 0x5379_6E74_6F6E_6501;

/// What is the same for every number of ports. It is never behind a reference: a callback that calls back reads `busy`
/// while the clock behind it is being worked on.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Head {
    magic: u64,
    ports: u8,
    busy: bool,
}

#[repr(C)]
struct Slot<const PORTS: usize> {
    head: Head,
    machine: Machine<PORTS>,
}

struct Machine<const PORTS: usize> {
    clock: Clock<PORTS>,
    runner: Runner,
    board: Board,
    listener: Listener,
}

/// A clock whose number of ports is forgotten.
pub(crate) trait AnyClock {
    /// One turn of the loop; the next is due at the returned monotonic time in nanoseconds.
    fn turn(&mut self) -> u64;
    fn status(&self) -> SyntoneStatus;
    fn port_status(&self, port: PortIndex) -> Option<SyntonePortStatus>;
    fn listen(&mut self, listener: Listener);
    fn stepped(&mut self, nanoseconds: i64);
    #[cfg(feature = "full")]
    fn set_grandmaster(&mut self, grandmaster: &SyntoneGrandmaster) -> Result<(), ConfigError>;
    /// `None` if UTC is not known.
    #[cfg(feature = "full")]
    fn utc(&self, time: Timestamp) -> Option<SyntoneUtc>;
}

impl<const PORTS: usize> AnyClock for Machine<PORTS> {
    fn turn(&mut self) -> u64 {
        let Self { clock, runner, board, listener } = self;
        runner.turn(clock, board, &mut |event| listener.tell(event)).until.nanos()
    }

    fn status(&self) -> SyntoneStatus {
        SyntoneStatus::new(&self.clock)
    }

    fn port_status(&self, port: PortIndex) -> Option<SyntonePortStatus> {
        SyntonePortStatus::new(&self.clock, port)
    }

    fn listen(&mut self, listener: Listener) {
        self.listener = listener;
    }

    fn stepped(&mut self, nanoseconds: i64) {
        let now = self.board.monotonic();
        self.clock.handle(now, Input::Stepped(nanoseconds));
    }

    #[cfg(feature = "full")]
    fn set_grandmaster(&mut self, grandmaster: &SyntoneGrandmaster) -> Result<(), ConfigError> {
        let now = self.board.monotonic();
        self.clock.set_grandmaster(now, grandmaster.quality(), grandmaster.time_properties())
    }

    #[cfg(feature = "full")]
    fn utc(&self, time: Timestamp) -> Option<SyntoneUtc> {
        let utc = self.clock.utc();
        utc.scale().map(|scale| SyntoneUtc::new(scale.utc(time), utc.is_current()))
    }
}

/// Does `$what` with the number of ports as a constant.
macro_rules! for_ports {
    ($ports:expr, $function:ident ( $($argument:expr),* ), else $fallback:expr) => {
        match $ports {
            1 => $function::<1>($($argument),*),
            #[cfg(feature = "boundary")]
            2 => $function::<2>($($argument),*),
            #[cfg(feature = "boundary")]
            3 => $function::<3>($($argument),*),
            #[cfg(feature = "boundary")]
            4 => $function::<4>($($argument),*),
            #[cfg(feature = "boundary")]
            5 => $function::<5>($($argument),*),
            #[cfg(feature = "boundary")]
            6 => $function::<6>($($argument),*),
            #[cfg(feature = "boundary")]
            7 => $function::<7>($($argument),*),
            #[cfg(feature = "boundary")]
            8 => $function::<8>($($argument),*),
            _ => $fallback,
        }
    };
}

/// Octets for a clock of `ports` ports; 0 if this library has none.
pub(crate) fn size(ports: u8) -> usize {
    const fn of<const PORTS: usize>() -> usize {
        size_of::<Slot<PORTS>>()
    }
    for_ports!(ports, of(), else 0)
}

/// Why no clock was made.
pub(crate) enum Refusal {
    Result(SyntoneResult),
    Config(ConfigError),
}

/// Makes a clock in `storage`.
///
/// # Safety
/// `storage` is null or points to `octets` octets that nobody else uses.
pub(crate) unsafe fn make(
    storage: *mut c_void,
    octets: usize,
    config: &SyntoneConfig,
    board: Board,
) -> Result<(), Refusal> {
    let ports = port_count(config).map_err(|_| {
        let max = if cfg!(feature = "boundary") { 8 } else { 1 };
        Refusal::Config(ConfigError { option: "port_count", value: i64::from(config.port_count), min: 1, max })
    })?;
    check(storage.cast::<Head>()).map_err(Refusal::Result)?;
    if octets < size(ports) {
        return Err(Refusal::Result(SyntoneResult::StorageTooSmall));
    }
    // SAFETY: not null, aligned, and large enough for this number of ports.
    unsafe { for_ports!(ports, make_with(storage, config, board), else Ok(())) }.map_err(Refusal::Config)
}

/// # Safety
/// `storage` points to a place for a `Slot<PORTS>`, aligned for it.
unsafe fn make_with<const PORTS: usize>(
    storage: *mut c_void,
    config: &SyntoneConfig,
    board: Board,
) -> Result<(), ConfigError> {
    let clock = Clock::new(&config.clock()?, &config.ports::<PORTS>()?, config.servo()?)?;
    let machine = Machine { clock, runner: Runner::new(), board, listener: Listener::NONE };
    let head = Head { magic: MAGIC, ports: u8::try_from(PORTS).unwrap_or(0), busy: false };
    // SAFETY: as promised; what the place held before is not read, and a clock needs no drop.
    unsafe { storage.cast::<Slot<PORTS>>().write(Slot { head, machine }) };
    Ok(())
}

/// Works on the clock in `storage`, unless it is being worked on.
///
/// # Safety
/// `storage` is null or points to storage that was handed to [`make`] and is used by no other thread.
pub(crate) unsafe fn with<T>(storage: *mut c_void, work: impl FnOnce(&mut dyn AnyClock) -> T) -> Checked<T> {
    let head = storage.cast::<Head>();
    check(head)?;
    // SAFETY: not null, aligned; storage has room for a Head, and is plain octets if no clock was made there: `magic`
    // alone is read before it is known. No reference to the Head exists anywhere.
    if unsafe { (&raw const (*head).magic).read() } != MAGIC {
        return Err(SyntoneResult::NoClock);
    }
    // SAFETY: a clock was made here, so there is a Head.
    let Head { ports, busy, .. } = unsafe { head.read() };
    if busy {
        return Err(SyntoneResult::Busy);
    }
    let machine = for_ports!(ports, machine_of(storage), else return Err(SyntoneResult::NoClock));
    // SAFETY: the place is ours alone, see above; a call back from `work` reads the Head only and turns back at `busy`.
    unsafe { (&raw mut (*head).busy).write(true) };
    // SAFETY: a Slot with this number of ports was made here, and `busy` keeps every other reference away.
    let result = work(unsafe { &mut *machine });
    // SAFETY: as the write before.
    unsafe { (&raw mut (*head).busy).write(false) };
    Ok(result)
}

fn machine_of<const PORTS: usize>(storage: *mut c_void) -> *mut dyn AnyClock {
    // No dereference: the offset of a member.
    storage.wrapping_byte_add(core::mem::offset_of!(Slot<PORTS>, machine)).cast::<Machine<PORTS>>()
}

const _: () = {
    assert!(align_of::<Slot<1>>() <= SYNTONE_CLOCK_ALIGN && align_of::<Slot<1>>() == align_of::<Head>());
    assert!(size_of::<Slot<1>>() <= SYNTONE_CLOCK_SIZE_BASE.saturating_add(SYNTONE_CLOCK_SIZE_PORT));
    assert!(size_of::<Slot<8>>() <= SYNTONE_CLOCK_SIZE_BASE.saturating_add(SYNTONE_CLOCK_SIZE_PORT.saturating_mul(8)));
};
