//! The firmware of examples/c-firmware in QEMU at one end of a cable; Syntone as master on Linux at the other.
//!
//! `cargo xtask test --only firmware-c` builds the firmware and says in SYNTONE_FIRMWARE_C where it is.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, thread};
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::{ClockClass, ClockIdentity};
use syntone::{Clock, ClockConfig, PortConfig, Runner};
use syntone_linux::{FrameTunnel, LinuxHal, OscillatorError, SoftwareClock};
use syntone_tests::process::Process;

/// The ends of the cable are UDP ports, apart from those of other tests.
const BOARD_PORT: u16 = 15_731;
const HOST_PORT: u16 = 15_730;
const HOST_STATION: [u8; 6] = [0x02, 0, 0, 0, 0, 1];

#[test]
fn a_firmware_in_c_locks_from_two_seconds_and_50_ppm_off() {
    let firmware = env::var("SYNTONE_FIRMWARE_C").expect("run by `cargo xtask test --only firmware-c`");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| serve(&over));
        let mut board = Process::start("board", emulator(&firmware));
        // The firmware gives itself a minute of its own time, which a busy host may stretch.
        let (status, lines) = board.wait_for_end(Duration::from_secs(120));
        over.store(true, Ordering::Relaxed);
        let log = lines.join("\n");
        println!("{log}");
        assert!(status.success(), "the board ended with {status}\n{log}");
        let step = lines.iter().find_map(|line| number_behind(line, "stepped by "));
        let step = step.expect("the first offset is larger than the step threshold");
        assert!((-2_600_000_000..-1_400_000_000).contains(&step), "two seconds ahead, but stepped by {step} ns");
        let frequency = lines.iter().rev().find_map(|line| number_behind(line, "frequency "));
        let frequency = frequency.expect("it reports");
        assert!((-120_000..20_000).contains(&frequency), "50 ppm fast, but steered by {frequency} ppb");
    });
}

fn emulator(firmware: &str) -> Command {
    let cable = format!(
        "dgram,id=cable,local.type=inet,local.host=127.0.0.1,local.port={BOARD_PORT},remote.type=inet,\
         remote.host=127.0.0.1,remote.port={HOST_PORT}"
    );
    let mut command = Command::new("qemu-system-arm");
    command.args(["-machine", "mps2-an386", "-accel", "tcg", "-nographic", "-monitor", "none", "-serial", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-netdev", &cable]);
    command.args(["-net", "nic,model=lan9118,netdev=cable", "-kernel", firmware]);
    command
}

/// A grandmaster at the other end of the cable, until it is over. Its time is that since it was started.
fn serve(over: &AtomicBool) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let offset_ns = -i64::try_from(since_epoch.as_nanos()).expect("before 2262");
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError { offset_ns, ..OscillatorError::default() }));
    let tunnel = FrameTunnel { local_port: HOST_PORT, remote_port: BOARD_PORT, hardware_address: HOST_STATION };
    hal.add_frame_tunnel(&tunnel).expect("the cable's end is free");
    let mut config = ClockConfig::new(ClockIdentity::from_mac48(HOST_STATION));
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

/// The number behind `label`.
fn number_behind(line: &str, label: &str) -> Option<i64> {
    line.split_once(label)?.1.split(' ').next()?.parse().ok()
}
