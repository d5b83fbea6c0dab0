//! What is to become of a message that came in (IEEE 1588-2019 10.2, 10.3).

use super::TransparentClock;
use super::held::Held;
#[cfg(feature = "peer-to-peer")]
use super::passage::is_peer_delay;
use super::passage::{Domain, Key, Route, Sight, into_follow_up};
use super::passing::{Nature, Passing, TicketKind, kind_of};
#[cfg(feature = "peer-to-peer")]
use super::peer::PeerMessage;
use super::port::Port;
use super::port_set::PortSet;
use super::rate::Beat;
use super::table::{Entry, Place};
use crate::counters::Discard;
use crate::wire::{Flags, Header, MessageType, SdoId, WireTimestamp};
use syntone_hal::{Instant, PortIndex, Received, TimeInterval, Timestamp};

/// A message that came in and is to be forwarded.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    now: Instant,
    sight: Sight<'a>,
    route: Route,
    stamp: Option<Timestamp>,
    /// The ports that it may leave by.
    ports: PortSet,
    /// Those of them where hardware adds the residence time.
    one_step: PortSet,
}

impl<const PORTS: usize, const PENDING: usize, const HELD: usize> TransparentClock<PORTS, PENDING, HELD> {
    /// Decides about one message. What is not forwarded is named and changes nothing.
    pub(super) fn receive(&mut self, now: Instant, received: &Received, octets: &[u8]) -> Result<MessageType, Discard> {
        let sight = Sight::of(octets)?;
        let header = &sight.header;
        if header.source_port_identity.clock_identity == self.clock_identity {
            return Err(Discard::OwnIdentity);
        }
        if stays_on_its_link(header.sdo_id) {
            return Err(Discard::SdoId);
        }
        #[cfg(feature = "peer-to-peer")]
        if let Some(taken) = self.receive_for_link(now, received, &sight) {
            return taken.map(|()| header.message_type);
        }
        if !self.ports.get(received.port.get()).is_some_and(Port::is_open) {
            return Err(Discard::State);
        }
        #[cfg(feature = "management")]
        if header.message_type == MessageType::MANAGEMENT && self.manage(now, received, &sight)? {
            return Ok(header.message_type);
        }
        let route = Route::of(received, header)?;
        let stamp = received.stamp.filter(|_| now >= self.settled_at);
        let ports = self.ports_where(Port::is_open).without(received.port);
        let one_step = ports.and(self.one_step_ports());
        self.decide(&Arrival { now, sight, route, stamp, ports, one_step })?;
        Ok(header.message_type)
    }

    /// Where the links are measured one by one, what is for that stays here, and there is nothing to do for those who
    /// measure the whole way (IEEE 1588-2019 10.3).
    #[cfg(feature = "peer-to-peer")]
    fn receive_for_link(
        &mut self,
        now: Instant,
        received: &Received,
        sight: &Sight<'_>,
    ) -> Option<Result<(), Discard>> {
        let settled = now >= self.settled_at;
        let port = self.ports.get_mut(received.port.get())?;
        let stamp = received.stamp.filter(|_| settled).map(|stamp| port.at_medium(stamp));
        let peer = port.peer.as_mut()?;
        let message_type = sight.header.message_type;
        if matches!(message_type, MessageType::DELAY_REQ | MessageType::DELAY_RESP) {
            return Some(Err(Discard::DelayMechanism));
        }
        let message = PeerMessage { sight: *sight, stamp, source: received.source };
        is_peer_delay(message_type).then(|| peer.receive(&message, &mut port.counters))
    }

    fn decide(&mut self, arrival: &Arrival<'_>) -> Result<(), Discard> {
        match arrival.sight.header.message_type {
            MessageType::SYNC => self.pass_sync(arrival),
            MessageType::DELAY_REQ | MessageType::PDELAY_REQ => {
                self.pass_event(arrival, TimeInterval::ZERO).map(|_| ())
            }
            MessageType::PDELAY_RESP => self.pass_peer_response(arrival),
            MessageType::FOLLOW_UP => self.pass_follower(arrival, MessageType::SYNC),
            MessageType::PDELAY_RESP_FOLLOW_UP => self.pass_follower(arrival, MessageType::PDELAY_RESP),
            MessageType::DELAY_RESP => self.pass_answer(arrival),
            _ => {
                self.pass(arrival, arrival.ports, Nature::Plain);
                Ok(())
            }
        }
    }

    fn pass_sync(&mut self, arrival: &Arrival<'_>) -> Result<(), Discard> {
        let header = &arrival.sight.header;
        let from = self.ports.get(arrival.route.ingress.get()).ok_or(Discard::State)?;
        let stamp = self.pass_event(arrival, from.link_delay()?)?;
        if !header.flags.contains(Flags::TWO_STEP) {
            self.measure(arrival, stamp, arrival.sight.timestamp(), header.correction_field);
        }
        Ok(())
    }

