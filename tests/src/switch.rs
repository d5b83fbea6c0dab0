//! The switch chip of a board with one controller: frames on its trunk have a tag that says by which port, those on its ports have none.
//! And a witness: it sees by which time each master sends, independent of what the boards say.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The end of a cable: our UDP port, and that of the other end.
#[derive(Clone, Copy, Debug)]
pub struct Cable {
    /// Ours.
    pub local: u16,
    /// The board's.
    pub remote: u16,
}

/// A trunk, and two ports.
#[derive(Debug)]
pub struct Switch {
    trunk: End,
    ports: [End; 2],
    witness: Mutex<[Witness; 2]>,
}

#[derive(Debug)]
struct End {
    socket: UdpSocket,
    remote: u16,
}

/// When the Syncs of one port passed, and what time their Follow_Ups told.
#[derive(Debug, Default)]
struct Witness {
    passed: BTreeMap<u16, Instant>,
    /// The moment, and the master's time in ns.
    told: Vec<(Instant, i128)>,
}

impl Switch {
    /// A switch with these cables.
    ///
    /// # Panics
    /// If one of its UDP ports is taken.
    #[must_use]
    pub fn new(trunk: Cable, ports: [Cable; 2]) -> Self {
        let end = |cable: Cable| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, cable.local)).expect("the cable's end is free");
            socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket");
            End { socket, remote: cable.remote }
        };
        Self { trunk: end(trunk), ports: ports.map(end), witness: Mutex::default() }
    }

    /// Switches until it is over.
    pub fn run(&self, over: &AtomicBool) {
        thread::scope(|scope| {
            for (index, port) in self.ports.iter().enumerate() {
                scope.spawn(move || {
                    port.each_frame(over, |frame| {
                        self.observe(index, frame);
                        let tag = [0x81, 0, 0, u8::try_from(index + 1).expect("two ports")];
                        self.trunk.send(&[&frame[..12], &tag, &frame[12..]].concat());
                    });
                });
            }
            self.trunk.each_frame(over, |frame| {
                let [0x81, 0, 0, port @ 1..=2] = frame[12..16] else { panic!("no tag of ours: {frame:02x?}") };
                let index = usize::from(port - 1);
                let frame = [&frame[..12], &frame[16..]].concat();
                self.observe(index, &frame);
                self.ports[index].send(&frame);
            });
        });
    }

    /// How far the time of the second port's master is ahead of that of the first port's: the median of the last `pairs`, in ns.
    ///
    /// # Panics
    /// If fewer have passed.
    #[must_use]
    pub fn difference(&self, pairs: usize) -> i128 {
        let witness = self.witness.lock().expect("no port panics");
        let now = Instant::now();
        // What each master's clock shows now, by each of its Syncs.
        let mut shown = [&witness[0], &witness[1]].map(|witness| {
            let last = &witness.told[witness.told.len().checked_sub(pairs).expect("enough Syncs have passed")..];
            last.iter().map(|(at, time)| time + nanos_between(*at, now)).collect::<Vec<_>>()
        });
        shown.iter_mut().for_each(|times| times.sort_unstable());
        shown[1][pairs / 2] - shown[0][pairs / 2]
    }

    fn observe(&self, port: usize, frame: &[u8]) {
        let (now, Some([kind, body @ ..])) = (Instant::now(), frame.get(14..58)) else { return };
        let sequence = u16::from_be_bytes([body[29], body[30]]);
        let mut witness = self.witness.lock().expect("no other port panics");
        let witness = &mut witness[port];
        match kind & 0xF {
            0x0 => {
                witness.passed.insert(sequence, now);
            }
            0x8 => {
                let number = |octets: &[u8]| octets.iter().fold(0, |number, octet| number << 8 | i128::from(*octet));
                let time = number(&body[33..39]) * 1_000_000_000 + number(&body[39..43]);
                witness.told.extend(witness.passed.remove(&sequence).map(|passed| (passed, time)));
            }
            _ => {}
        }
    }
}

impl End {
    fn each_frame(&self, over: &AtomicBool, mut take: impl FnMut(&[u8])) {
        let mut buffer = [0; 2048];
        while !over.load(Ordering::Relaxed) {
            // Nothing for a while, or the other end is not there yet.
            let Ok(length) = self.socket.recv(&mut buffer) else { continue };
            take(&buffer[..length]);
        }
    }

    fn send(&self, frame: &[u8]) {
        // A cable loses what nobody takes.
        let _ = self.socket.send_to(frame, (Ipv4Addr::LOCALHOST, self.remote));
    }
}

fn nanos_between(from: Instant, to: Instant) -> i128 {
    i128::try_from((to - from).as_nanos()).expect("a short time")
}
