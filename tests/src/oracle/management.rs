//! A clock that is managed and signalled to by anybody: what is refused changes nothing, what is answered is short, right and
//! asked for, and no interval leaves the range that the host accepts.

use crate::oracle::operations::Bytes;
use std::collections::BTreeSet;
use syntone::attached::AlternateTimescale;
use syntone::bmca::AcceptableMaster;
use syntone::clock::{Clock, Input, Output};
use syntone::config::{ClockConfig, PortConfig};
use syntone::management::{Access, Outcome, Response};
use syntone::port::AcceptedIntervals;
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::tlvs::{OrganizationData, OrganizationExtension};
use syntone::wire::{
    ClockIdentity, Header, Management, ManagementAction, ManagementData, ManagementId, Message, MessageBody,
    MessageType, PortIdentity, Signaling, Tlv, TlvData, TlvType, Tlvs,
};
use syntone_hal::{Destination, Instant, PortIndex, Received};

const OWN: ClockIdentity = ClockIdentity(0x0200_00FF_FE00_0080);
const PORTS: u8 = 2;
/// The longest answer: the buffer that it is made in.
const BUFFER: usize = 512;
/// A wildcard is answered by each port, and handed on to the other one.
const MOST_SENT: usize = PORTS as usize + 1;
/// Nanoseconds between messages.
const STEP: u64 = 20_000_000;
/// What others may ask port 1 for, log₂ of seconds; port 2 nothing.
const ACCEPTED: [i8; 2] = [-3, 2];

/// What messages led to.
#[derive(Debug, Default)]
pub struct Managed {
    /// Actions that were carried out.
    pub actions: BTreeSet<u8>,
    /// Why others were not.
    pub refusals: BTreeSet<u16>,
    /// A Signaling message changed an interval.
    pub signaled: bool,
}

/// Reads `data` as settings and then one management or Signaling message after the other.
///
/// # Panics
/// When something does not hold.
pub fn management(data: &[u8]) -> Managed {
    let mut bytes = Bytes::new(data);
    let settings = bytes.u8();
    let access = [Access::None, Access::ReadOnly, Access::ReadWrite, Access::ReadWrite][usize::from(settings & 3)];
    let servo = PiServo::new(PiConfig::default()).expect("the default is good");
    let ports = [PortConfig::default(), PortConfig::default()];
    let mut clock = Clock::<2>::new(&ClockConfig::new(OWN), &ports, servo).expect("a good configuration");
    for port in 0..PORTS {
        clock.set_management_access(PortIndex(port), access);
    }
    if settings & 4 != 0 {
        clock.keep_fault_log(Box::leak(Box::new([None; 2])));
    }
    if settings & 8 != 0 {
        let accepted = AcceptedIntervals {
            log_announce_interval: ACCEPTED,
            log_sync_interval: ACCEPTED,
            log_min_pdelay_req_interval: ACCEPTED,
        };
        clock.accept_interval_requests(PortIndex(0), Some(accepted)).expect("a range that can be");
    }
    if settings & 16 != 0 {
        lend_options(&mut clock);
    }
    let mut bench = Bench {
        clock,
        access,
        now: Instant::from_nanos(1),
        octets: [0; BUFFER],
        granted: BTreeSet::new(),
        syncs: 0,
        due: 0.0,
        reached: Managed::default(),
    };
    // Grandmaster on both ports, so that nothing but management changes it.
    for _ in 0..20 {
        bench.wait(1_000_000_000);
    }
    while !bytes.is_empty() {
        bench.message(&mut bytes);
    }
    bench.reached
}

/// Storage for all that has ids of its own.
fn lend_options(clock: &mut Clock<2>) {
    clock.keep_acceptable_masters(Instant::from_nanos(0), Box::leak(Box::new([AcceptableMaster::default(); 3])));
    clock.keep_alternate_timescales(Box::leak(Box::new([AlternateTimescale::default(); 2])));
    clock.keep_announce_tlvs(Box::leak(Box::new([0; 64])));
    clock.keep_received_tlvs(Box::leak(Box::new([0; 64])));
}

