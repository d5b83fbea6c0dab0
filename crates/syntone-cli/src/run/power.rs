//! What a grandmaster tells of itself by a power profile: the TLV of IEEE C37.238 on Announces. It holds for all ports.

use super::settings::Settings;
use syntone::Clock;
use syntone::servo::Servo;
use syntone::wire::Tlvs;
use syntone::wire::management::PowerProfileSettingsNp;
use syntone::wire::tlvs::{C37238V2011, C37238V2017, OrganizationData, OrganizationExtension, TlvValue};

/// Octets of the TLV, of either edition.
pub(crate) const LONGEST: usize = 22;

/// linuxptp's numbers of the editions.
const NONE: u16 = 0;
const OF_2011: u16 = 1;
const OF_2017: u16 = 2;

/// As the settings say.
pub(crate) fn settings(settings: &Settings) -> PowerProfileSettingsNp {
    // -1, unknown, is all ones.
    let nanos = |name| settings.integer(name, None).try_into().unwrap_or(u32::MAX);
    PowerProfileSettingsNp {
        version: match settings.text("power_profile.version", None).as_str() {
            "2011" => OF_2011,
            "2017" => OF_2017,
            _ => NONE,
        },
        grandmaster_id: settings.integer("power_profile.grandmasterID", None).try_into().unwrap_or(u16::MAX),
        grandmaster_time_inaccuracy: nanos("power_profile.2011.grandmasterTimeInaccuracy"),
        network_time_inaccuracy: nanos("power_profile.2011.networkTimeInaccuracy"),
        total_time_inaccuracy: nanos("power_profile.2017.totalTimeInaccuracy"),
    }
}

/// There is such an edition.
pub(crate) const fn is_possible(wanted: &PowerProfileSettingsNp) -> bool {
    matches!(wanted.version, NONE | OF_2011 | OF_2017)
}

/// Sends the TLV with every Announce from now on, or none.
pub(crate) fn announce<const PORTS: usize, S: Servo>(clock: &mut Clock<PORTS, S>, wanted: &PowerProfileSettingsNp) {
    let mut octets = [0; LONGEST];
    let length = emit(wanted, &mut octets).unwrap_or(0);
    if let Ok(tlvs) = Tlvs::parse(&octets[..length]) {
        // There is room for it.
        let _ = clock.set_announced_tlvs(tlvs);
    }
}

/// The TLV; `None` where there is none.
fn emit(wanted: &PowerProfileSettingsNp, octets: &mut [u8; LONGEST]) -> Option<usize> {
    let grandmaster_id = wanted.grandmaster_id;
    let data = match wanted.version {
        OF_2011 => OrganizationData::C37238V2011(C37238V2011 {
            grandmaster_id,
            grandmaster_time_inaccuracy: wanted.grandmaster_time_inaccuracy,
            network_time_inaccuracy: wanted.network_time_inaccuracy,
        }),
        OF_2017 => OrganizationData::C37238V2017(C37238V2017 {
            grandmaster_id,
            total_time_inaccuracy: wanted.total_time_inaccuracy,
        }),
        _ => return None,
    };
    let (organization_id, organization_sub_type) = data.kind();
    let mut field = [0; 12];
    let length = data.emit(&mut field).ok()?;
    OrganizationExtension { organization_id, organization_sub_type, data_field: &field[..length] }.emit_tlv(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::super::settings::Origin;
    use super::*;

    fn tlv(options: &[(&str, &str)]) -> Vec<u8> {
        let mut read = Settings::default();
        for (name, value) in options {
            read.set(&format!("power_profile.{name}"), None, value, Origin::CommandLine).expect("it is taken");
        }
        let mut octets = [0; LONGEST];
        let length = emit(&settings(&read), &mut octets).unwrap_or(0);
        octets[..length].to_vec()
    }

    /// The octets are those of linuxptp's head with the same options.
    #[test]
    fn the_tlv_is_that_of_linuxptp() {
        let of_2011 = [
            ("version", "2011"),
            ("grandmasterID", "0x55"),
            ("2011.grandmasterTimeInaccuracy", "150"),
            ("2011.networkTimeInaccuracy", "1000"),
        ];
        let octets = *b"\x00\x03\x00\x12\x1c\x12\x9d\x00\x00\x01\x00\x55\x00\x00\x00\x96\x00\x00\x03\xe8\x00\x00";
        assert_eq!(tlv(&of_2011), octets);
        let of_2017 = [("version", "2017"), ("grandmasterID", "0x0102"), ("2017.totalTimeInaccuracy", "250")];
        let octets = *b"\x00\x03\x00\x12\x1c\x12\x9d\x00\x00\x02\x01\x02\x00\x00\x00\x00\x00\x00\x00\xfa\x00\x00";
        assert_eq!(tlv(&of_2017), octets);
        assert_eq!(tlv(&of_2017[..2])[16..20], [0xFF; 4], "unknown is all ones");
        assert_eq!(tlv(&of_2017[1..]), b"", "without an edition there is none");
    }
}
