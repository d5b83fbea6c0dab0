//! What a clock may say and be, and when.

use super::{OWN, Reached};
use syntone::clock::Clock;
use syntone::config::ClockConfig;
use syntone::datasets::{CurrentDs, ParentDs, PortState, TimePropertiesDs};
use syntone::event::Event;
use syntone::servo::LockState;
use syntone::state::{Role, next};
use syntone::wire::{
    Body, DelayResp, Flags, Header, Message, MessageType, PdelayResp, PdelayRespFollowUp, PortIdentity, WireTimestamp,
};
use syntone_hal::{Destination, OneStep, PortIndex, Ticket, TimeInterval, Timestamp, Transmit};

/// What a discarded frame must not change, and what counts it.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    data_sets: (CurrentDs, ParentDs, TimePropertiesDs),
    states: Vec<PortState>,
    received: u32,
    discarded: u32,
}

/// A Delay_Req or Pdelay_Req that came in and may be answered.
struct Request {
    port: PortIndex,
    message_type: MessageType,
    from: PortIdentity,
    sequence_id: u16,
    correction: TimeInterval,
    stamp: Timestamp,
}

/// An event message that left.
struct Pending {
    port: PortIndex,
    ticket: Option<Ticket>,
    message_type: MessageType,
    sequence_id: u16,
    /// Of a Pdelay_Resp.
    request: Option<Request>,
    stamp: Option<Timestamp>,
}

impl Pending {
    fn take_ticket(&mut self, stamp: Option<Timestamp>) -> Option<Ticket> {
        self.stamp = stamp;
        self.ticket.take()
    }
}

/// Remembers what was said, and checks what is said.
pub(super) struct Watch<const PORTS: usize> {
    config: ClockConfig,
    /// One step is asked for, and this port can.
    asks_one_step: bool,
    can_one_step: [bool; PORTS],
    states: [PortState; PORTS],
    pending: Vec<Pending>,
    requests: Vec<Request>,
    /// What the Pdelay_Resp that is being sent answers.
    responded: Option<Request>,
    /// The last sequence number of each port and messageType.
    sequences: [[Option<u16>; 16]; PORTS],
    /// More than one input was given before the outputs were looked at: the oldest events may have given way.
    pub(super) several_inputs: bool,
    pub(super) reached: Reached,
}

/// Frames that may still be answered: more are not remembered.
const MEMORY: usize = 64;
/// A port takes the stamp of a message that is not this many of its type old.
const LATE: usize = 16;

impl<const PORTS: usize> Watch<PORTS> {
    pub(super) fn new(clock: &Clock<PORTS>, config: ClockConfig, asks_one_step: bool) -> Self {
        let states = std::array::from_fn(|port| state(clock, port));
        Self {
            config,
            asks_one_step,
            can_one_step: [false; PORTS],
            states,
            pending: Vec::new(),
            requests: Vec::new(),
            responded: None,
            sequences: [[None; 16]; PORTS],
            several_inputs: false,
            reached: Reached::default(),
        }
    }

    pub(super) fn can_one_step(&mut self, port: PortIndex, can: bool) {
        if let Some(place) = self.can_one_step.get_mut(port.get()) {
            *place = can;
        }
    }

    pub(super) fn snapshot(&self, clock: &Clock<PORTS>, port: PortIndex) -> Snapshot {
        let counters = clock.counters(port);
        Snapshot {
            data_sets: (*clock.current_ds(), *clock.parent_ds(), *clock.time_properties_ds()),
            states: (0..PORTS).map(|port| state(clock, port)).collect(),
            received: counters.map_or(0, syntone::counters::Counters::total_received),
            discarded: counters.map_or(0, syntone::counters::Counters::total_discarded),
        }
    }

