//! Links, as netlink tells of them; without it they are asked for.

use super::LinuxHal;
use crate::sys::netlink::Heard;
use crate::sys::time;
use crate::transport::LinkNow;
use crate::{Phc, PtpClock};

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

    /// A hardware clock goes with its interface. The one that comes back with it is another.
    fn replace_lost_clock(&mut self, index: usize) {
        let Some(port) = self.ports.get(index) else { return };
        let phc = match (port.companion, &mut self.clock) {
            (Some(companion), _) => self.companions.get_mut(companion),
            (None, PtpClock::Phc(phc)) => Some(phc),
            (None, _) => None,
        };
        let (Some(phc), Some(interface)) = (phc, &port.sockets.interface) else { return };
        if phc.now().is_ok() {
            return;
        }
        if let Ok(mut new) = Phc::of_interface(&interface.name) {
            let _ = new.set_frequency(phc.frequency());
            *phc = new;
        }
    }

    /// Asks for the link of a port, if there is a reason to.
    pub(super) fn look_at_link(&mut self, index: usize) {
        let now = time::monotonic();
        let untold = self.monitor.is_none();
        let Some(companion) = self.ports.get(index).map(|port| port.companion) else { return };
        let source = self.stamp_source(companion);
        let Some(port) = self.ports.get_mut(index) else { return };
        let due = now.nanos_since(port.link_checked) >= LINK_CHECK_NS;
        if port.link_doubtful || due && (untold || port.must_be_asked_again()) {
            let renewed = port.look_at_link(source, now);
            let lost = port.link == LinkNow::Lost;
            if renewed {
                self.rebuild_poll_set();
            }
            if lost {
                self.replace_lost_clock(index);
            }
        }
    }
}
