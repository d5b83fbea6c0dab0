//! Values whose octets are described once, for reading, writing and telling: TLVs and management data.
//!
//! The macro `layout!` makes a struct of such a description. What is not used of it is not linked.

mod elements;
mod octets;
mod records;
mod text;
mod visitor;

pub use elements::{Float64, U48};
pub use octets::{Emitter, Parser};
pub use records::{FaultCount, Records, RecordsIter, Table, TableCount};
pub use text::{NetworkProtocol, PortAddress, PtpText};
pub use visitor::{Nesting, Value, Visitor};

use super::{EmitError, Field, ParseError, ParseReason};

/// A value of several fields.
pub trait Layout<'a>: Sized {
    /// Reads the fields.
    ///
    /// # Errors
    /// [`ParseError`] with the field in which the octets end, or whose value cannot be.
    fn parse_from(parser: &mut Parser<'a>) -> Result<Self, ParseError>;

    /// Writes the fields.
    fn emit_into(&self, emitter: &mut Emitter<'_>);

    /// Tells the fields.
    fn visit(&self, visitor: &mut dyn Visitor);

    /// Reads the fields from the front of `octets`; what follows them is ignored, for a later edition may add to them.
    ///
    /// # Errors
    /// As [`Layout::parse_from`]; its offset counts from the first of these octets.
    fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_from(&mut Parser::new(octets))
    }

    /// Reads the fields, and refuses more than the one octet behind them that makes their number even.
    ///
    /// # Errors
    /// As [`Layout::parse`], and where there are too many octets.
    fn parse_exact(octets: &'a [u8]) -> Result<Self, ParseError> {
        let mut parser = Parser::new(octets);
        let value = Self::parse_from(&mut parser)?;
        let odd = octets.len().saturating_sub(parser.peek().len()) % 2;
        if parser.peek().len() <= odd { Ok(value) } else { Err(parser.error(Field::LengthField, ParseReason::Surplus)) }
    }

    /// Writes the fields to the front of `octets`, and one octet more where their number is odd. Gives the number.
    ///
    /// # Errors
    /// When the buffer is too small, or a text or table too long.
    fn emit(&self, octets: &mut [u8]) -> Result<usize, EmitError> {
        let mut emitter = Emitter::new(octets);
        self.emit_into(&mut emitter);
        emitter.pad();
        emitter.finish()
    }
}

/// The value of one field.
pub trait Element<'a>: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// [`ParseError`] with `field`.
    fn read(parser: &mut Parser<'a>, field: Field) -> Result<Self, ParseError>;

    /// Writes it.
    fn write(&self, emitter: &mut Emitter<'_>);

    /// Tells it.
    fn tell(&self, field: Field, visitor: &mut dyn Visitor);
}

/// Declares a struct, its octets and its names. A number behind a field is that of reserved octets that follow it.
macro_rules! layout {
    ($(
        $(#[$attribute:meta])*
        $name:ident $(<$life:lifetime>)? {
            $($(#[$doc:meta])* $member:ident: $kind:ty => $field:ident $(, $reserved:literal reserved)?;)*
        }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct $name $(<$life>)? {
            $($(#[$doc])* pub $member: $kind,)*
        }

        impl<'a> $crate::wire::Layout<'a> for $name $(<$life>)? {
            fn parse_from(parser: &mut $crate::wire::Parser<'a>) -> Result<Self, $crate::wire::ParseError> {
                $(
                    let $member = $crate::wire::Element::read(parser, $crate::wire::Field::$field)?;
                    $(parser.take::<$reserved>($crate::wire::Field::Reserved)?;)?
                )*
                Ok(Self { $($member,)* })
            }

            fn emit_into(&self, emitter: &mut $crate::wire::Emitter<'_>) {
                $(
                    $crate::wire::Element::write(&self.$member, emitter);
                    $(emitter.put(&[0; $reserved]);)?
                )*
            }

            fn visit(&self, visitor: &mut dyn $crate::wire::Visitor) {
                $($crate::wire::Element::tell(&self.$member, $crate::wire::Field::$field, visitor);)*
            }
        }
    )*};
}

pub(crate) use layout;

/// Declares flags in the low bits of an octet, with the standard's names.
macro_rules! flag_octet {
    ($(
        $(#[$($attribute:tt)*])*
        $name:ident { $($(#[$($doc:tt)*])* $constant:ident = $bit:literal, $text:literal;)* }
    )*) => {$(
        bitflags::bitflags! {
            $(#[$($attribute)*])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct $name: u8 {
                $($(#[$($doc)*])* const $constant = 1 << $bit;)*
                const _ = !0;
            }
        }

        #[cfg(feature = "defmt")]
        impl defmt::Format for $name {
            fn format(&self, f: defmt::Formatter<'_>) {
                defmt::write!(f, "{=u8:#04x}", self.bits());
            }
        }

        impl $crate::wire::Element<'_> for $name {
            fn read(
                parser: &mut $crate::wire::Parser<'_>,
                field: $crate::wire::Field,
            ) -> Result<Self, $crate::wire::ParseError> {
                u8::read(parser, field).map(Self::from_bits_retain)
            }

            fn write(&self, emitter: &mut $crate::wire::Emitter<'_>) {
                self.bits().write(emitter);
            }

            fn tell(&self, _: $crate::wire::Field, visitor: &mut dyn $crate::wire::Visitor) {
                $(visitor.value($text, $crate::wire::Value::Bool(self.contains(Self::$constant)));)*
            }
        }
    )*};
}

pub(crate) use flag_octet;
