//! The board, and what it and the program do next.

use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;
use syntone_capi::attached::SyntoneReceivedTlv;
use syntone_capi::board::*;
use syntone_capi::clock::*;
use syntone_capi::event::SyntoneEvent;
use syntone_capi::result::{SyntoneResult, syntone_result_text};
use syntone_capi::settings::*;
use syntone_capi::transmit::SyntoneTransmit;
use syntone_capi::transparent::*;

/// A clock, while it is at work.
#[derive(Clone, Copy)]
pub(super) enum Running {
    No,
    Clock(*mut SyntoneClock),
    Through(*mut SyntoneTransparent),
}

/// The board, and what it and the program do next: all from the same octets.
pub(super) struct World<'a> {
    octets: &'a [u8],
    pub(super) time: u64,
    tickets: Vec<u32>,
    pub(super) running: Running,
    /// What came of calls: by result.
    pub(super) results: [u32; 16],
}

impl<'a> World<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, time: 0, tickets: Vec::new(), running: Running::No, results: [0; 16] }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.octets.is_empty()
    }

    pub(super) fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.octets.split_first() else { return 0 };
        self.octets = rest;
        *first
    }

    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.octets.split_at(count.min(self.octets.len()));
        self.octets = rest;
        taken.to_vec()
    }

    /// Fills a struct of integers with what comes.
    pub(super) fn fill<T: Copy>(&mut self, value: &mut T) {
        let octets = self.take(size_of::<T>());
        // SAFETY: the callers give structs of integers, of which no more octets are written than there are.
        unsafe { ptr::copy_nonoverlapping(octets.as_ptr(), ptr::from_mut(value).cast(), octets.len()) };
    }

    pub(super) fn count(&mut self, result: SyntoneResult) -> SyntoneResult {
        // SAFETY: a static string that ends with NUL.
        let text = unsafe { core::ffi::CStr::from_ptr(syntone_result_text(result as i32)) };
        assert_ne!(text, c"not a result");
        self.results[result as usize] += 1;
        result
    }

    /// A callback calls back: it is turned away.
    pub(super) fn call_back(&mut self) {
        if matches!(self.running, Running::No) || self.octet() & 7 != 0 {
            return;
        }
        let mut rate = 0;
        // SAFETY: a clock, at work.
        let results = unsafe {
            match self.running {
                Running::No => return,
                Running::Clock(clock) => [
                    syntone_clock_run_once(clock, ptr::null_mut()),
                    syntone_clock_set(clock, 1, 0, 1, ptr::null_mut()),
                    syntone_clock_initialize(clock),
                    syntone_clock_stepped(clock, 1),
                ],
                Running::Through(clock) => [
                    syntone_transparent_run_once(clock, ptr::null_mut()),
                    syntone_transparent_set_forwarding(clock, 0, 1),
                    syntone_transparent_stepped(clock),
                    syntone_transparent_rate(clock, 0, 0, &raw mut rate),
                ],
            }
        };
        assert_eq!(results, [SyntoneResult::Busy; 4]);
    }

    /// What a function of the HAL returns: mostly that all is well.
    fn returned(&mut self, well: i32) -> i32 {
        let octet = self.octet();
        if octet < 240 { well } else { i32::from(octet) - 250 }
    }
}

fn world<'a>(context: *mut c_void) -> &'a mut World<'a> {
    // SAFETY: the driver hands over a pointer to its world, and reaches it in no other way while the library runs.
    unsafe { &mut *context.cast() }
}

unsafe extern "C" fn receive(context: *mut c_void, buffer: *mut u8, room: usize, to: *mut SyntoneReceived) -> i32 {
    let world = world(context);
    world.call_back();
    let kind = world.octet();
    if kind & 3 == 0 {
        return world.returned(SYNTONE_HAL_OK);
    }
    let length = usize::from(world.octet());
    let octets = world.take(length);
    let mut received = SyntoneReceived::default();
    world.fill(&mut received);
    received.length = if kind & 4 == 0 { octets.len() } else { received.length };
    // SAFETY: the library lends `room` octets and a place for the rest.
    unsafe {
        buffer.copy_from_nonoverlapping(octets.as_ptr(), octets.len().min(room));
        to.write(received);
    }
    world.returned(SYNTONE_HAL_ONE)
}

