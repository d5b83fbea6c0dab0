//! The functions of a [`SyntoneHal`] over Linux.

use super::{Open, SyntoneLinux};
use crate::address::{to_address, to_destination};
use crate::board::{
    SYNTONE_ABI_VERSION, SYNTONE_HAL_OK, SYNTONE_HAL_ONE, SyntoneEgressStamp, SyntoneHal, SyntonePortCapabilities,
    SyntoneReceived, SyntoneTimestamp, code,
};
use crate::pointer::Sized32;
use crate::transmit::SyntoneTransmit;
use core::ffi::c_void;
use syntone_hal::{
    ClockHal, ErrorKind, FrequencyOffset, HalError, NetworkHal, PortIndex, Stamping, Ticket, TimestampHal,
};
use syntone_linux::{Error, LinuxHal};

/// The table for a clock that runs on `board`.
pub(super) fn table(board: *mut SyntoneLinux, linux: &LinuxHal) -> SyntoneHal {
    SyntoneHal {
        struct_size: SyntoneHal::SIZE,
        abi_version: SYNTONE_ABI_VERSION,
        context: board.cast(),
        receive: Some(receive),
        send: Some(send),
        // The sockets do nothing more for it than send does.
        forward: None,
        link_up: Some(link_up),
        poll_egress: Some(poll_egress),
        capabilities: Some(capabilities),
        monotonic: Some(monotonic),
        now: Some(now),
        step: Some(step),
        set_frequency: Some(set_frequency),
        max_frequency: linux.limits().max_frequency.scaled_ppm(),
    }
}

/// # Safety
/// `context` came from [`table`], and the board is open and used by this thread alone.
unsafe fn linux<'a>(context: *mut c_void) -> &'a mut LinuxHal {
    // SAFETY: an Open, which nothing else refers to while a function of the table runs: none of them calls back.
    unsafe { &mut (*context.cast::<Open>()).hal }
}

fn refused(error: &Error) -> i32 {
    code(error.kind())
}

fn done(result: Result<(), Error>) -> i32 {
    result.map_or_else(|error| refused(&error), |()| SYNTONE_HAL_OK)
}

/// Writes `value` where there is one.
///
/// # Safety
/// `to` points to a T.
unsafe fn one<T>(value: Result<Option<T>, Error>, to: *mut T) -> i32 {
    match value {
        Ok(Some(value)) => {
            // SAFETY: as promised.
            unsafe { to.write(value) };
            SYNTONE_HAL_ONE
        }
        Ok(None) => SYNTONE_HAL_OK,
        Err(error) => refused(&error),
    }
}

unsafe extern "C" fn receive(
    context: *mut c_void,
    buffer: *mut u8,
    capacity: usize,
    received: *mut SyntoneReceived,
) -> i32 {
    // SAFETY: the pointers are as the members of syntone_hal promise.
    unsafe {
        let buffer = core::slice::from_raw_parts_mut(buffer, capacity);
        let found = linux(context).receive(buffer).map(|found| {
            found.map(|found| SyntoneReceived {
                length: found.length,
                stamp: found.stamp.map_or_else(SyntoneTimestamp::default, SyntoneTimestamp::new),
                has_stamp: u8::from(found.stamp.is_some()),
                port: found.port.0,
                has_destination: u8::from(found.destination.is_some()),
                destination: found.destination.map_or(0, |whom| to_destination(whom).0),
                source: found.source.map(to_address).unwrap_or_default(),
                destination_address: found.destination.map(|whom| to_destination(whom).1).unwrap_or_default(),
            })
        });
        one(found, received)
    }
}

unsafe extern "C" fn send(
    context: *mut c_void,
    transmit: *const SyntoneTransmit,
    message: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: the pointers are as the members of syntone_hal promise.
    unsafe {
        let Some(transmit) = (*transmit).checked() else { return code(ErrorKind::Unreachable) };
        done(linux(context).send(transmit, core::slice::from_raw_parts(message, length)))
    }
}

unsafe extern "C" fn link_up(context: *mut c_void, port: u8) -> u8 {
    // SAFETY: the context is as the members of syntone_hal promise.
    u8::from(unsafe { linux(context) }.link_up(PortIndex(port)))
}

unsafe extern "C" fn poll_egress(context: *mut c_void, stamp: *mut SyntoneEgressStamp) -> i32 {
    // SAFETY: the pointers are as the members of syntone_hal promise.
    unsafe {
        let found = linux(context).poll_egress().map(|found| {
            found.map(|found| SyntoneEgressStamp {
                stamp: found.stamp.map_or_else(SyntoneTimestamp::default, SyntoneTimestamp::new),
                ticket: Ticket::into_raw(found.ticket),
                has_stamp: u8::from(found.stamp.is_some()),
            })
        });
        one(found, stamp)
    }
}

unsafe extern "C" fn capabilities(context: *mut c_void, port: u8, capabilities: *mut SyntonePortCapabilities) {
    // SAFETY: the pointers are as the members of syntone_hal promise.
    unsafe {
        let found = linux(context).capabilities(PortIndex(port));
        capabilities.write(SyntonePortCapabilities {
            resolution: found.resolution.scaled(),
            ingress_latency: found.ingress_latency.scaled(),
            egress_latency: found.egress_latency.scaled(),
            hardware_stamps: u8::from(found.stamping == Stamping::Hardware),
            one_step_sync: u8::from(found.one_step_sync),
            one_step_pdelay_resp: u8::from(found.one_step_pdelay_resp),
            one_step_residence: u8::from(found.one_step_residence),
        });
    }
}

unsafe extern "C" fn monotonic(context: *mut c_void) -> u64 {
    // SAFETY: the context is as the members of syntone_hal promise.
    ClockHal::monotonic(unsafe { linux(context) }).nanos()
}

unsafe extern "C" fn now(context: *mut c_void, now: *mut SyntoneTimestamp) -> i32 {
    // SAFETY: the pointers are as the members of syntone_hal promise.
    match unsafe { linux(context) }.now() {
        Ok(time) => {
            // SAFETY: as above.
            unsafe { now.write(SyntoneTimestamp::new(time)) };
            SYNTONE_HAL_OK
        }
        Err(error) => refused(&error),
    }
}

unsafe extern "C" fn step(context: *mut c_void, nanoseconds: i64) -> i32 {
    // SAFETY: the context is as the members of syntone_hal promise.
    done(unsafe { linux(context) }.step(nanoseconds))
}

unsafe extern "C" fn set_frequency(context: *mut c_void, frequency: i32) -> i32 {
    // SAFETY: the context is as the members of syntone_hal promise.
    done(unsafe { linux(context) }.set_frequency(FrequencyOffset::from_scaled_ppm(frequency)))
}
