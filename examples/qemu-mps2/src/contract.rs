//! The contract of the three traits, checked on the board itself, with the report over the UART.
//!
//! The board's PHY sends back what leaves, so that the peer that some checks need is in the same image.

use crate::board::{self, Registers};
use crate::bus::{Bus, Mmio};
use crate::console;
use crate::loopback::{Loopback, Station};
use crate::soft_clock::SoftClock;
use core::fmt::{self, Write};
use syntone_hal::contract::{Bounds, Broken, Check, Direction, Fault, Fixture, Injected, Taken, check_all};
use syntone_hal::{ClockHal, FrequencyOffset, MessageClass, NetworkHal, PortIndex, Timestamp, TimestampHal};
use syntone_smoltcp::{ETHERTYPE, Ethernet, Frame, FrameInterface, Outgoing, PRIMARY_GROUP, Raw};

type Side<'l> = Station<'l, 'static, Registers>;

/// The first UART of the board.
struct Uart(Mmio<0x4000_4000>);

const DATA: u32 = 0;
const STATE: u32 = 4;
const CONTROL: u32 = 8;
const BAUD_DIVIDER: u32 = 16;
const TRANSMITTER_FULL: u32 = 1;

impl Uart {
    fn new() -> Self {
        // SAFETY: the MPS2 has its UART there, which nothing else uses.
        let registers = unsafe { Mmio::new() };
        // 25 MHz by 115200.
        registers.write(BAUD_DIVIDER, 217);
        registers.write(CONTROL, 1);
        Self(registers)
    }
}

impl Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for octet in text.bytes() {
            while self.0.read(STATE) & TRANSMITTER_FULL != 0 {}
            self.0.write(DATA, u32::from(octet));
        }
        Ok(())
    }
}

struct Bench<'l> {
    cable: &'l Loopback<'static, Registers>,
    hal: Raw<Side<'l>, Ethernet>,
    peer: Side<'l>,
    uart: Uart,
    window_nanos: u64,
}

impl<'l> Fixture for Bench<'l> {
    type Hal = Raw<Side<'l>, Ethernet>;

    fn hal(&mut self) -> &mut Self::Hal {
        &mut self.hal
    }

    fn pass(&mut self, nanos: u64) {
        let until = self.peer.monotonic().plus_nanos(nanos);
        while self.peer.monotonic() < until {}
    }

    fn bounds(&self) -> Bounds {
        // An instruction takes 64 ns where the emulator counts them, and a frame is stamped some 20 of them after it was handed over.
        Bounds {
            stamp_nanos: 20_000,
            reading_nanos: 5_000,
            call_nanos: 500_000,
            rate_ppb: 100,
            window_nanos: self.window_nanos,
            ..Bounds::default()
        }
    }

    fn inject(&mut self, port: PortIndex, _: MessageClass, message: &[u8]) -> Injected {
        let mut header = [0; 14];
        let [high, low] = ETHERTYPE.to_be_bytes();
        let parts = PRIMARY_GROUP.into_iter().chain(self.peer.station(port)).chain([high, low]);
        header.iter_mut().zip(parts).for_each(|(place, octet)| *place = octet);
        let frame = Outgoing { header: &header, message, trailer: &[], one_step: None };
        // It comes back with its last word, and the interrupt that stamps it has been served when this is over.
        match (self.peer.send(port, frame, None), self.hal.now()) {
            (Ok(()), Ok(now)) => Injected::At(now),
            _ => Injected::Unsupported,
        }
    }

    fn take_sent(&mut self, _: PortIndex, buffer: &mut [u8]) -> Taken {
        let Ok(Some(mut frame)) = self.peer.receive() else { return Taken::Nothing };
        let _ = frame.header();
        let length = frame.remaining();
        buffer.get_mut(..length).map_or(Taken::Nothing, |place| {
            frame.read(place);
            Taken::Message(length)
        })
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        self.cable.lose_next_stamp(0, direction == Direction::Ingress);
        true
    }

    fn starting(&mut self, check: Check) {
        // What the checks before did not ask for.
        while let Ok(Some(_)) = self.peer.receive() {}
        self.tell(format_args!("checking   {}", check.name()));
    }
}

impl<'l> Bench<'l> {
    fn new(cable: &'l Loopback<'static, Registers>, window_nanos: u64) -> Self {
        let clock = || SoftClock::new(Timestamp::from_nanos(5_000_000_000_000), FrequencyOffset::ZERO);
        let hal = Raw::new(cable.station(0, clock()), Ethernet);
        Self { cable, hal, peer: cable.station(1, clock()), uart: Uart::new(), window_nanos }
    }

    fn tell(&mut self, text: fmt::Arguments<'_>) {
        // What cannot be written cannot be told either.
        let _ = writeln!(self.uart, "{text}");
    }

    /// Leaves nothing of what was done with it.
    fn settle(&mut self) {
        while !matches!(self.hal.receive(&mut [0; 256]), Ok(None)) {}
        while !matches!(self.hal.poll_egress(), Ok(None)) {}
        let _ = self.hal.set_frequency(FrequencyOffset::ZERO);
    }
}

/// Checks the board, tells what was found, and ends. `None` if the controller does not answer.
pub fn check() -> Option<()> {
    let cable = board::looped()?;
    let mut bench = Bench::new(&cable, 1_000_000_000);
    let report = check_all(&mut bench);
    bench.tell(format_args!("{report:#}"));
    console::exit(report.passed())
}

/// Checks the board with one fault after the other, tells what failed of each, and ends: well if that is the check that names the fault.
/// `None` if the controller does not answer.
pub fn check_broken() -> Option<()> {
    let cable = board::looped()?;
    // No fault is so small that it takes more.
    let (mut bench, mut well) = (Bench::new(&cable, 200_000_000), true);
    for fault in Fault::ALL {
        let mut broken = Broken::new(bench, fault);
        let report = check_all(&mut broken);
        bench = broken.into_bench();
        for (check, failure) in report.failed() {
            bench.tell(format_args!("{fault:?} FAILED {}: {failure}", check.name()));
        }
        well &= report.failed().map(|(check, _)| check).eq([fault.check()]);
        bench.settle();
    }
    console::exit(well)
}
