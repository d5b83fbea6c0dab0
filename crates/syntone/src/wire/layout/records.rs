//! Values of one kind, one after the other.

use super::{Element, Emitter, Nesting, Parser, Visitor};
use crate::wire::{EmitError, Field, ParseError};

/// Values of one kind up to the end of the octets: borrowed as octets when they were read, as values when they are to be
/// written.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Records<'a, T>(Form<'a, T>);

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
enum Form<'a, T> {
    /// Whole values.
    Octets(&'a [u8]),
    Values(&'a [T]),
}

impl<'a, T> Records<'a, T> {
    /// To be written.
    #[must_use]
    pub const fn new(values: &'a [T]) -> Self {
        Self(Form::Values(values))
    }
}

impl<'a, T: Element<'a> + Copy> Records<'a, T> {
    /// One after the other.
    #[must_use]
    pub fn iter(&self) -> RecordsIter<'a, T> {
        RecordsIter(match self.0 {
            Form::Octets(octets) => Rest::Octets(Parser::new(octets)),
            Form::Values(values) => Rest::Values(values.iter()),
        })
    }

    /// `count` values, or all that are left.
    fn read_some(parser: &mut Parser<'a>, field: Field, count: Option<usize>) -> Result<Self, ParseError> {
        let octets = parser.peek();
        let mut done = 0_usize;
        while count.map_or(!parser.peek().is_empty(), |count| done < count) {
            T::read(parser, field)?;
            done = done.saturating_add(1);
        }
        let length = octets.len().saturating_sub(parser.peek().len());
        Ok(Self(Form::Octets(octets.get(..length).unwrap_or_default())))
    }
}

/// Goes through [`Records`].
#[derive(Clone, Debug)]
pub struct RecordsIter<'a, T>(Rest<'a, T>);

#[derive(Clone, Debug)]
enum Rest<'a, T> {
    Octets(Parser<'a>),
    Values(core::slice::Iter<'a, T>),
}

impl<'a, T: Element<'a> + Copy> Iterator for RecordsIter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Rest::Octets(parser) if parser.peek().is_empty() => None,
            Rest::Octets(parser) => T::read(parser, Field::Value).ok(),
            Rest::Values(values) => values.next().copied(),
        }
    }
}

impl<'a, T: Element<'a> + Copy> IntoIterator for Records<'a, T> {
    type Item = T;
    type IntoIter = RecordsIter<'a, T>;

    fn into_iter(self) -> RecordsIter<'a, T> {
        self.iter()
    }
}

impl<T> Default for Records<'_, T> {
    fn default() -> Self {
        Self(Form::Octets(&[]))
    }
}

/// The same values, whether read or to be written.
impl<'a, T: Element<'a> + Copy + PartialEq> PartialEq for Records<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Element<'a> + Copy + Eq> Eq for Records<'a, T> {}

impl<'a, T: Element<'a> + Copy> Element<'a> for Records<'a, T> {
    fn read(parser: &mut Parser<'a>, field: Field) -> Result<Self, ParseError> {
        Self::read_some(parser, field, None)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        for value in self.iter() {
            value.write(emitter);
        }
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.open(field.name(), Nesting::List);
        for value in self.iter() {
            value.tell(field, visitor);
        }
        visitor.close();
    }
}

/// The number before a [`Table`].
pub trait TableCount: Copy + TryFrom<usize> + Into<usize> + for<'a> Element<'a> {
    /// What the standard calls it.
    const FIELD: Field;
}

impl TableCount for u8 {
    const FIELD: Field = Field::ActualTableSize;
}

impl TableCount for u16 {
    const FIELD: Field = Field::ActualTableSize;
}

/// The number of faults in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FaultCount(u16);

impl TryFrom<usize> for FaultCount {
    type Error = core::num::TryFromIntError;

    fn try_from(count: usize) -> Result<Self, Self::Error> {
        u16::try_from(count).map(Self)
    }
}

impl From<FaultCount> for usize {
    fn from(count: FaultCount) -> Self {
        count.0.into()
    }
}

impl Element<'_> for FaultCount {
    fn read(parser: &mut Parser<'_>, field: Field) -> Result<Self, ParseError> {
        u16::read(parser, field).map(Self)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        self.0.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        self.0.tell(field, visitor);
    }
}

impl TableCount for FaultCount {
    const FIELD: Field = Field::NumberOfFaultRecords;
}

/// Values of one kind with their number before them.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Table<'a, T, C> {
    /// The values.
    pub records: Records<'a, T>,
    count: core::marker::PhantomData<C>,
}

impl<'a, T, C> Table<'a, T, C> {
    /// A table of these values.
    #[must_use]
    pub const fn new(records: Records<'a, T>) -> Self {
        Self { records, count: core::marker::PhantomData }
    }
}

impl<T, C> Default for Table<'_, T, C> {
    fn default() -> Self {
        Self::new(Records::default())
    }
}

impl<'a, T: Element<'a> + Copy + PartialEq, C> PartialEq for Table<'a, T, C> {
    fn eq(&self, other: &Self) -> bool {
        self.records == other.records
    }
}

impl<'a, T: Element<'a> + Copy + Eq, C> Eq for Table<'a, T, C> {}

impl<'a, T: Element<'a> + Copy, C: TableCount> Element<'a> for Table<'a, T, C> {
    fn read(parser: &mut Parser<'a>, field: Field) -> Result<Self, ParseError> {
        let count = C::read(parser, C::FIELD)?;
        Records::read_some(parser, field, Some(count.into())).map(Self::new)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        match C::try_from(self.records.iter().count()) {
            Ok(count) => count.write(emitter),
            Err(_) => emitter.fail(EmitError::TooLong),
        }
        self.records.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        if let Ok(count) = C::try_from(self.records.iter().count()) {
            count.tell(C::FIELD, visitor);
        }
        self.records.tell(field, visitor);
    }
}
