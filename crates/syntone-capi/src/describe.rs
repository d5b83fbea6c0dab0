//! What a clock tells of itself to people, what it remembers for them, and what they ask its host for.

use crate::board::code;
use crate::clock::SyntoneClock;
use crate::lent::Lent;
use crate::pointer::{check, copy_text, read_sized, sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::on_clock;
use core::ffi::{CStr, c_char, c_void};
use syntone::management::{Description, HostRequest};

/// What a clock tells of itself to people. Texts are UTF-8 and end with NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneDescription {
    /// sizeof(syntone_description); set by syntone_description_init().
    pub struct_size: u32,
    /// OUI or CID of the manufacturer.
    pub manufacturer_identity: [u8; 3],
    /// The PTP profile. Default: that of the default delay request-response profile.
    pub profile_identity: [u8; 6],
    /// 0.
    pub reserved: [u8; 3],
    /// Manufacturer, model and instance, with semicolons between them. Default ";;".
    pub product_description: [c_char; 65],
    /// Hardware, firmware and software, with semicolons between them. Default ";;".
    pub revision_data: [c_char; 33],
    /// Name and place, as its owner says. Default empty.
    pub user_description: [c_char; 129],
    /// The physical layer, such as "IEEE 802.3". Default empty.
    pub physical_layer_protocol: [c_char; 33],
}
sized!(SyntoneDescription);

/// Octets of storage for syntone_clock_describe().
pub const SYNTONE_SIZE_DESCRIPTION: usize = 384;

/// Something that stopped a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneFault {
    /// SYNTONE_HAL_..., negative: what its HAL reported.
    pub error: i32,
    /// The port, from 0.
    pub port: u8,
    /// 0.
    pub reserved: [u8; 3],
}

/// Asked of the host: nothing.
pub const SYNTONE_HOST_NOTHING: u8 = 0;
/// Asked of the host: keep what is set now, to start with it next time.
pub const SYNTONE_HOST_SAVE: u8 = 1;
/// Asked of the host: forget what was kept, to start as delivered next time.
pub const SYNTONE_HOST_RESET: u8 = 2;

/// Fills in the defaults: of a clock of which nothing is known. `struct_size` is sizeof(syntone_description).
///
/// # Safety
/// `description` is NULL or points to a syntone_description, which need not be initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_description_init(
    description: *mut SyntoneDescription,
    struct_size: u32,
) -> SyntoneResult {
    let fill = || {
        check(description)?;
        if struct_size != <SyntoneDescription as crate::pointer::Sized32>::SIZE {
            return Err(SyntoneResult::WrongSize);
        }
        // SAFETY: as promised, and the size that the caller knows is ours.
        unsafe { write(description, SyntoneDescription::unknown(struct_size)) }
    };
    finish(fill())
}

/// Says what CLOCK_DESCRIPTION and USER_DESCRIPTION tell. It is copied to `storage` of `size` octets, SYNTONE_SIZE_DESCRIPTION or more and
/// aligned to 8, which belong to the clock as long as it is used, and can be used for the same again.
/// SYNTONE_RESULT_OUT_OF_RANGE: a text has no NUL, or is not UTF-8.
///
/// # Safety
/// As syntone_clock_run_once(); `description` is NULL or points to what its type says; `storage` is NULL or points to `size` octets that
/// nobody else uses as long as the clock is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_describe(
    clock: *mut SyntoneClock,
    description: *const SyntoneDescription,
    storage: *mut c_void,
    size: usize,
) -> SyntoneResult {
    let describe = || {
        // SAFETY: as promised. What was told before is let go before its storage may be used again.
        unsafe {
            let (told, storage) = SyntoneDescription::lent(description, storage, size)?;
            on_clock!(clock, |machine| {
                machine.clock.set_description(&Description::UNKNOWN);
                machine.clock.set_description(told.put(storage)?);
            });
        }
        Ok(())
    };
    finish(describe())
}

/// Writes userDescription, as it was described or as management has set it, to `text`, at most `size` octets with the NUL at the end; what
/// does not fit is cut off.
///
/// # Safety
/// As syntone_clock_run_once(); `text` is NULL or points to `size` octets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_user_description(
    clock: *mut SyntoneClock,
    text: *mut c_char,
    size: usize,
) -> SyntoneResult {
    let get = || {
        check(text)?;
        let room = size.checked_sub(1).ok_or(SyntoneResult::StorageTooSmall)?;
        // SAFETY: as promised; no more than `room` octets and the NUL are written.
        unsafe {
            on_clock!(clock, |machine| {
                let words = machine.clock.user_description();
                let count = words.len().min(room);
                text.cast::<u8>().copy_from(words.as_ptr(), count);
                text.add(count).write(0);
            });
        }
        Ok(())
    };
    finish(get())
}

