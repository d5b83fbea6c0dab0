//! Ethernet frames in UDP datagrams on loopback, as QEMU's `-netdev dgram` carries them: a host program is the other end
//! of an emulated board's cable, without any privilege.

use super::ethernet::{ETHERTYPE, PEER_GROUP, PRIMARY_GROUP};
use super::{Framing, Payload, Sockets, StampSource, stamped_socket};
use crate::hardware::{Carrier, OneStepMode};
use crate::sys::socket::{self, SocketAddress};
use crate::{Error, holder};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use syntone_hal::{Address, Destination};

/// Destination, source and type.
const HEADER_LENGTH: usize = 14;
/// The shortest frame, without its check sequence.
const MIN_LENGTH: usize = 60;

/// A port over Ethernet frames in UDP datagrams on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub struct FrameTunnel {
    /// Our UDP port; 0 takes a free one.
    pub local_port: u16,
    /// The UDP port of the other end.
    pub remote_port: u16,
    /// Our Ethernet address.
    pub hardware_address: [u8; 6],
}

impl FrameTunnel {
    pub(crate) fn open(&self, source: StampSource) -> Result<Sockets, Error> {
        let event = open_socket(self.local_port)?;
        let event = stamped_socket(event, None, Carrier::Ethernet, OneStepMode::Off, source)?;
        Ok(Sockets {
            event,
            general: open_socket(0)?,
            place: format!("UDP port {} of 127.0.0.1", self.local_port),
            interface: None,
            one_step: OneStepMode::Off,
            hardware_address: Some(self.hardware_address),
            framing: Framing::Tunnel(Addressing { tunnel: *self }),
        })
    }
}

fn open_socket(port: u16) -> Result<OwnedFd, Error> {
    let socket =
        socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0).map_err(|error| Error::system("make a UDP socket", error))?;
    socket::bind(socket.as_fd(), loopback(port)).map_err(|error| match error.raw_os_error() {
        Some(libc::EADDRINUSE) => {
            Error::PortTaken { port, place: "127.0.0.1".into(), holder: holder::of_udp_port(port) }
        }
        _ => Error::system(format!("bind UDP port {port} on 127.0.0.1"), error),
    })?;
    Ok(socket)
}

fn loopback(port: u16) -> SocketAddress {
    SocketAddress::Ip(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port))
}

/// How frames are made.
#[derive(Debug)]
pub(crate) struct Addressing {
    tunnel: FrameTunnel,
}

impl Addressing {
    pub(super) fn remote(&self) -> SocketAddress {
        loopback(self.tunnel.remote_port)
    }

    /// Builds the frame around `message`; `None` for a destination of another family.
    pub(super) fn wrap(&self, destination: Destination, message: &[u8], frame: &mut Vec<u8>) -> Option<()> {
        frame.clear();
        frame.extend(match destination {
            Destination::PrimaryMulticast => PRIMARY_GROUP,
            Destination::PeerMulticast => PEER_GROUP,
            Destination::Unicast(Address::Ethernet(address)) => address,
            Destination::Unicast(_) => return None,
        });
        frame.extend(self.tunnel.hardware_address);
        frame.extend(ETHERTYPE.to_be_bytes());
        frame.extend(message);
        if frame.len() < MIN_LENGTH {
            frame.resize(MIN_LENGTH, 0);
        }
        Some(())
    }

    /// `None` for a frame that is not PTP, or not for us.
    pub(super) fn unwrap(&self, frame: &[u8]) -> Option<Payload> {
        let (target, rest) = frame.split_first_chunk::<6>()?;
        let (source, rest) = rest.split_first_chunk::<6>()?;
        let (ethertype, _) = rest.split_first_chunk::<2>()?;
        let for_us = [PRIMARY_GROUP, PEER_GROUP, self.tunnel.hardware_address].contains(target);
        (for_us && u16::from_be_bytes(*ethertype) == ETHERTYPE)
            .then_some(Payload { start: HEADER_LENGTH, source: Some(Address::Ethernet(*source)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [u8; 6] = [2, 0, 0, 0, 0, 1];

    fn addressing() -> Addressing {
        Addressing { tunnel: FrameTunnel { local_port: 1, remote_port: 2, hardware_address: OURS } }
    }

    #[test]
    fn a_short_message_is_padded_to_the_shortest_frame() {
        let mut frame = Vec::new();
        addressing().wrap(Destination::PrimaryMulticast, &[0xAB; 44], &mut frame).unwrap();
        assert_eq!(frame[..14], [0x01, 0x1B, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0xF7]);
        assert_eq!(frame[14..], [[0xAB; 44].as_slice(), &[0; 2]].concat());
    }

    #[test]
    fn only_ptp_frames_for_us_come_out() {
        let frame =
            |target: [u8; 6], ethertype: [u8; 2]| [&target[..], &[2, 0, 0, 0, 0, 9], &ethertype, &[0; 46]].concat();
        let unwrap = |frame: &[u8]| addressing().unwrap(frame).map(|payload| (payload.start, payload.source));
        let from_nine = Some((14, Some(Address::Ethernet([2, 0, 0, 0, 0, 9]))));
        assert_eq!(unwrap(&frame(PRIMARY_GROUP, [0x88, 0xF7])), from_nine);
        assert_eq!(unwrap(&frame(PEER_GROUP, [0x88, 0xF7])), from_nine);
        assert_eq!(unwrap(&frame(OURS, [0x88, 0xF7])), from_nine);
        assert_eq!(unwrap(&frame([2, 0, 0, 0, 0, 8], [0x88, 0xF7])), None);
        assert_eq!(unwrap(&frame(PRIMARY_GROUP, [0x08, 0x00])), None);
        assert_eq!(unwrap(&[0; 13]), None);
    }
}
