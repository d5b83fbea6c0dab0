//! The options of `syntone demo`.

use clap::error::ErrorKind;
use clap::{Args as ClapArgs, CommandFactory, value_parser};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use syntone::datasets::DelayMechanism;

/// How long a run is when nobody says otherwise.
const DEFAULT_DURATION: Duration = Duration::from_secs(20);

const EXAMPLES: &str = "\
Examples:
  syntone demo                              a grandmaster and a slave on this machine, live
  syntone demo --plot lock.svg              the same, and a picture of it
  syntone demo --json --duration 30         only the figures, as one JSON object
  syntone demo --interface eth0             a slave of whatever master is on eth0
  syntone demo --interface eth0 --master    serve time on eth0, until Ctrl-C
  syntone demo --interface eth0 --transport l2 --domain 24
  syntone demo --interface eth0 --delay-mechanism p2p

Without --interface no privilege is needed. With it, UDP needs cap_net_bind_service (for ports 319 and 320)
and Ethernet frames need cap_net_raw; root has both. Only software clocks of the demo are steered, never the
time of this machine.

Exit status: 0 locked at the end (or serving, with --master), 1 not locked or not possible, 2 wrong usage.";

/// Show a real lock: a grandmaster and a slave on this machine, or a slave on a network
#[derive(Clone, Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// End after this many seconds [default: 20; with --master: never]
    #[arg(long, value_name = "SECONDS", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Print nothing but the summary, as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw the run as an SVG picture
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,

    /// Take part in PTP on this network interface instead of running both ends here
    #[arg(long, value_name = "IF", help_heading = "On a real network")]
    pub(crate) interface: Option<String>,
    /// Be a master there, unless a better one is heard
    #[arg(long, help_heading = "On a real network")]
    pub(crate) master: bool,
    /// udp4: UDP over IPv4, ports 319 and 320; l2: Ethernet frames of type 0x88F7
    #[arg(long, default_value = "udp4", value_name = "udp4|l2", help_heading = "On a real network")]
    pub(crate) transport: Transport,
    /// What management messages from there may do: nothing, read, or read and write
    #[arg(
        long,
        default_value = "none",
        value_enum,
        value_name = "none|read|write",
        help_heading = "On a real network"
    )]
    pub(crate) management: Management,

    /// domainNumber: clocks of other domains are not heard
    #[arg(long, default_value_t = 0, value_name = "0-255", help_heading = "Protocol")]
    pub(crate) domain: u8,
    /// priority1 of a master: the lowest wins
    #[arg(long, default_value_t = 128, value_name = "0-255", help_heading = "Protocol")]
    pub(crate) priority1: u8,
    /// priority2 of a master: decides between clocks that are equal otherwise
    #[arg(long, default_value_t = 128, value_name = "0-255", help_heading = "Protocol")]
    pub(crate) priority2: u8,
    /// log2 of the seconds between two Syncs [default: -3; with --interface: 0]
    #[arg(long, value_name = "-7..7", allow_negative_numbers = true, value_parser = value_parser!(i8).range(-7..=7), help_heading = "Protocol")]
    pub(crate) log_sync_interval: Option<i8>,
    /// log2 of the seconds between two Announces [default: -2; with --interface: 1]
    #[arg(long, value_name = "-7..7", allow_negative_numbers = true, value_parser = value_parser!(i8).range(-7..=7), help_heading = "Protocol")]
    pub(crate) log_announce_interval: Option<i8>,
    /// How the path delay is measured. e2e: to the master; p2p: on the link, which must lead to one neighbour; none
    #[arg(long, default_value = "e2e", value_name = "e2e|p2p|none", value_parser = parse_mechanism, help_heading = "Protocol")]
    pub(crate) delay_mechanism: DelayMechanism,
    /// Ask the master alone for the path delay, instead of the whole group: the hybrid mode
    #[arg(long, help_heading = "Protocol")]
    pub(crate) hybrid: bool,
    /// log2 of the least seconds between two Delay_Reqs or Pdelay_Reqs [default: -3; with --interface: 0]
    #[arg(long, value_name = "-7..7", allow_negative_numbers = true, value_parser = value_parser!(i8).range(-7..=7), help_heading = "Protocol")]
    pub(crate) log_min_delay_req_interval: Option<i8>,
    /// Announce intervals without Announce until a master is given up [default: 6; with --interface: 3]
    #[arg(long, value_name = "2-255", value_parser = value_parser!(u8).range(2..), help_heading = "Protocol")]
    pub(crate) announce_receipt_timeout: Option<u8>,

    /// How many milliseconds ahead the slave's clock starts [default: 250; with --interface: 0]
    #[arg(long, value_name = "MS", allow_negative_numbers = true, help_heading = "The slave's software clock")]
    pub(crate) start_offset: Option<f64>,
    /// How many ppm too fast its oscillator is, up to 500 [default: 37; with --interface: 0]
    #[arg(long, value_name = "PPM", allow_negative_numbers = true, help_heading = "The slave's software clock")]
    pub(crate) start_frequency: Option<f64>,
}

