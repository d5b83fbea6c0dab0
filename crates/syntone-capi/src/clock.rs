//! The clock.

use crate::board::{Board, SYNTONE_ABI_VERSION, SyntoneHal};
use crate::config::{SyntoneConfig, SyntoneConfigError};
use crate::event::{Listener, SyntoneOnEvent};
use crate::pointer::{check, check_sized, read_sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::{self, Refusal, on_clock};
use crate::status::{SyntonePortStatus, SyntoneStatus};
use core::ffi::c_void;
use syntone::Input;
use syntone_hal::PortIndex;

/// Alignment of the storage of a clock, in octets.
pub const SYNTONE_CLOCK_ALIGN: usize = 16;
/// Storage of a clock without its ports, in octets.
pub const SYNTONE_CLOCK_SIZE_BASE: usize = 4_096;
/// Storage of each port of a clock, in octets.
pub const SYNTONE_CLOCK_SIZE_PORT: usize = 3_072;

/// A clock, in storage of the caller.
#[derive(Debug)]
pub struct SyntoneClock {
    _opaque: [u8; 0],
}

/// The SYNTONE_ABI_VERSION that this library was built with.
#[unsafe(no_mangle)]
pub extern "C" fn syntone_abi_version() -> u32 {
    SYNTONE_ABI_VERSION
}

/// How many octets a clock with `ports` ports needs, aligned to SYNTONE_CLOCK_ALIGN; 0 if this library cannot have so many
/// ports. SYNTONE_CLOCK_SIZE(ports) is as much or more, and a constant.
#[unsafe(no_mangle)]
pub extern "C" fn syntone_clock_size(ports: u8) -> usize {
    slot::size(ports)
}

/// Makes a clock in `storage` of `size` octets and sets `*clock` to it. It starts with the first
/// syntone_clock_run_once(). What the storage held before is not looked at, and nothing needs to be released.
///
/// The storage belongs to the clock as long as it is used, and does not move. `config` and `hal` are copied. With
/// SYNTONE_RESULT_BAD_CONFIG, `error`, which may be NULL, names the option. If no clock is made, `*clock` is NULL.
///
/// # Safety
/// Each pointer is NULL or points to what its type says; `storage` to `size` octets; `config` and `hal` are initialised;
/// the functions of `hal` keep to what its members ask.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_init(
    storage: *mut c_void,
    size: usize,
    config: *const SyntoneConfig,
    hal: *const SyntoneHal,
    clock: *mut *mut SyntoneClock,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    // SAFETY: as promised.
    finish(unsafe { init(storage, size, config, hal, clock, error) })
}

unsafe fn init(
    storage: *mut c_void,
    size: usize,
    config: *const SyntoneConfig,
    hal: *const SyntoneHal,
    clock: *mut *mut SyntoneClock,
    error: *mut SyntoneConfigError,
) -> Checked {
    // SAFETY: each pointer is as the caller promises; `write`, `read_sized` and `make` check for null and alignment.
    unsafe {
        write(clock, core::ptr::null_mut())?;
        SyntoneConfigError::clear(error)?;
        let config = read_sized(config)?;
        let board = Board::new(read_sized(hal)?)?;
        match slot::make(storage, size, &config, board) {
            Ok(()) => write(clock, storage.cast()),
            Err(Refusal::Result(result)) => Err(result),
            Err(Refusal::Config(wrong)) => SyntoneConfigError::tell(error, Err(wrong)),
        }
    }
}

/// Does everything that is due: takes what the HAL has received and stamped, sends, steers the clock, tells of events.
/// Never waits. Sets `*next`, unless `next` is NULL, to the monotonic time in nanoseconds when it is to be called again at
/// the latest; earlier as soon as the HAL has something received or stamped.
///
/// # Safety
/// `clock` is NULL or came from syntone_clock_init(), its storage is still there, and no other thread uses it now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_run_once(clock: *mut SyntoneClock, next: *mut u64) -> SyntoneResult {
    let run = || {
        if !next.is_null() {
            check(next)?;
        }
        // SAFETY: as promised.
        let due = unsafe { on_clock!(clock, |machine| machine.turn()) }.nanos();
        if next.is_null() {
            return Ok(());
        }
        // SAFETY: as promised.
        unsafe { write(next, due) }
    };
    finish(run())
}

/// Has `on_event` called with `context` for every event from now on; NULL: nobody is told.
///
/// # Safety
/// As syntone_clock_run_once(); `on_event` keeps to what its type asks, and `context` to what it needs, as long as the
/// clock is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_on_event(
    clock: *mut SyntoneClock,
    on_event: SyntoneOnEvent,
    context: *mut c_void,
) -> SyntoneResult {
    let listen = || {
        // SAFETY: as promised.
        unsafe { on_clock!(clock, |machine| machine.listener = Listener::new(on_event, context)) };
        Ok(())
    };
    finish(listen())
}

/// Tells the clock that the program itself, not the clock, has stepped the PTP clock by `nanoseconds`, forward if positive. What was
/// stamped before is not compared with what is stamped afterwards.
///
/// # Safety
/// As syntone_clock_run_once().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_stepped(clock: *mut SyntoneClock, nanoseconds: i64) -> SyntoneResult {
    let tell = || {
        // SAFETY: as promised.
        unsafe {
            on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                clock.handle(now, Input::Stepped(nanoseconds));
            });
        }
        Ok(())
    };
    finish(tell())
}

/// Writes the data sets of the clock to `status`, whose struct_size is set.
///
/// # Safety
/// As syntone_clock_run_once(); `status` is NULL or points to a syntone_status whose struct_size is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_status(clock: *mut SyntoneClock, status: *mut SyntoneStatus) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(status)?;
            write(status, on_clock!(clock, |machine| SyntoneStatus::new(&machine.clock)))
        }
    };
    finish(get())
}

/// Writes the data set and the counters of a port, from 0, to `status`, whose struct_size is set.
///
/// # Safety
/// As syntone_clock_run_once(); `status` is NULL or points to a syntone_port_status whose struct_size is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_port_status(
    clock: *mut SyntoneClock,
    port: u8,
    status: *mut SyntonePortStatus,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(status)?;
            let found = on_clock!(clock, |machine| SyntonePortStatus::new(&machine.clock, PortIndex(port)));
            write(status, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}
