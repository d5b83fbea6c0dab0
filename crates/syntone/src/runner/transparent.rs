//! The loop that joins a transparent clock to a board.

use super::{BATCH, adjust, port_indices};
use crate::clock::transparent::{Output, TransparentClock};
use syntone_hal::{Hal, HalError, Instant};

/// Joins a [`TransparentClock`] to the three traits of a board. Owns the buffer for the one message that passes.
#[derive(Debug)]
pub struct TransparentRunner<const BUFFER: usize = 1500> {
    buffer: [u8; BUFFER],
    started: bool,
}

impl<const BUFFER: usize> Default for TransparentRunner<BUFFER> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BUFFER: usize> TransparentRunner<BUFFER> {
    /// A runner that forwards messages of up to `BUFFER` octets, at least 128. Longer ones are dropped and counted.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: [0; BUFFER], started: false }
    }

    /// Takes what the board has received and stamped, forwards it, and returns until when there is nothing to do. Never
    /// blocks. Call it again then, or as soon as the board has something.
    pub fn turn<const PORTS: usize, const PENDING: usize, const HELD: usize, H: Hal>(
        &mut self,
        clock: &mut TransparentClock<PORTS, PENDING, HELD>,
        hal: &mut H,
    ) -> Instant {
        if !self.started {
            self.started = true;
            clock.start(hal.limits());
            for port in port_indices::<PORTS>() {
                clock.set_capabilities(port, &hal.capabilities(port));
            }
        }
        look_at_links(clock, hal);
        let mut until = self.drain(clock, hal);
        for _ in 0..BATCH {
            let stamped = take_stamp(clock, hal);
            let received = self.take_frame(clock, hal);
            if !stamped && !received {
                return until;
            }
            until = self.drain(clock, hal);
        }
        // There may be more: come back at once.
        hal.monotonic()
    }

    fn take_frame<const PORTS: usize, const PENDING: usize, const HELD: usize, H: Hal>(
        &mut self,
        clock: &mut TransparentClock<PORTS, PENDING, HELD>,
        hal: &mut H,
    ) -> bool {
        let received = hal.receive(&mut self.buffer);
        let now = hal.monotonic();
        match received {
            Ok(None) => return false,
            Ok(Some(received)) => {
                let octets = self.buffer.get(..received.length).unwrap_or(&[]);
                clock.handle_frame(now, &received, octets);
            }
            Err(_) => clock.handle_receive_failed(),
        }
        true
    }

    fn drain<const PORTS: usize, const PENDING: usize, const HELD: usize, H: Hal>(
        &mut self,
        clock: &mut TransparentClock<PORTS, PENDING, HELD>,
        hal: &mut H,
    ) -> Instant {
        loop {
            match clock.poll(hal.monotonic(), &mut self.buffer) {
                Output::Wait(until) => return until,
                Output::Adjust(adjustment) => clock.handle_adjusted(adjust(hal, &adjustment).frequency),
                Output::Send { forward, length } => {
                    let port = forward.transmit.port;
                    let message = self.buffer.get(..length).unwrap_or(&[]);
                    if let Err(error) = hal.forward(forward, message) {
                        clock.handle_send_failed(port, error.kind());
                    }
                }
            }
        }
    }
}

fn look_at_links<const PORTS: usize, const PENDING: usize, const HELD: usize, H: Hal>(
    clock: &mut TransparentClock<PORTS, PENDING, HELD>,
    hal: &mut H,
) {
    for port in port_indices::<PORTS>() {
        let up = hal.link_up(port);
        if clock.link_is_up(port) != up {
            clock.set_capabilities(port, &hal.capabilities(port));
            clock.handle_link(port, up);
        }
    }
}

fn take_stamp<const PORTS: usize, const PENDING: usize, const HELD: usize, H: Hal>(
    clock: &mut TransparentClock<PORTS, PENDING, HELD>,
    hal: &mut H,
) -> bool {
    // A driver that fails here loses stamps, and lost stamps are counted where they are missed.
    let Ok(Some(egress)) = hal.poll_egress() else { return false };
    let now = hal.monotonic();
    clock.handle_egress(now, egress);
    true
}

/// Runs a transparent clock on a board for as long as `idle` allows: it is told until when there is nothing to do, waits
/// for that or for the board to have something, and returns whether to go on.
pub fn run_transparent<const PORTS: usize, const PENDING: usize, const HELD: usize, H: Hal>(
    clock: &mut TransparentClock<PORTS, PENDING, HELD>,
    hal: &mut H,
    mut idle: impl FnMut(&mut TransparentClock<PORTS, PENDING, HELD>, &mut H, Instant) -> bool,
) {
    let mut runner = TransparentRunner::<1500>::new();
    loop {
        let until = runner.turn(clock, hal);
        if !idle(clock, hal, until) {
            return;
        }
    }
}
