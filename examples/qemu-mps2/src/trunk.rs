//! One controller as several ports: the trunk to a switch, whose tags (IEEE 802.1Q) say by which port a frame came and is to go.
//!
//! Many a small board is made so: one MAC, and a switch chip behind it.

use syntone_hal::{
    ClockHal, ClockLimits, EgressStamp, ErrorKind, FrequencyOffset, Instant, PortCapabilities, PortIndex, Ticket,
    Timestamp, TimestampHal,
};
use syntone_smoltcp::{Frame, FrameInterface, Outgoing};

/// The type of a tag.
const TAG: [u8; 2] = [0x81, 0x00];
/// Destination and source, which stand before the tag.
const ADDRESSES: usize = 12;
/// The longest header that is sent: Ethernet, IPv4 and UDP, and the tag.
const LONGEST: usize = 46;
/// The type of what came without a tag of ours: nobody's.
const NOBODY: [u8; 2] = [0, 0];

/// The trunk `I` as the ports of VLAN 1, 2 and so on.
#[derive(Debug)]
pub struct Trunk<I> {
    trunk: I,
}

impl<I> Trunk<I> {
    /// The ports of this trunk.
    pub const fn new(trunk: I) -> Self {
        Self { trunk }
    }

    /// The trunk.
    pub const fn trunk(&mut self) -> &mut I {
        &mut self.trunk
    }
}

/// A frame whose tag has been taken off.
#[derive(Debug)]
pub struct Untagged<F> {
    frame: F,
    header: [u8; 14],
    port: PortIndex,
}

impl<F: Frame> Untagged<F> {
    fn new(mut frame: F) -> Self {
        let mut header = frame.header();
        let (mut port, mut ethertype) = (PortIndex(0), NOBODY);
        if header.ends_with(&TAG)
            && let Some([high, low, inner @ ..]) = frame.take::<4>()
            // Priority aside; there are no more VLANs than an octet holds.
            && let Some(index) = low.checked_sub(1).filter(|_| high & 0x0F == 0)
        {
            (port, ethertype) = (PortIndex(index), inner);
        }
        if let Some(place) = header.last_chunk_mut() {
            *place = ethertype;
        }
        Self { frame, header, port }
    }
}

impl<F: Frame> Frame for Untagged<F> {
    fn port(&self) -> PortIndex {
        self.port
    }

    fn header(&mut self) -> [u8; 14] {
        self.header
    }

    fn remaining(&self) -> usize {
        self.frame.remaining()
    }

    fn read(&mut self, octets: &mut [u8]) {
        self.frame.read(octets);
    }

    fn stamp(&mut self) -> Option<Timestamp> {
        self.frame.stamp()
    }
}

impl<I: FrameInterface> FrameInterface for Trunk<I> {
    type Error = I::Error;
    type Frame<'f>
        = Untagged<I::Frame<'f>>
    where
        Self: 'f;

    fn receive(&mut self) -> Result<Option<Self::Frame<'_>>, I::Error> {
        Ok(self.trunk.receive()?.map(Untagged::new))
    }

    fn send(&mut self, port: PortIndex, frame: Outgoing<'_>, ticket: Option<Ticket>) -> Result<(), I::Error> {
        let mut header = [0; LONGEST];
        let (addresses, rest) = frame.header.split_at_checked(ADDRESSES).ok_or(ErrorKind::Unsupported)?;
        let [high, low] = TAG;
        let tag = [high, low, 0, port.0.wrapping_add(1)];
        let mut length = 0;
        for octet in addresses.iter().chain(&tag).chain(rest) {
            *header.get_mut(length).ok_or(ErrorKind::Unsupported)? = *octet;
            length = length.wrapping_add(1);
        }
        let header = header.get(..length).ok_or(ErrorKind::Unsupported)?;
        self.trunk.send(port, Outgoing { header, ..frame }, ticket)
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.trunk.link_up(port)
    }

    fn station(&self, port: PortIndex) -> [u8; 6] {
        self.trunk.station(port)
    }
}

impl<I: TimestampHal> TimestampHal for Trunk<I> {
    type Error = I::Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, I::Error> {
        self.trunk.poll_egress()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        self.trunk.capabilities(port)
    }
}

impl<I: ClockHal> ClockHal for Trunk<I> {
    type Error = I::Error;

    fn monotonic(&mut self) -> Instant {
        self.trunk.monotonic()
    }

    fn now(&mut self) -> Result<Timestamp, I::Error> {
        self.trunk.now()
    }

    fn step(&mut self, nanoseconds: i64) -> Result<(), I::Error> {
        self.trunk.step(nanoseconds)
    }

    fn set_frequency(&mut self, frequency: FrequencyOffset) -> Result<(), I::Error> {
        self.trunk.set_frequency(frequency)
    }

    fn limits(&self) -> ClockLimits {
        self.trunk.limits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;
    use syntone_smoltcp::SliceFrame;

    /// What is sent comes back.
    #[derive(Default)]
    struct Wire(Vec<u8>);

    impl FrameInterface for Wire {
        type Error = ErrorKind;
        type Frame<'f> = SliceFrame<'f>;

        fn receive(&mut self) -> Result<Option<SliceFrame<'_>>, ErrorKind> {
            Ok(Some(SliceFrame::new(PortIndex(0), &self.0, None)))
        }

        fn send(&mut self, _: PortIndex, frame: Outgoing<'_>, _: Option<Ticket>) -> Result<(), ErrorKind> {
            self.0 = frame.parts().concat();
            Ok(())
        }

        fn station(&self, _: PortIndex) -> [u8; 6] {
            [0; 6]
        }
    }

    const HEADER: [u8; 14] = [1, 0x1B, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 7, 0x88, 0xF7];

    #[test]
    fn a_frame_leaves_with_the_tag_of_its_port_and_comes_by_the_port_of_its_tag() {
        let mut trunk = Trunk::new(Wire::default());
        let frame = Outgoing { header: &HEADER, message: &[0, 2, 0, 44], trailer: &[], one_step: None };
        trunk.send(PortIndex(1), frame, None).expect("it is short");
        assert_eq!(trunk.trunk().0[10..], [0, 7, 0x81, 0, 0, 2, 0x88, 0xF7, 0, 2, 0, 44]);
        let mut back = trunk.receive().expect("it works").expect("there is one");
        assert_eq!((back.port(), back.header(), back.remaining()), (PortIndex(1), HEADER, 4));
        assert_eq!(back.take(), Some([0, 2, 0, 44]));
    }

    #[test]
    fn a_frame_without_a_tag_or_of_no_port_is_nobodys() {
        for rest in
            [&[0x88, 0xF7, 0, 2, 0, 44][..], &[0x81, 0, 0, 0, 0x88, 0xF7], &[0x81, 0, 1, 1, 0x88, 0xF7], &[0x81, 0, 0]]
        {
            let mut trunk = Trunk::new(Wire([&HEADER[..12], rest].concat()));
            let mut frame = trunk.receive().expect("it works").expect("there is one");
            assert_eq!(frame.header()[12..], NOBODY, "{rest:?}");
        }
    }
}
