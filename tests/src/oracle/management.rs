//! A clock that is managed by anybody: what is refused changes nothing, what is answered is short, right and asked for.

use crate::oracle::operations::Bytes;
use syntone::clock::{Clock, Input, Output};
use syntone::config::{ClockConfig, PortConfig};
use syntone::management::{Access, Outcome, Response};
use syntone::servo::{PiConfig, PiServo};
use syntone::wire::{
    ClockIdentity, Header, Management, ManagementAction, ManagementData, ManagementId, Message, MessageBody,
    MessageType, PortIdentity, Tlv, TlvData, TlvType, Tlvs,
};
use syntone_hal::{Destination, Instant, PortIndex, Received};

const OWN: ClockIdentity = ClockIdentity(0x0200_00FF_FE00_0080);
const PORTS: u8 = 2;
/// The longest answer: the buffer that it is made in.
const BUFFER: usize = 512;
/// A wildcard is answered by each port, and handed on to the other one.
const MOST_SENT: usize = PORTS as usize + 1;

/// Reads `data` as settings and then one management message after the other.
///
/// # Panics
/// When something does not hold.
pub fn management(data: &[u8]) {
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
    let mut bench = Bench { clock, access, now: Instant::from_nanos(1), octets: [0; BUFFER] };
    // Grandmaster on both ports, so that nothing but management changes it.
    for _ in 0..20 {
        bench.wait(1_000_000_000);
    }
    while !bytes.is_empty() {
        bench.message(&mut bytes);
    }
}

struct Bench {
    clock: Clock<2>,
    access: Access,
    now: Instant,
    octets: [u8; BUFFER],
}

impl Bench {
    fn wait(&mut self, nanoseconds: u64) {
        self.now = self.now.plus_nanos(nanoseconds);
        while !matches!(self.clock.poll(self.now, &mut self.octets), Output::Wait(_)) {}
    }

    /// All that management may change, and the state of the ports.
    fn everything(&self) -> String {
        let ports: Vec<_> = (0..PORTS).map(|port| self.clock.port_ds(PortIndex(port))).collect();
        let clock = &self.clock;
        let ds = (clock.default_ds(), clock.current_ds(), clock.parent_ds(), clock.time_properties_ds());
        let faults = clock.fault_log().map(|log| log.iter().count());
        format!("{ds:?} {ports:?} {faults:?}")
    }

    fn message(&mut self, bytes: &mut Bytes<'_>) {
        let mut frame = request(bytes, self.clock.default_ds().domain_number);
        if bytes.u8() & 7 == 0 && !frame.is_empty() {
            let place = usize::from(bytes.u8()) % frame.len();
            frame[place] ^= bytes.u8();
        }
        // A port that was set to start anew has done so before it is asked again.
        self.wait(20_000_000);
        let before = self.everything();
        let port = PortIndex(bytes.u8() % PORTS);
        let received = Received { port, length: frame.len(), source: None, destination: None, stamp: None };
        self.clock.handle(self.now, Input::Frame(&received, &frame));
        let after = self.everything();
        let sent = self.drain();
        assert!(sent.len() <= MOST_SENT, "{} messages for one", sent.len());
        let accepted = sent.iter().filter(|answer| self.check(&frame, answer, port)).count();
        if accepted == 0 || self.access != Access::ReadWrite {
            assert_eq!(before, after, "{frame:02x?}");
        }
    }

    fn drain(&mut self) -> Vec<(PortIndex, Vec<u8>)> {
        let mut sent = Vec::new();
        loop {
            match self.clock.poll(self.now, &mut self.octets) {
                Output::Wait(_) => return sent,
                Output::Send { transmit, length } if self.octets[0] & 0x0F == MessageType::MANAGEMENT.0 => {
                    assert_eq!(transmit.destination, Destination::PrimaryMulticast);
                    sent.push((transmit.port, self.octets[..length].to_vec()));
                }
                _ => {}
            }
        }
    }

    /// Whether a message that was sent is an answer to `frame` that says that it was done; it may be one that is handed on.
    fn check(&self, frame: &[u8], (port, octets): &(PortIndex, Vec<u8>), ingress: PortIndex) -> bool {
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
                true
            }
            Outcome::Done => true,
            Outcome::Refused(_) => false,
        }
    }
}

/// A management message, mostly a good one.
fn request(bytes: &mut Bytes<'_>, domain_number: u8) -> Vec<u8> {
    let choice = bytes.u8();
    let id = match choice & 3 {
        0 => ManagementId(u16::from_be_bytes([bytes.u8(), bytes.u8()])),
        _ => ManagementId::ALL[usize::from(bytes.u8()) % ManagementId::ALL.len()],
    };
    let length = usize::from(bytes.u8() % 48) & !1;
    let data = bytes.take(length);
    let data = &data[..data.len() & !1];
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
    let header = Header {
        version_ptp: 2,
        domain_number,
        source_port_identity: PortIdentity::new(ClockIdentity(9), 9),
        sequence_id: bytes.u8().into(),
        ..Header::default()
    };
    let mut octets = vec![0; 48 + length];
    body.emit(&header, Tlvs::parse(&tlv).expect("one TLV"), &mut octets).expect("it fits");
    octets
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
        }
    }
}
