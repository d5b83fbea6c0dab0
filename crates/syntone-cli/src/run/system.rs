//! The machine's time of day beside the protocol: what the kernel is told of it, and a PHC that it follows or leads.

use super::clock;
use super::engine::Following;
use super::settings::Settings;
use syntone::datasets::TimePropertiesDs;
use syntone::servo::{Adjustment, LockState, PiServo, Servo, ServoContext, SyncSample};
use syntone_hal::{Instant, Stamping, TimeInterval, Timestamp};
use syntone_linux::{Leap, Phc, PtpClock, SystemClock};

/// How often the system clock and the PHC are compared, as log₂ of seconds and in nanoseconds.
const LOG_INTERVAL: i8 = 0;
const INTERVAL_NS: u64 = 1_000_000_000;
/// Readings of which the shortest counts, where the hardware does not read both at once.
const READINGS: u8 = 5;
/// The kernel forgets that it is synchronised if it is not told.
const TELL_NS: u64 = 60_000_000_000;
/// What the kernel is told of the largest error, in microseconds.
const MAX_ERROR_US: u32 = 1_000;

/// Which of the two follows the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// The system clock follows the PHC while that follows a master.
    Follow,
    /// The PHC follows the system clock while this clock is the grandmaster.
    Lead,
}

/// What is to be done about the system clock.
#[derive(Debug)]
pub(crate) struct SystemTime {
    /// Where the grandmaster does not tell.
    utc_offset: i32,
    kernel: Kernel,
    pair: Option<Pair>,
}

impl SystemTime {
    /// # Errors
    /// A text with cause and cure.
    pub(crate) fn new(settings: &Settings, clock: &PtpClock) -> Result<Self, String> {
        let utc_offset = clock::utc_offset(settings);
        let direction = match settings.text("system_clock", None).as_str() {
            "follow" => Some(Direction::Follow),
            "lead" => Some(Direction::Lead),
            _ => None,
        };
        if direction.is_some() && !matches!(clock, PtpClock::Phc(_)) {
            return Err(
                "system_clock follow and lead need a hardware clock, and none is steered: leave it at leave".into()
            );
        }
        let pair = direction.map(|direction| Pair::new(settings, direction, utc_offset)).transpose()?;
        Ok(Self { utc_offset, kernel: Kernel::new(settings.flag("kernel_leap", None)), pair })
    }

    /// Does what is due; gives until when there is nothing to do, and what there is to say.
    ///
    /// # Errors
    /// A text, where the system refuses it.
    pub(crate) fn turn(
        &mut self,
        now: Instant,
        clock: &mut PtpClock,
        following: &Following,
    ) -> Result<(Option<Instant>, Option<String>), String> {
        let properties = &following.time_properties_ds;
        let utc_offset = self.utc_offset_of(properties);
        match (clock, &mut self.pair) {
            (PtpClock::System(system), _) => {
                system.set_tai_offset(utc_offset).map_err(|error| error.to_string())?;
                self.kernel.tell(now, system, following.lock == LockState::Locked, properties)?;
                Ok((None, None))
            }
            (PtpClock::Phc(phc), Some(pair)) => {
                pair.system.set_tai_offset(utc_offset).map_err(|error| error.to_string())?;
                let said = pair.turn(now, phc, utc_offset, following)?;
                if pair.direction == Direction::Follow {
                    let synchronised = pair.servo.lock_state() == LockState::Locked;
                    self.kernel.tell(now, &mut pair.system, synchronised, properties)?;
                }
                Ok((Some(pair.due), said))
            }
            _ => Ok((None, None)),
        }
    }

    /// By how many seconds PTP time is ahead of UTC: an arbitrary timescale is taken to show UTC.
    fn utc_offset_of(&self, properties: &TimePropertiesDs) -> i32 {
        match (properties.ptp_timescale(), properties.current_utc_offset_valid()) {
            (false, _) => 0,
            (true, true) => properties.current_utc_offset.into(),
            (true, false) => self.utc_offset,
        }
    }
}

/// What the kernel has been told of its time.
#[derive(Debug)]
struct Kernel {
    with_leap: bool,
    told: (Leap, bool),
    again: Instant,
}

impl Kernel {
    const fn new(with_leap: bool) -> Self {
        Self { with_leap, told: (Leap::None, false), again: Instant::from_nanos(0) }
    }

