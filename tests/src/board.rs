//! Firmware in QEMU, that of examples/qemu-mps2 and of examples/c-firmware: started, its lines read, and a grandmaster for it.

use crate::netns::{Lan, require_tool};
use crate::process::Process;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::{ClockClass, ClockIdentity};
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_linux::{FrameTunnel, LinuxHal, OscillatorError, SoftwareClock};

/// The clock identity of a board that is a slave.
pub const SLAVE: &str = "020000fffe003860";
/// The clock identity of a board that can be master.
pub const MASTER: &str = "020000fffe003861";

/// The clock identity of a board that is a boundary clock.
pub const BOUNDARY: &str = "020000fffe003862";

/// What a board says of itself once a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its monotonic time.
    pub millis: i64,
    /// The states of its ports, in their order.
    pub states: String,
    /// unlocked, locked or holdover.
    pub lock: String,
    /// currentDS.offsetFromMaster in ns.
    pub offset: i64,
    /// currentDS.meanDelay in ns.
    pub delay: i64,
    /// What its clock is steered by.
    pub frequency_ppb: i64,
    /// Time stamps that never came; `None` of a board that does not tell.
    pub lost: Option<i64>,
}

impl Report {
    /// Reads `9000 ms SLAVE locked offset -3 ns, delay 5 ns, frequency -50000 ppb, lost 0 stamps`, with or without what is lost.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (millis, rest) = line.split_once(" ms ")?;
        let (status, rest) = rest.split_once(" offset ")?;
        let (states, lock) = status.rsplit_once(' ')?;
        let (offset, rest) = rest.split_once(" ns, delay ")?;
        let (delay, rest) = rest.split_once(" ns, frequency ")?;
        let (frequency, rest) = rest.split_once(" ppb")?;
        let lost = rest.strip_prefix(", lost ").and_then(|rest| rest.strip_suffix(" stamps"));
        Some(Self {
            millis: millis.parse().ok()?,
            states: states.to_owned(),
            lock: lock.to_owned(),
            offset: offset.parse().ok()?,
            delay: delay.parse().ok()?,
            frequency_ppb: frequency.parse().ok()?,
            lost: if rest.is_empty() { None } else { Some(lost?.parse().ok()?) },
        })
    }
}

/// Nanoseconds of `stepped by 5 ns`.
#[must_use]
pub fn stepped(line: &str) -> Option<i64> {
    line.strip_prefix("stepped by ")?.strip_suffix(" ns")?.parse().ok()
}

/// Does `work` while a grandmaster is at the end `local` of a board's cable whose other end is `remote`. Its time is that since it was
/// started.
///
/// # Panics
/// If the end of the cable is not free.
pub fn beside_a_grandmaster<T>(local: u16, remote: u16, work: impl FnOnce() -> T) -> T {
    /// Tells so when the work is done, also by a panic.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| serve(&over, local, remote));
        let _over = Over(&over);
        work()
    })
}

fn serve(over: &AtomicBool, local: u16, remote: u16) {
    const STATION: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let offset_ns = -i64::try_from(since_epoch.as_nanos()).expect("before 2262");
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError { offset_ns, ..OscillatorError::default() }));
    let tunnel = FrameTunnel { local_port: local, remote_port: remote, hardware_address: STATION };
    hal.add_frame_tunnel(&tunnel).expect("the cable's end is free");
    let mut config = ClockConfig::new(ClockIdentity::from_mac48(STATION));
    config.clock_quality.clock_class = ClockClass(6);
    let port = PortConfig {
        log_announce_interval: -1,
        log_sync_interval: -3,
        log_min_delay_req_interval: -3,
        ..PortConfig::default()
    };
    let servo = PiServo::new(PiConfig::default()).expect("the defaults are in range");
    let mut clock: Clock = Clock::new(&config, &[port], servo).expect("the settings are in range");
    let mut runner: Runner = Runner::new();
    while !over.load(Ordering::Relaxed) {
        let wait = runner.turn(&mut clock, &mut hal, &mut |_| {});
        hal.wait(wait.until).expect("sockets can be waited for");
    }
}

/// The image of this name, which `cargo xtask test --only firmware`, or `firmware-c`, builds first.
fn image(name: &str) -> String {
    let folder = std::env::var("SYNTONE_FIRMWARE").expect("run by `cargo xtask test --only firmware`, or firmware-c");
    format!("{folder}/{name}")
}

/// What QEMU is told for each board.
fn arguments(netdev: &str, image_name: &str) -> Vec<String> {
    let fixed = "-machine mps2-an386 -accel tcg -nographic -monitor none -serial stdio \
                 -semihosting-config enable=on,target=native -net nic,model=lan9118,netdev=cable -kernel";
    let netdev = ["-netdev".to_owned(), netdev.to_owned()];
    netdev.into_iter().chain(fixed.split_whitespace().map(str::to_owned)).chain([image(image_name)]).collect()
}

/// Starts a board whose cable's ends are UDP ports of this machine.
#[must_use]
pub fn on_a_cable(label: &str, image_name: &str, local: u16, remote: u16) -> Process {
    require_tool("qemu-system-arm", "qemu-system-arm");
    let cable = format!(
        "dgram,id=cable,local.type=inet,local.host=127.0.0.1,local.port={local},remote.type=inet,\
         remote.host=127.0.0.1,remote.port={remote}"
    );
    let mut command = Command::new("qemu-system-arm");
    command.args(arguments(&cable, image_name));
    Process::start(label, command)
}

