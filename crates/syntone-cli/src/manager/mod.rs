//! Asking clocks by management messages: daemons on this machine by their sockets, all others over the network.

mod way;

pub(crate) use way::{SocketArgs, WayArgs};

use std::time::Duration;

use syntone::management::{Addressee, Request, Response};
use syntone::wire::{ClockIdentity, ManagementAction, ManagementData, ManagementId, PortIdentity};
use syntone_hal::Instant;
use way::Way;

/// An answer and the octets behind it are never longer.
const LONGEST: usize = 2048;
/// After the first answer, others that come by the same way are this close behind.
const SILENCE: Duration = Duration::from_millis(60);

/// Who asks, and how.
pub(crate) struct Manager {
    way: Way,
    own: PortIdentity,
    sequence_id: u16,
    /// Whom.
    pub(crate) addressee: Addressee,
    /// How long an answer may take.
    patience: Duration,
}

/// The octets of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer(Vec<u8>);

impl Answer {
    pub(crate) fn response(&self) -> Option<Response<'_>> {
        let response = Response::parse(&self.0)?;
        Some(if let Some(slave_only) = self.linuxptp_slave_only(&response) { slave_only } else { response })
    }

    /// linuxptp tells slaveOnly by bit 1 where the standard has bit 0.
    fn linuxptp_slave_only<'a>(&self, response: &Response<'a>) -> Option<Response<'a>> {
        use syntone::management::Outcome;
        use syntone::wire::management::SlaveOnly;
        let is_set = response.management_id == ManagementId::SLAVE_ONLY && self.0.get(DATA)? & 2 != 0;
        let data = ManagementData::SlaveOnly(SlaveOnly { slave_only: true });
        (is_set && matches!(response.outcome, Outcome::Data(_)))
            .then_some(Response { outcome: Outcome::Data(data), ..*response })
    }
}

/// Where the dataField is: behind header, body and the head of the TLV.
const DATA: usize = 34 + 14 + 6;

impl Manager {
    fn new(way: Way, addressee: Addressee, patience: Duration) -> Self {
        // An identity that no clock makes of an address.
        let number = u64::from(std::process::id());
        let own = PortIdentity::new(ClockIdentity(0x0A53_594E_0000_0000 | number), 1);
        Self { way, own, sequence_id: 0, addressee, patience }
    }

    /// Asks, and gives all that is answered: by everybody in the time there is, or by the one who is meant.
    ///
    /// # Errors
    /// A text with cause and cure, where it cannot be asked.
    pub(crate) fn ask(
        &mut self,
        action: ManagementAction,
        management_id: ManagementId,
        data: Option<ManagementData<'_>>,
    ) -> Result<Vec<Answer>, String> {
        let request = Request {
            addressee: self.addressee,
            source_port_identity: self.own,
            sequence_id: self.sequence_id,
            action,
            management_id,
            data,
        };
        self.sequence_id = self.sequence_id.wrapping_add(1);
        let mut octets = [0; LONGEST];
        let length =
            request.emit(&mut octets).map_err(|error| format!("the request cannot be put together: {error}"))?;
        let start = syntone_linux::monotonic();
        self.way.send(&octets[..length])?;
        let mut until = after(start, self.patience);
        let mut answers: Vec<Answer> = Vec::new();
        while let Some(length) = self.way.receive(&mut octets, until)? {
            let answer = Answer(octets[..length].to_vec());
            if !answer.response().is_some_and(|response| request.is_answered_by(&response)) {
                continue;
            }
            answers.push(answer);
            if self.is_for_one(management_id) {
                break;
            }
            if self.way.is_local() && self.addressee.boundary_hops == 0 {
                until = after(syntone_linux::monotonic(), SILENCE);
            }
        }
        Ok(answers)
    }

    /// Asks for the data of an id.
    ///
    /// # Errors
    /// As [`Manager::ask`].
    pub(crate) fn get(&mut self, id: ManagementId) -> Result<Vec<Answer>, String> {
        self.ask(ManagementAction::GET, id, None)
    }

    /// There is one answer, and no more are to be waited for.
    fn is_for_one(&self, id: ManagementId) -> bool {
        use syntone::wire::management::Scope;
        let target = self.addressee.target_port_identity;
        let one_clock = self.way.is_local() && self.addressee.boundary_hops == 0;
        let one_clock = one_clock || target.clock_identity != ClockIdentity::WILDCARD;
        one_clock && (id.scope() == Some(Scope::Clock) || target.port_number != u16::MAX)
    }
}

fn after(instant: Instant, duration: Duration) -> Instant {
    instant.plus_nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}
