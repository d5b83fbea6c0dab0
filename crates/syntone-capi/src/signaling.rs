//! What ports tell others by Signaling messages: a slave of its measurements, and each the intervals that it asks for.

use crate::address::{SYNTONE_DESTINATION_UNICAST, SyntoneAddress, destination, to_destination};
use crate::clock::SyntoneClock;
use crate::config::SyntoneConfigError;
use crate::pointer::{Sized32, check_sized, read_sized, sized, write};
use crate::result::{SyntoneResult, finish};
use crate::slot::on_clock;
use syntone::config::ConfigError;
use syntone::port::{AcceptedIntervals, INITIAL, NO_CHANGE, SlaveMonitoring, SlaveMonitoringPortDs};
use syntone::wire::MessageType;
use syntone::wire::tlvs::{IntervalRequestFlags, MessageIntervalRequest};
use syntone_hal::PortIndex;

/// Bit of syntone_slave_monitoring.enable: SLAVE_RX_SYNC_TIMING_DATA, the time stamps of Syncs.
pub const SYNTONE_MONITOR_RX_SYNC_TIMING: u8 = 1;
/// Bit of syntone_slave_monitoring.enable: SLAVE_RX_SYNC_COMPUTED_DATA, offset and delay as computed of Syncs.
pub const SYNTONE_MONITOR_RX_SYNC_COMPUTED: u8 = 2;
/// Bit of syntone_slave_monitoring.enable: SLAVE_TX_EVENT_TIMESTAMPS, when Delay_Reqs or Pdelay_Reqs left.
pub const SYNTONE_MONITOR_TX_EVENT_TIMESTAMPS: u8 = 4;

/// An interval of syntone_interval_request: as it is.
pub const SYNTONE_INTERVAL_NO_CHANGE: i8 = -128;
/// An interval of syntone_interval_request: that before any request.
pub const SYNTONE_INTERVAL_INITIAL: i8 = 126;
/// An interval of syntone_interval_request: no such message any more. No clock of Syntone does that.
pub const SYNTONE_INTERVAL_STOP: i8 = 127;

/// Bit of syntone_interval_request.flags: the other end is to compute neighborRateRatio.
pub const SYNTONE_INTERVAL_COMPUTE_RATE_RATIO: u8 = 1;
/// Bit of syntone_interval_request.flags: the other end is to compute meanLinkDelay.
pub const SYNTONE_INTERVAL_COMPUTE_LINK_DELAY: u8 = 2;
/// Bit of syntone_interval_request.flags: Syncs in one step are understood here.
pub const SYNTONE_INTERVAL_ONE_STEP_CAPABLE: u8 = 4;

const _: () = {
    assert!(SYNTONE_MONITOR_RX_SYNC_TIMING == SlaveMonitoring::RX_SYNC_TIMING_DATA.bits());
    assert!(SYNTONE_MONITOR_RX_SYNC_COMPUTED == SlaveMonitoring::RX_SYNC_COMPUTED_DATA.bits());
    assert!(SYNTONE_MONITOR_TX_EVENT_TIMESTAMPS == SlaveMonitoring::TX_EVENT_TIMESTAMPS.bits());
    assert!(SYNTONE_INTERVAL_NO_CHANGE == NO_CHANGE && SYNTONE_INTERVAL_INITIAL == INITIAL);
    assert!(SYNTONE_INTERVAL_COMPUTE_RATE_RATIO == IntervalRequestFlags::COMPUTE_NEIGHBOR_RATE_RATIO.bits());
    assert!(SYNTONE_INTERVAL_COMPUTE_LINK_DELAY == IntervalRequestFlags::COMPUTE_MEAN_LINK_DELAY.bits());
    assert!(SYNTONE_INTERVAL_ONE_STEP_CAPABLE == IntervalRequestFlags::ONE_STEP_RECEIVE_CAPABLE.bits());
};

/// slaveMonitoringPortDS: what a slave tells of its measurements, by Signaling messages to whoever collects them. IEEE 1588-2019
/// 16.11.6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneSlaveMonitoring {
    /// sizeof(syntone_slave_monitoring); set it before each call.
    pub struct_size: u32,
    /// What is sent, SYNTONE_MONITOR_... or-ed. At first 0: nothing.
    pub enable: u8,
    /// Syncs in a SLAVE_RX_SYNC_TIMING_DATA, 1 to 8. At first 1, as all that follow.
    pub events_per_rx_sync_timing_tlv: u8,
    /// Syncs in a SLAVE_RX_SYNC_COMPUTED_DATA, 1 to 8.
    pub events_per_rx_sync_computed_tlv: u8,
    /// Messages in a SLAVE_TX_EVENT_TIMESTAMPS, 1 to 8.
    pub events_per_tx_timestamps_tlv: u8,
    /// Which messages: SYNTONE_MESSAGE_DELAY_REQ or SYNTONE_MESSAGE_PDELAY_REQ.
    pub tx_event_type: u8,
    /// Every so many-th Sync is in a SLAVE_RX_SYNC_TIMING_DATA, 1 to 255.
    pub rx_sync_timing_tlv_message_m: u8,
    /// Every so many-th Sync is in a SLAVE_RX_SYNC_COMPUTED_DATA, 1 to 255.
    pub rx_sync_computed_tlv_message_m: u8,
    /// Every so many-th message is in a SLAVE_TX_EVENT_TIMESTAMPS, 1 to 255.
    pub tx_timestamps_tlv_message_m: u8,
    /// Where the Signaling messages go, one of SYNTONE_DESTINATION_... At first SYNTONE_DESTINATION_PRIMARY.
    pub destination: u8,
    /// 0.
    pub reserved: [u8; 3],
    /// For SYNTONE_DESTINATION_UNICAST: the address that collects them.
    pub address: SyntoneAddress,
}
sized!(SyntoneSlaveMonitoring);

