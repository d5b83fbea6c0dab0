//! `syntone run` under a library that stands between it and the C library, as simulators of clocks and networks do. Needs root and strace.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use syntone_tests::netns::{INTERFACE, Lan, require_tool};
use syntone_tests::peers::{Settings, Transport, daemon_file, ptp4l, ptp4l_state, syntone_binary};

const LIMIT: Duration = Duration::from_secs(60);
const SHIM: &str = include_str!("../../src/shim.c");

/// How the virtual clock begins beside the machine's.
const OFFSET_S: i64 = 1000;
const OSCILLATOR_PPB: f64 = 50_000.0;

fn build(lan: &Lan) -> String {
    let (source, library) = (lan.file("shim.c"), lan.file("shim.so"));
    std::fs::write(&source, SHIM).expect("a file");
    let mut command = Command::new("gcc");
    command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).args([&library, &source]).arg("-ldl");
    assert!(command.status().expect("gcc runs").success());
    library.display().to_string()
}

/// `name count` in each line.
fn counted(path: &Path) -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(path).expect("it has reported");
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, count)| (name.to_owned(), count.parse().expect("a count")))
        .collect()
}

/// System calls as `strace -c` has counted them: the name is the last column, the count the fourth.
fn traced(path: &Path) -> BTreeMap<String, u64> {
    let begin = Instant::now();
    loop {
        // It writes when who it watches is gone.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.lines().last().is_some_and(|line| line.ends_with(" total")) {
            let call = |line: &str| {
                let words: Vec<_> = line.split_whitespace().collect();
                Some(((*words.last()?).to_owned(), words.get(3)?.parse().ok()?))
            };
            return text.lines().filter_map(call).collect();
        }
        assert!(begin.elapsed() < LIMIT, "strace has not written its counts: {text}");
        std::thread::yield_now();
    }
}

/// The daemon steers "the system clock", which is the shim's: 1000 s ahead of its master and 50 ppm too fast. It steps it by that and finds that
/// frequency, so its clock and its stamps both go through the C library; and what the kernel sees of such calls is what the library has seen.
#[test]
fn all_that_has_to_do_with_time_goes_through_the_c_library() {
    require_tool("strace", "strace");
    let lan = Lan::cable();
    let shim = build(&lan);
    let master = ptp4l(&lan, lan.host(0), "ptp4l", Settings::master(Transport::L2));
    master.wait_for("MASTER", LIMIT, |line| (ptp4l_state(line)? == "MASTER").then_some(()));
    let file = daemon_file(&lan, "syntone", Settings::slave(Transport::L2), "clock system\nutc_offset 0\n");
    let (report, trace) = (lan.file("report"), lan.file("trace"));
    let variables = [
        format!("LD_PRELOAD={shim}"),
        format!("SHIM_REPORT={}", report.display()),
        format!("SHIM_OFFSET_S={OFFSET_S}"),
        format!("SHIM_OSCILLATOR_PPB={OSCILLATOR_PPB}"),
    ];
    let binary = syntone_binary().display().to_string();
    let (trace_path, file) = (trace.display().to_string(), file.display().to_string());
    // With -D signals come to who is watched.
    let mut arguments = vec!["-D", "-f", "-c", "-o", &trace_path];
    arguments.extend(variables.iter().flat_map(|variable| ["-E", variable]));
    arguments.extend([&binary, "run", "-f", &file, "-i", INTERFACE]);
    let mut ours = lan.host(1).spawn("syntone", "strace", &arguments);
    let stepped: i64 = ours.wait_for("a step", LIMIT, |line| {
        line.split_once("the clock was stepped by ")?.1.strip_suffix(" ns")?.parse().ok()
    });
    assert!((stepped + OFFSET_S * 1_000_000_000).abs() < 5_000_000, "stepped by {stepped} ns");
    ours.wait_for("SLAVE", LIMIT, |line| (ptp4l_state(line)? == "SLAVE").then_some(()));
    // What the clock is set to: the oscillator's own error taken off; strace makes stamps late, so this is coarse.
    let mut last = Vec::new();
    ours.wait_for("its frequency", LIMIT, |line| {
        let frequency: f64 = line.split_once(" freq ")?.1.split_whitespace().next()?.parse().ok()?;
        last.push(frequency);
        (last.len() >= 8 && (frequency.abs() - OSCILLATOR_PPB).abs() < 5_000.0).then_some(())
    });
    ours.signal("TERM");
    assert!(ours.wait_for_end(LIMIT).0.success());
    let (seen, kernel) = (counted(&report), traced(&trace));
    println!("the library has seen {seen:?}\nthe kernel has seen {kernel:?}");
    let of_kernel = |name: &str| kernel.get(name).copied().unwrap_or(0);
    assert!(seen["clock_adjtime"] > 20 && seen["clock_gettime"] > 100 && seen["recvmsg"] > 100, "{seen:?}");
    for call in
        ["clock_adjtime", "clock_settime", "adjtimex", "settimeofday", "gettimeofday", "time", "timerfd_settime"]
    {
        assert_eq!(of_kernel(call), 0, "{call} goes round the library");
    }
    assert!(of_kernel("clock_gettime") <= 2 * seen["clock_gettime"], "the library reads one clock for another");
    for call in ["socket", "bind", "sendto", "recvmsg", "recvfrom", "poll"] {
        assert_eq!(of_kernel(call), seen[call], "{call}");
    }
    for call in ["ppoll", "epoll_wait", "select", "recvmmsg", "sendmmsg", "sendmsg", "io_uring_enter"] {
        assert_eq!(of_kernel(call), 0, "{call}");
    }
}
