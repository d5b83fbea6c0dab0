//! Faults that are remembered (IEEE 1588-2019 15.5.3.1.7).

use crate::wire::enumeration::enumeration;
use crate::wire::layout::{Element, Emitter, FaultCount, Nesting, Parser, PtpText, Table, Visitor, layout};
use crate::wire::{EmitError, Field, ParseError, WireTimestamp};

layout! {
    /// FAULT_LOG (IEEE 1588-2019 15.5.3.1.7).
    FaultLog<'a> {
        /// The newest first.
        fault_records: Table<'a, FaultRecord<'a>, FaultCount> => FaultRecords;
    }
}

enumeration! {
    /// How grave a fault is.
    pub struct SeverityCode(u8);
    /// The clock is of no use.
    EMERGENCY = 0, "EMERGENCY";
    /// Something must be done at once.
    ALERT = 1, "ALERT";
    /// Critical.
    CRITICAL = 2, "CRITICAL";
    /// An error.
    ERROR = 3, "ERROR";
    /// A warning.
    WARNING = 4, "WARNING";
    /// Of note.
    NOTICE = 5, "NOTICE";
    /// For information.
    INFORMATIONAL = 6, "INFORMATIONAL";
    /// For debugging.
    DEBUG = 7, "DEBUG";
}

/// One fault (IEEE 1588-2019 5.3.10).
///
/// The length before it counts the octets behind it, or, as some peers send it, also its own two. Ours is the first; both
/// are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FaultRecord<'a> {
    /// When it was; all ones if that is not known.
    pub fault_time: WireTimestamp,
    /// How grave it is.
    pub severity_code: SeverityCode,
    /// What it is called.
    pub fault_name: PtpText<'a>,
    /// Its value.
    pub fault_value: PtpText<'a>,
    /// What it is.
    pub fault_description: PtpText<'a>,
}

impl<'a> FaultRecord<'a> {
    /// The octets behind the length.
    fn parse_body(parser: &mut Parser<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            fault_time: Element::read(parser, Field::FaultTime)?,
            severity_code: Element::read(parser, Field::SeverityCode)?,
            fault_name: Element::read(parser, Field::FaultName)?,
            fault_value: Element::read(parser, Field::FaultValue)?,
            fault_description: Element::read(parser, Field::FaultDescription)?,
        })
    }

    fn length(&self) -> Option<u16> {
        let texts = [self.fault_name, self.fault_value, self.fault_description];
        let length = texts.iter().fold(14_usize, |sum, text| sum.saturating_add(text.0.len()));
        u16::try_from(length).ok()
    }
}

impl<'a> Element<'a> for FaultRecord<'a> {
    fn read(parser: &mut Parser<'a>, _: Field) -> Result<Self, ParseError> {
        // The texts tell where the record ends, whichever way its length is counted.
        u16::read(parser, Field::FaultRecordLength)?;
        Self::parse_body(parser)
    }

    fn write(&self, emitter: &mut Emitter<'_>) {
        match self.length() {
            Some(length) => length.write(emitter),
            None => emitter.fail(EmitError::TooLong),
        }
        self.fault_time.write(emitter);
        self.severity_code.write(emitter);
        self.fault_name.write(emitter);
        self.fault_value.write(emitter);
        self.fault_description.write(emitter);
    }

    fn tell(&self, field: Field, visitor: &mut dyn Visitor) {
        visitor.open(field.name(), Nesting::Record);
        self.fault_time.tell(Field::FaultTime, visitor);
        self.severity_code.tell(Field::SeverityCode, visitor);
        self.fault_name.tell(Field::FaultName, visitor);
        self.fault_value.tell(Field::FaultValue, visitor);
        self.fault_description.tell(Field::FaultDescription, visitor);
        visitor.close();
    }
}
