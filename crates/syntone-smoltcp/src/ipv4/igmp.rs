//! IGMPv2 as a member of groups (RFC 2236). Routers that speak version 3 understand it.

use super::packet::{self, Fields};
use super::{ETHERTYPE, station_of};
use crate::checksum::Sum;
use crate::ethernet;
use crate::membership::Memberships;
use crate::transport::Refusal;
use crate::{Frame, FrameInterface};
use syntone_hal::PortIndex;

pub(super) const PROTOCOL: u8 = 2;
/// The group that queries go to.
pub(super) const ALL_SYSTEMS: [u8; 4] = [224, 0, 0, 1];

const QUERY: u8 = 0x11;
const REPORT: u8 = 0x16;
const TENTH: u64 = 100_000_000;
/// What version 1, which says no time for the answer, allows: 10 s.
const VERSION_1_TENTHS: u8 = 100;
/// The longest query that is looked at: that of version 3 with some sources.
const LONGEST: usize = 64;

/// Takes a query of `payload` octets; whatever else is passed over.
pub(super) fn receive<F: Frame>(
    frame: &mut F,
    payload: usize,
    groups: [[u8; 4]; 2],
    memberships: &mut Memberships<2>,
) -> Result<(), Refusal> {
    let mut octets = [0; LONGEST];
    let octets = octets.get_mut(..payload).ok_or(Refusal::Foreign)?;
    frame.read(octets);
    let Some([kind, tenths, _, _, group @ ..]) = octets.first_chunk::<8>() else { return Err(Refusal::Malformed) };
    if Sum::default().add(octets).checksum() != 0 {
        return Err(Refusal::Malformed);
    }
    if *kind != QUERY {
        return Err(Refusal::Foreign);
    }
    let nanos = u64::from(if *tenths == 0 { VERSION_1_TENTHS } else { *tenths }).saturating_mul(TENTH);
    if *group == [0; 4] {
        memberships.on_query(None, nanos);
    } else if let Some(asked) = groups.iter().position(|ours| ours == group) {
        memberships.on_query(Some(asked), nanos);
    }
    Ok(())
}

/// Tells that we are in `group`.
pub(super) fn report<I: FrameInterface>(
    interface: &mut I,
    port: PortIndex,
    source: [u8; 4],
    group: [u8; 4],
) -> Result<(), I::Error> {
    let mut frame = ethernet::begin(station_of(group), interface.station(port), ETHERTYPE);
    let fields = Fields { dscp: 48, ttl: 1, protocol: PROTOCOL, length: 8, source, destination: group };
    packet::write(&mut frame, &fields, true);
    let place = frame.from(0).len();
    frame.put(&[REPORT, 0, 0, 0]);
    frame.put(&group);
    let checksum = Sum::default().add(frame.from(place)).checksum();
    frame.patch(place.wrapping_add(2), checksum);
    ethernet::send_written(interface, port, &frame)
}
