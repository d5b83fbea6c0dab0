//! Twelve drivers that are broken as drivers of real chips have been: each fails the contract, and the report names the check.

use crate::contract::bench;
use crate::model::Kind;
use syntone_hal::contract::{Broken, Fault, check_all};
use syntone_stm32::Eqos;

/// What the report says of the cause.
const fn cause(fault: Fault) -> &'static str {
    match fault {
        Fault::LateStamp => "taken too late",
        Fault::SwappedSeconds => "seconds and nanoseconds are swapped",
        Fault::StampOfOtherFrame => "of an earlier message",
        Fault::MadeUpStamp => "a lost ingress stamp: expected no stamp",
        Fault::BlockingReceive => "a call of receive",
        Fault::BlockingSend => "a call of send",
        Fault::TicketCut => "the ticket",
        Fault::RelativeFrequency => "added to the one before instead of replacing it",
        Fault::TornRead => "torn: seconds and nanoseconds are of different moments",
        Fault::StepOfWrongSign => "stepped the wrong way",
        Fault::StepResetsFrequency => "the rate after a step",
        _ => "expected",
    }
}

#[test]
fn each_of_twelve_broken_drivers_fails_the_check_that_names_its_fault() {
    for fault in Fault::ALL {
        let report = check_all(&mut Broken::new(bench::<Eqos>(Kind::Eqos), fault));
        let failed: Vec<&str> = report.failed().map(|(check, _)| check.name()).collect();
        assert_eq!(failed, [fault.check().name()], "{fault:?}:\n{report:#}");
        let text = report.to_string();
        let line = text.lines().find(|line| line.starts_with("FAILED")).expect("one failed");
        assert!(line.contains(cause(fault)), "{fault:?}: {line}");
    }
}
