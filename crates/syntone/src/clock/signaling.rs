//! What a clock's ports tell others by Signaling messages, and are told.

use super::Clock;
use crate::config::ConfigError;
#[cfg(feature = "slave-monitoring")]
use crate::port::SlaveMonitoringPortDs;
use crate::servo::Servo;
use syntone_hal::PortIndex;
#[cfg(feature = "interval-request")]
use {crate::port::AcceptedIntervals, crate::wire::tlvs::MessageIntervalRequest};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// slaveMonitoringPortDS of a port; `None` if there is no such port.
    #[cfg(feature = "slave-monitoring")]
    pub fn slave_monitoring_port_ds(&self, port: PortIndex) -> Option<&SlaveMonitoringPortDs> {
        self.ports.get(port.get()).map(|port| port.slave_monitoring_port_ds())
    }

    /// Makes a slave port tell of its measurements (IEEE 1588-2019 16.11). Eight Syncs in one TLV need a buffer of 330 octets.
    ///
    /// # Errors
    /// [`ConfigError`] names the member that cannot be. A port that does not exist is none.
    #[cfg(feature = "slave-monitoring")]
    pub fn set_slave_monitoring(&mut self, port: PortIndex, ds: &SlaveMonitoringPortDs) -> Result<(), ConfigError> {
        self.ports.get_mut(port.get()).map_or(Ok(()), |port| port.set_slave_monitoring(ds))
    }

    /// Says which message intervals others may ask a port for by MESSAGE_INTERVAL_REQUEST (IEEE 802.1AS 10.6.4.3); without that, none. What
    /// is asked for holds while the port is master.
    ///
    /// # Errors
    /// [`ConfigError`] names the interval that cannot be. A port that does not exist is none.
    #[cfg(feature = "interval-request")]
    pub fn accept_interval_requests(
        &mut self,
        port: PortIndex,
        accepted: Option<AcceptedIntervals>,
    ) -> Result<(), ConfigError> {
        self.ports.get_mut(port.get()).map_or(Ok(()), |port| port.accept_interval_requests(accepted))
    }

    /// Asks the master of a port, or the other end of its link, for other message intervals (IEEE 802.1AS 10.6.4.3).
    #[cfg(feature = "interval-request")]
    pub fn request_intervals(&mut self, port: PortIndex, request: MessageIntervalRequest) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.request_intervals(request);
        }
    }
}
