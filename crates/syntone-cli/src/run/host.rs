//! What management asks of the daemon and not of its clock, in the ids of linuxptp.

use super::power;
use super::subscriptions::Subscriptions;
use syntone::management::LocalHost;
use syntone::port::State;
use syntone::wire::layout::PtpText;
use syntone::wire::management::{
    CmldsInfoNp, HwclockFlags, PortHwclockNp, PortPropertiesNp, PortStateNumber, PowerProfileSettingsNp,
    SubscribeEventsNp, SyntonePortStatusNp, SyntoneStatusNp,
};
use syntone::wire::{Emitter, Layout, ManagementErrorId, ManagementId, PortIdentity};
use syntone_hal::{Instant, PortIndex};
use syntone_linux::LocalAddress;

/// A port, as its host knows it.
pub(crate) struct PortClock<'a> {
    pub(crate) identity: PortIdentity,
    pub(crate) state: State,
    /// As linuxptp numbers it.
    pub(crate) stamping: u8,
    pub(crate) phc_index: Option<u32>,
    pub(crate) interface: &'a str,
    /// It measures the delay of its link.
    pub(crate) measures_link: bool,
    /// What is wrong with it, and what helps.
    pub(crate) trouble: String,
}

/// All ports, and who asks.
pub(crate) struct Host<'a> {
    pub(crate) ports: Vec<PortClock<'a>>,
    pub(crate) is_slave_only: bool,
    pub(crate) status: SyntoneStatusNp,
    /// What Announces tell; `None` for a transparent clock.
    pub(crate) power_profile: Option<PowerProfileSettingsNp>,
    pub(crate) subscriptions: &'a mut Subscriptions,
    /// Who, in which domain, from where, and when; `None` for who may not subscribe.
    pub(crate) asked_by: Option<(PortIdentity, u8, LocalAddress, Instant)>,
}

impl LocalHost for Host<'_> {
    fn get(&self, id: ManagementId, port: PortIndex, to: &mut Emitter<'_>) -> Result<bool, ManagementErrorId> {
        match id {
            ManagementId::SUBSCRIBE_EVENTS_NP => {
                let told = self.asked_by.map(|(who, _, _, now)| self.subscriptions.get(who, now));
                told.unwrap_or_default().emit_into(to);
            }
            // Bit 0 as the standard says, and bit 1, which linuxptp sends and reads in its place.
            ManagementId::SLAVE_ONLY if self.is_slave_only => to.put(&[3, 0]),
            ManagementId::PORT_PROPERTIES_NP => {
                let port = self.port(port)?;
                PortPropertiesNp {
                    port_identity: port.identity,
                    port_state: PortStateNumber(port.state.number()),
                    timestamping: port.stamping,
                    interface: port.interface.into(),
                }
                .emit_into(to);
            }
            ManagementId::PORT_HWCLOCK_NP => {
                let port = self.port(port)?;
                PortHwclockNp {
                    port_identity: port.identity,
                    phc_index: port.phc_index.and_then(|index| index.try_into().ok()).unwrap_or(-1),
                    flags: HwclockFlags::empty(),
                }
                .emit_into(to);
            }
            // A link that need not be measured serves.
            ManagementId::CMLDS_INFO_NP if !self.port(port)?.measures_link => {
                CmldsInfoNp { as_capable: 1, ..CmldsInfoNp::default() }.emit_into(to);
            }
            ManagementId::POWER_PROFILE_SETTINGS_NP => match self.power_profile {
                Some(told) => told.emit_into(to),
                None => return Ok(false),
            },
            ManagementId::SYNTONE_STATUS_NP => self.status.emit_into(to),
            ManagementId::SYNTONE_PORT_STATUS_NP => {
                let port = self.port(port)?;
                let trouble = PtpText(port.trouble.as_bytes());
                SyntonePortStatusNp { port_identity: port.identity, trouble }.emit_into(to);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set(&mut self, id: ManagementId, _: PortIndex, data: &[u8]) -> Result<bool, ManagementErrorId> {
        match (id, &mut self.power_profile) {
            (ManagementId::SUBSCRIBE_EVENTS_NP, _) => {
                let wanted = SubscribeEventsNp::parse_exact(data).map_err(wrong_length)?;
                let who = self.asked_by.ok_or(ManagementErrorId::NOT_SUPPORTED)?;
                self.subscriptions.set(who, &wanted)?;
            }
            // It holds for all ports, whichever of them is named.
            (ManagementId::POWER_PROFILE_SETTINGS_NP, Some(told)) => {
                let wanted = PowerProfileSettingsNp::parse_exact(data).map_err(wrong_length)?;
                if !power::is_possible(&wanted) {
                    return Err(ManagementErrorId::WRONG_VALUE);
                }
                *told = wanted;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn wrong_length<E>(_: E) -> ManagementErrorId {
    ManagementErrorId::WRONG_LENGTH
}

impl<'a> Host<'a> {
    /// One that tells and sets nothing.
    pub(crate) fn silent(subscriptions: &'a mut Subscriptions) -> Self {
        let status = SyntoneStatusNp::default();
        Self { ports: Vec::new(), is_slave_only: false, status, power_profile: None, subscriptions, asked_by: None }
    }

    fn port(&self, port: PortIndex) -> Result<&PortClock<'_>, ManagementErrorId> {
        self.ports.get(port.get()).ok_or(ManagementErrorId::WRONG_VALUE)
    }
}
