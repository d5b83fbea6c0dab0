//! Pointers from the other side, checked before they are used.

use crate::result::{Checked, SyntoneResult};

/// A struct whose first member is `struct_size`, the size that the caller knows.
///
/// # Safety
/// `repr(C)`, the first member is a `u32`, and every bit pattern is a valid value.
pub(crate) unsafe trait Sized32: Copy {
    /// The size that this library knows.
    const SIZE: u32;
}

/// Implements [`Sized32`] and checks that the size is known.
macro_rules! sized {
    ($name:ty) => {
        // SAFETY: repr(C), struct_size first, and nothing but integers, pointers and optional function pointers.
        unsafe impl $crate::pointer::Sized32 for $name {
            const SIZE: u32 = {
                assert!(size_of::<$name>() <= 65_536 && core::mem::offset_of!($name, struct_size) == 0);
                #[expect(clippy::as_conversions, reason = "no TryFrom in constants; checked in the line above")]
                let size = size_of::<$name>() as u32;
                size
            };
        }
    };
}
pub(crate) use sized;

pub(crate) fn check<T>(pointer: *const T) -> Checked {
    if pointer.is_null() {
        return Err(SyntoneResult::NullPointer);
    }
    if !pointer.is_aligned() {
        return Err(SyntoneResult::Misaligned);
    }
    Ok(())
}

/// Checks pointer and `struct_size`.
///
/// # Safety
/// `pointer` is null or points to at least the four octets of `struct_size`.
pub(crate) unsafe fn check_sized<T: Sized32>(pointer: *const T) -> Checked {
    check(pointer)?;
    // SAFETY: not null, aligned for T and so for its first member, which the caller promises to be there.
    let size = unsafe { pointer.cast::<u32>().read() };
    if size == T::SIZE { Ok(()) } else { Err(SyntoneResult::WrongSize) }
}

/// Reads a struct that carries its size.
///
/// # Safety
/// `pointer` is null or points to as many octets as the `struct_size` at its start says, and four at least.
pub(crate) unsafe fn read_sized<T: Sized32>(pointer: *const T) -> Checked<T> {
    // SAFETY: as promised.
    unsafe { check_sized(pointer) }?;
    // SAFETY: not null, aligned, and all of T is there, since struct_size says so; any bits are a T.
    Ok(unsafe { pointer.read() })
}

/// Octets of the caller.
///
/// # Safety
/// `octets` is null or points to `size` octets that nobody changes as long as they are used.
pub(crate) unsafe fn slice<'a>(octets: *const u8, size: usize) -> Checked<&'a [u8]> {
    check(octets)?;
    if size > LONGEST {
        return Err(SyntoneResult::OutOfRange);
    }
    // SAFETY: not null, not too long, and as promised.
    Ok(unsafe { core::slice::from_raw_parts(octets, size) })
}

/// The longest PTP message in octets.
pub(crate) const LONGEST: usize = 65_535;

/// Writes to a place that the caller lent.
///
/// # Safety
/// `pointer` is null or points to a T.
pub(crate) unsafe fn write<T>(pointer: *mut T, value: T) -> Checked {
    check(pointer)?;
    // SAFETY: not null, aligned, and the caller promises the place.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Writes `text` with a NUL at its end, which stays free of it as all that follows; what does not fit is cut off.
#[cfg(any(feature = "full", all(feature = "linux", target_os = "linux")))]
pub(crate) fn copy_text(text: &str, to: &mut [core::ffi::c_char]) {
    let room = to.len().saturating_sub(1);
    for (place, octet) in to.iter_mut().zip(text.bytes().take(room).chain([0])) {
        *place = core::ffi::c_char::from_ne_bytes([octet]);
    }
}
