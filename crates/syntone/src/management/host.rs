//! What a clock tells of itself to people, and what only its host can do.

use super::{Description, FaultLog, Management, PortDescription, exactly};
use crate::wire::layout::{NetworkProtocol, PortAddress, PtpText};
use crate::wire::management::{ClockDescription, ClockType, PhysicalAddress, UserDescription};
use crate::wire::{Element, Emitter, Layout, ManagementErrorId, ManagementId, fill};
use syntone_hal::{Address, PortIndex};

/// Something that management asked for and the host has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum HostRequest {
    /// Keep what is set now, to start with it next time (IEEE 1588-2019 15.5.3.1.4).
    Save,
    /// Forget what was kept, to start as delivered next time (IEEE 1588-2019 15.5.3.1.5).
    Reset,
}

/// Octets of the longest userDescription (IEEE 1588-2019 8.2.5.4).
const LONGEST: usize = 128;

/// What the host said and lent, and what it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub(crate) description: Option<&'static Description>,
    user_description: Option<UserText>,
    pub(crate) has_storage: bool,
    pub(crate) request: Option<HostRequest>,
}

/// A text that can be changed, in storage that the host lends.
#[derive(Debug)]
struct UserText {
    storage: &'static mut [u8],
    length: usize,
}

impl Host {
    fn description(&self) -> &'static Description {
        self.description.unwrap_or(&Description::UNKNOWN)
    }

    /// The owner's words.
    pub(crate) fn user_description(&self) -> &[u8] {
        match &self.user_description {
            Some(text) => text.storage.get(..text.length).unwrap_or_default(),
            None => self.description().user_description.as_bytes(),
        }
    }

    /// From now on the words can be set, as far as there is room; at first they are what they are.
    pub(crate) fn lend(&mut self, storage: &'static mut [u8]) {
        let before = self.description().user_description.as_bytes();
        fill(storage, before);
        let length = before.len().min(storage.len());
        self.user_description = Some(UserText { storage, length });
    }

    fn set_user_description(&mut self, data: &[u8]) -> Result<(), ManagementErrorId> {
        let text = self.user_description.as_mut().ok_or(ManagementErrorId::NOT_SUPPORTED)?;
        let told = UserDescription::parse_exact(data).map_err(|_| ManagementErrorId::WRONG_LENGTH)?.user_description.0;
        let place = text.storage.get_mut(..told.len()).filter(|place| place.len() <= LONGEST);
        fill(place.ok_or(ManagementErrorId::WRONG_VALUE)?, told);
        text.length = told.len();
        Ok(())
    }

    fn clock_description(&self, clock_type: ClockType, port: PortIndex) -> ClockDescription<'_> {
        let description = self.description();
        let port = description.ports.get(port.get()).unwrap_or(&PortDescription::UNKNOWN);
        ClockDescription {
            clock_type,
            physical_layer_protocol: description.physical_layer_protocol.into(),
            physical_address: PhysicalAddress(port.hardware_address.as_ref().map_or(&[], |address| address)),
            protocol_address: protocol_address(port.protocol_address.as_ref()),
            manufacturer_identity: description.manufacturer_identity,
            product_description: description.product_description.into(),
            revision_data: description.revision_data.into(),
            user_description: PtpText(self.user_description()),
            profile_identity: description.profile_identity,
        }
    }
}

/// IEEE 1588-2019 5.3.6
fn protocol_address(address: Option<&Address>) -> PortAddress<'_> {
    let (network_protocol, address_field): (_, &[u8]) = match address {
        Some(Address::Ipv4(octets)) => (NetworkProtocol::UDP_IPV4, octets),
        Some(Address::Ipv6(octets)) => (NetworkProtocol::UDP_IPV6, octets),
        Some(Address::Ethernet(octets)) => (NetworkProtocol::IEEE_802_3, octets),
        _ => (NetworkProtocol::UNKNOWN, &[]),
    };
    PortAddress { network_protocol, address_field }
}

/// What is the same for every kind of clock. Each says whether the id is one of these.
impl Management {
    pub(crate) fn get(
        &self,
        id: ManagementId,
        clock_type: ClockType,
        port: PortIndex,
        to: &mut Emitter<'_>,
    ) -> Result<bool, ManagementErrorId> {
        match id {
            ManagementId::NULL_PTP_MANAGEMENT => {}
            ManagementId::CLOCK_DESCRIPTION => self.host.clock_description(clock_type, port).emit_into(to),
            ManagementId::USER_DESCRIPTION => PtpText(self.host.user_description()).write(to),
            ManagementId::FAULT_LOG => self.fault_log.as_ref().ok_or(ManagementErrorId::NOT_SUPPORTED)?.emit_into(to),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(crate) fn set(&mut self, id: ManagementId, data: &[u8]) -> Result<bool, ManagementErrorId> {
        if id == ManagementId::USER_DESCRIPTION {
            self.host.set_user_description(data)?;
        }
        Ok(id == ManagementId::USER_DESCRIPTION)
    }

    pub(crate) fn command(&mut self, id: ManagementId) -> Result<bool, ManagementErrorId> {
        let request = match id {
            ManagementId::FAULT_LOG_RESET => {
                self.fault_log.as_mut().map(FaultLog::clear).ok_or(ManagementErrorId::NOT_SUPPORTED)?;
                return Ok(true);
            }
            ManagementId::SAVE_IN_NON_VOLATILE_STORAGE => HostRequest::Save,
            ManagementId::RESET_NON_VOLATILE_STORAGE => HostRequest::Reset,
            _ => return Ok(false),
        };
        if !self.host.has_storage {
            return Err(ManagementErrorId::NOT_SUPPORTED);
        }
        self.host.request = Some(request);
        Ok(true)
    }
}

/// The key of INITIALIZE that says what all clocks can do (IEEE 1588-2019 15.5.3.1.6).
pub(crate) fn initialization_key(data: &[u8]) -> Result<(), ManagementErrorId> {
    match exactly(data)? {
        [0, 0] => Ok(()),
        _ => Err(ManagementErrorId::WRONG_VALUE),
    }
}
