//! Sockets and clock as the three traits of the edge.

use crate::sys::poll::PollSet;
use crate::sys::{signal, socket};
use crate::transport::{Ethernet, FrameTunnel, Framing, Peer, Sockets, UdpIpv4};
use crate::{Error, SoftwareClock};
use std::io;
use std::os::fd::AsFd;
use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, FrequencyOffset, HalError, Instant, MessageClass, NetworkHal, PortCapabilities,
    PortIndex, Received, Stamping, TimeInterval, Timestamp, TimestampHal, Transmit,
};

/// How long the state of a link is believed before the kernel is asked again.
const LINK_CHECK_NS: u64 = 200_000_000;

/// The sockets of any number of ports, and the software clock that stamps are read on.
///
/// One thread uses it; nothing in it blocks but [`LinuxHal::wait`].
#[derive(Debug)]
pub struct LinuxHal {
    clock: SoftwareClock,
    ports: Vec<Port>,
    /// The event and the general socket of each port, in the order of the ports.
    poll_set: PollSet,
    incoming: Box<[u8; 2048]>,
    outgoing: Vec<u8>,
}

#[derive(Debug)]
struct Port {
    sockets: Sockets,
    link_up: bool,
    link_checked: Instant,
}

impl LinuxHal {
    /// Without ports yet.
    #[must_use]
    pub fn new(clock: SoftwareClock) -> Self {
        Self {
            clock,
            ports: Vec::new(),
            poll_set: PollSet::default(),
            incoming: Box::new([0; 2048]),
            outgoing: Vec::new(),
        }
    }

    /// Adds a port over UDP/IPv4.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_udp_ipv4(&mut self, transport: &UdpIpv4) -> Result<PortIndex, Error> {
        self.add(transport.open()?)
    }

    /// Adds a port over Ethernet frames.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_ethernet(&mut self, transport: &Ethernet) -> Result<PortIndex, Error> {
        self.add(transport.open()?)
    }

    /// Adds a port over Ethernet frames in UDP datagrams.
    ///
    /// # Errors
    /// When its sockets cannot be opened.
    pub fn add_frame_tunnel(&mut self, transport: &FrameTunnel) -> Result<PortIndex, Error> {
        self.add(transport.open()?)
    }

    /// Our own end of a UDP/IPv4 port, with the UDP ports that were really bound; `None` for another transport.
    #[must_use]
    pub fn local_end(&self, port: PortIndex) -> Option<Peer> {
        match &self.ports.get(port.get())?.sockets.framing {
            Framing::Udp(addressing) => Some(addressing.local),
            _ => None,
        }
    }

    /// Who gets what a UDP/IPv4 port without interface sends to a group. Does nothing for another port.
    pub fn set_peers(&mut self, port: PortIndex, peers: Vec<Peer>) {
        if let Some(Port { sockets: Sockets { framing: Framing::Udp(addressing), .. }, .. }) =
            self.ports.get_mut(port.get())
        {
            addressing.peers = peers;
        }
    }

    /// The hardware address of a port, where it has one: what a clock identity is made of.
    #[must_use]
    pub fn hardware_address(&self, port: PortIndex) -> Option<[u8; 6]> {
        self.ports.get(port.get())?.sockets.hardware_address
    }

    /// The clock, to look at.
    #[must_use]
    pub const fn clock(&self) -> &SoftwareClock {
        &self.clock
    }

    /// Time since boot; the same as [`ClockHal::monotonic`].
    #[must_use]
    pub fn monotonic(&self) -> Instant {
        self.clock.monotonic()
    }

    /// The clock, to compare it with another.
    pub const fn clock_mut(&mut self) -> &mut SoftwareClock {
        &mut self.clock
    }

    /// Waits until something comes in, until the time is `until`, or until a signal comes, whichever is first. It may
    /// also come back early without a reason.
    ///
    /// # Errors
    /// When the system refuses to wait.
    pub fn wait(&mut self, until: Instant) -> Result<(), Error> {
        wait(&mut [self], until)
    }

    fn add(&mut self, sockets: Sockets) -> Result<PortIndex, Error> {
        let index = u8::try_from(self.ports.len()).map_err(|_| Error::NoSuchPort { port: u8::MAX })?;
        self.poll_set.push(sockets.event.as_fd());
        self.poll_set.push(sockets.general.as_fd());
        let link_up = sockets.link_up();
        self.ports.push(Port { sockets, link_up, link_checked: self.clock.monotonic() });
        Ok(PortIndex(index))
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
            let fd = match class {
                MessageClass::Event => port.sockets.event.as_fd(),
                MessageClass::General => port.sockets.general.as_fd(),
            };
            let message = match socket::receive(fd, &mut *self.incoming, 0) {
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
            let stamp = message.control.software_stamp.filter(|_| is_event(octets));
            let stamp = stamp.and_then(|stamp| self.clock.convert(stamp));
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
                    // There may be more in the queue.
                    self.poll_set.put_error(event);
                    return Ok(Some(EgressStamp { ticket, stamp: self.clock.convert(stamp) }));
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
        self.refresh()?;
        self.receive_ready(buffer)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), Error> {
        let class = transmit.class();
        let Transmit { port: PortIndex(number), destination, mut ticket, .. } = transmit;
        let port = self.ports.get_mut(usize::from(number)).ok_or(Error::NoSuchPort { port: number })?;
        let sockets = &mut port.sockets;
        let (targets, octets) = sockets
            .framing
            .wrap(destination, class, message, &mut self.outgoing)
            .ok_or_else(|| Error::Unreachable { place: sockets.place.clone() })?;
        let now = self.clock.kernel_now();
        for target in targets {
            let sent = match class {
                MessageClass::Event => sockets.event.send(octets, target, ticket.take(), now),
                MessageClass::General => socket::send(sockets.general.as_fd(), octets, target),
            };
            sent.map_err(|error| Error::system(format!("send on {}", sockets.place), error))?;
        }
        Ok(())
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        let now = self.clock.monotonic();
        let Some(port) = self.ports.get_mut(port.get()) else { return false };
        if now.nanos_since(port.link_checked) >= LINK_CHECK_NS {
            port.link_checked = now;
            port.link_up = port.sockets.link_up();
        }
        port.link_up
    }
}

