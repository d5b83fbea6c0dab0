//! Sockets and clock as the three traits of the edge.

mod clocks;
mod link;
mod port;

use crate::hardware::OneStepMode;
use crate::sys::netlink::LinkMonitor;
use crate::sys::poll::PollSet;
use crate::sys::{signal, socket, time};
use crate::transport::{Ethernet, FrameTunnel, Framing, Peer, Transport, UdpIpv4, UdpIpv6};
use crate::{Error, Histogram, Phc, PtpClock};
use link::LINK_CHECK_NS;
use port::Port;
use std::os::fd::{AsFd, BorrowedFd};
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, FrequencyOffset, Instant, MessageClass, NetworkHal, PortCapabilities,
    PortIndex, Received, Stamping, TimeInterval, Timestamp, TimestampHal, Transmit,
};

/// The sockets of any number of ports, and the clock that stamps are read on.
///
/// The clock decides how all ports stamp: on a [`Phc`] in hardware, on any other in software. An interface that is deleted and
/// made anew is used again; while it is away its port has no link.
///
/// One thread uses it; nothing in it blocks but [`LinuxHal::wait`].
#[derive(Debug)]
pub struct LinuxHal {
    clock: PtpClock,
    /// Other hardware clocks, on which ports stamp: their stamps are brought into the time of the clock.
    companions: Vec<Phc>,
    ports: Vec<Port>,
    /// Missing where the system has no netlink; links are then asked for from time to time.
    monitor: Option<LinkMonitor>,
    /// The event and the general socket of each port, in the order of the ports; then the monitor.
    poll_set: PollSet,
    /// What a wait has found is in the poll set: until it is used up, the kernel need not be asked.
    waited: bool,
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
            ports: Vec::new(),
            monitor: LinkMonitor::open().ok(),
            poll_set: PollSet::default(),
            waited: false,
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

    /// Waits until something comes in, until the time is `until`, or until a signal comes, whichever is first. It may
    /// also come back early without a reason.
    ///
    /// # Errors
    /// When the system refuses to wait.
    pub fn wait(&mut self, until: Instant) -> Result<(), Error> {
        wait(&mut [self], &mut [], until)
    }

    /// The sockets, for a program that waits by itself: each for input (POLLIN) and for urgent data (POLLPRI), which are stamps. An
    /// interface that comes back has others: ask before each wait.
    pub fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let of_ports = self
            .ports
            .iter()
            .flat_map(|port| [MessageClass::Event, MessageClass::General].map(|class| port.socket(class)));
        of_ports.chain(self.monitor.as_ref().map(AsFd::as_fd))
    }

    /// How long to wait at most by who would wait until `until`: earlier where nobody tells when a link comes back.
    #[must_use]
    pub fn wait_at_most(&self, until: Instant) -> Instant {
        let asked = self.ports.iter().any(Port::must_be_asked_again);
        if asked { until.min(time::monotonic().plus_nanos(LINK_CHECK_NS)) } else { until }
    }

    fn add(&mut self, transport: Transport) -> Result<PortIndex, Error> {
        let index = u8::try_from(self.ports.len()).map_err(|_| Error::NoSuchPort { port: u8::MAX })?;
        let companion = self.companion_of(&transport);
        let sockets = transport.open(self.stamp_source(companion))?;
        self.ports.push(Port::new(transport, companion, sockets, time::monotonic()));
        self.rebuild_poll_set();
        Ok(PortIndex(index))
    }

    fn rebuild_poll_set(&mut self) {
        let mut all = PollSet::default();
        self.push_all(&mut all);
        self.poll_set = all;
    }

    fn push_all(&self, set: &mut PollSet) {
        self.sockets().for_each(|socket| set.push(socket));
    }

    /// Asks the kernel which sockets have something.
    fn refresh(&mut self) -> Result<(), Error> {
        self.poll_set.wait(0).map_err(|error| Error::system("poll the sockets", error))
    }

    /// Takes a message from the first socket that is known to have one.
    fn receive_ready(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Error> {
        for index in 0..self.ports.len() {
            for class in [MessageClass::Event, MessageClass::General] {
                if self.poll_set.take_readable(socket_index(index, class))
                    && let Some(received) = self.receive_from(index, class, buffer)?
                {
                    return Ok(Some(received));
                }
            }
        }
        Ok(None)
    }

    /// Takes the next PTP message from one socket, leaving out what is none.
    fn receive_from(
        &mut self,
        index: usize,
        class: MessageClass,
        buffer: &mut [u8],
    ) -> Result<Option<Received>, Error> {
        let Some(port) = self.ports.get_mut(index) else { return Ok(None) };
        loop {
            let message = match socket::receive(port.socket(class), &mut *self.incoming, 0) {
                Ok(message) => message,
                Err(error) => return port.nothing_from(&error, "receive").map(|()| None),
            };
            let octets = &self.incoming[..message.length.min(self.incoming.len())];
            let Some(payload) = port.sockets.framing.unwrap(octets, message.source) else { continue };
            let length = message.length - payload.start;
            let octets = &octets[payload.start..];
            let Some(target) = buffer.get_mut(..length).filter(|_| octets.len() == length) else {
                return Err(Error::BufferTooSmall { needed: length });
            };
            target.copy_from_slice(octets);
            let stamp = port.sockets.event.stamp_in(&message.control).filter(|_| is_event(octets));
            let stamp =
                stamp.and_then(|stamp| clocks::convert(&mut self.clock, &mut self.companions, port.companion, stamp));
            if let (Some(ingress), OneStepMode::PeerToPeer) = (stamp, port.sockets.one_step) {
                port.requests.note(octets, ingress);
            }
            let port = PortIndex(u8::try_from(index).unwrap_or(u8::MAX));
            return Ok(Some(Received { port, length, source: payload.source, destination: None, stamp }));
        }
    }

    /// Takes a transmit stamp from the first socket that is known to have one.
    fn egress_ready(&mut self) -> Result<Option<EgressStamp>, Error> {
        for (index, port) in self.ports.iter_mut().enumerate() {
            if self.poll_set.take_error(socket_index(index, MessageClass::General)) {
                socket::take_error(port.sockets.general.as_fd());
            }
            let event = socket_index(index, MessageClass::Event);
            if !self.poll_set.take_error(event) {
                continue;
            }
            match port.sockets.event.transmit_stamp() {
                Ok((ticket, stamp)) => {
                    let stamp = clocks::convert(&mut self.clock, &mut self.companions, port.companion, stamp);
                    return Ok(Some(EgressStamp { ticket, stamp }));
                }
                Err(error) => {
                    port.nothing_from(&error, "read a transmit stamp")?;
                    // An error that is no stamp would wake every wait until it is taken.
                    socket::take_error(port.sockets.event.as_fd());
                }
            }
        }
        Ok(None)
    }
}

