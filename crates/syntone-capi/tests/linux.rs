//! The board of Linux, used as C would use it: opened, run by two clocks that lock to each other, refused, closed.
#![cfg(all(feature = "linux", target_os = "linux"))]

use core::ffi::{CStr, c_char, c_int};
use core::mem::{MaybeUninit, size_of, zeroed};
use core::ptr;
use syntone_capi::board::{
    SYNTONE_HAL_LINK_DOWN, SYNTONE_HAL_OK, SYNTONE_HAL_UNSUPPORTED, SyntoneHal, SyntoneTimestamp,
};
use syntone_capi::clock::*;
use syntone_capi::config::{SyntoneConfig, syntone_config_init};
use syntone_capi::event::SyntoneLock;
use syntone_capi::linux::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::status::SyntoneStatus;

const ROOM: usize = SYNTONE_CLOCK_SIZE_BASE + SYNTONE_CLOCK_SIZE_PORT;

#[repr(align(16))]
struct Storage([u8; ROOM]);

fn config() -> SyntoneLinuxConfig {
    let mut config = MaybeUninit::uninit();
    // SAFETY: the place is there; after success it is filled in.
    unsafe {
        let result = syntone_linux_config_init(config.as_mut_ptr(), size_of::<SyntoneLinuxConfig>() as u32);
        assert_eq!(result, SyntoneResult::Ok);
        config.assume_init()
    }
}

fn open(config: &SyntoneLinuxConfig) -> (SyntoneResult, *mut SyntoneLinux, SyntoneLinuxError) {
    let mut board = ptr::dangling_mut();
    let mut error = SyntoneLinuxError { kind: 1, text: [1; SYNTONE_LINUX_TEXT_SIZE] };
    // SAFETY: all pointers are to locals.
    let result = unsafe { syntone_linux_open(config, &raw mut board, &raw mut error) };
    (result, board, error)
}

fn text(error: &SyntoneLinuxError) -> &str {
    // SAFETY: the library ends the text with NUL within the array.
    unsafe { CStr::from_ptr(error.text.as_ptr()) }.to_str().expect("UTF-8")
}

fn named(name: &str) -> [c_char; SYNTONE_LINUX_NAME_SIZE] {
    let mut octets = [0; SYNTONE_LINUX_NAME_SIZE];
    octets.iter_mut().zip(name.bytes()).for_each(|(place, octet)| *place = c_char::from_ne_bytes([octet]));
    octets
}

/// A board on one of two local addresses that only this process uses.
fn local(own: u8, peer: u8) -> SyntoneLinuxConfig {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let address = |last| [127, high | 1, low, last];
    let mut config = config();
    let port = &mut config.ports[0];
    (port.address, port.peer_address) = (address(own), address(peer));
    (port.event_port, port.general_port) = (10_319, 10_320);
    (port.peer_event_port, port.peer_general_port) = (10_319, 10_320);
    config
}

struct Node {
    board: *mut SyntoneLinux,
    hal: SyntoneHal,
    clock: *mut SyntoneClock,
    _storage: Box<Storage>,
}

impl Node {
    fn new(number: u8, board: &SyntoneLinuxConfig) -> Self {
        let (result, board, error) = open(board);
        assert_eq!(result, SyntoneResult::Ok, "{}", text(&error));
        let mut hal = MaybeUninit::<SyntoneHal>::uninit();
        let mut config = MaybeUninit::<SyntoneConfig>::uninit();
        let (mut storage, mut clock) = (Box::new(Storage([0xA5; ROOM])), ptr::null_mut());
        // SAFETY: an open board; the places are there and are filled in before they are read.
        unsafe {
            let result = syntone_linux_hal(board, hal.as_mut_ptr(), size_of::<SyntoneHal>() as u32);
            assert_eq!(result, SyntoneResult::Ok);
            syntone_config_init(config.as_mut_ptr(), size_of::<SyntoneConfig>() as u32);
            let (hal, mut config) = (hal.assume_init(), config.assume_init());
            config.clock_identity = [2, 0, 0, 0xFF, 0xFE, 0, 0, number];
            config.slave_only = number - 1;
            let port = &mut config.ports[0];
            (port.log_announce_interval, port.log_sync_interval, port.log_min_delay_req_interval) = (-3, -4, -4);
            let place = storage.0.as_mut_ptr().cast();
            let result =
                syntone_clock_init(place, ROOM, &raw const config, &raw const hal, &raw mut clock, ptr::null_mut());
            assert_eq!(result, SyntoneResult::Ok);
            Self { board, hal, clock, _storage: storage }
        }
    }

