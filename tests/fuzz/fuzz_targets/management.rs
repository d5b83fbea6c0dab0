//! Management and Signaling messages for a clock.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    syntone_tests::oracle::management(data);
});
