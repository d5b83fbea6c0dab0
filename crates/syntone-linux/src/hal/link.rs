//! Links, as netlink tells of them; without it they are asked for. And what clock goes with them.

use super::LinuxHal;
use crate::sys::netlink::Heard;
use crate::sys::time;
use crate::{Phc, PtpClock};
use syntone_hal::Stamping;

/// How long the state of a link is believed before the kernel is asked again, where it does not tell by itself.
pub(super) const LINK_CHECK_NS: u64 = 200_000_000;

impl LinuxHal {
    /// Hears which interfaces have changed.
    pub(super) fn hear_of_links(&mut self) {
        let Some(monitor) = &self.monitor else { return };
        if !self.poll_set.take_readable(2 * self.ports.len()) {
            return;
        }
        while let Some(heard) = monitor.next() {
            for port in &mut self.ports {
                let Some(interface) = &port.sockets.interface else { continue };
                port.link_doubtful |= match &heard {
                    Heard::TooMuch => true,
                    Heard::Changes(changes) => changes
                        .iter()
                        .any(|change| change.index == interface.index || change.name.as_ref() == Some(&interface.name)),
                };
            }
        }
    }

    /// Asks for the link of a port, if there is a reason to.
    pub(super) fn look_at_link(&mut self, index: usize) {
        let now = time::monotonic();
        let untold = self.monitor.is_none();
        let Some(port) = self.ports.get(index) else { return };
        let due = now.nanos_since(port.link_checked) >= LINK_CHECK_NS;
        if !(port.link_doubtful || due && (untold || port.must_be_asked_again())) {
            return;
        }
        let moved = self.follow_clock(index);
        let source = self.stamp_source(self.ports.get(index).and_then(|port| port.companion));
        let Some(port) = self.ports.get_mut(index) else { return };
        if port.look_at_link(source, moved, now) {
            self.rebuild_poll_set();
        }
    }

    /// A hardware clock goes with its interface: one that comes back has another, and so has a bond with another active member. True if
    /// the port stamps on another clock than it did, or on one that it must not.
    fn follow_clock(&mut self, index: usize) -> bool {
        let Some(port) = self.ports.get(index) else { return false };
        let (companion, name) = (port.companion, port.transport.interface());
        if self.clock.stamping() != Stamping::Hardware {
            return false;
        }
        // Away; there is nothing to stamp on.
        let Some(Ok(Some(its_own))) = name.map(crate::hardware::interface_clock) else { return false };
        let Some(present) = self.hardware_clock(companion) else { return false };
        if present.index() == Some(its_own) && present.now().is_ok() {
            return false;
        }
        let known = [None].into_iter().chain((0..self.companions.len()).map(Some)).filter(|other| *other != companion);
        let found = known.into_iter().find(|other| self.has_number(*other, its_own));
        if let (Some(found), Some(port)) = (found, self.ports.get_mut(index)) {
            port.companion = found;
            return true;
        }
        // A clock on which others stamp stays; the port says that its own is another.
        let shared = self.ports.iter().enumerate().any(|(other, port)| other != index && port.companion == companion);
        if !shared || self.hardware_clock(companion).is_some_and(|present| present.now().is_err()) {
            self.replace_clock(companion, its_own);
        }
        true
    }

    fn has_number(&mut self, companion: Option<usize>, number: u32) -> bool {
        self.hardware_clock(companion).is_some_and(|phc| phc.index() == Some(number) && phc.now().is_ok())
    }

    /// Takes the clock with that number instead.
    fn replace_clock(&mut self, companion: Option<usize>, number: u32) {
        let hands_off = self.hands_off;
        let (Some(old), Ok(mut new)) = (self.hardware_clock(companion), Phc::of_number(number)) else { return };
        if !hands_off {
            new.go_on_from(old);
        }
        *old = new;
        self.replaced = true;
    }

    fn hardware_clock(&mut self, companion: Option<usize>) -> Option<&mut Phc> {
        match (companion, &mut self.clock) {
            (Some(companion), _) => self.companions.get_mut(companion),
            (None, PtpClock::Phc(phc)) => Some(phc),
            (None, _) => None,
        }
    }
}
