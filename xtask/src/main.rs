//! Project automation: every test, size and count.

fn main() {}
