//! A message as a struct.

use crate::event::SyntonePortIdentity;
use crate::pointer::{Sized32, sized};
use syntone::wire::{
    Announce, Body, ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, DelayReq, DelayResp, Flags, FollowUp,
    Header, Management, ManagementAction, Message, MessageType, PdelayReq, PdelayResp, PdelayRespFollowUp,
    PortIdentity, SdoId, Signaling, Sync, TimeSource, WireTimestamp,
};
use syntone_hal::TimeInterval;

/// syntone_message.message_type: Sync.
pub const SYNTONE_MESSAGE_SYNC: u8 = 0x0;
/// syntone_message.message_type: Delay_Req.
pub const SYNTONE_MESSAGE_DELAY_REQ: u8 = 0x1;
/// syntone_message.message_type: Pdelay_Req.
pub const SYNTONE_MESSAGE_PDELAY_REQ: u8 = 0x2;
/// syntone_message.message_type: Pdelay_Resp.
pub const SYNTONE_MESSAGE_PDELAY_RESP: u8 = 0x3;
/// syntone_message.message_type: Follow_Up.
pub const SYNTONE_MESSAGE_FOLLOW_UP: u8 = 0x8;
/// syntone_message.message_type: Delay_Resp.
pub const SYNTONE_MESSAGE_DELAY_RESP: u8 = 0x9;
/// syntone_message.message_type: Pdelay_Resp_Follow_Up.
pub const SYNTONE_MESSAGE_PDELAY_RESP_FOLLOW_UP: u8 = 0xA;
/// syntone_message.message_type: Announce.
pub const SYNTONE_MESSAGE_ANNOUNCE: u8 = 0xB;
/// syntone_message.message_type: Signaling.
pub const SYNTONE_MESSAGE_SIGNALING: u8 = 0xC;
/// syntone_message.message_type: Management.
pub const SYNTONE_MESSAGE_MANAGEMENT: u8 = 0xD;

/// A PTP message: IEEE 1588-2019 13.3 to 13.12. message_type tells which members of the body count; the others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SyntoneMessage {
    /// sizeof(syntone_message); set it before the call.
    pub struct_size: u32,
    /// messageTypeSpecific.
    pub message_type_specific: u32,
    /// correctionField, in units of 2^-16 ns.
    pub correction_field: i64,
    /// sdoId: majorSdoId and minorSdoId, 12 bits.
    pub sdo_id: u16,
    /// messageLength: what the message says when decoded; computed when encoded.
    pub message_length: u16,
    /// flagField, octet 0 of it in the high octet.
    pub flags: u16,
    /// sequenceId.
    pub sequence_id: u16,
    /// sourcePortIdentity.
    pub source: SyntonePortIdentity,
    /// messageType, one of SYNTONE_MESSAGE_...
    pub message_type: u8,
    /// versionPTP: 2.
    pub version_ptp: u8,
    /// minorVersionPTP, 0 to 15: 1 in the edition of 2019, 0 in that of 2008.
    pub minor_version_ptp: u8,
    /// domainNumber.
    pub domain_number: u8,
    /// controlField.
    pub control_field: u8,
    /// logMessageInterval.
    pub log_message_interval: i8,
    /// timeSource of Announce.
    pub time_source: u8,
    /// grandmasterPriority1 of Announce.
    pub grandmaster_priority1: u8,
    /// grandmasterPriority2 of Announce.
    pub grandmaster_priority2: u8,
    /// grandmasterClockQuality.clockClass of Announce.
    pub clock_class: u8,
    /// grandmasterClockQuality.clockAccuracy of Announce.
    pub clock_accuracy: u8,
    /// startingBoundaryHops of Management.
    pub starting_boundary_hops: u8,
    /// boundaryHops of Management.
    pub boundary_hops: u8,
    /// actionField of Management: 0 GET, 1 SET, 2 RESPONSE, 3 COMMAND, 4 ACKNOWLEDGE.
    pub action_field: u8,
    /// grandmasterClockQuality.offsetScaledLogVariance of Announce.
    pub offset_scaled_log_variance: u16,
    /// currentUtcOffset of Announce, in seconds.
    pub current_utc_offset: i16,
    /// stepsRemoved of Announce.
    pub steps_removed: u16,
    /// grandmasterIdentity of Announce, in network order.
    pub grandmaster: [u8; 8],
    /// requestingPortIdentity of the answers to delay requests; targetPortIdentity of Signaling and Management.
    pub addressed: SyntonePortIdentity,
    /// Nanoseconds of the time stamp in the body, as they are on the wire: also values from 10^9 on.
    pub nanoseconds: u32,
    /// Seconds of the time stamp in the body, below 2^48: originTimestamp, preciseOriginTimestamp, receiveTimestamp,
    /// requestReceiptTimestamp or responseOriginTimestamp.
    pub seconds: u64,
    /// The octets of its TLVs, for syntone_tlv_next(); decoded, they lie in the octets that were decoded. May be NULL if
    /// there is none.
    pub tlvs: *const u8,
    /// How many octets its TLVs have.
    pub tlvs_length: usize,
}
sized!(SyntoneMessage);

