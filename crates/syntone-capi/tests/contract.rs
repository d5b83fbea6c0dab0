//! A HAL in C keeps the contract of the HAL in Rust: nothing is lost or bent on the way through the function pointers.

use core::ffi::c_void;
use std::collections::VecDeque;
use syntone_capi::board::*;
use syntone_hal::contract::{Direction, Fixture, Injected, Taken};
use syntone_hal::{Address, Destination, MessageClass, OneStep, PortIndex, Timestamp};

/// A board in virtual time with two ports, as a C program would keep it behind its context pointer.
struct Bench {
    nanos: u64,
    /// The clock at `set_at` in units of 2^-16 ns.
    clock: i128,
    set_at: u64,
    frequency: i32,
    arrived: VecDeque<(u8, Vec<u8>, Option<SyntoneTimestamp>)>,
    sent: VecDeque<(SyntoneTransmit, Vec<u8>)>,
    stamps: VecDeque<SyntoneEgressStamp>,
    lose: Option<Direction>,
}

impl Bench {
    fn read(&mut self) -> SyntoneTimestamp {
        let elapsed = i128::from(self.nanos - self.set_at);
        self.clock += (elapsed << 16) + elapsed * i128::from(self.frequency) / 1_000_000;
        self.set_at = self.nanos;
        let nanos = self.clock >> 16;
        SyntoneTimestamp {
            seconds: (nanos / 1_000_000_000) as u64,
            nanoseconds: (nanos % 1_000_000_000) as u32,
            subnanoseconds: (self.clock & 0xFFFF) as u16,
        }
    }

    fn lost(&mut self, direction: Direction) -> bool {
        self.lose.take_if(|lose| *lose == direction).is_some()
    }
}

fn bench<'a>(context: *mut c_void) -> &'a mut Bench {
    // SAFETY: the fixture keeps the bench in a box, uses it only between calls, and calls do not nest.
    unsafe { &mut *context.cast::<Bench>() }
}

unsafe extern "C" fn receive(context: *mut c_void, buffer: *mut u8, room: usize, to: *mut SyntoneReceived) -> i32 {
    let Some((port, octets, stamp)) = bench(context).arrived.pop_front() else { return SYNTONE_HAL_OK };
    if octets.len() > room {
        return SYNTONE_HAL_BUFFER_TOO_SMALL;
    }
    let (has_stamp, stamp) = (u8::from(stamp.is_some()), stamp.unwrap_or_default());
    let received = SyntoneReceived { length: octets.len(), stamp, has_stamp, port, ..SyntoneReceived::default() };
    // SAFETY: the library hands over `room` octets and a place for the rest.
    unsafe {
        buffer.copy_from_nonoverlapping(octets.as_ptr(), octets.len());
        to.write(received);
    }
    SYNTONE_HAL_ONE
}

unsafe extern "C" fn send(context: *mut c_void, to: *const SyntoneTransmit, message: *const u8, length: usize) -> i32 {
    // SAFETY: the library hands over a transmit and `length` octets.
    let (transmit, message) = unsafe { (*to, core::slice::from_raw_parts(message, length)) };
    let bench = bench(context);
    let stamp = bench.read();
    if transmit.is_event != 0 && transmit.one_step == SYNTONE_ONE_STEP_NONE {
        let has_stamp = u8::from(!bench.lost(Direction::Egress));
        bench.stamps.push_back(SyntoneEgressStamp { stamp, ticket: transmit.ticket, has_stamp });
    }
    let mut octets = message.to_vec();
    let egress = Timestamp::new(stamp.seconds, stamp.nanoseconds).expect("in range");
    let egress = egress.with_subnanos(stamp.subnanoseconds);
    match transmit.one_step {
        SYNTONE_ONE_STEP_NONE => {}
        SYNTONE_ONE_STEP_ORIGIN => OneStep::Origin.complete(&mut octets, egress),
        _ => OneStep::Elapsed.complete(&mut octets, egress),
    }
    bench.sent.push_back((transmit, octets));
    SYNTONE_HAL_OK
}

unsafe extern "C" fn poll_egress(context: *mut c_void, to: *mut SyntoneEgressStamp) -> i32 {
    let Some(stamp) = bench(context).stamps.pop_front() else { return SYNTONE_HAL_OK };
    // SAFETY: the library hands over a place for it.
    unsafe { to.write(stamp) };
    SYNTONE_HAL_ONE
}

unsafe extern "C" fn capabilities(_: *mut c_void, port: u8, to: *mut SyntonePortCapabilities) {
    let resolution = i64::from(port) << 16;
    // SAFETY: the library hands over a place for it.
    unsafe {
        to.write(SyntonePortCapabilities {
            resolution,
            hardware_stamps: 1,
            one_step_sync: 1,
            one_step_pdelay_resp: 1,
            ..Default::default()
        });
    }
}