    fn tell(
        &mut self,
        now: Instant,
        system: &mut SystemClock,
        synchronised: bool,
        properties: &TimePropertiesDs,
    ) -> Result<(), String> {
        let leap = match (self.with_leap && synchronised, properties.leap61(), properties.leap59()) {
            (true, true, false) => Leap::Insert,
            (true, false, true) => Leap::Delete,
            _ => Leap::None,
        };
        let news = (leap, synchronised);
        if news != self.told || synchronised && now >= self.again {
            (self.told, self.again) = (news, now.plus_nanos(TELL_NS));
            system.tell_kernel(leap, synchronised.then_some(MAX_ERROR_US)).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// The system clock beside a PHC.
#[derive(Debug)]
struct Pair {
    system: SystemClock,
    servo: PiServo,
    direction: Direction,
    due: Instant,
    /// It steers at the moment.
    active: bool,
    lock: LockState,
}

impl Pair {
    fn new(settings: &Settings, direction: Direction, utc_offset: i32) -> Result<Self, String> {
        let system = SystemClock::open(utc_offset).map_err(|error| format!("system_clock: {error}"))?;
        let servo = PiServo::new(clock::servo_config(settings)).map_err(|error| error.option.to_owned())?;
        let (due, lock) = (Instant::from_nanos(0), LockState::Unlocked);
        Ok(Self { system, servo, direction, due, active: false, lock })
    }

    /// Compares the two, and steers the one that is to follow.
    fn turn(
        &mut self,
        now: Instant,
        phc: &mut Phc,
        utc_offset: i32,
        following: &Following,
    ) -> Result<Option<String>, String> {
        if now < self.due {
            return Ok(None);
        }
        self.due = now.plus_nanos(INTERVAL_NS);
        let (active, limits, found) = match self.direction {
            Direction::Follow => (following.lock != LockState::Unlocked, self.system.limits(), self.system.frequency()),
            Direction::Lead => (following.is_grandmaster, phc.limits(), phc.frequency()),
        };
        if active && !self.active {
            self.servo.start_from(found);
            self.servo.start(&ServoContext {
                stamping: Stamping::Hardware,
                resolution: TimeInterval::from_nanos(1),
                limits,
            });
        }
        self.active = active;
        if !active {
            return Ok(None);
        }
        let stamp = phc.compare(READINGS).map_err(|error| error.to_string())?;
        let ahead = stamp.system_ahead_ns(utc_offset);
        let system = Timestamp::from_nanos(u64::try_from(stamp.system_utc_ns).unwrap_or(0));
        let (ingress, difference_nanos) = match self.direction {
            Direction::Follow => (system, ahead),
            Direction::Lead => (stamp.phc, ahead.saturating_neg()),
        };
        let adjustment = self.servo.sync(&SyncSample {
            at: now,
            ingress,
            difference_nanos,
            correction: TimeInterval::ZERO,
            mean_delay: Some(TimeInterval::ZERO),
            log_sync_interval: LOG_INTERVAL,
        });
        let effective = self.adjust(adjustment, phc);
        self.servo.applied(now, &effective);
        Ok(self.news(difference_nanos, effective.step))
    }

    fn adjust(&mut self, wanted: Adjustment, phc: &mut Phc) -> Adjustment {
        let step = wanted.step.filter(|nanoseconds| match self.direction {
            Direction::Follow => self.system.step(*nanoseconds).is_ok(),
            Direction::Lead => phc.step(*nanoseconds).is_ok(),
        });
        let frequency = wanted.frequency.filter(|frequency| match self.direction {
            Direction::Follow => self.system.set_frequency(*frequency).is_ok(),
            Direction::Lead => phc.set_frequency(*frequency).is_ok(),
        });
        Adjustment { step, frequency }
    }

    fn news(&mut self, offset: i64, step: Option<i64>) -> Option<String> {
        let (who, whom) = match self.direction {
            Direction::Follow => ("the system clock", "the hardware clock"),
            Direction::Lead => ("the hardware clock", "the system clock"),
        };
        if let Some(step) = step {
            return Some(format!("{who} was stepped by {step} ns, to {whom}"));
        }
        let lock = std::mem::replace(&mut self.lock, self.servo.lock_state());
        (lock != self.lock && self.lock == LockState::Locked).then(|| format!("{who} follows {whom}: {offset} ns off"))
    }
}
