//! What the daemon asks of the kernel beside ptp4l, as slaves of one master. Needs root, strace and linuxptp. Offset, memory and
//! processor time depend on how it is built and on who else runs: tests/cost.rs.

use syntone_tests::cost::Run;
use syntone_tests::peers::syntone_binary;

/// Long enough that the start does not count.
const SECONDS: u32 = 10;

/// Both have the same messages to deal with, and the same seconds for it.
fn system_calls_are_no_more_than_those_of_ptp4l(log_interval: i8) {
    let [theirs, ours] = Run::start(log_interval).system_calls(syntone_binary(), SECONDS);
    let rate = f64::from(log_interval).exp2().recip();
    println!("at {rate} Sync/s: {ours} system calls, ptp4l {theirs}, ratio {:.2}", ours as f64 / theirs as f64);
    assert!(ours <= theirs, "{ours} and {theirs}");
}

#[test]
fn system_calls_are_no_more_than_those_of_ptp4l_at_16_syncs_a_second() {
    system_calls_are_no_more_than_those_of_ptp4l(-4);
}

#[test]
fn system_calls_are_no_more_than_those_of_ptp4l_at_128_syncs_a_second() {
    system_calls_are_no_more_than_those_of_ptp4l(-7);
}
