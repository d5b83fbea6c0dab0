//! The sockets, time stamps and clocks of Linux as a [`SyntoneHal`].

mod config;
mod functions;

pub use config::{
    SYNTONE_LINUX_NAME_SIZE, SYNTONE_STAMPING_HARDWARE, SYNTONE_STAMPING_HARDWARE_IF_POSSIBLE,
    SYNTONE_STAMPING_SOFTWARE, SYNTONE_TRANSPORT_ETHERNET, SYNTONE_TRANSPORT_UDP_IPV4, SYNTONE_TRANSPORT_UDP_IPV6,
    SyntoneLinuxConfig, SyntoneLinuxPort, syntone_linux_config_init,
};

use crate::board::{SYNTONE_HAL_OK, SyntoneHal, code};
use crate::pointer::{Sized32, check, copy_text, read_sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use core::ffi::{c_char, c_int};
use std::boxed::Box;
use std::string::ToString;
use syntone::wire::ClockIdentity;
use syntone_hal::{HalError, Instant, PortIndex};
use syntone_linux::{Error, LinuxHal};

/// Octets of syntone_linux_error.text.
pub const SYNTONE_LINUX_TEXT_SIZE: usize = 508;

/// Sockets and clock of a board on Linux.
#[derive(Debug)]
pub struct SyntoneLinux {
    _opaque: [u8; 0],
}

/// What the system refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneLinuxError {
    /// SYNTONE_HAL_..., negative; 0: nothing.
    pub kind: i32,
    /// The cause and its cure, in English; ends with NUL. Empty: nothing.
    pub text: [c_char; SYNTONE_LINUX_TEXT_SIZE],
}

impl SyntoneLinuxError {
    const NONE: Self = Self { kind: SYNTONE_HAL_OK, text: [0; SYNTONE_LINUX_TEXT_SIZE] };

    fn new(error: &Error) -> Self {
        let mut text = [0; SYNTONE_LINUX_TEXT_SIZE];
        copy_text(&error.to_string(), &mut text);
        Self { kind: code(error.kind()), text }
    }
}

/// What a `syntone_linux` really is.
struct Open {
    magic: u64,
    hal: LinuxHal,
}

/// What an open one begins with: "SynLinux".
const MAGIC: u64 = 0x5379_6E4C_696E_7578;

/// Works on what is open.
///
/// # Safety
/// `board` is null or came from [`syntone_linux_open`], is not closed, and is used by no other thread.
unsafe fn with<T>(board: *mut SyntoneLinux, work: impl FnOnce(&mut LinuxHal) -> T) -> Checked<T> {
    let open = board.cast::<Open>();
    check(open)?;
    // SAFETY: not null, aligned, and the caller promises that an Open is there. No call keeps a reference to it, and none of
    // them calls back.
    let open = unsafe { &mut *open };
    if open.magic == MAGIC { Ok(work(&mut open.hal)) } else { Err(SyntoneResult::NotOpen) }
}

/// Writes what the system refused, if the program wants to know.
///
/// # Safety
/// `error` is null or points to a syntone_linux_error.
unsafe fn tell(error: *mut SyntoneLinuxError, told: SyntoneLinuxError) -> Checked {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: as promised.
    unsafe { write(error, told) }
}

/// Opens sockets and clock, and sets `*board`, which belongs to the program until syntone_linux_close(). With
/// SYNTONE_RESULT_SYSTEM, `error`, which may be NULL, says what the system refused, and `*board` is NULL. After success
/// it says why time stamps are the kernel's where those of the hardware were wished for; it is empty if there is nothing to say.
///
/// Only on Linux, as all functions whose name begins with syntone_linux_.
///
/// # Safety
/// Each pointer is NULL or points to what its type says; `config` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_open(
    config: *const SyntoneLinuxConfig,
    board: *mut *mut SyntoneLinux,
    error: *mut SyntoneLinuxError,
) -> SyntoneResult {
    let open = || {
        // SAFETY: as promised.
        unsafe {
            write(board, core::ptr::null_mut())?;
            tell(error, SyntoneLinuxError::NONE)?;
            let config = read_sized(config)?;
            match config.open() {
                Ok((hal, fallback)) => {
                    tell(error, fallback.as_ref().map_or(SyntoneLinuxError::NONE, SyntoneLinuxError::new))?;
                    write(board, Box::into_raw(Box::new(Open { magic: MAGIC, hal })).cast())
                }
                Err(config::Refusal::Setting) => Err(SyntoneResult::BadConfig),
                Err(config::Refusal::System(refused)) => {
                    tell(error, SyntoneLinuxError::new(&refused))?;
                    Err(SyntoneResult::System)
                }
            }
        }
    };
    finish(open())
}

/// Closes sockets and clock. No clock that runs on them may be used any more, except to look at its status. NULL is done at once.
///
/// # Safety
/// `board` is NULL or came from syntone_linux_open() and was not closed; no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_close(board: *mut SyntoneLinux) -> SyntoneResult {
    let close = || {
        if board.is_null() {
            return Ok(());
        }
        // SAFETY: as promised.
        unsafe { with(board, |_| ()) }?;
        // SAFETY: made by Box::into_raw in syntone_linux_open, and not closed yet, as the caller promises.
        let mut open = unsafe { Box::from_raw(board.cast::<Open>()) };
        // Who calls again gets a result as long as nothing else was put there.
        open.magic = 0;
        Ok(())
    };
    finish(close())
}

