//! What a transparent clock knows of one of its ports.

use super::config::TransparentPortConfig;
#[cfg(feature = "peer-to-peer")]
use super::peer::PeerPort;
use crate::counters::{Counters, Discard};
use crate::wire::MessageType;
use syntone_hal::{FrequencyOffset, PortCapabilities, TimeInterval, Timestamp};
#[cfg(feature = "management")]
use {crate::config::ConfigError, syntone_hal::Instant};

/// One port.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) link_up: bool,
    pub(super) forwarding: bool,
    /// The hardware adds residence times.
    pub(super) one_step: bool,
    pub(super) counters: Counters,
    settings: TransparentPortConfig,
    ingress_latency: TimeInterval,
    egress_latency: TimeInterval,
    /// Its end of the link, where that is measured.
    #[cfg(feature = "peer-to-peer")]
    pub(super) peer: Option<PeerPort>,
}

/// What a message is corrected by where it leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Egress {
    pub(super) latency: TimeInterval,
    asymmetry: TimeInterval,
}

impl Port {
    pub(super) fn new(config: &TransparentPortConfig) -> Self {
        Self {
            link_up: true,
            forwarding: !config.blocked,
            one_step: false,
            counters: Counters::default(),
            settings: config.clone(),
            ingress_latency: config.ingress_latency,
            egress_latency: config.egress_latency,
            #[cfg(feature = "peer-to-peer")]
            peer: None,
        }
    }

    /// log₂ of seconds.
    #[cfg(feature = "management")]
    pub(super) const fn log_min_pdelay_req_interval(&self) -> i8 {
        self.settings.log_min_pdelay_req_interval
    }

    /// The next Pdelay_Req comes after the new interval at the latest.
    #[cfg(feature = "management")]
    pub(super) fn set_log_min_pdelay_req_interval(&mut self, now: Instant, log: i8) -> Result<(), ConfigError> {
        TransparentPortConfig { log_min_pdelay_req_interval: log, ..self.settings.clone() }.check()?;
        self.settings.log_min_pdelay_req_interval = log;
        #[cfg(feature = "peer-to-peer")]
        if let Some(peer) = &mut self.peer {
            peer.set_log_interval(now, log);
        }
        let _ = now;
        Ok(())
    }

    pub(super) fn set_link(&mut self, up: bool) {
        self.link_up = up;
        #[cfg(feature = "peer-to-peer")]
        if let Some(peer) = &mut self.peer {
            peer.set_link(up);
        }
    }

    pub(super) fn forget_stamps(&mut self) {
        #[cfg(feature = "peer-to-peer")]
        if let Some(peer) = &mut self.peer {
            peer.forget_stamps();
        }
    }

    /// Our own clock runs at `frequency` from now on.
    pub(super) fn adjusted(&mut self, frequency: FrequencyOffset) {
        #[cfg(feature = "peer-to-peer")]
        if let Some(peer) = &mut self.peer {
            peer.adjusted(frequency);
        }
        let _ = frequency;
    }

    /// The delay of the link that a Sync came over, where the links are measured.
    pub(super) fn link_delay(&self) -> Result<TimeInterval, Discard> {
        #[cfg(feature = "peer-to-peer")]
        if let Some(peer) = &self.peer {
            return peer.link_delay();
        }
        Ok(TimeInterval::ZERO)
    }

    pub(super) fn set_capabilities(&mut self, capabilities: &PortCapabilities) {
        self.one_step = capabilities.one_step_residence;
        #[cfg(feature = "peer-to-peer")]
        if let Some(peer) = &mut self.peer {
            peer.answer_in_one_step(capabilities.one_step_pdelay_resp);
        }
        self.ingress_latency = self.settings.ingress_latency + capabilities.ingress_latency;
        self.egress_latency = self.settings.egress_latency + capabilities.egress_latency;
    }

    /// A message can pass, in or out.
    pub(super) const fn is_open(&self) -> bool {
        self.link_up && self.forwarding
    }

    /// The time at the medium of an ingress stamp (IEEE 1588-2019 7.3.4.2).
    pub(super) fn at_medium(&self, stamp: Timestamp) -> Timestamp {
        stamp - self.ingress_latency
    }

    /// What a message of this type is corrected by where it comes in, beside its residence time: a Sync or a Pdelay_Resp
    /// has come from the master's side (IEEE 1588-2019 11.6.2).
    pub(super) const fn ingress_extra(&self, message_type: MessageType) -> TimeInterval {
        match message_type {
            MessageType::SYNC | MessageType::PDELAY_RESP => self.settings.delay_asymmetry,
            _ => TimeInterval::ZERO,
        }
    }

    pub(super) const fn egress(&self) -> Egress {
        Egress { latency: self.egress_latency, asymmetry: self.settings.delay_asymmetry }
    }
}

impl Egress {
    /// What a message of this type is corrected by where it leaves: a request goes to the master's side
    /// (IEEE 1588-2019 11.6.3).
    pub(super) fn extra_of(self, message_type: MessageType) -> TimeInterval {
        match message_type {
            MessageType::DELAY_REQ | MessageType::PDELAY_REQ => -self.asymmetry,
            _ => TimeInterval::ZERO,
        }
    }
}
