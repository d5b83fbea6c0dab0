//! MLDv1 as a member of groups (RFC 2710), which routers of version 2 understand, and neighbour discovery (RFC 4861).

use super::packet::{self, Fields, Packet, pseudo};
use super::{ETHERTYPE, solicited, station_of};
use crate::checksum::Sum;
use crate::ethernet;
use crate::neighbours::Asked;
use crate::transport::Refusal;
use crate::writer::Writer;
use crate::{Frame, FrameInterface};
use syntone_hal::PortIndex;

pub(super) const PROTOCOL: u8 = 58;

const QUERY: u8 = 130;
const REPORT: u8 = 131;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// Options for every hop: router alert for MLD (RFC 2711), padded; ICMPv6 follows.
const ROUTER_ALERT: [u8; 8] = [PROTOCOL, 0, 5, 2, 0, 0, 1, 0];
/// Who discovers neighbours is on the link: no router has counted down.
const FROM_THE_LINK: u8 = 255;
const MILLISECOND: u64 = 1_000_000;
const NOBODY: [u8; 16] = [0; 16];
/// The longest message that is looked at: a query of version 2 with some sources.
const LONGEST: usize = 128;

/// What a message says.
pub(super) enum Heard {
    /// Who is in this group, or in any?
    Query { group: Option<[u8; 16]>, nanos: u64 },
    /// Who has this address?
    Solicitation([u8; 16]),
    /// The sender has this address.
    Advertisement([u8; 16]),
}

pub(super) fn receive<F: Frame>(frame: &mut F, packet: &Packet) -> Result<Heard, Refusal> {
    let mut octets = [0; LONGEST];
    let octets = octets.get_mut(..packet.payload).ok_or(Refusal::Foreign)?;
    frame.read(octets);
    let Some([kind, code, _, _, d0, d1, _, _, address @ ..]) = octets.first_chunk::<24>() else {
        return Err(Refusal::Malformed);
    };
    if sum(packet.pseudo(), octets).checksum() != 0 {
        return Err(Refusal::Malformed);
    }
    match (*kind, *code, packet.hop_limit) {
        (QUERY, 0, 1) => {
            let nanos = u64::from(u16::from_be_bytes([*d0, *d1])).saturating_mul(MILLISECOND);
            Ok(Heard::Query { group: (*address != NOBODY).then_some(*address), nanos })
        }
        (SOLICITATION, 0, FROM_THE_LINK) if packet.source != NOBODY => Ok(Heard::Solicitation(*address)),
        (ADVERTISEMENT, 0, FROM_THE_LINK) => Ok(Heard::Advertisement(*address)),
        _ => Err(Refusal::Foreign),
    }
}

/// The sum of a message under the header that it is sent with.
fn sum(pseudo: Sum, message: &[u8]) -> Sum {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    pseudo.add_word(length).add_word(u16::from(PROTOCOL)).add(message)
}

/// Tells that we are in `group`.
pub(super) fn report<I: FrameInterface>(
    interface: &mut I,
    port: PortIndex,
    source: [u8; 16],
    group: [u8; 16],
) -> Result<(), I::Error> {
    let mut frame = ethernet::begin(station_of(group), interface.station(port), ETHERTYPE);
    packet::write(&mut frame, &Fields { dscp: 0, hop_limit: 1, protocol: 0, length: 32, source, destination: group });
    frame.put(&ROUTER_ALERT);
    write(&mut frame, pseudo(source, group), REPORT, 0, (group, &[]));
    ethernet::send_written(interface, port, &frame)
}

/// Asks for the station of `target`.
pub(super) fn solicit<I: FrameInterface>(
    interface: &mut I,
    port: PortIndex,
    source: [u8; 16],
    target: [u8; 16],
) -> Result<(), I::Error> {
    let destination = solicited(target);
    let [a, b, c, d, e, f] = interface.station(port);
    let option = [1, 1, a, b, c, d, e, f];
    let mut frame = begin(interface, port, (source, destination), station_of(destination));
    write(&mut frame, pseudo(source, destination), SOLICITATION, 0, (target, &option));
    ethernet::send_written(interface, port, &frame)
}

/// Tells who asked that the address is ours.
pub(super) fn advertise<I: FrameInterface>(
    interface: &mut I,
    port: PortIndex,
    asked: Asked<[u8; 16]>,
) -> Result<(), I::Error> {
    let Asked { own, asker, station } = asked;
    let [a, b, c, d, e, f] = interface.station(port);
    let option = [2, 1, a, b, c, d, e, f];
    let mut frame = begin(interface, port, (own, asker), station);
    // Solicited, and overriding what was known before.
    write(&mut frame, pseudo(own, asker), ADVERTISEMENT, 0x6000, (own, &option));
    ethernet::send_written(interface, port, &frame)
}

/// Appends a message about an address, with an option behind it.
fn write(frame: &mut Writer, pseudo: Sum, kind: u8, flags: u16, (address, option): ([u8; 16], &[u8])) {
    let place = frame.from(0).len();
    frame.put(&[kind, 0, 0, 0]);
    frame.word(flags);
    frame.word(0);
    frame.put(&address);
    frame.put(option);
    let checksum = sum(pseudo, frame.from(place)).checksum();
    frame.patch(place.wrapping_add(2), checksum);
}

/// Begins a frame of neighbour discovery.
fn begin<I: FrameInterface>(
    interface: &I,
    port: PortIndex,
    (source, destination): ([u8; 16], [u8; 16]),
    station: [u8; 6],
) -> Writer {
    let mut frame = ethernet::begin(station, interface.station(port), ETHERTYPE);
    let fields = Fields { dscp: 0, hop_limit: FROM_THE_LINK, protocol: PROTOCOL, length: 32, source, destination };
    packet::write(&mut frame, &fields);
    frame
}
