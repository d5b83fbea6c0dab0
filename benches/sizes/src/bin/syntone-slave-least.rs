//! The least that a slave over UDP/IPv4 takes: a servo of two fixed gains instead of the one that finds its own, and messages of up to 128
//! octets instead of 192. It is here to be measured: what it leaves away is lock and holdover, and being quick.
#![no_std]
#![no_main]

use qemu_mps2::board;
use syntone::servo::{Adjustment, LockState, Servo, ServoContext, SyncSample};
use syntone::wire::ClockIdentity;
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_hal::{FrequencyOffset, Instant};
use syntone_smoltcp::Ipv4;

syntone_sizes::entry!(run);

/// Beyond this the clock is stepped, in nanoseconds.
const STEP: i64 = 1_000_000;
/// Within this it counts as locked, in nanoseconds.
const NEAR: i64 = 1_000;
/// In 2⁻¹⁶ ppm for a nanosecond.
const PROPORTIONAL: i32 = 46;
const INTEGRAL: i32 = 20;

/// Two gains.
struct Fixed {
    frequency: i32,
    is_near: bool,
    limit: FrequencyOffset,
}

impl Servo for Fixed {
    fn start(&mut self, context: &ServoContext) {
        (self.limit, self.is_near) = (context.limits.max_frequency, false);
    }

    fn sync(&mut self, sample: &SyncSample) -> Adjustment {
        let Some(offset) = sample.offset_from_master().map(|offset| offset.nanos()) else { return Adjustment::NONE };
        self.is_near = offset.abs() < NEAR;
        let Some(error) = i32::try_from(offset).ok().filter(|_| offset.abs() <= STEP) else {
            return Adjustment { step: offset.checked_neg(), frequency: None };
        };
        self.frequency = self.frequency.saturating_sub(error.saturating_mul(INTEGRAL));
        let frequency = self.frequency.saturating_sub(error.saturating_mul(PROPORTIONAL));
        let frequency = FrequencyOffset::from_scaled_ppm(frequency).clamp_to(self.limit);
        Adjustment { step: None, frequency: Some(frequency) }
    }

    fn applied(&mut self, _: Instant, _: &Adjustment) {}

    fn hold(&mut self) -> Adjustment {
        Adjustment { step: None, frequency: Some(self.frequency()) }
    }

    fn lock_state(&self) -> LockState {
        if self.is_near { LockState::Locked } else { LockState::Unlocked }
    }

    fn frequency(&self) -> FrequencyOffset {
        FrequencyOffset::from_scaled_ppm(self.frequency)
    }
}

fn run() -> Option<()> {
    let mut board = board::start(Ipv4::new([[192, 0, 2, 1]]))?;
    let mut clock = build();
    // In its place: to take it out of the option would move it.
    let clock = clock.as_mut()?;
    let mut runner: Runner<128> = Runner::new();
    loop {
        let wait = runner.turn(clock, &mut board, &mut |_| {});
        board.interface().sleep_until(wait.until);
    }
}

/// In a function of its own, so that what only the construction needs is gone from the stack afterwards.
#[inline(never)]
fn build() -> Option<Clock<1, Fixed>> {
    let servo = Fixed { frequency: 0, is_near: false, limit: FrequencyOffset::ZERO };
    let config = ClockConfig::slave_only(ClockIdentity::from_mac48(board::STATION));
    Clock::new(&config, &[PortConfig::default()], servo).ok()
}
