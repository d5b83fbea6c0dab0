//! Conformance, scenario and interoperability tests.
