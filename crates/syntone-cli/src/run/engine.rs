//! The clock that runs: ordinary, boundary or transparent, whatever its number of ports.

use super::changes;
use super::clock;
use super::holdover;
use super::host::Host;
use super::intervals;
use super::lent;
use super::metrics;
use super::neighbours::Neighbours;
use super::ports::{self, Opened};
use super::power;
use super::saved::SavedFrequency;
use super::servo::DaemonServo;
use super::settings::Settings;
use super::transparent;
use syntone::clock::Input;
use syntone::counters::{Counters, Discard};
use syntone::datasets::{CurrentDs, ParentDs, TimePropertiesDs};
use syntone::management::Access;
use syntone::port::State;
use syntone::servo::{LockState, Servo};
use syntone::wire::ClockIdentity;
use syntone::wire::management::PowerProfileSettingsNp;
use syntone::{Clock, Event, Runner};
use syntone_hal::{FrequencyOffset, Instant, PortIndex, TimeInterval};
use syntone_linux::{LinuxHal, PtpClock};

/// Ports that a clock has at the most.
const MOST_PORTS: usize = 8;

/// A clock of any number of ports.
pub(crate) trait Engine {
    /// Does what is due, and says until when there is nothing to do.
    fn turn(&mut self, on_event: &mut dyn FnMut(&Event)) -> Instant;

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

    /// Hands over the answers of other clocks to requests that went on to them.
    fn take_relayed(&mut self, each: &mut dyn FnMut(&[u8]));

    /// Its sockets, and the clock on which they stamp.
    fn hal(&self) -> &LinuxHal;

    fn hal_mut(&mut self) -> &mut LinuxHal;

    /// How it follows a master; `None` for a transparent clock, which follows nobody.
    fn following(&self) -> Option<Following>;

    fn port_state(&self, port: PortIndex) -> State;

    /// `None` for a transparent clock.
    fn parent_ds(&self) -> Option<&ParentDs>;

    fn counters(&self, port: PortIndex) -> Option<&Counters>;

    fn link_is_up(&self, port: PortIndex) -> bool;

    /// `None` where it is not measured.
    fn mean_link_delay(&self, port: PortIndex) -> Option<TimeInterval>;

    /// Another program has stepped the clock.
    fn stepped_by_others(&mut self, nanoseconds: i64);

    /// A hardware clock has taken the place of the one that was steered: nothing is known of its oscillator.
    ///
    /// # Errors
    /// A text that names the option.
    fn clock_was_replaced(&mut self, settings: &Settings) -> Result<(), String>;

    fn identity(&self) -> ClockIdentity;

    fn is_slave_only(&self) -> bool;

    /// What its Announces tell for a power profile; `None` for a transparent clock, which sends none.
    fn power_profile(&self) -> Option<PowerProfileSettingsNp>;

    /// Tells that with its Announces from now on.
    fn set_power_profile(&mut self, wanted: PowerProfileSettingsNp);

    /// A slave asks its master for the message intervals of a stable clock, or for those of before; `false`: no option says so.
    fn ask_for_intervals(&mut self, is_stable: bool, settings: &Settings) -> bool;

    /// Changes one option while the clock runs; `false`: it needs a new start.
    ///
    /// # Errors
    /// A text, where the value cannot be.
    fn change(&mut self, name: &str, settings: &Settings) -> Result<bool, String>;
}

/// How an ordinary or boundary clock follows its master.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Following {
    /// How many Syncs were used.
    pub(crate) syncs: u32,
    pub(crate) current_ds: CurrentDs,
    pub(crate) time_properties_ds: TimePropertiesDs,
    pub(crate) lock: LockState,
    /// The frequency that keeps pace with the master; `None` while the servo does not know it.
    pub(crate) frequency: Option<FrequencyOffset>,
    /// It is the grandmaster itself.
    pub(crate) is_grandmaster: bool,
}

