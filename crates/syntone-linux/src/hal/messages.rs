//! Messages and their stamps, in and out.

use super::port::Port;
use super::wait::socket_index;
use super::{LinuxHal, clocks};
use crate::Error;
use crate::hardware::OneStepMode;
use crate::sys::socket;
use std::os::fd::AsFd;
use syntone_hal::{
    EgressStamp, MessageClass, NetworkHal, PortCapabilities, PortIndex, Received, Stamping, TimeInterval, TimestampHal,
    Transmit,
};

impl NetworkHal for LinuxHal {
    type Error = Error;

    fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Error> {
        if let Some(received) = self.receive_ready(buffer)? {
            return Ok(Some(received));
        }
        // What is still there, or has come since, ends the next wait at once.
        if self.waited > 0 {
            self.waited -= 1;
            return Ok(None);
        }
        self.refresh()?;
        self.receive_ready(buffer)
    }

    fn send(&mut self, transmit: Transmit, message: &[u8]) -> Result<(), Error> {
        let PortIndex(number) = transmit.port;
        let port = self.ports.get_mut(usize::from(number)).ok_or(Error::NoSuchPort { port: number })?;
        let (clock, companion) = (&mut self.clock, port.companion.and_then(|index| self.companions.get(index)));
        port.send(transmit, message, &mut self.outgoing, || companion.map_or_else(|| clock.stamp_time(), clocks::time))
    }

    fn link_up(&mut self, port: PortIndex) -> bool {
        self.hear_of_links();
        self.look_at_link(port.get());
        self.ports.get(port.get()).is_some_and(Port::is_usable)
    }
}

impl TimestampHal for LinuxHal {
    type Error = Error;

    fn poll_egress(&mut self) -> Result<Option<EgressStamp>, Error> {
        if let Some(stamp) = self.egress_ready()? {
            return Ok(Some(stamp));
        }
        if self.waited > 0 || !self.ports.iter().any(|port| port.sockets.event.awaits_stamps()) {
            return Ok(None);
        }
        self.refresh()?;
        self.egress_ready()
    }

    fn capabilities(&self, port: PortIndex) -> PortCapabilities {
        let stamping = self.clock.stamping();
        let one_step = self.ports.get(port.get()).map_or(OneStepMode::Off, |port| port.sockets.one_step);
        let one_step = if stamping == Stamping::Hardware { one_step } else { OneStepMode::Off };
        PortCapabilities {
            stamping,
            resolution: TimeInterval::from_nanos(1),
            one_step_sync: one_step != OneStepMode::Off,
            one_step_pdelay_resp: one_step == OneStepMode::PeerToPeer,
            ..PortCapabilities::default()
        }
    }
}

impl LinuxHal {
    /// Takes a message from the first socket that is known to have one.
    fn receive_ready(&mut self, buffer: &mut [u8]) -> Result<Option<Received>, Error> {
        for index in 0..self.ports.len() {
            for class in [MessageClass::Event, MessageClass::General] {
                if self.poll_set.take_readable(socket_index(index, class))
                    && let Some(received) = self.receive_from(index, class, buffer)?
                {
                    return Ok(Some(received));
                }
            }
        }
        Ok(None)
    }

    /// Takes the next PTP message from one socket, leaving out what is none.
    fn receive_from(
        &mut self,
        index: usize,
        class: MessageClass,
        buffer: &mut [u8],
    ) -> Result<Option<Received>, Error> {
        let Some(port) = self.ports.get_mut(index) else { return Ok(None) };
        loop {
            let message = match socket::receive(port.socket(class), &mut *self.incoming, 0) {
                Ok(message) => message,
                Err(error) => return port.nothing_from(&error, "receive").map(|()| None),
            };
            let octets = &self.incoming[..message.length.min(self.incoming.len())];
            let Some(payload) = port.sockets.framing.unwrap(octets, message.source) else { continue };
            let length = message.length - payload.start;
            let octets = &octets[payload.start..];
            let Some(target) = buffer.get_mut(..length).filter(|_| octets.len() == length) else {
                return Err(Error::BufferTooSmall { needed: length });
            };
            target.copy_from_slice(octets);
            let stamp = port.sockets.event.stamp_in(&message.control).filter(|_| is_event(octets));
            let stamp =
                stamp.and_then(|stamp| clocks::convert(&mut self.clock, &mut self.companions, port.companion, stamp));
            if let (Some(ingress), OneStepMode::PeerToPeer) = (stamp, port.sockets.one_step) {
                port.requests.note(octets, ingress);
            }
            let port = PortIndex(u8::try_from(index).unwrap_or(u8::MAX));
            return Ok(Some(Received { port, length, source: payload.source, destination: None, stamp }));
        }
    }

    /// Takes a transmit stamp from the first socket that is known to have one.
    fn egress_ready(&mut self) -> Result<Option<EgressStamp>, Error> {
        for (index, port) in self.ports.iter_mut().enumerate() {
            if self.poll_set.take_error(socket_index(index, MessageClass::General)) {
                socket::take_error(port.sockets.general.as_fd());
            }
            let event = socket_index(index, MessageClass::Event);
            if !self.poll_set.take_error(event) {
                continue;
            }
            match port.sockets.event.transmit_stamp() {
                Ok(Some((ticket, stamp))) => {
                    let stamp = clocks::convert(&mut self.clock, &mut self.companions, port.companion, stamp);
                    return Ok(Some(EgressStamp { ticket, stamp }));
                }
                Ok(None) => {}
                Err(error) => {
                    port.nothing_from(&error, "read a transmit stamp")?;
                    // An error that is no stamp would wake every wait until it is taken.
                    socket::take_error(port.sockets.event.as_fd());
                }
            }
        }
        Ok(None)
    }
}

/// Whether a PTP message is of a type that is time-stamped (IEEE 1588-2019 13.3.2.3).
fn is_event(octets: &[u8]) -> bool {
    octets.first().is_some_and(|octet| octet & 0x0F < 4)
}