/// Writes the `index`th, from 0 and the newest first, of the faults that are remembered to `fault`; see SYNTONE_LEND_FAULT_LOG.
/// SYNTONE_RESULT_OUT_OF_RANGE: there are not so many.
///
/// # Safety
/// As syntone_clock_run_once(); `fault` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_fault(
    clock: *mut SyntoneClock,
    index: usize,
    fault: *mut SyntoneFault,
) -> SyntoneResult {
    let get = || -> Checked {
        check(fault)?;
        // SAFETY: as promised.
        unsafe {
            let found = on_clock!(clock, |machine| machine.clock.fault_log().and_then(|log| log.iter().nth(index)));
            let found = found.ok_or(SyntoneResult::OutOfRange)?;
            write(fault, SyntoneFault { error: code(found.kind), port: found.port.0, reserved: [0; 3] })
        }
    };
    finish(get())
}

/// Sets `*request` to what management asked of the host since the last call, one of SYNTONE_HOST_... Only from the first call on can it ask
/// for that: call it after each syntone_clock_run_once() and syntone_clock_answer(), or never.
///
/// # Safety
/// As syntone_clock_run_once(); `request` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_take_host_request(clock: *mut SyntoneClock, request: *mut u8) -> SyntoneResult {
    let take = || {
        check(request)?;
        // SAFETY: as promised.
        unsafe {
            let asked = on_clock!(clock, |machine| {
                machine.clock.offer_storage();
                machine.clock.take_host_request()
            });
            let asked = match asked {
                None => SYNTONE_HOST_NOTHING,
                Some(HostRequest::Save) => SYNTONE_HOST_SAVE,
                Some(HostRequest::Reset) => SYNTONE_HOST_RESET,
            };
            write(request, asked)
        }
    };
    finish(take())
}

impl SyntoneDescription {
    fn unknown(struct_size: u32) -> Self {
        let unknown = Description::UNKNOWN;
        let mut description = Self {
            struct_size,
            manufacturer_identity: unknown.manufacturer_identity,
            profile_identity: unknown.profile_identity,
            reserved: [0; 3],
            product_description: [0; 65],
            revision_data: [0; 33],
            user_description: [0; 129],
            physical_layer_protocol: [0; 33],
        };
        copy_text(unknown.product_description, &mut description.product_description);
        copy_text(unknown.revision_data, &mut description.revision_data);
        copy_text(unknown.user_description, &mut description.user_description);
        copy_text(unknown.physical_layer_protocol, &mut description.physical_layer_protocol);
        description
    }
}

/// A description, and the texts that it points to, in one place.
#[repr(C)]
struct Described {
    description: Description,
    told: SyntoneDescription,
}

const _: () = assert!(size_of::<Described>() <= SYNTONE_SIZE_DESCRIPTION);

impl SyntoneDescription {
    /// `None` if a text is none.
    fn checked(&'static self) -> Option<Description> {
        Some(Description {
            manufacturer_identity: self.manufacturer_identity,
            product_description: words(&self.product_description)?,
            revision_data: words(&self.revision_data)?,
            user_description: words(&self.user_description)?,
            profile_identity: self.profile_identity,
            physical_layer_protocol: words(&self.physical_layer_protocol)?,
            ports: &[],
        })
    }

    /// Checks a description and what is lent for it.
    ///
    /// # Safety
    /// As [`read_sized`].
    pub(crate) unsafe fn lent(told: *const Self, storage: *mut c_void, size: usize) -> Checked<(Self, Lent)> {
        // SAFETY: as promised.
        let told = unsafe { read_sized(told) }?;
        let storage = Lent::new(storage, size)?;
        storage.place::<Described>()?;
        if told.is_text() { Ok((told, storage)) } else { Err(SyntoneResult::OutOfRange) }
    }

    fn is_text(&self) -> bool {
        let texts = [&self.product_description[..], &self.revision_data, &self.user_description];
        texts.into_iter().chain([&self.physical_layer_protocol[..]]).all(|octets| words(octets).is_some())
    }

    /// Copies it to what was lent, to stay there.
    ///
    /// # Safety
    /// As [`Lent::octets`].
    pub(crate) unsafe fn put(&self, storage: Lent) -> Checked<&'static Description> {
        let place = storage.place::<Described>()?;
        // SAFETY: the place is there, large enough and aligned, and nobody else uses it; what was written is not changed any more.
        unsafe {
            (&raw mut (*place).told).write(*self);
            let told: &'static Self = &(*place).told;
            let description = told.checked().ok_or(SyntoneResult::OutOfRange)?;
            (&raw mut (*place).description).write(description);
            Ok(&(*place).description)
        }
    }
}

/// What stands before the first NUL; `None` if there is none, or it is not UTF-8.
pub(crate) fn words(octets: &[c_char]) -> Option<&str> {
    // SAFETY: a c_char is an octet, of whatever sign.
    let octets = unsafe { core::slice::from_raw_parts(octets.as_ptr().cast::<u8>(), octets.len()) };
    CStr::from_bytes_until_nul(octets).ok()?.to_str().ok()
}
