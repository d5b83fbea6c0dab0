//! The board as a struct of function pointers, and how it becomes the three traits of `syntone_hal`.

pub use crate::address::*;
use crate::address::{address, destination, to_address};
use crate::pointer::sized;
use crate::result::{Checked, SyntoneResult};
pub use crate::transmit::{SYNTONE_ONE_STEP_ELAPSED, SYNTONE_ONE_STEP_NONE, SYNTONE_ONE_STEP_ORIGIN, SyntoneTransmit};
use core::ffi::c_void;
use syntone_hal::{
    ClockHal, ClockLimits, Destination, EgressStamp, ErrorKind, Forward, FrequencyOffset, Instant, NetworkHal,
    PortCapabilities, PortIndex, Received, Stamping, Ticket, TimeInterval, Timestamp, TimestampHal, Transmit,
};

/// Version of this interface. It changes with every change that a program must be compiled anew for.
pub const SYNTONE_ABI_VERSION: u32 = 2;

/// Returned by functions of the HAL: done.
pub const SYNTONE_HAL_OK: i32 = 0;
/// Returned by receive and poll_egress: there is one, and it was written.
pub const SYNTONE_HAL_ONE: i32 = 1;
/// Returned by functions of the HAL: no link, or the interface is gone.
pub const SYNTONE_HAL_LINK_DOWN: i32 = -1;
/// Returned by functions of the HAL: the transmit queue is full; this message is lost, the next may pass.
pub const SYNTONE_HAL_BUSY: i32 = -2;
/// Returned by receive: the message is longer than the buffer and was dropped.
pub const SYNTONE_HAL_BUFFER_TOO_SMALL: i32 = -3;
/// Returned by send: the destination is not served by this port.
pub const SYNTONE_HAL_UNREACHABLE: i32 = -4;
/// Returned by functions of the HAL: the hardware does not offer this.
pub const SYNTONE_HAL_UNSUPPORTED: i32 = -5;
/// Returned by functions of the HAL: the operating system refuses it.
pub const SYNTONE_HAL_PERMISSION_DENIED: i32 = -6;
/// Returned by set_frequency: beyond max_frequency; nothing was changed.
pub const SYNTONE_HAL_OUT_OF_RANGE: i32 = -7;
/// Returned by functions of the HAL: the hardware did not answer within its bound.
pub const SYNTONE_HAL_TIMEOUT: i32 = -8;
/// Returned by functions of the HAL: anything else.
pub const SYNTONE_HAL_OTHER: i32 = -9;

/// A moment of the PTP clock: time since the epoch of its timescale, 1970-01-01 00:00:00 TAI for PTP's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTimestamp {
    /// Seconds, below 2^48.
    pub seconds: u64,
    /// Nanoseconds, below 10^9. A time stamp beyond these ranges counts as lost.
    pub nanoseconds: u32,
    /// Fraction of a nanosecond in units of 2^-16 ns; 0 where the hardware has none.
    pub subnanoseconds: u16,
}

/// What the HAL tells of a message that it received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneReceived {
    /// Octets in the buffer, from the first octet of the PTP header on; padding behind the message is allowed.
    pub length: usize,
    /// When it arrived, on the PTP clock, not corrected for latency; counts only with has_stamp.
    pub stamp: SyntoneTimestamp,
    /// Not 0: stamp is set. Leave it 0 for general messages, and where the hardware lost the stamp.
    pub has_stamp: u8,
    /// The port that it came in by, from 0.
    pub port: u8,
    /// Not 0: destination is set. Only a transparent clock asks, which forwards what was for one node if it is told for which.
    pub has_destination: u8,
    /// Whom it was for, one of SYNTONE_DESTINATION_..., if the transport tells.
    pub destination: u8,
    /// The sender, if the transport tells; else leave it zero.
    pub source: SyntoneAddress,
    /// The receiver, for SYNTONE_DESTINATION_UNICAST.
    pub destination_address: SyntoneAddress,
}

/// The egress time stamp of an event message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneEgressStamp {
    /// When it left, on the PTP clock, not corrected for latency; counts only with has_stamp.
    pub stamp: SyntoneTimestamp,
    /// syntone_transmit.ticket of the message.
    pub ticket: u32,
    /// Not 0: stamp is set. 0: the hardware is known to have lost it.
    pub has_stamp: u8,
}

