//! Storage that a program lends to a clock, for what only some of them do.

use crate::clock::SyntoneClock;
use crate::pointer::{LONGEST, check};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::on_clock;
use core::ffi::c_void;
use syntone::attached::AlternateTimescale;
use syntone::bmca::AcceptableMaster;
use syntone::management::Fault;

/// Lent for the TLVs of the parent's Announces that a boundary clock hands on, and a slave reads: 1376 octets hold all.
pub const SYNTONE_LEND_ANNOUNCE_TLVS: u16 = 1;
/// Lent for the TLVs of organisations that come with Announces of the parent and with Signaling: see syntone_clock_take_tlvs().
pub const SYNTONE_LEND_RECEIVED_TLVS: u16 = 2;
/// Lent for the TLVs of syntone_clock_announce_tlvs(), of which there are none then.
pub const SYNTONE_LEND_ANNOUNCED_TLVS: u16 = 3;
/// Lent for acceptableMasterTableDS, SYNTONE_SIZE_ACCEPTABLE_MASTER octets for each; it holds nobody then.
pub const SYNTONE_LEND_ACCEPTABLE_MASTERS: u16 = 4;
/// Lent for alternateTimescaleOffsetsDS, SYNTONE_SIZE_ALTERNATE_TIMESCALE octets for each, 255 at the most.
pub const SYNTONE_LEND_ALTERNATE_TIMESCALES: u16 = 5;
/// Lent for faults, SYNTONE_SIZE_FAULT octets for each, which are remembered from then on; the newest takes the place of the oldest.
pub const SYNTONE_LEND_FAULT_LOG: u16 = 6;
/// Lent for a userDescription that management can set, 128 octets at the most. Describe the clock first.
pub const SYNTONE_LEND_USER_DESCRIPTION: u16 = 7;

/// Octets of an acceptable master in storage that is lent, as many or more.
pub const SYNTONE_SIZE_ACCEPTABLE_MASTER: usize = 24;
/// Octets of an alternate timescale in storage that is lent, as many or more.
pub const SYNTONE_SIZE_ALTERNATE_TIMESCALE: usize = 32;
/// Octets of a fault in storage that is lent, as many or more.
pub const SYNTONE_SIZE_FAULT: usize = 2;

/// Lends `size` octets, aligned to 8, for one of SYNTONE_LEND_... Until then the clock does without. They belong to the clock as long
/// as it is used, and what they hold is nobody's business. What is lent for the same again takes the place of what was lent before.
///
/// SYNTONE_RESULT_STORAGE_TOO_SMALL: they hold not even one. SYNTONE_RESULT_OUT_OF_RANGE: no such purpose.
///
/// # Safety
/// As syntone_clock_run_once(); `storage` is NULL or points to `size` octets that nobody else uses as long as the clock is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_lend(
    clock: *mut SyntoneClock,
    purpose: u16,
    storage: *mut c_void,
    size: usize,
) -> SyntoneResult {
    let lend = || {
        let storage = Lent::new(storage, size)?;
        // SAFETY: as promised. What was lent before is let go before it may be lent again.
        unsafe {
            on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                match purpose {
                    SYNTONE_LEND_ANNOUNCE_TLVS => {
                        clock.keep_announce_tlvs(&mut []);
                        clock.keep_announce_tlvs(storage.octets());
                    }
                    SYNTONE_LEND_RECEIVED_TLVS => {
                        clock.keep_received_tlvs(&mut []);
                        clock.keep_received_tlvs(storage.octets());
                    }
                    SYNTONE_LEND_ANNOUNCED_TLVS => {
                        clock.keep_announced_tlvs(&mut []);
                        clock.keep_announced_tlvs(storage.octets());
                    }
                    SYNTONE_LEND_ACCEPTABLE_MASTERS => {
                        clock.keep_acceptable_masters(now, &mut []);
                        clock.keep_acceptable_masters(now, storage.list(AcceptableMaster::default())?);
                    }
                    SYNTONE_LEND_ALTERNATE_TIMESCALES => {
                        clock.keep_alternate_timescales(&mut []);
                        clock.keep_alternate_timescales(storage.list(AlternateTimescale::default())?);
                    }
                    SYNTONE_LEND_FAULT_LOG => {
                        clock.keep_fault_log(&mut []);
                        clock.keep_fault_log(storage.list::<Option<Fault>>(None)?);
                    }
                    SYNTONE_LEND_USER_DESCRIPTION => {
                        clock.lend_user_description(&mut []);
                        clock.lend_user_description(storage.octets());
                    }
                    _ => return Err(SyntoneResult::OutOfRange),
                }
            });
        }
        Ok(())
    };
    finish(lend())
}

/// Storage of the program, checked.
#[derive(Clone, Copy)]
pub(crate) struct Lent {
    storage: *mut c_void,
    size: usize,
}

impl Lent {
    pub(crate) fn new(storage: *mut c_void, size: usize) -> Checked<Self> {
        check(storage.cast::<u64>())?;
        if size == 0 { Err(SyntoneResult::StorageTooSmall) } else { Ok(Self { storage, size }) }
    }

    /// Where a T goes, aligned to 8 at the most.
    pub(crate) fn place<T>(self) -> Checked<*mut T> {
        const { assert!(align_of::<T>() <= align_of::<u64>()) };
        if self.size < size_of::<T>() { Err(SyntoneResult::StorageTooSmall) } else { Ok(self.storage.cast()) }
    }

    /// All of it, empty; of very much the first 65 535.
    ///
    /// # Safety
    /// It is there, and nobody else uses it any more.
    pub(crate) unsafe fn octets(self) -> &'static mut [u8] {
        let octets = self.storage.cast::<u8>();
        let size = self.size.min(LONGEST);
        // SAFETY: not null, and as promised; after the first line it is initialised.
        unsafe {
            octets.write_bytes(0, size);
            core::slice::from_raw_parts_mut(octets, size)
        }
    }

    /// As many values as there is room for, 65 535 at the most.
    ///
    /// # Safety
    /// As [`Lent::octets`].
    pub(crate) unsafe fn list<T: Copy>(self, value: T) -> Checked<&'static mut [T]> {
        let first = self.place::<T>()?;
        let count = self.size.checked_div(size_of::<T>()).unwrap_or(0).min(LONGEST);
        for index in 0..count {
            // SAFETY: so many fit, and the place is there and aligned.
            unsafe { first.add(index).write(value) };
        }
        // SAFETY: so many were just written.
        Ok(unsafe { core::slice::from_raw_parts_mut(first, count) })
    }
}

const _: () = {
    assert!(size_of::<AcceptableMaster>() <= SYNTONE_SIZE_ACCEPTABLE_MASTER);
    assert!(size_of::<AlternateTimescale>() <= SYNTONE_SIZE_ALTERNATE_TIMESCALE);
    assert!(size_of::<Option<Fault>>() <= SYNTONE_SIZE_FAULT);
};
