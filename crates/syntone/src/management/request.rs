//! Who asks: requests put together and answers taken apart.

use crate::wire::tlvs::{ManagementErrorStatus, ManagementTlv};
use crate::wire::{self, Header, Layout, Management as Body, ManagementAction, ManagementData, MessageBody};
use crate::wire::{ClockIdentity, EmitError, ManagementErrorId, ManagementId, MessageType, PortIdentity, SdoId, Tlvs};
use crate::wire::{Tlv, TlvType};

/// Whom a request is for, and by whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Addressee {
    /// The port; [`PortIdentity::WILDCARD`] for every port of every clock.
    pub target_port_identity: PortIdentity,
    /// Its domain.
    pub domain_number: u8,
    /// Its sdoId.
    pub sdo_id: SdoId,
    /// Boundary clocks that the request may pass.
    pub boundary_hops: u8,
}

impl Addressee {
    /// Everybody in domain 0 on the same path.
    pub const EVERYBODY: Self = Self {
        target_port_identity: PortIdentity::WILDCARD,
        domain_number: 0,
        sdo_id: SdoId::DEFAULT,
        boundary_hops: 0,
    };
}

/// One request (IEEE 1588-2019 15.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Request<'a> {
    /// Whom it is for.
    pub addressee: Addressee,
    /// Who asks: any identity that no clock has.
    pub source_port_identity: PortIdentity,
    /// Tells the answers to this request from others.
    pub sequence_id: u16,
    /// GET, SET or COMMAND.
    pub action: ManagementAction,
    /// What about.
    pub management_id: ManagementId,
    /// What is to be set; `None` for GET.
    pub data: Option<ManagementData<'a>>,
}

/// The longest dataField of a request.
const LONGEST: usize = 512;

impl Request<'_> {
    /// Writes the message to the front of `buffer` and gives the number of its octets.
    ///
    /// # Errors
    /// When the buffer is too small, or the data too long.
    pub fn emit(&self, buffer: &mut [u8]) -> Result<usize, EmitError> {
        let mut value = [0; 2 + LONGEST];
        let (id, data) = value.split_first_chunk_mut::<2>().ok_or(EmitError::BufferTooSmall)?;
        *id = self.management_id.0.to_be_bytes();
        let length = match &self.data {
            Some(told) => told.emit(data)?,
            None => 0,
        };
        let value = value.get(..length.saturating_add(2)).ok_or(EmitError::BufferTooSmall)?;
        let mut tlv = [0; 6 + LONGEST];
        let length = Tlv { tlv_type: TlvType::MANAGEMENT, value }.emit(&mut tlv)?;
        let tlvs = tlv.get(..length).and_then(Tlvs::checked).unwrap_or_default();
        self.body().emit(&self.header(), tlvs, buffer)
    }

    const fn body(&self) -> Body {
        Body {
            target_port_identity: self.addressee.target_port_identity,
            starting_boundary_hops: self.addressee.boundary_hops,
            boundary_hops: self.addressee.boundary_hops,
            action_field: self.action,
        }
    }

    fn header(&self) -> Header {
        Header {
            sdo_id: self.addressee.sdo_id,
            minor_version_ptp: 1,
            version_ptp: 2,
            domain_number: self.addressee.domain_number,
            source_port_identity: self.source_port_identity,
            sequence_id: self.sequence_id,
            control_field: MessageType::MANAGEMENT.control_field(),
            log_message_interval: 0x7F,
            ..Header::default()
        }
    }

    /// Whether `response` answers this request.
    #[must_use]
    pub fn is_answered_by(&self, response: &Response<'_>) -> bool {
        let target = self.addressee.target_port_identity;
        let source = response.source_port_identity;
        response.target_port_identity == self.source_port_identity
            && response.sequence_id == self.sequence_id
            && response.management_id == self.management_id
            && response.domain_number == self.addressee.domain_number
            && (target.clock_identity == ClockIdentity::WILDCARD || target.clock_identity == source.clock_identity)
    }
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Response<'a> {
    /// Who answers.
    pub source_port_identity: PortIdentity,
    /// Who asked.
    pub target_port_identity: PortIdentity,
    /// The number of the request.
    pub sequence_id: u16,
    /// The domain.
    pub domain_number: u8,
    /// It answers a COMMAND.
    pub acknowledges: bool,
    /// What about.
    pub management_id: ManagementId,
    /// What it says.
    pub outcome: Outcome<'a>,
}

/// What an answer says.
#[expect(clippy::large_enum_variant, reason = "there is no allocator, and seldom more than one")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome<'a> {
    /// The values that are in effect; after a COMMAND none.
    Data(ManagementData<'a>),
    /// It was done.
    Done,
    /// Why not.
    Refused(ManagementErrorId),
}

impl<'a> Response<'a> {
    /// Reads a message; `None` if it is no answer that can be understood.
    #[must_use]
    pub fn parse(octets: &'a [u8]) -> Option<Self> {
        let (header, content) = Header::checked(octets)?;
        let (body, tlvs) = wire::checked::<Body>(content).filter(|_| header.message_type == MessageType::MANAGEMENT)?;
        let acknowledges = body.action_field == ManagementAction::ACKNOWLEDGE;
        if !acknowledges && body.action_field != ManagementAction::RESPONSE {
            return None;
        }
        let (management_id, outcome) = outcome(tlvs.iter().next()?, acknowledges)?;
        Some(Self {
            source_port_identity: header.source_port_identity,
            target_port_identity: body.target_port_identity,
            sequence_id: header.sequence_id,
            domain_number: header.domain_number,
            acknowledges,
            management_id,
            outcome,
        })
    }
}

fn outcome(tlv: Tlv<'_>, acknowledges: bool) -> Option<(ManagementId, Outcome<'_>)> {
    match tlv.tlv_type {
        TlvType::MANAGEMENT => {
            let tlv = ManagementTlv::parse(tlv.value).ok()?;
            if acknowledges || tlv.data_field.is_empty() {
                return Some((tlv.management_id, Outcome::Done));
            }
            let data = ManagementData::parse(tlv.management_id, tlv.data_field).ok()?;
            Some((tlv.management_id, Outcome::Data(data)))
        }
        TlvType::MANAGEMENT_ERROR_STATUS => {
            let status = ManagementErrorStatus::parse(tlv.value).ok()?;
            Some((status.management_id, Outcome::Refused(status.management_error_id)))
        }
        _ => None,
    }
}
