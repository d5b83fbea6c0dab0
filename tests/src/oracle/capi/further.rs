//! The functions that the oracle has no number of its own for, with pointers that are there, null or misaligned.

use super::board::{Running, World};
use super::{clocks, codec, linux, transparent};
use core::ffi::{c_char, c_void};
use core::mem::{MaybeUninit, align_of, size_of};
use core::ptr;
use syntone_capi::clock::SyntoneClock;
use syntone_capi::codec::SyntoneTlv;
use syntone_capi::linux::SyntoneLinux;
use syntone_capi::performance::{SYNTONE_PERFORMANCE_SIZE_BASE, SYNTONE_PERFORMANCE_SIZE_PORT};
use syntone_capi::result::SyntoneResult;
use syntone_capi::transparent::SyntoneTransparent;

const MONITOR: usize = SYNTONE_PERFORMANCE_SIZE_BASE + 8 * SYNTONE_PERFORMANCE_SIZE_PORT;

/// Storage that is lent.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(super) struct Room<const SIZE: usize>([u8; SIZE]);

/// What clocks keep as long as they are used. Each is lent for one purpose alone.
#[derive(Default)]
pub(super) struct Rooms {
    lent: [Option<Box<Room<1500>>>; 18],
    monitor: Option<Box<Room<MONITOR>>>,
    through: Option<Box<Room<{ transparent::ROOM }>>>,
    pub(super) board: Option<*mut SyntoneLinux>,
}

impl Rooms {
    fn lent(&mut self, purpose: usize) -> (*mut c_void, usize) {
        place(&mut self.lent[purpose])
    }

    fn monitor(&mut self) -> (*mut c_void, usize) {
        place(&mut self.monitor)
    }

    /// Storage of a transparent clock.
    pub(super) fn through(&mut self) -> *mut c_void {
        place(&mut self.through).0
    }
}

fn place<const SIZE: usize>(room: &mut Option<Box<Room<SIZE>>>) -> (*mut c_void, usize) {
    let room = room.get_or_insert_with(|| Box::new(Room([0xA5; SIZE])));
    ((&raw mut room.0).cast(), SIZE)
}

impl Drop for Rooms {
    fn drop(&mut self) {
        linux::close(self);
    }
}

/// What a call is made of.
pub(super) struct Ask<'a, 'b> {
    pub(super) here: *mut World<'b>,
    /// The clock, or null, or misaligned.
    pub(super) clock: *mut SyntoneClock,
    /// The transparent clock, or null, or misaligned.
    pub(super) through: *mut SyntoneTransparent,
    pub(super) rooms: &'a mut Rooms,
    /// What is wrong with pointers and sizes: mostly nothing.
    odd: u8,
}

/// What was called, and what came of it.
pub(super) type Outcome = (&'static str, SyntoneResult);

/// Calls a function; the outcome has its name.
macro_rules! named {
    ($function:ident ( $($argument:expr),* $(,)? )) => {
        (stringify!($function), $function($($argument),*))
    };
}
pub(super) use named;

/// Calls one of them, on a clock that is there, null or misaligned; its name, if it has done what it is for.
///
/// # Safety
/// `here` is the world, `clock` the storage, whether there is a clock or not; the rooms outlive it.
pub(super) unsafe fn call(
    here: *mut World<'_>,
    target: u8,
    clock: *mut SyntoneClock,
    rooms: &mut Rooms,
) -> Option<&'static str> {
    let through = rooms.through().cast::<SyntoneTransparent>();
    let mut ask = Ask { here, clock, through, rooms, odd: 0 };
    (ask.clock, ask.through) = match target {
        0 => (ptr::null_mut(), ptr::null_mut()),
        1 => (clock.wrapping_byte_add(1), through.wrapping_byte_add(1)),
        _ => (clock, through),
    };
    let (which, kinds) = (ask.octet(), [clocks::COUNT, transparent::COUNT, codec::COUNT, linux::COUNT]);
    ask.odd = ask.octet();
    let [of_clock, of_through, of_codec, of_linux] = kinds;
    let which = which % (of_clock + of_through + of_codec + of_linux);
    // SAFETY: as promised.
    let (name, result) = unsafe {
        if which < of_clock {
            ask.running(Running::Clock(clock));
            clocks::call(&mut ask, which)
        } else if which - of_clock < of_through {
            ask.running(Running::Through(through));
            transparent::call(&mut ask, which - of_clock)
        } else if which - of_clock - of_through < of_codec {
            codec::call(&mut ask, which - of_clock - of_through)
        } else {
            linux::call(&mut ask, which - of_clock - of_through - of_codec)
        }
    };
    ask.running(Running::No);
    // SAFETY: as promised.
    let result = unsafe { (*here).count(result) };
    let works_on_one = which < of_clock + of_through && !transparent::MAKE.contains(&name);
    assert!(!works_on_one || target > 1 || result != SyntoneResult::Ok, "{name} works on what is no clock");
    assert_ne!(result, SyntoneResult::Busy, "{name}");
    (result == SyntoneResult::Ok).then_some(name)
}

