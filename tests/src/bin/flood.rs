//! A hostile neighbour, for tests: `flood INTERFACE FOREIGN MALFORMED SECONDS` sends each second that many Announces, each of another
//! clock that calls itself a grandmaster, and that many frames that are no messages. Over Ethernet. It prints how many it sent.

use std::time::{Duration, Instant};
use syntone_hal::{Destination, NetworkHal, PortIndex, Transmit};
use syntone_linux::{Ethernet, LinuxHal, OscillatorError, SoftwareClock};
use syntone_tests::vectors::vectors;

/// How often a portion is sent, per second.
const PORTIONS: u32 = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [interface, foreign, malformed, seconds] = &arguments[..] else {
        return Err("interface, foreign, malformed, seconds".into());
    };
    let (foreign, malformed, seconds): (u32, u32, u32) = (foreign.parse()?, malformed.parse()?, seconds.parse()?);
    let mut hal = LinuxHal::new(SoftwareClock::new(OscillatorError::default()));
    hal.add_ethernet(&Ethernet::on_interface(interface))?;
    let announce = announce();
    let (mut sent, mut refused) = (0_u32, 0_u32);
    let start = Instant::now();
    for portion in 0..seconds * PORTIONS {
        for number in 0..foreign / PORTIONS {
            let mut frame = announce.clone();
            // The clock's identity in the header, and that of the grandmaster.
            let identity = (0x0200_00FF_FE00_0000 | u64::from(portion * (foreign / PORTIONS) + number)).to_be_bytes();
            frame[20..28].copy_from_slice(&identity);
            frame[53..61].copy_from_slice(&identity);
            count(send(&mut hal, &frame), &mut sent, &mut refused);
        }
        for number in 0..malformed / PORTIONS {
            let mut frame = announce.clone();
            spoil(&mut frame, portion.wrapping_mul(31).wrapping_add(number));
            count(send(&mut hal, &frame), &mut sent, &mut refused);
        }
        // Behind time, it goes on without a rest.
        let due = Duration::from_secs(1) / PORTIONS * (portion + 1);
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
    println!("sent {sent} in {:.1} s, {refused} refused", start.elapsed().as_secs_f64());
    Ok(())
}

/// An Announce of another implementation, worse than any clock that is set up to be master.
fn announce() -> Vec<u8> {
    let frames = vectors();
    let announce =
        frames.iter().find(|frame| !frame.is_broken() && frame.ptp.len() >= 64 && frame.ptp[..2] == [0x0B, 2]);
    let mut octets = announce.expect("the vectors have an Announce").ptp.clone();
    octets[4] = 0;
    octets[47] = 255;
    octets
}

/// One kind of damage after another.
fn spoil(frame: &mut Vec<u8>, number: u32) {
    let octet = number.to_le_bytes()[1];
    match number % 5 {
        0 => frame.truncate(usize::from(octet) % 64),
        1 => frame[1] = 0xF1,
        2 => frame[2..4].copy_from_slice(&[octet, 0xFF]),
        3 => frame.extend([0, 3, 0xFF, octet, 0, 0]),
        _ => frame[0] = frame[0] & 0xF0 | 0x06,
    }
}

fn send(hal: &mut LinuxHal, frame: &[u8]) -> bool {
    let transmit =
        Transmit { port: PortIndex(0), destination: Destination::PrimaryMulticast, ticket: None, one_step: None };
    hal.send(transmit, frame).is_ok()
}

fn count(left: bool, sent: &mut u32, refused: &mut u32) {
    *(if left { sent } else { refused }) += 1;
}