unsafe extern "C" fn send(
    context: *mut c_void,
    transmit: *const SyntoneTransmit,
    message: *const u8,
    length: usize,
) -> i32 {
    let world = world(context);
    world.call_back();
    // SAFETY: the library hands over a transmit and so many octets.
    let (transmit, message) = unsafe { (*transmit, core::slice::from_raw_parts(message, length)) };
    assert!(message.len() >= 34 && transmit.port < 8, "what is sent is a message");
    world.tickets.extend((transmit.is_event != 0).then_some(transmit.ticket));
    world.returned(SYNTONE_HAL_OK)
}

unsafe extern "C" fn forward(
    context: *mut c_void,
    transmit: *const SyntoneTransmit,
    _: *const SyntoneAddress,
    message: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: as for send.
    unsafe { send(context, transmit, message, length) }
}

unsafe extern "C" fn link_up(context: *mut c_void, _: u8) -> u8 {
    u8::from(world(context).octet() < 250)
}

unsafe extern "C" fn poll_egress(context: *mut c_void, to: *mut SyntoneEgressStamp) -> i32 {
    let world = world(context);
    world.call_back();
    let Some(ticket) = world.tickets.pop() else { return SYNTONE_HAL_OK };
    let mut stamp = SyntoneEgressStamp::default();
    world.fill(&mut stamp);
    stamp.ticket = if stamp.ticket & 15 == 0 { stamp.ticket } else { ticket };
    // SAFETY: the library lends a place for it.
    unsafe { to.write(stamp) };
    world.returned(SYNTONE_HAL_ONE)
}

unsafe extern "C" fn capabilities(context: *mut c_void, _: u8, to: *mut SyntonePortCapabilities) {
    let mut capabilities = SyntonePortCapabilities::default();
    world(context).fill(&mut capabilities);
    // SAFETY: the library lends a place for it.
    unsafe { to.write(capabilities) };
}

unsafe extern "C" fn monotonic(context: *mut c_void) -> u64 {
    let world = world(context);
    world.time = world.time.saturating_add(1);
    world.time
}

unsafe extern "C" fn now(context: *mut c_void, to: *mut SyntoneTimestamp) -> i32 {
    let world = world(context);
    let mut stamp = SyntoneTimestamp::default();
    world.fill(&mut stamp);
    // SAFETY: the library lends a place for it.
    unsafe { to.write(stamp) };
    world.returned(SYNTONE_HAL_OK)
}

unsafe extern "C" fn step(context: *mut c_void, _: i64) -> i32 {
    world(context).returned(SYNTONE_HAL_OK)
}

unsafe extern "C" fn set_frequency(context: *mut c_void, _: i32) -> i32 {
    world(context).returned(SYNTONE_HAL_OK)
}

pub(super) unsafe extern "C" fn on_event(context: *mut c_void, event: *const SyntoneEvent) {
    // SAFETY: the library hands over an event.
    assert_ne!(unsafe { (*event).kind }, 0);
    world(context).call_back();
}

pub(super) unsafe extern "C" fn on_answer(context: *mut c_void, answer: *const u8, length: usize) {
    // SAFETY: the library hands over so many octets.
    assert!(unsafe { core::slice::from_raw_parts(answer, length) }.len() >= 48);
    world(context).call_back();
}

pub(super) unsafe extern "C" fn on_tlv(context: *mut c_void, tlv: *const SyntoneReceivedTlv) {
    // SAFETY: the library hands over a TLV, whose value has so many octets.
    let value = unsafe { core::slice::from_raw_parts((*tlv).value, usize::from((*tlv).length)) };
    assert!(value.len() >= 6, "an organisation has an identity and a subtype");
    world(context).call_back();
}

/// The functions of the board.
pub(super) fn hal(here: *mut World<'_>) -> SyntoneHal {
    SyntoneHal {
        struct_size: size_of::<SyntoneHal>() as u32,
        abi_version: SYNTONE_ABI_VERSION,
        context: here.cast(),
        receive: Some(receive),
        send: Some(send),
        forward: Some(forward),
        link_up: Some(link_up),
        poll_egress: Some(poll_egress),
        capabilities: Some(capabilities),
        monotonic: Some(monotonic),
        now: Some(now),
        step: Some(step),
        set_frequency: Some(set_frequency),
        max_frequency: 0,
    }
}
