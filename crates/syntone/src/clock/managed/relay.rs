//! Requests of programs on the host that go on to other clocks.

use crate::Clock;
use crate::management;
use crate::servo::Servo;
use crate::wire::Header;
use syntone_hal::Instant;

impl<const PORTS: usize, S: Servo, const FOREIGN: usize> Clock<PORTS, S, FOREIGN> {
    /// Keeps answers of other clocks to requests that [`Clock::handle_request`] has handed on, as many as there is room for; without
    /// room none is handed on. The host is one more port by which management messages pass this clock, and costs them a hop, but it
    /// hears nothing except answers to what programs on it asked (IEEE 1588-2019 15.3.3). A message of up to 160 octets is handed on
    /// after each poll that drains this clock; one that comes too soon or too often is counted as
    /// [`TooMany`](crate::counters::Discard::TooMany) on the first port.
    pub fn keep_relayed_answers(&mut self, storage: &'static mut [u8]) {
        self.management.relay.lend(storage);
    }

    /// The answers that have come since they were forgotten last; the targetPortIdentity of each says for which program.
    pub fn relayed_answers(&self) -> impl Iterator<Item = &[u8]> {
        self.management.relay.iter()
    }

    /// Makes room for further ones.
    pub fn forget_relayed_answers(&mut self) {
        self.management.relay.clear();
    }

    pub(super) fn relay_request(&mut self, now: Instant, octets: &[u8]) -> bool {
        let ds = &self.instance.default_ds;
        let is_of_ours = |header: Header| (header.domain_number, header.sdo_id) == (ds.domain_number, ds.sdo_id);
        Header::checked(octets).is_some_and(|(header, _)| is_of_ours(header)) && management::hand_on(self, now, octets)
    }
}
