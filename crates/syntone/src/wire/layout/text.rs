//! Text and addresses, whose lengths stand before them.

use super::{Element, Emitter, Nesting, Parser, Value, Visitor};
use crate::wire::enumeration::enumeration;
use crate::wire::{EmitError, Field, ParseError};

/// A PTPText: up to 255 octets, UTF-8 if the sender keeps the rules (IEEE 1588-2019 5.3.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PtpText<'a>(pub &'a [u8]);

impl<'a> PtpText<'a> {
    /// The text; `None` if it is no UTF-8.
    #[must_use]
    pub const fn as_str(self) -> Option<&'a str> {
        match core::str::from_utf8(self.0) {
            Ok(text) => Some(text),
            Err(_) => None,
        }
    }
}

impl<'a> From<&'a str> for PtpText<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> Element<'a> for PtpText<'a> {
    fn read(parser: &mut Parser<'a>, field: Field) -> Result<Self, ParseError> {
        let mut ahead = parser.clone();
        let length = u8::read(&mut ahead, field)?;
        let text = ahead.slice(length.into(), field).map_err(|error| at(parser, &error))?;
        *parser = ahead;
        Ok(Self(text))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        match u8::try_from(self.0.len()) {
            Ok(length) => emitter.put(&[length]),
            Err(_) => emitter.fail(EmitError::TooLong),
        }
        emitter.put(self.0);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Text(self.0));
    }
}

enumeration! {
    /// What a protocol address belongs to (IEEE 1588-2019 7.4.1).
    pub struct NetworkProtocol(u16);
    /// UDP on IPv4.
    UDP_IPV4 = 1, "UDP/IPv4";
    /// UDP on IPv6.
    UDP_IPV6 = 2, "UDP/IPv6";
    /// Ethernet.
    IEEE_802_3 = 3, "IEEE 802.3";
    /// DeviceNet.
    DEVICE_NET = 4, "DeviceNet";
    /// ControlNet.
    CONTROL_NET = 5, "ControlNet";
    /// PROFINET.
    PROFINET = 6, "PROFINET";
    /// Optical transport network.
    OTN = 7, "OTN";
    /// Not known.
    UNKNOWN = 0xFFFE, "unknown";
}

/// A PortAddress: where a port can be reached (IEEE 1588-2019 5.3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortAddress<'a> {
    /// What the address belongs to.
    pub network_protocol: NetworkProtocol,
    /// The address.
    pub address_field: &'a [u8],
}

impl<'a> Element<'a> for PortAddress<'a> {
    fn read(parser: &mut Parser<'a>, field: Field) -> Result<Self, ParseError> {
        let mut ahead = parser.clone();
        let mut read = || {
            let network_protocol = NetworkProtocol::read(&mut ahead, field)?;
            let length = u16::read(&mut ahead, field)?;
            Ok(Self { network_protocol, address_field: ahead.slice(length.into(), field)? })
        };
        let address = read().map_err(|error| at(parser, &error))?;
        *parser = ahead;
        Ok(address)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.network_protocol.write(emitter);
        match u16::try_from(self.address_field.len()) {
            Ok(length) => length.write(emitter),
            Err(_) => emitter.fail(EmitError::TooLong),
        }
        emitter.put(self.address_field);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.open(field.name(), Nesting::Record);
        self.network_protocol.tell(Field::NetworkProtocol, visitor);
        visitor.value(Field::AddressField.name(), Value::Octets(self.address_field));
        visitor.close();
    }
}

/// The same error where the whole value begins.
const fn at(parser: &Parser<'_>, error: &ParseError) -> ParseError {
    parser.error(error.field, error.reason)
}
