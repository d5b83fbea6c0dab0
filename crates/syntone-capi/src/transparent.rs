//! The transparent clock.

use crate::board::{Board, SyntoneHal};
use crate::clock::SYNTONE_CLOCK_ALIGN;
use crate::config::{SyntoneConfigError, wrong};
use crate::pointer::{check, check_sized, read_sized, sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::{Refusal, Slot, put};
use crate::status::{SYNTONE_DISCARD_REASONS, SYNTONE_MESSAGE_TYPES, Tallies};
use crate::transparent_config::SyntoneTransparentConfig;
use core::ffi::c_void;
use syntone::TransparentClock;
use syntone::clock::transparent::Input;
use syntone::config::ConfigError;
use syntone::runner::TransparentRunner;
use syntone::wire::SdoId;
use syntone_hal::{ClockHal, Instant, PortIndex};

/// Storage of a transparent clock without its ports, in octets.
pub const SYNTONE_TRANSPARENT_SIZE_BASE: usize = 8_192;
/// Storage of each port of a transparent clock, in octets.
pub const SYNTONE_TRANSPARENT_SIZE_PORT: usize = 1_536;

/// A transparent clock, in storage of the caller: it forwards PTP messages from port to port and corrects them by the time that
/// they stayed.
#[derive(Debug)]
pub struct SyntoneTransparent {
    _opaque: [u8; 0],
}

/// A port of a transparent clock, and what it received, sent and discarded. Counters wrap after 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTransparentPort {
    /// sizeof(syntone_transparent_port); set it before the call.
    pub struct_size: u32,
    /// portNumber, from 1.
    pub port_number: u16,
    /// 1: the port has a link.
    pub link_up: u8,
    /// 1: it forwards. 0: it is blocked.
    pub forwarding: u8,
    /// meanLinkDelay of a peer-to-peer clock in units of 2^-16 ns; 0 until it is measured.
    pub mean_link_delay: i64,
    /// Messages received and accepted, by messageType.
    pub received: [u32; SYNTONE_MESSAGE_TYPES],
    /// Messages handed to the HAL, by messageType.
    pub sent: [u32; SYNTONE_MESSAGE_TYPES],
    /// What was not used, by reason; syntone_discard_name() names them.
    pub discarded: [u32; SYNTONE_DISCARD_REASONS],
}
sized!(SyntoneTransparentPort);

/// What the start of a storage holds while it holds a transparent clock: "Synton" and the version.
pub(crate) const TRANSPARENT: u64 = 0x5379_6E74_6F6E_8001;

/// A transparent clock and what it runs on.
pub(crate) struct Through<const PORTS: usize> {
    pub(crate) clock: TransparentClock<PORTS>,
    runner: TransparentRunner,
    board: Board,
}

impl<const PORTS: usize> Through<PORTS> {
    fn turn(&mut self) -> Instant {
        self.runner.turn(&mut self.clock, &mut self.board)
    }

    /// The clock, and the time at which something is done to it.
    pub(crate) fn at(&mut self) -> (&mut TransparentClock<PORTS>, Instant) {
        let now = self.board.monotonic();
        (&mut self.clock, now)
    }
}

/// Does `$function` with the number of ports as a constant.
macro_rules! for_ports {
    ($ports:expr, $function:ident ( $($argument:expr),* ), else $fallback:expr) => {
        match $ports {
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            5 => $function::<5>($($argument),*),
            6 => $function::<6>($($argument),*),
            7 => $function::<7>($($argument),*),
            8 => $function::<8>($($argument),*),
            _ => $fallback,
        }
    };
}

/// As `on_clock`, for a transparent clock.
macro_rules! on_transparent {
    ($storage:expr, |$machine:ident| $work:expr) => {{
        let mut work = $crate::slot::Work::begin($storage.cast(), $crate::transparent::TRANSPARENT)?;
        $crate::transparent::on_transparent!(@ work, $machine, $work, 2 3 4 5 6 7 8)
    }};
    (@ $held:ident, $machine:ident, $work:expr, $($ports:literal)*) => {
        match $held.ports() {
            $(
                $ports => {
                    let $machine: &mut $crate::transparent::Through<$ports> = $held.machine();
                    $work
                }
            )*
            _ => return Err($crate::result::SyntoneResult::NoClock),
        }
    };
}
pub(crate) use on_transparent;

