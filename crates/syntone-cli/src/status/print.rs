//! A report as text, as one line and as JSON.

use super::report::Report;
use serde_json::{Value, json};
use std::fmt::Write;
use syntone::wire::Flags;

/// Some lines for people.
pub(super) fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    let ds = &report.default;
    add("clock", format!("{}, domain {}", ds.clock_identity, ds.domain_number));
    for port in &report.ports {
        let stamps = match port.stamping {
            None => "",
            Some(0) => ", software time stamps",
            Some(_) => ", hardware time stamps",
        };
        let interface = port.interface.as_ref().map_or(String::new(), |name| format!("{name} "));
        let number = format!("port {}", port.data.port_identity.port_number);
        add(&number, format!("{interface}{}{stamps}", port.data.port_state.name().unwrap_or("?")));
    }
    add("grandmaster", grandmaster(report));
    if report.following().is_some() {
        let parent = report.parent.parent_port_identity;
        let steps = report.current.steps_removed;
        add("parent", format!("{parent}, {steps} {} away", if steps == 1 { "step" } else { "steps" }));
        add("offset", offset(report));
        add(
            "path delay",
            report.delay_ns().map_or_else(|| "not measured yet".into(), |delay| format!("{delay:.0} ns")),
        );
    }
    if let Some(frequency) = report.frequency_ppb().filter(|_| report.following().is_some()) {
        add("frequency", format!("{frequency:+.1} ppb, {}", servo(report)));
    }
    if !report.path.is_empty() {
        add("path", report.path.join(" → "));
    }
    for fault in report.faults() {
        add("fault", fault);
    }
    for (name, fields) in &report.more {
        let _ = writeln!(text, "{name}");
        write_fields(&mut text, fields, 2);
    }
    text
}

fn write_fields(text: &mut String, fields: &serde_json::Map<String, Value>, depth: usize) {
    for (name, value) in fields {
        match value {
            Value::Object(inner) => {
                let _ = writeln!(text, "{:depth$}{name}", "");
                write_fields(text, inner, depth + 2);
            }
            Value::String(word) => {
                let _ = writeln!(text, "{:depth$}{name:<24} {word}", "");
            }
            other => {
                let _ = writeln!(text, "{:depth$}{name:<24} {other}", "");
            }
        }
    }
}

/// One line of what changes.
pub(super) fn line(report: &Report) -> String {
    let state = report.following().or(report.ports.first()).and_then(|port| port.data.port_state.name()).unwrap_or("?");
    let mut line = format!("{state:<12} ");
    if let Some(ns) = report.offset_ns() {
        let _ = write!(line, "offset {ns:>8.0} ns  ");
    }
    if let Some(ns) = report.delay_ns() {
        let _ = write!(line, "delay {ns:>7.0} ns  ");
    }
    if let Some(ppb) = report.frequency_ppb() {
        let _ = write!(line, "frequency {ppb:>+9.1} ppb  ");
    }
    let _ = write!(line, "grandmaster {}", report.parent.grandmaster_identity);
    for fault in report.faults() {
        let _ = write!(line, "  {fault}");
    }
    line + "\n"
}

/// One object; what is not known is null.
pub(super) fn json(report: &Report) -> Value {
    let (ds, parent) = (&report.default, &report.parent);
    let ports = report.ports.iter().map(|port| {
        json!({
            "portNumber": port.data.port_identity.port_number,
            "interface": port.interface,
            "portState": port.data.port_state.name(),
            "hardwareStamps": port.stamping.map(|stamping| stamping != 0),
        })
    });
    let quality = parent.grandmaster_clock_quality;
    let mut object = json!({
        "clockIdentity": ds.clock_identity.to_string(),
        "domainNumber": ds.domain_number,
        "wellSynchronized": report.is_well(),
        "ports": ports.collect::<Vec<_>>(),
        "grandmasterIdentity": parent.grandmaster_identity.to_string(),
        "grandmasterClockClass": quality.clock_class.0,
        "grandmasterClockAccuracy": quality.clock_accuracy.0,
        "timeTraceable": report.time.map(|time| time.flags.contains(Flags::TIME_TRACEABLE)),
        "parentPortIdentity": parent.parent_port_identity.to_string(),
        "stepsRemoved": report.current.steps_removed,
        "offsetFromMaster_ns": report.offset_ns(),
        "offsetAge_s": report.offset_age.map(|age| age as f64 / 1e9),
        "meanDelay_ns": report.delay_ns(),
        "frequency_ppb": report.frequency_ppb(),
        "servo": report.own.map(|_| servo(report)),
        "path": report.path,
        "faults": report.faults(),
    });
    for (name, fields) in &report.more {
        let list = object.as_object_mut().map(|object| object.entry(*name).or_insert_with(|| json!([])));
        if let Some(Value::Array(list)) = list {
            list.push(Value::Object(fields.clone()));
        }
    }
    object
}

fn grandmaster(report: &Report) -> String {
    let parent = &report.parent;
    let who = if parent.grandmaster_identity == report.default.clock_identity { "this clock, " } else { "" };
    let traceable = match report.time.map(|time| time.flags) {
        Some(flags) if flags.contains(Flags::TIME_TRACEABLE) => ", traceable to UTC",
        Some(flags) if flags.contains(Flags::PTP_TIMESCALE) => ", not traceable",
        Some(_) => ", a timescale of its own",
        None => "",
    };
    format!(
        "{who}{}, clockClass {}{traceable}",
        parent.grandmaster_identity, parent.grandmaster_clock_quality.clock_class.0
    )
}

fn offset(report: &Report) -> String {
    let age = report.offset_age.map_or(String::new(), |age| format!(", {:.1} s ago", age as f64 / 1e9));
    report.offset_ns().map_or_else(|| "not measured yet".into(), |ns| format!("{ns:.0} ns{age}"))
}

fn servo(report: &Report) -> &'static str {
    match report.own.map(|own| own.servo_state) {
        Some(1) => "locked",
        Some(2) => "holdover",
        _ => "not locked",
    }
}
