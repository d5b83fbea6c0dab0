//! The board alone, its drivers and its clock in use but without a protocol: what to take off the other images.
#![no_std]
#![no_main]

use qemu_mps2::board;
use syntone_hal::{ClockHal, Destination, FrequencyOffset, Hal, PortIndex, Ticket, Transmit};
use syntone_smoltcp::Ethernet;

syntone_sizes::entry!(run);

/// Sends back what comes in, and steers as it says.
fn run() -> Option<()> {
    let mut board = board::start(Ethernet)?;
    let mut buffer = [0; 192];
    loop {
        turn(&mut board, &mut buffer);
        let now = board.monotonic();
        board.interface().sleep_until(now.plus_nanos(1_000_000_000));
    }
}

fn turn(board: &mut impl Hal, buffer: &mut [u8; 192]) -> Option<()> {
    let received = board.receive(buffer).ok()??;
    let message = buffer.get(..received.length)?;
    let (sequence, rest) = message.split_first_chunk::<4>()?;
    let raw = u32::from_be_bytes(*sequence);
    let transmit = Transmit {
        port: PortIndex(0),
        destination: received.source.map_or(Destination::PrimaryMulticast, Destination::Unicast),
        ticket: Some(Ticket::from_raw(raw)),
        one_step: None,
    };
    board.send(transmit, rest).ok()?;
    let egress = board.poll_egress().ok()??;
    let offset =
        egress.stamp?.nanos_since(received.stamp?).wrapping_sub(board.now().ok()?.nanos_since(received.stamp?));
    board.step(offset).ok()?;
    board.set_frequency(FrequencyOffset::from_scaled_ppm(raw.cast_signed())).ok()
}