/// How many octets a transparent clock with `ports` ports needs, aligned to SYNTONE_CLOCK_ALIGN; 0 if this library cannot have so
/// many ports. SYNTONE_TRANSPARENT_SIZE(ports) is as much or more, and a constant.
#[unsafe(no_mangle)]
pub extern "C" fn syntone_transparent_size(ports: u8) -> usize {
    const fn of<const PORTS: usize>() -> usize {
        size_of::<Slot<Through<PORTS>>>()
    }
    for_ports!(ports, of(), else 0)
}

/// Makes a transparent clock in `storage` of `size` octets and sets `*clock` to it. All is as with syntone_clock_init().
///
/// # Safety
/// As syntone_clock_init().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_init(
    storage: *mut c_void,
    size: usize,
    config: *const SyntoneTransparentConfig,
    hal: *const SyntoneHal,
    clock: *mut *mut SyntoneTransparent,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let init = || {
        // SAFETY: each pointer is as the caller promises; `write`, `read_sized` and `put` check for null and alignment.
        unsafe {
            write(clock, core::ptr::null_mut())?;
            SyntoneConfigError::clear(error)?;
            let config = read_sized(config)?;
            let board = Board::new(read_sized(hal)?)?;
            match make(storage, size, &config, board) {
                Ok(()) => write(clock, storage.cast()),
                Err(Refusal::Result(result)) => Err(result),
                Err(Refusal::Config(wrong)) => SyntoneConfigError::tell(error, Err(wrong)),
            }
        }
    };
    finish(init())
}

/// # Safety
/// `storage` is null or points to `octets` octets that nobody else uses.
unsafe fn make(
    storage: *mut c_void,
    octets: usize,
    config: &SyntoneTransparentConfig,
    board: Board,
) -> Result<(), Refusal> {
    let value = i64::from(config.port_count);
    let none = Refusal::Config(wrong(ConfigError { option: "port_count", value, min: 2, max: 8 }));
    // SAFETY: as promised.
    unsafe { for_ports!(config.port_count, make_with(storage, octets, config, board), else Err(none)) }
}

/// # Safety
/// As [`make`].
unsafe fn make_with<const PORTS: usize>(
    storage: *mut c_void,
    octets: usize,
    config: &SyntoneTransparentConfig,
    board: Board,
) -> Result<(), Refusal> {
    let make = || {
        let clock = TransparentClock::new(&config.clock().map_err(wrong)?, &config.ports::<PORTS>()).map_err(wrong)?;
        Ok(Through { clock, runner: TransparentRunner::new(), board })
    };
    // SAFETY: as promised.
    unsafe { put(storage, octets, (TRANSPARENT, PORTS), make) }
}

/// Does everything that is due: takes what the HAL has received and stamped, forwards it, steers the frequency if it is syntonised.
/// All is as with syntone_clock_run_once().
///
/// # Safety
/// `clock` is NULL or came from syntone_transparent_init(), its storage is still there, and no other thread uses it now; `next` is NULL
/// or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_run_once(clock: *mut SyntoneTransparent, next: *mut u64) -> SyntoneResult {
    let run = || {
        if !next.is_null() {
            check(next)?;
        }
        // SAFETY: as promised.
        let due = unsafe { on_transparent!(clock, |machine| machine.turn()) }.nanos();
        if next.is_null() {
            return Ok(());
        }
        // SAFETY: as promised.
        unsafe { write(next, due) }
    };
    finish(run())
}

