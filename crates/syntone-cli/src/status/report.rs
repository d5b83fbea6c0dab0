//! What a daemon tells of its clock, gathered from several answers.

use crate::decode::Told;
use crate::demo::nanos;
use crate::manager::{Answer, Manager};
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};
use syntone::management::Outcome;
use syntone::wire::management::{
    CurrentDataSet, DefaultDataSet, ParentDataSet, PortDataSet, SyntoneStatusNp, TimePropertiesDataSet, TimeStatusNp,
};
use syntone::wire::{ManagementData, ManagementId, PortIdentity};
use syntone_hal::TimeInterval;

/// A port that has a parent (IEEE 1588-2019 8.2.15.3.1).
pub(super) const UNCALIBRATED: u8 = 8;
pub(super) const SLAVE: u8 = 9;
pub(super) const MASTER: u8 = 6;

/// All that was told.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) default: DefaultDataSet,
    pub(super) current: CurrentDataSet,
    pub(super) parent: ParentDataSet,
    pub(super) time: Option<TimePropertiesDataSet>,
    pub(super) ports: Vec<Port>,
    /// Of a daemon of ours alone.
    pub(super) own: Option<SyntoneStatusNp>,
    /// Nanoseconds since the offset was measured, where it can be told.
    pub(super) offset_age: Option<u64>,
    /// Clocks that the time has come through, from the grandmaster on, where that is traced.
    pub(super) path: Vec<String>,
    /// Names and values of what only --full shows.
    pub(super) more: Vec<Section>,
}

/// A name, and what is told under it.
pub(super) type Section = (&'static str, Map<String, Value>);

/// One port.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) data: PortDataSet,
    /// The name of its interface, where it is told.
    pub(super) interface: Option<String>,
    /// 0 software, 1 and above hardware.
    pub(super) stamping: Option<u8>,
    /// Cause and cure, of a daemon of ours.
    pub(super) trouble: String,
}

impl Report {
    /// Asks for everything; `None` if nobody answers.
    ///
    /// # Errors
    /// A text with cause and cure.
    pub(super) fn collect(manager: &mut Manager, full: bool) -> Result<Option<Self>, String> {
        let Some(ManagementData::DefaultDataSet(default)) = first(&manager.get(ManagementId::DEFAULT_DATA_SET)?) else {
            return Ok(None);
        };
        let Some(ManagementData::CurrentDataSet(current)) = first(&manager.get(ManagementId::CURRENT_DATA_SET)?) else {
            return Ok(None);
        };
        let Some(ManagementData::ParentDataSet(parent)) = first(&manager.get(ManagementId::PARENT_DATA_SET)?) else {
            return Ok(None);
        };
        let time = match first(&manager.get(ManagementId::TIME_PROPERTIES_DATA_SET)?) {
            Some(ManagementData::TimePropertiesDataSet(time)) => Some(time),
            _ => None,
        };
        let own = match first(&manager.get(ManagementId::SYNTONE_STATUS_NP)?) {
            Some(ManagementData::SyntoneStatusNp(own)) => Some(own),
            _ => None,
        };
        let ports = ports(manager)?;
        let status = match first(&manager.get(ManagementId::TIME_STATUS_NP)?) {
            Some(ManagementData::TimeStatusNp(status)) => Some(status),
            _ => None,
        };
        let offset_age = match own {
            Some(own) => Some(own.offset_age).filter(|age| *age != u64::MAX),
            None => status.and_then(|status| age_of_linuxptp(&status, &ports)),
        };
        let path = path(&manager.get(ManagementId::PATH_TRACE_LIST)?);
        let more = if full { more(manager)? } else { Vec::new() };
        Ok(Some(Self { default, current, parent, time, ports, own, offset_age, path, more }))
    }

    /// The port that follows a master.
    pub(super) fn following(&self) -> Option<&Port> {
        self.ports.iter().find(|port| [SLAVE, UNCALIBRATED].contains(&port.data.port_state.0))
    }

    pub(super) fn is_grandmaster(&self) -> bool {
        self.parent.parent_port_identity.clock_identity == self.default.clock_identity && self.is_in(MASTER)
    }

    pub(super) fn is_in(&self, state: u8) -> bool {
        self.ports.iter().any(|port| port.data.port_state.0 == state)
    }

