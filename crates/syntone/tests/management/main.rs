//! Clocks that are managed (IEEE 1588-2019 clause 15).

mod bench;
mod clock;
#[cfg(feature = "external-ports")]
mod external;
mod host;
#[cfg(feature = "linuxptp-management")]
mod linuxptp;
mod local;
#[cfg(all(
    feature = "acceptable-masters",
    feature = "alternate-masters",
    feature = "path-trace",
    feature = "alternate-time-offset"
))]
mod options;
#[cfg(feature = "management-relay")]
mod relay;
mod transparent;
