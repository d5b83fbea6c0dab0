//! What the program is told.

use crate::board::code;
use core::ffi::c_void;
#[cfg(feature = "full")]
use syntone::datasets::{ParentDs, TimePropertiesDs};
use syntone::event::Event;
use syntone::port::State;
use syntone::servo::LockState;
use syntone::wire::PortIdentity;

/// syntone_event.kind: a port changed its state: port, state_before, state.
pub const SYNTONE_EVENT_STATE: u8 = 1;
/// syntone_event.kind: another parent or grandmaster, or other attributes of them: parent, grandmaster, master_before, master;
/// the clock's own when it is grandmaster itself.
pub const SYNTONE_EVENT_PARENT: u8 = 2;
/// syntone_event.kind: locked, no longer locked, or holding over: lock.
pub const SYNTONE_EVENT_LOCK: u8 = 3;
/// syntone_event.kind: the clock was stepped: stepped.
pub const SYNTONE_EVENT_STEPPED: u8 = 4;
/// syntone_event.kind: the HAL reported an error that stops a port: port, error.
pub const SYNTONE_EVENT_FAULT: u8 = 5;
/// syntone_event.kind: several nodes answer the Pdelay_Reqs of a port, which is faulty therefore: port.
pub const SYNTONE_EVENT_SEVERAL_RESPONDERS: u8 = 6;
/// syntone_event.kind: the grandmaster says something else of its time: time_before, time.
pub const SYNTONE_EVENT_TIME_PROPERTIES: u8 = 7;
/// syntone_event.kind: events before this one are lost, as they came faster than they were taken: missed.
pub const SYNTONE_EVENT_MISSED: u8 = 8;
/// syntone_event.kind: something that this version of the interface has no words for.
pub const SYNTONE_EVENT_OTHER: u8 = 255;

/// State of a port, with the numbers of the standard: IEEE 1588-2019 8.2.15.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SyntonePortState {
    /// Starting; neither sends nor uses messages.
    Initializing = 1,
    /// Out of service by a fault.
    Faulty = 2,
    /// Out of service by management.
    Disabled = 3,
    /// Waits for Announce messages.
    Listening = 4,
    /// Will be master soon, and is silent until then.
    PreMaster = 5,
    /// Gives its time to the path.
    Master = 6,
    /// Neither: another is the better master on this path.
    Passive = 7,
    /// Has a master and is not yet synchronised to it.
    Uncalibrated = 8,
    /// Synchronised to the master on this path.
    Slave = 9,
}

/// How well a clock follows its master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SyntoneLock {
    /// Not within the threshold, or not yet for long enough; also a grandmaster.
    Unlocked = 0,
    /// Within the threshold for several Syncs in a row.
    Locked = 1,
    /// It was locked; the master is lost and the frequency is held.
    Holdover = 2,
}

/// A port of a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntonePortIdentity {
    /// clockIdentity, in network order.
    pub clock_identity: [u8; 8],
    /// portNumber, from 1; 0 for the clock as a whole.
    pub port_number: u16,
}

/// A parent and its grandmaster: parentDS, and currentDS.stepsRemoved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneMaster {
    /// parentDS.parentPortIdentity.
    pub parent: SyntonePortIdentity,
    /// parentDS.grandmasterIdentity, in network order.
    pub grandmaster: [u8; 8],
    /// currentDS.stepsRemoved.
    pub steps_removed: u16,
    /// parentDS.grandmasterClockQuality.offsetScaledLogVariance.
    pub offset_scaled_log_variance: u16,
    /// parentDS.grandmasterClockQuality.clockClass.
    pub clock_class: u8,
    /// parentDS.grandmasterClockQuality.clockAccuracy.
    pub clock_accuracy: u8,
    /// parentDS.grandmasterPriority1.
    pub priority1: u8,
    /// parentDS.grandmasterPriority2.
    pub priority2: u8,
}

/// timePropertiesDS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneTimeProperties {
    /// currentUtcOffset in seconds.
    pub current_utc_offset: i16,
    /// SYNTONE_TIME_...
    pub time_flags: u16,
    /// timeSource.
    pub time_source: u8,
}

/// Something that happened. Members that do not belong to the kind are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneEvent {
    /// Nanoseconds that the clock was stepped by.
    pub stepped: i64,
    /// parentDS.parentPortIdentity.
    pub parent: SyntonePortIdentity,
    /// parentDS.grandmasterIdentity, in network order.
    pub grandmaster: [u8; 8],
    /// SYNTONE_HAL_..., negative.
    pub error: i32,
    /// One of SYNTONE_EVENT_...
    pub kind: u8,
    /// The port, from 0.
    pub port: u8,
    /// syntone_port_state before.
    pub state_before: u8,
    /// syntone_port_state now.
    pub state: u8,
    /// syntone_lock.
    pub lock: u8,
    /// How many events are lost.
    pub missed: u16,
    /// What it was before.
    pub master_before: SyntoneMaster,
    /// What it is now.
    pub master: SyntoneMaster,
    /// What it was before.
    pub time_before: SyntoneTimeProperties,
    /// What it is now.
    pub time: SyntoneTimeProperties,
}

/// Is told of events, from within syntone_clock_run_once(); must not call functions of the same clock, throw or longjmp.
/// `event` is valid until it returns.
pub type SyntoneOnEvent = Option<unsafe extern "C" fn(context: *mut c_void, event: *const SyntoneEvent)>;