    /// A Pdelay_Resp, or the message that follows it, also carries what the request is to be corrected by.
    fn pass_peer_response(&mut self, arrival: &Arrival<'_>) -> Result<(), Discard> {
        let request = self.of_request(arrival, MessageType::PDELAY_REQ)?;
        // A stamp that comes later than the response is one that is lost.
        let request = request.map_or(Ok(TimeInterval::ZERO), |entry| {
            entry.finished = true;
            entry.correction(arrival.route.ingress).ok_or(Discard::EgressStampLost)
        })?;
        self.pass_event(arrival, request).map(|_| ())
    }

    /// A message that answers a Delay_Req.
    fn pass_answer(&mut self, arrival: &Arrival<'_>) -> Result<(), Discard> {
        let via = arrival.route.ingress;
        let Some(entry) = self.of_request(arrival, MessageType::DELAY_REQ)? else {
            self.pass(arrival, arrival.ports, Nature::Plain);
            return Ok(());
        };
        if let Some(correction) = entry.correction(via) {
            entry.finished = true;
            self.pass(arrival, arrival.ports, Nature::Answer(correction));
            return Ok(());
        }
        if !entry.awaited.contains(via) {
            return Err(Discard::Unmatched);
        }
        let key = arrival.sight.key(MessageType::DELAY_REQ);
        let place = self.requests.find(&key).map(|(place, entry)| {
            entry.finished = true;
            place
        });
        self.hold(arrival, key, place, arrival.ports, Some(via))
    }

    /// The request that a message answers; `None` where that was corrected on its way.
    fn of_request(
        &mut self,
        arrival: &Arrival<'_>,
        request: MessageType,
    ) -> Result<Option<&mut Entry<PORTS>>, Discard> {
        let via = arrival.route.ingress;
        if self.one_step_ports().contains(via) {
            return Ok(None);
        }
        let (_, entry) = self.requests.find(&arrival.sight.key(request)).ok_or(Discard::Unmatched)?;
        // It did not pass here.
        if entry.ingress == via { Err(Discard::NotForUs) } else { Ok(Some(entry)) }
    }

    /// A message that is time-stamped; gives when it came in.
    fn pass_event(&mut self, arrival: &Arrival<'_>, extra: TimeInterval) -> Result<Timestamp, Discard> {
        let Sight { header, .. } = arrival.sight;
        let port = self.ports.get(arrival.route.ingress.get()).ok_or(Discard::State)?;
        let since = port.at_medium(arrival.stamp.ok_or(Discard::NoStamp)?);
        let extra = extra + port.ingress_extra(header.message_type);
        let key = arrival.sight.key(header.message_type);
        let two_step = arrival.ports.less(arrival.one_step);
        let followed = matches!(header.message_type, MessageType::SYNC | MessageType::PDELAY_RESP);
        let entry = Entry {
            key,
            ingress: arrival.route.ingress,
            born: arrival.now,
            stamp: since,
            correction_field: header.correction_field,
            extra,
            awaited: two_step,
            known: PortSet::EMPTY,
            corrections: [TimeInterval::ZERO; PORTS],
            finished: followed && !header.flags.contains(Flags::TWO_STEP),
        };
        let kind = kind_of(header.message_type);
        let place = self.remember(kind, entry)?;
        if entry.finished {
            self.make_follower(arrival, &entry, place);
        } else if followed {
            self.join_early_follower(arrival, &entry, place);
        }
        self.pass(arrival, arrival.ports, Nature::Event { kind, place, extra, since });
        Ok(since)
    }

    /// The same message again, by a loop or a redundant path, is not forwarded: its follower could belong to either.
    fn remember(&mut self, kind: TicketKind, entry: Entry<PORTS>) -> Result<Place, Discard> {
        let table = match kind {
            TicketKind::Sync => &mut self.syncs,
            TicketKind::Request => &mut self.requests,
        };
        if table.find(&entry.key).is_some() {
            return Err(Discard::Duplicate);
        }
        let (place, evicted) = table.insert(entry);
        if let Some(evicted) = evicted {
            self.discard(evicted.ingress, Discard::TableFull);
        }
        Ok(place)
    }

    /// What follows a two-step message may have come before it.
    fn join_early_follower(&mut self, arrival: &Arrival<'_>, entry: &Entry<PORTS>, place: Place) {
        let early = |held: &&mut Held| held.place.is_none() && held.key == entry.key;
        let from_there = |held: &&mut Held| held.route.ingress == entry.ingress;
        let Some(held) = self.hold.iter_mut().filter(early).find(from_there) else { return };
        held.place = Some(place);
        held.waiting = held.waiting.and(entry.awaited);
        let Ok(Sight { header, .. }) = Sight::of(held.octets()) else { return };
        let origin = Sight { header, octets: held.octets() }.timestamp();
        if let Some(entry) = self.entry(kind_of(entry.key.kind), place) {
            entry.finished = true;
        }
        if entry.key.kind == MessageType::SYNC {
            self.measure(arrival, entry.stamp, origin, entry.correction_field + header.correction_field);
        }
    }

