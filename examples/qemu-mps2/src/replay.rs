//! A slave that lives through a script: what a board gave to another run of the same clock, turn by turn. Its decisions must be the same,
//! bit for bit, whatever machine it runs on. The tests take this file in as it is.

use syntone::servo::{LockState, PiConfig, PiServo};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, Event, PortConfig, Runner};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Hal, Instant, NetworkHal, PortCapabilities,
    PortIndex, Received, Stamping, Ticket, TimeInterval, Timestamp, TimestampHal, Transmit,
};

/// Takes a decision: at which monotonic time in ns, what, and its value.
pub type Tell<'a> = &'a dyn Fn(u64, &'static str, i64);
/// Fills the octets with the next ones of the script; false at its end.
pub type Take<'a> = &'a mut dyn FnMut(&mut [u8]) -> bool;

/// In the script: nothing was there.
pub const NOTHING: u8 = 0;
/// In the script: an egress stamp.
pub const STAMP: u8 = 1;
/// In the script: a frame.
pub const FRAME: u8 = 2;
/// In the script: a turn begins, at this time.
pub const TURN: u8 = 3;
/// What stands for a stamp that was lost.
pub const LOST: i64 = i64::MIN;

/// The slave, and its loop.
pub struct Slave {
    clock: Clock,
    runner: Runner<192>,
}

impl Slave {
    /// The slave of every replay.
    pub fn new() -> Option<Self> {
        let config = ClockConfig::slave_only(ClockIdentity::from_octets([0x02, 0, 0, 0xFF, 0xFE, 0, 0x38, 0x60]));
        let clock = Clock::new(&config, &[PortConfig::default()], PiServo::new(PiConfig::default()).ok()?).ok()?;
        Some(Self { clock, runner: Runner::new() })
    }

    /// One turn on `hal`; tells what happened, and returns until when there is nothing to do.
    pub fn turn(&mut self, hal: &mut impl Hal, tell: Tell<'_>) -> Instant {
        let now = hal.monotonic().nanos();
        let until = self.runner.turn(&mut self.clock, hal, &mut |event| match event {
            Event::State { to, .. } => tell(now, "state", i64::from(to.number())),
            Event::Parent { grandmaster, .. } => tell(now, "grandmaster", i64::from_be_bytes(grandmaster.octets())),
            Event::Lock(lock) => tell(now, "locked", i64::from(*lock == LockState::Locked)),
            _ => {}
        });
        tell(now, "offset", self.clock.current_ds().offset_from_master.scaled());
        until.until
    }
}

/// Tells that a message is sent: by a digest of its octets and its ticket.
pub fn tell_sent(now: u64, transmit: Transmit, message: &[u8], tell: Tell<'_>) {
    let ticket = transmit.ticket.map_or(0, Ticket::into_raw).to_be_bytes();
    let digest = message
        .iter()
        .chain(&ticket)
        .fold(0xCBF2_9CE4_8422_2325_u64, |digest, octet| (digest ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01B3));
    tell(now, "send", i64::from_be_bytes(digest.to_be_bytes()));
}

/// Plays the script to its end. `None` if it is damaged, or if the slave asks for something else than was asked when it was written.
pub fn play(take: Take<'_>, tell: Tell<'_>) -> Option<()> {
    let mut slave = Slave::new()?;
    let mut board = Board { take, tell, now: Instant::from_nanos(0), intact: true };
    while let Some(TURN) = board.octet() {
        board.now = Instant::from_nanos(u64::from_be_bytes(board.octets()?));
        slave.turn(&mut board, tell);
    }
    board.intact.then_some(())
}

/// The board of the script.
struct Board<'a> {
    take: Take<'a>,
    tell: Tell<'a>,
    now: Instant,
    intact: bool,
}

impl Board<'_> {
    fn octets<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut octets = [0; N];
        (self.take)(&mut octets).then_some(octets)
    }

    fn octet(&mut self) -> Option<u8> {
        self.octets().map(|[octet]| octet)
    }

    fn stamp(&mut self) -> Option<Option<Timestamp>> {
        let nanos = i64::from_be_bytes(self.octets()?);
        Some((nanos != LOST).then(|| Timestamp::ZERO.offset_nanos(nanos)))
    }

    /// The next octets, if they are of this kind.
    fn next<T>(&mut self, kind: u8, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        match self.octet() {
            Some(NOTHING) => None,
            Some(found) if found == kind => read(self),
            _ => {
                self.intact = false;
                None
            }
        }
    }
}

impl NetworkHal for Board<'_> {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        Ok(self.next(FRAME, |board| {
            let stamp = board.stamp()?;
            let length = usize::from(board.octet()?);
            (board.take)(buffer.get_mut(..length)?).then_some(())?;
            Some(Received { port: PortIndex(0), length, source: None, destination: None, stamp })
        }))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        tell_sent(self.now.nanos(), transmit, message, self.tell);
        Ok(())
    }
}

impl TimestampHal for Board<'_> {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        Ok(self.next(STAMP, |board| {
            let ticket = u32::from_be_bytes(board.octets()?);
            Some(EgressStamp { ticket: Ticket::from_raw(ticket), stamp: board.stamp()? })
        }))
    }

    fn capabilities(&self, _: PortIndex) -> PortCapabilities {
        capabilities()
    }
}

/// What the port of every replay can do.
pub fn capabilities() -> PortCapabilities {
    PortCapabilities {
        stamping: Stamping::Hardware,
        resolution: TimeInterval::from_nanos(8),
        ..PortCapabilities::default()
    }
}

/// How the clock of every replay can be steered.
pub const LIMITS: ClockLimits = ClockLimits { max_frequency: FrequencyOffset::from_ppb(500_000), can_step: true };

impl ClockHal for Board<'_> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.now
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        Err(ErrorKind::Unsupported)
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        (self.tell)(self.now.nanos(), "step", nanoseconds);
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        (self.tell)(self.now.nanos(), "frequency", i64::from(frequency.scaled_ppm()));
        Ok(())
    }

    fn limits(&self) -> ClockLimits {
        LIMITS
    }
}
