//! Linux sockets, kernel time stamps and clocks for Syntone.
//!
//! [`LinuxHal`] is the edge of the protocol on Linux: UDP/IPv4 and Ethernet sockets whose messages the kernel stamps in
//! software, and a [`SoftwareClock`] laid over the kernel clock that stamps them. It never touches the machine's own
//! time, and needs no privilege where the ports need none.
//!
//! ```
//! use std::net::Ipv4Addr;
//! use syntone_linux::{LinuxHal, OscillatorError, SoftwareClock, UdpIpv4};
//!
//! # fn main() -> Result<(), syntone_linux::Error> {
//! let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
//! let mut transport = UdpIpv4::on_address(Ipv4Addr::LOCALHOST);
//! (transport.event_port, transport.general_port) = (0, 0); // any that are free
//! let port = hal.add_udp_ipv4(&transport)?;
//! assert_ne!(hal.local_end(port).unwrap().event_port, 0);
//! # Ok(())
//! # }
//! ```
#![deny(unsafe_code)]

mod clock;
mod error;
mod hal;
mod hardware;
mod histogram;
mod holder;
mod local;
mod stamped;
#[expect(unsafe_code, reason = "system calls; every block says why it is sound")]
mod sys;
mod tickets;
mod transport;
mod turnaround;

pub use clock::{CrossMethod, CrossStamp, Leap, OscillatorError, Phc, PtpClock, SoftwareClock, SystemClock};
pub use error::Error;
pub use hal::{Awaited, LinuxHal, wait};
pub use hardware::{Carrier, ClockChoice, OneStepMode, Shortcoming, StampingWish, choose_clock};
pub use histogram::Histogram;
pub use holder::Holder;
pub use local::{LocalAddress, LocalSocket};
pub use sys::privileges::{Capability, become_user};
pub use sys::signal::{catch_reload_signal, catch_stop_signals, reload_requested, stop_requested};
pub use sys::terminal::terminal_size;
pub use sys::time::monotonic;
pub use transport::{Ethernet, FrameTunnel, Peer, UdpIpv4, UdpIpv6};