    /// What follows a one-step message where that leaves in two steps is made here.
    fn make_follower(&mut self, arrival: &Arrival<'_>, entry: &Entry<PORTS>, place: Place) {
        let header = &arrival.sight.header;
        let length = header.message_type.minimum_length().map_or(0, usize::from);
        let octets = arrival.sight.octets.get(..length).unwrap_or(&[]);
        let held = Held::new(arrival.now, octets, arrival.route, entry.key, TimeInterval::ZERO);
        let Some(mut held) = held.filter(|_| !entry.awaited.is_empty()) else { return };
        into_follow_up(header, held.octets_mut());
        (held.place, held.waiting) = (Some(place), entry.awaited);
        self.put(held);
    }

    /// A message that follows an event message.
    fn pass_follower(&mut self, arrival: &Arrival<'_>, followed: MessageType) -> Result<(), Discard> {
        let (key, kind) = (arrival.sight.key(followed), kind_of(followed));
        let two_step = arrival.ports.less(arrival.one_step);
        let table = match kind {
            TicketKind::Sync => &mut self.syncs,
            TicketKind::Request => &mut self.requests,
        };
        let Some((place, entry)) = table.find(&key) else {
            if self.hold.iter_mut().any(|held| held.key == key) {
                return Err(Discard::Duplicate);
            }
            // Where it needs no correction it need not wait for what it follows. It is kept, for it tells the rate.
            self.pass(arrival, arrival.one_step, Nature::Plain);
            return self.hold(arrival, key, None, two_step, None);
        };
        if entry.finished || entry.ingress != arrival.route.ingress {
            return Err(Discard::Duplicate);
        }
        entry.finished = true;
        let (known, awaited) = (two_step.and(entry.known), two_step.and(entry.awaited));
        let (stamp, correction) = (entry.stamp, entry.correction_field);
        if kind == TicketKind::Sync {
            let correction = correction + arrival.sight.header.correction_field;
            self.measure(arrival, stamp, arrival.sight.timestamp(), correction);
        }
        let ports = arrival.ports.and(PortSet::of(known.chain(arrival.one_step)));
        self.pass(arrival, ports, Nature::Follower { kind, place });
        if awaited.is_empty() { Ok(()) } else { self.hold(arrival, key, Some(place), awaited, None) }
    }

    /// A Sync is complete: the master's time against ours tells its rate.
    fn measure(&mut self, arrival: &Arrival<'_>, ingress: Timestamp, origin: WireTimestamp, correction: TimeInterval) {
        let header = &arrival.sight.header;
        let Ok(origin) = Timestamp::try_from(origin) else { return };
        if header.flags.contains(Flags::ALTERNATE_MASTER) {
            return;
        }
        let domain = Domain::of(header);
        let beat = Beat { master: header.source_port_identity, ingress, origin, correction };
        if let Some(reason) = self.rates.take(arrival.now, domain, &beat) {
            self.discard(arrival.route.ingress, reason);
        }
        self.syntoniser.take(domain, &self.rates);
    }

    fn pass(&mut self, arrival: &Arrival<'_>, ports: PortSet, nature: Nature) {
        let Header { message_type, flags, correction_field, .. } = arrival.sight.header;
        let (length, route) = (arrival.sight.octets.len(), arrival.route);
        let passing = Passing { length, message_type, flags, correction_field, route, ports, nature };
        self.passing = Some(passing).filter(|passing| !passing.ports.is_empty());
    }

    fn hold(
        &mut self,
        arrival: &Arrival<'_>,
        key: Key,
        place: Option<Place>,
        waiting: PortSet,
        via: Option<PortIndex>,
    ) -> Result<(), Discard> {
        let Sight { header, octets } = arrival.sight;
        let held = Held::new(arrival.now, octets, arrival.route, key, header.correction_field);
        let mut held = held.ok_or(Discard::TableFull)?;
        (held.place, held.waiting, held.via) = (place, waiting, via);
        self.put(held);
        Ok(())
    }

    fn put(&mut self, held: Held) {
        if let Some(evicted) = self.hold.insert(held) {
            self.discard(evicted.route.ingress, Discard::TableFull);
        }
    }

    fn ports_where(&self, holds: impl Fn(&Port) -> bool) -> PortSet {
        let ports = (0..).map(PortIndex).zip(&self.ports);
        PortSet::of(ports.filter(|(_, port)| holds(port)).map(|(index, _)| index))
    }

    fn one_step_ports(&self) -> PortSet {
        if self.one_step { self.ports_where(|port| port.one_step) } else { PortSet::EMPTY }
    }
}

/// The messages of IEEE 802.1AS and of the Common Mean Link Delay Service do not leave their link.
fn stays_on_its_link(sdo_id: SdoId) -> bool {
    [SdoId::GPTP.major(), SdoId::CMLDS.major()].contains(&sdo_id.major())
}
