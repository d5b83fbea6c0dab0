//! The way of a frame into the clock.

use super::Clock;
use crate::counters::Discard;
#[cfg(any(target_pointer_width = "64", feature = "management"))]
use crate::port::Outcome;
use crate::port::screen;
use crate::servo::Servo;
use crate::wire::MessageType;
use syntone_hal::{Instant, PortIndex, Received};

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    // The largest of the inputs: apart from the others it leaves them registers and stack.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn handle_frame(&mut self, now: Instant, received: &Received, octets: &[u8]) {
        #[cfg(feature = "management")]
        self.read_time(now, received.stamp);
        match screen(&self.instance, octets) {
            Ok(message_type) => {
                #[cfg(target_pointer_width = "64")]
                if self.handle_usual(message_type, now, received, octets) {
                    return;
                }
                self.handle_any(message_type, now, received, octets);
            }
            Err(reason) => self.discard(received.port, reason),
        }
    }

    /// Handles what a slave hears all the time, each type by code that was built for it: where registers are many and memory is
    /// too, that takes half the instructions. Says whether it could.
    #[cfg(target_pointer_width = "64")]
    #[inline(always)]
    fn handle_usual(&mut self, message_type: MessageType, now: Instant, received: &Received, octets: &[u8]) -> bool {
        match message_type {
            MessageType::SYNC => self.handle_usual_sync(now, received, octets),
            MessageType::FOLLOW_UP => self.handle_usual_follow_up(now, received, octets),
            MessageType::DELAY_RESP => self.handle_usual_delay_resp(received, octets),
            _ => None,
        }
        .is_some()
    }

    #[cfg(target_pointer_width = "64")]
    #[inline(never)]
    fn handle_usual_sync(&mut self, now: Instant, received: &Received, octets: &[u8]) -> Option<()> {
        let port = self.ports.get_mut(received.port.get())?;
        port.take_usual_sync(now, &self.instance, received, octets)
    }

    #[cfg(target_pointer_width = "64")]
    #[inline(never)]
    fn handle_usual_follow_up(&mut self, now: Instant, received: &Received, octets: &[u8]) -> Option<()> {
        let port = self.ports.get_mut(received.port.get())?;
        match port.take_usual_follow_up(now, &mut self.instance, octets)? {
            Outcome::Sync { delay } => self.take_sync(now, received.port, delay),
            outcome => self.take(now, received.port, outcome),
        }
        Some(())
    }

    #[cfg(target_pointer_width = "64")]
    #[inline(never)]
    fn handle_usual_delay_resp(&mut self, received: &Received, octets: &[u8]) -> Option<()> {
        self.ports.get_mut(received.port.get())?.take_usual_delay_resp(&self.instance, octets)
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn handle_any(&mut self, message_type: MessageType, now: Instant, received: &Received, octets: &[u8]) {
        let Some(port) = self.ports.get_mut(received.port.get()) else { return };
        match port.receive(message_type, now, &mut self.instance, received, octets) {
            #[cfg(feature = "management")]
            Ok(Outcome::Management) => self.manage(now, received, octets),
            Ok(outcome) => self.take(now, received.port, outcome),
            Err(reason) => port.counters.discard(reason),
        }
    }

    pub(super) fn discard(&mut self, port: PortIndex, reason: Discard) {
        if let Some(port) = self.ports.get_mut(port.get()) {
            port.counters.discard(reason);
        }
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests;
