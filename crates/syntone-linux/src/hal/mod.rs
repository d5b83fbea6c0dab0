//! Sockets and clock as the three traits of the edge.

mod clocks;
mod link;
mod messages;
mod port;
mod wait;

pub use wait::{Awaited, wait};

use crate::sys::netlink::LinkMonitor;
use crate::sys::poll::PollSet;
use crate::sys::time;
use crate::transport::{Ethernet, FrameTunnel, Framing, Peer, Transport, UdpIpv4, UdpIpv6};
use crate::{Error, Histogram, Phc, PtpClock};
use port::Port;
use syntone_hal::{Address, ClockHal, ClockLimits, FrequencyOffset, Instant, PortIndex, Timestamp};

/// The sockets of any number of ports, and the clock that stamps are read on.
///
/// The clock decides how all ports stamp: on a [`Phc`] in hardware, on any other in software. An interface that is deleted and
/// made anew is used again; while it is away its port has no link. A hardware clock that is another then, or because an interface
/// such as a bond has come to stamp on another, takes the place of the one before
/// ([`LinuxHal::take_replaced_clock`]).
///
/// One thread uses it; nothing in it blocks but [`LinuxHal::wait`].
#[derive(Debug)]
pub struct LinuxHal {
    clock: PtpClock,
    /// Other hardware clocks, on which ports stamp: their stamps are brought into the time of the clock.
    companions: Vec<Phc>,
    /// One of these clocks has taken the place of another, and nobody has asked yet.
    replaced: bool,
    hands_off: bool,
    ports: Vec<Port>,
    /// Missing where the system has no netlink; links are then asked for from time to time.
    monitor: Option<LinkMonitor>,
    /// The event and the general socket of each port, in the order of the ports; then the monitor.
    poll_set: PollSet,
    /// Of those for whom a wait is at once: kept for the next.
    all: PollSet,
    /// What a wait has found is in the poll set: so many times there may be nothing in it any more before the kernel is asked again.
    waited: u8,
    incoming: Box<[u8; 2048]>,
    outgoing: Vec<u8>,
}

impl LinuxHal {
    /// Without ports yet.
    #[must_use]
    pub fn new(clock: impl Into<PtpClock>) -> Self {
        Self {
            clock: clock.into(),
            companions: Vec::new(),
            replaced: false,
            hands_off: false,
            ports: Vec::new(),
            monitor: LinkMonitor::open().ok(),
            poll_set: PollSet::default(),
            all: PollSet::default(),
            waited: 0,
            incoming: Box::new([0; 2048]),
            outgoing: Vec::new(),
        }
    }

    /// Adds a port over UDP/IPv4.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_udp_ipv4(&mut self, transport: &UdpIpv4) -> Result<PortIndex, Error> {
        self.add(Transport::UdpIpv4(transport.clone()))
    }

    /// Adds a port over UDP/IPv6.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_udp_ipv6(&mut self, transport: &UdpIpv6) -> Result<PortIndex, Error> {
        self.add(Transport::UdpIpv6(transport.clone()))
    }

    /// Adds a port over Ethernet frames.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_ethernet(&mut self, transport: &Ethernet) -> Result<PortIndex, Error> {
        self.add(Transport::Ethernet(transport.clone()))
    }

    /// Adds a port over Ethernet frames in UDP datagrams.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_frame_tunnel(&mut self, transport: &FrameTunnel) -> Result<PortIndex, Error> {
        self.add(Transport::Tunnel(*transport))
    }

    /// Our own end of a UDP port, with the UDP ports that were really bound; `None` for another transport.
    #[must_use]
    pub fn local_end(&self, port: PortIndex) -> Option<Peer> {
        match &self.ports.get(port.get())?.sockets.framing {
            Framing::Udp(addressing) => Some(addressing.local),
            _ => None,
        }
    }

    /// Who gets what a UDP/IPv4 port without interface sends to a group. Does nothing for another port.
    pub fn set_peers(&mut self, port: PortIndex, peers: Vec<Peer>) {
        let sockets = self.ports.get_mut(port.get()).map(|port| &mut port.sockets);
        if let Some(Framing::Udp(addressing)) = sockets.map(|sockets| &mut sockets.framing) {
            addressing.peers = peers;
        }
    }

    /// The hardware address of a port, where it has one: what a clock identity is made of.
    #[must_use]
    pub fn hardware_address(&self, port: PortIndex) -> Option<[u8; 6]> {
        self.ports.get(port.get())?.sockets.hardware_address
    }

    /// Where a port is reached by its transport, at present: the first address of its interface, or that which it was opened on.
    #[must_use]
    pub fn protocol_address(&self, port: PortIndex) -> Option<Address> {
        self.ports.get(port.get())?.sockets.protocol_address()
    }

    /// Why a port has no link, where that is known: an interface that has come back and cannot be used, for example.
    #[must_use]
    pub fn trouble(&self, port: PortIndex) -> Option<&Error> {
        self.ports.get(port.get())?.trouble.as_ref()
    }

    /// How long after the sending of event messages their transmit stamps were read on a port, since its sockets were opened.
    #[must_use]
    pub fn transmit_stamp_latencies(&self, port: PortIndex) -> Option<&Histogram> {
        Some(self.ports.get(port.get())?.sockets.event.latencies())
    }

    /// The clock, to look at.
    #[must_use]
    pub const fn clock(&self) -> &PtpClock {
        &self.clock
    }

    /// Time since boot; the same as [`ClockHal::monotonic`].
    #[must_use]
    pub fn monotonic(&self) -> Instant {
        time::monotonic()
    }

    /// The clock, to compare it with another or to tell it what the protocol does not.
    pub const fn clock_mut(&mut self) -> &mut PtpClock {
        &mut self.clock
    }

    fn add(&mut self, transport: Transport) -> Result<PortIndex, Error> {
        let index = u8::try_from(self.ports.len()).map_err(|_| Error::NoSuchPort { port: u8::MAX })?;
        let companion = self.companion_of(&transport);
        let sockets = transport.open(self.stamp_source(companion))?;
        self.ports.push(Port::new(transport, companion, sockets, time::monotonic()));
        self.rebuild_poll_set();
        Ok(PortIndex(index))
    }
}

impl ClockHal for LinuxHal {
    type Error = Error;

    fn monotonic(&mut self) -> Instant {
        time::monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, Error> {
        self.clock.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), Error> {
        self.clock.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Error> {
        self.clock.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.clock.limits()
    }
}
