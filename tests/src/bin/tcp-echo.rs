//! An application's peer, for tests: `tcp-echo ADDRESS SECONDS` sends to port 7 what no pattern repeats and checks what comes back. It
//! prints once a second and at the end how much came.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Octets that are under way at the most.
const WINDOW: u64 = 8_192;
/// Octets that are sent at once.
const PIECE: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, seconds] = &arguments[..] else { return Err("address, seconds".into()) };
    // The board has one socket, which may not be done with the connection before.
    let (address, begin) = (format!("{address}:7").parse()?, Instant::now());
    let mut stream = loop {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Err(error) if begin.elapsed() > PATIENCE => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
            Ok(stream) => break stream,
        }
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let (start, duration) = (Instant::now(), Duration::from_secs(seconds.parse()?));
    let (mut sent, mut received, mut longest) = (0, 0, Duration::ZERO);
    let mut buffer = [0; 4096];
    println!("connected");
    while start.elapsed() < duration || received < sent {
        if start.elapsed() < duration && sent - received + PIECE as u64 <= WINDOW {
            let piece: Vec<u8> = (sent..).take(PIECE).map(octet).collect();
            stream.write_all(&piece)?;
            sent += PIECE as u64;
            continue;
        }
        let waited = Instant::now();
        let count = stream.read(&mut buffer)?;
        longest = longest.max(waited.elapsed());
        let wrong = buffer[..count].iter().zip(received..).find(|(got, place)| **got != octet(*place));
        if count == 0 || wrong.is_some() {
            return Err(format!("{count} octets after {received}, first wrong one {wrong:?}").into());
        }
        received += count as u64;
    }
    println!(
        "echoed {received} octets in {} ms, waited {} ms at the most",
        start.elapsed().as_millis(),
        longest.as_millis()
    );
    Ok(())
}

/// What is at this place of the stream: of a generator of numbers that never comes back to where it was.
fn octet(place: u64) -> u8 {
    (place.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}
