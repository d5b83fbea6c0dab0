//! One operation on a clock of Linux, for scripts in the guest of the tests; it prints what it finds:
//!
//! * `linux-probe step DEVICE NANOSECONDS`, `linux-probe frequency DEVICE PPB` steer a PTP hardware clock,
//! * `linux-probe show DEVICE`: `max PPB`, `frequency PPB`,
//! * `linux-probe compare DEVICE`: `METHOD AHEAD WINDOW`, the system clock against it in nanoseconds,
//! * `linux-probe system`: steers the system clock in every way there is and checks the effect.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use syntone_hal::{ClockHal, FrequencyOffset, HalError, Timestamp};
use syntone_linux::{Leap, LinuxHal, Phc, SystemClock};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["step", device, nanoseconds] => Ok(Phc::open(device)?.step(nanoseconds.parse()?)?),
        ["frequency", device, ppb] => Ok(Phc::open(device)?.set_frequency(FrequencyOffset::from_ppb(ppb.parse()?))?),
        ["show", device] => show(&Phc::open(device)?),
        ["compare", device] => compare(&mut Phc::open(device)?),
        ["system"] => system(),
        _ => Err("step, frequency, show, compare or system".into()),
    }
}

fn show(phc: &Phc) -> Result<(), Failure> {
    println!("max {}", phc.limits().max_frequency.ppb());
    println!("frequency {}", phc.frequency().ppb());
    Ok(())
}

fn compare(phc: &mut Phc) -> Result<(), Failure> {
    let stamp = phc.compare(9)?;
    println!("{:?} {} {}", stamp.method, stamp.system_ahead_ns(0), stamp.window_ns);
    Ok(())
}

/// Only in a guest of the tests: the time of the machine that runs them is not ours.
fn system() -> Result<(), Failure> {
    if !std::path::Path::new("/lab/script").exists() {
        return Err("this steers the system clock: only in the guest of the tests".into());
    }
    let mut hal = LinuxHal::new(SystemClock::open(37)?);
    check_offset_to_utc(&mut hal)?;
    check_step(&mut hal)?;
    for ppb in [100_000, 3_000_000, -3_000_050, 0] {
        check_frequency(&mut hal, ppb)?;
    }
    let beyond = hal.set_frequency(FrequencyOffset::from_scaled_ppm(i32::MAX)).expect_err("beyond the limit");
    expect("a frequency beyond the limit", beyond.kind() == syntone_hal::ErrorKind::OutOfRange)?;
    check_leap_second()
}

fn check_offset_to_utc(hal: &mut LinuxHal) -> Result<(), Failure> {
    let utc = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?;
    let ahead = hal.now()?.nanos_since(Timestamp::ZERO) - utc;
    expect(&format!("37 s ahead of UTC: {ahead}"), (36_999_000_000..37_001_000_000).contains(&ahead))
}

fn check_step(hal: &mut LinuxHal) -> Result<(), Failure> {
    for step in [1_500_000_000, -1_500_000_001] {
        let before = Reading::take()?;
        hal.step(step)?;
        let error = Reading::take()?.gained_since(&before) - step;
        expect(&format!("a step of {step}: wrong by {error}"), error.abs() < 1_000)?;
    }
    Ok(())
}

fn check_frequency(hal: &mut LinuxHal, ppb: i32) -> Result<(), Failure> {
    hal.set_frequency(FrequencyOffset::from_ppb(ppb))?;
    let before = Reading::take()?;
    std::thread::sleep(Duration::from_secs(20));
    let after = Reading::take()?;
    let measured = after.gained_since(&before) * 1_000 / ((after.phc - before.phc) / 1_000_000);
    // After a large change the kernel works off some microseconds of its own.
    expect(&format!("{ppb} ppb: {measured}"), (measured - i64::from(ppb)).abs() < 500)
}

/// The kernel inserts a second at midnight: UTC sees it, PTP time does not.
fn check_leap_second() -> Result<(), Failure> {
    let mut clock = SystemClock::open(37)?;
    let to_midnight = 86_400_000_000_000 - Reading::take()?.utc % 86_400_000_000_000;
    clock.step(to_midnight - 5_000_000_000)?;
    clock.tell_kernel(Leap::Insert, Some(10))?;
    let (before, ptp) = (Reading::take()?, clock.now());
    std::thread::sleep(Duration::from_secs(10));
    let (after, ptp) = (Reading::take()?, clock.now().nanos_since(ptp));
    let passed = after.phc - before.phc;
    expect(&format!("PTP time went on: {}", ptp - passed), (ptp - passed).abs() < 1_000_000)?;
    let gained = after.gained_since(&before);
    expect(&format!("UTC was put back a second: {gained}"), (gained + 1_000_000_000).abs() < 10_000)?;
    expect("38 s from now on", clock.tai_offset() == 38)?;
    clock.tell_kernel(Leap::None, None)?;
    Ok(())
}

/// The system clock beside a hardware clock without drift, which nobody steers, both at once.
struct Reading {
    utc: i64,
    phc: i64,
}

impl Reading {
    fn take() -> Result<Self, Failure> {
        let stamp = Phc::open("/dev/ptp0")?.compare(1)?;
        Ok(Self { utc: stamp.system_utc_ns, phc: stamp.phc.nanos_since(Timestamp::ZERO) })
    }

    /// How much the system clock has gained on the hardware clock.
    const fn gained_since(&self, before: &Self) -> i64 {
        (self.utc - before.utc) - (self.phc - before.phc)
    }
}

fn expect(what: &str, holds: bool) -> Result<(), Failure> {
    println!("{}: {what}", if holds { "ok" } else { "FAIL" });
    if holds { Ok(()) } else { Err(what.into()) }
}
