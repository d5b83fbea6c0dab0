//! The ids that linuxptp adds, as far as they tell what a clock knows. What belongs to a daemon (subscriptions, names of
//! interfaces and devices) is not here.

use super::Clock;
use crate::counters::Discard;
#[cfg(not(feature = "peer-to-peer"))]
use crate::datasets::DelayMechanism;
use crate::datasets::TimePropertiesDs;
use crate::management::exactly;
use crate::port::Timer;
use crate::servo::Servo;
#[cfg(feature = "peer-to-peer")]
use crate::wire::management::CmldsInfoNp;
use crate::wire::management::{
    Counts, ExternalGrandmasterPropertiesNp, GrandmasterSettingsNp, LowOctetFirst, PortCorrectionsNp, PortDataSetNp,
    PortServiceStatsNp, PortStatsNp, PowerProfileSettingsNp, SynchronizationUncertainNp, TimeStatusNp,
    UnicastMasterTableNp,
};
use crate::wire::{Emitter, Layout, ManagementErrorId, ManagementId, MessageType};
use syntone_hal::{Instant, PortIndex};

/// What linuxptp tells where no such profile is used.
const NO_POWER_PROFILE: PowerProfileSettingsNp = PowerProfileSettingsNp {
    version: 0,
    grandmaster_id: 0,
    grandmaster_time_inaccuracy: u32::MAX,
    network_time_inaccuracy: u32::MAX,
    total_time_inaccuracy: u32::MAX,
};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Says whether the id is one of these.
    pub(super) fn get_of_linuxptp(
        &self,
        id: ManagementId,
        port: PortIndex,
        to: &mut Emitter<'_>,
    ) -> Result<bool, ManagementErrorId> {
        match id {
            ManagementId::TIME_STATUS_NP => self.time_status().emit_into(to),
            ManagementId::GRANDMASTER_SETTINGS_NP => self.grandmaster_settings().emit_into(to),
            ManagementId::PORT_DATA_SET_NP => self.port_data_set_np(port)?.emit_into(to),
            ManagementId::PORT_CORRECTIONS_NP => self.port_corrections(port)?.emit_into(to),
            ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP => self.instance.external_grandmaster.emit_into(to),
            ManagementId::PORT_STATS_NP => self.port_stats(port)?.emit_into(to),
            ManagementId::SYNCHRONIZATION_UNCERTAIN_NP => self.instance.uncertain.emit_into(to),
            ManagementId::PORT_SERVICE_STATS_NP => self.port_service_stats(port)?.emit_into(to),
            ManagementId::UNICAST_MASTER_TABLE_NP => UnicastMasterTableNp::default().emit_into(to),
            ManagementId::POWER_PROFILE_SETTINGS_NP => NO_POWER_PROFILE.emit_into(to),
            #[cfg(feature = "peer-to-peer")]
            ManagementId::CMLDS_INFO_NP => self.link_info(port)?.emit_into(to),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Says whether the id is one of these.
    pub(super) fn set_of_linuxptp(
        &mut self,
        now: Instant,
        id: ManagementId,
        port: PortIndex,
        data: &[u8],
    ) -> Result<bool, ManagementErrorId> {
        match id {
            ManagementId::GRANDMASTER_SETTINGS_NP => {
                let told = GrandmasterSettingsNp::parse(&exactly::<8>(data)?).map_err(wrong_length)?;
                let properties = TimePropertiesDs::new(told.current_utc_offset, told.flags, told.time_source);
                self.set_grandmaster(now, told.clock_quality, properties)?;
            }
            // Whether a port is asCapable is found and not set.
            ManagementId::PORT_DATA_SET_NP => {
                let told = PortDataSetNp::parse(&exactly::<8>(data)?).map_err(wrong_length)?;
                let port = self.ports.get_mut(port.get()).ok_or(ManagementErrorId::WRONG_VALUE)?;
                port.neighbor_prop_delay_thresh = told.neighbor_prop_delay_thresh;
            }
            ManagementId::PORT_CORRECTIONS_NP => {
                let told = PortCorrectionsNp::parse(&exactly::<24>(data)?).map_err(wrong_length)?;
                self.set_corrections(port, told.delay_asymmetry.0, told.ingress_latency.0, told.egress_latency.0)?;
            }
            ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP => {
                let told = ExternalGrandmasterPropertiesNp::parse(&exactly::<10>(data)?).map_err(wrong_length)?;
                self.instance.external_grandmaster = told;
                self.decide_at = now;
            }
            ManagementId::SYNCHRONIZATION_UNCERTAIN_NP => {
                let [val, _] = exactly(data)?;
                use SynchronizationUncertainNp as Told;
                if !matches!(val, Told::NO | Told::YES | Told::NOT_SAID) {
                    return Err(ManagementErrorId::WRONG_VALUE);
                }
                self.instance.uncertain = Told { val };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn port_corrections(&self, port: PortIndex) -> Result<PortCorrectionsNp, ManagementErrorId> {
        let port = self.port(port)?;
        let [ingress, egress] = port.configured_latency().map(LowOctetFirst);
        let delay_asymmetry = LowOctetFirst(port.ds.delay_asymmetry);
        Ok(PortCorrectionsNp { egress_latency: egress, ingress_latency: ingress, delay_asymmetry })
    }

    fn time_status(&self) -> TimeStatusNp {
        let identity = self.instance.parent_ds.grandmaster_identity;
        let ingress = self.managed.sync_ingress;
        TimeStatusNp {
            master_offset: self.instance.current_ds.offset_from_master.nanos(),
            ingress_time: ingress.map_or(0, |ingress| i64::try_from(ingress.total_nanos()).unwrap_or(i64::MAX)),
            gm_present: (identity != self.instance.default_ds.clock_identity).into(),
            gm_identity: identity,
            ..TimeStatusNp::default()
        }
    }

    const fn grandmaster_settings(&self) -> GrandmasterSettingsNp {
        let own = &self.instance.own_time_properties;
        GrandmasterSettingsNp {
            clock_quality: self.instance.default_ds.clock_quality,
            current_utc_offset: own.current_utc_offset,
            flags: own.flags(),
            time_source: own.time_source,
        }
    }

    /// A link whose delay is to be measured has to be, and below the threshold.
    fn port_data_set_np(&self, port: PortIndex) -> Result<PortDataSetNp, ManagementErrorId> {
        let port = self.port(port)?;
        #[cfg(feature = "peer-to-peer")]
        let is_missing = port.peer_link().is_some_and(|link| {
            let most = i64::from(port.neighbor_prop_delay_thresh);
            link.mean_link_delay.is_none_or(|delay| delay.nanos() > most)
        });
        #[cfg(not(feature = "peer-to-peer"))]
        let is_missing = port.ds.delay_mechanism == DelayMechanism::PeerToPeer;
        let neighbor_prop_delay_thresh = port.neighbor_prop_delay_thresh;
        Ok(PortDataSetNp { neighbor_prop_delay_thresh, as_capable: (!is_missing).into() })
    }

    fn port_service_stats(&self, port: PortIndex) -> Result<PortServiceStatsNp, ManagementErrorId> {
        let port = self.port(port)?;
        let due = |timer| u64::from(port.timers.counted(timer));
        let delay = due(Timer::DelayReq).saturating_add(due(Timer::PdelayReq));
        let incomplete = port.counters.discarded(Discard::Incomplete).into();
        Ok(PortServiceStatsNp {
            port_identity: port.ds.port_identity,
            counts: Counts([
                due(Timer::AnnounceReceipt),
                due(Timer::SyncReceipt),
                delay,
                0,
                0,
                due(Timer::Announce),
                due(Timer::Sync),
                due(Timer::Qualification),
                incomplete,
                0,
            ]),
        })
    }

    /// What is measured of a link, where it is.
    #[cfg(feature = "peer-to-peer")]
    fn link_info(&self, port: PortIndex) -> Result<CmldsInfoNp, ManagementErrorId> {
        let link = self.port(port)?.peer_link().ok_or(ManagementErrorId::NOT_SUPPORTED)?;
        Ok(CmldsInfoNp {
            mean_link_delay: link.mean_link_delay.unwrap_or_default(),
            scaled_neighbor_rate_ratio: link.scaled_neighbor_rate_ratio.unwrap_or(0),
            as_capable: link.mean_link_delay.is_some().into(),
        })
    }

    fn port_stats(&self, port: PortIndex) -> Result<PortStatsNp, ManagementErrorId> {
        let port = self.port(port)?;
        let (mut rx, mut tx) = (Counts::default(), Counts::default());
        for (message_type, (rx, tx)) in (0..).map(MessageType).zip(rx.0.iter_mut().zip(&mut tx.0)) {
            *rx = port.counters.received(message_type).into();
            *tx = port.counters.sent(message_type).into();
        }
        Ok(PortStatsNp { port_identity: port.ds.port_identity, rx, tx })
    }
}

fn wrong_length<E>(_: E) -> ManagementErrorId {
    ManagementErrorId::WRONG_LENGTH
}
