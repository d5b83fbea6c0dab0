//! What `syntone decode --json` makes of TLVs and management data, against what libptpmgmt made of the same frames.

use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use syntone_tests::vectors;

/// Frames as their recorder listed them, with ours beside.
fn frames() -> Vec<(Value, Value)> {
    let text = std::fs::read_to_string(vectors::path("vectors.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let listed = file["vectors"].as_array().unwrap().clone();
    let lines: String = listed.iter().map(|vector| format!("{}\n", vector["ptp"].as_str().unwrap())).collect();
    let mut child = Command::new(env!("CARGO_BIN_EXE_syntone"))
        .args(["decode", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    let ours = String::from_utf8(output.stdout).unwrap();
    let ours: Vec<Value> = ours.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ours.len(), listed.len());
    listed.into_iter().zip(ours).collect()
}

/// Names that differ: theirs, the standard's.
const KEYS: [(&str, &str); 8] = [
    ("freqOffsetTx", "frequencyOffsetTx"),
    ("freqOffsetTxTimestamp", "frequencyOffsetTxTimestamp"),
    ("PortAddress", "portAddress"),
    ("transparentClockPortDS", "faultyFlag"),
    ("alternateTimescaleOffsetsDS", "enable"),
    ("as_capable", "asCapable"),
    ("unicastNegotiationCapableEnable", "unicastNegotiationCapable"),
    ("unicastNegotiationCapable", "unicastNegotiationRequired"),
];

/// Names of values that differ: theirs, ours.
const VALUES: [(&str, &str); 14] = [
    ("0x0", "0"),
    ("NEED_SYDY", "2"),
    ("UDP_IPv6", "UDP/IPv6"),
    ("WAIT", "0"),
    ("HAVE_ANN", "1"),
    ("HAVE_SYDY", "3"),
    ("within_100ns", "100 ns"),
    ("within_250ns", "250 ns"),
    ("UDP_IPv4", "UDP/IPv4"),
    ("TIME_TRANSMITTER", "MASTER"),
    ("TIME_RECEIVER", "SLAVE"),
    ("Unknown", "unknown"),
    ("SOFTWARE", "0"),
    ("2017", "2"),
];

/// Not comparable: which of ours it is in is checked elsewhere, or the decoders differ for good.
const SKIPPED: [&str; 7] = [
    "tlvType",
    // libptpmgmt flattens 802.1AS's ScaledNs here.
    "nanoseconds_msb",
    "nanoseconds_lsb",
    "fractional_nanoseconds",
    // 0 is no timeSource that it knows.
    "timeSource",
    // Shown as text.
    "clockType",
    "flags",
];

/// The counters of linuxptp that we give in a list.
const SERVICE: [&str; 10] = [
    "announce_timeout",
    "sync_timeout",
    "delay_timeout",
    "unicast_service_timeout",
    "unicast_request_timeout",
    "master_announce_timeout",
    "master_sync_timeout",
    "qualification_timeout",
    "sync_mismatch",
    "followup_mismatch",
];

fn counter<'a>(key: &str, ours: &'a Value) -> Option<&'a Value> {
    if let Some(place) = SERVICE.iter().position(|name| *name == key) {
        return ours["counts"].get(place);
    }
    let (way, name) = key.split_once('_')?;
    let message_type = vectors::LAYOUTS.iter().find(|layout| layout.name == name)?.message_type;
    ours.get(way)?.get(usize::from(message_type))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.replace(':', ""))
}

/// The members of PORT_CORRECTIONS_NP. linuxptp sends them in the order of its host's octets; libptpmgmt reads them as all else, so it
/// has the octets of each the other way round.
const CORRECTIONS: [&str; 3] = ["egressLatency", "ingressLatency", "delayAsymmetry"];