unsafe extern "C" fn monotonic(context: *mut c_void) -> u64 {
    bench(context).nanos
}

unsafe extern "C" fn now(context: *mut c_void, to: *mut SyntoneTimestamp) -> i32 {
    // SAFETY: the library hands over a place for it.
    unsafe { to.write(bench(context).read()) };
    SYNTONE_HAL_OK
}

unsafe extern "C" fn step(context: *mut c_void, nanoseconds: i64) -> i32 {
    bench(context).read();
    bench(context).clock += i128::from(nanoseconds) << 16;
    SYNTONE_HAL_OK
}

unsafe extern "C" fn set_frequency(context: *mut c_void, frequency: i32) -> i32 {
    bench(context).read();
    bench(context).frequency = frequency;
    SYNTONE_HAL_OK
}

struct InC {
    bench: *mut Bench,
    board: Board,
    taken_for: Option<Destination>,
}

/// The address of the peer at a port.
const fn peer(port: PortIndex) -> Address {
    Address::Ipv4([192, 0, 2, port.0])
}

/// The same in C.
fn to_peer(port: PortIndex) -> SyntoneAddress {
    let mut octets = [0; 16];
    octets[..4].copy_from_slice(&[192, 0, 2, port.0]);
    SyntoneAddress { kind: SYNTONE_ADDRESS_IPV4, octets }
}

impl InC {
    fn new(steps: bool) -> Self {
        let bench = Box::into_raw(Box::new(Bench {
            nanos: 0,
            clock: 5_000_000_000_000 << 16,
            set_at: 0,
            frequency: 0,
            arrived: VecDeque::new(),
            sent: VecDeque::new(),
            stamps: VecDeque::new(),
            lose: None,
        }));
        let hal = SyntoneHal {
            struct_size: size_of::<SyntoneHal>() as u32,
            abi_version: SYNTONE_ABI_VERSION,
            context: bench.cast(),
            receive: Some(receive),
            send: Some(send),
            forward: None,
            link_up: None,
            poll_egress: Some(poll_egress),
            capabilities: Some(capabilities),
            monotonic: Some(monotonic),
            now: Some(now),
            step: steps.then_some(step),
            set_frequency: Some(set_frequency),
            max_frequency: 500 << 16,
        };
        // SAFETY: the functions above keep to the header.
        let board = unsafe { Board::new(hal) }.expect("all functions are there");
        Self { bench, board, taken_for: None }
    }

    fn bench(&mut self) -> &mut Bench {
        bench(self.bench.cast())
    }
}

impl Drop for InC {
    fn drop(&mut self) {
        // SAFETY: made by Box::into_raw above, and the board is not used any more.
        drop(unsafe { Box::from_raw(self.bench) });
    }
}

impl Fixture for InC {
    type Hal = Board;

    fn hal(&mut self) -> &mut Board {
        &mut self.board
    }

    fn pass(&mut self, nanos: u64) {
        self.bench().nanos += nanos;
    }

    fn ports(&self) -> u8 {
        2
    }

    fn peer(&self, port: PortIndex) -> Option<Address> {
        Some(peer(port))
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        let bench = self.bench();
        let stamp = bench.read();
        let stamp = (class == MessageClass::Event && !bench.lost(Direction::Ingress)).then_some(stamp);
        bench.arrived.push_back((port.0, message.to_vec(), stamp));
        Injected::Sent
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        let ours = |sent: &(SyntoneTransmit, Vec<u8>)| sent.0.port == port.0;
        let Some(place) = self.bench().sent.iter().position(ours) else { return Taken::Nothing };
        let (transmit, octets) = self.bench().sent.remove(place).expect("found above");
        buffer[..octets.len()].copy_from_slice(&octets);
        self.taken_for = match transmit.destination {
            SYNTONE_DESTINATION_PRIMARY => Some(Destination::PrimaryMulticast),
            SYNTONE_DESTINATION_PEER => Some(Destination::PeerMulticast),
            _ if transmit.address == to_peer(port) => Some(Destination::Unicast(peer(port))),
            _ => Some(Destination::Unicast(Address::Ipv6([0; 16]))),
        };
        Taken::Message(octets.len())
    }

    fn taken_for(&self) -> Option<Destination> {
        self.taken_for
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        self.bench().lose = Some(direction);
        true
    }
}

syntone_hal::contract_test!(hal_in_c_keeps_the_contract, InC::new(true));
syntone_hal::contract_test!(hal_in_c_that_cannot_step_keeps_the_contract, InC::new(false));
