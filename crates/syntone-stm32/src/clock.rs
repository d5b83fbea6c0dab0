//! The time-stamp unit as a PTP clock.

use crate::arithmetic::{Rate, RawTime};
use crate::block::Block;
use crate::registers::Registers;
use core::marker::PhantomData;
use syntone_hal::{ClockHal, ClockLimits, ErrorKind, FrequencyOffset, Instant, Timestamp};

/// Control: load the time of the update registers.
const LOAD: u32 = 1 << 2;
/// Control: add the time of the update registers.
const ADD: u32 = 1 << 3;
/// Control: take over the addend.
const TAKE_ADDEND: u32 = 1 << 5;
const COMMANDS: u32 = LOAD | ADD | TAKE_ADDEND;
/// Nanoseconds in their register; the highest bit is a sign that is never set.
const NANOS: u32 = 0x7FFF_FFFF;
/// How often the unit is asked whether it is done. It needs a few of its clocks, unless it has none.
const PATIENCE: u32 = 1_000;
/// How often the time is read until it is of one moment. The second turns over once in that time.
const READINGS: u32 = 4;

/// The time that drives timers: any timer of the chip, extended to 64 bits. Not the PTP clock.
///
/// Implemented for whatever can be called for it.
pub trait Monotonic {
    /// The time since some fixed moment.
    fn now(&mut self) -> Instant;
}

impl<T: FnMut() -> Instant> Monotonic for T {
    fn now(&mut self) -> Instant {
        self()
    }
}

/// What has happened to a [`Clock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// The time of [`Clock::set_alarm`] was reached.
    pub alarm: bool,
    /// A target had passed already when the unit took it over. Not told by F4 and F7.
    pub late: bool,
    /// The 32 bits of the seconds have turned over. [`Clock`] reckons with that by itself.
    pub overflow: bool,
}

/// The PTP clock of the MAC `B` with the registers `R`, beside the monotonic time `M`.
#[derive(Debug)]
pub struct Clock<R, B, M> {
    registers: R,
    monotonic: M,
    rate: Rate,
    /// A time that is less than 68 years from now.
    near: Timestamp,
    /// What has happened and was not told yet.
    events: u32,
    block: PhantomData<B>,
}

impl<R: Registers, B: Block, M: Monotonic> Clock<R, B, M> {
    /// Starts the clock at `time`. A reset of the MAC stops it.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] if the unit does not answer: it has no clock.
    pub fn start(registers: R, rate: Rate, monotonic: M, time: Timestamp) -> Result<Self, ErrorKind> {
        let (increment, shift) = B::INCREMENT;
        registers.write(B::CONTROL, B::RUNNING);
        registers.write(increment, u32::from(rate.increment).wrapping_shl(shift));
        let clock = Self { registers, monotonic, rate, near: time, events: 0, block: PhantomData };
        clock.set_addend(rate.nominal)?;
        clock.update(RawTime::of(time), LOAD)?;
        Ok(clock)
    }

    /// The registers.
    pub const fn registers(&self) -> &R {
        &self.registers
    }