struct Bench {
    clock: Clock<2>,
    access: Access,
    now: Instant,
    octets: [u8; BUFFER],
    /// Intervals that the settings or management ever gave to a port.
    granted: BTreeSet<i8>,
    /// Syncs that were sent.
    syncs: u32,
    /// Syncs that the intervals in effect make due.
    due: f64,
    reached: Managed,
}

impl Bench {
    fn wait(&mut self, nanoseconds: u64) {
        self.now = self.now.plus_nanos(nanoseconds);
        self.drain();
        let syncs = (0..PORTS).map(|port| 2_f64.powi(-i32::from(self.intervals(port)[1])));
        self.due += syncs.sum::<f64>() * nanoseconds as f64 * 1e-9;
        assert!(f64::from(self.syncs) <= 1.5 * self.due + 4.0, "{} Syncs, {} are due", self.syncs, self.due);
    }

    /// Those that Signaling may change, of one port: of Announce, Sync and Pdelay_Req.
    fn intervals(&self, port: u8) -> [i8; 3] {
        let ds = self.clock.port_ds(PortIndex(port)).expect("a port");
        [ds.log_announce_interval, ds.log_sync_interval, ds.log_min_pdelay_req_interval]
    }

    /// All else that a message may change, and the state of the ports.
    fn everything(&self) -> String {
        let ports: Vec<_> = (0..PORTS)
            .map(|port| {
                let mut ds = *self.clock.port_ds(PortIndex(port)).expect("a port");
                (ds.log_announce_interval, ds.log_sync_interval, ds.log_min_pdelay_req_interval) = (0, 0, 0);
                ds
            })
            .collect();
        let clock = &self.clock;
        let ds = (clock.default_ds(), clock.current_ds(), clock.parent_ds(), clock.time_properties_ds());
        let faults = clock.fault_log().map(|log| log.iter().count());
        let options = (clock.acceptable_master_table(), clock.path_trace_enabled(), clock.own_alternate_timescales());
        let of_ports: Vec<_> = (0..PORTS)
            .map(PortIndex)
            .map(|port| (clock.acceptable_master_table_enabled(port), clock.alternate_master_port_ds(port)))
            .collect();
        format!("{ds:?} {ports:?} {faults:?} {options:?} {of_ports:?}")
    }

    fn message(&mut self, bytes: &mut Bytes<'_>) {
        let kind = bytes.u8();
        let domain_number = self.clock.default_ds().domain_number;
        let mut frame = if kind & 3 == 0 { signaling(bytes, domain_number) } else { request(bytes, domain_number) };
        if kind & 0x1C == 0 {
            let place = usize::from(bytes.u8()) % frame.len();
            // It stays what it is: other messages have other effects.
            frame[place] ^= bytes.u8() & if place == 0 { 0xF0 } else { 0xFF };
        }
        // A port that was set to start anew has done so before it is asked again.
        self.wait(STEP);
        let every_interval = |bench: &Self| [0, 1].map(|port| bench.intervals(port));
        let (before, intervals) = (self.everything(), every_interval(self));
        let port = PortIndex(bytes.u8() % PORTS);
        let received = Received { port, length: frame.len(), source: None, destination: None, stamp: None };
        self.clock.handle(self.now, Input::Frame(&received, &frame));
        let after = self.everything();
        let sent = self.drain();
        if kind & 3 == 0 {
            assert!(sent.is_empty() && before == after, "{frame:02x?}");
            self.check_intervals(&intervals.concat(), &every_interval(self).concat());
            self.reached.signaled |= intervals != every_interval(self);
            return;
        }
        assert!(sent.len() <= MOST_SENT, "{} messages for one", sent.len());
        let accepted = sent.iter().filter(|answer| self.check(&frame, answer, port)).count();
        if accepted == 0 || self.access != Access::ReadWrite {
            assert_eq!((before, intervals), (after, every_interval(self)), "{frame:02x?}");
        }
        self.granted.extend(every_interval(self).concat());
    }

