//! A clock that is asked, and how it is asked.

use syntone::config::PortConfig;
use syntone::counters::Discard;
use syntone::hal::{Address, Destination, Instant, PortIndex, Received};
use syntone::management::{Access, Addressee, Outcome, Request, Response};
use syntone::servo::{PiConfig, PiServo};
use syntone::state::State;
use syntone::wire::{
    ClockIdentity, Header, Management, ManagementAction, ManagementData, ManagementErrorId, ManagementId, MessageBody,
    MessageType, PortIdentity, Tlv, TlvType, Tlvs,
};
use syntone::{Clock, ClockConfig, Input, Output};

pub(crate) const OURS: ClockIdentity = ClockIdentity(0x0200_00FF_FE00_0001);
const MANAGER: PortIdentity = PortIdentity { clock_identity: ClockIdentity(0x0200_00FF_FE00_0099), port_number: 3 };

/// By which port, where to, and what.
pub(crate) type Sent = (PortIndex, Destination, Vec<u8>);

/// A clock, the time, and what it sent.
pub(crate) struct Bench<const PORTS: usize> {
    pub(crate) clock: Clock<PORTS>,
    pub(crate) now: Instant,
    sent: Vec<Sent>,
    pub(crate) buffer: Vec<u8>,
}

impl<const PORTS: usize> Bench<PORTS> {
    pub(crate) fn new(access: Access) -> Self {
        Self::of(&ClockConfig::new(OURS), access)
    }

    pub(crate) fn of(config: &ClockConfig, access: Access) -> Self {
        let ports = std::array::from_fn(|_| PortConfig::default());
        let mut clock = Clock::new(config, &ports, PiServo::new(PiConfig::default()).unwrap()).unwrap();
        for port in 0..PORTS {
            clock.set_management_access(PortIndex(port.try_into().unwrap()), access);
        }
        let mut bench = Self { clock, now: Instant::from_nanos(1_000_000_000), sent: Vec::new(), buffer: vec![0; 512] };
        bench.drain();
        bench
    }

    /// A clock that has become grandmaster.
    pub(crate) fn grandmaster(access: Access) -> Self {
        let mut bench = Self::new(access);
        for _ in 0..40 {
            bench.wait(1_000);
        }
        assert!((0..PORTS).all(|port| bench.state(port) == State::Master));
        bench.sent.clear();
        bench
    }

    pub(crate) fn state(&self, port: usize) -> State {
        self.clock.port_ds(PortIndex(port.try_into().unwrap())).unwrap().port_state
    }

    pub(crate) fn wait(&mut self, milliseconds: u64) {
        self.now = self.now.plus_nanos(milliseconds * 1_000_000);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        loop {
            match self.clock.poll(self.now, &mut self.buffer) {
                Output::Wait(_) => return,
                Output::Send { transmit, length } => {
                    let octets = self.buffer[..length].to_vec();
                    if octets[0] & 0x0F == MessageType::MANAGEMENT.0 {
                        self.sent.push((transmit.port, transmit.destination, octets));
                    }
                }
                _ => {}
            }
        }
    }

    /// Puts a frame in without looking what comes out.
    pub(crate) fn put(&mut self, port: u8, octets: &[u8]) {
        let source = Some(Address::Ipv4([10, 0, 0, 9]));
        let received = Received { port: PortIndex(port), length: octets.len(), source, destination: None, stamp: None };
        self.clock.handle(self.now, Input::Frame(&received, octets));
    }

    pub(crate) fn give(&mut self, port: u8, octets: &[u8]) -> Vec<Sent> {
        self.put(port, octets);
        self.drain();
        std::mem::take(&mut self.sent)
    }

    /// The management messages that it has to send.
    #[cfg(feature = "management-relay")]
    pub(crate) fn taken(&mut self) -> Vec<Sent> {
        self.drain();
        std::mem::take(&mut self.sent)
    }

    /// The outcome, where there is one answer.
    pub(crate) fn ask(&mut self, request: &Request<'_>) -> Answer {
        let answers = self.give(0, &emitted(request));
        let [(_, _, octets)] = &answers[..] else { panic!("{} answers to {request:?}", answers.len()) };
        let response = Response::parse(octets).expect("an answer");
        assert!(request.is_answered_by(&response), "{response:?}");
        match response.outcome {
            Outcome::Data(data) => {
                let mut octets = vec![0; 600];
                let length = data.emit(&mut octets).unwrap();
                octets.truncate(length);
                Answer::Data(octets)
            }
            Outcome::Done => Answer::Done,
            Outcome::Refused(error) => Answer::Refused(error),
        }
    }

    pub(crate) fn get(&mut self, id: ManagementId) -> Answer {
        self.ask(&request(ManagementAction::GET, id, None))
    }

    pub(crate) fn set(&mut self, data: ManagementData<'_>) -> Answer {
        self.ask(&request(ManagementAction::SET, data.id(), Some(data)))
    }

    pub(crate) fn command(&mut self, data: ManagementData<'_>) -> Answer {
        self.ask(&request(ManagementAction::COMMAND, data.id(), Some(data)))
    }

    pub(crate) fn discarded(&self, reason: Discard) -> u32 {
        self.clock.counters(PortIndex(0)).unwrap().discarded(reason)
    }

    /// All that management could change.
    pub(crate) fn everything(&self) -> String {
        let ports: Vec<_> = (0..PORTS).map(|port| self.clock.port_ds(PortIndex(port.try_into().unwrap()))).collect();
        let clock = &self.clock;
        let ds = (clock.default_ds(), clock.current_ds(), clock.parent_ds(), clock.time_properties_ds());
        format!("{ds:?} {ports:?}")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Data(Vec<u8>),
    Done,
    Refused(ManagementErrorId),
}

pub(crate) fn request<'a>(action: ManagementAction, id: ManagementId, data: Option<ManagementData<'a>>) -> Request<'a> {
    let target_port_identity = PortIdentity::new(OURS, 1);
    Request {
        addressee: Addressee { target_port_identity, ..Addressee::EVERYBODY },
        source_port_identity: MANAGER,
        sequence_id: 0x1234,
        action,
        management_id: id,
        data,
    }
}

pub(crate) fn emitted(request: &Request<'_>) -> Vec<u8> {
    let mut octets = vec![0; 600];
    let length = request.emit(&mut octets).unwrap();
    octets.truncate(length);
    octets
}

/// A request with any dataField.
pub(crate) fn raw(action: ManagementAction, id: u16, data: &[u8]) -> Vec<u8> {
    let body =
        Management { target_port_identity: PortIdentity::new(OURS, 1), action_field: action, ..Default::default() };
    let header = Header { version_ptp: 2, source_port_identity: MANAGER, ..Header::default() };
    let value = [&id.to_be_bytes()[..], data].concat();
    let mut tlv = vec![0; value.len() + 4];
    Tlv { tlv_type: TlvType::MANAGEMENT, value: &value }.emit(&mut tlv).unwrap();
    let mut octets = vec![0; 48 + tlv.len()];
    body.emit(&header, Tlvs::parse(&tlv).unwrap(), &mut octets).unwrap();
    octets
}
