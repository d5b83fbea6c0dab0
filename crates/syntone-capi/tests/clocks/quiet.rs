//! A board on which nothing happens but what a test puts there, and clocks on it.

use core::ffi::{CStr, c_void};
use core::mem::{MaybeUninit, size_of};
use core::ptr;
use std::collections::VecDeque;
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

    /// Whether nobody wrote to it from that octet on.
    pub(crate) fn is_garbage_from(&self, octet: usize) -> bool {
        self.0[octet..].iter().all(|octet| *octet == 0xA5)
    }
}

/// A message that was handed to the board.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) transmit: SyntoneTransmit,
    /// Of one that passes through: its sender.
    pub(crate) source: Option<SyntoneAddress>,
    pub(crate) octets: Vec<u8>,
}

pub(crate) struct Quiet {
    /// What was set last.
    pub(crate) frequency: Option<i32>,
    /// The monotonic time.
    pub(crate) time: u64,
    /// What will be received.
    pub(crate) arriving: VecDeque<(SyntoneReceived, Vec<u8>)>,
    pub(crate) sent: Vec<Sent>,
    /// The time stamps that will be known.
    pub(crate) stamps: VecDeque<SyntoneEgressStamp>,
    /// What send does beside sending.
    pub(crate) on_send: Option<Box<dyn FnMut()>>,
    /// What send returns.
    pub(crate) returned: i32,
    /// sequenceId of the next Announce that comes in.
    pub(crate) sequence: u8,
}

impl Quiet {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            frequency: None,
            time: 1,
            arriving: VecDeque::new(),
            sent: Vec::new(),
            stamps: VecDeque::new(),
            on_send: None,
            returned: SYNTONE_HAL_OK,
            sequence: 0,
        })
    }

    pub(crate) fn hal(&mut self) -> SyntoneHal {
        SyntoneHal {
            struct_size: size_of::<SyntoneHal>() as u32,
            abi_version: SYNTONE_ABI_VERSION,
            context: ptr::from_mut(self).cast(),
            receive: Some(receive),
            send: Some(send),
            forward: Some(forward),
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

/// The board behind a context pointer.
fn quiet<'a>(context: *mut c_void) -> &'a mut Quiet {
    // SAFETY: every test hands over a pointer to its Quiet, which outlives the clock, and callbacks do not nest.
    unsafe { &mut *context.cast::<Quiet>() }
}

unsafe extern "C" fn receive(context: *mut c_void, buffer: *mut u8, room: usize, to: *mut SyntoneReceived) -> i32 {
    let Some((received, octets)) = quiet(context).arriving.pop_front() else { return SYNTONE_HAL_OK };
    assert!(octets.len() <= room);
    // SAFETY: the library lends `room` octets and a place for the rest.
    unsafe {
        buffer.copy_from_nonoverlapping(octets.as_ptr(), octets.len());
        to.write(SyntoneReceived { length: octets.len(), ..received });
    }
    SYNTONE_HAL_ONE
}

fn keep(context: *mut c_void, transmit: *const SyntoneTransmit, source: *const SyntoneAddress, octets: &[u8]) -> i32 {
    let quiet = quiet(context);
    // SAFETY: the library hands over a transmit, and the address of a sender or, here, null.
    let (transmit, source) = unsafe { (*transmit, source.as_ref().copied()) };
    quiet.sent.push(Sent { transmit, source, octets: octets.to_vec() });
    quiet.on_send.iter_mut().for_each(|call| call());
    quiet.returned
}

unsafe extern "C" fn send(
    context: *mut c_void,
    transmit: *const SyntoneTransmit,
    message: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: the library hands over so many octets.
    keep(context, transmit, ptr::null(), unsafe { core::slice::from_raw_parts(message, length) })
}

unsafe extern "C" fn forward(
    context: *mut c_void,
    transmit: *const SyntoneTransmit,
    source: *const SyntoneAddress,
    message: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: the library hands over so many octets.
    keep(context, transmit, source, unsafe { core::slice::from_raw_parts(message, length) })
}

unsafe extern "C" fn poll_egress(context: *mut c_void, to: *mut SyntoneEgressStamp) -> i32 {
    let Some(stamp) = quiet(context).stamps.pop_front() else { return SYNTONE_HAL_OK };
    // SAFETY: the library lends a place for it.
    unsafe { to.write(stamp) };
    SYNTONE_HAL_ONE
}

unsafe extern "C" fn monotonic(context: *mut c_void) -> u64 {
    quiet(context).time
}

unsafe extern "C" fn now(_: *mut c_void, _: *mut SyntoneTimestamp) -> i32 {
    SYNTONE_HAL_OK
}

unsafe extern "C" fn set_frequency(context: *mut c_void, frequency: i32) -> i32 {
    quiet(context).frequency = Some(frequency);
    SYNTONE_HAL_OK
}

/// The option that was wrong.
pub(crate) fn option(error: &SyntoneConfigError) -> &str {
    // SAFETY: the library ends the name with NUL within the array.
    unsafe { CStr::from_ptr(error.option.as_ptr()) }.to_str().expect("ASCII")
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

/// Runs a clock until the board's time has come to `until`, in nanoseconds.
pub(crate) fn run_until(clock: *mut SyntoneClock, quiet: &mut Quiet, until: u64) {
    loop {
        let mut next = 0;
        // SAFETY: a clock, and a pointer to a local.
        assert_eq!(unsafe { syntone_clock_run_once(clock, &raw mut next) }, SyntoneResult::Ok);
        if quiet.time >= until {
            return;
        }
        quiet.time = next.clamp(quiet.time + 1, until);
    }
}

/// An Announce of clock `from`, which is grandmaster, with TLVs.
pub(crate) fn announce(from: u8, sequence: u8, tlvs: &[u8]) -> Vec<u8> {
    let mut octets = vec![0; 64];
    octets[..2].copy_from_slice(&[0x0B, 0x12]);
    octets[3] = u8::try_from(64 + tlvs.len()).expect("short");
    octets[7] = 0x08; // ptpTimescale
    octets[20..30].copy_from_slice(&[9, 0, 0, 0xFF, 0xFE, 0, 0, from, 0, 1]);
    octets[31] = sequence;
    octets[33] = 1; // logMessageInterval
    octets[47..53].copy_from_slice(&[100, 6, 0x21, 0x4E, 0x5D, 128]);
    octets[53..61].copy_from_slice(&[9, 0, 0, 0xFF, 0xFE, 0, 0, from]);
    octets[63] = 0x20; // timeSource: GNSS
    octets.extend(tlvs);
    octets
}

/// Three Announces of clock `from` come in by the first port, one every 2 s.
pub(crate) fn hear(clock: *mut SyntoneClock, quiet: &mut Quiet, from: u8, tlvs: &[u8]) {
    for _ in 0..3 {
        quiet.arriving.push_back((SyntoneReceived::default(), announce(from, quiet.sequence, tlvs)));
        quiet.sequence += 1;
        let until = quiet.time + 2_000_000_000;
        run_until(clock, quiet, until);
    }
}
