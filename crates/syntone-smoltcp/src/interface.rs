//! What a board gives: frames as its MAC sends and receives them.

use syntone_hal::{HalError, OneStep, PortIndex, Ticket, Timestamp};

/// Sends and receives Ethernet frames: what a board writes instead of [`NetworkHal`](syntone_hal::NetworkHal).
///
/// A frame is told from its destination address on and without its check sequence. Nothing here waits.
pub trait FrameInterface {
    /// The driver's own error; [`Raw`](crate::Raw) adds errors of framing to it.
    type Error: HalError + From<syntone_hal::ErrorKind>;
    /// A received frame, which is read once from its beginning on and given back to the hardware by being dropped.
    type Frame<'a>: Frame
    where
        Self: 'a;

    /// The next received frame, or `Ok(None)` at once. Frames with a bad check sequence are dropped by the driver.
    ///
    /// # Errors
    /// When the driver failed.
    fn receive(&mut self) -> Result<Option<Self::Frame<'_>>, Self::Error>;

    /// Puts a frame into the transmit ring of `port`, padded to the shortest that Ethernet has. With `ticket`, its egress time
    /// stamp is handed over later by [`TimestampHal::poll_egress`](syntone_hal::TimestampHal::poll_egress).
    ///
    /// # Errors
    /// [`ErrorKind::Busy`](syntone_hal::ErrorKind::Busy) when there is no room; the ticket is then void.
    fn send(&mut self, port: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), Self::Error>;

    /// Whether `port` has a link. Asked at every turn of the loop.
    fn link_up(&mut self, port: PortIndex) -> bool {
        let _ = port;
        true
    }

    /// The station address of `port`.
    fn station(&self, port: PortIndex) -> [u8; 6];
}

/// A received frame. It may lie in memory ([`SliceFrame`]) or be taken word by word out of the MAC.
///
/// It is read from its beginning on: the header first, and then in pieces of a multiple of four octets, but for the last one. So
/// whoever takes it out of the MAC by words (the first one with two octets of padding before the frame) keeps nothing in between.
pub trait Frame {
    /// The port that it came in by.
    fn port(&self) -> PortIndex {
        PortIndex(0)
    }

    /// Reads destination, source and type; zeros where the frame has ended.
    fn header(&mut self) -> [u8; 14];

    /// Octets that have not been read yet.
    fn remaining(&self) -> usize;

    /// Reads the next octets; zeros where the frame has ended.
    fn read(&mut self, octets: &mut [u8]);

    /// Its ingress time stamp on the PTP clock, not corrected for latency; `None` where it was lost.
    fn stamp(&mut self) -> Option<Timestamp>;

    /// Reads the next `N` octets; `None` if the frame ends before.
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        if self.remaining() < N {
            return None;
        }
        let mut octets = [0; N];
        self.read(&mut octets);
        Some(octets)
    }
}

/// A frame to be sent, in the parts that it is made of: they follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// All that is before the message. Its length is 2 more than a multiple of four: with two octets of padding before it the message
    /// begins at a word. What the transport sends for itself is all in here, of any length.
    pub header: &'a [u8],
    /// The message.
    pub message: &'a [u8],
    /// What is behind it; empty but over UDP/IPv6.
    pub trailer: &'a [u8],
    /// What the hardware is to complete in the message as it leaves; no checksum then covers the message.
    pub one_step: Option<OneStep>,
}

impl<'a> Outgoing<'a> {
    /// Octets of the whole frame.
    #[must_use]
    pub fn length(&self) -> usize {
        self.header.len().saturating_add(self.message.len()).saturating_add(self.trailer.len())
    }

    /// Its parts in their order.
    #[must_use]
    pub const fn parts(&self) -> [&'a [u8]; 3] {
        [self.header, self.message, self.trailer]
    }

    /// Writes the frame to the beginning of `buffer`; its length, or `None` if it does not fit.
    #[must_use]
    pub fn copy_into(&self, buffer: &mut [u8]) -> Option<usize> {
        let length = self.length();
        let (header, rest) = buffer.get_mut(..length)?.split_at_mut_checked(self.header.len())?;
        let (message, trailer) = rest.split_at_mut_checked(self.message.len())?;
        header.copy_from_slice(self.header);
        message.copy_from_slice(self.message);
        trailer.copy_from_slice(self.trailer);
        Some(length)
    }
}

/// A received frame that lies in memory.
#[derive(Clone, Copy, Debug)]
pub struct SliceFrame<'a> {
    octets: &'a [u8],
    port: PortIndex,
    stamp: Option<Timestamp>,
}

impl<'a> SliceFrame<'a> {
    /// The frame that came in by `port` at `stamp`.
    #[must_use]
    pub const fn new(port: PortIndex, octets: &'a [u8], stamp: Option<Timestamp>) -> Self {
        Self { octets, port, stamp }
    }
}

impl Frame for SliceFrame<'_> {
    fn port(&self) -> PortIndex {
        self.port
    }

    fn header(&mut self) -> [u8; 14] {
        let mut octets = [0; 14];
        self.read(&mut octets);
        octets
    }

    fn remaining(&self) -> usize {
        self.octets.len()
    }

    fn read(&mut self, octets: &mut [u8]) {
        let count = octets.len().min(self.octets.len());
        let (now, later) = self.octets.split_at_checked(count).unwrap_or((&[], &[]));
        self.octets = later;
        if let Some((place, beyond)) = octets.split_at_mut_checked(count) {
            place.copy_from_slice(now);
            beyond.fill(0);
        }
    }

    fn stamp(&mut self) -> Option<Timestamp> {
        self.stamp
    }
}