    pub(super) fn check_frame(
        &mut self,
        clock: &Clock<PORTS>,
        port: PortIndex,
        before: &Snapshot,
        octets: &[u8],
        stamp: Option<Timestamp>,
    ) {
        let after = self.snapshot(clock, port);
        if clock.port_ds(port).is_none() {
            assert_eq!(after, *before, "a frame of a port that does not exist");
            return;
        }
        let received = after.received.wrapping_sub(before.received);
        let discarded = after.discarded.wrapping_sub(before.discarded);
        match received {
            0 => {
                assert_eq!(discarded, 1, "a frame that is not used is counted once");
                let counted = Snapshot { received: before.received, discarded: before.discarded, ..after };
                assert_eq!(counted, *before, "a discarded frame changed something");
            }
            1 => {
                let message = Message::parse(octets).expect("what is received is a message");
                assert_eq!(message.header.domain_number, self.config.domain_number);
                assert_eq!(message.header.sdo_id, self.config.sdo_id);
                self.reached.received.insert(message.header.message_type.0);
            }
            _ => panic!("one frame was received {received} times"),
        }
        self.note_request(port, octets, stamp);
    }

    /// A request may be answered even where it counts as discarded: when it takes the place of one that was not answered.
    fn note_request(&mut self, port: PortIndex, octets: &[u8], stamp: Option<Timestamp>) {
        let Ok(Message { header, body, .. }) = Message::parse(octets) else { return };
        let (Some(stamp), Body::DelayReq(_) | Body::PdelayReq(_)) = (stamp, body) else { return };
        let Header { source_port_identity: from, sequence_id, message_type, correction_field: correction, .. } = header;
        self.requests.push(Request { port, message_type, from, sequence_id, correction, stamp });
        if self.requests.len() > MEMORY {
            self.requests.remove(0);
        }
    }

    /// The ticket of one of the event messages under way, which gets this stamp.
    pub(super) fn take_ticket(&mut self, choice: u8, stamp: Option<Timestamp>) -> Option<Ticket> {
        let mut open: Vec<_> = self.pending.iter_mut().filter(|pending| pending.ticket.is_some()).collect();
        let index = usize::from(choice) % open.len().max(1);
        open.get_mut(index)?.take_ticket(stamp)
    }

    /// The same for the event message that has the ticket `wanted`, if one does.
    pub(super) fn note_stamp(&mut self, wanted: &Ticket, stamp: Option<Timestamp>) -> Option<Ticket> {
        let mut pending = self.pending.iter_mut();
        pending.find(|pending| pending.ticket.as_ref() == Some(wanted))?.take_ticket(stamp)
    }

    pub(super) fn check_event(&mut self, event: &Event) {
        if let Event::State { port, from, to, cause } = *event {
            let role = if self.config.slave_only { Role::SlaveOnly } else { Role::Full };
            assert_eq!(next(from, cause, role), to, "{cause:?} leads elsewhere from {from:?}");
            if !self.several_inputs {
                assert_eq!(self.states[port.get()], from, "a state between was not told");
            }
            self.states[port.get()] = to;
            self.reached.states.insert(to.number());
        }
        self.reached.locked |= *event == Event::Lock(LockState::Locked);
    }

    pub(super) fn check_data_sets(&self, clock: &Clock<PORTS>) {
        let states: Vec<_> = (0..PORTS).map(|port| state(clock, port)).collect();
        assert_eq!(states, self.states, "a state was not told");
        let following: Vec<_> = states.iter().filter(|state| state.has_parent()).collect();
        let parent = clock.parent_ds().parent_port_identity;
        match following[..] {
            [] => {
                assert_eq!(parent, PortIdentity::new(OWN, 0), "a parent without a port that follows it");
                assert_eq!(clock.current_ds().steps_removed, 0);
                assert_eq!(clock.parent_ds().grandmaster_identity, OWN);
            }
            [_] => {
                assert_ne!(parent.clock_identity, OWN, "follows itself");
                let steps = clock.current_ds().steps_removed;
                assert!(steps >= 1 && steps <= u16::from(self.config.max_steps_removed), "{steps} steps removed");
            }
            _ => panic!("two ports follow: {states:?}"),
        }
        if self.config.slave_only {
            let master = |state: &PortState| matches!(state, PortState::Master | PortState::PreMaster);
            assert!(!states.iter().any(master), "a slave-only clock is master: {states:?}");
        }
    }