/// What management messages may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Management {
    None,
    Read,
    Write,
}

/// What carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp4,
    L2,
    /// Ethernet frames in UDP datagrams on loopback: the cable of a board in QEMU. For tests of the firmware.
    Qemu {
        local_port: u16,
        remote_port: u16,
    },
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "udp4" => return Ok(Self::Udp4),
            "l2" => return Ok(Self::L2),
            _ => {}
        }
        let ports = text.strip_prefix("qemu:").and_then(|ports| ports.split_once(':'));
        match ports.map(|(local, remote)| (local.parse(), remote.parse())) {
            Some((Ok(local_port), Ok(remote_port))) => Ok(Self::Qemu { local_port, remote_port }),
            _ => Err("it is udp4 or l2".into()),
        }
    }
}

impl Args {
    /// Whether both ends run here.
    pub(crate) fn is_loopback(&self) -> bool {
        self.interface.is_none() && !matches!(self.transport, Transport::Qemu { .. })
    }

    /// How long to run; `None`: until a signal.
    pub(crate) fn duration(&self) -> Option<Duration> {
        self.duration.or((!self.master).then_some(DEFAULT_DURATION))
    }

    /// Ends the program with a message if the options do not go together.
    pub(crate) fn check(&self) {
        let conflict = if self.master && self.is_loopback() {
            "--master needs --interface: without an interface the demo runs a master and a slave itself"
        } else if self.transport == Transport::L2 && self.interface.is_none() {
            "--transport l2 needs --interface: Ethernet frames do not go over loopback; try --interface eth0"
        } else if self.management != Management::None && self.is_loopback() {
            "--management needs --interface: nobody but the demo itself is on loopback"
        } else if self.start_frequency.is_some_and(|ppm| !(-500.0..=500.0).contains(&ppm)) {
            "--start-frequency is beyond ±500 ppm: no servo would make it up; ordinary oscillators are within ±100"
        } else if self.start_offset.is_some_and(|ms| !(-1e12..=1e12).contains(&ms)) {
            "--start-offset is beyond ±10¹² ms (31 years)"
        } else {
            return;
        };
        let mut program = crate::Cli::command();
        // The command then knows what it is called.
        program.build();
        let error = match program.find_subcommand_mut("demo") {
            Some(demo) => demo.error(ErrorKind::ArgumentConflict, conflict),
            None => program.error(ErrorKind::ArgumentConflict, conflict),
        };
        error.exit();
    }
}

fn parse_mechanism(text: &str) -> Result<DelayMechanism, String> {
    match text {
        "e2e" => Ok(DelayMechanism::EndToEnd),
        "p2p" => Ok(DelayMechanism::PeerToPeer),
        "none" => Ok(DelayMechanism::NoMechanism),
        _ => Err("it is e2e, p2p or none".into()),
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is a number of seconds, such as 20 or 7.5".to_owned())?;
    if !(1.0..=1e9).contains(&seconds) {
        return Err("it is at least 1 second, and a lock takes about 3; leave it out for 20".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_with_a_least_value() {
        assert_eq!(parse_duration("7.5"), Ok(Duration::from_millis(7500)));
        for text in ["0", "-1", "0.5", "inf", "nan", "20s", ""] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn delay_mechanisms_have_names() {
        let mechanisms = [DelayMechanism::EndToEnd, DelayMechanism::PeerToPeer, DelayMechanism::NoMechanism];
        assert_eq!(["e2e", "p2p", "none"].map(parse_mechanism), mechanisms.map(Ok));
        assert!(parse_mechanism("E2E").is_err());
    }

    #[test]
    fn transports_have_names() {
        assert_eq!("udp4".parse(), Ok(Transport::Udp4));
        assert_eq!("l2".parse(), Ok(Transport::L2));
        assert_eq!("qemu:5700:5701".parse(), Ok(Transport::Qemu { local_port: 5700, remote_port: 5701 }));
        for text in ["udp6", "qemu", "qemu:1", "qemu:1:70000"] {
            assert!(text.parse::<Transport>().is_err(), "{text}");
        }
    }
}
