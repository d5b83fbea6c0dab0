//! What a transparent clock sends.

use super::passage::{Route, write_correction, write_flags};
use super::passing::{Claim, Nature, Passing, kind_of};
use super::port::Port;
use super::{Output, TransparentClock};
use crate::wire::{Flags, MessageType, fill};
use syntone_hal::{Forward, Instant, MessageClass, OneStep, PortIndex, Ticket, TimeInterval, Transmit};

/// What a message is sent with.
struct Edit {
    correction_field: Option<TimeInterval>,
    flags: Option<Flags>,
    ticket: Option<Ticket>,
    one_step: Option<OneStep>,
}

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> TransparentClock<PORTS, PENDING, HELD> {
    /// Says what to do at `now`; to be called until it says [`Output::Wait`]. `buffer` is the one that the frame of the
    /// last [`Input::Frame`](super::Input::Frame) was received into.
    pub fn poll(&mut self, now: Instant, buffer: &mut [u8]) -> Output {
        while let Some((passing, port)) = self.next_passing() {
            if let Some(output) = self.emit_passing(&passing, port, buffer) {
                return output;
            }
        }
        while let Some((index, port)) = self.hold.take_ready() {
            if let Some(output) = self.emit_held(index, port, buffer) {
                return output;
            }
        }
        if let Some(adjustment) = self.syntoniser.poll() {
            return Output::Adjust(adjustment);
        }
        #[cfg(feature = "management")]
        if let Some((transmit, length)) = self.transmit_managed(buffer) {
            self.last = Claim::Nobody(transmit.port);
            return Output::Send { forward: Forward { transmit, source: None }, length };
        }
        self.poll_peers(now, buffer)
    }

    #[cfg(not(feature = "peer-to-peer"))]
    fn poll_peers(&mut self, _now: Instant, _buffer: &mut [u8]) -> Output {
        Output::Wait(Instant::FAR_FUTURE)
    }

    /// What the ports have to say to the other ends of their links.
    #[cfg(feature = "peer-to-peer")]
    fn poll_peers(&mut self, now: Instant, buffer: &mut [u8]) -> Output {
        let mut until = Instant::FAR_FUTURE;
        for port in self.ports.iter_mut().filter(|port| port.link_up) {
            let egress = port.egress();
            let Some(peer) = &mut port.peer else { continue };
            peer.on_timer(now, &mut port.counters);
            if let Some((transmit, length)) = peer.transmit(egress.latency, buffer) {
                port.counters.count_sent(MessageType(buffer.first().map_or(0, |octet| octet & 0x0F)));
                self.last = transmit
                    .ticket
                    .as_ref()
                    .map_or(Claim::Nobody(transmit.port), |_| Claim::PeerRequest(transmit.port, 0));
                return Output::Send { forward: Forward { transmit, source: None }, length };
            }
            until = until.min(peer.next());
        }
        Output::Wait(until)
    }

    fn next_passing(&mut self) -> Option<(Passing, PortIndex)> {
        let passing = self.passing.as_mut()?;
        let next = passing.ports.take_first().map(|port| (*passing, port));
        if next.is_none() {
            self.passing = None;
        }
        next
    }

    fn emit_passing(&mut self, passing: &Passing, port: PortIndex, buffer: &mut [u8]) -> Option<Output> {
        let edit = self.edit(passing, port)?;
        let octets = buffer.get_mut(..passing.length)?;
        if let Some(correction) = edit.correction_field {
            write_correction(octets, correction);
        }
        if let Some(flags) = edit.flags {
            write_flags(octets, flags);
        }
        self.last = match passing.nature {
            Nature::Event { kind, place, .. } => Claim::Entry(kind, place, port),
            _ => Claim::Nobody(port),
        };
        self.count_sent(port, passing.message_type);
        let forward = forward(&passing.route, port, edit.ticket, edit.one_step);
        Some(Output::Send { forward, length: passing.length })
    }

    /// `None` if what it is to be corrected by was lost.
    fn edit(&mut self, passing: &Passing, port: PortIndex) -> Option<Edit> {
        let on = self.ports.get(port.get())?;
        let (egress, one_step) = (on.egress(), self.one_step && on.one_step);
        let mut edit = Edit { correction_field: None, flags: None, ticket: None, one_step: None };
        let correction = match passing.nature {
            Nature::Plain => {
                let is_event = passing.message_type.class() == MessageClass::Event;
                edit.ticket = is_event.then(|| Claim::Nobody(port).ticket());
                return Some(edit);
            }
            Nature::Event { extra, since, .. } if one_step => {
                edit.flags = Some(passing.flags);
                edit.one_step = Some(OneStep::Elapsed);
                let correction = passing.correction_field + extra + egress.extra_of(passing.message_type);
                // The hardware adds the time at which it leaves.
                let since = (since - egress.latency).wrapping_scaled();
                edit.correction_field = Some(TimeInterval::from_scaled(correction.scaled().wrapping_sub(since)));
                return Some(edit);
            }
            Nature::Event { kind, place, .. } => {
                let followed = matches!(passing.message_type, MessageType::SYNC | MessageType::PDELAY_RESP);
                edit.flags = Some(if followed { passing.flags | Flags::TWO_STEP } else { passing.flags });
                edit.ticket = Some(Claim::Entry(kind, place, port).ticket());
                TimeInterval::ZERO
            }
            Nature::Follower { .. } if one_step => TimeInterval::ZERO,
            Nature::Follower { kind, place } => self.entry(kind, place)?.correction(port)?,
            Nature::Answer(correction) => correction,
        };
        edit.correction_field = Some(passing.correction_field + correction);
        Some(edit)
    }

    /// `None` if what it is to be corrected by was lost.
    fn emit_held(&mut self, index: usize, port: PortIndex, buffer: &mut [u8]) -> Option<Output> {
        let held = self.hold.get(index)?;
        let (via, place, kind) = (held.via.unwrap_or(port), held.place?, held.key.kind);
        let (route, own, length) = (held.route, held.correction_field, held.octets().len());
        let octets = buffer.get_mut(..length)?;
        fill(octets, held.octets());
        let correction = self.entry(kind_of(kind), place)?.correction(via)?;
        write_correction(octets, own + correction);
        let message_type = MessageType(octets.first().map_or(0, |octet| octet & 0x0F));
        self.count_sent(port, message_type);
        self.hold.sweep();
        self.last = Claim::Nobody(port);
        Some(Output::Send { forward: forward(&route, port, None, None), length })
    }

    fn count_sent(&mut self, port: PortIndex, message_type: MessageType) {
        self.port(port, |port: &mut Port| port.counters.count_sent(message_type));
    }
}

fn forward(route: &Route, port: PortIndex, ticket: Option<Ticket>, one_step: Option<OneStep>) -> Forward {
    let transmit = Transmit { port, destination: route.destination, ticket, one_step };
    Forward { transmit, source: route.source }
}