    /// Of a clock that has measured one.
    pub(super) fn offset_ns(&self) -> Option<f64> {
        let measured = self.following().is_some() && (self.own.is_none() || self.offset_age.is_some());
        measured.then(|| nanos(self.current.offset_from_master))
    }

    /// Of a clock that follows a master: end to end, or of the link.
    pub(super) fn delay_ns(&self) -> Option<f64> {
        let port = self.following()?;
        let delay = match self.current.mean_path_delay {
            TimeInterval::ZERO => port.data.peer_mean_path_delay,
            delay => delay,
        };
        Some(nanos(delay)).filter(|delay| *delay != 0.0)
    }

    /// What the clock is set to, to keep pace with its master.
    pub(super) fn frequency_ppb(&self) -> Option<f64> {
        let scaled = self.own?.frequency;
        (scaled != i32::MIN).then(|| f64::from(scaled) * 1000.0 / 65_536.0)
    }

    /// It follows its master, or is the grandmaster.
    pub(super) fn is_well(&self) -> bool {
        (self.is_in(SLAVE) || self.is_grandmaster()) && self.faults().is_empty()
    }
}

/// The data of the first answer that has some.
fn first(answers: &[Answer]) -> Option<ManagementData<'_>> {
    answers.iter().find_map(|answer| match answer.response()?.outcome {
        Outcome::Data(data) => Some(data),
        _ => None,
    })
}

fn ports(manager: &mut Manager) -> Result<Vec<Port>, String> {
    let mut ports: Vec<Port> = Vec::new();
    for answer in manager.get(ManagementId::PORT_DATA_SET)? {
        if let Some(ManagementData::PortDataSet(data)) = first(std::slice::from_ref(&answer)) {
            ports.push(Port { data, interface: None, stamping: None, trouble: String::new() });
        }
    }
    ports.sort_by_key(|port| port.data.port_identity.port_number);
    let mut with = |identity: PortIdentity, change: &mut dyn FnMut(&mut Port)| {
        ports.iter_mut().filter(|port| port.data.port_identity == identity).for_each(change);
    };
    // linuxptp tells it at the socket for reading and writing alone.
    for answer in manager.get(ManagementId::PORT_PROPERTIES_NP)? {
        if let Some(ManagementData::PortPropertiesNp(told)) = first(std::slice::from_ref(&answer)) {
            with(told.port_identity, &mut |port| {
                port.interface = Some(String::from_utf8_lossy(told.interface.0).into_owned());
                port.stamping = Some(told.timestamping);
            });
        }
    }
    for answer in manager.get(ManagementId::SYNTONE_PORT_STATUS_NP)? {
        if let Some(ManagementData::SyntonePortStatusNp(told)) = first(std::slice::from_ref(&answer)) {
            with(told.port_identity, &mut |port| {
                port.trouble = String::from_utf8_lossy(told.trouble.0).into_owned();
            });
        }
    }
    Ok(ports)
}

/// ptp4l tells when the last Sync came, by the clock that stamps: that of the machine if it is software.
fn age_of_linuxptp(status: &TimeStatusNp, ports: &[Port]) -> Option<u64> {
    let software = ports.iter().any(|port| port.stamping == Some(0));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_nanos();
    let ingress = u128::try_from(status.ingress_time).ok().filter(|ingress| *ingress != 0 && software)?;
    u64::try_from(now.checked_sub(ingress)?).ok()
}

fn path(answers: &[Answer]) -> Vec<String> {
    match first(answers) {
        Some(ManagementData::PathTraceList(list)) => {
            list.path_sequence.iter().map(|identity| identity.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// What --full adds; what is not told is left out.
fn more(manager: &mut Manager) -> Result<Vec<Section>, String> {
    let ids = [
        ("description", ManagementId::CLOCK_DESCRIPTION),
        ("timeProperties", ManagementId::TIME_PROPERTIES_DATA_SET),
        ("grandmasterSettings", ManagementId::GRANDMASTER_SETTINGS_NP),
        ("port", ManagementId::PORT_DATA_SET),
        ("messages", ManagementId::PORT_STATS_NP),
        ("timeouts", ManagementId::PORT_SERVICE_STATS_NP),
    ];
    let mut all = Vec::new();
    for (name, id) in ids {
        for answer in manager.get(id)? {
            if let Some(data) = first(std::slice::from_ref(&answer)) {
                let mut told = Told::default();
                data.visit(&mut told);
                all.push((name, told.json));
            }
        }
    }
    Ok(all)
}
