//! A board on which nothing happens, and clocks on it.

use core::ffi::c_void;
use core::mem::{MaybeUninit, size_of};
use core::ptr;
use syntone_capi::board::*;
use syntone_capi::clock::*;
use syntone_capi::config::*;
use syntone_capi::result::SyntoneResult;
use syntone_capi::transmit::SyntoneTransmit;

pub(crate) const ROOM: usize = SYNTONE_CLOCK_SIZE_BASE + 8 * SYNTONE_CLOCK_SIZE_PORT;

/// Storage for any clock, full of garbage.
#[repr(align(16))]
pub(crate) struct Storage([u8; ROOM]);

impl Storage {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self([0xA5; ROOM]))
    }

    pub(crate) fn place(&mut self) -> *mut c_void {
        self.0.as_mut_ptr().cast()
    }
}

pub(crate) struct Quiet {
    /// What was set last.
    pub(crate) frequency: Option<i32>,
}

impl Quiet {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self { frequency: None })
    }

    pub(crate) fn hal(&mut self) -> SyntoneHal {
        SyntoneHal {
            struct_size: size_of::<SyntoneHal>() as u32,
            abi_version: SYNTONE_ABI_VERSION,
            context: ptr::from_mut(self).cast(),
            receive: Some(receive),
            send: Some(send),
            link_up: None,
            poll_egress: Some(poll_egress),
            capabilities: None,
            monotonic: Some(monotonic),
            now: Some(now),
            step: None,
            set_frequency: Some(set_frequency),
            max_frequency: 500 << 16,
        }
    }
}

unsafe extern "C" fn receive(_: *mut c_void, _: *mut u8, _: usize, _: *mut SyntoneReceived) -> i32 {
    SYNTONE_HAL_OK
}

unsafe extern "C" fn send(_: *mut c_void, _: *const SyntoneTransmit, _: *const u8, _: usize) -> i32 {
    SYNTONE_HAL_OK
}

unsafe extern "C" fn poll_egress(_: *mut c_void, _: *mut SyntoneEgressStamp) -> i32 {
    SYNTONE_HAL_OK
}

unsafe extern "C" fn monotonic(_: *mut c_void) -> u64 {
    1
}

unsafe extern "C" fn now(_: *mut c_void, _: *mut SyntoneTimestamp) -> i32 {
    SYNTONE_HAL_OK
}

unsafe extern "C" fn set_frequency(context: *mut c_void, frequency: i32) -> i32 {
    // SAFETY: every test hands over a pointer to its Quiet, which outlives the clock.
    unsafe { (*context.cast::<Quiet>()).frequency = Some(frequency) };
    SYNTONE_HAL_OK
}

pub(crate) fn config() -> SyntoneConfig {
    let mut config = MaybeUninit::<SyntoneConfig>::uninit();
    // SAFETY: the place is there; after success it is filled in.
    unsafe {
        let result = syntone_config_init(config.as_mut_ptr(), size_of::<SyntoneConfig>() as u32);
        assert_eq!(result, SyntoneResult::Ok);
        SyntoneConfig { clock_identity: [2, 0, 0, 0xFF, 0xFE, 0, 0, 1], ..config.assume_init() }
    }
}

pub(crate) fn new_clock(storage: &mut Storage, quiet: &mut Quiet, config: &SyntoneConfig) -> *mut SyntoneClock {
    let (hal, mut clock) = (quiet.hal(), ptr::null_mut());
    // SAFETY: pointers to locals and to storage of that size.
    let result =
        unsafe { syntone_clock_init(storage.place(), ROOM, config, &raw const hal, &raw mut clock, ptr::null_mut()) };
    assert_eq!(result, SyntoneResult::Ok);
    clock
}
