//! The contract over your MAC and the model of its registers.

mod registers;

use registers::{Bench, Model};
use syntone_hal::contract::check_all;
use syntone_hal_template::mac::Mac;

// The places of `src/mac.rs` are empty: take the second line away, and the checks that fail say which one is next.
#[test]
#[should_panic(expected = "monotonic_advances_with_time")]
fn mac_keeps_the_contract() {
    let report = check_all(&mut Bench::new(Mac::new(Model::new())));
    assert!(report.passed(), "{report}");
}
