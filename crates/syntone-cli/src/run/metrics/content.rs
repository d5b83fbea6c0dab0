//! What the metrics tell, and under which names.

use super::Tally;
use super::encode::{Kind, Text, seconds};
use crate::demo::{lock_name, scaled_ppb, state_name};
use crate::run::engine::Engine;
use crate::run::settings::Settings;
use std::fs;
use syntone::counters::{Counters, Discard};
use syntone::port::State;
use syntone::servo::LockState;
use syntone::wire::MessageType;
use syntone_hal::{Instant, PortIndex, Stamping, TimeInterval};

const STATES: [State; 9] = [
    State::Initializing,
    State::Faulty,
    State::Disabled,
    State::Listening,
    State::PreMaster,
    State::Master,
    State::Passive,
    State::Uncalibrated,
    State::Slave,
];
const LOCK_STATES: [LockState; 3] = [LockState::Unlocked, LockState::Locked, LockState::Holdover];

/// A port as its labels name it.
struct Port<'a> {
    index: PortIndex,
    number: String,
    interface: &'a str,
}

/// All metrics at this time.
pub(super) fn tell(engine: &dyn Engine, settings: &Settings, tally: &Tally, now: Instant) -> String {
    let interfaces = (0..).map(PortIndex).zip(&settings.interfaces);
    let ports: Vec<Port<'_>> =
        interfaces.map(|(index, interface)| Port { index, number: index.number().to_string(), interface }).collect();
    let mut text = Text::default();
    tell_identity(&mut text, engine, settings);
    tell_following(&mut text, engine, tally, now);
    tell_changes(&mut text, engine, tally);
    if engine.following().is_some() {
        tell_states(&mut text, engine, &ports);
    }
    tell_links(&mut text, engine, tally, &ports);
    tell_counters(&mut text, engine, &ports);
    tell_stamps(&mut text, engine, &ports);
    tell_process(&mut text);
    text.finish()
}

fn tell_identity(text: &mut Text, engine: &dyn Engine, settings: &Settings) {
    let mut build = text.family("syntone_build", Kind::Info, "The program that runs.");
    build.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    let (clock_identity, domain) = (engine.identity().to_string(), settings.integer("domainNumber", None).to_string());
    let stamping = match engine.hal().clock().stamping() {
        Stamping::Hardware => "hardware",
        _ => "software",
    };
    let mut clock =
        text.family("syntone_clock", Kind::Info, "The clock: its identity, its domain and its time stamps.");
    clock.sample(&[("clock_identity", &clock_identity), ("domain", &domain), ("stamping", stamping)], 1);
    let Some(parent) = engine.parent_ds() else { return };
    let quality = parent.grandmaster_clock_quality;
    let labels: [(&str, &str); 7] = [
        ("grandmaster_identity", &parent.grandmaster_identity.to_string()),
        ("parent_port_identity", &parent.parent_port_identity.to_string()),
        ("clock_class", &quality.clock_class.0.to_string()),
        ("clock_accuracy", &format!("0x{:02x}", quality.clock_accuracy.0)),
        ("offset_scaled_log_variance", &format!("0x{:04x}", quality.offset_scaled_log_variance)),
        ("priority1", &parent.grandmaster_priority1.to_string()),
        ("priority2", &parent.grandmaster_priority2.to_string()),
    ];
    text.family("syntone_parent", Kind::Info, "parentDS: who is followed, and the grandmaster.").sample(&labels, 1);
}

fn tell_following(text: &mut Text, engine: &dyn Engine, tally: &Tally, now: Instant) {
    let Some(following) = engine.following() else { return };
    let gauge = |text: &mut Text, name, help, value: f64| text.family(name, Kind::Gauge, help).sample(&[], value);
    if let Some(offset) = tally.offset {
        gauge(text, "syntone_offset_seconds", "This clock less its master, as last measured.", interval(offset));
        let delay = interval(following.current_ds.mean_delay);
        gauge(text, "syntone_mean_delay_seconds", "Mean delay of the path to the master.", delay);
    }
    let steps = f64::from(following.current_ds.steps_removed);
    gauge(text, "syntone_steps_removed", "Paths between this clock and its grandmaster.", steps);
    let mut offsets = text.family(
        "syntone_offset_magnitude_seconds",
        Kind::Histogram,
        "Offsets from the master, without their sign, one for each Sync that was used.",
    );
    offsets.histogram(&[], &tally.offsets);
    let frequency = scaled_ppb(engine.hal().clock().frequency());
    gauge(text, "syntone_frequency_ppb", "How much faster the clock is made to run than its oscillator.", frequency);
    text.family("syntone_syncs", Kind::Counter, "Syncs that were used.").sample(&[], following.syncs);
    if let Some(last) = tally.last_sync {
        let age = seconds(now.nanos_since(last));
        gauge(text, "syntone_last_sync_age_seconds", "Time since the last Sync that was used.", age);
    }
    let mut lock = text.family("syntone_servo_state", Kind::Gauge, "1 for the state that the servo is in.");
    for state in LOCK_STATES {
        lock.sample(&[("state", lock_name(state))], u8::from(state == following.lock));
    }
}

