//! The functions of transparent clocks.

use super::board::{hal, on_answer};
use super::codec::description;
use super::further::{Ask, Outcome, named};
use core::ptr;
use syntone_capi::result::SyntoneResult;
use syntone_capi::transparent::*;
use syntone_capi::transparent_config::*;
use syntone_capi::transparent_management::*;

/// Octets of any of them.
pub(super) const ROOM: usize = SYNTONE_TRANSPARENT_SIZE_BASE + 8 * SYNTONE_TRANSPARENT_SIZE_PORT;
/// How many functions there are.
pub(super) const COUNT: u8 = 14;
/// Those that need no clock.
pub(super) const MAKE: [&str; 3] =
    ["syntone_transparent_init", "syntone_transparent_config_init", "syntone_transparent_size"];

/// # Safety
/// The clock is null, misaligned, or storage, whether there is a clock or not.
pub(super) unsafe fn call(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    let through = ask.through;
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match which {
            0 | 1 => make(ask),
            2..=4 => {
                ask.pass((which - 2) * 4);
                let mut next = 0;
                named!(syntone_transparent_run_once(through, ask.to(&raw mut next)))
            }
            5 => named!(syntone_transparent_stepped(through)),
            6 => {
                let (port, forwarding) = (ask.octet() & 7, ask.octet() & 1);
                named!(syntone_transparent_set_forwarding(through, port, forwarding))
            }
            7 => {
                let (port, mut to) = (ask.octet() & 7, ask.place::<SyntoneTransparentPort>());
                named!(syntone_transparent_port_status(through, port, ask.to(&raw mut to)))
            }
            8 => {
                let (sdo_id, domain, mut to) = (u16::from(ask.octet()) << 5, ask.octet(), 0);
                named!(syntone_transparent_rate(through, sdo_id, domain, ask.to(&raw mut to)))
            }
            9 => {
                let (port, access) = (ask.octet() & 7, ask.octet() & 3);
                named!(syntone_transparent_set_management_access(through, port, access))
            }
            10 => answer(ask),
            11 => {
                let from = description(ask);
                let (storage, size) = ask.lent(17);
                named!(syntone_transparent_describe(through, ask.at(&raw const from), storage, size))
            }
            12 => {
                let purpose = ask.octet() & 7;
                let (storage, size) = ask.lent(9 + usize::from(purpose));
                named!(syntone_transparent_lend(through, purpose.into(), storage, size))
            }
            _ => {
                let ports = ask.octet();
                assert_eq!(syntone_transparent_size(ports) == 0, !(2..=8).contains(&ports));
                assert!(syntone_transparent_size(ports) <= ROOM);
                ("syntone_transparent_size", SyntoneResult::Ok)
            }
        }
    }
}

/// # Safety
/// As [`call`].
unsafe fn make(ask: &mut Ask<'_, '_>) -> Outcome {
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        let mut config = ask.filled::<SyntoneTransparentConfig>();
        let config_to = ask.to(&raw mut config);
        if ask.octet() < 200 {
            let filled = named!(syntone_transparent_config_init(config_to, ask.size::<SyntoneTransparentConfig>()));
            if filled.1 != SyntoneResult::Ok {
                return filled;
            }
            (config.port_count, config.clock_identity[7]) = (2 + ask.octet() % 8, 1);
            (config.delay_mechanism, config.syntonised) = (1 + (ask.octet() & 1), ask.octet() & 1);
        }
        let mut hal = hal(ask.here);
        hal.forward = hal.forward.filter(|_| config.port_count & 1 == 0);
        let (storage, mut clock) = (ask.rooms.through(), ptr::null_mut());
        let outcome = named!(syntone_transparent_init(
            ask.to(storage.cast::<u64>()).cast(),
            ROOM,
            config_to,
            ask.at(&raw const hal),
            &raw mut clock,
            ptr::null_mut()
        ));
        assert_eq!(outcome.1 == SyntoneResult::Ok, !clock.is_null());
        outcome
    }
}

/// # Safety
/// As [`call`].
unsafe fn answer(ask: &mut Ask<'_, '_>) -> Outcome {
    let (through, allowed, request) = (ask.through, ask.octet() & 3, ask.octets());
    let mut buffer = vec![0; usize::from(ask.octet()) * 6];
    let (octets, to, room) = (ask.at(request.as_ptr()), buffer.as_mut_ptr(), buffer.len());
    let (length, context) = (request.len(), ask.here.cast());
    // SAFETY: as promised; all other pointers are to locals.
    unsafe { named!(syntone_transparent_answer(through, allowed, octets, length, to, room, Some(on_answer), context)) }
}
