//! Deterministic network of PTP clocks in virtual time.