/// An ordinary or boundary clock that runs.
pub(super) struct Running<const PORTS: usize> {
    pub(super) clock: Clock<PORTS, DaemonServo>,
    pub(super) hal: LinuxHal,
    runner: Runner<1500>,
    power_profile: PowerProfileSettingsNp,
}

/// Opens the ports, and makes the clock; then tells what the user should know of it.
///
/// # Errors
/// A text with cause and cure.
pub(crate) fn start(
    settings: &Settings,
    saved: &mut SavedFrequency,
    neighbours: &Neighbours,
) -> Result<(Box<dyn Engine>, Vec<String>), String> {
    if settings.interfaces.is_empty() {
        return Err(
            "no interface is named; give one with -i eth0, or as a section [eth0] of the configuration file".into()
        );
    }
    let mut opened = ports::open(settings, neighbours)?;
    let warnings = std::mem::take(&mut opened.warnings);
    let engine = match (is_transparent(settings), settings.interfaces.len()) {
        (false, 1) => Running::<1>::start(settings, opened, saved),
        (false, 2) => Running::<2>::start(settings, opened, saved),
        (false, 3) => Running::<3>::start(settings, opened, saved),
        (false, 4) => Running::<4>::start(settings, opened, saved),
        (false, 5) => Running::<5>::start(settings, opened, saved),
        (false, 6) => Running::<6>::start(settings, opened, saved),
        (false, 7) => Running::<7>::start(settings, opened, saved),
        (false, 8) => Running::<8>::start(settings, opened, saved),
        (true, 2) => transparent::Running::<2>::start(settings, opened),
        (true, 3) => transparent::Running::<3>::start(settings, opened),
        (true, 4) => transparent::Running::<4>::start(settings, opened),
        (true, 5) => transparent::Running::<5>::start(settings, opened),
        (true, 6) => transparent::Running::<6>::start(settings, opened),
        (true, 7) => transparent::Running::<7>::start(settings, opened),
        (true, 8) => transparent::Running::<8>::start(settings, opened),
        (_, ports) => Err(format!("{ports} interfaces are not a number of ports that this clock can have")),
    };
    Ok((engine?, warnings))
}

fn is_transparent(settings: &Settings) -> bool {
    matches!(settings.text("clock_type", None).as_str(), "E2E_TC" | "P2P_TC")
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
    clock::acceptable_masters(settings)?;
    holdover::settings(settings)?;
    ports::check(settings)?;
    metrics::address(settings)?;
    if is_transparent(settings) && !settings.interfaces.is_empty() {
        return transparent::config(settings, clock::NO_ADDRESS).map(|_| ());
    }
    let config = clock::clock_config(settings, clock::NO_ADDRESS, false)?;
    DaemonServo::new(settings)?;
    for interface in &settings.interfaces {
        let port = clock::port_config(settings, interface);
        // A clock of one port finds what is wrong with any of them.
        Clock::<1, _>::new(&config, &[port], DaemonServo::Free).map_err(|error| format!("[{interface}] {error}"))?;
    }
    Ok(())
}

impl<const PORTS: usize> Running<PORTS> {
    fn start(settings: &Settings, opened: Opened, saved: &mut SavedFrequency) -> Result<Box<dyn Engine>, String> {
        let mut hal = opened.hal;
        let address = hal.hardware_address(PortIndex(0)).unwrap_or(clock::NO_ADDRESS);
        let config = clock::clock_config(settings, address, is_ptp_timescale(hal.clock()))?;
        let mut ports = settings.interfaces.iter().map(|interface| clock::port_config(settings, interface));
        let ports = std::array::from_fn(|_| ports.next().unwrap_or_default());
        let mut servo = DaemonServo::new(settings)?;
        if !settings.flag("free_running", None) {
            servo.start_from(saved.restore(&mut hal, address));
        }
        let mut clock = Clock::<PORTS, _>::new(&config, &ports, servo).map_err(|error| error.to_string())?;
        clock.set_description(clock::Texts::new(settings)?.into_description(&hal));
        for (index, interface) in (0..).map(PortIndex).zip(&settings.interfaces) {
            clock.set_management_access(index, clock::access(settings, interface));
        }
        let is_traced = |interface: &String| settings.flag("path_trace_enabled", Some(interface));
        clock.set_path_trace(settings.interfaces.iter().any(is_traced));
        let now = hal.monotonic();
        lent::lend(&mut clock, now, settings);
        holdover::set(&mut clock, now, settings)?;
        let mut running = Self { clock, hal, runner: Runner::new(), power_profile: power::settings(settings) };
        running.set_power_profile(running.power_profile);
        running.accept_masters(now, settings)?;
        intervals::accept(&mut running, settings);
        running.fix_roles(settings)?;
        Ok(Box::new(running))
    }

