//! Masters that are acceptable, and alternate ones.

use crate::clock::SyntoneClock;
use crate::config::SyntoneConfigError;
use crate::event::{SyntoneMaster, SyntonePortIdentity};
use crate::pointer::{check, check_sized, sized, write};
use crate::result::{Checked, SyntoneResult, finish};
use crate::slot::on_clock;
use syntone::bmca::AcceptableMaster;
use syntone_hal::PortIndex;

/// A sender of Announces that is acceptable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneAcceptableMaster {
    /// acceptablePortIdentity.
    pub identity: SyntonePortIdentity,
    /// alternatePriority1: compared in place of the announced priority1; 0: that is.
    pub alternate_priority1: u8,
    /// 0.
    pub reserved: u8,
}

/// An alternate master that a port has heard of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneAlternateMaster {
    /// sizeof(syntone_alternate_master); set it before the call.
    pub struct_size: u32,
    /// 1: it was heard more than once.
    pub qualified: u8,
    /// 0.
    pub reserved: [u8; 3],
    /// What it announces; parent is the alternate master itself, and steps_removed what a slave of it would have.
    pub master: SyntoneMaster,
}
sized!(SyntoneAlternateMaster);

/// Puts a list of `count` masters in place of acceptableMasterTableDS. It counts on ports where SYNTONE_SETTING_ACCEPTABLE_MASTERS is on; a
/// parent that is not acceptable is left at once. With SYNTONE_RESULT_BAD_CONFIG what was lent as SYNTONE_LEND_ACCEPTABLE_MASTERS is too
/// small for it, and nothing changes.
///
/// # Safety
/// As syntone_clock_run_once(); `list` is NULL, with a count of 0, or points to `count` of them; `error` is NULL or points to what its type
/// says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set_acceptable_masters(
    clock: *mut SyntoneClock,
    list: *const SyntoneAcceptableMaster,
    count: usize,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised; no table is larger than 16 bits can count.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let list = if count == 0 {
                &[]
            } else {
                check(list)?;
                core::slice::from_raw_parts(list, count.min(1 << 16))
            };
            let list = list.iter().map(SyntoneAcceptableMaster::checked);
            let set = on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                clock.replace_acceptable_masters(now, list)
            });
            SyntoneConfigError::tell(error, set)
        }
    };
    finish(set())
}

/// Writes the `index`th, from 0, of acceptableMasterTableDS to `master`. SYNTONE_RESULT_OUT_OF_RANGE: there are not so many.
///
/// # Safety
/// As syntone_clock_run_once(); `master` is NULL or points to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_acceptable_master(
    clock: *mut SyntoneClock,
    index: usize,
    master: *mut SyntoneAcceptableMaster,
) -> SyntoneResult {
    let get = || -> Checked {
        // SAFETY: as promised.
        unsafe {
            check(master)?;
            let found = on_clock!(clock, |machine| {
                machine.clock.acceptable_master_table().list().get(index).map(SyntoneAcceptableMaster::new)
            });
            write(master, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Writes the `index`th, from 0, of the alternate masters that a port, from 0, has heard in the last four announce intervals to `master`: the
/// best four at the most, in no order. They are remembered where SYNTONE_SETTING_ALTERNATE_MASTERS is not 0. SYNTONE_RESULT_OUT_OF_RANGE:
/// there are not so many, or there is no such port.
///
/// # Safety
/// As syntone_clock_run_once(); `master` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_alternate_master(
    clock: *mut SyntoneClock,
    port: u8,
    index: usize,
    master: *mut SyntoneAlternateMaster,
) -> SyntoneResult {
    let get = || -> Checked {
        // SAFETY: as promised.
        unsafe {
            check_sized(master)?;
            let found = on_clock!(clock, |machine| {
                let (clock, now) = machine.at();
                let found = clock.alternate_masters(now, PortIndex(port)).nth(index);
                found.map(|(heard, qualified)| SyntoneAlternateMaster {
                    struct_size: <SyntoneAlternateMaster as crate::pointer::Sized32>::SIZE,
                    qualified: u8::from(qualified),
                    reserved: [0; 3],
                    master: SyntoneMaster::new(&heard.parent_ds, heard.steps_removed.saturating_add(1)),
                })
            });
            write(master, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

impl SyntoneAcceptableMaster {
    fn new(master: &AcceptableMaster) -> Self {
        let identity = SyntonePortIdentity::new(master.acceptable_port_identity);
        Self { identity, alternate_priority1: master.alternate_priority1, reserved: 0 }
    }

    fn checked(&self) -> AcceptableMaster {
        let acceptable_port_identity = self.identity.checked();
        AcceptableMaster { acceptable_port_identity, alternate_priority1: self.alternate_priority1 }
    }
}
