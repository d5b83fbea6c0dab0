//! The one loop that joins a clock to a board.

mod transparent;

pub use transparent::{TransparentRunner, run_transparent};

use crate::clock::{Clock, Output, Wait};
use crate::event::Event;
use crate::servo::{Adjustment, Servo};
use syntone_hal::{ClockHal, Hal, HalError, PortIndex};

/// Joins a [`Clock`] to the three traits of a board. Owns the buffer for one message.
///
/// It hands over each thing as [`Clock::handle`](Clock::handle) would, but does not pack it for that.
#[derive(Debug)]
pub struct Runner<const BUFFER: usize = 512> {
    buffer: [u8; BUFFER],
    started: bool,
}

/// Frames or stamps that one turn takes at the most, so that a flood cannot keep the loop from sending.
const BATCH: usize = 64;

impl<const BUFFER: usize> Default for Runner<BUFFER> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BUFFER: usize> Runner<BUFFER> {
    /// A runner whose buffer holds messages of up to `BUFFER` octets; at least 64, or nothing can be sent. Longer messages
    /// that arrive are dropped and counted.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: [0; BUFFER], started: false }
    }

    /// Takes everything that the board has received and stamped, does everything that is due, and returns until when there
    /// is nothing to do. Never blocks. Call it again then, or as soon as the board has something.
    ///
    /// Errors of the board are counted and reported as events; nothing stops the clock.
    pub fn turn<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
        &mut self,
        clock: &mut Clock<PORTS, S, FOREIGN>,
        hal: &mut H,
        on_event: &mut impl FnMut(&Event),
    ) -> Wait {
        if !self.started {
            self.started = true;
            self.start(clock, hal);
            self.drain(clock, hal, on_event, true);
        }
        self.look_at_links(clock, hal);
        for _ in 0..BATCH {
            let stamped = self.take_stamp(clock, hal);
            let received = self.take_frame(clock, hal);
            if !stamped && !received {
                return self.drain(clock, hal, on_event, true);
            }
            // Timers wait: after a stall what was received may be what a timeout would miss.
            self.drain(clock, hal, on_event, false);
        }
        // There may be more: come back at once.
        let wait = self.drain(clock, hal, on_event, true);
        Wait { until: hal.monotonic(), ..wait }
    }

    fn start<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
        &self,
        clock: &mut Clock<PORTS, S, FOREIGN>,
        hal: &mut H,
    ) {
        clock.start(hal.limits());
        for port in port_indices::<PORTS>() {
            clock.set_capabilities(port, &hal.capabilities(port));
        }
    }

    fn look_at_links<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
        &self,
        clock: &mut Clock<PORTS, S, FOREIGN>,
        hal: &mut H,
    ) {
        for port in port_indices::<PORTS>() {
            let up = hal.link_up(port);
            if clock.link_is_up(port) != up {
                let now = hal.monotonic();
                clock.set_capabilities(port, &hal.capabilities(port));
                clock.handle_link(now, port, up);
            }
        }
    }

    fn take_stamp<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
        &self,
        clock: &mut Clock<PORTS, S, FOREIGN>,
        hal: &mut H,
    ) -> bool {
        // A driver that fails here loses stamps, and lost stamps are counted where they are missed.
        let Ok(Some(egress)) = hal.poll_egress() else { return false };
        let now = hal.monotonic();
        clock.handle_egress(now, egress);
        true
    }

    fn take_frame<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
        &mut self,
        clock: &mut Clock<PORTS, S, FOREIGN>,
        hal: &mut H,
    ) -> bool {
        let received = hal.receive(&mut self.buffer);
        let now = hal.monotonic();
        match received {
            Ok(None) => false,
            Ok(Some(received)) => {
                let octets = self.buffer.get(..received.length).unwrap_or(&[]);
                clock.handle_frame(now, &received, octets);
                true
            }
            Err(_) => {
                clock.handle_receive_failed();
                true
            }
        }
    }

    fn drain<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
        &mut self,
        clock: &mut Clock<PORTS, S, FOREIGN>,
        hal: &mut H,
        on_event: &mut impl FnMut(&Event),
        timers: bool,
    ) -> Wait {
        loop {
            let now = hal.monotonic();
            let wait = if timers { clock.do_what_is_due(now) } else { clock.next_due() };
            match clock.output(&mut self.buffer, wait) {
                Output::Wait(wait) => return wait,
                Output::Event(event) => on_event(&event),
                Output::Adjust(adjustment) => {
                    let effective = adjust(hal, &adjustment);
                    clock.handle_adjusted(hal.monotonic(), &effective);
                }
                Output::Send { transmit, length } => {
                    let port = transmit.port;
                    let message = self.buffer.get(..length).unwrap_or(&[]);
                    if let Err(error) = hal.send(transmit, message) {
                        clock.handle_send_failed(now, port, error.kind());
                    }
                }
            }
        }
    }
}

/// Makes an adjustment, the step first, and says which parts of it took effect.
fn adjust(hal: &mut impl ClockHal, adjustment: &Adjustment) -> Adjustment {
    Adjustment {
        step: adjustment.step.filter(|nanoseconds| hal.step(*nanoseconds).is_ok()),
        frequency: adjustment.frequency.filter(|frequency| hal.set_frequency(*frequency).is_ok()),
    }
}

fn port_indices<const PORTS: usize>() -> impl Iterator<Item = PortIndex> {
    (0..u8::try_from(PORTS).unwrap_or(u8::MAX)).map(PortIndex)
}

/// Runs a clock on a board for as long as `idle` allows: it is told until when there is nothing to do, waits for that or
/// for the board to have something (an interrupt, a readable socket), and returns whether to go on. This loop is all
/// that a firmware calls.
pub fn run<const PORTS: usize, S: Servo, const FOREIGN: usize, H: Hal>(
    clock: &mut Clock<PORTS, S, FOREIGN>,
    hal: &mut H,
    on_event: &mut impl FnMut(&Event),
    mut idle: impl FnMut(&mut Clock<PORTS, S, FOREIGN>, &mut H, Wait) -> bool,
) {
    let mut runner = Runner::<512>::new();
    loop {
        let wait = runner.turn(clock, hal, on_event);
        if !idle(clock, hal, wait) {
            return;
        }
    }
}