/// Fills in `hal` for syntone_clock_init(). `struct_size` is sizeof(syntone_hal). One clock at a time runs on a board, in the
/// thread that uses the board.
///
/// # Safety
/// As syntone_linux_close(); `hal` is NULL or points to a syntone_hal, which need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_hal(
    board: *mut SyntoneLinux,
    hal: *mut SyntoneHal,
    struct_size: u32,
) -> SyntoneResult {
    let fill = || {
        check(hal)?;
        if struct_size != SyntoneHal::SIZE {
            return Err(SyntoneResult::WrongSize);
        }
        // SAFETY: as promised.
        unsafe {
            let table = with(board, |linux| functions::table(board, linux))?;
            write(hal, table)
        }
    };
    finish(fill())
}

/// Waits until something is received or stamped, until `until` on the monotonic time (the `next` of syntone_clock_run_once()),
/// or until a signal comes; it may also return earlier.
///
/// # Safety
/// As syntone_linux_close().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_wait(board: *mut SyntoneLinux, until: u64) -> SyntoneResult {
    let wait = || {
        // SAFETY: as promised.
        let waited = unsafe { with(board, |linux| linux.wait(Instant::from_nanos(until))) }?;
        waited.map_err(|_| SyntoneResult::System)
    };
    finish(wait())
}

/// For a program that waits in an event loop of its own: writes the sockets of the board to `descriptors`, at most `capacity`,
/// and their number to `*count`. Wait for POLLIN and POLLPRI on each, and until `*until` at the latest: that is the `next` of
/// syntone_clock_run_once() before the call, and may be earlier afterwards. Then call syntone_clock_run_once().
///
/// An interface that comes back gets other sockets: ask before each wait. SYNTONE_RESULT_STORAGE_TOO_SMALL: `*count` is more than
/// `capacity`, and no descriptor was written.
///
/// # Safety
/// As syntone_linux_close(); each pointer is NULL or points to what its type says, `descriptors` to `capacity` of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_descriptors(
    board: *mut SyntoneLinux,
    descriptors: *mut c_int,
    capacity: usize,
    count: *mut usize,
    until: *mut u64,
) -> SyntoneResult {
    // SAFETY: as promised.
    finish(unsafe { descriptors_of(board, descriptors, capacity, count, until) })
}

/// # Safety
/// As [`syntone_linux_descriptors`].
unsafe fn descriptors_of(
    board: *mut SyntoneLinux,
    descriptors: *mut c_int,
    capacity: usize,
    count: *mut usize,
    until: *mut u64,
) -> Checked {
    use std::os::fd::AsRawFd;
    check(descriptors)?;
    check(until)?;
    // SAFETY: checked above, and as promised.
    unsafe {
        let wait = Instant::from_nanos(until.read());
        let (number, at_most) = with(board, |linux| (linux.sockets().count(), linux.wait_at_most(wait)))?;
        write(count, number)?;
        if number > capacity {
            return Err(SyntoneResult::StorageTooSmall);
        }
        until.write(at_most.nanos());
        with(board, |linux| {
            for (index, socket) in linux.sockets().enumerate() {
                // Below `number`, and so below `capacity`.
                descriptors.add(index).write(socket.as_raw_fd());
            }
        })
    }
}

/// Makes a clock identity of the hardware address of a port, from 0. SYNTONE_RESULT_OUT_OF_RANGE: it has none, or there is no such
/// port.
///
/// # Safety
/// As syntone_linux_close(); `identity` is NULL or points to 8 octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_clock_identity(
    board: *mut SyntoneLinux,
    port: u8,
    identity: *mut u8,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        let address = unsafe { with(board, |linux| linux.hardware_address(PortIndex(port))) }?;
        let address = address.ok_or(SyntoneResult::OutOfRange)?;
        // SAFETY: as promised; an array of octets is aligned anywhere.
        unsafe { write(identity.cast::<[u8; 8]>(), ClockIdentity::from_mac48(address).octets()) }
    };
    finish(get())
}

/// Writes to `error` why a port, from 0, has no link, where that is known: an interface that has come back and cannot be used, for
/// example. It is empty if there is nothing to say.
///
/// # Safety
/// As syntone_linux_close(); `error` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_trouble(
    board: *mut SyntoneLinux,
    port: u8,
    error: *mut SyntoneLinuxError,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            let trouble = with(board, |linux| linux.trouble(PortIndex(port)).map(SyntoneLinuxError::new))?;
            write(error, trouble.unwrap_or(SyntoneLinuxError::NONE))
        }
    };
    finish(get())
}

/// Writes to `*nanoseconds` how far another program has stepped the clock since this was asked last; 0 if it has not. Tell it to
/// the clock by syntone_clock_stepped().
///
/// # Safety
/// As syntone_linux_close(); `nanoseconds` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_stepped_by_others(
    board: *mut SyntoneLinux,
    nanoseconds: *mut i64,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            let stepped = with(board, |linux| linux.clock_mut().stepped_by_others())?;
            write(nanoseconds, stepped.map_err(|_| SyntoneResult::System)?.unwrap_or(0))
        }
    };
    finish(get())
}

/// Sets `*replaced` to 1 if a hardware clock has taken the place of that of the board since this was asked last, since its interface was
/// made anew, or is a bond with another active member; else to 0. It goes on from the time of the one before, as far as that is known, so
/// there is nothing to do; but its oscillator is another, and a frequency that was saved for syntone_clock_start_from() is not its own.
///
/// # Safety
/// As syntone_linux_close(); `replaced` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_linux_take_replaced_clock(
    board: *mut SyntoneLinux,
    replaced: *mut u8,
) -> SyntoneResult {
    let take = || {
        check(replaced)?;
        // SAFETY: as promised.
        unsafe {
            let was = with(board, LinuxHal::take_replaced_clock)?;
            write(replaced, u8::from(was))
        }
    };
    finish(take())
}