impl Ask<'_, '_> {
    pub(super) fn octet(&mut self) -> u8 {
        // SAFETY: the world, which nobody else reaches between two calls.
        unsafe { (*self.here).octet() }
    }

    /// So many octets as the next one says, up to 255.
    pub(super) fn octets(&mut self) -> Vec<u8> {
        let count = usize::from(self.octet());
        // SAFETY: as for `octet`.
        unsafe { (*self.here).take(count) }
    }

    /// Of a type of integers and nothing else: whatever comes.
    pub(super) fn filled<T: Copy>(&mut self) -> T {
        // SAFETY: integers alone, of which any bits are values; as for `octet`.
        unsafe {
            let mut value = MaybeUninit::<T>::zeroed().assume_init();
            (*self.here).fill(&mut value);
            value
        }
    }

    /// The same with its size at the beginning, mostly.
    pub(super) fn sized<T: Copy>(&mut self) -> T {
        let mut value = self.filled::<T>();
        self.set_size(&mut value);
        value
    }

    /// A place for a struct that begins with its size.
    pub(super) fn place<T: Copy>(&self) -> T {
        // SAFETY: integers and pointers alone, of which zeros are values.
        let mut value = unsafe { MaybeUninit::<T>::zeroed().assume_init() };
        self.set_size(&mut value);
        value
    }

    pub(super) fn set_size<T>(&self, value: &mut T) {
        let size = size_of::<T>() as u32 - u32::from(self.odd == 253);
        // SAFETY: the struct begins with 32 bits for its size.
        unsafe { ptr::from_mut(value).cast::<u32>().write(size) };
    }

    /// The size that a function is told.
    pub(super) fn size<T>(&self) -> u32 {
        size_of::<T>() as u32 + u32::from(self.odd == 253)
    }

    /// A pointer, mostly to where it should.
    pub(super) fn to<T>(&self, pointer: *mut T) -> *mut T {
        match self.odd {
            254 => ptr::null_mut(),
            255 if align_of::<T>() > 1 => pointer.wrapping_byte_add(1),
            _ => pointer,
        }
    }

    pub(super) fn at<T>(&self, pointer: *const T) -> *const T {
        self.to(pointer.cast_mut())
    }

    /// A text is written, or has an end at the least.
    pub(super) fn ends(text: &[c_char]) {
        assert!(text.contains(&0), "a text ends with NUL");
    }

    /// Storage for a purpose, one of 18, mostly all of it.
    pub(super) fn lent(&mut self, purpose: usize) -> (*mut c_void, usize) {
        let (storage, size) = self.rooms.lent(purpose);
        self.mostly(storage, size)
    }

    /// Storage for performance records, mostly all of it.
    pub(super) fn monitor(&mut self) -> (*mut c_void, usize) {
        let (storage, size) = self.rooms.monitor();
        self.mostly(storage, size)
    }

    fn mostly(&mut self, storage: *mut c_void, size: usize) -> (*mut c_void, usize) {
        let size = if self.odd < 200 { size } else { usize::from(self.octet()) * 3 };
        (self.to(storage.cast::<u64>()).cast(), size)
    }

    /// A TLV of no type.
    pub(super) fn tlv(&self, value: &[u8]) -> SyntoneTlv {
        SyntoneTlv { value: self.at(value.as_ptr()), length: value.len() as u16, tlv_type: 0 }
    }

    /// So much time passes, in units of 2^26 ns.
    pub(super) fn pass(&mut self, time: u8) {
        // SAFETY: as for `octet`.
        unsafe { (*self.here).time = (*self.here).time.saturating_add(u64::from(time) << 26) };
    }

    fn running(&mut self, running: Running) {
        // SAFETY: as for `octet`.
        unsafe { (*self.here).running = running };
    }
}