/// Starts a board on the bridge of `lan`.
#[must_use]
pub fn on_a_bridge(lan: &Lan, label: &str, image_name: &str) -> Process {
    require_tool("qemu-system-arm", "qemu-system-arm");
    lan.tap(label);
    let netdev = format!("tap,id=cable,ifname={label},script=no,downscript=no");
    let arguments = arguments(&netdev, image_name);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    lan.spawn_in_switch(label, "qemu-system-arm", &arguments)
}

/// Starts a board without a cable in virtual time, where an instruction takes 64 ns: each run is like the one before.
#[must_use]
pub fn in_virtual_time(label: &str, image_name: &str) -> Process {
    require_tool("qemu-system-arm", "qemu-system-arm");
    let mut command = Command::new("qemu-system-arm");
    command.args(["-icount", "shift=6,sleep=off"]).args(arguments("hubport,id=cable,hubid=0", image_name));
    Process::start(label, command)
}

/// Starts the board that plays a script.
///
/// # Panics
/// If the script cannot be handed over.
#[must_use]
pub fn with_a_script(script: &[u8]) -> Process {
    require_tool("qemu-system-arm", "qemu-system-arm");
    let image = PathBuf::from(image("replay"));
    let folder = image.parent().expect("an image is in a folder");
    std::fs::write(folder.join("script"), script).expect("a script");
    let mut command = Command::new("qemu-system-arm");
    command.current_dir(folder).args(arguments("hubport,id=cable,hubid=0", "replay"));
    Process::start("replay", command)
}

/// Waits until the board, after the line `mark`, has been locked as slave for `seconds` reports in a row; gives these, or `None` if
/// that does not come within `limit`.
pub fn poll_for_lock(board: &Process, mark: usize, seconds: usize, limit: Duration) -> Option<Vec<Report>> {
    let mut locked = Vec::new();
    board.poll_for_after(mark, limit, |line| {
        let report = Report::read(line)?;
        // Just after a change of the grandmaster the lock is that to the one before.
        let is_near = report.offset.abs() < 50_000_000;
        if is_near && report.lock == "locked" && report.states.split(' ').any(|state| state == "SLAVE") {
            locked.push(report);
        } else {
            locked.clear();
        }
        (locked.len() >= seconds).then_some(())
    })?;
    Some(locked)
}

/// Checks that the board's clock, which is 50 ppm fast, runs as the host's does.
///
/// It is the mean of the frequencies that the servo sets which must be right: an emulated board runs within 25 ppm of its host, and
/// what the offset is between first and last report, seen through the noise of stamps, is time that was not steered away. A busy
/// machine makes the stamps late and so the limit wider by itself.
///
/// # Panics
/// If it does not.
#[track_caller]
pub fn check_frequency(locked: &[Report]) {
    let (Some(first), Some(last)) = (locked.first(), locked.last()) else { panic!("no reports") };
    let count = i64::try_from(locked.len()).expect("few reports");
    let mean = locked.iter().map(|report| report.frequency_ppb).sum::<i64>() / count;
    let largest = locked.iter().map(|report| report.offset.abs()).max().unwrap_or(0);
    // Nanoseconds by milliseconds are millionths.
    let noise = 2 * largest * 1_000 / (last.millis - first.millis).max(1);
    println!("{mean} ppb over {count} reports, largest offset {largest} ns explains {noise} ppb");
    assert!((mean + 50_000).abs() < 30_000 + noise, "50 ppm fast, but steered by {mean} ppb: {locked:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_and_other_lines_are_not() {
        let line = "9000 ms MASTER SLAVE locked offset -3 ns, delay 5 ns, frequency -50000 ppb, lost 2 stamps";
        let report = Report::read(line).expect("a report");
        assert_eq!((report.millis, &*report.states, &*report.lock), (9000, "MASTER SLAVE", "locked"));
        assert_eq!((report.offset, report.delay, report.frequency_ppb, report.lost), (-3, 5, -50_000, Some(2)));
        let short = line.strip_suffix(", lost 2 stamps").and_then(Report::read).expect("a report");
        assert_eq!((short.frequency_ppb, short.lost), (-50_000, None));
        assert_eq!(Report::read(&line.replace("stamps", "frames")), None);
        assert_eq!(Report::read("port 1 SLAVE"), None);
    }

    fn reports(frequency_ppb: i64, offset: i64) -> Vec<Report> {
        let line = |second| {
            format!(
                "{second}000 ms SLAVE locked offset {offset} ns, delay 5 ns, frequency {frequency_ppb} ppb, lost 0 stamps"
            )
        };
        (1..=11).filter_map(|second| Report::read(&line(second))).collect()
    }

    #[test]
    #[should_panic(expected = "steered by 0 ppb")]
    fn a_clock_that_is_not_steered_is_found_out() {
        check_frequency(&reports(0, 30_000));
    }

    #[test]
    fn late_stamps_explain_what_they_do_to_the_frequency() {
        check_frequency(&reports(-100_000, 150_000));
    }
}
