//! Linux sockets, kernel time stamps and clocks for Syntone.