impl SyntoneMessage {
    /// Nothing but the size.
    pub const EMPTY: Self = Self {
        struct_size: <Self as Sized32>::SIZE,
        message_type_specific: 0,
        correction_field: 0,
        sdo_id: 0,
        message_length: 0,
        flags: 0,
        sequence_id: 0,
        source: SyntonePortIdentity { clock_identity: [0; 8], port_number: 0 },
        message_type: 0,
        version_ptp: 0,
        minor_version_ptp: 0,
        domain_number: 0,
        control_field: 0,
        log_message_interval: 0,
        time_source: 0,
        grandmaster_priority1: 0,
        grandmaster_priority2: 0,
        clock_class: 0,
        clock_accuracy: 0,
        starting_boundary_hops: 0,
        boundary_hops: 0,
        action_field: 0,
        offset_scaled_log_variance: 0,
        current_utc_offset: 0,
        steps_removed: 0,
        grandmaster: [0; 8],
        addressed: SyntonePortIdentity { clock_identity: [0; 8], port_number: 0 },
        nanoseconds: 0,
        seconds: 0,
        tlvs: core::ptr::null(),
        tlvs_length: 0,
    };

    pub(crate) fn new(message: &Message<'_>) -> Self {
        let header = &message.header;
        let tlvs = message.tlvs.octets();
        let mut this = Self {
            message_type_specific: header.message_type_specific,
            correction_field: header.correction_field.scaled(),
            sdo_id: header.sdo_id.get(),
            message_length: header.message_length,
            flags: header.flags.bits(),
            sequence_id: header.sequence_id,
            source: SyntonePortIdentity::new(header.source_port_identity),
            message_type: header.message_type.0,
            version_ptp: header.version_ptp,
            minor_version_ptp: header.minor_version_ptp,
            domain_number: header.domain_number,
            control_field: header.control_field,
            log_message_interval: header.log_message_interval,
            tlvs: tlvs.as_ptr(),
            tlvs_length: tlvs.len(),
            ..Self::EMPTY
        };
        this.set_body(&message.body);
        this
    }

    fn set_body(&mut self, body: &Body) {
        match *body {
            Body::Sync(body) => self.set_time(body.origin_timestamp),
            Body::DelayReq(body) => self.set_time(body.origin_timestamp),
            Body::PdelayReq(body) => self.set_time(body.origin_timestamp),
            Body::FollowUp(body) => self.set_time(body.precise_origin_timestamp),
            Body::PdelayResp(body) => {
                self.set_answer(body.request_receipt_timestamp, body.requesting_port_identity);
            }
            Body::DelayResp(body) => self.set_answer(body.receive_timestamp, body.requesting_port_identity),
            Body::PdelayRespFollowUp(body) => {
                self.set_answer(body.response_origin_timestamp, body.requesting_port_identity);
            }
            Body::Announce(body) => self.set_announce(&body),
            Body::Signaling(body) => self.addressed = SyntonePortIdentity::new(body.target_port_identity),
            Body::Management(body) => {
                self.addressed = SyntonePortIdentity::new(body.target_port_identity);
                self.starting_boundary_hops = body.starting_boundary_hops;
                self.boundary_hops = body.boundary_hops;
                self.action_field = body.action_field.0;
            }
        }
    }

    fn set_time(&mut self, time: WireTimestamp) {
        (self.seconds, self.nanoseconds) = (time.seconds, time.nanoseconds);
    }

    fn set_answer(&mut self, time: WireTimestamp, requesting: PortIdentity) {
        self.set_time(time);
        self.addressed = SyntonePortIdentity::new(requesting);
    }