    fn run_once(&self) -> u64 {
        let mut next = 0;
        // SAFETY: a clock that syntone_clock_init made.
        assert_eq!(unsafe { syntone_clock_run_once(self.clock, &raw mut next) }, SyntoneResult::Ok);
        next
    }

    fn is_locked(&self) -> bool {
        // SAFETY: integers only; a clock that syntone_clock_init made.
        let mut status: SyntoneStatus = unsafe { zeroed() };
        status.struct_size = size_of::<SyntoneStatus>() as u32;
        // SAFETY: as above.
        assert_eq!(unsafe { syntone_clock_status(self.clock, &raw mut status) }, SyntoneResult::Ok);
        status.lock == SyntoneLock::Locked as u8
    }

    /// PTP time in nanoseconds.
    fn time(&self) -> i128 {
        let mut now = SyntoneTimestamp::default();
        // SAFETY: the functions of an open board, with its context.
        let result = unsafe { self.hal.now.expect("there")(self.hal.context, &raw mut now) };
        assert_eq!(result, SYNTONE_HAL_OK);
        i128::from(now.seconds) * 1_000_000_000 + i128::from(now.nanoseconds)
    }

    fn monotonic(&self) -> u64 {
        // SAFETY: as above.
        unsafe { self.hal.monotonic.expect("there")(self.hal.context) }
    }

    /// Its sockets, and until when to wait.
    fn sockets(&self, mut until: u64) -> (Vec<c_int>, u64) {
        let mut sockets = vec![-1; 8];
        let mut count = 0;
        // SAFETY: an open board, and pointers to locals.
        let result =
            unsafe { syntone_linux_descriptors(self.board, sockets.as_mut_ptr(), 8, &raw mut count, &raw mut until) };
        assert_eq!(result, SyntoneResult::Ok);
        sockets.truncate(count);
        (sockets, until)
    }

    fn close(self) {
        // SAFETY: an open board, which is not used any more.
        assert_eq!(unsafe { syntone_linux_close(self.board) }, SyntoneResult::Ok);
    }
}

/// Waits for the sockets of all nodes, as the event loop of a program would.
fn wait(nodes: [&Node; 2], next: u64) {
    let mut all = Vec::new();
    let mut until = next;
    for node in nodes {
        let (sockets, at_most) = node.sockets(next);
        until = until.min(at_most);
        all.extend(sockets.into_iter().map(|fd| libc::pollfd { fd, events: libc::POLLIN | libc::POLLPRI, revents: 0 }));
    }
    let milliseconds = until.saturating_sub(nodes[0].monotonic()).div_ceil(1_000_000);
    // SAFETY: the pointer and the count are those of the vector.
    let found = unsafe { libc::poll(all.as_mut_ptr(), all.len() as libc::nfds_t, milliseconds.min(1_000) as c_int) };
    assert!(found >= 0);
}

#[test]
fn two_clocks_in_one_event_loop_lock_over_the_loopback() {
    let mut late = local(2, 1);
    late.offset = -40_000_000;
    late.frequency_error = 30 << 16;
    let (master, slave) = (Node::new(1, &local(1, 2)), Node::new(2, &late));
    assert!((master.time() - slave.time()) > 30_000_000, "it begins as late as it was told");
    let give_up = master.monotonic() + 60_000_000_000;
    while !slave.is_locked() {
        let next = master.run_once().min(slave.run_once());
        assert!(master.monotonic() < give_up, "not locked after a minute");
        wait([&master, &slave], next);
    }
    let (before, between, after) = (master.time(), slave.time(), master.time());
    assert!(between > before - 1_000_000 && between < after + 1_000_000, "{before} {between} {after}");
    master.close();
    slave.close();
}

#[test]
fn a_wait_ends_when_its_time_has_come() {
    let node = Node::new(1, &local(3, 4));
    let until = node.monotonic() + 20_000_000;
    while node.monotonic() < until {
        // SAFETY: an open board.
        assert_eq!(unsafe { syntone_linux_wait(node.board, until) }, SyntoneResult::Ok);
    }
    node.close();
}

#[test]
fn what_the_system_refuses_is_told_with_number_and_text() {
    let mut missing = config();
    missing.ports[0].name = named("none0");
    let (result, board, error) = open(&missing);
    assert_eq!((result, board.is_null(), error.kind), (SyntoneResult::System, true, SYNTONE_HAL_LINK_DOWN));
    assert!(text(&error).contains("none0"), "{}", text(&error));
    let mut hardware = config();
    hardware.ports[0].name = named("lo");
    hardware.stamping = SYNTONE_STAMPING_HARDWARE;
    let (result, board, error) = open(&hardware);
    assert_eq!((result, board.is_null(), error.kind), (SyntoneResult::System, true, SYNTONE_HAL_UNSUPPORTED));
    assert!(text(&error).contains("no hardware time stamps"), "{}", text(&error));
}

