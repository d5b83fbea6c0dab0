//! PTP messages under way.

use crate::{NodeId, SimTime};
use std::rc::Rc;
use syntone_hal::{Address, Destination, MessageClass, PortIndex};

/// One PTP message on the medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// From the first octet of the PTP header on.
    pub octets: Rc<[u8]>,
    /// Whom it is for.
    pub destination: Destination,
    /// Who sent it.
    pub source: Address,
    /// Whether it is time-stamped.
    pub class: MessageClass,
}

impl Frame {
    /// The messageType of IEEE 1588-2019 13.3.2.3, if there is an octet to hold it.
    #[must_use]
    pub fn message_type(&self) -> Option<u8> {
        self.octets.first().map(|octet| octet & 0x0F)
    }

    /// The sequenceId, if the header reaches that far.
    #[must_use]
    pub fn sequence_id(&self) -> Option<u16> {
        self.octets.get(30..32).map(|octets| u16::from_be_bytes([octets[0], octets[1]]))
    }
}

/// A message that passed a node's port, as the world's tap saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// When it passed the point between port and medium, in true time.
    pub at: SimTime,
    /// Whose port it was.
    pub node: NodeId,
    /// Which port.
    pub port: PortIndex,
    /// Whether it left or arrived.
    pub way: Way,
    /// The message.
    pub frame: Frame,
}

/// Which way a message passes a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the node to the medium.
    Out,
    /// From the medium to the node.
    In,
}
