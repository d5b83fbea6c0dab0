//! Octets for the codec.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| syntone_tests::oracle::octets(data));