impl NetworkHal for LinuxHal {
    type Error = Error;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Error> {
        if let Some(received) = self.receive_ready(buffer)? {
            return Ok(Some(received));
        }
        // What is still there, or has come since, ends the next wait at once.
        if std::mem::take(&mut self.waited) {
            return Ok(None);
        }
        self.refresh()?;
        self.receive_ready(buffer)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), Error> {
        let PortIndex(number) = transmit.port;
        let port = self.ports.get_mut(usize::from(number)).ok_or(Error::NoSuchPort { port: number })?;
        let (clock, companion) = (&mut self.clock, port.companion.and_then(|index| self.companions.get(index)));
        port.send(transmit, message, &mut self.outgoing, || companion.map_or_else(|| clock.stamp_time(), clocks::time))
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.hear_of_links();
        self.look_at_link(port.get());
        self.ports.get(port.get()).is_some_and(Port::is_usable)
    }
}

impl TimestampHal for LinuxHal {
    type Error = Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Error> {
        if let Some(stamp) = self.egress_ready()? {
            return Ok(Some(stamp));
        }
        if self.waited || !self.ports.iter().any(|port| port.sockets.event.awaits_stamps()) {
            return Ok(None);
        }
        self.refresh()?;
        self.egress_ready()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        let stamping = self.clock.stamping();
        let one_step = self.ports.get(port.get()).map_or(OneStepMode::Off, |port| port.sockets.one_step);
        let one_step = if stamping == Stamping::Hardware { one_step } else { OneStepMode::Off };
        PortCapabilities {
            stamping,
            resolution: TimeInterval::from_nanos(1),
            one_step_sync: one_step != OneStepMode::Off,
            one_step_pdelay_resp: one_step == OneStepMode::PeerToPeer,
            ..PortCapabilities::default()
        }
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

/// A socket that a wait is for, besides those of a HAL.
#[derive(Debug)]
pub struct Awaited<'a> {
    /// The socket.
    pub socket: BorrowedFd<'a>,
    /// The wait has found something there.
    pub ready: bool,
}

/// Waits for several at once, as [`LinuxHal::wait`] does for one, and for other sockets: a program may run several clocks in one
/// thread.
///
/// # Errors
/// When the system refuses to wait.
pub fn wait(hals: &mut [&mut LinuxHal], others: &mut [Awaited<'_>], until: Instant) -> Result<(), Error> {
    let mut all = PollSet::default();
    let mut until = until;
    let now = time::monotonic();
    for hal in hals.iter() {
        hal.push_all(&mut all);
        until = hal.wait_at_most(until);
    }
    let own = all.len();
    for other in others.iter() {
        all.push(other.socket);
    }
    if hals.is_empty() || signal::stop_requested() {
        return Ok(());
    }
    // Rounded up: rounded down, the last millisecond would be spent in a busy loop.
    let milliseconds = until.nanos_since(now).div_ceil(1_000_000);
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    all.wait(milliseconds).map_err(|error| Error::system("wait for the sockets", error))?;
    for (index, other) in others.iter_mut().enumerate() {
        other.ready = all.is_ready(own + index);
    }
    let mut first = 0;
    for hal in hals {
        hal.poll_set.take_over(&all, first);
        hal.waited = true;
        first += hal.poll_set.len();
    }
    Ok(())
}

/// The index in the poll set.
const fn socket_index(port: usize, class: MessageClass) -> usize {
    2 * port + matches!(class, MessageClass::General) as usize
}

/// Whether a PTP message is of a type that is time-stamped (IEEE 1588-2019 13.3.2.3).
fn is_event(octets: &[u8]) -> bool {
    octets.first().is_some_and(|octet| octet & 0x0F < 4)
}