    /// How it counts.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// Has the pulse output give 2^`power` pulses in a second by itself; it follows steps and steering.
    ///
    /// With 0, which is what a reset leaves, one pulse begins where the second does: 100 ms long on F4 and F7, and one clock of the unit
    /// on the others, which is too short to be seen: those have [`Clock::start_pulses`]. More than one are uneven, because nanoseconds
    /// do not roll over at a power of two: right on average, and a falling edge where the second begins. The pin must be switched to
    /// the output (PB5 or PG8, AF11).
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`] for more than the unit has.
    pub fn set_pulses(&mut self, power: u8) -> Result<(), ErrorKind> {
        let (register, most) = B::PULSES;
        let code = B::pulses(power);
        if code > most {
            return Err(ErrorKind::OutOfRange);
        }
        self.registers.write(register, u32::from(code));
        Ok(())
    }

    /// Has the MAC interrupt once when the clock reaches `time`; [`Clock::take_events`] tells and ends the interrupt. A new time takes the
    /// place of the old one. A step may pass it over: it is reached then as well.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`] for a time that is not to come within 68 years; [`ErrorKind::Busy`] while the unit has not taken over the
    /// last one, which it does within some clocks, or while a train of pulses is awaited.
    pub fn set_alarm(&mut self, time: Timestamp) -> Result<(), ErrorKind> {
        self.check_to_come(time)?;
        B::aim(&self.registers)?;
        self.aim_at(time);
        if B::WAITS != 0 {
            self.until_idle()?;
            self.registers.write(B::CONTROL, B::RUNNING | B::WAITS);
        }
        Ok(())
    }

    /// What has happened since the last call.
    pub fn take_events(&mut self) -> Events {
        self.look_at_events();
        let events = core::mem::take(&mut self.events);
        Events { overflow: events & 1 != 0, alarm: events & 1 << 1 != 0, late: events & 1 << 3 != 0 }
    }

    /// Reads the status, which clears it: what is not told now is kept.
    pub(crate) fn look_at_events(&mut self) -> u32 {
        let status = self.registers.read(B::EVENTS);
        self.events |= status & 0xF;
        status
    }

    pub(crate) fn aim_at(&self, time: Timestamp) {
        let (seconds, nanos) = B::TARGET;
        let time = RawTime::of(time);
        self.registers.write(seconds, time.seconds);
        self.registers.write(nanos, time.nanos);
    }

    /// That `time` is to come, within what 32 bits of seconds tell.
    pub(crate) fn check_to_come(&mut self, time: Timestamp) -> Result<(), ErrorKind> {
        let ahead = time.nanos_since(self.now()?);
        if (1..1 << 61).contains(&ahead) { Ok(()) } else { Err(ErrorKind::OutOfRange) }
    }

    /// The whole time of a stamp.
    pub(crate) fn extend(&mut self, stamp: RawTime) -> Option<Timestamp> {
        let time = stamp.extend(self.near)?;
        self.near = time;
        Some(time)
    }

    fn set_addend(&self, addend: u32) -> Result<(), ErrorKind> {
        self.until_idle()?;
        self.registers.write(B::ADDEND, addend);
        self.command(TAKE_ADDEND)
    }

    fn update(&self, time: RawTime, command: u32) -> Result<(), ErrorKind> {
        self.until_idle()?;
        let (seconds, nanos) = B::UPDATE;
        self.registers.write(seconds, time.seconds);
        self.registers.write(nanos, time.nanos);
        self.command(command)
    }

    /// Has `command` done. Between two writes of the control register it is read: on F4 and F7 it must not be written twice in a
    /// row.
    fn command(&self, command: u32) -> Result<(), ErrorKind> {
        let waits = self.until_idle()? & B::WAITS;
        self.registers.write(B::CONTROL, B::RUNNING | waits | command);
        self.until_idle().map(|_| ())
    }

    /// What is in the control register once no command is under way.
    fn until_idle(&self) -> Result<u32, ErrorKind> {
        let mut readings = (0..PATIENCE).map(|_| self.registers.read(B::CONTROL));
        readings.find(|control| control & COMMANDS == 0).ok_or(ErrorKind::Timeout)
    }

    /// The time of one moment: the seconds are the same before and after the nanoseconds.
    fn read(&self) -> Result<RawTime, ErrorKind> {
        let (seconds_at, nanos_at) = B::TIME;
        let mut seconds = self.registers.read(seconds_at);
        for _ in 0..READINGS {
            let nanos = self.registers.read(nanos_at) & NANOS;
            let after = self.registers.read(seconds_at);
            if after == seconds {
                return Ok(RawTime { seconds, nanos });
            }
            seconds = after;
        }
        Err(ErrorKind::Timeout)
    }
}

impl<R: Registers, B: Block, M: Monotonic> ClockHal for Clock<R, B, M> {
    type Error = ErrorKind;

    fn monotonic(&mut self) -> Instant {
        self.monotonic.now()
    }

    fn now(&mut self) -> Result<Timestamp, ErrorKind> {
        let time = self.read()?;
        self.extend(time).ok_or(ErrorKind::Other)
    }

    /// # Errors
    /// [`ErrorKind::OutOfRange`] before the epoch and beyond [`Timestamp::MAX_SECONDS`].
    fn step(&mut self, nanoseconds: i64) -> Result<(), ErrorKind> {
        let now = self.now()?;
        let target = now.offset_nanos(nanoseconds);
        if target.nanos_since(now) != nanoseconds {
            return Err(ErrorKind::OutOfRange);
        }
        self.update(RawTime::addition(nanoseconds), ADD)?;
        self.near = target;
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), ErrorKind> {
        if frequency.clamp_to(self.rate.limit()) != frequency {
            return Err(ErrorKind::OutOfRange);
        }
        let addend = self.rate.addend(frequency).ok_or(ErrorKind::OutOfRange)?;
        self.set_addend(addend)
    }

    fn limits(&self) -> ClockLimits {
        ClockLimits { max_frequency: self.rate.limit(), can_step: true }
    }
}