#[test]
fn the_stamps_of_the_kernel_are_used_where_there_are_no_others_and_the_reason_is_told() {
    let mut local = local(5, 6);
    (local.ports[0].name, local.ports[0].event_port, local.ports[0].general_port) = (named("lo"), 0, 0);
    let (result, board, error) = open(&local);
    assert_eq!(result, SyntoneResult::Ok, "{}", text(&error));
    assert!(text(&error).contains("no hardware time stamps"), "{}", text(&error));
    // SAFETY: an open board.
    assert_eq!(unsafe { syntone_linux_close(board) }, SyntoneResult::Ok);
}

#[test]
fn settings_out_of_range_open_nothing() {
    let change = |change: &dyn Fn(&mut SyntoneLinuxConfig)| {
        let mut config = local(7, 8);
        change(&mut config);
        let (result, board, error) = open(&config);
        assert!(board.is_null() && error.kind == 0, "{result:?} {}", text(&error));
        result
    };
    assert_eq!(change(&|config| config.port_count = 0), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.port_count = 9), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.stamping = 3), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.ports[0].transport = 0), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.ports[0].transport = SYNTONE_TRANSPORT_ETHERNET), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.ports[0].one_step = 3), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.ports[0].general_dscp = 64), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.ports[0].name = [97; SYNTONE_LINUX_NAME_SIZE]), SyntoneResult::BadConfig);
    assert_eq!(change(&|config| config.struct_size -= 1), SyntoneResult::WrongSize);
}

#[test]
fn wrong_pointers_and_sizes_are_results() {
    use SyntoneResult::{Misaligned, NotOpen, NullPointer, OutOfRange, StorageTooSmall, WrongSize};
    let node = Node::new(1, &local(9, 10));
    let (board, none) = (node.board, ptr::null_mut::<SyntoneLinux>());
    let mut places = [0_u128; 64];
    let (mut count, mut until) = (0_usize, 0_u64);
    let place = places.as_mut_ptr();
    // SAFETY: null, misaligned (which is not dereferenced), or pointers to locals and an open board.
    unsafe {
        assert_eq!(syntone_linux_open(ptr::null(), ptr::null_mut(), ptr::null_mut()), NullPointer);
        assert_eq!(syntone_linux_config_init(ptr::null_mut(), 0), NullPointer);
        assert_eq!(syntone_linux_config_init(place.cast(), 0), WrongSize);
        assert_eq!(syntone_linux_wait(none, 0), NullPointer);
        assert_eq!(syntone_linux_wait(place.byte_add(1).cast(), 0), Misaligned);
        assert_eq!(syntone_linux_wait(place.cast(), 0), NotOpen);
        assert_eq!(syntone_linux_close(none), SyntoneResult::Ok);
        assert_eq!(syntone_linux_close(place.cast()), NotOpen);
        assert_eq!(syntone_linux_hal(board, ptr::null_mut(), 0), NullPointer);
        assert_eq!(syntone_linux_hal(board, place.cast(), 8), WrongSize);
        let descriptors = |to, room, count, until| syntone_linux_descriptors(board, to, room, count, until);
        assert_eq!(descriptors(ptr::null_mut(), 8, &raw mut count, &raw mut until), NullPointer);
        assert_eq!(descriptors(place.cast(), 8, ptr::null_mut(), &raw mut until), NullPointer);
        assert_eq!(descriptors(place.cast(), 8, &raw mut count, ptr::null_mut()), NullPointer);
        assert_eq!(descriptors(place.cast(), 1, &raw mut count, &raw mut until), StorageTooSmall);
        assert!(count > 1 && places[0] == 0, "nothing was written");
        assert_eq!(syntone_linux_clock_identity(board, 0, ptr::null_mut()), OutOfRange, "an address has no MAC");
        assert_eq!(syntone_linux_clock_identity(board, 1, place.cast()), OutOfRange);
        assert_eq!(syntone_linux_trouble(board, 0, ptr::null_mut()), NullPointer);
        assert_eq!(syntone_linux_stepped_by_others(board, ptr::null_mut()), NullPointer);
        assert_eq!(syntone_linux_stepped_by_others(board, place.cast()), SyntoneResult::Ok);
        let mut replaced = 7;
        assert_eq!(syntone_linux_take_replaced_clock(board, ptr::null_mut()), NullPointer);
        assert_eq!(syntone_linux_take_replaced_clock(board, &raw mut replaced), SyntoneResult::Ok);
        assert_eq!(replaced, 0, "it has no hardware clock");
    }
    node.close();
}
