//! Results of the functions.

use core::ffi::{CStr, c_char};

/// What a function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum SyntoneResult {
    /// Done.
    Ok = 0,
    /// A pointer that must not be NULL is NULL.
    NullPointer = 1,
    /// A pointer is not aligned as its type or SYNTONE_CLOCK_ALIGN asks.
    Misaligned = 2,
    /// The storage is smaller than syntone_clock_size() or syntone_transparent_size() says, or a buffer is too small.
    StorageTooSmall = 3,
    /// A struct_size is not the size that this library knows: it was not set, or header and library do not match.
    WrongSize = 4,
    /// The abi_version is not the one of this library: header and library do not match.
    WrongVersion = 5,
    /// A function of the HAL that must be there is NULL.
    MissingFunction = 6,
    /// An option is outside its range; syntone_config_error names it.
    BadConfig = 7,
    /// The storage holds no clock, or none of this kind: its init function was not called or did not succeed.
    NoClock = 8,
    /// The clock is at work: the call came from one of its own callbacks.
    Busy = 9,
    /// The clock has no such port, or there is no such number.
    OutOfRange = 10,
    /// The operating system refuses it.
    System = 11,
    /// The board is not open.
    NotOpen = 12,
    /// The HAL refuses it.
    Refused = 13,
    /// It is no management request that this clock answers.
    NotAnswered = 14,
}

pub(crate) type Checked<T = ()> = Result<T, SyntoneResult>;

/// What a checked call returns to C.
pub(crate) fn finish(result: Checked) -> SyntoneResult {
    match result {
        Ok(()) => SyntoneResult::Ok,
        Err(error) => error,
    }
}

/// A result in words: English, static, never NULL, for any number.
#[unsafe(no_mangle)]
pub extern "C" fn syntone_result_text(result: i32) -> *const c_char {
    const TEXTS: [&CStr; 15] = [
        c"done",
        c"a pointer is NULL",
        c"a pointer is misaligned",
        c"the storage is too small",
        c"struct_size is wrong",
        c"abi_version is wrong: header and library do not match",
        c"a function of the HAL is missing",
        c"an option is outside its range",
        c"the storage holds no clock",
        c"the clock is busy: called from its own callback",
        c"no such port or number",
        c"the operating system refuses it",
        c"the board is not open",
        c"the HAL refuses it",
        c"no management request that this clock answers",
    ];
    let text = usize::try_from(result).ok().and_then(|index| TEXTS.get(index));
    text.copied().unwrap_or(c"not a result").as_ptr()
}
