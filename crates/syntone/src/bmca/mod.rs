//! The best master clock algorithm (IEEE 1588-2019 9.3): values in, values out.
//!
//! ```text
//! Announce ─> qualify ─> ForeignMasters ─> best (E_rbest of a port)
//!                                            │ best of all ports (E_best)
//!                          own clock (D0) ─> decide ─> M1 … S1
//! ```

#[cfg(feature = "acceptable-masters")]
mod acceptable;
mod comparison;
mod decision;
mod foreign;

#[cfg(feature = "acceptable-masters")]
pub use acceptable::{AcceptableMaster, AcceptableMasterTable};
pub use comparison::{Comparison, DataSet, compare};
pub use decision::{Decision, decide};
pub use foreign::{ForeignMaster, ForeignMasters, Outcome, Unqualified, Window, foreign_master_time_window, qualify};
