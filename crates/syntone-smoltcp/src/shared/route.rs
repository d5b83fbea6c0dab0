//! Whose a received frame is.

use crate::ethernet::{ETHERTYPE, Header};
use crate::udp::{EVENT_PORT, GENERAL_PORT};
use crate::{Frame, SliceFrame};
use syntone_hal::PortIndex;

/// Who is to see a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// Whatever is not told below, be it broken.
    Application,
    /// PTP, whose framing checks it.
    Ptp,
    /// Queries for groups, and answers to who has an address.
    Both,
}

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
#[cfg(feature = "ipv6")]
const IPV6: u16 = 0x86DD;
const UDP: u8 = 17;
const IGMP: u8 = 2;
const ARP_REPLY: u8 = 2;

impl Route {
    pub(super) fn of(octets: &[u8]) -> Self {
        let mut frame = SliceFrame::new(PortIndex(0), octets, None);
        let Ok(header) = Header::read(&mut frame) else { return Self::Application };
        match header.kind() {
            ETHERTYPE => Self::Ptp,
            IPV4 => ipv4(&mut frame),
            ARP => match frame.take() {
                Some([_, _, _, _, _, _, 0, ARP_REPLY]) => Self::Both,
                _ => Self::Application,
            },
            #[cfg(feature = "ipv6")]
            IPV6 => ipv6(&mut frame),
            _ => Self::Application,
        }
    }
}

fn ipv4(frame: &mut SliceFrame<'_>) -> Route {
    let Some([first, _, _, _, _, _, f0, f1, _, protocol, ..]) = frame.take::<20>() else { return Route::Application };
    for _ in 5..first & 0xF {
        let _options: Option<[u8; 4]> = frame.take();
    }
    // Later fragments have no ports.
    let is_first = u16::from_be_bytes([f0, f1]) & 0x1FFF == 0;
    match protocol {
        UDP if is_first => udp(frame),
        IGMP => Route::Both,
        _ => Route::Application,
    }
}

#[cfg(feature = "ipv6")]
fn ipv6(frame: &mut SliceFrame<'_>) -> Route {
    const HOP_BY_HOP: u8 = 0;
    const ICMP: u8 = 58;
    const QUERY: u8 = 130;
    const ADVERTISEMENT: u8 = 136;
    let Some([_, _, _, _, _, _, mut next, ..]) = frame.take::<40>() else { return Route::Application };
    if next == HOP_BY_HOP {
        // That of a query is the shortest there is.
        let Some([behind, 0, ..]) = frame.take::<8>() else { return Route::Application };
        next = behind;
    }
    match (next, frame.take::<4>()) {
        (UDP, Some([_, _, high, low])) => by_port(u16::from_be_bytes([high, low])),
        (ICMP, Some([QUERY | ADVERTISEMENT, ..])) => Route::Both,
        _ => Route::Application,
    }
}

fn udp(frame: &mut SliceFrame<'_>) -> Route {
    match frame.take() {
        Some([_, _, high, low]) => by_port(u16::from_be_bytes([high, low])),
        None => Route::Application,
    }
}

const fn by_port(port: u16) -> Route {
    if matches!(port, EVENT_PORT | GENERAL_PORT) { Route::Ptp } else { Route::Application }
}
