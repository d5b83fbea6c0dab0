//! What single fields hold.

use super::{Element, Emitter, Layout, Nesting, Parser, Value, Visitor};
use crate::wire::{
    ClockAccuracy, ClockClass, ClockIdentity, ClockQuality, Field, Flags, ParseError, PortIdentity, Reader,
    WireTimestamp,
};
use syntone_hal::TimeInterval;

macro_rules! integers {
    ($($integer:ident $variant:ident;)*) => {$(
        impl Element<'_> for $integer {
            fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
                parser.take(field).map(Self::from_be_bytes)
            }

            fn write(&self, emitter: &mut Emitter<'_>) {
                emitter.put(&self.to_be_bytes());
            }

            fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
                visitor.value(field.name(), Value::$variant((*self).into()));
            }
        }
    )*};
}

integers! {
    u8 Unsigned;
    i8 Signed;
    u16 Unsigned;
    i16 Signed;
    u32 Unsigned;
    i32 Signed;
    u64 Unsigned;
    i64 Signed;
}

/// 48 bits: seconds, of which higher bits are not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct U48(pub u64);

impl Element<'_> for U48 {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        parser.take::<6>(field).map(|octets| Self(Reader::new(&octets).u48()))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        let [_, _, octets @ ..] = self.0.to_be_bytes();
        emitter.put(&octets);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Unsigned(self.0));
    }
}

/// The bits of an IEEE 754 number of 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Float64(pub u64);

impl Element<'_> for Float64 {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u64::read(parser, field).map(Self)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.0.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Float64(self.0));
    }
}

impl Element<'_> for bool {
    /// Bit 0; the others are reserved.
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u8::read(parser, field).map(|octet| octet & 1 != 0)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        u8::from(*self).write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Bool(*self));
    }
}

impl Element<'_> for Flags {
    /// Octet 1 of a flagField.
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u8::read(parser, field).map(|octet| Self::from_bits_retain(octet.into()))
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        let [_, octet] = self.bits().to_be_bytes();
        octet.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        let mut names = [""; 8];
        let count = self.names().zip(&mut names).map(|(name, place)| *place = name).count();
        visitor.value(field.name(), Value::Flags(self.bits(), names.get(..count).unwrap_or_default()));
    }
}

impl<const N: usize> Element<'_> for [u8; N] {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        parser.take(field)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        emitter.put(self);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Octets(self));
    }
}

impl<'a> Element<'a> for &'a [u8] {
    /// All that are left.
    fn read(parser: &mut Parser<'a>, _: Field) -> Result<Self, ParseError> {
        Ok(parser.rest())
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        emitter.put(self);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Octets(self));
    }
}

impl Element<'_> for ClockIdentity {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        parser.take(field).map(Self::from_octets)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        emitter.put(&self.octets());
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::ClockIdentity(*self));
    }
}

impl Element<'_> for PortIdentity {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        parser.take::<10>(field).map(|octets| Reader::new(&octets).port_identity())
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.clock_identity.write(emitter);
        self.port_number.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::PortIdentity(*self));
    }
}

impl Element<'_> for WireTimestamp {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        parser.take::<10>(field).map(|octets| Reader::new(&octets).timestamp())
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        U48(self.seconds).write(emitter);
        self.nanoseconds.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Timestamp(*self));
    }
}

impl Element<'_> for TimeInterval {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        i64::read(parser, field).map(Self::from_scaled)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.scaled().write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.value(field.name(), Value::Interval(*self));
    }
}

impl Element<'_> for ClockQuality {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        let octets = parser.take::<4>(field)?;
        let mut reader = Reader::new(&octets);
        Ok(Self {
            clock_class: ClockClass(reader.u8()),
            clock_accuracy: ClockAccuracy(reader.u8()),
            offset_scaled_log_variance: reader.u16(),
        })
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.clock_class.write(emitter);
        self.clock_accuracy.write(emitter);
        self.offset_scaled_log_variance.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.open(field.name(), Nesting::Record);
        self.clock_class.tell(Field::ClockClass, visitor);
        self.clock_accuracy.tell(Field::ClockAccuracy, visitor);
        self.offset_scaled_log_variance.tell(Field::OffsetScaledLogVariance, visitor);
        visitor.close();
    }
}

/// A record within a list.
impl<'a, T: Layout<'a>> Element<'a> for T {
    fn read(parser: &mut Parser<'a>, _: Field) -> Result<Self, ParseError> {
        Self::parse_from(parser)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.emit_into(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.open(field.name(), Nesting::Record);
        self.visit(visitor);
        visitor.close();
    }
}
