//! Whatever comes in: no panic, bounded work, and nothing taken that another implementation would not take.

mod common;

use common::frames::{self, OWN_V4};
use common::{Mac, PEER};
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use proptest::prelude::*;
use syntone_hal::{ErrorKind, NetworkHal, PortIndex};
use syntone_smoltcp::{Ethernet, Ipv4, Raw, Transport};

const FIRST: PortIndex = PortIndex(0);

/// What is taken of `frame`, which comes in alone.
fn taken<T: Transport>(transport: T, frame: &[u8]) -> Result<Option<Vec<u8>>, ErrorKind> {
    let mut board = Raw::new(Mac::new(), transport);
    board.receive(&mut [0; 64]).expect("nothing is there");
    let before = board.interface().sent.len();
    board.interface().arrived.push_back(common::Wired { port: FIRST, octets: frame.to_vec(), stamp: None });
    let mut buffer = [0; 1_500];
    let result = board.receive(&mut buffer);
    board.interface().nanos += 1_000_000_000;
    board.receive(&mut [0; 64]).expect("nothing more is there");
    assert!(board.interface().sent.len() - before <= 6, "a frame is answered by a bounded number of frames");
    Ok(result?.map(|received| buffer[..received.length].to_vec()))
}

/// What etherparse finds of PTP over UDP in `frame`.
fn payload(frame: &[u8]) -> Option<Vec<u8>> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    let (Some(NetSlice::Ipv4(_) | NetSlice::Ipv6(_)), Some(TransportSlice::Udp(udp))) = (packet.net, packet.transport)
    else {
        return None;
    };
    matches!(udp.destination_port(), 319 | 320).then(|| udp.payload().to_vec())
}

/// A good frame of any transport, some of its octets changed and cut anywhere.
fn nearly_good() -> impl Strategy<Value = Vec<u8>> {
    let message = prop::collection::vec(any::<u8>(), 0..200);
    let good = (message, 0..4_u8, any::<bool>()).prop_map(|(message, kind, tag)| {
        let frame = match kind {
            0 => frames::ethernet(&message),
            1 => frames::udp_v4([224, 0, 1, 129], 319, &message),
            2 => frames::udp_v6(frames::PRIMARY_V6, 320, &message),
            _ => [&[0xFF; 6], &PEER[..], &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1], &message].concat(),
        };
        if tag { frames::tagged(&frame) } else { frame }
    });
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    (good, changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(|(mut frame, changes, end, cut)| {
        for (place, value) in changes {
            let place = place.index(frame.len().min(64));
            frame[place] = value;
        }
        if cut {
            frame.truncate(end.index(frame.len()));
        }
        frame
    })
}

fn check(frame: &[u8]) -> Result<(), TestCaseError> {
    let ethernet = taken(Ethernet, frame).expect("1 500 octets are enough");
    let at = if frame.get(12..14) == Some(&[0x81, 0]) { 16 } else { 12 };
    let expected = (frame.get(at..at + 2) == Some(&[0x88, 0xF7])).then(|| frame[at + 2..].to_vec());
    prop_assert_eq!(ethernet, expected);
    if let Some(message) = taken(Ipv4::new([OWN_V4[0]]), frame).expect("1 500 octets are enough") {
        prop_assert_eq!(Some(message), payload(frame));
    }
    #[cfg(feature = "ipv6")]
    {
        let transport = syntone_smoltcp::Ipv6::new([common::STATIONS[0]]);
        if let Some(message) = taken(transport, frame).expect("1 500 octets are enough") {
            prop_assert_eq!(Some(message), payload(frame));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_octets_do_no_harm(frame in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&frame)?;
    }

    #[test]
    fn what_is_taken_of_frames_that_are_nearly_good_is_what_others_take(frame in nearly_good()) {
        check(&frame)?;
    }

    #[test]
    fn a_message_of_any_length_is_received_whole(message in prop::collection::vec(any::<u8>(), 1..1_400)) {
        let frame = frames::udp_v4([224, 0, 1, 129], 319, &message);
        prop_assert_eq!(taken(Ipv4::new([OWN_V4[0]]), &frame), Ok(Some(message)));
    }
}
