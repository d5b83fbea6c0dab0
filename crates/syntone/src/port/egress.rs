//! Egress stamps that come back.

use super::transmit::TicketKind;
use super::{Outcome, Port};
use crate::counters::Discard;
use crate::instance::Instance;
use syntone_hal::{Instant, Timestamp};

impl<const FOREIGN: usize> Port<FOREIGN> {
    /// Takes the egress stamp of a message that this port sent. One that was lost is counted where it is missed: at the
    /// next request, or at the stamp of the next Sync.
    pub(crate) fn egress(
        &mut self,
        now: Instant,
        instance: &Instance,
        kind: u8,
        sequence_id: u16,
        stamp: Option<Timestamp>,
    ) -> Result<Outcome, Discard> {
        let stamp = stamp.filter(|_| now >= instance.settled_at);
        let outcome = match kind {
            TicketKind::DELAY_REQ => self.egress_delay_req(sequence_id, stamp),
            #[cfg(feature = "peer-to-peer")]
            TicketKind::PDELAY_REQ => self.egress_pdelay_req(sequence_id, stamp),
            #[cfg(feature = "peer-to-peer")]
            TicketKind::PDELAY_RESP => {
                stamp.map_or(Ok(Outcome::Nothing), |stamp| self.egress_pdelay_resp(sequence_id, stamp))
            }
            #[cfg(feature = "master")]
            TicketKind::SYNC => stamp.map_or(Ok(Outcome::Nothing), |stamp| self.egress_sync(sequence_id, stamp)),
            _ => Err(Discard::Unmatched),
        };
        #[cfg(feature = "slave-monitoring")]
        if let (Ok(_), Some(stamp)) = (&outcome, stamp) {
            self.monitor_egress(kind, sequence_id, stamp);
        }
        outcome
    }
}
