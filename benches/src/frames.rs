//! The octets of the messages, put together by hand, so that neither side's own codec makes its input.

/// The longest message here.
pub const LONGEST: usize = 64;

/// The clockIdentity and the portNumber of whom the slaves follow.
pub const MASTER: [u8; 10] = [0, 0x1B, 0x19, 0xFF, 0xFE, 0, 0, 1, 0, 1];
/// Those of the clock under test.
pub const SELF: [u8; 10] = [2, 0, 0, 0xFF, 0xFE, 0, 0, 2, 0, 1];

/// A message.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    octets: [u8; LONGEST],
    length: usize,
}

impl Frame {
    /// The octets from the PTP header on.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or(&[])
    }

    /// Another domainNumber.
    #[must_use]
    pub fn in_domain(mut self, domain: u8) -> Self {
        self.octets[4] = domain;
        self
    }

    fn new(message_type: u8, length: usize, sequence: u16, log_interval: u8) -> Self {
        let control = match message_type {
            0x0 => 0,
            0x1 => 1,
            0x8 => 2,
            0x9 => 3,
            _ => 5,
        };
        let mut frame = Self { octets: [0; LONGEST], length };
        frame.put(0, &[message_type, 0x12, 0, length as u8]);
        frame.put(20, &MASTER);
        frame.put(30, &sequence.to_be_bytes());
        frame.put(32, &[control, log_interval]);
        frame
    }

    fn put(&mut self, at: usize, octets: &[u8]) {
        self.octets[at..at + octets.len()].copy_from_slice(octets);
    }

    fn put_time(&mut self, nanos: u64) {
        let seconds = (nanos / 1_000_000_000).to_be_bytes();
        self.put(34, &seconds[2..]);
        self.put(40, &((nanos % 1_000_000_000) as u32).to_be_bytes());
    }
}

/// A two-step Sync of the master.
#[must_use]
pub fn sync(sequence: u16) -> Frame {
    let mut frame = Frame::new(0x0, 44, sequence, 0);
    frame.put(6, &[0x02, 0]);
    frame
}

/// Its Follow_Up, sent at `nanos`.
#[must_use]
pub fn follow_up(sequence: u16, nanos: u64) -> Frame {
    let mut frame = Frame::new(0x8, 44, sequence, 0);
    frame.put_time(nanos);
    frame
}

/// A Delay_Req of somebody else.
#[must_use]
pub fn delay_req(sequence: u16) -> Frame {
    Frame::new(0x1, 44, sequence, 0x7F)
}

/// The answer to a Delay_Req of the clock under test, which arrived at `nanos`.
#[must_use]
pub fn delay_resp(sequence: u16, nanos: u64) -> Frame {
    let mut frame = Frame::new(0x9, 54, sequence, 0);
    frame.put_time(nanos);
    frame.put(44, &SELF);
    frame
}

/// An Announce of a good grandmaster, one a second.
#[must_use]
pub fn announce(sequence: u16) -> Frame {
    let mut frame = Frame::new(0xB, 64, sequence, 0);
    frame.put(6, &[0, 0x3C]);
    frame.put(44, &[0, 37, 0, 100, 6, 0x21, 0x4E, 0x5D, 100]);
    frame.put(53, &MASTER[..8]);
    frame.put(61, &[0, 0, 0x20]);
    frame
}
