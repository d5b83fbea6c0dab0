//! A transparent clock that runs.

use super::clock;
use super::engine::{Engine, Following};
use super::host::Host;
use super::lent;
use super::ports::{self, Opened};
use super::settings::Settings;
use syntone::clock::transparent::{Input, TransparentConfig, TransparentPortConfig};
use syntone::counters::{Counters, Discard};
use syntone::datasets::{DelayMechanism, ParentDs};
use syntone::management::Access;
use syntone::port::State;
use syntone::runner::TransparentRunner;
use syntone::wire::ClockIdentity;
use syntone::wire::management::PowerProfileSettingsNp;
use syntone::{Event, TransparentClock};
use syntone_hal::{Instant, PortIndex, TimeInterval};
use syntone_linux::{LinuxHal, OneStepMode};

pub(crate) struct Running<const PORTS: usize> {
    clock: TransparentClock<PORTS>,
    hal: LinuxHal,
    runner: TransparentRunner,
    identity: ClockIdentity,
}

/// The configuration, or what is wrong with it.
///
/// # Errors
/// A text that names the option.
pub(crate) fn config(settings: &Settings, hardware_address: [u8; 6]) -> Result<TransparentConfig, String> {
    let peer_to_peer = settings.text("clock_type", None) == "P2P_TC";
    let delay_mechanism = if peer_to_peer { DelayMechanism::PeerToPeer } else { DelayMechanism::EndToEnd };
    if settings.interfaces.len() < 2 {
        return Err("clock_type: a transparent clock has at least two interfaces".into());
    }
    for interface in &settings.interfaces {
        let own = clock::mechanism(settings, interface);
        if own != delay_mechanism {
            let (of, needs) = if peer_to_peer { ("P2P_TC", "P2P") } else { ("E2E_TC", "E2E") };
            return Err(format!("[{interface}] clock_type {of} needs delay_mechanism {needs}"));
        }
    }
    Ok(TransparentConfig {
        delay_mechanism,
        one_step: ports::one_step(settings) != OneStepMode::Off,
        ..TransparentConfig::new(clock::identity(settings, hardware_address)?)
    })
}

impl<const PORTS: usize> Running<PORTS> {
    pub(crate) fn start(settings: &Settings, opened: Opened) -> Result<Box<dyn Engine>, String> {
        let hal = opened.hal;
        let config = config(settings, hal.hardware_address(PortIndex(0)).unwrap_or(clock::NO_ADDRESS))?;
        let mut interfaces = settings.interfaces.iter();
        let ports = std::array::from_fn(|_| interfaces.next().map_or_else(Default::default, |i| port(settings, i)));
        let mut clock = TransparentClock::<PORTS>::new(&config, &ports).map_err(|error| error.to_string())?;
        clock.set_description(clock::Texts::new(settings)?.into_description(&hal));
        for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
            clock.set_management_access(index, clock::access(settings, interface));
        }
        lent::lend_transparent(&mut clock);
        Ok(Box::new(Self { clock, hal, runner: TransparentRunner::new(), identity: config.clock_identity }))
    }
}

fn port(settings: &Settings, interface: &str) -> TransparentPortConfig {
    let of_ordinary = clock::port_config(settings, interface);
    TransparentPortConfig {
        delay_asymmetry: of_ordinary.delay_asymmetry,
        ingress_latency: of_ordinary.ingress_latency,
        egress_latency: of_ordinary.egress_latency,
        blocked: false,
        log_min_pdelay_req_interval: of_ordinary.log_min_pdelay_req_interval,
        domain_number: u8::try_from(settings.integer("domainNumber", None)).unwrap_or(u8::MAX),
    }
}

impl<const PORTS: usize> Engine for Running<PORTS> {
    fn turn(&mut self, _: &mut dyn FnMut(&Event)) -> Instant {
        self.runner.turn(&mut self.clock, &mut self.hal)
    }

    fn manage(
        &mut self,
        access: Access,
        octets: &[u8],
        host: &mut Host<'_>,
        on_answer: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Discard> {
        let now = self.hal.monotonic();
        self.clock.handle_request(now, access, octets, host, &mut [0; 1500], on_answer)
    }

    fn take_relayed(&mut self, each: &mut dyn FnMut(&[u8])) {
        self.clock.relayed_answers().for_each(each);
        self.clock.forget_relayed_answers();
    }

    fn hal(&self) -> &LinuxHal {
        &self.hal
    }

    fn hal_mut(&mut self) -> &mut LinuxHal {
        &mut self.hal
    }

    fn following(&self) -> Option<Following> {
        None
    }

    fn port_state(&self, _: PortIndex) -> State {
        State::Initializing
    }

    fn parent_ds(&self) -> Option<&ParentDs> {
        None
    }

    fn counters(&self, port: PortIndex) -> Option<&Counters> {
        self.clock.counters(port)
    }

    fn link_is_up(&self, port: PortIndex) -> bool {
        self.clock.link_is_up(port)
    }

    fn mean_link_delay(&self, port: PortIndex) -> Option<TimeInterval> {
        self.clock.mean_link_delay(port)
    }

    fn stepped_by_others(&mut self, _: i64) {
        let now = self.hal.monotonic();
        self.clock.handle(now, Input::Stepped);
    }

    fn clock_was_replaced(&mut self, _: &Settings) -> Result<(), String> {
        self.stepped_by_others(0);
        Ok(())
    }

    fn identity(&self) -> ClockIdentity {
        self.identity
    }

    fn is_slave_only(&self) -> bool {
        false
    }

    fn power_profile(&self) -> Option<PowerProfileSettingsNp> {
        None
    }

    fn set_power_profile(&mut self, _: PowerProfileSettingsNp) {}

    fn ask_for_intervals(&mut self, _: bool, _: &Settings) -> bool {
        false
    }

    fn change(&mut self, name: &str, settings: &Settings) -> Result<bool, String> {
        match name {
            "network_management" => {
                for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
                    self.clock.set_management_access(index, clock::access(settings, interface));
                }
            }
            "productDescription" | "revisionData" | "manufacturerIdentity" | "profileIdentity" => {
                self.clock.set_description(clock::Texts::new(settings)?.into_description(&self.hal));
            }
            "userDescription" => {
                self.clock.set_description(clock::Texts::new(settings)?.into_description(&self.hal));
                lent::rename(self, &settings.text(name, None));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
