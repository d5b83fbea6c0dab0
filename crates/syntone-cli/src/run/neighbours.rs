//! Several clocks in one process: what they share, and what they must not.

use super::ports;
use super::settings::Settings;
use syntone_linux::{LinuxHal, PtpClock};

/// Of each clock its domain, and of its ports interface and transport.
#[derive(Debug, Default)]
pub(crate) struct Neighbours(Vec<(u8, Vec<(String, String)>)>);

impl Neighbours {
    pub(crate) fn new<'a>(all: impl Iterator<Item = &'a Settings>) -> Self {
        let ports = |settings: &Settings| {
            let interfaces = settings.interfaces.iter();
            interfaces.map(|name| (name.clone(), settings.text("network_transport", Some(name)))).collect()
        };
        Self(all.map(|settings| (domain(settings), ports(settings))).collect())
    }

    /// There is one clock and no other.
    pub(crate) fn are_none(&self) -> bool {
        self.0.len() < 2
    }

    /// The domains that share the sockets of a transport on an interface, in the order of the clocks; none where one has them alone.
    pub(crate) fn sharing(&self, interface: &str, transport: &str) -> Vec<u8> {
        let is_it = |(name, over): &(String, String)| name == interface && over == transport;
        let on_it = self.0.iter().filter(|(_, ports)| ports.iter().any(is_it));
        let domains: Vec<u8> = on_it.map(|(domain, _)| *domain).collect();
        if domains.len() < 2 { Vec::new() } else { domains }
    }
}

fn domain(settings: &Settings) -> u8 {
    u8::try_from(settings.integer("domainNumber", None)).unwrap_or(u8::MAX)
}

/// What cannot be said of two clocks at once.
///
/// # Errors
/// A text that names the option.
pub(crate) fn check(all: &[Settings]) -> Result<(), String> {
    for (number, one) in all.iter().enumerate() {
        for other in all.iter().skip(number + 1) {
            check_pair(one, other)?;
        }
    }
    Ok(())
}

fn check_pair(one: &Settings, other: &Settings) -> Result<(), String> {
    let common = one.interfaces.iter().find(|name| other.interfaces.contains(name));
    if let Some(interface) = common.filter(|_| domain(one) == domain(other)) {
        let domain = domain(one);
        return Err(format!(
            "domainNumber {domain} is set for two clocks on {interface}; a network has one clock of this host in a domain"
        ));
    }
    for name in ["uds_address", "uds_ro_address", "metrics"] {
        let (here, there) = (one.text(name, None), other.text(name, None));
        if here == there && !here.is_empty() {
            return Err(format!("{name} {here} is set for two clocks; each needs its own"));
        }
    }
    if [one, other].into_iter().any(ports::is_jbod) {
        return Err(
            "boundary_clock_jbod 1 is for one clock alone: the hardware clocks of all its ports are steered".into()
        );
    }
    if one.text("user", None) != other.text("user", None) {
        return Err("user is not the same for all clocks, and they run in one process".into());
    }
    Ok(())
}

/// A clock is steered by one alone.
///
/// # Errors
/// A text that names the clock and the options.
pub(crate) fn check_steered<'a>(all: impl Iterator<Item = (&'a Settings, &'a LinuxHal)>) -> Result<(), String> {
    let mut steered: Vec<(String, u8)> = Vec::new();
    for (settings, hal) in all {
        for clock in steers(settings, hal) {
            if let Some((_, by)) = steered.iter().find(|(other, _)| *other == clock) {
                return Err(format!(
                    "{clock} would be steered in domain {by} and in domain {}: one of them needs free_running 1 or, with time_stamping \
                     software, clock software",
                    domain(settings)
                ));
            }
            steered.push((clock, domain(settings)));
        }
    }
    Ok(())
}

fn steers(settings: &Settings, hal: &LinuxHal) -> Vec<String> {
    let own = match hal.clock() {
        PtpClock::Phc(phc) => Some(phc.path().to_owned()),
        PtpClock::System(_) => Some(SYSTEM.to_owned()),
        PtpClock::Software(_) => None,
    };
    let is_follower = settings.text("system_clock", None) == "follow";
    let own = own.filter(|_| !settings.flag("free_running", None));
    own.into_iter().chain(is_follower.then(|| SYSTEM.to_owned())).collect()
}

const SYSTEM: &str = "the system clock";

#[cfg(test)]
mod tests {
    use super::super::settings::Origin;
    use super::*;

    fn with(interfaces: &[&str], options: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        interfaces.iter().for_each(|name| settings.add_interface(name));
        for (name, value) in options {
            settings.set(name, None, value, Origin::CommandLine).expect("it is taken");
        }
        settings
    }

    #[test]
    fn two_clocks_differ_in_domain_or_interface_and_in_their_sockets() {
        let sockets: [(&str, &str); 2] = [("uds_address", "/run/b"), ("uds_ro_address", "")];
        let first = with(&["eth0"], &[]);
        let second = |interface: &str, more: &[(&str, &str)]| with(&[interface], &[&sockets[..], more].concat());
        let checked = |second| check(&[first.clone(), second]);
        assert_eq!(checked(second("eth0", &[("domainNumber", "24")])), Ok(()));
        assert_eq!(checked(second("eth1", &[])), Ok(()));
        let refused = |second| checked(second).expect_err("it cannot be");
        assert!(refused(second("eth0", &[])).starts_with("domainNumber 0 is set for two clocks on eth0"));
        assert!(refused(with(&["eth1"], &[])).starts_with("uds_address /var/run/ptp4l is set for two clocks"));
        assert!(refused(second("eth1", &[("user", "ptp")])).starts_with("user is not the same"));
    }

    #[test]
    fn sockets_are_shared_by_those_on_the_same_interface_and_transport() {
        let l2 = ("network_transport", "L2");
        let all = [
            with(&["eth0", "eth1"], &[("domainNumber", "7")]),
            with(&["eth0"], &[("domainNumber", "24")]),
            with(&["eth1"], &[("domainNumber", "25"), l2]),
        ];
        let neighbours = Neighbours::new(all.iter());
        assert_eq!(neighbours.sharing("eth0", "UDPv4"), [7, 24]);
        assert_eq!(neighbours.sharing("eth1", "UDPv4"), [0; 0]);
        assert!(Neighbours::new(all.iter().take(1)).are_none() && !neighbours.are_none());
    }
}