    pub(super) fn check_message(&mut self, clock: &Clock<PORTS>, transmit: &Transmit, octets: &[u8]) {
        let message = Message::parse(octets).expect("what is sent can be parsed");
        let header = message.header;
        assert_eq!(usize::from(header.message_length), octets.len());
        assert_eq!(header.source_port_identity, PortIdentity::new(OWN, transmit.port.number()));
        assert_eq!((header.sdo_id, header.domain_number), (self.config.sdo_id, self.config.domain_number));
        assert_eq!((header.version_ptp, header.minor_version_ptp), (2, self.config.minor_version_ptp));
        assert_eq!(header.message_type.class(), transmit.class(), "event messages are those with a ticket");
        assert!(message.tlvs.is_empty());
        self.check_steps(transmit, &message);
        let state = state(clock, transmit.port.get());
        match message.body {
            Body::DelayReq(_) => assert!(state.has_parent(), "asks for a delay in {state:?}"),
            Body::PdelayReq(_) | Body::PdelayResp(_) | Body::PdelayRespFollowUp(_) => {
                assert!(state.is_running(), "measures its link in {state:?}");
            }
            _ => assert_eq!(state, PortState::Master, "{:?} of a port that is no master", message.body),
        }
        match message.body {
            Body::FollowUp(body) => self.check_follow_up(transmit.port, &header, body.precise_origin_timestamp),
            Body::DelayResp(body) => self.check_delay_resp(transmit, &header, &body),
            Body::Announce(body) => {
                let parent = clock.parent_ds();
                assert_eq!(body.grandmaster_identity, parent.grandmaster_identity);
                assert_eq!(body.grandmaster_clock_quality, parent.grandmaster_clock_quality);
                let priorities = (body.grandmaster_priority1, body.grandmaster_priority2);
                assert_eq!(priorities, (parent.grandmaster_priority1, parent.grandmaster_priority2));
                assert_eq!(body.steps_removed, clock.current_ds().steps_removed);
                self.check_sequence(transmit.port, &header);
            }
            Body::PdelayResp(body) => self.check_pdelay_resp(transmit, &header, &body),
            Body::PdelayRespFollowUp(body) => self.check_pdelay_resp_follow_up(transmit.port, &header, &body),
            Body::Sync(_) | Body::DelayReq(_) | Body::PdelayReq(_) => self.check_sequence(transmit.port, &header),
            other => panic!("nobody asked for {other:?}"),
        }
    }

    /// Numbers go up; a message that a change of state took back leaves a gap.
    fn check_sequence(&mut self, port: PortIndex, header: &Header) {
        let last = &mut self.sequences[port.get()][usize::from(header.message_type.0)];
        if let Some(last) = last.replace(header.sequence_id) {
            let step = header.sequence_id.wrapping_sub(last);
            assert!((1..16).contains(&step), "number {} follows {last}", header.sequence_id);
        }
    }

    fn check_follow_up(&mut self, port: PortIndex, header: &Header, origin: WireTimestamp) {
        let sync = self.pending.iter_mut().rev().find(|pending| {
            let same = pending.port == port && pending.sequence_id == header.sequence_id;
            same && pending.message_type == MessageType::SYNC
        });
        let stamp = sync.and_then(|sync| sync.stamp.take()).expect("a Follow_Up belongs to a Sync that was stamped");
        assert_eq!(origin, stamp.into());
        assert_eq!(header.correction_field.scaled(), i64::from(stamp.subnanos()));
    }

    /// Sync and Pdelay_Resp have a ticket and a Follow_Up, or the hardware writes into them if it can and is asked to.
    fn check_steps(&self, transmit: &Transmit, message: &Message<'_>) {
        let expected = match message.body {
            _ if !self.asks_one_step || !self.can_one_step[transmit.port.get()] => None,
            Body::Sync(_) => Some(OneStep::Origin),
            Body::PdelayResp(_) => Some(OneStep::Elapsed),
            _ => None,
        };
        assert_eq!(transmit.one_step, expected);
        let tells = matches!(message.body, Body::Sync(_) | Body::PdelayResp(_)) && expected.is_none();
        assert_eq!(message.header.flags.contains(Flags::TWO_STEP), tells);
    }

