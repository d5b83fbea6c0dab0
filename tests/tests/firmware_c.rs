//! The firmware of examples/c-firmware in QEMU at one end of a cable; Syntone as master on Linux at the other.
//!
//! `cargo xtask test --only firmware-c` builds the firmware and says in SYNTONE_FIRMWARE where it is.

use std::time::Duration;
use syntone_tests::board::{self, Report, stepped};

/// The ends of the cable are UDP ports, apart from those of other tests.
const BOARD_PORT: u16 = 15_731;
const HOST_PORT: u16 = 15_730;

#[test]
fn a_firmware_in_c_locks_from_two_seconds_and_50_ppm_off() {
    board::beside_a_grandmaster(HOST_PORT, BOARD_PORT, || {
        let mut board = board::on_a_cable("board", "firmware.elf", BOARD_PORT, HOST_PORT);
        // The firmware gives itself a minute of its own time, which a busy host may stretch.
        let (status, lines) = board.wait_for_end(Duration::from_secs(120));
        let log = lines.join("\n");
        println!("{log}");
        assert!(status.success(), "the board ended with {status}\n{log}");
        let step = lines.iter().find_map(|line| stepped(line));
        let step = step.expect("the first offset is larger than the step threshold");
        assert!((-2_600_000_000..-1_400_000_000).contains(&step), "two seconds ahead, but stepped by {step} ns");
        let report = lines.iter().rev().find_map(|line| Report::read(line)).expect("it reports");
        let frequency = report.frequency_ppb;
        assert!((-120_000..20_000).contains(&frequency), "50 ppm fast, but steered by {frequency} ppb");
    });
}
