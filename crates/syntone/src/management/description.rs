//! What a clock tells of itself to people.

use syntone_hal::Address;

/// The product and its owner's words for it, as CLOCK_DESCRIPTION tells them (IEEE 1588-2019 8.2.5). Texts are UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Description {
    /// The OUI or CID of the manufacturer.
    pub manufacturer_identity: [u8; 3],
    /// Manufacturer, model and instance, with semicolons between them; 2 to 64 octets.
    pub product_description: &'static str,
    /// Hardware, firmware and software, with semicolons between them; 2 to 32 octets.
    pub revision_data: &'static str,
    /// Name and place; up to 128 octets.
    pub user_description: &'static str,
    /// The PTP profile.
    pub profile_identity: [u8; 6],
    /// The physical layer, such as `IEEE 802.3`; up to 32 octets.
    pub physical_layer_protocol: &'static str,
    /// Where its ports are reached, from the first on; of those that are missing nothing is known.
    pub ports: &'static [PortDescription],
}

/// Where a port is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PortDescription {
    /// Its physicalAddress.
    pub hardware_address: Option<[u8; 6]>,
    /// Its protocolAddress: that of the network that its messages go over.
    pub protocol_address: Option<Address>,
}

impl PortDescription {
    /// Of a port of which nothing is known.
    pub const UNKNOWN: Self = Self { hardware_address: None, protocol_address: None };
}

impl Description {
    /// Of a clock of which nothing is known, with the default delay request-response profile.
    pub const UNKNOWN: Self = Self {
        manufacturer_identity: [0; 3],
        product_description: ";;",
        revision_data: ";;",
        user_description: "",
        profile_identity: [0x00, 0x1B, 0x19, 0x01, 0x01, 0x00],
        physical_layer_protocol: "",
        ports: &[],
    };
}
