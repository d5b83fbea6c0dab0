//! Messages of one port in one period.

use crate::counters::Counters;
use crate::wire::MessageType;

macro_rules! port_counts {
    ($($(#[$doc:meta])* $name:ident = |$counters:ident| $count:expr;)*) => {
        /// Messages of one port in one period (IEEE 1588-2019 Table J.3).
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct PortCounts {
            $($(#[$doc])* pub $name: u32,)*
        }

        impl PortCounts {
            /// What was counted since the port began.
            pub(super) fn of(counters: &Counters) -> Self {
                Self { $($name: { let $counters = counters; $count },)* }
            }

            /// What was counted since `earlier`.
            pub(super) const fn since(&self, earlier: &Self) -> Self {
                Self { $($name: self.$name.wrapping_sub(earlier.$name),)* }
            }
        }
    };
}

port_counts! {
    /// Announces sent.
    announce_tx = |it| it.sent(MessageType::ANNOUNCE);
    /// Announces received from the parent.
    announce_rx = |it| it.announces_of_parent();
    /// Announces received from other masters.
    announce_foreign_master_rx = |it| it.received(MessageType::ANNOUNCE).wrapping_sub(it.announces_of_parent());
    /// Syncs sent.
    sync_tx = |it| it.sent(MessageType::SYNC);
    /// Syncs received.
    sync_rx = |it| it.received(MessageType::SYNC);
    /// Follow_Ups sent.
    follow_up_tx = |it| it.sent(MessageType::FOLLOW_UP);
    /// Follow_Ups received.
    follow_up_rx = |it| it.received(MessageType::FOLLOW_UP);
    /// Delay_Reqs sent.
    delay_req_tx = |it| it.sent(MessageType::DELAY_REQ);
    /// Delay_Reqs received.
    delay_req_rx = |it| it.received(MessageType::DELAY_REQ);
    /// Delay_Resps sent.
    delay_resp_tx = |it| it.sent(MessageType::DELAY_RESP);
    /// Delay_Resps received.
    delay_resp_rx = |it| it.received(MessageType::DELAY_RESP);
    /// Pdelay_Reqs sent.
    pdelay_req_tx = |it| it.sent(MessageType::PDELAY_REQ);
    /// Pdelay_Reqs received.
    pdelay_req_rx = |it| it.received(MessageType::PDELAY_REQ);
    /// Pdelay_Resps sent.
    pdelay_resp_tx = |it| it.sent(MessageType::PDELAY_RESP);
    /// Pdelay_Resps received.
    pdelay_resp_rx = |it| it.received(MessageType::PDELAY_RESP);
    /// Pdelay_Resp_Follow_Ups sent.
    pdelay_resp_follow_up_tx = |it| it.sent(MessageType::PDELAY_RESP_FOLLOW_UP);
    /// Pdelay_Resp_Follow_Ups received.
    pdelay_resp_follow_up_rx = |it| it.received(MessageType::PDELAY_RESP_FOLLOW_UP);
}