    fn set_announce(&mut self, body: &Announce) {
        self.set_time(body.origin_timestamp);
        self.current_utc_offset = body.current_utc_offset;
        self.grandmaster_priority1 = body.grandmaster_priority1;
        self.clock_class = body.grandmaster_clock_quality.clock_class.0;
        self.clock_accuracy = body.grandmaster_clock_quality.clock_accuracy.0;
        self.offset_scaled_log_variance = body.grandmaster_clock_quality.offset_scaled_log_variance;
        self.grandmaster_priority2 = body.grandmaster_priority2;
        self.grandmaster = body.grandmaster_identity.octets();
        self.steps_removed = body.steps_removed;
        self.time_source = body.time_source.0;
    }

    pub(crate) fn header(&self) -> Option<Header> {
        if self.version_ptp != 2 || self.minor_version_ptp > 0xF {
            return None;
        }
        Some(Header {
            sdo_id: SdoId::new(self.sdo_id)?,
            message_type: MessageType(self.message_type),
            minor_version_ptp: self.minor_version_ptp,
            version_ptp: self.version_ptp,
            message_length: self.message_length,
            domain_number: self.domain_number,
            flags: Flags::from_bits_retain(self.flags),
            correction_field: TimeInterval::from_scaled(self.correction_field),
            message_type_specific: self.message_type_specific,
            source_port_identity: identity(self.source),
            sequence_id: self.sequence_id,
            control_field: self.control_field,
            log_message_interval: self.log_message_interval,
        })
    }

    pub(crate) fn body(&self) -> Option<Body> {
        let time = WireTimestamp { seconds: self.seconds, nanoseconds: self.nanoseconds };
        let addressed = identity(self.addressed);
        Some(match self.message_type {
            SYNTONE_MESSAGE_SYNC => Body::Sync(Sync { origin_timestamp: time }),
            SYNTONE_MESSAGE_DELAY_REQ => Body::DelayReq(DelayReq { origin_timestamp: time }),
            SYNTONE_MESSAGE_PDELAY_REQ => Body::PdelayReq(PdelayReq { origin_timestamp: time }),
            SYNTONE_MESSAGE_PDELAY_RESP => {
                Body::PdelayResp(PdelayResp { request_receipt_timestamp: time, requesting_port_identity: addressed })
            }
            SYNTONE_MESSAGE_FOLLOW_UP => Body::FollowUp(FollowUp { precise_origin_timestamp: time }),
            SYNTONE_MESSAGE_DELAY_RESP => {
                Body::DelayResp(DelayResp { receive_timestamp: time, requesting_port_identity: addressed })
            }
            SYNTONE_MESSAGE_PDELAY_RESP_FOLLOW_UP => Body::PdelayRespFollowUp(PdelayRespFollowUp {
                response_origin_timestamp: time,
                requesting_port_identity: addressed,
            }),
            SYNTONE_MESSAGE_ANNOUNCE => Body::Announce(self.announce(time)),
            SYNTONE_MESSAGE_SIGNALING => Body::Signaling(Signaling { target_port_identity: addressed }),
            SYNTONE_MESSAGE_MANAGEMENT => Body::Management(Management {
                target_port_identity: addressed,
                starting_boundary_hops: self.starting_boundary_hops,
                boundary_hops: self.boundary_hops,
                action_field: ManagementAction(self.action_field),
            }),
            _ => return None,
        })
    }

    fn announce(&self, origin_timestamp: WireTimestamp) -> Announce {
        Announce {
            origin_timestamp,
            current_utc_offset: self.current_utc_offset,
            grandmaster_priority1: self.grandmaster_priority1,
            grandmaster_clock_quality: ClockQuality {
                clock_class: ClockClass(self.clock_class),
                clock_accuracy: ClockAccuracy(self.clock_accuracy),
                offset_scaled_log_variance: self.offset_scaled_log_variance,
            },
            grandmaster_priority2: self.grandmaster_priority2,
            grandmaster_identity: ClockIdentity::from_octets(self.grandmaster),
            steps_removed: self.steps_removed,
            time_source: TimeSource(self.time_source),
        }
    }
}

fn identity(identity: SyntonePortIdentity) -> PortIdentity {
    PortIdentity::new(ClockIdentity::from_octets(identity.clock_identity), identity.port_number)
}
