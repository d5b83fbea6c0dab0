//! What was received, sent and discarded, by reason. Nothing is dropped without being counted.

use crate::wire::MessageType;

/// Why a message, a time stamp or a sample was not used. Well-formed but unwelcome input is never an error: it is
/// counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Discard {
    /// The octets break the format: too short, lengths that lie, an unknown message type.
    Malformed,
    /// versionPTP is not 2.
    Version,
    /// Another sdoId (IEEE 1588-2019 16.5).
    SdoId,
    /// Another domainNumber.
    Domain,
    /// Our own clockIdentity as sender: an echo or a loop (IEEE 1588-2019 9.5.2.3).
    OwnIdentity,
    /// From a master that is not the parent.
    NotParent,
    /// A Delay_Resp for another port.
    NotForUs,
    /// Not expected in the port's state or role.
    State,
    /// A kind of message that this clock does not handle.
    Unsupported,
    /// An event message whose ingress time stamp is missing, or was taken before the clock was stepped.
    NoStamp,
    /// A time that the standard does not allow: nanoseconds of 10⁹ or more.
    InvalidTime,
    /// The same message again.
    Duplicate,
    /// An older message after a newer one.
    OutOfOrder,
    /// A response without an open request, or an egress stamp that nobody waits for.
    Unmatched,
    /// A logMessageInterval outside what is accepted; the message was used, its interval was not.
    Interval,
    /// An Announce with stepsRemoved at or above the limit (IEEE 1588-2019 9.3.2.5).
    StepsRemoved,
    /// An Announce of an alternate master (IEEE 1588-2019 17.3).
    AlternateMaster,
    /// An Announce on a port that is masterOnly, from a sender that is not in the table of acceptable masters, or from an identity
    /// that cannot be a clock's.
    NotAcceptable,
    /// An Announce for which the table of foreign masters has no room.
    TableFull,
    /// A two-step Sync or Pdelay_Resp whose Follow_Up did not come, or a Follow_Up without it.
    Incomplete,
    /// An event message that we sent and whose egress time stamp did not come.
    EgressStampLost,
    /// A Delay_Req or Pdelay_Req that was not answered.
    Unanswered,
    /// A message that the driver could not send.
    SendFailed,
    /// An answer that was overwritten because the outputs were not drained.
    NotDrained,
    /// A frame that the driver could not hand over, too large for the buffer for example.
    ReceiveFailed,
    /// A message of a delay mechanism that this port does not use.
    DelayMechanism,
    /// An answer to a Pdelay_Req that another node answered too (IEEE 1588-2019 11.4.4).
    SeveralResponders,
    /// A management message more than are answered or handed on in that time, or one that is too long to be handed on.
    TooMany,
    /// An Announce that has been through this clock before, by its PATH_TRACE (IEEE 1588-2019 16.2).
    PathTrace,
    /// A TLV that there was no room for: in the storage that was lent for it, or in a message of ours. The message itself was used,
    /// or sent.
    TlvOmitted,
}

impl Discard {
    /// How many reasons there are.
    pub const COUNT: usize = 30;

    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Malformed,
        Self::Version,
        Self::SdoId,
        Self::Domain,
        Self::OwnIdentity,
        Self::NotParent,
        Self::NotForUs,
        Self::State,
        Self::Unsupported,
        Self::NoStamp,
        Self::InvalidTime,
        Self::Duplicate,
        Self::OutOfOrder,
        Self::Unmatched,
        Self::Interval,
        Self::StepsRemoved,
        Self::AlternateMaster,
        Self::NotAcceptable,
        Self::TableFull,
        Self::Incomplete,
        Self::EgressStampLost,
        Self::Unanswered,
        Self::SendFailed,
        Self::NotDrained,
        Self::ReceiveFailed,
        Self::DelayMechanism,
        Self::SeveralResponders,
        Self::TooMany,
        Self::PathTrace,
        Self::TlvOmitted,
    ];

    /// A name for logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Version => "version",
            Self::SdoId => "sdo_id",
            Self::Domain => "domain",
            Self::OwnIdentity => "own_identity",
            Self::NotParent => "not_parent",
            Self::NotForUs => "not_for_us",
            Self::State => "state",
            Self::Unsupported => "unsupported",
            Self::NoStamp => "no_stamp",
            Self::InvalidTime => "invalid_time",
            Self::Duplicate => "duplicate",
            Self::OutOfOrder => "out_of_order",
            Self::Unmatched => "unmatched",
            Self::Interval => "interval",
            Self::StepsRemoved => "steps_removed",
            Self::AlternateMaster => "alternate_master",
            Self::NotAcceptable => "not_acceptable",
            Self::TableFull => "table_full",
            Self::Incomplete => "incomplete",
            Self::EgressStampLost => "egress_stamp_lost",
            Self::Unanswered => "unanswered",
            Self::SendFailed => "send_failed",
            Self::NotDrained => "not_drained",
            Self::ReceiveFailed => "receive_failed",
            Self::DelayMechanism => "delay_mechanism",
            Self::SeveralResponders => "several_responders",
            Self::TooMany => "too_many",
            Self::PathTrace => "path_trace",
            Self::TlvOmitted => "tlv_omitted",
        }
    }

    #[expect(clippy::as_conversions, reason = "the number of a field-less enum, below COUNT")]
    const fn index(self) -> usize {
        self as usize
    }
}

