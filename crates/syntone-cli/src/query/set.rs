//! The values behind SET, by their names.

use crate::run::{integer, parse_identity};
use syntone::wire::{ManagementAction, ManagementId};

/// How a value is written into a dataField.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// So many octets, without a sign.
    Unsigned(usize),
    /// So many octets, with one.
    Signed(usize),
    /// This bit of an octet that flags share.
    Flag(u8),
    /// A length, and as many octets at the most.
    Text(usize),
    /// Seconds and nanoseconds, as 10.5.
    Time,
    /// This event of a mask of 64 octets, on or off.
    Event(u8),
    /// Nanoseconds, written as a time interval with the low octet first.
    Correction,
    /// A clock's identity, as 001122.fffe.334455.
    Identity,
    /// An edition of IEEE C37.238.
    Edition,
}

type Fields = &'static [(&'static str, Form)];

const FLAGS: [(&str, Form); 6] = [
    ("leap61", Form::Flag(0)),
    ("leap59", Form::Flag(1)),
    ("currentUtcOffsetValid", Form::Flag(2)),
    ("ptpTimescale", Form::Flag(3)),
    ("timeTraceable", Form::Flag(4)),
    ("frequencyTraceable", Form::Flag(5)),
];

const GRANDMASTER_SETTINGS: [(&str, Form); 11] = [
    ("clockClass", Form::Unsigned(1)),
    ("clockAccuracy", Form::Unsigned(1)),
    ("offsetScaledLogVariance", Form::Unsigned(2)),
    ("currentUtcOffset", Form::Signed(2)),
    FLAGS[0],
    FLAGS[1],
    FLAGS[2],
    FLAGS[3],
    FLAGS[4],
    FLAGS[5],
    ("timeSource", Form::Unsigned(1)),
];

/// The fields of what can be set, in their order.
fn fields(id: ManagementId) -> Option<Fields> {
    use Form::{Correction, Edition, Event, Flag, Identity, Signed, Text, Time, Unsigned};
    const fn one(fields: &'static [(&'static str, Form); 1]) -> Fields {
        fields
    }
    Some(match id {
        ManagementId::USER_DESCRIPTION => one(&[("userDescription", Text(128))]),
        ManagementId::PRIORITY1 => one(&[("priority1", Unsigned(1))]),
        ManagementId::PRIORITY2 => one(&[("priority2", Unsigned(1))]),
        ManagementId::DOMAIN => one(&[("domainNumber", Unsigned(1))]),
        ManagementId::SLAVE_ONLY => one(&[("slaveOnly", Flag(0))]),
        ManagementId::LOG_ANNOUNCE_INTERVAL => one(&[("logAnnounceInterval", Signed(1))]),
        ManagementId::ANNOUNCE_RECEIPT_TIMEOUT => one(&[("announceReceiptTimeout", Unsigned(1))]),
        ManagementId::LOG_SYNC_INTERVAL => one(&[("logSyncInterval", Signed(1))]),
        ManagementId::VERSION_NUMBER => one(&[("versionNumber", Unsigned(1))]),
        ManagementId::TIME => one(&[("currentTime", Time)]),
        ManagementId::CLOCK_ACCURACY => one(&[("clockAccuracy", Unsigned(1))]),
        ManagementId::UTC_PROPERTIES => &[("currentUtcOffset", Signed(2)), FLAGS[0], FLAGS[1], FLAGS[2]],
        ManagementId::TRACEABILITY_PROPERTIES => &[FLAGS[4], FLAGS[5]],
        ManagementId::TIMESCALE_PROPERTIES => &[FLAGS[3], ("timeSource", Unsigned(1))],
        ManagementId::PATH_TRACE_ENABLE => one(&[("enable", Flag(0))]),
        ManagementId::ACCEPTABLE_MASTER_TABLE_ENABLED => one(&[("enable", Flag(0))]),
        ManagementId::ALTERNATE_TIME_OFFSET_ENABLE => &[("keyField", Unsigned(1)), ("enable", Flag(0))],
        ManagementId::ALTERNATE_TIME_OFFSET_NAME => &[("keyField", Unsigned(1)), ("displayName", Text(10))],
        ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES => &[
            ("keyField", Unsigned(1)),
            ("currentOffset", Signed(4)),
            ("jumpSeconds", Signed(4)),
            ("timeOfNextJump", Unsigned(6)),
        ],
        ManagementId::EXTERNAL_PORT_CONFIGURATION_ENABLED => one(&[("externalPortConfigurationEnabled", Flag(0))]),
        ManagementId::MASTER_ONLY => one(&[("masterOnly", Flag(0))]),
        ManagementId::HOLDOVER_UPGRADE_ENABLE => one(&[("enable", Flag(0))]),
        // Two octets, of which the first is reserved.
        ManagementId::EXT_PORT_CONFIG_PORT_DATA_SET => one(&[("desiredState", Unsigned(2))]),
        ManagementId::PRIMARY_DOMAIN => one(&[("primaryDomain", Unsigned(1))]),
        ManagementId::DELAY_MECHANISM => one(&[("delayMechanism", Unsigned(1))]),
        ManagementId::LOG_MIN_PDELAY_REQ_INTERVAL => one(&[("logMinPdelayReqInterval", Signed(1))]),
        ManagementId::GRANDMASTER_SETTINGS_NP => &GRANDMASTER_SETTINGS,
        ManagementId::PORT_DATA_SET_NP => &[("neighborPropDelayThresh", Unsigned(4)), ("asCapable", Unsigned(4))],
        ManagementId::SUBSCRIBE_EVENTS_NP => &[
            ("duration", Unsigned(2)),
            ("NOTIFY_PORT_STATE", Event(0)),
            ("NOTIFY_TIME_SYNC", Event(1)),
            ("NOTIFY_PARENT_DATA_SET", Event(2)),
            ("NOTIFY_CMLDS", Event(3)),
        ],
        ManagementId::SYNCHRONIZATION_UNCERTAIN_NP => one(&[("uncertain", Unsigned(1))]),
        ManagementId::POWER_PROFILE_SETTINGS_NP => &[
            ("version", Edition),
            ("grandmasterID", Unsigned(2)),
            ("grandmasterTimeInaccuracy", Unsigned(4)),
            ("networkTimeInaccuracy", Unsigned(4)),
            ("totalTimeInaccuracy", Unsigned(4)),
        ],
        ManagementId::PORT_CORRECTIONS_NP => {
            &[("egressLatency", Correction), ("ingressLatency", Correction), ("delayAsymmetry", Correction)]
        }
        ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP => &[("gmIdentity", Identity), ("stepsRemoved", Unsigned(2))],
        _ => return None,
    })
}