/// Tells the clock that the program has stepped the PTP clock: what is under way cannot be corrected.
///
/// # Safety
/// As syntone_transparent_run_once().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_stepped(clock: *mut SyntoneTransparent) -> SyntoneResult {
    let tell = || {
        // SAFETY: as promised.
        unsafe {
            on_transparent!(clock, |machine| {
                let (clock, now) = machine.at();
                clock.handle(now, Input::Stepped);
            });
        }
        Ok(())
    };
    finish(tell())
}

/// Lets a port, from 0, forward (not 0) or blocks it (0), as the protocol that keeps the network free of loops decides. Nothing is
/// forwarded from or to a port that is blocked. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
///
/// # Safety
/// As syntone_transparent_run_once().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_set_forwarding(
    clock: *mut SyntoneTransparent,
    port: u8,
    forwarding: u8,
) -> SyntoneResult {
    let set = || -> Checked {
        // SAFETY: as promised.
        unsafe {
            on_transparent!(clock, |machine| {
                let port = PortIndex(port);
                machine.clock.counters(port).ok_or(SyntoneResult::OutOfRange)?;
                machine.clock.set_forwarding(port, forwarding != 0);
            });
        }
        Ok(())
    };
    finish(set())
}

/// Writes what is known of a port, from 0, to `status`, whose struct_size is set. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
///
/// # Safety
/// As syntone_transparent_run_once(); `status` is NULL or points to a syntone_transparent_port whose struct_size is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_port_status(
    clock: *mut SyntoneTransparent,
    port: u8,
    status: *mut SyntoneTransparentPort,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(status)?;
            let found = on_transparent!(clock, |machine| machine.port_status(PortIndex(port)));
            write(status, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Sets `*rate` to how much faster (negative: slower) than this clock the master of a domain runs, in units of 2^-16 ppm. It is taken
/// from the Syncs that pass. SYNTONE_RESULT_OUT_OF_RANGE: it is not measured yet, or `sdo_id` is beyond 0xFFF.
///
/// # Safety
/// As syntone_transparent_run_once(); `rate` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_rate(
    clock: *mut SyntoneTransparent,
    sdo_id: u16,
    domain_number: u8,
    rate: *mut i32,
) -> SyntoneResult {
    let get = || {
        check(rate)?;
        // SAFETY: as promised.
        unsafe {
            let found = on_transparent!(clock, |machine| {
                SdoId::new(sdo_id).and_then(|sdo_id| machine.clock.rate(sdo_id, domain_number))
            });
            write(rate, found.ok_or(SyntoneResult::OutOfRange)?.scaled_ppm())
        }
    };
    finish(get())
}

impl<const PORTS: usize> Through<PORTS> {
    fn port_status(&self, port: PortIndex) -> Option<SyntoneTransparentPort> {
        let Tallies { received, sent, discarded } = Tallies::new(self.clock.counters(port)?);
        #[cfg(feature = "full")]
        let mean_link_delay = self.clock.mean_link_delay(port).map_or(0, syntone_hal::TimeInterval::scaled);
        #[cfg(not(feature = "full"))]
        let mean_link_delay = 0;
        Some(SyntoneTransparentPort {
            struct_size: <SyntoneTransparentPort as crate::pointer::Sized32>::SIZE,
            port_number: port.number(),
            link_up: u8::from(self.clock.link_is_up(port)),
            forwarding: u8::from(self.clock.is_forwarding(port)),
            mean_link_delay,
            received,
            sent,
            discarded,
        })
    }
}

const _: () = {
    assert!(align_of::<Slot<Through<2>>>() <= SYNTONE_CLOCK_ALIGN);
    let of_ports = SYNTONE_TRANSPARENT_SIZE_PORT.saturating_mul(2);
    assert!(size_of::<Slot<Through<2>>>() <= SYNTONE_TRANSPARENT_SIZE_BASE.saturating_add(of_ports));
    let of_ports = SYNTONE_TRANSPARENT_SIZE_PORT.saturating_mul(8);
    assert!(size_of::<Slot<Through<8>>>() <= SYNTONE_TRANSPARENT_SIZE_BASE.saturating_add(of_ports));
};
