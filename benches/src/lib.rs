//! Benchmarks of Syntone beside a peer.
