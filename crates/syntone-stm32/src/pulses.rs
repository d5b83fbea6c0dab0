//! What EQOS has beside a clock: trains of pulses, and the time of what comes in by a pin.

use crate::arithmetic::RawTime;
use crate::clock::{Clock, Monotonic};
use crate::eqos::Eqos;
use crate::registers::Registers;
use syntone_hal::{ErrorKind, Timestamp};

pub(crate) const CONTROL: u16 = 0x0B70;
pub(crate) const COMMAND: u32 = 0xF;
/// What a target is for: 0 the interrupt, 3 the pulses.
pub(crate) const TARGET_USE: u32 = 3 << 5;
pub(crate) const TARGET_SECONDS: u16 = 0x0B80;
pub(crate) const TARGET_NANOS: u16 = 0x0B84;
const TARGET_BUSY: u32 = 1 << 31;
const INTERVAL: u16 = 0x0B88;
const WIDTH: u16 = 0x0B8C;
/// Pulses as they are told, not those of the clock's own bits.
const FLEXIBLE: u32 = 1 << 4;
const START_ONE: u32 = 1;
const START_TRAIN: u32 = 2;
/// Ends what has not begun, and what has.
const STOP: [u32; 2] = [3, 5];
/// How often the unit is asked whether it has taken over a command.
const PATIENCE: u32 = 1_000;

const INPUTS: u16 = 0x0B40;
const FORGET: u32 = 1;
const SNAPSHOT_NANOS: u16 = 0x0B48;
const SNAPSHOT_SECONDS: u16 = 0x0B4C;

/// A train of pulses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulses {
    /// When the first one rises.
    pub start: Timestamp,
    /// Nanoseconds from one rising edge to the next; a multiple of the clock's increment, or the train would drift.
    pub interval: u32,
    /// Nanoseconds that each is long; a multiple of the increment and less than the interval.
    pub width: u32,
}

/// The time of an edge at an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When it came.
    pub time: Timestamp,
    /// At which inputs: bit 0 is the first.
    pub inputs: u8,
    /// Others after it were lost, because nobody has fetched those before; so until [`Clock::watch_inputs`] is called again.
    pub missed: bool,
}

/// The last target was taken over, and so was the last command.
pub(crate) fn free_target(registers: &impl Registers) -> Result<(), ErrorKind> {
    let is_busy = registers.read(TARGET_NANOS) & TARGET_BUSY != 0 || registers.read(CONTROL) & COMMAND != 0;
    if is_busy { Err(ErrorKind::Busy) } else { Ok(()) }
}

impl<R: Registers, M: Monotonic> Clock<R, Eqos, M> {
    /// Has the output give `pulses`. They go on by the clock's rate and do not follow its steps: after one, stop and start them anew.
    ///
    /// ST tells that the interval can be wrong where the clock is steered finely, as it is here: of H742, H743, H750 and H753 (ES0392 2.26.19) and
    /// of H562, H563 and H573 (ES0565 2.22.9). On an H753 each was seen an increment too short. Where pulses must stay with the clock on
    /// these, ask for each by [`Clock::pulse_at`].
    ///
    /// A second is a multiple of the increment if that is 4, 5, 8 or 10 ns, and not if it is 6: choose it by
    /// [`Rate::with_increment`](crate::arithmetic::Rate::with_increment).
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`] for a start that is not to come, and for times that are no multiples or do not fit each other;
    /// [`ErrorKind::Busy`] while others are awaited, or an alarm has just been set.
    pub fn start_pulses(&mut self, pulses: Pulses) -> Result<(), ErrorKind> {
        let interval = self.increments(pulses.interval)?;
        let width = self.increments(pulses.width)?;
        if width >= interval {
            return Err(ErrorKind::OutOfRange);
        }
        self.begin(pulses.start, width, interval, START_TRAIN)
    }

    /// Has the output give one pulse at `time`, `width` nanoseconds long.
    ///
    /// # Errors
    /// As [`Clock::start_pulses`].
    pub fn pulse_at(&mut self, time: Timestamp, width: u32) -> Result<(), ErrorKind> {
        let width = self.increments(width)?;
        self.begin(time, width, width.saturating_add(1), START_ONE)
    }

    /// Ends the pulses at once, also those that are still to come.
    pub fn stop_pulses(&mut self) {
        for command in STOP {
            self.registers().write(CONTROL, FLEXIBLE | TARGET_USE | command);
            // Where it is not taken over, what is asked for next is refused.
            let _ = (0..PATIENCE).any(|_| self.registers().read(CONTROL) & COMMAND == 0);
        }
    }

    /// Takes the time of each rising edge at `inputs` (bits 0 to 3), which must be wired to the unit; forgets those of before.
    pub fn watch_inputs(&mut self, inputs: u8) {
        self.registers().write(INPUTS, u32::from(inputs & 0xF) << 4 | FORGET);
    }

    /// The next edge. The unit keeps some of them, mostly four.
    pub fn take_snapshot(&mut self) -> Option<Snapshot> {
        let status = self.look_at_events();
        if status >> 25 & 0x1F == 0 {
            return None;
        }
        // In this order: the seconds take it out of the unit.
        let nanos = self.registers().read(SNAPSHOT_NANOS);
        let seconds = self.registers().read(SNAPSHOT_SECONDS);
        let [_, inputs, ..] = status.to_be_bytes();
        let time = self.extend(RawTime::stamp(seconds, nanos & 0x7FFF_FFFF)?)?;
        Some(Snapshot { time, inputs: inputs & 0xF, missed: status & 1 << 24 != 0 })
    }

    fn increments(&self, nanos: u32) -> Result<u32, ErrorKind> {
        let increment = u32::from(self.rate().increment);
        match (nanos.checked_div(increment), nanos.checked_rem(increment)) {
            (Some(count @ 1..), Some(0)) => Ok(count),
            _ => Err(ErrorKind::OutOfRange),
        }
    }

    fn begin(&mut self, start: Timestamp, width: u32, interval: u32, command: u32) -> Result<(), ErrorKind> {
        self.check_to_come(start)?;
        free_target(self.registers())?;
        let registers = self.registers();
        registers.write(INTERVAL, interval.saturating_sub(1));
        registers.write(WIDTH, width.saturating_sub(1));
        registers.write(CONTROL, FLEXIBLE | TARGET_USE);
        self.aim_at(start);
        self.registers().write(CONTROL, FLEXIBLE | TARGET_USE | command);
        Ok(())
    }
}