/// What a port can do. All zero is a port with software time stamps of unknown resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntonePortCapabilities {
    /// The step of the time stamps in units of 2^-16 ns; 0 if unknown.
    pub resolution: i64,
    /// Time from the medium to where ingress stamps are taken, in units of 2^-16 ns.
    pub ingress_latency: i64,
    /// Time from where egress stamps are taken to the medium, in units of 2^-16 ns.
    pub egress_latency: i64,
    /// Not 0: stamps are taken by hardware. 0: by software.
    pub hardware_stamps: u8,
    /// Not 0: the hardware can write the egress time into a Sync as it leaves.
    pub one_step_sync: u8,
    /// Not 0: the hardware can write the turnaround time into a Pdelay_Resp as it leaves.
    pub one_step_pdelay_resp: u8,
    /// Not 0: the hardware can do SYNTONE_ONE_STEP_ELAPSED to any event message, and so add the time that it stayed to one that
    /// passes through. Only a transparent clock asks.
    pub one_step_residence: u8,
}

/// The board: what a clock runs on. Copied by syntone_clock_init() and syntone_transparent_init().
///
/// Every function gets `context` first, is called only from within functions of that clock, must return soon (none may
/// wait for the network or the hardware), and must not call functions of the same clock, throw or longjmp. Pointers that it
/// gets are valid until it returns.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct SyntoneHal {
    /// sizeof(syntone_hal).
    pub struct_size: u32,
    /// SYNTONE_ABI_VERSION.
    pub abi_version: u32,
    /// Handed to every function; may be NULL. What it points to must live as long as the clock is used.
    pub context: *mut c_void,
    /// Writes the next received PTP message of any port to `buffer`, at most `capacity` octets, and what is known of it
    /// to `received`, which is all zero before. Returns SYNTONE_HAL_ONE, SYNTONE_HAL_OK if there is none, or an error.
    pub receive: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            buffer: *mut u8,
            capacity: usize,
            received: *mut SyntoneReceived,
        ) -> i32,
    >,
    /// Sends the `length` octets of one PTP message, without transport headers. Returns SYNTONE_HAL_OK or an error: then
    /// the message did not leave and no stamp will come.
    pub send: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            transmit: *const SyntoneTransmit,
            message: *const u8,
            length: usize,
        ) -> i32,
    >,
    /// Sends a message that came in by another port of a transparent clock on its way: as send, but under the address `source` of
    /// its sender, which is all zero where it is not known, if the port can do so. NULL: send does it.
    pub forward: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            transmit: *const SyntoneTransmit,
            source: *const SyntoneAddress,
            message: *const u8,
            length: usize,
        ) -> i32,
    >,
    /// Whether a port has a link: 0 if not. NULL: always.
    pub link_up: Option<unsafe extern "C" fn(context: *mut c_void, port: u8) -> u8>,
    /// Writes the next egress time stamp that has become known, of any port and in any order, to `stamp`, which is all
    /// zero before. Returns SYNTONE_HAL_ONE, SYNTONE_HAL_OK if there is none, or an error.
    pub poll_egress: Option<unsafe extern "C" fn(context: *mut c_void, stamp: *mut SyntoneEgressStamp) -> i32>,
    /// Writes what a port can do to `capabilities`, which is all zero before. NULL: all zero for every port.
    pub capabilities:
        Option<unsafe extern "C" fn(context: *mut c_void, port: u8, capabilities: *mut SyntonePortCapabilities)>,
    /// Nanoseconds since some fixed moment; never goes back, not affected by steps and steering of the PTP clock.
    pub monotonic: Option<unsafe extern "C" fn(context: *mut c_void) -> u64>,
    /// Reads the PTP clock, the one that stamps the messages. Returns SYNTONE_HAL_OK or an error.
    pub now: Option<unsafe extern "C" fn(context: *mut c_void, now: *mut SyntoneTimestamp) -> i32>,
    /// Adds nanoseconds, which may be negative, to the PTP clock at once. Returns SYNTONE_HAL_OK or an error. NULL: the
    /// clock cannot step.
    pub step: Option<unsafe extern "C" fn(context: *mut c_void, nanoseconds: i64) -> i32>,
    /// Makes the PTP clock run faster than its oscillator by itself would, by `frequency` in units of 2^-16 ppm (negative:
    /// slower); absolute, not added to what was set before. Returns SYNTONE_HAL_OK or an error.
    pub set_frequency: Option<unsafe extern "C" fn(context: *mut c_void, frequency: i32) -> i32>,
    /// The largest frequency that set_frequency takes, either way, in units of 2^-16 ppm; not negative.
    pub max_frequency: i32,
}
sized!(SyntoneHal);