/// The ids whose GET names an entry of a table by its first field.
const KEYED: [ManagementId; 3] = [
    ManagementId::ALTERNATE_TIME_OFFSET_ENABLE,
    ManagementId::ALTERNATE_TIME_OFFSET_NAME,
    ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES,
];

/// The dataField of a request, from the words behind its id.
///
/// # Errors
/// Which field is missing, wrong or unknown.
pub(super) fn data(action: ManagementAction, id: ManagementId, words: &[&str]) -> Result<Vec<u8>, String> {
    let (act, name) = (action.name().unwrap_or("?"), id.name().unwrap_or("an unknown id"));
    if action == ManagementAction::COMMAND && id == ManagementId::INITIALIZE {
        return Ok(vec![0, 0]);
    }
    if action == ManagementAction::GET && KEYED.contains(&id) {
        let number = *words.last().unwrap_or(&"0");
        return write(id, &[("keyField", number)], true);
    }
    if action != ManagementAction::SET {
        return if words.is_empty() { Ok(Vec::new()) } else { Err(format!("{act} {name} takes no values")) };
    }
    let fields = fields(id).ok_or_else(|| format!("{name} cannot be set"))?;
    let takes = || {
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        format!("{act} {name} takes {}, each with its value behind it", names.join(", "))
    };
    // A text may have blanks, and a single value needs no name.
    if let [(name, Form::Text(_))] = fields {
        let words = if words.first() == Some(name) { &words[1..] } else { words };
        return write(id, &[(name, &words.join(" "))], false);
    }
    if let ([(name, _)], [value]) = (fields, words) {
        if value == name {
            return Err(takes());
        }
        return write(id, &[(name, value)], false);
    }
    let pairs: Vec<(&str, &str)> = words.chunks(2).filter_map(|pair| Some((pair[0], *pair.get(1)?))).collect();
    let known = |name: &str| fields.iter().any(|(field, _)| field.eq_ignore_ascii_case(name));
    if !words.len().is_multiple_of(2) || !pairs.iter().all(|(name, _)| known(name)) {
        return Err(takes());
    }
    write(id, &pairs, false)
}

