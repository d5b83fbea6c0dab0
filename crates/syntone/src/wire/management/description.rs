//! What a clock is and where (IEEE 1588-2019 15.5.3.1.2).

use crate::wire::layout::{Element, Emitter, Parser, PortAddress, PtpText, Value, Visitor, layout};
use crate::wire::{EmitError, Field, ParseError};

layout! {
    /// CLOCK_DESCRIPTION (IEEE 1588-2019 15.5.3.1.2).
    ClockDescription<'a> {
        /// What it can be.
        clock_type: ClockType => ClockType;
        /// The physical layer.
        physical_layer_protocol: PtpText<'a> => PhysicalLayerProtocol;
        /// The address on it.
        physical_address: PhysicalAddress<'a> => PhysicalAddress;
        /// The address on the network.
        protocol_address: PortAddress<'a> => ProtocolAddress;
        /// The OUI or CID of the manufacturer.
        manufacturer_identity: [u8; 3] => ManufacturerIdentity, 1 reserved;
        /// Name, model and instance; 2 to 64 symbols.
        product_description: PtpText<'a> => ProductDescription;
        /// Hardware, firmware and software; 2 to 32 symbols.
        revision_data: PtpText<'a> => RevisionData;
        /// What its owner calls it; up to 128 symbols.
        user_description: PtpText<'a> => UserDescription;
        /// The PTP profile.
        profile_identity: [u8; 6] => ProfileIdentity;
    }
}

bitflags::bitflags! {
    /// clockType: what a clock can be.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct ClockType: u16 {
        /// Ordinary clock.
        const ORDINARY_CLOCK = 0x8000;
        /// Boundary clock.
        const BOUNDARY_CLOCK = 0x4000;
        /// Peer-to-peer transparent clock.
        const P2P_TRANSPARENT_CLOCK = 0x2000;
        /// End-to-end transparent clock.
        const E2E_TRANSPARENT_CLOCK = 0x1000;
        /// Management node; no longer in 2019.
        const MANAGEMENT_NODE = 0x0800;

        const _ = !0;
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for ClockType {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=u16:#06x}", self.bits());
    }
}

impl Element<'_> for ClockType {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u16::read(parser, field).map(Self::from_bits_retain)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.bits().write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Unsigned(self.bits().into()));
    }
}

/// physicalAddressLength and the octets of the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PhysicalAddress<'a>(pub &'a [u8]);

impl<'a> Element<'a> for PhysicalAddress<'a> {
    fn read(parser: &mut Parser<'a>, field: Field) -> Result<Self, ParseError> {
        let length = u16::read(parser, field)?;
        parser.slice(length.into(), field).map(Self)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        match u16::try_from(self.0.len()) {
            Ok(length) => length.write(emitter),
            Err(_) => emitter.fail(EmitError::TooLong),
        }
        emitter.put(self.0);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Octets(self.0));
    }
}