fn tell_changes(text: &mut Text, engine: &dyn Engine, tally: &Tally) {
    let mut count = |name, help, value| text.family(name, Kind::Counter, help).sample(&[], value);
    if engine.following().is_some() {
        count("syntone_grandmaster_changes", "How often another grandmaster was chosen.", tally.grandmaster_changes);
        count("syntone_steps", "How often the clock was stepped to its master's time.", tally.steps);
    }
    count("syntone_foreign_steps", "How often another program stepped the clock.", tally.foreign_steps);
}

fn tell_states(text: &mut Text, engine: &dyn Engine, ports: &[Port<'_>]) {
    let mut family = text.family("syntone_port_state", Kind::Gauge, "1 for the state that the port is in.");
    for port in ports {
        let is = engine.port_state(port.index);
        for state in STATES {
            family.sample(&port.labels_and("state", state_name(state)), u8::from(state == is));
        }
    }
}

fn tell_links(text: &mut Text, engine: &dyn Engine, tally: &Tally, ports: &[Port<'_>]) {
    let mut up = text.family("syntone_port_link_up", Kind::Gauge, "1 while the port has a link.");
    for port in ports {
        up.sample(&port.labels(), u8::from(engine.link_is_up(port.index)));
    }
    let mut faults = text.family("syntone_port_faults", Kind::Counter, "Faults of the port: no link, or an error.");
    for port in ports {
        faults.sample(&port.labels(), tally.faults.get(port.index.get()).copied().unwrap_or(0));
    }
    let delays = ports.iter().filter_map(|port| Some((port, engine.mean_link_delay(port.index)?)));
    let delays: Vec<_> = delays.collect();
    if !delays.is_empty() {
        let help = "portDS.meanLinkDelay, where the delay is measured peer to peer.";
        let mut family = text.family("syntone_port_mean_link_delay_seconds", Kind::Gauge, help);
        for (port, delay) in delays {
            family.sample(&port.labels(), interval(delay));
        }
    }
}

/// These wrap after 2³², which is taken for a new start by whoever reads counters.
fn tell_counters(text: &mut Text, engine: &dyn Engine, ports: &[Port<'_>]) {
    let counters: Vec<_> = ports.iter().filter_map(|port| Some((port, engine.counters(port.index)?))).collect();
    let of_types = |text: &mut Text, name, help, count: fn(&Counters, MessageType) -> u32| {
        let mut family = text.family(name, Kind::Counter, help);
        for (port, counters) in &counters {
            for message_type in MessageType::ALL {
                let labels = port.labels_and("type", message_type.name().unwrap_or("reserved"));
                family.sample(&labels, count(counters, message_type));
            }
        }
    };
    of_types(text, "syntone_port_messages_received", "Messages received and accepted.", Counters::received);
    of_types(text, "syntone_port_messages_sent", "Messages sent.", Counters::sent);
    let help = "What was not used, by reason; egress_stamp_lost: transmit stamps that did not come.";
    let mut family = text.family("syntone_port_discards", Kind::Counter, help);
    for (port, counters) in &counters {
        for reason in Discard::ALL {
            family.sample(&port.labels_and("reason", reason.name()), counters.discarded(reason));
        }
    }
}

fn tell_stamps(text: &mut Text, engine: &dyn Engine, ports: &[Port<'_>]) {
    let help = "From the sending of an event message until its transmit stamp was read.";
    let mut family = text.family("syntone_port_transmit_stamp_latency_seconds", Kind::Histogram, help);
    for port in ports {
        if let Some(latencies) = engine.hal().transmit_stamp_latencies(port.index) {
            family.histogram(&port.labels(), latencies);
        }
    }
}

/// What the kernel counts of this process; what it does not tell is left out.
fn tell_process(text: &mut Text) {
    let schedule = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    if let Some(nanoseconds) = schedule.split_whitespace().next().and_then(|first| first.parse().ok()) {
        let mut time = text.family("syntone_process_cpu_seconds", Kind::Counter, "Processor time used.");
        time.sample(&[], seconds(nanoseconds));
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    if let Some(kibioctets) = resident.and_then(|number| number.trim().parse::<u64>().ok()) {
        let mut memory = text.family("syntone_process_resident_memory_bytes", Kind::Gauge, "Memory in use.");
        memory.sample(&[], kibioctets * 1024);
    }
}

impl Port<'_> {
    fn labels(&self) -> [(&str, &str); 2] {
        [("port", &self.number), ("interface", self.interface)]
    }

    fn labels_and<'a>(&'a self, name: &'a str, value: &'a str) -> [(&'a str, &'a str); 3] {
        let [port, interface] = self.labels();
        [port, interface, (name, value)]
    }
}

/// In seconds.
fn interval(interval: TimeInterval) -> f64 {
    interval.scaled() as f64 / 65_536.0 / 1e9
}