fn write(id: ManagementId, given: &[(&str, &str)], may_lack: bool) -> Result<Vec<u8>, String> {
    let (mut octets, mut flags, mut events) = (Vec::new(), None, None);
    let fields = fields(id).unwrap_or_default();
    for (name, form) in fields {
        let value = given.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let value = match (value, form) {
            (Some(value), _) => value,
            (None, Form::Event(_)) => "0",
            (None, Form::Text(_)) if may_lack => "",
            (None, _) if may_lack => "0",
            (None, _) => return Err(format!("SET {} lacks {name}", id.name().unwrap_or_default())),
        };
        let wrong = |allowed: String| format!("{name} {value:?} is not allowed; it is {allowed}");
        match form {
            Form::Flag(bit) => {
                let flag = u8::from(flag(value).ok_or_else(|| wrong("0 or 1".into()))?) << bit;
                match flags {
                    Some(index) => octets[index] |= flag,
                    None => {
                        flags = Some(octets.len());
                        octets.push(flag);
                    }
                }
                continue;
            }
            Form::Event(number) => {
                let start = *events.get_or_insert(octets.len());
                octets.resize(start + 64, 0);
                let wanted = flag(value).ok_or_else(|| wrong("on or off".into()))?;
                octets[start + usize::from(number / 8)] |= u8::from(wanted) << (number % 8);
                continue;
            }
            Form::Unsigned(length) => {
                let number = number(value, 0, (1 << (8 * length)) - 1).map_err(wrong)?;
                octets.extend(&number.to_be_bytes()[8 - length..]);
            }
            Form::Signed(length) => {
                let half = 1 << (8 * length - 1);
                octets.extend(&number(value, -half, half - 1).map_err(wrong)?.to_be_bytes()[8 - length..]);
            }
            Form::Text(most) => {
                if value.len() > *most {
                    return Err(wrong(format!("a text of up to {most} octets")));
                }
                octets.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
                octets.extend(value.as_bytes());
            }
            Form::Correction => octets.extend(&correction(value).map_err(wrong)?),
            Form::Identity => {
                let identity = parse_identity(value).ok_or_else(|| wrong("written as 001122.fffe.334455".into()))?;
                octets.extend(identity.0.to_be_bytes());
            }
            Form::Edition => octets.extend(edition(value).ok_or_else(|| wrong("none, 2011 or 2017".into()))?),
            Form::Time => octets.extend(time(value).ok_or_else(|| wrong("seconds, as 1700000000.5".into()))?),
        }
        flags = None;
    }
    octets.resize(octets.len().next_multiple_of(2), 0);
    Ok(octets)
}

fn number(text: &str, min: i64, max: i64) -> Result<i64, String> {
    integer(text).filter(|number| (min..=max).contains(number)).ok_or_else(|| format!("{min} to {max}"))
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "on" | "true" => Some(true),
        "0" | "off" | "false" => Some(false),
        _ => None,
    }
}

/// Nanoseconds, with a part behind the point, in 2⁻¹⁶ ns.
fn correction(text: &str) -> Result<[u8; 8], String> {
    // What is more than a second is refused by the clock.
    let nanoseconds = text.parse().ok().filter(|number: &f64| number.abs() <= 1e12);
    let scaled = (nanoseconds.ok_or("nanoseconds, as 12.5")? * 65_536.0).round();
    Ok((scaled as i64).to_le_bytes())
}

/// As linuxptp numbers them.
fn edition(text: &str) -> Option<[u8; 2]> {
    let number = match text {
        "none" | "0" => 0,
        "2011" | "1" => 1,
        "2017" | "2" => 2,
        _ => return None,
    };
    Some([0, number])
}

