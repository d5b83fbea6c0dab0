//! C interface of Syntone.
