//! Checks that every implementation of the traits must pass.
