//! The C interface called in any order, with any sizes, nulls and garbage, also from its own callbacks.

mod board;
mod clocks;
mod codec;
mod further;
mod linux;
mod transparent;

use board::{Running, World, hal, on_answer, on_event};
use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;
use std::collections::BTreeSet;
use syntone_capi::board::*;
use syntone_capi::clock::*;
use syntone_capi::codec::*;
use syntone_capi::config::*;
use syntone_capi::grandmaster::*;
use syntone_capi::management::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::settings::*;
use syntone_capi::status::*;

const ROOM: usize = SYNTONE_CLOCK_SIZE_BASE + 8 * SYNTONE_CLOCK_SIZE_PORT;

#[repr(align(16))]
struct Storage([u8; ROOM]);

/// What a program has done.
#[derive(Debug, Default)]
pub struct Called {
    /// How often each result came, by its number.
    pub results: [u32; 16],
    /// The functions that have done what they are for, of those that only `further` calls.
    pub done: BTreeSet<&'static str>,
}

/// Calls as `octets` say.
pub fn capi(octets: &[u8]) -> Called {
    let mut storage = Box::new(Storage([0xA5; ROOM]));
    let mut rooms = further::Rooms::default();
    let mut done = BTreeSet::new();
    let mut world = World::new(octets);
    let here = &raw mut world;
    let place: *mut c_void = storage.0.as_mut_ptr().cast();
    let mut clock: *mut SyntoneClock = place.cast();
    // SAFETY: the world is reached by this pointer alone; clocks are made in the storage, which outlives them.
    unsafe {
        while !(*here).is_over() {
            let call = (*here).octet();
            if call >> 4 == 13 {
                done.extend(further::call(here, call & 15, clock, &mut rooms));
                continue;
            }
            let target = match call >> 4 {
                14 => ptr::null_mut(),
                15 => clock.byte_add(1),
                _ => clock,
            };
            if call & 15 == 0 {
                clock = make(here, place).unwrap_or(clock);
                continue;
            }
            (*here).running = if target == clock { Running::Clock(clock) } else { Running::No };
            let result = one_call(here, call & 15, target);
            (*here).running = Running::No;
            let result = (*here).count(result);
            match call >> 4 {
                14 if call & 15 < 11 => assert_eq!(result, SyntoneResult::NullPointer),
                15 if call & 15 < 11 => assert_eq!(result, SyntoneResult::Misaligned),
                _ => assert_ne!(result, SyntoneResult::Busy),
            }
        }
    }
    Called { results: world.results, done }
}

/// # Safety
/// `here` is the world, `place` the storage.
unsafe fn make(here: *mut World<'_>, place: *mut c_void) -> Option<*mut SyntoneClock> {
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        let mut config = core::mem::MaybeUninit::<SyntoneConfig>::uninit();
        let size = size_of::<SyntoneConfig>() as u32;
        let made = syntone_config_init_profile(config.as_mut_ptr(), size, (*here).octet() & 3);
        if (*here).count(made) != SyntoneResult::Ok {
            return None;
        }
        let mut config = config.assume_init();
        match (*here).octet() {
            wild if wild & 3 == 0 => (*here).fill(&mut config),
            some => {
                (config.port_count, config.clock_identity[7]) = (1 + (some >> 4) % 8, 1);
                config.slave_only = some >> 7;
            }
        }
        let mut hal = hal(here);
        hal.max_frequency = i32::from((*here).octet()) << 20;
        match (*here).octet() {
            250 => hal.receive = None,
            251 => hal.abi_version += 1,
            252 => hal.struct_size -= 1,
            253 => (hal.step, hal.link_up, hal.capabilities) = (None, None, None),
            _ => {}
        }
        let room = if (*here).octet() < 250 { ROOM } else { usize::from((*here).octet()) };
        let mut clock = ptr::null_mut();
        let made = syntone_clock_init(place, room, &raw const config, &raw const hal, &raw mut clock, ptr::null_mut());
        let made = (*here).count(made);
        assert_eq!(made == SyntoneResult::Ok, !clock.is_null());
        (made == SyntoneResult::Ok).then_some(clock)
    }
}

