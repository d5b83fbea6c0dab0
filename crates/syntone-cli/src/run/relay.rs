//! Programs on this machine that ask other clocks through the daemon, as `pmc -u -b 1` does.

use super::engine::Engine;
use std::collections::VecDeque;
use syntone::wire::{Header, Management, MessageBody, PortIdentity};
use syntone_linux::LocalAddress;

/// As many programs are remembered as the clock remembers.
const MOST: usize = 8;

/// Who asked, and where the answers go.
#[derive(Debug, Default)]
pub(crate) struct Relay(VecDeque<(PortIdentity, LocalAddress)>);

impl Relay {
    /// A request that may go on to other clocks has come; says whether it may.
    pub(crate) fn note(&mut self, octets: &[u8], from: LocalAddress) -> bool {
        let Some((header, _)) = parse(octets).filter(|(_, body)| body.boundary_hops > 0) else { return false };
        self.0.retain(|(who, _)| *who != header.source_port_identity);
        self.0.truncate(MOST - 1);
        self.0.push_front((header.source_port_identity, from));
        true
    }

    /// Hands over the answers that have come.
    pub(crate) fn deliver(&self, engine: &mut dyn Engine, mut send: impl FnMut(&[u8], &LocalAddress)) {
        engine.take_relayed(&mut |octets| {
            let to = parse(octets).map(|(_, body)| body.target_port_identity);
            if let Some((_, address)) = self.0.iter().find(|(who, _)| Some(*who) == to) {
                send(octets, address);
            }
        });
    }
}

fn parse(octets: &[u8]) -> Option<(Header, Management)> {
    let (header, content) = Header::parse(octets).ok()?;
    Some((header, Management::parse(content).ok()?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use syntone::management::{Addressee, Request};
    use syntone::wire::{ClockIdentity, ManagementAction, ManagementId};

    #[test]
    fn the_newest_programs_are_remembered_each_with_its_newest_address() {
        let mut relay = Relay::default();
        let mut ask = |number: u16, boundary_hops: u8, path: &str| {
            let request = Request {
                addressee: Addressee { boundary_hops, ..Addressee::EVERYBODY },
                source_port_identity: PortIdentity::new(ClockIdentity(0), number),
                sequence_id: 0,
                action: ManagementAction::GET,
                management_id: ManagementId::PRIORITY1,
                data: None,
            };
            let mut octets = [0; 64];
            let length = request.emit(&mut octets).expect("there is room");
            relay.note(&octets[..length], LocalAddress::of_path(Path::new(path)).expect("a path"))
        };
        assert!(!ask(99, 0, "/tmp/99"), "it goes no further");
        for number in 1..=9 {
            assert!(ask(number, 1, &format!("/tmp/{number}")));
        }
        ask(5, 1, "/tmp/new");
        let known: Vec<u16> = relay.0.iter().map(|(who, _)| who.port_number).collect();
        assert_eq!(known, [5, 9, 8, 7, 6, 4, 3, 2]);
        assert_eq!(Some(relay.0[0].1), LocalAddress::of_path(Path::new("/tmp/new")));
    }
}
