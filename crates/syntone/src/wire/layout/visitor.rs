//! Values told field by field, for who prints them.

use crate::wire::{ClockIdentity, PortIdentity, WireTimestamp};
use syntone_hal::TimeInterval;

/// Told all fields of a value by the standard's names, in the order of their octets.
pub trait Visitor {
    /// A field. In a list, the name is that of the list.
    fn value(&mut self, name: &'static str, value: Value<'_>);

    /// A list begins, or the next record of one: what follows is in it until [`Visitor::close`].
    fn open(&mut self, name: &'static str, nesting: Nesting);

    /// What was opened last ends.
    fn close(&mut self);
}

/// What [`Visitor::open`] opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// Values or records of the same kind.
    List,
    /// Fields that belong together.
    Record,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A number.
    Unsigned(u64),
    /// A number with a sign.
    Signed(i64),
    /// A flag.
    Bool(bool),
    /// A number that the standard may have a name for.
    Named(u16, Option<&'static str>),
    /// Bits, and the names of those that are set.
    Flags(u16, &'a [&'static str]),
    /// Octets of no further meaning.
    Octets(&'a [u8]),
    /// Text; UTF-8, if the sender keeps the rules.
    Text(&'a [u8]),
    /// A time interval.
    Interval(TimeInterval),
    /// A time.
    Timestamp(WireTimestamp),
    /// A clock.
    ClockIdentity(ClockIdentity),
    /// A port.
    PortIdentity(PortIdentity),
    /// The bits of a floating-point number of 64 bits (IEEE 754).
    Float64(u64),
}
