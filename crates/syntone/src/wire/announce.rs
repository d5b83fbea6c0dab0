//! The Announce message.

use super::cursor::{Reader, Writer};
use super::field::{Field, Span};
use super::{
    ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, MessageBody, MessageType, TimeSource, WireTimestamp,
};

/// The body of an Announce message (IEEE 1588-2019 13.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Announce {
    /// When it left, within a second; or zero.
    pub origin_timestamp: WireTimestamp,
    /// TAI − UTC in seconds.
    pub current_utc_offset: i16,
    /// The grandmaster's priority1.
    pub grandmaster_priority1: u8,
    /// The grandmaster's quality.
    pub grandmaster_clock_quality: ClockQuality,
    /// The grandmaster's priority2.
    pub grandmaster_priority2: u8,
    /// The grandmaster.
    pub grandmaster_identity: ClockIdentity,
    /// Boundary clocks between the grandmaster and the sender.
    pub steps_removed: u16,
    /// The grandmaster's source of time.
    pub time_source: TimeSource,
}

impl MessageBody for Announce {
    type Octets = [u8; 30];
    const MESSAGE_TYPE: MessageType = MessageType::ANNOUNCE;
    const FIELDS: &'static [Span] = &[
        Span(Field::OriginTimestamp, 10),
        Span(Field::CurrentUtcOffset, 2),
        Span(Field::Reserved, 1),
        Span(Field::GrandmasterPriority1, 1),
        Span(Field::GrandmasterClockQuality, 4),
        Span(Field::GrandmasterPriority2, 1),
        Span(Field::GrandmasterIdentity, 8),
        Span(Field::StepsRemoved, 2),
        Span(Field::TimeSource, 1),
    ];

    #[inline(always)]
    fn from_octets(octets: &Self::Octets) -> Self {
        let mut reader = Reader::new(octets);
        let (origin_timestamp, current_utc_offset) = (reader.timestamp(), reader.i16());
        let _reserved = reader.u8();
        Self {
            origin_timestamp,
            current_utc_offset,
            grandmaster_priority1: reader.u8(),
            grandmaster_clock_quality: ClockQuality {
                clock_class: ClockClass(reader.u8()),
                clock_accuracy: ClockAccuracy(reader.u8()),
                offset_scaled_log_variance: reader.u16(),
            },
            grandmaster_priority2: reader.u8(),
            grandmaster_identity: reader.clock_identity(),
            steps_removed: reader.u16(),
            time_source: TimeSource(reader.u8()),
        }
    }

    #[inline]
    fn emit_into(&self, octets: &mut Self::Octets) {
        let mut writer = Writer::new(octets);
        let quality = &self.grandmaster_clock_quality;
        writer.timestamp(self.origin_timestamp);
        writer.i16(self.current_utc_offset);
        writer.u8(0);
        writer.u8(self.grandmaster_priority1);
        writer.u8(quality.clock_class.0);
        writer.u8(quality.clock_accuracy.0);
        writer.u16(quality.offset_scaled_log_variance);
        writer.u8(self.grandmaster_priority2);
        writer.u64(self.grandmaster_identity.0);
        writer.u16(self.steps_removed);
        writer.u8(self.time_source.0);
    }
}