/// What is said of `key` by theirs is said by ours.
fn compare(at: &str, key: &str, theirs: &Value, ours: &Value, seen: &mut BTreeSet<String>) {
    let key = KEYS.iter().find(|(their, _)| *their == key).map_or(key, |(_, our)| our);
    if let Some(ours) = counter(key, ours) {
        return assert_eq!(theirs, ours, "{at}.{key}");
    }
    // The variances, which are 1e-18 or so, are written as 0.0.
    if SKIPPED.contains(&key) || key.starts_with("var") || key.starts_with("NOTIFY_") {
        return;
    }
    seen.insert(key.to_owned());
    let field = &ours[key];
    if CORRECTIONS.contains(&key) && CORRECTIONS.iter().all(|name| ours.get(name).is_some()) {
        let turned = theirs.as_i64().map(i64::swap_bytes);
        return assert_eq!(turned, field.as_i64(), "{at}.{key}");
    }
    let place = format!("{at}.{key}: {theirs} is not in {ours}");
    match theirs {
        Value::Bool(flag) => {
            let listed = ours["flags"].as_array().is_some_and(|names| names.iter().any(|name| name == key));
            assert_eq!(field.as_bool().unwrap_or(listed), *flag, "{place}");
        }
        Value::Number(number) if field.is_object() => {
            let seconds = field["secondsField"].as_f64().unwrap() + field["nanosecondsField"].as_f64().unwrap() / 1e9;
            assert!((seconds - number.as_f64().unwrap()).abs() < 1e-6, "{place}");
        }
        Value::Array(items) => {
            let list = field.as_array().unwrap_or_else(|| panic!("{place}"));
            assert_eq!(items.len(), list.len(), "{place}");
            for (theirs, ours) in items.iter().zip(list) {
                compare_all(&format!("{at}.{key}"), theirs, ours, seen);
            }
        }
        Value::Object(_) => compare_all(&format!("{at}.{key}"), theirs, field, seen),
        _ => {
            let name = &ours[format!("{key}Name")];
            let renamed = VALUES.iter().find(|(their, _)| *theirs == *their).map(|(_, our)| *our);
            let told = plain(theirs);
            let same = [field, name].iter().any(|ours| [Some(told.as_str()), renamed].contains(&Some(&plain(ours))));
            assert!(same, "{place}");
        }
    }
}

fn compare_all(at: &str, theirs: &Value, ours: &Value, seen: &mut BTreeSet<String>) {
    match theirs {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| compare(at, key, value, ours, seen)),
        _ => assert_eq!(plain(theirs), plain(ours), "{at}"),
    }
}

/// IEEE 1588-2019 14.1, IEEE 1588-2019 15.5.2, IEEE 1588-2019 15.5.3, IEEE 1588-2019 15.5.4
#[test]
fn every_value_that_libptpmgmt_reads_is_printed() {
    let (mut seen, mut ids, mut compared) = (BTreeSet::new(), BTreeSet::new(), 0);
    for (vector, object) in frames() {
        let id = vector["id"].as_str().unwrap();
        let told = &vector["libptpmgmt"];
        let tlvs = object["tlvs"].as_array().unwrap();
        if id == "fb-tests-003" || id == "fb-tests-027" || tlvs.is_empty() {
            continue;
        }
        if let Some(list) = told["TLVs"].as_array() {
            // It leaves some out.
            let known = |name: &Value| list.iter().any(|theirs| theirs["tlvType"] == *name);
            let ours = tlvs.iter().filter(|tlv| known(&tlv["name"]));
            for (theirs, ours) in list.iter().zip(ours) {
                ids.insert(plain(&theirs["tlvType"]));
                let theirs = Value::Object(
                    theirs
                        .as_object()
                        .unwrap()
                        .iter()
                        .filter(|(key, value)| *key != "dataField" || value.is_object())
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect(),
                );
                compare_all(id, &theirs, &ours["fields"], &mut seen);
                compared += 1;
            }
        } else if told["managementId"].is_string() && told["managementId"] != "SMPTE_MNG_ID" {
            let fields = &tlvs[0]["fields"];
            for key in ["managementId", "managementErrorId", "dataField"] {
                // It reads what a GET is filled with.
                let is_empty = key == "dataField" && told["actionField"] == "GET";
                if told.get(key).is_some() && !is_empty {
                    compare(id, key, &told[key], fields, &mut seen);
                }
            }
            ids.insert(plain(&told["managementId"]));
            compared += 1;
        }
    }
    println!("{compared} TLVs, {} kinds, {} names", ids.len(), seen.len());
    assert!(compared >= 160 && ids.len() >= 68 && seen.len() >= 140, "{compared}, {ids:?}, {seen:?}");
}
