//! The address resolution protocol (RFC 826): who has an address.

use crate::ethernet;
use crate::neighbours::{Asked, Neighbours};
use crate::transport::Refusal;
use crate::{Frame, FrameInterface};
use syntone_hal::PortIndex;

pub(super) const ETHERTYPE: u16 = 0x0806;
pub(super) const BROADCAST: [u8; 6] = [0xFF; 6];
pub(super) const REQUEST: u16 = 1;
pub(super) const REPLY: u16 = 2;
/// Ethernet and IPv4, and the lengths of their addresses.
const KIND: [u8; 6] = [0, 1, 8, 0, 6, 4];

/// Takes a request for `own`, or the reply to a request of ours.
pub(super) fn receive<F: Frame>(
    frame: &mut F,
    own: [u8; 4],
    neighbours: &mut Neighbours<[u8; 4]>,
) -> Result<(), Refusal> {
    let octets: [u8; 28] = frame.take().ok_or(Refusal::Malformed)?;
    let [kind @ .., high, low] = octets.first_chunk::<8>().ok_or(Refusal::Malformed)?;
    let [.., w0, w1, w2, w3] = octets;
    if *kind != KIND || [w0, w1, w2, w3] != own || own == [0; 4] {
        return Err(Refusal::Foreign);
    }
    let [_, _, _, _, _, _, _, _, s0, s1, s2, s3, s4, s5, a0, a1, a2, a3, ..] = octets;
    let (station, address) = ([s0, s1, s2, s3, s4, s5], [a0, a1, a2, a3]);
    match u16::from_be_bytes([*high, *low]) {
        REQUEST => neighbours.on_request(Asked { own, asker: address, station }),
        REPLY => neighbours.learn(address, station),
        _ => return Err(Refusal::Foreign),
    }
    Ok(())
}

/// Asks for an address, or tells ours.
pub(super) fn send<I: FrameInterface>(
    interface: &mut I,
    port: PortIndex,
    own: [u8; 4],
    operation: u16,
    (address, station): ([u8; 4], [u8; 6]),
) -> Result<(), I::Error> {
    let ours = interface.station(port);
    let target = if operation == REQUEST { [0; 6] } else { station };
    let mut frame = ethernet::begin(station, ours, ETHERTYPE);
    frame.put(&KIND);
    frame.word(operation);
    frame.put(&ours);
    frame.put(&own);
    frame.put(&target);
    frame.put(&address);
    ethernet::send_written(interface, port, &frame)
}
