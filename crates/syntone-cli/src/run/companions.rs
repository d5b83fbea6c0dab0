//! Hardware clocks of other ports: they follow the one that the protocol steers.

use super::clock;
use super::engine::Engine;
use super::settings::Settings;
use syntone::servo::{Adjustment, PiServo, Servo, ServoContext, SyncSample};
use syntone_hal::{Instant, Stamping, TimeInterval};
use syntone_linux::{LinuxHal, Phc, PtpClock};

/// How often they are compared, as log₂ of seconds and in nanoseconds.
const LOG_INTERVAL: i8 = -2;
const INTERVAL_NS: u64 = 250_000_000;

/// A servo for each companion of the HAL.
#[derive(Debug)]
pub(crate) struct Companions {
    servos: Vec<PiServo>,
    due: Instant,
}

/// The hardware clocks of `interfaces` besides `first`, each once.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn open(first: &Phc, interfaces: &[String]) -> Result<Vec<Phc>, String> {
    let mut others: Vec<Phc> = Vec::new();
    for interface in interfaces {
        let phc = Phc::of_interface(interface).map_err(|error| error.to_string())?;
        if phc.path() != first.path() && others.iter().all(|other| other.path() != phc.path()) {
            others.push(phc);
        }
    }
    Ok(others)
}

impl Companions {
    /// # Errors
    /// A text that names the option.
    pub(crate) fn new(settings: &Settings, hal: &mut LinuxHal) -> Result<Self, String> {
        let mut servos = Vec::new();
        while let Some(phc) = hal.companion_mut(servos.len()) {
            let mut servo = PiServo::new(clock::servo_config(settings)).map_err(|error| error.option.to_owned())?;
            servo.start_from(phc.frequency());
            servo.start(&context(phc));
            servos.push(servo);
        }
        Ok(Self { servos, due: Instant::from_nanos(0) })
    }

    /// Another hardware clock has come with an interface: what was known of the one before does not hold for it. Says which it is.
    ///
    /// # Errors
    /// A text that names the option.
    pub(crate) fn renew(&mut self, engine: &mut dyn Engine, settings: &Settings) -> Result<String, String> {
        *self = Self::new(settings, engine.hal_mut())?;
        engine.clock_was_replaced(settings)?;
        let path = match engine.hal().clock() {
            PtpClock::Phc(phc) => phc.path(),
            _ => "none",
        };
        Ok(format!("an interface has come with another hardware clock; the clock is {path}"))
    }

    /// Compares what is due; gives until when there is nothing to do.
    ///
    /// # Errors
    /// A text, where the system refuses it.
    pub(crate) fn turn(&mut self, now: Instant, hal: &mut LinuxHal) -> Result<Option<Instant>, String> {
        if self.servos.is_empty() {
            return Ok(None);
        }
        if now >= self.due {
            self.due = now.plus_nanos(INTERVAL_NS);
            for (index, servo) in self.servos.iter_mut().enumerate() {
                follow(now, index, servo, hal).map_err(|error| error.to_string())?;
            }
        }
        Ok(Some(self.due))
    }

    /// The clock was stepped by so many nanoseconds, and they are, too: none of them has to be found out.
    pub(crate) fn step(&mut self, nanoseconds: i64, hal: &mut LinuxHal) {
        for (index, servo) in self.servos.iter_mut().enumerate() {
            let Some(phc) = hal.companion_mut(index) else { return };
            if phc.step(nanoseconds).is_ok() {
                servo.start(&context(phc));
            }
        }
    }
}

fn context(phc: &Phc) -> ServoContext {
    ServoContext { stamping: Stamping::Hardware, resolution: TimeInterval::from_nanos(1), limits: phc.limits() }
}

fn follow(now: Instant, index: usize, servo: &mut PiServo, hal: &mut LinuxHal) -> Result<(), syntone_linux::Error> {
    let Some((ingress, difference_nanos)) = hal.companion_ahead(index)? else { return Ok(()) };
    let wanted = servo.sync(&SyncSample {
        at: now,
        ingress,
        difference_nanos,
        correction: TimeInterval::ZERO,
        mean_delay: Some(TimeInterval::ZERO),
        log_sync_interval: LOG_INTERVAL,
    });
    let Some(phc) = hal.companion_mut(index) else { return Ok(()) };
    let step = wanted.step.filter(|nanoseconds| phc.step(*nanoseconds).is_ok());
    let frequency = wanted.frequency.filter(|frequency| phc.set_frequency(*frequency).is_ok());
    servo.applied(now, &Adjustment { step, frequency });
    Ok(())
}
