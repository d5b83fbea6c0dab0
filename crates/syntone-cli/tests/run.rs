//! `syntone run` where it opens nothing: what it takes, and how it refuses.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

fn run(options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_syntone")).arg("run").args(options).output().expect("it starts")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// A configuration file of this test alone, that is removed when it ends.
struct Configuration(PathBuf);

impl Configuration {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("syntone-run-{}-{name}", std::process::id()));
        fs::write(&path, text).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a plain name")
    }
}

impl Drop for Configuration {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn wrong_use_is_answered_with_option_value_and_what_is_allowed() {
    let cases: [(&[&str], i32, &str); 14] = [
        (&["--bogus"], 2, "unexpected argument '--bogus'"),
        (&["-i", "eth0", "--priority1", "300"], 2, "--priority1 \"300\" is not allowed; it is 0 to 255"),
        (&["-i", "eth0", "--clock_servo", "linreg"], 2, "--clock_servo \"linreg\" is not supported: the servo is PI"),
        (&["-i", "lo", "-H"], 1, "interface lo has no hardware time stamps: it has no PTP hardware clock"),
        (&["-i", "lo", "-H", "--clock", "system"], 2, "leave clock at auto"),
        (&["-i", "lo", "-S", "--twoStepFlag", "0"], 1, "one step needs time stamps of the hardware: set twoStepFlag 1"),
        (&["-i", "eth0", "-i", "eth1", "--clock_type", "P2P_TC"], 2, "clock_type P2P_TC needs delay_mechanism P2P"),
        (&["-i", "eth0", "--clock_type", "E2E_TC"], 2, "a transparent clock has at least two interfaces"),
        (
            &["-i", "eth0", "--ptp_dst_ipv4", "10.0.0.1"],
            2,
            "ptp_dst_ipv4 \"10.0.0.1\" is not allowed; it is a multicast",
        ),
        (&["-i", "eth0", "-i", "eth1", "-s"], 2, "clientOnly 1 is for a clock with one interface"),
        (&["-i", "eth0", "--productDescription", "x"], 2, "it has at most 64 octets and 2 semicolons"),
        (&["-f", "/nonexistent/x.conf"], 2, "cannot read /nonexistent/x.conf: No such file"),
        (&[], 1, "no interface is named; give one with -i eth0"),
        (&["-i", "nonexistent0"], 1, "there is no interface \"nonexistent0\"; this machine has: "),
    ];
    for (options, code, message) in cases {
        let output = run(options);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{options:?}: {errors}");
        assert!(errors.starts_with("error: ") && errors.contains(message), "{options:?}: {errors}");
    }
}

#[test]
fn each_mistake_of_a_file_is_told_with_its_line() {
    let file = Configuration::new("wrong.conf", "priority1 1\n[global]\npriority1 = 3\n");
    let errors = text(&run(&["-f", file.path(), "--check"]).stderr);
    let expected = [
        format!("error: {}:1: an option stands below a section; begin with [global]", file.path()),
        format!("error: {}:3: in [global] and in the section of an interface it is: priority1 3", file.path()),
    ];
    assert_eq!(errors.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn check_says_what_is_in_effect_and_where_it_comes_from() {
    let file = Configuration::new(
        "right.conf",
        "[global]\npriority1 10\ntx_timestamp_timeout 50\n[eth7]\nlogSyncInterval -3\n",
    );
    let output = run(&["-f", file.path(), "--check", "--json", "--priority2", "20"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let is = |place: &serde_json::Value, value: i64, origin: String| {
        assert_eq!((&place["value"], &place["origin"]), (&value.into(), &origin.into()));
    };
    is(&object["global"]["priority1"], 10, format!("{}:2", file.path()));
    is(&object["global"]["priority2"], 20, "command line".into());
    is(&object["global"]["domainNumber"], 0, "default".into());
    is(&object["ports"]["eth7"]["logSyncInterval"], -3, format!("{}:5", file.path()));
    let plain = text(&run(&["-f", file.path(), "--check"]).stdout);
    assert!(plain.contains("no transmit stamp is waited for"), "{plain}");
}