fn time(text: &str) -> Option<Vec<u8>> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let seconds: u64 = seconds.parse().ok().filter(|seconds| *seconds < 1 << 48)?;
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: u32 = format!("{fraction:0<9}").parse().ok()?;
    Some([&seconds.to_be_bytes()[2..], &nanoseconds.to_be_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntone::wire::ManagementData;

    fn set(id: ManagementId, line: &str) -> Result<Vec<u8>, String> {
        data(ManagementAction::SET, id, &line.split_whitespace().collect::<Vec<_>>())
    }

    /// The octets are those that ptp4l takes of pmc for the same line.
    #[test]
    fn values_are_written_where_they_belong() {
        let line = "clockClass 6 clockAccuracy 0x21 offsetScaledLogVariance 0x4e5d currentUtcOffset 37 leap61 0 leap59 0 \
                    currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 1 frequencyTraceable 1 timeSource 0x20";
        let octets = vec![6, 0x21, 0x4E, 0x5D, 0, 37, 0x3C, 0x20];
        assert_eq!(set(ManagementId::GRANDMASTER_SETTINGS_NP, line), Ok(octets));
        let mut events = vec![0; 66];
        (events[1], events[2]) = (180, 0b101);
        let line = "duration 180 NOTIFY_PORT_STATE on NOTIFY_PARENT_DATA_SET on";
        assert_eq!(set(ManagementId::SUBSCRIBE_EVENTS_NP, line), Ok(events));
        assert_eq!(
            set(ManagementId::UTC_PROPERTIES, "leap61 1 leap59 0 currentUtcOffsetValid 1 currentUtcOffset -1"),
            Ok(vec![0xFF, 0xFF, 5, 0])
        );
        assert_eq!(set(ManagementId::USER_DESCRIPTION, "roof, west"), Ok(b"\x0aroof, west\0".to_vec()));
        assert_eq!(set(ManagementId::TIME, "258.25"), Ok(vec![0, 0, 0, 0, 1, 2, 0x0E, 0xE6, 0xB2, 0x80]));
        assert_eq!(set(ManagementId::LOG_SYNC_INTERVAL, "-3"), Ok(vec![0xFD, 0]));
        let corrections = "egressLatency 1.5 ingressLatency -2 delayAsymmetry 0";
        let octets = [[0, 0x80, 1, 0, 0, 0, 0, 0], [0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0; 8]].concat();
        assert_eq!(set(ManagementId::PORT_CORRECTIONS_NP, corrections), Ok(octets));
        let grandmaster = "gmIdentity 00b0ae.fffe.010203 stepsRemoved 3";
        let octets = vec![0, 0xB0, 0xAE, 0xFF, 0xFE, 1, 2, 3, 0, 3];
        assert_eq!(set(ManagementId::EXTERNAL_GRANDMASTER_PROPERTIES_NP, grandmaster), Ok(octets));
        let power = "version 2017 grandmasterID 0x55 grandmasterTimeInaccuracy 50 networkTimeInaccuracy 1000 totalTimeInaccuracy 2000";
        let octets = vec![0, 2, 0, 0x55, 0, 0, 0, 50, 0, 0, 3, 0xE8, 0, 0, 7, 0xD0];
        assert_eq!(set(ManagementId::POWER_PROFILE_SETTINGS_NP, power), Ok(octets));
        let properties = "keyField 1 currentOffset -3600 jumpSeconds 3600 timeOfNextJump 65536";
        let octets = vec![1, 0xFF, 0xFF, 0xF1, 0xF0, 0, 0, 0x0E, 0x10, 0, 0, 0, 1, 0, 0, 0];
        assert_eq!(set(ManagementId::ALTERNATE_TIME_OFFSET_PROPERTIES, properties), Ok(octets));
        let get = data(ManagementAction::GET, ManagementId::ALTERNATE_TIME_OFFSET_NAME, &["keyField", "2"]);
        assert_eq!(get, Ok(vec![2, 0]));
    }

    #[test]
    fn all_that_can_be_set_has_the_length_of_its_id() {
        for id in ManagementId::ALL {
            let Some(fields) = fields(*id) else { continue };
            let simple = |form: &Form| if matches!(form, Form::Identity) { "001122.fffe.334455" } else { "1" };
            let given: Vec<(&str, &str)> = fields.iter().map(|(name, form)| (*name, simple(form))).collect();
            let octets = write(*id, &given, false).expect("1 is allowed everywhere else");
            assert!(ManagementData::parse(*id, &octets).is_ok(), "{:?}: {octets:?}", id.name());
        }
    }
}