    pub(super) fn accept_masters(&mut self, now: Instant, settings: &Settings) -> Result<(), String> {
        let list = clock::acceptable_masters(settings)?;
        self.clock.set_acceptable_masters(now, &list).map_err(|error| error.to_string())?;
        for (index, _) in (0..).map(PortIndex).zip(&settings.interfaces) {
            let set = self.clock.set_acceptable_master_table_enabled(now, index, !list.is_empty());
            set.map_err(|error| error.to_string())?;
        }
        Ok(())
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
        let servo = self.clock.servo();
        let knows = servo.lock_state() != LockState::Unlocked;
        Some(Following {
            syncs: self.clock.syncs(),
            current_ds: *self.clock.current_ds(),
            time_properties_ds: *self.clock.time_properties_ds(),
            lock: self.clock.lock_state(),
            frequency: knows.then(|| servo.frequency()),
            is_grandmaster: self.clock.parent_ds().parent_port_identity.clock_identity
                == self.clock.default_ds().clock_identity,
        })
    }

    fn port_state(&self, port: PortIndex) -> State {
        self.clock.port_ds(port).map_or(State::Initializing, |ds| ds.port_state)
    }

    fn parent_ds(&self) -> Option<&ParentDs> {
        Some(self.clock.parent_ds())
    }

    fn counters(&self, port: PortIndex) -> Option<&Counters> {
        self.clock.counters(port)
    }

    fn link_is_up(&self, port: PortIndex) -> bool {
        self.clock.link_is_up(port)
    }

    fn mean_link_delay(&self, port: PortIndex) -> Option<TimeInterval> {
        self.clock.peer_link(port)?;
        Some(self.clock.port_ds(port)?.mean_link_delay)
    }

    fn stepped_by_others(&mut self, nanoseconds: i64) {
        let now = self.hal.monotonic();
        self.clock.handle(now, Input::Stepped(nanoseconds));
    }

    fn clock_was_replaced(&mut self, settings: &Settings) -> Result<(), String> {
        let mut servo = DaemonServo::new(settings)?;
        servo.start_from(self.hal.clock().frequency());
        *self.clock.servo_mut() = servo;
        // It goes on from the time of the other, but stamps of both do not mix.
        self.stepped_by_others(0);
        Ok(())
    }

    fn identity(&self) -> ClockIdentity {
        self.clock.default_ds().clock_identity
    }

    fn is_slave_only(&self) -> bool {
        self.clock.default_ds().slave_only
    }

    fn power_profile(&self) -> Option<PowerProfileSettingsNp> {
        Some(self.power_profile)
    }

    fn set_power_profile(&mut self, wanted: PowerProfileSettingsNp) {
        power::announce(&mut self.clock, &wanted);
        self.power_profile = wanted;
    }

    fn ask_for_intervals(&mut self, is_stable: bool, settings: &Settings) -> bool {
        intervals::ask(self, is_stable, settings)
    }

    fn change(&mut self, name: &str, settings: &Settings) -> Result<bool, String> {
        changes::change(self, name, settings)
    }
}

/// A PHC is taken to show PTP time, and the system clock's offset to it is known; one that is laid over the kernel's shows UTC.
pub(super) const fn is_ptp_timescale(clock: &PtpClock) -> bool {
    !matches!(clock, PtpClock::Software(_))
}