/// # Safety
/// `here` is the world, `clock` null, misaligned, or the storage, whether there is a clock or not.
unsafe fn one_call(here: *mut World<'_>, call: u8, clock: *mut SyntoneClock) -> SyntoneResult {
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match call {
            1..=4 => {
                let mut next = 0;
                (*here).time = (*here).time.saturating_add(u64::from((*here).octet()) << 26);
                syntone_clock_run_once(clock, &raw mut next)
            }
            5 => {
                let mut value = [0_u8; 8];
                (*here).fill(&mut value);
                let [setting, port, kind, ..] = value;
                let value = if kind & 1 == 0 { i64::from(kind) - 100 } else { i64::from_le_bytes(value) };
                syntone_clock_set(clock, setting.into(), port & 7, value, ptr::null_mut())
            }
            6 => {
                let mut grandmaster = SyntoneGrandmaster::default();
                (*here).fill(&mut grandmaster);
                grandmaster.struct_size = size_of::<SyntoneGrandmaster>() as u32;
                syntone_clock_set_grandmaster(clock, &raw const grandmaster, ptr::null_mut())
            }
            7 => syntone_clock_start_from(clock, i32::from((*here).octet()) << 20),
            8 => syntone_clock_stepped(clock, i64::MIN >> ((*here).octet() & 63)),
            9 => syntone_clock_initialize(clock),
            10 => syntone_clock_on_event(clock, Some(on_event), here.cast()),
            11 => {
                let mut status = core::mem::zeroed::<SyntonePortStatus>();
                status.struct_size = size_of::<SyntonePortStatus>() as u32 - u32::from((*here).octet() > 250);
                syntone_clock_port_status(clock, (*here).octet() & 15, &raw mut status)
            }
            12 => {
                let (mut time, mut utc) = (SyntoneTimestamp::default(), SyntoneUtc::default());
                (*here).fill(&mut time);
                syntone_clock_utc(clock, &raw const time, &raw mut utc)
            }
            _ => octets_call(here, call, clock),
        }
    }
}

/// Those that take octets and give octets.
///
/// # Safety
/// As [`one_call`].
unsafe fn octets_call(here: *mut World<'_>, call: u8, clock: *mut SyntoneClock) -> SyntoneResult {
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match call {
            13 => {
                let (length, allowed) = (usize::from((*here).octet()), (*here).octet() & 3);
                let (request, mut buffer) = ((*here).take(length), vec![0; usize::from((*here).octet()) * 6]);
                let (room, to) = (buffer.len(), buffer.as_mut_ptr());
                syntone_clock_answer(
                    clock,
                    allowed,
                    request.as_ptr(),
                    request.len(),
                    to,
                    room,
                    Some(on_answer),
                    here.cast(),
                )
            }
            14 => {
                let mut request = core::mem::zeroed::<SyntoneRequest>();
                (*here).fill(&mut request);
                request.struct_size = size_of::<SyntoneRequest>() as u32;
                let data = (*here).take(usize::from((*here).octet()));
                let (mut buffer, mut length) = (vec![0_u8; usize::from((*here).octet()) * 3], 0);
                let (room, to) = (buffer.len(), buffer.as_mut_ptr());
                let result =
                    syntone_request_encode(&raw const request, data.as_ptr(), data.len(), to, room, &raw mut length);
                assert!(length <= room);
                result
            }
            _ => {
                let octets = (*here).take(usize::from((*here).octet()));
                let mut response = core::mem::zeroed::<SyntoneResponse>();
                response.struct_size = size_of::<SyntoneResponse>() as u32;
                let mut message = core::mem::zeroed::<SyntoneMessage>();
                message.struct_size = size_of::<SyntoneMessage>() as u32;
                let decoded = syntone_message_decode(octets.as_ptr(), octets.len(), &raw mut message, ptr::null_mut());
                (*here).count(decoded);
                syntone_response_decode(octets.as_ptr(), octets.len(), &raw mut response)
            }
        }
    }
}
