//! The C interface called in any order, with any sizes, nulls and garbage, also from its own callbacks.

use core::ffi::c_void;
use core::mem::size_of;
use core::ptr;
use syntone_capi::board::*;
use syntone_capi::clock::*;
use syntone_capi::codec::*;
use syntone_capi::config::*;
use syntone_capi::event::SyntoneEvent;
use syntone_capi::grandmaster::*;
use syntone_capi::management::*;
use syntone_capi::result::{SyntoneResult, syntone_result_text};
use syntone_capi::settings::*;
use syntone_capi::status::*;
use syntone_capi::transmit::SyntoneTransmit;

const ROOM: usize = SYNTONE_CLOCK_SIZE_BASE + 8 * SYNTONE_CLOCK_SIZE_PORT;

#[repr(align(16))]
struct Storage([u8; ROOM]);

/// The board, and what it and the program do next: all from the same octets.
struct World<'a> {
    octets: &'a [u8],
    time: u64,
    tickets: Vec<u32>,
    /// The clock, while it is at work.
    running: *mut SyntoneClock,
    /// What came of calls: by result.
    results: [u32; 16],
}

impl World<'_> {
    const fn is_over(&self) -> bool {
        self.octets.is_empty()
    }

    fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.octets.split_first() else { return 0 };
        self.octets = rest;
        *first
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.octets.split_at(count.min(self.octets.len()));
        self.octets = rest;
        taken.to_vec()
    }

    /// Fills a struct of integers with what comes.
    fn fill<T: Copy>(&mut self, value: &mut T) {
        let octets = self.take(size_of::<T>());
        // SAFETY: the callers give structs of integers, of which no more octets are written than there are.
        unsafe { ptr::copy_nonoverlapping(octets.as_ptr(), ptr::from_mut(value).cast(), octets.len()) };
    }

    fn count(&mut self, result: SyntoneResult) -> SyntoneResult {
        // SAFETY: a static string that ends with NUL.
        let text = unsafe { core::ffi::CStr::from_ptr(syntone_result_text(result as i32)) };
        assert_ne!(text, c"not a result");
        self.results[result as usize] += 1;
        result
    }

    /// A callback calls back: it is turned away.
    fn call_back(&mut self) {
        if !self.running.is_null() && self.octet() & 7 == 0 {
            // SAFETY: a clock, at work.
            let results = unsafe {
                [
                    syntone_clock_run_once(self.running, ptr::null_mut()),
                    syntone_clock_set(self.running, 1, 0, 1, ptr::null_mut()),
                    syntone_clock_initialize(self.running),
                    syntone_clock_stepped(self.running, 1),
                ]
            };
            assert_eq!(results, [SyntoneResult::Busy; 4]);
        }
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

unsafe extern "C" fn on_event(context: *mut c_void, event: *const SyntoneEvent) {
    // SAFETY: the library hands over an event.
    assert_ne!(unsafe { (*event).kind }, 0);
    world(context).call_back();
}

unsafe extern "C" fn on_answer(_: *mut c_void, answer: *const u8, length: usize) {
    // SAFETY: the library hands over so many octets.
    assert!(unsafe { core::slice::from_raw_parts(answer, length) }.len() >= 48);
}

/// Calls as `octets` say. How often each result came, by its number.
pub fn capi(octets: &[u8]) -> [u32; 16] {
    let mut storage = Box::new(Storage([0xA5; ROOM]));
    let mut world = World { octets, time: 0, tickets: Vec::new(), running: ptr::null_mut(), results: [0; 16] };
    let here = &raw mut world;
    let place: *mut c_void = storage.0.as_mut_ptr().cast();
    let mut clock: *mut SyntoneClock = place.cast();
    // SAFETY: the world is reached by this pointer alone; clocks are made in the storage, which outlives them.
    unsafe {
        while !(*here).is_over() {
            let call = (*here).octet();
            let target = match call >> 4 {
                14 => ptr::null_mut(),
                15 => clock.byte_add(1),
                _ => clock,
            };
            if call & 15 == 0 {
                clock = make(here, place).unwrap_or(clock);
                continue;
            }
            (*here).running = target;
            let result = one_call(here, call & 15, target);
            (*here).running = ptr::null_mut();
            let result = (*here).count(result);
            match call >> 4 {
                14 if call & 15 < 11 => assert_eq!(result, SyntoneResult::NullPointer),
                15 if call & 15 < 11 => assert_eq!(result, SyntoneResult::Misaligned),
                _ => assert_ne!(result, SyntoneResult::Busy),
            }
        }
    }
    world.results
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
        let mut hal = SyntoneHal {
            struct_size: size_of::<SyntoneHal>() as u32,
            abi_version: SYNTONE_ABI_VERSION,
            context: here.cast(),
            receive: Some(receive),
            send: Some(send),
            forward: None,
            link_up: Some(link_up),
            poll_egress: Some(poll_egress),
            capabilities: Some(capabilities),
            monotonic: Some(monotonic),
            now: Some(now),
            step: Some(step),
            set_frequency: Some(set_frequency),
            max_frequency: i32::from((*here).octet()) << 20,
        };
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
    let none = ptr::null_mut();
    // SAFETY: as promised; all other pointers are to locals.
    unsafe {
        match call {
            13 => {
                let (length, allowed) = (usize::from((*here).octet()), (*here).octet() & 3);
                let (request, mut buffer) = ((*here).take(length), vec![0; usize::from((*here).octet()) * 6]);
                let (room, to) = (buffer.len(), buffer.as_mut_ptr());
                syntone_clock_answer(clock, allowed, request.as_ptr(), request.len(), to, room, Some(on_answer), none)
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
