//! The board of Linux: unicast between addresses of this machine that nobody else uses, and what cannot be opened. Never a clock of
//! the machine's.

use super::ROOM;
use super::further::{Ask, Outcome, Rooms, named};
use core::ffi::c_char;
use core::mem::{MaybeUninit, size_of};
use core::ptr;
use syntone_capi::board::SyntoneHal;
use syntone_capi::clock::*;
use syntone_capi::config::*;
use syntone_capi::linux::*;
use syntone_capi::result::SyntoneResult;

/// How many functions there are.
pub(super) const COUNT: u8 = 13;

/// # Safety
/// As [`close`]; the pointers of `ask` are as it says.
pub(super) unsafe fn call(ask: &mut Ask<'_, '_>, which: u8) -> Outcome {
    let board = ask.to(ask.rooms.board.unwrap_or(ptr::null_mut()).cast::<u64>()).cast();
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match which {
            0..=2 => open(ask),
            3 => {
                let (mut to, size) = (MaybeUninit::uninit(), ask.size::<SyntoneLinuxConfig>());
                named!(syntone_linux_config_init(ask.to(to.as_mut_ptr()), size))
            }
            4 => run(ask, board),
            // What is past has come.
            5 => named!(syntone_linux_wait(board, ask.octet().into())),
            6 => {
                let (mut sockets, mut count, mut until) = ([0; 16], 0, u64::from(ask.octet()));
                let (to, capacity) = (ask.to(sockets.as_mut_ptr()), usize::from(ask.octet() & 15));
                named!(syntone_linux_descriptors(board, to, capacity, &raw mut count, ask.to(&raw mut until)))
            }
            7 => {
                let (port, mut identity) = (ask.octet() & 7, [0; 8]);
                named!(syntone_linux_clock_identity(board, port, ask.to(identity.as_mut_ptr())))
            }
            8 => {
                let (port, mut error) = (ask.octet() & 7, ask.place::<SyntoneLinuxError>());
                let outcome = named!(syntone_linux_trouble(board, port, ask.to(&raw mut error)));
                Ask::ends(&error.text);
                outcome
            }
            9 => {
                let mut stepped = 0;
                named!(syntone_linux_stepped_by_others(board, ask.to(&raw mut stepped)))
            }
            10 => {
                let mut replaced = 0;
                named!(syntone_linux_take_replaced_clock(board, ask.to(&raw mut replaced)))
            }
            _ => ("syntone_linux_close", close(ask.rooms)),
        }
    }
}

/// Closes what is open.
pub(super) fn close(rooms: &mut Rooms) -> SyntoneResult {
    // SAFETY: null, or opened and not closed since, as it is taken away here.
    unsafe { syntone_linux_close(rooms.board.take().unwrap_or(ptr::null_mut())) }
}

/// # Safety
/// As [`call`].
unsafe fn open(ask: &mut Ask<'_, '_>) -> Outcome {
    close(ask.rooms);
    let mut config = ask.place::<SyntoneLinuxConfig>();
    // SAFETY: all pointers are to locals.
    unsafe {
        let _ = syntone_linux_config_init(&raw mut config, size_of::<SyntoneLinuxConfig>() as u32);
        let kind = ask.octet();
        (config.port_count, config.stamping) = (1 + (kind & 1), (kind >> 1) & 3);
        if kind > 240 {
            config.ports = ask.filled();
            config.port_count = kind & 15;
        }
        config.system_clock = 0;
        config.ports.iter_mut().for_each(|port| keep_here(port, kind));
        let (mut board, mut error) = (ptr::null_mut(), ask.place::<SyntoneLinuxError>());
        let outcome = named!(syntone_linux_open(ask.at(&raw const config), &raw mut board, &raw mut error));
        Ask::ends(&error.text);
        assert_eq!(outcome.1 == SyntoneResult::Ok, !board.is_null());
        ask.rooms.board = Some(board).filter(|board| !board.is_null());
        outcome
    }
}

/// A port that sends to no other machine, and has no interface.
fn keep_here(port: &mut SyntoneLinuxPort, kind: u8) {
    port.name = [0; SYNTONE_LINUX_NAME_SIZE];
    if kind & 0xF0 == 0x80 {
        port.name[..10].copy_from_slice(&b"no-such-if".map(|octet| c_char::from_ne_bytes([octet])));
    }
    let [_, _, high, low] = std::process::id().to_be_bytes();
    (port.address, port.peer_address) = ([127, high | 0x80, low, 5], [127, high | 0x80, low, 6]);
    for number in [&mut port.event_port, &mut port.general_port, &mut port.peer_event_port, &mut port.peer_general_port]
    {
        *number |= 0x4000;
    }
}

/// A clock runs on it for some turns.
///
/// # Safety
/// As [`call`].
unsafe fn run(ask: &mut Ask<'_, '_>, board: *mut SyntoneLinux) -> Outcome {
    let (mut hal, mut clock) = (ask.place::<SyntoneHal>(), ptr::null_mut());
    let mut config = ask.place::<SyntoneConfig>();
    let mut storage = Box::new(super::Storage([0xA5; ROOM]));
    // SAFETY: as promised; all other pointers are to what is there.
    unsafe {
        let outcome = named!(syntone_linux_hal(board, ask.to(&raw mut hal), ask.size::<SyntoneHal>()));
        if outcome.1 != SyntoneResult::Ok {
            return outcome;
        }
        let _ = syntone_config_init(&raw mut config, size_of::<SyntoneConfig>() as u32);
        config.clock_identity[7] = 2;
        let place = storage.0.as_mut_ptr().cast();
        let made = syntone_clock_init(place, ROOM, &raw const config, &raw const hal, &raw mut clock, ptr::null_mut());
        assert_eq!(made, SyntoneResult::Ok);
        for _ in 0..4 {
            assert_eq!(syntone_clock_run_once(clock, ptr::null_mut()), SyntoneResult::Ok);
        }
        outcome
    }
}