/// The message intervals that others may ask a port for, each from a smallest to a largest: the logarithm to base 2 of seconds, -7 to
/// 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneAcceptedIntervals {
    /// sizeof(syntone_accepted_intervals); set it before the call.
    pub struct_size: u32,
    /// portDS.logAnnounceInterval, smallest.
    pub log_announce_interval_min: i8,
    /// portDS.logAnnounceInterval, largest.
    pub log_announce_interval_max: i8,
    /// portDS.logSyncInterval, smallest.
    pub log_sync_interval_min: i8,
    /// portDS.logSyncInterval, largest.
    pub log_sync_interval_max: i8,
    /// portDS.logMinPdelayReqInterval, smallest.
    pub log_min_pdelay_req_interval_min: i8,
    /// portDS.logMinPdelayReqInterval, largest.
    pub log_min_pdelay_req_interval_max: i8,
    /// 0.
    pub reserved: [u8; 2],
}
sized!(SyntoneAcceptedIntervals);

/// A request for other message intervals: each the logarithm to base 2 of seconds, or one of SYNTONE_INTERVAL_NO_CHANGE, _INITIAL and
/// _STOP. Zero is a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneIntervalRequest {
    /// sizeof(syntone_interval_request); set it before the call.
    pub struct_size: u32,
    /// Of its Announces.
    pub log_announce_interval: i8,
    /// Of its Syncs.
    pub log_sync_interval: i8,
    /// Of its Pdelay_Reqs.
    pub log_pdelay_req_interval: i8,
    /// SYNTONE_INTERVAL_COMPUTE_... and SYNTONE_INTERVAL_ONE_STEP_CAPABLE, or-ed.
    pub flags: u8,
}
sized!(SyntoneIntervalRequest);

/// Has a port, from 0, tell of its measurements while it is a slave; what was collected under other settings is not sent. Ask
/// syntone_clock_slave_monitoring() for the settings, change them, and set them. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and
/// `error`, which may be NULL, names the member. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
///
/// # Safety
/// As syntone_clock_run_once(); `monitoring` is NULL or points to what its type says, with its struct_size set; `error` is NULL or points
/// to what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_set_slave_monitoring(
    clock: *mut SyntoneClock,
    port: u8,
    monitoring: *const SyntoneSlaveMonitoring,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let ds = read_sized(monitoring)?.checked();
            let set = on_clock!(clock, |machine| {
                let (clock, port) = (&mut machine.clock, PortIndex(port));
                clock.port_ds(port).ok_or(SyntoneResult::OutOfRange)?;
                ds.and_then(|ds| clock.set_slave_monitoring(port, &ds))
            });
            SyntoneConfigError::tell(error, set)
        }
    };
    finish(set())
}

/// Writes what a port, from 0, tells of its measurements as a slave to `monitoring`. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
///
/// # Safety
/// As syntone_clock_run_once(); `monitoring` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_slave_monitoring(
    clock: *mut SyntoneClock,
    port: u8,
    monitoring: *mut SyntoneSlaveMonitoring,
) -> SyntoneResult {
    let get = || {
        // SAFETY: as promised.
        unsafe {
            check_sized(monitoring)?;
            let found = on_clock!(clock, |machine| {
                machine.clock.slave_monitoring_port_ds(PortIndex(port)).map(SyntoneSlaveMonitoring::new)
            });
            write(monitoring, found.ok_or(SyntoneResult::OutOfRange)?)
        }
    };
    finish(get())
}

