//! The catalogue of TLVs.

use super::enumeration::enumeration;

enumeration! {
    /// The tlvType (IEEE 1588-2019 14.1.1).
    pub struct TlvType(u16);
    /// A management request or response.
    MANAGEMENT = 0x0001, "MANAGEMENT";
    /// A management request that could not be met.
    MANAGEMENT_ERROR_STATUS = 0x0002, "MANAGEMENT_ERROR_STATUS";
    /// An extension by an organisation, as of 2008.
    ORGANIZATION_EXTENSION = 0x0003, "ORGANIZATION_EXTENSION";
    /// Asks for unicast messages.
    REQUEST_UNICAST_TRANSMISSION = 0x0004, "REQUEST_UNICAST_TRANSMISSION";
    /// Grants or refuses unicast messages.
    GRANT_UNICAST_TRANSMISSION = 0x0005, "GRANT_UNICAST_TRANSMISSION";
    /// Ends a grant.
    CANCEL_UNICAST_TRANSMISSION = 0x0006, "CANCEL_UNICAST_TRANSMISSION";
    /// Confirms the end of a grant.
    ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION = 0x0007, "ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION";
    /// The clocks between the grandmaster and the sender.
    PATH_TRACE = 0x0008, "PATH_TRACE";
    /// A local time zone or another timescale.
    ALTERNATE_TIME_OFFSET_INDICATOR = 0x0009, "ALTERNATE_TIME_OFFSET_INDICATOR";
    /// Annex K of 2008.
    AUTHENTICATION_2008 = 0x2000, "AUTHENTICATION (2008)";
    /// Annex K of 2008.
    AUTHENTICATION_CHALLENGE = 0x2001, "AUTHENTICATION_CHALLENGE";
    /// Annex K of 2008.
    SECURITY_ASSOCIATION_UPDATE = 0x2002, "SECURITY_ASSOCIATION_UPDATE";
    /// Annex L of 2008.
    CUM_FREQ_SCALE_FACTOR_OFFSET = 0x2003, "CUM_FREQ_SCALE_FACTOR_OFFSET";
    /// To which UDP port an answer goes; an experiment in the field.
    ALTERNATE_RESPONSE_PORT = 0x2007, "ALTERNATE_RESPONSE_PORT";
    /// An extension by an organisation, handed on by boundary clocks.
    ORGANIZATION_EXTENSION_PROPAGATE = 0x4000, "ORGANIZATION_EXTENSION_PROPAGATE";
    /// Estimates of the errors on the path.
    ENHANCED_ACCURACY_METRICS = 0x4001, "ENHANCED_ACCURACY_METRICS";
    /// A slave's delay exchanges; of linuxptp.
    SLAVE_DELAY_TIMING_DATA_NP = 0x7F00, "SLAVE_DELAY_TIMING_DATA_NP";
    /// An extension by an organisation, not handed on.
    ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE = 0x8000, "ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE";
    /// Synchronisation of the physical layer.
    L1_SYNC = 0x8001, "L1_SYNC";
    /// Whether a port speaks multicast and unicast.
    PORT_COMMUNICATION_AVAILABILITY = 0x8002, "PORT_COMMUNICATION_AVAILABILITY";
    /// The sender's protocol address.
    PROTOCOL_ADDRESS = 0x8003, "PROTOCOL_ADDRESS";
    /// A slave's raw Sync measurements.
    SLAVE_RX_SYNC_TIMING_DATA = 0x8004, "SLAVE_RX_SYNC_TIMING_DATA";
    /// What a slave computed of them.
    SLAVE_RX_SYNC_COMPUTED_DATA = 0x8005, "SLAVE_RX_SYNC_COMPUTED_DATA";
    /// When a slave sent event messages.
    SLAVE_TX_EVENT_TIMESTAMPS = 0x8006, "SLAVE_TX_EVENT_TIMESTAMPS";
    /// Ratio of the grandmaster's rate to the sender's.
    CUMULATIVE_RATE_RATIO = 0x8007, "CUMULATIVE_RATE_RATIO";
    /// Octets to be ignored.
    PAD = 0x8008, "PAD";
    /// Proof of origin; the last TLV of a message.
    AUTHENTICATION = 0x8009, "AUTHENTICATION";
}

impl TlvType {
    /// Whether a boundary clock hands it on with the Announce messages of its parent, also where it does not know it
    /// (IEEE 1588-2019 14.2.2.2).
    #[must_use]
    pub const fn propagate(self) -> bool {
        matches!(self, Self::PATH_TRACE | Self::ALTERNATE_TIME_OFFSET_INDICATOR) || matches!(self.0, 0x4000..=0x7FFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 1588-2019 14.1.1, IEEE 1588-2019 14.2.2.2
    #[test]
    fn path_trace_alternate_offset_and_0x4000_to_0x7fff_propagate() {
        let propagating = (0..=u16::MAX).filter(|&value| TlvType(value).propagate());
        let expected = [0x0008, 0x0009].into_iter().chain(0x4000..0x8000);
        assert!(propagating.eq(expected));
    }
}
