//! Faults that are remembered (IEEE 1588-2019 8.2.6).

use crate::wire::management::{FaultRecord, SeverityCode};
use crate::wire::{Element, Emitter, WireTimestamp};
use syntone_hal::{ErrorKind, PortIndex};

/// A fault of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Fault {
    /// The port.
    pub port: PortIndex,
    /// What kind of error its driver reported.
    pub kind: ErrorKind,
}

/// The last faults, in storage that the caller lends. The newest takes the place of the oldest.
#[derive(Debug)]
pub struct FaultLog {
    storage: &'static mut [Option<Fault>],
    /// Where the next one goes.
    next: usize,
}

impl FaultLog {
    /// An empty log of as many faults as there is room for.
    #[must_use]
    pub fn new(storage: &'static mut [Option<Fault>]) -> Self {
        storage.fill(None);
        Self { storage, next: 0 }
    }

    /// Adds a fault.
    pub(crate) fn push(&mut self, fault: Fault) {
        if let Some(place) = self.storage.get_mut(self.next) {
            *place = Some(fault);
            let next = self.next.saturating_add(1);
            self.next = if next < self.storage.len() { next } else { 0 };
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.storage.fill(None);
        self.next = 0;
    }

    /// The newest first.
    pub fn iter(&self) -> impl Iterator<Item = Fault> + '_ {
        let (newer, older) = self.storage.split_at_checked(self.next).unwrap_or((&[], &[]));
        newer.iter().rev().chain(older.iter().rev()).copied().flatten()
    }

    /// Writes the dataField of FAULT_LOG (IEEE 1588-2019 15.5.3.1.7).
    pub(crate) fn emit_into(&self, to: &mut Emitter<'_>) {
        u16::try_from(self.iter().count()).unwrap_or(u16::MAX).write(to);
        for fault in self.iter() {
            let mut digits = [0; 5];
            record(&fault, decimal(fault.port.number(), &mut digits)).write(to);
        }
    }
}

fn record<'a>(fault: &Fault, value: &'a [u8]) -> FaultRecord<'a> {
    FaultRecord {
        // No time of day is known here.
        fault_time: WireTimestamp { seconds: u64::MAX, nanoseconds: u32::MAX },
        severity_code: SeverityCode::ERROR,
        fault_name: name(fault.kind).into(),
        fault_value: crate::wire::layout::PtpText(value),
        fault_description: Default::default(),
    }
}

/// A number in decimal digits.
fn decimal(mut number: u16, digits: &mut [u8; 5]) -> &[u8] {
    let mut start = digits.len();
    for (index, digit) in digits.iter_mut().enumerate().rev() {
        if number != 0 {
            *digit = b'0'.saturating_add(u8::try_from(number % 10).unwrap_or(0));
            number /= 10;
            start = index;
        }
    }
    digits.get(start..).unwrap_or_default()
}

const fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::LinkDown => "link down",
        ErrorKind::Busy => "busy",
        ErrorKind::BufferTooSmall => "buffer too small",
        ErrorKind::Unreachable => "unreachable",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::OutOfRange => "out of range",
        ErrorKind::Timeout => "timeout",
        _ => "other",
    }
}