/// Counters of one port; they wrap after 2³².
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    received: [u32; Self::TYPES],
    sent: [u32; Self::TYPES],
    discarded: [u32; Discard::COUNT],
    #[cfg(feature = "performance")]
    announces_of_parent: u32,
}

impl Counters {
    /// messageType 0x0 to 0xD.
    const TYPES: usize = 14;

    /// Messages of `message_type` that passed the checks of header, domain and sender.
    #[must_use]
    pub fn received(&self, message_type: MessageType) -> u32 {
        self.received.get(usize::from(message_type.0)).copied().unwrap_or(0)
    }

    /// Messages of `message_type` that were handed to the driver.
    #[must_use]
    pub fn sent(&self, message_type: MessageType) -> u32 {
        self.sent.get(usize::from(message_type.0)).copied().unwrap_or(0)
    }

    /// What was not used because of `reason`.
    #[must_use]
    pub fn discarded(&self, reason: Discard) -> u32 {
        self.discarded.get(reason.index()).copied().unwrap_or(0)
    }

    /// Announces of the parent, which are received messages too.
    #[cfg(feature = "performance")]
    #[must_use]
    pub const fn announces_of_parent(&self) -> u32 {
        self.announces_of_parent
    }

    /// All messages received and accepted.
    #[must_use]
    pub fn total_received(&self) -> u32 {
        self.received.iter().fold(0, |sum, count| sum.wrapping_add(*count))
    }

    /// All messages sent.
    #[must_use]
    pub fn total_sent(&self) -> u32 {
        self.sent.iter().fold(0, |sum, count| sum.wrapping_add(*count))
    }

    /// Everything discarded.
    #[must_use]
    pub fn total_discarded(&self) -> u32 {
        self.discarded.iter().fold(0, |sum, count| sum.wrapping_add(*count))
    }

    pub(crate) fn count_received(&mut self, message_type: MessageType) {
        increment(self.received.get_mut(usize::from(message_type.0)));
    }

    #[cfg(feature = "performance")]
    pub(crate) const fn count_announce_of_parent(&mut self) {
        self.announces_of_parent = self.announces_of_parent.wrapping_add(1);
    }

    pub(crate) fn count_sent(&mut self, message_type: MessageType) {
        increment(self.sent.get_mut(usize::from(message_type.0)));
    }

    // It is rare beside what is used, and tells the compiler so.
    #[cfg_attr(target_pointer_width = "64", cold, inline(never))]
    pub(crate) fn discard(&mut self, reason: Discard) {
        increment(self.discarded.get_mut(reason.index()));
    }
}

fn increment(counter: Option<&mut u32>) {
    if let Some(counter) = counter {
        *counter = counter.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn each_reason_has_its_own_counter_and_name() {
        for (index, reason) in Discard::ALL.iter().enumerate() {
            assert_eq!(reason.index(), index);
            let mut counters = Counters::default();
            counters.discard(*reason);
            assert_eq!(counters.discarded(*reason), 1);
            assert_eq!(counters.total_discarded(), 1);
        }
        let mut names: Vec<_> = Discard::ALL.iter().map(|reason| reason.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Discard::COUNT);
    }
}