/// Says which message intervals others may ask a port, from 0, for; NULL, as at first: none, and what was granted stays. A master grants
/// all three, other ports that of Pdelay_Reqs; when it is no master any more, its own intervals are back. What is asked for beyond
/// `accepted` is counted (see syntone_discard_name()) and leaves all as it is. With SYNTONE_RESULT_BAD_CONFIG nothing changes, and
/// `error`, which may be NULL, names the interval. SYNTONE_RESULT_OUT_OF_RANGE: no such port.
///
/// # Safety
/// As syntone_clock_run_once(); `accepted` is NULL or points to what its type says, with its struct_size set; `error` is NULL or points to
/// what its type says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_accept_interval_requests(
    clock: *mut SyntoneClock,
    port: u8,
    accepted: *const SyntoneAcceptedIntervals,
    error: *mut SyntoneConfigError,
) -> SyntoneResult {
    let set = || {
        // SAFETY: as promised.
        unsafe {
            SyntoneConfigError::clear(error)?;
            let accepted = if accepted.is_null() { None } else { Some(read_sized(accepted)?.intervals()) };
            let set = on_clock!(clock, |machine| {
                let (clock, port) = (&mut machine.clock, PortIndex(port));
                clock.port_ds(port).ok_or(SyntoneResult::OutOfRange)?;
                clock.accept_interval_requests(port, accepted)
            });
            SyntoneConfigError::tell(error, set)
        }
    };
    finish(set())
}

/// Has a port, from 0, ask the master that it follows, or with peer-to-peer delay the other end of its link, for other message intervals,
/// once, with the next syntone_clock_run_once(). There is no answer: what comes of it is seen by the messages that come.
/// SYNTONE_RESULT_OUT_OF_RANGE: no such port.
///
/// # Safety
/// As syntone_clock_run_once(); `request` is NULL or points to what its type says, with its struct_size set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syntone_clock_request_intervals(
    clock: *mut SyntoneClock,
    port: u8,
    request: *const SyntoneIntervalRequest,
) -> SyntoneResult {
    let ask = || {
        // SAFETY: as promised.
        unsafe {
            let request = read_sized(request)?.request();
            on_clock!(clock, |machine| {
                machine.clock.port_ds(PortIndex(port)).ok_or(SyntoneResult::OutOfRange)?;
                machine.clock.request_intervals(PortIndex(port), request);
            });
        }
        Ok(())
    };
    finish(ask())
}

impl SyntoneSlaveMonitoring {
    fn new(ds: &SlaveMonitoringPortDs) -> Self {
        let (destination, address) = to_destination(ds.destination);
        Self {
            struct_size: Self::SIZE,
            enable: ds.enable.bits(),
            events_per_rx_sync_timing_tlv: ds.events_per_rx_sync_timing_tlv,
            events_per_rx_sync_computed_tlv: ds.events_per_rx_sync_computed_tlv,
            events_per_tx_timestamps_tlv: ds.events_per_tx_timestamps_tlv,
            tx_event_type: ds.tx_event_type.0,
            rx_sync_timing_tlv_message_m: ds.rx_sync_timing_tlv_message_m,
            rx_sync_computed_tlv_message_m: ds.rx_sync_computed_tlv_message_m,
            tx_timestamps_tlv_message_m: ds.tx_timestamps_tlv_message_m,
            destination,
            reserved: [0; 3],
            address,
        }
    }

    fn checked(&self) -> Result<SlaveMonitoringPortDs, ConfigError> {
        let out_of = |option, value: u8, max: u8| ConfigError { option, value: value.into(), min: 0, max: max.into() };
        let all = SlaveMonitoring::all().bits();
        Ok(SlaveMonitoringPortDs {
            enable: SlaveMonitoring::from_bits(self.enable).ok_or(out_of("enable", self.enable, all))?,
            events_per_rx_sync_timing_tlv: self.events_per_rx_sync_timing_tlv,
            events_per_rx_sync_computed_tlv: self.events_per_rx_sync_computed_tlv,
            events_per_tx_timestamps_tlv: self.events_per_tx_timestamps_tlv,
            tx_event_type: MessageType(self.tx_event_type),
            rx_sync_timing_tlv_message_m: self.rx_sync_timing_tlv_message_m,
            rx_sync_computed_tlv_message_m: self.rx_sync_computed_tlv_message_m,
            tx_timestamps_tlv_message_m: self.tx_timestamps_tlv_message_m,
            destination: destination(self.destination, &self.address).ok_or(out_of(
                "destination, or the kind of its address",
                self.destination,
                SYNTONE_DESTINATION_UNICAST,
            ))?,
        })
    }
}

impl SyntoneAcceptedIntervals {
    const fn intervals(&self) -> AcceptedIntervals {
        AcceptedIntervals {
            log_announce_interval: [self.log_announce_interval_min, self.log_announce_interval_max],
            log_sync_interval: [self.log_sync_interval_min, self.log_sync_interval_max],
            log_min_pdelay_req_interval: [self.log_min_pdelay_req_interval_min, self.log_min_pdelay_req_interval_max],
        }
    }
}

impl SyntoneIntervalRequest {
    const fn request(&self) -> MessageIntervalRequest {
        MessageIntervalRequest {
            link_delay_interval: self.log_pdelay_req_interval,
            time_sync_interval: self.log_sync_interval,
            announce_interval: self.log_announce_interval,
            flags: IntervalRequestFlags::from_bits_retain(self.flags),
        }
    }
}
