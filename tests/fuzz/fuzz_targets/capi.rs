//! Calls of the C interface.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    syntone_tests::oracle::capi(data);
});