/// Who is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    on_event: SyntoneOnEvent,
    context: *mut c_void,
    /// How. Only who sets a listener names the code for it, so that a program without one does not link it.
    tell: Option<fn(&Self, &Event)>,
}

impl Listener {
    pub(crate) const NONE: Self = Self { on_event: None, context: core::ptr::null_mut(), tell: None };

    pub(crate) fn new(on_event: SyntoneOnEvent, context: *mut c_void) -> Self {
        Self { on_event, context, tell: Some(Self::tell_c) }
    }

    pub(crate) fn tell(&self, event: &Event) {
        if let Some(tell) = self.tell {
            tell(self, event);
        }
    }

    fn tell_c(&self, event: &Event) {
        if let Some(on_event) = self.on_event {
            let event = SyntoneEvent::new(event);
            // SAFETY: the function came from syntone_clock_on_event, whose caller promises that it keeps to the header;
            // the pointer is to a local.
            unsafe { on_event(self.context, &raw const event) };
        }
    }
}

impl SyntoneEvent {
    fn new(event: &Event) -> Self {
        let none = Self::default();
        match *event {
            Event::State { port, from, to, .. } => {
                Self { kind: SYNTONE_EVENT_STATE, port: port.0, state_before: state(from), state: state(to), ..none }
            }
            #[cfg(not(feature = "full"))]
            Event::Parent { parent, grandmaster, .. } => Self {
                kind: SYNTONE_EVENT_PARENT,
                parent: SyntonePortIdentity::new(parent),
                grandmaster: grandmaster.octets(),
                ..none
            },
            #[cfg(feature = "full")]
            Event::Parent { parent, grandmaster, ref from, ref to, .. } => Self {
                kind: SYNTONE_EVENT_PARENT,
                parent: SyntonePortIdentity::new(parent),
                grandmaster: grandmaster.octets(),
                master_before: SyntoneMaster::new(&from.parent_ds, from.steps_removed),
                master: SyntoneMaster::new(&to.parent_ds, to.steps_removed),
                ..none
            },
            #[cfg(feature = "full")]
            Event::TimeProperties { ref from, ref to } => {
                let (time_before, time) = (SyntoneTimeProperties::new(from), SyntoneTimeProperties::new(to));
                Self { kind: SYNTONE_EVENT_TIME_PROPERTIES, time_before, time, ..none }
            }
            Event::Missed(missed) => Self { kind: SYNTONE_EVENT_MISSED, missed, ..none },
            Event::Lock(to) => Self { kind: SYNTONE_EVENT_LOCK, lock: lock(to), ..none },
            Event::Stepped(stepped) => Self { kind: SYNTONE_EVENT_STEPPED, stepped, ..none },
            Event::Fault { port, kind } => Self { kind: SYNTONE_EVENT_FAULT, port: port.0, error: code(kind), ..none },
            Event::SeveralResponders { port } => Self { kind: SYNTONE_EVENT_SEVERAL_RESPONDERS, port: port.0, ..none },
            _ => Self { kind: SYNTONE_EVENT_OTHER, ..none },
        }
    }
}

#[cfg(feature = "full")]
impl SyntoneMaster {
    pub(crate) fn new(parent_ds: &ParentDs, steps_removed: u16) -> Self {
        let quality = parent_ds.grandmaster_clock_quality;
        Self {
            parent: SyntonePortIdentity::new(parent_ds.parent_port_identity),
            grandmaster: parent_ds.grandmaster_identity.octets(),
            steps_removed,
            offset_scaled_log_variance: quality.offset_scaled_log_variance,
            clock_class: quality.clock_class.0,
            clock_accuracy: quality.clock_accuracy.0,
            priority1: parent_ds.grandmaster_priority1,
            priority2: parent_ds.grandmaster_priority2,
        }
    }
}

#[cfg(feature = "full")]
impl SyntoneTimeProperties {
    const fn new(time: &TimePropertiesDs) -> Self {
        let (current_utc_offset, time_flags) = (time.current_utc_offset, time.flags().bits());
        Self { current_utc_offset, time_flags, time_source: time.time_source.0 }
    }
}

impl SyntonePortIdentity {
    pub(crate) fn new(identity: PortIdentity) -> Self {
        Self { clock_identity: identity.clock_identity.octets(), port_number: identity.port_number }
    }

    #[cfg(feature = "full")]
    pub(crate) const fn checked(&self) -> PortIdentity {
        PortIdentity {
            clock_identity: syntone::wire::ClockIdentity::from_octets(self.clock_identity),
            port_number: self.port_number,
        }
    }
}

#[expect(clippy::as_conversions, reason = "the number of a repr(u8) enum")]
pub(crate) const fn state(state: State) -> u8 {
    let state = match state {
        State::Initializing => SyntonePortState::Initializing,
        State::Faulty => SyntonePortState::Faulty,
        State::Disabled => SyntonePortState::Disabled,
        State::Listening => SyntonePortState::Listening,
        State::PreMaster => SyntonePortState::PreMaster,
        State::Master => SyntonePortState::Master,
        State::Passive => SyntonePortState::Passive,
        State::Uncalibrated => SyntonePortState::Uncalibrated,
        State::Slave => SyntonePortState::Slave,
    };
    state as u8
}

#[expect(clippy::as_conversions, reason = "the number of a repr(u8) enum")]
pub(crate) const fn lock(lock: LockState) -> u8 {
    let lock = match lock {
        LockState::Unlocked => SyntoneLock::Unlocked,
        LockState::Locked => SyntoneLock::Locked,
        LockState::Holdover => SyntoneLock::Holdover,
    };
    lock as u8
}
