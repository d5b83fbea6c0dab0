//! The reference of a grandmaster: which clockClass it has while its source of time comes and goes.

use crate::datasets::TimePropertiesDs;
use crate::wire::{ClockAccuracy, ClockClass, ClockQuality, Flags};
use core::time::Duration;
use syntone_hal::Instant;

/// Where a grandmaster has its time from, and how it degrades without (IEEE 1588-2019 7.6.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Source {
    /// A primary reference, such as GNSS; the PTP timescale: clockClass 6, then 7, then 52 or 187.
    Primary,
    /// An application-specific source; an arbitrary timescale: clockClass 13, then 14, then 58 or 193.
    Application,
}

/// Which class a grandmaster has when its holdover is out of specification (IEEE 1588-2019 7.6.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Degradation {
    /// Alternative A, 52 or 58: it never follows another master, and is passive beside a better one.
    NeverSlave,
    /// Alternative B, 187 or 193: it follows a better master.
    MaySlave,
}

/// What a clock is while it is upgraded for its holdover: [`Clock::set_holdover_upgrade`](crate::Clock::set_holdover_upgrade)
/// (IEEE 1588-2019 16.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HoldoverUpgrade {
    /// holdoverUpgradeDS.enable; management may set it.
    pub enable: bool,
    /// How long the oscillator keeps what the clock promises, from the loss of the grandmaster on; zero if it promises nothing.
    pub specification: Duration,
    /// Its class after that.
    pub degradation: Degradation,
    /// Its accuracy and variance while it keeps its promise; clockClass is not looked at.
    pub quality: ClockQuality,
}

/// The state of a grandmaster's reference. The application says when it is lost and regained, and hands what comes out to
/// [`Clock::set_grandmaster`](crate::Clock::set_grandmaster), also at [`Reference::due`].
///
/// ```
/// use core::time::Duration;
/// use syntone::hal::Instant;
/// use syntone::reference::{Degradation, Reference, Source};
/// use syntone::wire::ClockClass;
///
/// let at = |seconds: u64| Instant::from_nanos(seconds * 1_000_000_000);
/// let mut reference = Reference::new(Source::Primary, Degradation::MaySlave, Duration::from_secs(3_600));
/// assert_eq!(reference.clock_class(at(0)), ClockClass::DEFAULT);
/// reference.regained();
/// assert_eq!(reference.clock_class(at(10)), ClockClass::PRIMARY);
/// reference.lost(at(20));
/// assert_eq!(reference.clock_class(at(20)), ClockClass::PRIMARY_HOLDOVER);
/// assert_eq!(reference.due(), Some(at(3_620)));
/// assert_eq!(reference.clock_class(at(3_620)), ClockClass::PRIMARY_DEGRADED_B);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reference {
    source: Source,
    degradation: Degradation,
    specification: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum State {
    /// There has not been one yet.
    Absent,
    Present,
    LostSince(Instant),
}

/// How long ago the reference was lost, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Never,
    Synchronised,
    Holdover,
    Degraded,
}

impl Reference {
    /// A reference that has not been there yet. `specification` is how long the oscillator keeps within what the clock
    /// promises; zero if it promises nothing.
    #[must_use]
    pub const fn new(source: Source, degradation: Degradation, specification: Duration) -> Self {
        Self { source, degradation, specification, state: State::Absent }
    }

    /// The clock is synchronised to its reference.
    pub const fn regained(&mut self) {
        self.state = State::Present;
    }

    /// The reference is lost. Lost again before it was regained, it is lost since the first time.
    pub const fn lost(&mut self, now: Instant) {
        if matches!(self.state, State::Present) {
            self.state = State::LostSince(now);
        }
    }

