//! Management of a transparent clock.

use crate::describe::SyntoneDescription;
use crate::lent::{Lent, SYNTONE_LEND_FAULT_LOG, SYNTONE_LEND_USER_DESCRIPTION};
use crate::management::{Asked, SyntoneOnAnswer};
use crate::result::{Checked, SyntoneResult, finish};
use crate::settings::access;
use crate::transparent::{SyntoneTransparent, on_transparent};
use core::ffi::c_void;
use syntone::management::{Description, Fault};
use syntone_hal::PortIndex;

/// Says what management messages that come in by a port, from 0, may do: 0 nothing, 1 ask, 2 ask and change. At first 0. They are forwarded
/// all the same, unless they are for this clock alone. SYNTONE_RESULT_OUT_OF_RANGE: no such port or access.
///
/// # Safety
/// As syntone_transparent_run_once().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_set_management_access(
    clock: *mut SyntoneTransparent,
    port: u8,
    allowed: u8,
) -> SyntoneResult {
    let set = || -> Checked {
        let allowed = access(allowed.into()).map_err(|_| SyntoneResult::OutOfRange)?;
        // SAFETY: as promised.
        unsafe {
            on_transparent!(clock, |machine| {
                machine.clock.counters(PortIndex(port)).ok_or(SyntoneResult::OutOfRange)?;
                machine.clock.set_management_access(PortIndex(port), allowed);
            });
        }
        Ok(())
    };
    finish(set())
}

/// As syntone_clock_answer(), of a transparent clock.
///
/// # Safety
/// As syntone_transparent_run_once() and syntone_clock_answer().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_answer(
    clock: *mut SyntoneTransparent,
    allowed: u8,
    request: *const u8,
    length: usize,
    buffer: *mut u8,
    size: usize,
    on_answer: SyntoneOnAnswer,
    context: *mut c_void,
) -> SyntoneResult {
    let answer = || {
        let asked = Asked::new(allowed, (request, length), (buffer, size), (on_answer, context))?;
        // SAFETY: as promised.
        unsafe {
            on_transparent!(clock, |machine| {
                let (clock, now) = machine.at();
                asked.answer(|access, request, buffer, hand_over| {
                    clock.handle_request(now, access, request, &mut (), buffer, hand_over)
                })
            })
        }
    };
    finish(answer())
}

/// As syntone_clock_describe(), of a transparent clock.
///
/// # Safety
/// As syntone_transparent_run_once() and syntone_clock_describe().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_describe(
    clock: *mut SyntoneTransparent,
    description: *const SyntoneDescription,
    storage: *mut c_void,
    size: usize,
) -> SyntoneResult {
    let describe = || {
        // SAFETY: as promised. What was told before is let go before its storage may be used again.
        unsafe {
            let (told, storage) = SyntoneDescription::lent(description, storage, size)?;
            on_transparent!(clock, |machine| {
                machine.clock.set_description(&Description::UNKNOWN);
                machine.clock.set_description(told.put(storage)?);
            });
        }
        Ok(())
    };
    finish(describe())
}

/// As syntone_clock_lend(), of a transparent clock, for SYNTONE_LEND_FAULT_LOG and SYNTONE_LEND_USER_DESCRIPTION.
/// SYNTONE_RESULT_OUT_OF_RANGE: it has no other purpose.
///
/// # Safety
/// As syntone_transparent_run_once() and syntone_clock_lend().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_transparent_lend(
    clock: *mut SyntoneTransparent,
    purpose: u16,
    storage: *mut c_void,
    size: usize,
) -> SyntoneResult {
    let lend = || {
        let storage = Lent::new(storage, size)?;
        // SAFETY: as promised. What was lent before is let go before it may be lent again.
        unsafe {
            on_transparent!(clock, |machine| {
                match purpose {
                    SYNTONE_LEND_FAULT_LOG => {
                        machine.clock.keep_fault_log(&mut []);
                        machine.clock.keep_fault_log(storage.list::<Option<Fault>>(None)?);
                    }
                    SYNTONE_LEND_USER_DESCRIPTION => {
                        machine.clock.lend_user_description(&mut []);
                        machine.clock.lend_user_description(storage.octets());
                    }
                    _ => return Err(SyntoneResult::OutOfRange),
                }
            });
        }
        Ok(())
    };
    finish(lend())
}