/// The octets of an error that a function of the HAL returned.
fn kind(code: i32) -> ErrorKind {
    match code {
        SYNTONE_HAL_LINK_DOWN => ErrorKind::LinkDown,
        SYNTONE_HAL_BUSY => ErrorKind::Busy,
        SYNTONE_HAL_BUFFER_TOO_SMALL => ErrorKind::BufferTooSmall,
        SYNTONE_HAL_UNREACHABLE => ErrorKind::Unreachable,
        SYNTONE_HAL_UNSUPPORTED => ErrorKind::Unsupported,
        SYNTONE_HAL_PERMISSION_DENIED => ErrorKind::PermissionDenied,
        SYNTONE_HAL_OUT_OF_RANGE => ErrorKind::OutOfRange,
        SYNTONE_HAL_TIMEOUT => ErrorKind::Timeout,
        _ => ErrorKind::Other,
    }
}

/// The number of an error, as the HAL would return it.
pub(crate) const fn code(kind: ErrorKind) -> i32 {
    match kind {
        ErrorKind::LinkDown => SYNTONE_HAL_LINK_DOWN,
        ErrorKind::Busy => SYNTONE_HAL_BUSY,
        ErrorKind::BufferTooSmall => SYNTONE_HAL_BUFFER_TOO_SMALL,
        ErrorKind::Unreachable => SYNTONE_HAL_UNREACHABLE,
        ErrorKind::Unsupported => SYNTONE_HAL_UNSUPPORTED,
        ErrorKind::PermissionDenied => SYNTONE_HAL_PERMISSION_DENIED,
        ErrorKind::OutOfRange => SYNTONE_HAL_OUT_OF_RANGE,
        ErrorKind::Timeout => SYNTONE_HAL_TIMEOUT,
        _ => SYNTONE_HAL_OTHER,
    }
}

fn done(code: i32) -> Result<(), ErrorKind> {
    if code == SYNTONE_HAL_OK { Ok(()) } else { Err(kind(code)) }
}

/// One, none or an error.
fn one(code: i32) -> Result<bool, ErrorKind> {
    if code == SYNTONE_HAL_ONE { Ok(true) } else { done(code).map(|()| false) }
}

impl SyntoneTimestamp {
    #[cfg(all(feature = "linux", target_os = "linux"))]
    pub(crate) const fn new(time: Timestamp) -> Self {
        Self { seconds: time.seconds(), nanoseconds: time.nanos(), subnanoseconds: time.subnanos() }
    }

    pub(crate) fn checked(self) -> Option<Timestamp> {
        Timestamp::new(self.seconds, self.nanoseconds).map(|stamp| stamp.with_subnanos(self.subnanoseconds))
    }
}

impl SyntoneReceived {
    fn destination(&self) -> Option<Destination> {
        // Transparent clocks alone ask.
        let is_told = cfg!(feature = "boundary") && self.has_destination != 0;
        if is_told { destination(self.destination, &self.destination_address) } else { None }
    }
}

/// A [`SyntoneHal`] whose required functions are all there.
#[derive(Debug)]
pub struct Board {
    hal: SyntoneHal,
}

/// Calls a function of the table, one that must be there or, with a fallback, one that may be missing.
macro_rules! call {
    ($board:ident . $function:ident ( $($argument:expr),* )) => {
        // SAFETY: `Board::new`, by which alone a Board is made, saw that it is there; else as below.
        unsafe { $board.hal.$function.unwrap_unchecked()($board.hal.context $(, $argument)*) }
    };
    ($board:ident . $function:ident ( $($argument:expr),* ), or $fallback:expr) => {
        match $board.hal.$function {
            // SAFETY: whoever made the Board promised functions that keep to the header; the pointers are to locals or
            // slices that outlive the call.
            Some(function) => unsafe { function($board.hal.context, $($argument),*) },
            None => $fallback,
        }
    };
}