    /// When the class changes by itself: the end of the holdover within specification. Not after it.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        match self.state {
            State::LostSince(since) => Some(since + self.specification),
            State::Absent | State::Present => None,
        }
    }

    /// clockClass at `now`.
    #[must_use]
    pub fn clock_class(&self, now: Instant) -> ClockClass {
        match (self.stage(now), self.source, self.degradation) {
            (Stage::Never, ..) => ClockClass::DEFAULT,
            (Stage::Synchronised, Source::Primary, _) => ClockClass::PRIMARY,
            (Stage::Synchronised, Source::Application, _) => ClockClass::APPLICATION,
            (Stage::Holdover, Source::Primary, _) => ClockClass::PRIMARY_HOLDOVER,
            (Stage::Holdover, Source::Application, _) => ClockClass::APPLICATION_HOLDOVER,
            (Stage::Degraded, Source::Primary, Degradation::NeverSlave) => ClockClass::PRIMARY_DEGRADED_A,
            (Stage::Degraded, Source::Primary, Degradation::MaySlave) => ClockClass::PRIMARY_DEGRADED_B,
            (Stage::Degraded, Source::Application, Degradation::NeverSlave) => ClockClass::APPLICATION_DEGRADED_A,
            (Stage::Degraded, Source::Application, Degradation::MaySlave) => ClockClass::APPLICATION_DEGRADED_B,
        }
    }

    /// clockQuality at `now`: `synchronised` is that with the reference. Out of specification the accuracy is unknown.
    #[must_use]
    pub fn clock_quality(&self, now: Instant, synchronised: &ClockQuality) -> ClockQuality {
        let clock_class = self.clock_class(now);
        if self.is_within_specification(now) {
            return ClockQuality { clock_class, ..*synchronised };
        }
        ClockQuality { clock_class, clock_accuracy: ClockAccuracy::UNKNOWN, offset_scaled_log_variance: 0xFFFF }
    }

    /// What is announced of the time at `now`: `synchronised` is that with the reference. The timescale is that of the source;
    /// time and frequency are traceable only within specification; an arbitrary timescale has no UTC and no leap seconds, and its
    /// time is not traceable.
    #[must_use]
    pub fn time_properties(&self, now: Instant, synchronised: &TimePropertiesDs) -> TimePropertiesDs {
        let traceable = Flags::TIME_TRACEABLE | Flags::FREQUENCY_TRACEABLE;
        let of_ptp = TimePropertiesDs::FLAGS.difference(Flags::FREQUENCY_TRACEABLE);
        let mut flags = synchronised.flags();
        if !self.is_within_specification(now) {
            flags.remove(traceable);
        }
        match self.source {
            Source::Primary => flags.insert(Flags::PTP_TIMESCALE),
            Source::Application => flags.remove(of_ptp),
        }
        TimePropertiesDs::new(synchronised.current_utc_offset, flags, synchronised.time_source)
    }

    /// The clock has its reference, or holds over within specification.
    #[must_use]
    pub fn is_within_specification(&self, now: Instant) -> bool {
        matches!(self.stage(now), Stage::Synchronised | Stage::Holdover)
    }

    fn stage(&self, now: Instant) -> Stage {
        match self.state {
            State::Absent => Stage::Never,
            State::Present => Stage::Synchronised,
            State::LostSince(_) if self.due().is_some_and(|due| now < due) => Stage::Holdover,
            State::LostSince(_) => Stage::Degraded,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

    use super::*;
    use crate::wire::TimeSource;

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    /// IEEE 1588-2019 7.6.2.5
    #[test]
    fn each_source_degrades_by_its_own_classes() {
        // With the reference, in holdover, on the last nanosecond of it, after it.
        let table = [
            (Source::Primary, Degradation::NeverSlave, [6, 7, 7, 52]),
            (Source::Primary, Degradation::MaySlave, [6, 7, 7, 187]),
            (Source::Application, Degradation::NeverSlave, [13, 14, 14, 58]),
            (Source::Application, Degradation::MaySlave, [13, 14, 14, 193]),
        ];
        for (source, degradation, expected) in table {
            let mut reference = Reference::new(source, degradation, Duration::from_secs(100));
            assert_eq!(reference.clock_class(at(1)).0, 248);
            reference.lost(at(2));
            assert_eq!((reference.clock_class(at(3)).0, reference.due()), (248, None), "there was nothing to lose");
            reference.regained();
            let synchronised = reference.clock_class(at(10)).0;
            reference.lost(at(20));
            let last = Instant::from_nanos(119_999_999_999);
            let classes = [at(20), last, at(120)].map(|now| reference.clock_class(now).0);
            assert_eq!([synchronised, classes[0], classes[1], classes[2]], expected);
            reference.regained();
            assert_eq!((reference.clock_class(at(130)).0, reference.due()), (expected[0], None));
        }
    }

    #[test]
    fn a_reference_lost_twice_is_lost_since_the_first_time() {
        let mut reference = Reference::new(Source::Primary, Degradation::NeverSlave, Duration::from_secs(100));
        reference.regained();
        reference.lost(at(20));
        reference.lost(at(90));
        assert_eq!(reference.due(), Some(at(120)));
        let mut no_promise = Reference::new(Source::Primary, Degradation::NeverSlave, Duration::ZERO);
        no_promise.regained();
        no_promise.lost(at(20));
        assert_eq!(no_promise.clock_class(at(20)), ClockClass(52));
    }

    /// IEEE 1588-2019 8.2.4
    #[test]
    fn what_is_announced_of_the_time_degrades_with_the_class() {
        let all = TimePropertiesDs::new(37, Flags::from_bits_retain(0x003D), TimeSource::GNSS);
        let quality = ClockQuality {
            clock_class: ClockClass(0),
            clock_accuracy: ClockAccuracy::NS_100,
            offset_scaled_log_variance: 0x4E5D,
        };
        let flags = |source| {
            let mut reference = Reference::new(source, Degradation::MaySlave, Duration::from_secs(100));
            reference.regained();
            reference.lost(at(20));
            [at(20), at(120)].map(|now| {
                let known = reference.clock_quality(now, &quality).clock_accuracy == ClockAccuracy::NS_100;
                (reference.time_properties(now, &all).flags().bits(), known)
            })
        };
        // leap61 0x01, currentUtcOffsetValid 0x04, ptpTimescale 0x08, timeTraceable 0x10, frequencyTraceable 0x20
        assert_eq!(flags(Source::Primary), [(0x3D, true), (0x0D, false)]);
        assert_eq!(flags(Source::Application), [(0x20, true), (0x00, false)]);
    }
}