    /// The request that this is the answer to, by what `fits` sees in it; the same request may have come twice.
    fn take_request(&mut self, transmit: &Transmit, header: &Header, fits: impl Fn(&Request) -> bool) -> Request {
        let found = self.requests.iter().rposition(|request| {
            request.sequence_id == header.sequence_id && request.port == transmit.port && fits(request)
        });
        let request = self.requests.remove(found.expect("an answer belongs to a request"));
        let unicast = header.flags.contains(Flags::UNICAST);
        assert_eq!(matches!(transmit.destination, Destination::Unicast(_)), unicast);
        request
    }

    fn check_pdelay_resp(&mut self, transmit: &Transmit, header: &Header, body: &PdelayResp) {
        let (correction, one_step) = (header.correction_field.scaled(), transmit.one_step.is_some());
        let request = self.take_request(transmit, header, |request| {
            let expected = if one_step {
                // What is left when the hardware adds the moment that the request came in.
                let since = request.correction.scaled().wrapping_sub(request.stamp.wrapping_scaled());
                (WireTimestamp::ZERO, since)
            } else {
                (request.stamp.into(), -i64::from(request.stamp.subnanos()))
            };
            let same = request.message_type == MessageType::PDELAY_REQ && request.from == body.requesting_port_identity;
            same && (body.request_receipt_timestamp, correction) == expected
        });
        self.responded = Some(request);
    }

    fn check_pdelay_resp_follow_up(&mut self, port: PortIndex, header: &Header, body: &PdelayRespFollowUp) {
        // The same request may have come twice.
        let response = self.pending.iter_mut().find(|pending| {
            let (Some(request), Some(stamp)) = (&pending.request, pending.stamp) else { return false };
            let same = pending.port == port && pending.sequence_id == header.sequence_id;
            let correction = request.correction.scaled() + i64::from(stamp.subnanos());
            let says = (body.response_origin_timestamp, header.correction_field.scaled());
            same && request.from == body.requesting_port_identity && says == (stamp.into(), correction)
        });
        let response = response.expect("a Follow_Up belongs to a Pdelay_Resp that was stamped so");
        response.stamp = None;
    }

    fn check_delay_resp(&mut self, transmit: &Transmit, header: &Header, body: &DelayResp) {
        let request = self.take_request(transmit, header, |request| {
            request.message_type == MessageType::DELAY_REQ && request.from == body.requesting_port_identity
        });
        assert_eq!(body.receive_timestamp, request.stamp.into());
    }

    pub(super) fn sent(&mut self, transmit: Transmit, octets: &[u8]) {
        let Ok(Message { header, .. }) = Message::parse(octets) else { return };
        let Header { message_type, sequence_id, .. } = header;
        self.reached.sent.insert(message_type.0);
        let request = self.responded.take();
        if transmit.ticket.is_some() {
            let Transmit { port, ticket, .. } = transmit;
            self.pending.push(Pending { port, ticket, message_type, sequence_id, request, stamp: None });
            // What is stamped stays until its Follow_Up: that may come after other messages.
            let same = |pending: &Pending| {
                (pending.port, pending.message_type) == (port, message_type) && pending.stamp.is_none()
            };
            let waiting: Vec<_> = (0..self.pending.len()).filter(|&index| same(&self.pending[index])).collect();
            if waiting.len() > LATE {
                self.pending.remove(waiting[0]);
            }
        }
    }
}

fn state<const PORTS: usize>(clock: &Clock<PORTS>, port: usize) -> PortState {
    let index = PortIndex(u8::try_from(port).expect("few ports"));
    clock.port_ds(index).expect("the port exists").port_state
}