impl Board {
    /// Checks version and functions of a table.
    ///
    /// # Safety
    /// The functions keep to what the members of [`SyntoneHal`] ask, as long as the board is used.
    ///
    /// # Errors
    /// [`SyntoneResult::WrongVersion`], [`SyntoneResult::MissingFunction`].
    pub unsafe fn new(hal: SyntoneHal) -> Checked<Self> {
        if hal.abi_version != SYNTONE_ABI_VERSION {
            return Err(SyntoneResult::WrongVersion);
        }
        let network = hal.receive.is_some() && hal.send.is_some() && hal.poll_egress.is_some();
        if !network || hal.monotonic.is_none() || hal.now.is_none() || hal.set_frequency.is_none() {
            return Err(SyntoneResult::MissingFunction);
        }
        Ok(Self { hal })
    }
}

impl NetworkHal for Board {
    type Error = ErrorKind;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, ErrorKind> {
        let mut received = SyntoneReceived::default();
        let code = call!(self.receive(buffer.as_mut_ptr(), buffer.len(), &raw mut received));
        if !one(code)? {
            return Ok(None);
        }
        if received.length > buffer.len() {
            return Err(ErrorKind::BufferTooSmall);
        }
        Ok(Some(Received {
            port: PortIndex(received.port),
            length: received.length,
            // Nothing but further options answers to one node.
            source: if cfg!(feature = "full") { address(&received.source) } else { None },
            destination: if cfg!(feature = "full") { received.destination() } else { None },
            stamp: received.stamp.checked().filter(|_| received.has_stamp != 0),
        }))
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), ErrorKind> {
        let transmit = SyntoneTransmit::new(transmit);
        done(call!(self.send(&raw const transmit, message.as_ptr(), message.len())))
    }

    fn forward(&mut self, forward: Forward, message: &[u8]) -> Result<(), ErrorKind> {
        if self.hal.forward.is_none() {
            return self.send(forward.transmit, message);
        }
        let transmit = SyntoneTransmit::new(forward.transmit);
        let source = forward.source.map(to_address).unwrap_or_default();
        let (transmit, source, octets) = (&raw const transmit, &raw const source, message.as_ptr());
        done(call!(self.forward(transmit, source, octets, message.len()), or SYNTONE_HAL_OTHER))
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        call!(self.link_up(port.0), or 1) != 0
    }
}

impl TimestampHal for Board {
    type Error = ErrorKind;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, ErrorKind> {
        let mut egress = SyntoneEgressStamp::default();
        let there = one(call!(self.poll_egress(&raw mut egress)))?;
        let stamp = egress.stamp.checked().filter(|_| egress.has_stamp != 0);
        Ok(there.then(|| EgressStamp { ticket: Ticket::from_raw(egress.ticket), stamp }))
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        let mut seen = SyntonePortCapabilities::default();
        call!(self.capabilities(port.0, &raw mut seen), or());
        PortCapabilities {
            stamping: if seen.hardware_stamps == 0 { Stamping::Software } else { Stamping::Hardware },
            resolution: TimeInterval::from_scaled(seen.resolution),
            one_step_sync: seen.one_step_sync != 0,
            one_step_pdelay_resp: seen.one_step_pdelay_resp != 0,
            one_step_residence: seen.one_step_residence != 0,
            ingress_latency: TimeInterval::from_scaled(seen.ingress_latency),
            egress_latency: TimeInterval::from_scaled(seen.egress_latency),
        }
    }
}

impl ClockHal for Board {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        Instant::from_nanos(call!(self.monotonic()))
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        let mut now = SyntoneTimestamp::default();
        done(call!(self.now(&raw mut now)))?;
        now.checked().ok_or(ErrorKind::Other)
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        done(call!(self.step(nanoseconds), or SYNTONE_HAL_UNSUPPORTED))
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if frequency.clamp_to(self.limits().max_frequency) != frequency {
            return Err(ErrorKind::OutOfRange);
        }
        done(call!(self.set_frequency(frequency.scaled_ppm())))
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits {
            max_frequency: FrequencyOffset::from_scaled_ppm(self.hal.max_frequency.max(0)),
            can_step: self.hal.step.is_some(),
        }
    }
}
