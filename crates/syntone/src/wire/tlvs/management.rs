//! The TLVs of management messages (IEEE 1588-2019 15.5).

use super::TlvValue;
use crate::wire::layout::{Element, Emitter, Layout, Parser, PtpText, Visitor, layout};
use crate::wire::{Field, ManagementErrorId, ManagementId, ParseError, TlvType};

layout! {
    /// MANAGEMENT (IEEE 1588-2019 15.5.2).
    ManagementTlv<'a> {
        /// What it is about.
        management_id: ManagementId => ManagementId;
        /// For [`ManagementData::parse`](crate::wire::ManagementData::parse).
        data_field: &'a [u8] => DataField;
    }
}

/// MANAGEMENT_ERROR_STATUS (IEEE 1588-2019 15.5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ManagementErrorStatus<'a> {
    /// Why not.
    pub management_error_id: ManagementErrorId,
    /// What the request was about.
    pub management_id: ManagementId,
    /// For people; where it is empty it is left out.
    pub display_data: PtpText<'a>,
}

impl<'a> Layout<'a> for ManagementErrorStatus<'a> {
    fn parse_from(parser: &mut Parser<'a>) -> Result<Self, ParseError> {
        let management_error_id = Element::read(parser, Field::ManagementErrorId)?;
        let management_id = Element::read(parser, Field::ManagementId)?;
        parser.take::<4>(Field::Reserved)?;
        let is_told = !parser.peek().is_empty();
        let display_data = if is_told { PtpText::read(parser, Field::DisplayData)? } else { PtpText::default() };
        Ok(Self { management_error_id, management_id, display_data })
    }

    fn emit_into(&self, emitter: &mut Emitter<'_>) {
        self.management_error_id.write(emitter);
        self.management_id.write(emitter);
        emitter.put(&[0; 4]);
        if !self.display_data.0.is_empty() {
            self.display_data.write(emitter);
        }
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.management_error_id.tell(Field::ManagementErrorId, visitor);
        self.management_id.tell(Field::ManagementId, visitor);
        self.display_data.tell(Field::DisplayData, visitor);
    }
}

impl<'a> TlvValue<'a> for ManagementTlv<'a> {
    const TLV_TYPE: TlvType = TlvType::MANAGEMENT;
}

impl<'a> TlvValue<'a> for ManagementErrorStatus<'a> {
    const TLV_TYPE: TlvType = TlvType::MANAGEMENT_ERROR_STATUS;
}
