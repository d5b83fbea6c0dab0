//! The clocks of a HAL: its own, and those of ports whose interfaces have hardware clocks of their own.

use super::LinuxHal;
use crate::transport::{StampSource, Transport};
use crate::{Error, Phc, PtpClock, SoftwareClock};
use syntone_hal::{PortIndex, Timestamp};

impl LinuxHal {
    /// The clock, if it is a software clock.
    #[must_use]
    pub const fn software_clock(&mut self) -> Option<&mut SoftwareClock> {
        match &mut self.clock {
            PtpClock::Software(clock) => Some(clock),
            _ => None,
        }
    }

    /// Takes another hardware clock along, before the ports are added that stamp on it: their stamps are brought into the time of
    /// the clock by a comparison at each, so that they are as right as that is. It has to run at about the clock's rate.
    /// [`LinuxHal::companion_ahead`] says how far it is off, and [`LinuxHal::companion_mut`] makes it follow.
    pub fn add_companion(&mut self, phc: Phc) {
        self.companions.push(phc);
    }

    /// A companion, in the order in which they were added.
    pub fn companion_mut(&mut self, index: usize) -> Option<&mut Phc> {
        self.companions.get_mut(index)
    }

    /// What it shows, and how far it is ahead of the clock, in nanoseconds; `None` for one that there is not.
    ///
    /// # Errors
    /// When a device is gone.
    pub fn companion_ahead(&mut self, index: usize) -> Result<Option<(Timestamp, i64)>, Error> {
        match (&mut self.clock, self.companions.get_mut(index)) {
            (PtpClock::Phc(clock), Some(companion)) => companion.ahead_of(clock).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether a hardware clock has taken the place of the clock or of a companion since this was asked last: its interface was made
    /// anew, or is a bond with another active member. It goes on from the time of the one before, as far as that is known: within
    /// microseconds if that is still there. Its oscillator is another.
    pub const fn take_replaced_clock(&mut self) -> bool {
        std::mem::replace(&mut self.replaced, false)
    }

    /// Leaves a clock that takes the place of another as it is found: for a program that steers none.
    pub const fn leave_replaced_clocks(&mut self) {
        self.hands_off = true;
    }

    /// The number of the hardware clock in which a port stamps.
    #[must_use]
    pub fn phc_index(&self, port: PortIndex) -> Option<u32> {
        self.stamp_source(self.ports.get(port.get())?.companion).clock
    }

    pub(super) fn companion_of(&self, transport: &Transport) -> Option<usize> {
        // Without companions nobody needs to know.
        let name = transport.interface().filter(|_| !self.companions.is_empty())?;
        let own = Some(crate::hardware::interface_clock(name).ok()??);
        self.companions.iter().position(|phc| phc.index() == own)
    }

    pub(super) fn stamp_source(&self, companion: Option<usize>) -> StampSource {
        let clock = match (&self.clock, companion.and_then(|index| self.companions.get(index))) {
            (_, Some(phc)) | (PtpClock::Phc(phc), None) => phc.index(),
            _ => None,
        };
        StampSource { stamping: self.clock.stamping(), clock }
    }
}

/// A stamp of the kernel, in the time of the clock.
pub(super) fn convert(
    clock: &mut PtpClock,
    companions: &mut [Phc],
    companion: Option<usize>,
    stamp: i64,
) -> Option<Timestamp> {
    let Some(companion) = companion else { return clock.convert(stamp) };
    let PtpClock::Phc(clock) = clock else { return None };
    let (_, ahead) = companions.get_mut(companion)?.ahead_of(clock).ok()?;
    u64::try_from(stamp.checked_sub(ahead)?).ok().map(Timestamp::from_nanos)
}

/// What a companion shows, in nanoseconds; 0 where it cannot be read.
pub(super) fn time(companion: &Phc) -> i64 {
    companion.now().map_or(0, |now| now.nanos_since(Timestamp::ZERO))
}
