//! The clock that runs: ordinary or boundary, whatever its number of ports.

use super::clock;
use super::host::Host;
use super::settings::Settings;
use std::os::fd::BorrowedFd;
use syntone::counters::Discard;
use syntone::datasets::CurrentDs;
use syntone::management::Access;
use syntone::port::State;
use syntone::servo::{LockState, PiServo};
use syntone::wire::PortIdentity;
use syntone::{Clock, Event, Runner};
use syntone_hal::{FrequencyOffset, Instant, PortIndex, Stamping, TimestampHal};
use syntone_linux::{Ethernet, LinuxHal, OscillatorError, PtpClock, SoftwareClock, UdpIpv4};

/// Ports that a clock has at the most.
const MOST_PORTS: usize = 8;

/// A clock of any number of ports.
pub(crate) trait Engine {
    /// Does what is due, and says until when there is nothing to do.
    fn turn(&mut self, on_event: &mut dyn FnMut(&Event)) -> Instant;

    /// Waits for the sockets and these others, until that moment, or for a signal.
    fn wait(&mut self, others: &[BorrowedFd<'_>], until: Instant) -> Result<(), String>;

    /// Answers a management message of a program on this machine.
    ///
    /// # Errors
    /// Why it is not answered.
    fn manage(
        &mut self,
        access: Access,
        octets: &[u8],
        host: &mut Host<'_>,
        on_answer: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Discard>;

    /// The monotonic time.
    fn monotonic(&self) -> Instant;

    /// How many Syncs were used.
    fn syncs(&self) -> u32;

    fn current_ds(&self) -> &CurrentDs;

    fn lock_state(&self) -> LockState;

    /// What the clock is set to.
    fn frequency(&self) -> FrequencyOffset;

    fn port_state(&self, port: PortIndex) -> State;

    fn port_identity(&self, port: PortIndex) -> PortIdentity;

    fn is_slave_only(&self) -> bool;

    /// How a port stamps, as linuxptp numbers it: 0 software, 1 hardware, 3 one-step, 4 one-step also for Pdelay_Resp.
    fn stamping(&self, port: PortIndex) -> u8;

    /// The clock device that a port stamps by; `None` for none.
    fn phc_index(&self, port: PortIndex) -> Option<u32>;

    /// Changes one option while the clock runs; `false`: it needs a new start.
    ///
    /// # Errors
    /// A text, where the value cannot be.
    fn change(&mut self, name: &str, settings: &Settings) -> Result<bool, String>;
}

struct Running<const PORTS: usize> {
    clock: Clock<PORTS>,
    hal: LinuxHal,
    runner: Runner<1500>,
}

/// Opens the ports, and makes the clock.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn start(settings: &Settings) -> Result<Box<dyn Engine>, String> {
    match settings.interfaces.len() {
        0 => {
            Err("no interface is named; give one with -i eth0, or as a section [eth0] of the configuration file".into())
        }
        1 => Running::<1>::start(settings),
        2 => Running::<2>::start(settings),
        3 => Running::<3>::start(settings),
        4 => Running::<4>::start(settings),
        5 => Running::<5>::start(settings),
        6 => Running::<6>::start(settings),
        7 => Running::<7>::start(settings),
        8 => Running::<8>::start(settings),
        ports => Err(format!("{ports} interfaces are more than the {MOST_PORTS} ports that a clock has at the most")),
    }
}

/// Everything that can be said without opening a port.
///
/// # Errors
/// A text that names the option.
pub(crate) fn check(settings: &Settings) -> Result<(), String> {
    if settings.interfaces.len() > MOST_PORTS {
        return Err(format!("more interfaces than the {MOST_PORTS} ports that a clock has at the most"));
    }
    clock::Texts::new(settings)?;
    PiServo::new(clock::servo_config(settings)).map_err(|error| {
        format!("{} {} is not allowed; it is {} to {}", error.option, error.value, error.minimum, error.maximum)
    })?;
    let config = clock::clock_config(settings, [2, 0, 0, 0, 0, 1])?;
    for interface in &settings.interfaces {
        let port = clock::port_config(settings, interface);
        // A clock of one port finds what is wrong with any of them.
        let servo = PiServo::new(clock::servo_config(settings)).map_err(|error| error.option)?;
        Clock::<1>::new(&config, &[port], servo).map_err(|error| format!("[{interface}] {error}"))?;
    }
    Ok(())
}

impl<const PORTS: usize> Running<PORTS> {
    fn start(settings: &Settings) -> Result<Box<dyn Engine>, String> {
        let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
        for interface in &settings.interfaces {
            let opened = match settings.text("network_transport", Some(interface)).as_str() {
                "L2" => hal.add_ethernet(&Ethernet::on_interface(interface)),
                _ => hal.add_udp_ipv4(&UdpIpv4::on_interface(interface)),
            };
            opened.map_err(|error| error.to_string())?;
        }
        let address = hal.hardware_address(PortIndex(0)).unwrap_or([2, 0, 0, 0, 0, 1]);
        let config = clock::clock_config(settings, address)?;
        let mut ports = settings.interfaces.iter().map(|interface| clock::port_config(settings, interface));
        let ports = std::array::from_fn(|_| ports.next().unwrap_or_default());
        let servo = PiServo::new(clock::servo_config(settings)).map_err(|error| error.option.to_owned())?;
        let mut clock = Clock::<PORTS>::new(&config, &ports, servo).map_err(|error| error.to_string())?;
        clock.set_description(clock::Texts::new(settings)?.into_description());
        for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
            clock.set_management_access(index, clock::access(settings, interface));
        }
        let mut running = Self { clock, hal, runner: Runner::new() };
        running.fix_roles(settings)?;
        Ok(Box::new(running))
    }

    /// `BMCA noop`: roles are set, not decided.
    fn fix_roles(&mut self, settings: &Settings) -> Result<(), String> {
        let fixed = |interface: &String| settings.text("BMCA", Some(interface)) == "noop";
        let now = self.hal.monotonic();
        if !settings.interfaces.iter().any(fixed) {
            return Ok(());
        }
        if !settings.interfaces.iter().all(fixed) {
            return Err("BMCA noop holds for all ports or for none: set it in [global]".into());
        }
        self.clock.set_external_port_configuration(now, true);
        for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
            let state = if clock::is_master_only(settings, interface) { State::Master } else { State::Slave };
            self.clock.set_desired_state(now, index, state).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl<const PORTS: usize> Engine for Running<PORTS> {
    fn turn(&mut self, on_event: &mut dyn FnMut(&Event)) -> Instant {
        self.runner.turn(&mut self.clock, &mut self.hal, &mut |event| on_event(event)).until
    }

    fn wait(&mut self, others: &[BorrowedFd<'_>], until: Instant) -> Result<(), String> {
        syntone_linux::wait_also(&mut [&mut self.hal], others, until).map_err(|error| error.to_string())
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

    fn monotonic(&self) -> Instant {
        self.hal.monotonic()
    }

    fn syncs(&self) -> u32 {
        self.clock.syncs()
    }

    fn current_ds(&self) -> &CurrentDs {
        self.clock.current_ds()
    }

    fn lock_state(&self) -> LockState {
        self.clock.lock_state()
    }

    fn frequency(&self) -> FrequencyOffset {
        self.hal.clock().frequency()
    }

    fn port_state(&self, port: PortIndex) -> State {
        self.clock.port_ds(port).map_or(State::Initializing, |ds| ds.port_state)
    }

    fn port_identity(&self, port: PortIndex) -> PortIdentity {
        self.clock.port_ds(port).map(|ds| ds.port_identity).unwrap_or_default()
    }

    fn is_slave_only(&self) -> bool {
        self.clock.default_ds().slave_only
    }

    fn stamping(&self, port: PortIndex) -> u8 {
        let capabilities = self.hal.capabilities(port);
        match capabilities.stamping {
            _ if capabilities.one_step_pdelay_resp => 4,
            _ if capabilities.one_step_sync => 3,
            Stamping::Hardware => 1,
            _ => 0,
        }
    }

    fn phc_index(&self, _: PortIndex) -> Option<u32> {
        match self.hal.clock() {
            PtpClock::Phc(phc) => phc.index(),
            _ => None,
        }
    }

    fn change(&mut self, name: &str, settings: &Settings) -> Result<bool, String> {
        let now = self.hal.monotonic();
        let config = clock::clock_config(settings, [2, 0, 0, 0, 0, 1])?;
        match name {
            "priority1" => self.clock.set_priority1(now, config.priority1),
            "priority2" => self.clock.set_priority2(now, config.priority2),
            "domainNumber" => self.clock.set_domain_number(now, config.domain_number),
            "clockClass" | "clockAccuracy" | "offsetScaledLogVariance" => {
                self.clock.set_clock_quality(now, config.clock_quality).map_err(|error| error.to_string())?;
            }
            "utc_offset" | "timeSource" => {
                self.clock.set_time_properties(now, config.time_properties).map_err(|error| error.to_string())?;
            }
            "productDescription" | "revisionData" | "userDescription" | "manufacturerIdentity" => {
                self.clock.set_description(clock::Texts::new(settings)?.into_description());
            }
            _ => return self.change_ports(now, name, settings),
        }
        Ok(true)
    }
}

impl<const PORTS: usize> Running<PORTS> {
    fn change_ports(&mut self, now: Instant, name: &str, settings: &Settings) -> Result<bool, String> {
        for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
            let port = clock::port_config(settings, interface);
            let changed = match name {
                "logAnnounceInterval" => self.clock.set_log_announce_interval(now, index, port.log_announce_interval),
                "logSyncInterval" => self.clock.set_log_sync_interval(now, index, port.log_sync_interval),
                "announceReceiptTimeout" => {
                    self.clock.set_announce_receipt_timeout(index, port.announce_receipt_timeout)
                }
                "logMinPdelayReqInterval" => {
                    self.clock.set_log_min_pdelay_req_interval(now, index, port.log_min_pdelay_req_interval)
                }
                "serverOnly" | "masterOnly" => self.clock.set_master_only(now, index, port.master_only),
                "network_management" => {
                    self.clock.set_management_access(index, clock::access(settings, interface));
                    Ok(())
                }
                _ => return Ok(false),
            };
            changed.map_err(|error| format!("[{interface}] {error}"))?;
        }
        Ok(true)
    }
}