    /// An interval that was asked for is within the range that is accepted, or one that was before.
    fn check_intervals(&self, before: &[i8], after: &[i8]) {
        for (before, after) in before.iter().zip(after) {
            let may_be = (ACCEPTED[0]..=ACCEPTED[1]).contains(after) || self.granted.contains(after);
            assert!(before == after || may_be, "{before} became {after}");
        }
    }

    /// Gives the management messages that are sent.
    fn drain(&mut self) -> Vec<(PortIndex, Vec<u8>)> {
        let mut sent = Vec::new();
        loop {
            match self.clock.poll(self.now, &mut self.octets) {
                Output::Wait(_) => return sent,
                Output::Send { transmit, length } => match MessageType(self.octets[0] & 0x0F) {
                    MessageType::MANAGEMENT => {
                        assert_eq!(transmit.destination, Destination::PrimaryMulticast);
                        sent.push((transmit.port, self.octets[..length].to_vec()));
                    }
                    MessageType::SYNC => self.syncs += 1,
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// Whether a message that was sent is an answer to `frame` that says that it was done; it may be one that is handed on.
    fn check(&mut self, frame: &[u8], (port, octets): &(PortIndex, Vec<u8>), ingress: PortIndex) -> bool {
        let asked = Message::parse(frame).expect("only a message is answered or handed on");
        let told = Message::parse(octets).expect("what is sent is a message");
        assert_ne!(self.access, Access::None);
        if *port != ingress {
            let mut handed_on = frame[..octets.len()].to_vec();
            handed_on[45] -= 1;
            assert_eq!(*octets, handed_on);
            return false;
        }
        let response = Response::parse(octets).expect("an answer");
        assert_eq!(told.tlvs.iter().count(), 1);
        assert_eq!(response.target_port_identity, asked.header.source_port_identity);
        assert_eq!(response.sequence_id, asked.header.sequence_id);
        assert_eq!(response.source_port_identity.clock_identity, OWN);
        let syntone::wire::Body::Management(body) = asked.body else { panic!("{asked:?} was answered") };
        assert_eq!(response.acknowledges, body.action_field == ManagementAction::COMMAND);
        let mut again = [0; BUFFER];
        assert_eq!(told.emit(&mut again), Ok(octets.len()));
        assert_eq!(&again[..octets.len()], &octets[..]);
        match response.outcome {
            Outcome::Data(data) => {
                let length = data.emit(&mut again).expect("it fits");
                assert_eq!(&again[..length], &octets[54..], "{data:?}");
            }
            Outcome::Done => {}
            Outcome::Refused(error) => {
                self.reached.refusals.insert(error.0);
                return false;
            }
        }
        self.reached.actions.insert(body.action_field.0);
        true
    }
}

/// A management message, mostly a good one.
fn request(bytes: &mut Bytes<'_>, domain_number: u8) -> Vec<u8> {
    let choice = bytes.u8();
    let id = match choice & 3 {
        0 => ManagementId(u16::from_be_bytes([bytes.u8(), bytes.u8()])),
        _ => ManagementId::ALL[usize::from(bytes.u8()) % ManagementId::ALL.len()],
    };
    let data = even(bytes);
    check_codec(id, data);
    let value = [&id.0.to_be_bytes()[..], data].concat();
    let mut tlv = vec![0; value.len() + 4];
    let length = Tlv { tlv_type: TlvType::MANAGEMENT, value: &value }.emit(&mut tlv).expect("an even number");
    let port_number = [1, 2, 0xFFFF, u16::from(bytes.u8())][usize::from(choice >> 2 & 3)];
    let clock_identity = if choice & 0x10 == 0 { OWN } else { ClockIdentity::WILDCARD };
    let hops = choice >> 5;
    let body = Management {
        target_port_identity: PortIdentity { clock_identity, port_number },
        starting_boundary_hops: hops,
        boundary_hops: hops,
        action_field: ManagementAction(bytes.u8() & 0x0F),
    };
    let mut octets = vec![0; 48 + length];
    body.emit(&header(domain_number, bytes.u8()), Tlvs::parse(&tlv).expect("one TLV"), &mut octets).expect("it fits");
    octets
}

/// A Signaling message with a few TLVs, which mostly ask for other intervals.
fn signaling(bytes: &mut Bytes<'_>, domain_number: u8) -> Vec<u8> {
    let choice = bytes.u8();
    let mut tlvs = Vec::new();
    for _ in 0..=choice & 3 {
        let kind = usize::from(bytes.u8());
        let (tlv_type, data) = (TlvData::TYPES[kind % TlvData::TYPES.len()], even(bytes));
        check_codec(ManagementId(0), data);
        let (tlv_type, value) = if kind & 1 == 0 {
            // Interval request: OUI of IEEE 802.1, subtype 2.
            let mut value = [&[0x00, 0x80, 0xC2, 0, 0, 2][..], data].concat();
            value.resize(12.max(value.len()), 0);
            (TlvType::ORGANIZATION_EXTENSION, value)
        } else {
            (tlv_type, data.to_vec())
        };
        let mut tlv = vec![0; value.len() + 4];
        Tlv { tlv_type, value: &value }.emit(&mut tlv).expect("an even number");
        tlvs.extend(tlv);
    }
    let clock_identity = if choice & 0x10 == 0 { OWN } else { ClockIdentity::WILDCARD };
    let port_number = [1, 2, 0xFFFF, 0][usize::from(choice >> 2 & 3)];
    let body = Signaling { target_port_identity: PortIdentity { clock_identity, port_number } };
    let mut octets = vec![0; 44 + tlvs.len()];
    body.emit(&header(domain_number, choice), Tlvs::parse(&tlvs).expect("TLVs"), &mut octets).expect("it fits");
    octets
}

fn header(domain_number: u8, sequence_id: u8) -> Header {
    Header {
        version_ptp: 2,
        domain_number,
        source_port_identity: PortIdentity::new(ClockIdentity(9), 9),
        sequence_id: sequence_id.into(),
        ..Header::default()
    }
}

/// An even number of octets.
fn even<'a>(bytes: &mut Bytes<'a>) -> &'a [u8] {
    let length = usize::from(bytes.u8() % 48) & !1;
    let data = bytes.take(length);
    &data[..data.len() & !1]
}

/// What can be read is written and read again.
fn check_codec(id: ManagementId, data: &[u8]) {
    let mut buffer = [0; BUFFER];
    if let Ok(parsed) = ManagementData::parse(id, data) {
        let length = parsed.emit(&mut buffer).expect("as long as it came, or by one octet longer");
        assert_eq!(ManagementData::parse(id, &buffer[..length]), Ok(parsed));
    }
    for tlv_type in TlvData::TYPES {
        if let Ok(parsed) = TlvData::parse(Tlv { tlv_type: *tlv_type, value: data }) {
            let length = parsed.emit(&mut buffer).expect("as long as it came");
            let again = Tlvs::parse(&buffer[..length]).expect("a TLV").iter().next().expect("one");
            assert_eq!(TlvData::parse(again), Ok(parsed));
            if let TlvData::OrganizationExtension(extension) = &parsed
                && let Some(Ok(told)) = OrganizationData::parse(extension)
            {
                let length = told.emit(&mut buffer).expect("as long as it came");
                let extension = OrganizationExtension { data_field: &buffer[..length], ..*extension };
                assert_eq!(OrganizationData::parse(&extension), Some(Ok(told)));
            }
        }
    }
}
