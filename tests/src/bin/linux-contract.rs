//! The contract of `syntone-hal` over a PTP hardware clock of Linux and its ports, for scripts in the guest of the tests:
//! `linux-contract off|sync|p2p TESTED PEER TESTED PEER`, interfaces at the two ends of two cables. The tested ones share a
//! clock, which is steered and stepped; so do their peers. It prints what each check found, and fails if one does not hold.

use std::collections::VecDeque;
use std::time::Duration;
use syntone_hal::contract::{Bounds, Check, Direction, Fixture, Injected, Taken, check_all};
use syntone_hal::{ClockHal, Destination, MessageClass, NetworkHal, PortIndex, Ticket, TimestampHal, Transmit};
use syntone_linux::{
    Carrier, Ethernet, LinuxHal, OneStepMode, OscillatorError, SoftwareClock, StampingWish, choose_clock,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [mode, first, first_peer, second, second_peer] = words[..] else {
        return Err("a mode and two pairs of interfaces".into());
    };
    let mode = match mode {
        "off" => OneStepMode::Off,
        "sync" => OneStepMode::Sync,
        "p2p" => OneStepMode::PeerToPeer,
        _ => return Err("off, sync or p2p".into()),
    };
    let mut cables = Cables {
        tested: open(&[first, second], mode)?,
        peer: open(&[first_peer, second_peer], OneStepMode::Off)?,
        sent: [const { VecDeque::new() }; 2],
        lossy: None,
    };
    let report = check_all(&mut cables);
    println!("{report:#}");
    if report.passed() { Ok(()) } else { Err("the contract is not kept".into()) }
}

fn open(interfaces: &[&str], one_step: OneStepMode) -> Result<LinuxHal, Failure> {
    let software = || Ok(SoftwareClock::new(OscillatorError::default()).into());
    let choice = choose_clock(interfaces, Carrier::Ethernet, one_step, StampingWish::Hardware, software)?;
    let mut hal = LinuxHal::new(choice.clock);
    for interface in interfaces {
        let mut transport = Ethernet::on_interface(*interface);
        transport.one_step = one_step;
        hal.add_ethernet(&transport)?;
    }
    Ok(hal)
}

/// Two cables: the ports under test at one end, peers at the other.
struct Cables {
    tested: LinuxHal,
    peer: LinuxHal,
    /// What the peers have received.
    sent: [VecDeque<Vec<u8>>; 2],
    /// The parameter of the simulator that makes stamps be lost at present.
    lossy: Option<&'static str>,
}

impl Cables {
    /// Lets the simulator lose the stamps of this many of 1 000 messages at the ports under test.
    fn lose(parameter: &str, permille: u32) {
        let all = format!("{permille},0,{permille},0");
        std::fs::write(format!("/sys/module/ptpsim/parameters/{parameter}"), all).expect("a parameter of ptpsim");
    }

    /// How far the tested clock is ahead of the peers' clock, from the closest of some pairs of readings.
    fn ahead(&mut self) -> i64 {
        let readings = (0..16).map(|_| {
            let before = self.tested.now().expect("a reading");
            let peer = self.peer.now().expect("a reading");
            let width = self.tested.now().expect("a reading").nanos_since(before);
            (width, before.offset_nanos(width / 2).nanos_since(peer))
        });
        readings.min().map_or(0, |(_, ahead)| ahead)
    }
}

impl Fixture for Cables {
    type Hal = LinuxHal;

    fn hal(&mut self) -> &mut LinuxHal {
        &mut self.tested
    }

    fn pass(&mut self, nanos: u64) {
        if let Some(parameter) = self.lossy.take() {
            Self::lose(parameter, 0);
        }
        std::thread::sleep(Duration::from_nanos(nanos));
    }

    fn bounds(&self) -> Bounds {
        // What a system call takes in the guest.
        Bounds {
            stamp_nanos: 100_000,
            reading_nanos: 20_000,
            call_nanos: 2_000_000,
            handover_nanos: 200_000_000,
            window_nanos: 1_000_000_000,
            rate_ppb: 100,
        }
    }

    fn ports(&self) -> u8 {
        2
    }

    fn inject(&mut self, port: PortIndex, class: MessageClass, message: &[u8]) -> Injected {
        let ticket = (class == MessageClass::Event).then(|| Ticket::from_raw(1));
        let transmit = Transmit { port, destination: Destination::PrimaryMulticast, ticket, one_step: None };
        self.peer.send(transmit, message).expect("the peer sends");
        if class == MessageClass::General {
            return Injected::Sent;
        }
        let left = loop {
            if let Some(egress) = self.peer.poll_egress().expect("the peer's stamps") {
                break egress.stamp.expect("the peer's stamp");
            }
        };
        let ahead = self.ahead();
        Injected::At(left.offset_nanos(ahead))
    }

    fn take_sent(&mut self, port: PortIndex, buffer: &mut [u8]) -> Taken {
        while let Some(received) = self.peer.receive(buffer).expect("the peer receives") {
            self.sent[received.port.get()].push_back(buffer[..received.length].to_vec());
        }
        let Some(octets) = self.sent[port.get()].pop_front() else { return Taken::Nothing };
        buffer[..octets.len()].copy_from_slice(&octets);
        Taken::Message(octets.len())
    }

    fn lose_next_stamp(&mut self, _: PortIndex, direction: Direction) -> bool {
        let parameter = match direction {
            Direction::Ingress => "drop_rxts_permille",
            Direction::Egress => "drop_txts_permille",
        };
        Self::lose(parameter, 1_000);
        self.lossy = Some(parameter);
        true
    }

    fn starting(&mut self, check: Check) {
        println!("checking {}", check.name());
    }
}
