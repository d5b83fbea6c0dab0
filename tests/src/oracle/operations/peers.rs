//! Other clocks on the path: they say what could be true, and sometimes what is not.

use super::input::Bytes;
use super::{OWN, quality};
use syntone::config::ClockConfig;
use syntone::wire::{
    Announce, Body, ClockIdentity, DelayReq, DelayResp, Flags, FollowUp, Header, Message, PdelayReq, PdelayResp,
    PdelayRespFollowUp, PortIdentity, SdoId, Sync, Tlvs, WireTimestamp,
};
use syntone_hal::TimeInterval;

const PEERS: usize = 8;

/// Their sequence numbers, and what they need to know of the clock under test.
pub(super) struct Peers {
    announce: [u16; PEERS],
    sync: [u16; PEERS],
    /// The last Delay_Req or Pdelay_Req that the clock sent: by whom, and its number.
    asked: (PortIdentity, u16),
    domain_number: u8,
    sdo_id: SdoId,
    /// They measure the delay peer to peer.
    peer_to_peer: bool,
}

impl Peers {
    pub(super) fn new(config: &ClockConfig, peer_to_peer: bool) -> Self {
        let asked = (PortIdentity::new(OWN, 1), 0);
        let ClockConfig { domain_number, sdo_id, .. } = *config;
        Self { announce: [0; PEERS], sync: [0; PEERS], asked, domain_number, sdo_id, peer_to_peer }
    }

    /// Notes what the clock sent.
    pub(super) fn sent(&mut self, octets: &[u8]) {
        if let Ok(Message { header, body: Body::DelayReq(_) | Body::PdelayReq(_), .. }) = Message::parse(octets) {
            self.asked = (header.source_port_identity, header.sequence_id);
        }
    }

    /// A message of one of them at `time`; one in eight is damaged.
    pub(super) fn message(&mut self, bytes: &mut Bytes<'_>, time: i64) -> Vec<u8> {
        let (kind, who, how) = (bytes.u8(), bytes.u8(), bytes.u8());
        let peer = usize::from(who) % PEERS;
        // The last of them is the clock itself, heard again.
        let identity = if peer == PEERS - 1 { OWN } else { ClockIdentity(0x0200_00FF_FE00_007C + u64::from(who & 7)) };
        let mut header = Header {
            sdo_id: self.sdo_id,
            minor_version_ptp: who >> 4,
            version_ptp: 2,
            domain_number: self.domain_number,
            source_port_identity: PortIdentity::new(identity, u16::from(who >> 3 & 1) + 1),
            ..Header::default()
        };
        let body = self.body(&mut header, kind, peer, how, bytes, time);
        let mut buffer = [0; 128];
        let length = Message { header, body, tlvs: Tlvs::NONE }.emit(&mut buffer).expect("there is room");
        let mut octets = buffer[..length].to_vec();
        if kind >= 0xE0 {
            let position = usize::from(bytes.u8()) % (length + 1);
            match octets.get_mut(position) {
                Some(octet) => *octet = bytes.u8(),
                None => octets.extend_from_slice(bytes.take(usize::from(how))),
            }
        }
        octets
    }

    fn body(&mut self, header: &mut Header, kind: u8, peer: usize, how: u8, bytes: &mut Bytes<'_>, time: i64) -> Body {
        let fresh = u16::from(how & 1 == 0);
        match kind % 8 {
            0..=2 => {
                self.announce[peer] = self.announce[peer].wrapping_add(fresh);
                header.sequence_id = self.announce[peer];
                header.flags = Flags::from_bits_retain(u16::from(bytes.u8()));
                header.log_message_interval = 1;
                Body::Announce(announce(header.source_port_identity.clock_identity, how, bytes.u8()))
            }
            3 | 4 => {
                self.sync[peer] = self.sync[peer].wrapping_add(fresh);
                header.sequence_id = self.sync[peer];
                header.flags.set(Flags::TWO_STEP, how & 2 == 0);
                header.log_message_interval = i8::from_be_bytes([bytes.u8()]);
                header.correction_field = interval(how, bytes);
                Body::Sync(Sync { origin_timestamp: around(time, how, bytes) })
            }
            5 => {
                header.sequence_id = self.sync[peer].wrapping_sub(1 - fresh);
                header.correction_field = interval(how, bytes);
                Body::FollowUp(FollowUp { precise_origin_timestamp: around(time, how, bytes) })
            }
            6 if self.peer_to_peer => {
                header.sequence_id = self.asked.1.wrapping_sub(1 - fresh);
                header.correction_field = interval(how, bytes);
                header.flags.set(Flags::TWO_STEP, how & 2 == 0);
                let (time, requesting_port_identity) = (around(time, how, bytes), self.asked.0);
                if how & 4 == 0 {
                    Body::PdelayResp(PdelayResp { request_receipt_timestamp: time, requesting_port_identity })
                } else {
                    let response_origin_timestamp = time;
                    Body::PdelayRespFollowUp(PdelayRespFollowUp { response_origin_timestamp, requesting_port_identity })
                }
            }
            6 => {
                header.sequence_id = self.asked.1.wrapping_sub(1 - fresh);
                header.correction_field = interval(how, bytes);
                header.log_message_interval = i8::from_be_bytes([bytes.u8()]);
                let receive_timestamp = around(time, how, bytes);
                Body::DelayResp(DelayResp { receive_timestamp, requesting_port_identity: self.asked.0 })
            }
            _ => {
                header.sequence_id = u16::from(bytes.u8());
                header.correction_field = interval(how, bytes);
                header.flags.set(Flags::UNICAST, how & 2 == 0);
                if self.peer_to_peer {
                    Body::PdelayReq(PdelayReq::default())
                } else {
                    Body::DelayReq(DelayReq::default())
                }
            }
        }
    }
}

/// A grandmaster of its own, or one that another clock is behind.
fn announce(identity: ClockIdentity, how: u8, priority: u8) -> Announce {
    Announce {
        current_utc_offset: 37,
        grandmaster_priority1: priority,
        grandmaster_clock_quality: quality(if how & 2 == 0 { 6 } else { 248 }),
        grandmaster_priority2: 128,
        grandmaster_identity: if how & 4 == 0 { identity } else { ClockIdentity(0x0200_00FF_FE00_0001) },
        steps_removed: match how >> 3 & 3 {
            3 => u16::MAX,
            steps => u16::from(steps) * 127,
        },
        ..Announce::default()
    }
}

/// A time near `time`, or anything.
fn around(time: i64, how: u8, bytes: &mut Bytes<'_>) -> WireTimestamp {
    if how & 0x20 != 0 {
        let seconds = bytes.i64().unsigned_abs() & 0xFFFF_FFFF_FFFF;
        return WireTimestamp { seconds, nanoseconds: bytes.u32() };
    }
    let near = u64::try_from(time).unwrap_or(0).saturating_sub(u64::from(bytes.u8()));
    let (seconds, nanoseconds) = (near / 1_000_000_000, near % 1_000_000_000);
    WireTimestamp { seconds, nanoseconds: u32::try_from(nanoseconds).expect("a remainder") }
}

fn interval(how: u8, bytes: &mut Bytes<'_>) -> TimeInterval {
    if how & 0x40 != 0 { TimeInterval::from_scaled(bytes.i64()) } else { TimeInterval::ZERO }
}