impl TimestampHal for LinuxHal {
    type Error = Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Error> {
        if let Some(stamp) = self.egress_ready()? {
            return Ok(Some(stamp));
        }
        if !self.ports.iter().any(|port| port.sockets.event.awaits_stamps()) {
            return Ok(None);
        }
        self.refresh()?;
        self.egress_ready()
    }

    fn capabilities(&self, _port: PortIndex) -> PortCapabilities {
        PortCapabilities {
            stamping: Stamping::Software,
            resolution: TimeInterval::from_nanos(1),
            ..PortCapabilities::default()
        }
    }
}

impl ClockHal for LinuxHal {
    type Error = Error;

    fn monotonic(&mut self) -> Instant {
        self.clock.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, Error> {
        Ok(self.clock.now())
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), Error> {
        self.clock.step(nanoseconds);
        Ok(())
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), Error> {
        if self.clock.set_frequency(frequency) { Ok(()) } else { Err(Error::FrequencyOutOfRange) }
    }

    fn limits(&self) -> ClockLimits {
        self.clock.limits()
    }
}

impl Port {
    /// A socket gave an error instead of a message. A lost link is told by [`NetworkHal::link_up`], not here.
    fn nothing_from(&mut self, error: &io::Error, what: &str) -> Result<(), Error> {
        if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) {
            return Ok(());
        }
        let error = Error::system(
            format!("{what} on {}", self.sockets.place),
            io::Error::from_raw_os_error(error.raw_os_error().unwrap_or(libc::EIO)),
        );
        if error.kind() == syntone_hal::ErrorKind::LinkDown {
            self.link_checked = Instant::default();
            return Ok(());
        }
        Err(error)
    }
}

/// Waits for several at once, as [`LinuxHal::wait`] does for one: a program may run several clocks in one thread.
///
/// # Errors
/// When the system refuses to wait.
pub fn wait(hals: &mut [&mut LinuxHal], until: Instant) -> Result<(), Error> {
    let mut all = PollSet::default();
    for port in hals.iter().flat_map(|hal| &hal.ports) {
        all.push(port.sockets.event.as_fd());
        all.push(port.sockets.general.as_fd());
    }
    let Some(hal) = hals.first() else { return Ok(()) };
    if signal::stop_requested() {
        return Ok(());
    }
    // Rounded up: rounded down, the last millisecond would be spent in a busy loop.
    let milliseconds = until.nanos_since(hal.clock.monotonic()).div_ceil(1_000_000);
    let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
    all.wait(milliseconds).map_err(|error| Error::system("wait for the sockets", error))
}

/// The index in the poll set.
const fn socket_index(port: usize, class: MessageClass) -> usize {
    2 * port + matches!(class, MessageClass::General) as usize
}

/// Whether a PTP message is of a type that is time-stamped (IEEE 1588-2019 13.3.2.3).
fn is_event(octets: &[u8]) -> bool {
    octets.first().is_some_and(|octet| octet & 0x0F < 4)
}
