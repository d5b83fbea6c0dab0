//! `syntone decode`, run as a user runs it.

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use syntone_tests::vectors::{self, Fields, Vector};

fn decode(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syntone"));
    command.arg("decode").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The child may end before it has read everything.
    let feeder = std::thread::spawn(move || stdin.write_all(&input).is_ok());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// Exit code, the objects printed, and what was said on standard error.
fn json(arguments: &[&str], input: &[u8]) -> (i32, Vec<Value>, String) {
    let output = decode(&[&["--json"], arguments].concat(), input);
    let lines = String::from_utf8(output.stdout).unwrap();
    let objects = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap(), objects, String::from_utf8(output.stderr).unwrap())
}

/// The fields of a printed object by name, as the recorded ones are.
fn fields(object: &Value) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in object.as_object().unwrap() {
        match value {
            Value::Object(inner) => {
                fields.extend(inner.iter().map(|(key, value)| (format!("{name}.{key}"), plain(value))));
            }
            _ => {
                fields.insert(name.clone(), plain(value));
            }
        }
    }
    fields
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every field that another decoder told is printed, with the same value.
fn assert_same(what: &str, told: &Fields, object: &Value) {
    let ours = fields(object);
    let flags: Vec<_> = object["flags"].as_array().unwrap().iter().map(plain).collect();
    for (name, value) in told {
        let printed = match value.as_str() {
            "true" | "false" => Some(flags.contains(name).to_string()),
            _ => ours.get(name).cloned(),
        };
        assert_eq!(printed.as_ref(), Some(value), "{name} of {what}");
    }
    for name in vectors::required(message_type(&told["messageType"])) {
        assert!(ours.contains_key(&name), "{name} of {what} is not printed");
    }
}

fn message_type(name: &str) -> u8 {
    vectors::LAYOUTS.iter().find(|layout| layout.name == name).unwrap().message_type
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn assert_vector(vector: &Vector, object: &Value) {
    assert_same(&vector.id, &vector.fields, object);
    let printed = object["tlvs"].as_array().unwrap().iter();
    let printed: Vec<_> = printed.map(|tlv| (tlv["tlvType"].as_u64().unwrap(), plain(&tlv["value"]))).collect();
    let whole = vector.tlvs.iter().filter(|tlv| tlv.value.len() == tlv.length);
    let listed: Vec<_> = whole.map(|tlv| (u64::from(tlv.tlv_type), hex(&tlv.value))).collect();
    assert_eq!(printed, listed, "{}", vector.id);
    assert_eq!(object.get("error").is_some(), vector.is_broken(), "{}", vector.id);
}

#[test]
fn every_vector_is_printed_field_for_field() {
    let vectors = vectors::vectors();
    let lines: String = vectors.iter().map(|vector| hex(&vector.ptp) + &hex(&vector.after) + "\n").collect();
    let (code, objects, _) = json(&[], lines.as_bytes());
    assert_eq!((code, objects.len()), (1, 516));
    for (vector, object) in vectors.iter().zip(&objects) {
        assert_vector(vector, object);
    }
    assert_eq!(objects.iter().filter(|object| object.get("error").is_some()).count(), 2);
}

#[test]
fn every_frame_of_the_vectors_is_found_in_a_capture() {
    let vectors: Vec<_> = vectors::vectors().into_iter().filter(|vector| vector.frame.is_some()).collect();
    let frames: Vec<_> = vectors.iter().filter_map(|vector| vector.frame.as_deref()).collect();
    let (code, objects, errors) = json(&["-"], &pcap(Order::Little, false, 1, &frames));
    assert_eq!((code, objects.len(), errors.as_str()), (0, vectors.len(), ""));
    for (vector, object) in vectors.iter().zip(&objects) {
        assert_vector(vector, object);
    }
    let of = |transport: &str| objects.iter().filter(|object| object["transport"] == transport).count();
    assert_eq!((of("UDP/IPv4"), of("UDP/IPv6"), of("Ethernet")), (155, 5, 113));
}

#[test]
fn the_captures_are_printed_field_for_field() {
    for name in ["ptp.pcap", "ptp_corrections.pcap", "ptp_ethernet.pcap"] {
        let path = vectors::path(name);
        let (code, objects, errors) = json(&[path.to_str().unwrap()], b"");
        let captured = vectors::captured(name);
        assert_eq!((code, objects.len(), errors.as_str()), (0, captured.len(), ""));
        for (index, (told, object)) in captured.iter().zip(&objects).enumerate() {
            assert_same(&format!("frame {} of {name}", index + 1), &told.fields, object);
            assert_eq!(object["frame"], index + 1);
            assert_eq!([plain(&object["source"]), plain(&object["destination"])], told.ends);
            let (seconds, fraction) = told.time.split_once('.').unwrap();
            let second = seconds.parse::<u64>().unwrap() % 60;
            let time = plain(&object["time"]);
            assert!(time.ends_with(&format!(":{second:02}.{fraction}Z")), "{time} is not {}", told.time);
        }
        assert_eq!(objects[0]["file"], path.to_str().unwrap());
    }
    // `tshark -t ud` says so of the first frame.
    let (_, objects, _) = json(&[vectors::path("ptp.pcap").to_str().unwrap()], b"");
    assert_eq!(objects[0]["time"], "2018-01-23T19:44:09.248292000Z");
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

fn length(octets: &[u8]) -> u32 {
    u32::try_from(octets.len()).unwrap()
}

/// A pcap file whose frames were captured one second after another, from 1 s and 5 units on.
fn pcap(order: Order, nanoseconds: bool, link_type: u32, frames: &[&[u8]]) -> Vec<u8> {
    let magic = if nanoseconds { 0xA1B2_3C4D } else { 0xA1B2_C3D4 };
    let version = [order.u16(2), order.u16(4)].concat();
    let mut file = [&order.u32(magic)[..], &version, &[0; 8], &order.u32(65_535), &order.u32(link_type)].concat();
    for (second, frame) in (1..).zip(frames) {
        for field in [second, 5, length(frame), length(frame)] {
            file.extend_from_slice(&order.u32(field));
        }
        file.extend_from_slice(frame);
    }
    file
}

fn block(order: Order, block_type: u32, content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    content.resize(content.len().next_multiple_of(4), 0);
    let total = order.u32(length(&content) + 12);
    [&order.u32(block_type)[..], &total, &content, &total].concat()
}

/// A pcapng file: a section, an interface with a time resolution, one enhanced packet 2.5 s after the epoch, one simple one.
fn pcapng(order: Order, resolution: u8, link_type: u16, frame: &[u8]) -> Vec<u8> {
    let ticks: u64 = match resolution {
        0x80..=0xFF => (1 << (resolution & 0x7F)) * 5 / 2,
        _ => 10_u64.pow(u32::from(resolution)) * 5 / 2,
    };
    let section = [&order.u32(0x1A2B_3C4D)[..], &order.u16(1), &order.u16(0), &[0xFF; 8]].concat();
    let option = [&order.u16(9)[..], &order.u16(1), &[resolution, 0, 0, 0], &[0; 4]].concat();
    let interface = [&order.u16(link_type)[..], &[0; 2], &order.u32(0), &option].concat();
    let mut packet = order.u32(0).to_vec();
    packet.extend_from_slice(&order.u32(u32::try_from(ticks >> 32).unwrap()));
    packet.extend_from_slice(&order.u32(u32::try_from(ticks & 0xFFFF_FFFF).unwrap()));
    packet.extend_from_slice(&[order.u32(length(frame)), order.u32(length(frame))].concat());
    packet.extend_from_slice(frame);
    let simple = [&order.u32(length(frame))[..], frame].concat();
    let blocks = [(0x0A0D_0D0A, section), (1, interface), (6, packet), (3, simple)];
    blocks.iter().flat_map(|(block_type, content)| block(order, *block_type, content)).collect()
}

/// A Sync of domain 44, and the same in Ethernet.
fn sync() -> (Vec<u8>, Vec<u8>) {
    let mut message = vec![0; 44];
    message[..5].copy_from_slice(&[0x00, 0x12, 0, 44, 44]);
    let ethernet = [&[0x01, 0x1B, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0xF7][..], &message].concat();
    (message, ethernet)
}

#[test]
fn pcap_of_either_byte_order_and_resolution_is_read() {
    for order in [Order::Little, Order::Big] {
        for (nanoseconds, fraction) in [(false, "000005000"), (true, "000000005")] {
            let (code, objects, _) = json(&[], &pcap(order, nanoseconds, 1, &[&sync().1, &sync().1]));
            let times: Vec<_> = objects.iter().map(|object| plain(&object["time"])).collect();
            let expected = [1, 2].map(|second| format!("1970-01-01T00:00:0{second}.{fraction}Z"));
            assert_eq!((code, times), (0, expected.to_vec()), "{order:?}");
        }
    }
}

#[test]
fn pcapng_of_either_byte_order_and_any_resolution_is_read() {
    for order in [Order::Little, Order::Big] {
        for resolution in [3, 6, 9, 0x80 | 10, 0x80 | 32] {
            let (code, objects, errors) = json(&[], &pcapng(order, resolution, 1, &sync().1));
            assert_eq!((code, objects.len(), errors.as_str()), (0, 2, ""), "{order:?} {resolution:#x}");
            assert_eq!(objects[0]["time"], "1970-01-01T00:00:02.500000000Z", "{order:?} {resolution:#x}");
            assert_eq!(objects[1].get("time"), None);
            assert!(objects.iter().all(|object| object["domainNumber"] == 44));
        }
    }
}

#[test]
fn link_layers_of_captures_are_known_or_forced() {
    let (message, ethernet) = sync();
    let cooked = [&[0; 14][..], &[0x88, 0xF7], &message].concat();
    let cooked2 = [&[0x88, 0xF7][..], &[0; 18], &message].concat();
    for (link_type, frame) in [(1, &ethernet), (113, &cooked), (276, &cooked2)] {
        let (code, objects, _) = json(&[], &pcap(Order::Little, false, link_type, &[frame]));
        assert_eq!((code, objects.len()), (0, 1), "{link_type}");
        assert_eq!(objects[0]["domainNumber"], 44);
    }
    let user = pcap(Order::Little, false, 147, &[&message]);
    let (code, objects, errors) = json(&[], &user);
    assert_eq!((code, objects.len()), (2, 0));
    assert!(errors.contains("link type 147") && errors.contains("--link"), "{errors}");
    let (code, objects, _) = json(&["--link", "ptp"], &user);
    assert_eq!((code, objects.len()), (0, 1));
}

#[test]
fn other_frames_are_passed_over_and_still_counted() {
    let other = [&[0xFF; 12][..], &[8, 6], &[0; 46]].concat();
    let (code, objects, errors) = json(&[], &pcap(Order::Little, false, 1, &[&other, &sync().1, &other]));
    assert_eq!((code, objects.len(), errors.as_str()), (0, 1, ""));
    assert_eq!(objects[0]["frame"], 2);
    let (code, objects, errors) = json(&[], &pcap(Order::Little, false, 1, &[&other]));
    assert_eq!((code, objects.len()), (0, 0));
    assert!(errors.contains("no PTP message") && errors.contains("1 frames"), "{errors}");
}

#[test]
fn octets_may_be_an_argument_however_they_are_written() {
    let (message, ethernet) = sync();
    let spaced: Vec<_> = message.iter().map(|octet| format!("{octet:02X}")).collect();
    for octets in [hex(&message), spaced.join(" "), spaced.join(":"), format!("0x{}", hex(&message)), hex(&ethernet)] {
        for arguments in [&["--hex", &octets][..], &[&octets]] {
            let (code, objects, errors) = json(arguments, b"");
            assert_eq!((code, objects.len(), errors.as_str()), (0, 1, ""), "{octets}");
            assert_eq!((&objects[0]["messageType"], &objects[0]["domainNumber"]), (&"Sync".into(), &44.into()));
        }
    }
    let (_, objects, _) = json(&["--hex", &hex(&message), "--hex", &hex(&ethernet)], b"");
    assert_eq!(objects.len(), 2);
}

#[test]
fn every_truncation_is_an_error_that_names_the_field_and_keeps_the_others() {
    let vectors = vectors::vectors();
    let vector = vectors.iter().find(|vector| vector.id == "e2e-udp4-001").unwrap();
    let body = vectors::LAYOUTS.iter().find(|layout| layout.name == "Announce").unwrap().body;
    let ends: Vec<_> = (1..vector.ptp.len()).collect();
    let lines: String = ends.iter().map(|&end| hex(&vector.ptp[..end]) + "\n").collect();
    let (code, objects, _) = json(&["--link", "ptp"], lines.as_bytes());
    assert_eq!((code, objects.len()), (1, ends.len()));
    for (end, object) in ends.into_iter().zip(&objects) {
        let (field, offset) = vectors::field_at(vector, end);
        assert_eq!((&object["error"]["field"], &object["error"]["offset"]), (&field.into(), &offset.into()));
        assert_eq!(object["error"]["reason"], "the octets end here");
        let ours = fields(object);
        let is_printed = |name: &str| ours.keys().any(|key| key == name || key.starts_with(&format!("{name}.")));
        let mut position = 0;
        for (name, length) in vectors::HEADER.iter().chain(body) {
            position += length;
            assert_eq!(is_printed(name), position <= end && *name != "reserved", "{name} after {end} octets");
        }
        for (name, value) in ours.iter().filter(|(name, _)| vector.fields.contains_key(*name)) {
            assert_eq!(vector.fields.get(name), Some(value), "{name} after {end} octets");
        }
    }
}

#[test]
fn broken_octets_of_every_kind_are_told() {
    let (message, _) = sync();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut octets = message.clone();
        change(&mut octets);
        let (code, objects, _) = json(&["--link", "ptp", "--hex", &hex(&octets)], b"");
        assert_eq!((code, objects.len()), (1, 1));
        objects[0].clone()
    };
    let told = |object: &Value| {
        (plain(&object["error"]["field"]), object["error"]["offset"].clone(), plain(&object["error"]["reason"]))
    };
    let version = with(&|octets| octets[1] = 0x01);
    assert_eq!(told(&version), ("versionPTP".to_owned(), 1.into(), "the version is not 2".to_owned()));
    assert_eq!((&version["versionPTP"], version.get("sequenceId")), (&1.into(), None));
    let reserved = with(&|octets| octets[0] = 0x0E);
    assert_eq!(told(&reserved), ("messageType".to_owned(), 0.into(), "the message type is reserved".to_owned()));
    assert_eq!((&reserved["messageType"], &reserved["domainNumber"]), (&"reserved (0xe)".into(), &44.into()));
    let short = with(&|octets| octets[3] = 43);
    assert_eq!(told(&short), ("messageLength".to_owned(), 2.into(), "less than the message needs".to_owned()));
    let odd = with(&|octets| {
        octets[3] = 60;
        octets.extend_from_slice(&[0, 8, 0, 2, 7, 7, 0x12, 0x34, 0, 3, 1, 2, 3, 0, 0, 0]);
    });
    assert_eq!(told(&odd), ("lengthField".to_owned(), 52.into(), "the length of a TLV is odd".to_owned()));
    let error = serde_json::json!({ "field": "pathSequence", "offset": 0, "reason": "the octets end here" });
    let tlvs = serde_json::json!([{ "tlvType": 8, "name": "PATH_TRACE", "value": "0707", "error": error }]);
    assert_eq!(odd["tlvs"], tlvs);
    let overrun = with(&|octets| {
        octets[3] = 56;
        octets.extend_from_slice(&[0, 8, 0, 2, 7, 7, 0x12, 0x34, 0, 4, 1, 2]);
    });
    let reason = "the TLV runs over the end of the message";
    assert_eq!(told(&overrun), ("value".to_owned(), 54.into(), reason.to_owned()));
    assert_eq!(overrun["tlvs"], tlvs);
}

#[test]
fn a_person_reads_names_of_flags_and_enumerations() {
    let vectors = vectors::vectors();
    let announce = vectors.iter().find(|vector| vector.id == "e2e-udp4-001").unwrap();
    let mut octets = announce.ptp.clone();
    octets[6..8].copy_from_slice(&[0x04, 0x3C]);
    octets[14] = 2;
    octets[15] = 0x80;
    let output = decode(&["--hex", &hex(&octets)], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "    messageType              Announce",
        "    flags                    unicastFlag, currentUtcOffsetValid, ptpTimescale, timeTraceable, frequencyTraceable",
        "    correctionField          0.009765625 ns",
        "    sourcePortIdentity       6278cd.fffe.b2922b-1",
        "    timeSource               0x20 (GNSS)",
        "    TLV 0x0008 PATH_TRACE, 8 octets: 6278cdfffeb2922b",
        "        pathSequence",
        "            pathSequence             6278cd.fffe.b2922b",
    ] {
        assert!(text.lines().any(|printed| printed == line), "no line `{line}` in\n{text}");
    }
    assert!(text.contains("clockClass 6 (primary reference, PTP timescale), clockAccuracy 0x21 (100 ns)"), "{text}");
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, content).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn wrong_use_and_bad_files_name_cause_and_cure() {
    let complaint = |arguments: &[&str], input: &[u8]| {
        let output = decode(arguments, input);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let says = |complaint: String, parts: &[&str]| {
        assert!(parts.iter().all(|part| complaint.contains(part)), "{parts:?} is not all in: {complaint}");
    };
    says(complaint(&["no-such-file.pcap"], b""), &["no-such-file.pcap", "No such file", "capture file or hexadecimal"]);
    says(complaint(&["--hex", "00g0"], b""), &["`g` is no hexadecimal digit"]);
    says(complaint(&["--hex", "000"], b""), &["3 hexadecimal digits are no whole octets"]);
    says(complaint(&["--no-such-option"], b""), &["--no-such-option", "--help"]);
    says(complaint(&["--link", "token-ring"], b""), &["token-ring", "ethernet"]);
    says(complaint(&[], b""), &["standard input is empty"]);
    says(complaint(&[], b"hello\n"), &["standard input is neither", "pcap", "hexadecimal"]);
    says(complaint(&[], &[0xFF, 0xFE, 0x00]), &["standard input is neither"]);
    says(complaint(&[], b"0012\nxyz\n"), &["standard input, line 2", "`x`"]);
    says(complaint(&[env!("CARGO_MANIFEST_DIR")], b""), &["directory"]);
    let text = Scratch::new("text.pcap", b"this is no capture\n");
    says(complaint(&[text.path()], b""), &[text.path(), "neither a pcap or pcapng capture nor"]);
}

#[test]
fn damaged_captures_are_errors_and_what_was_good_is_printed() {
    let frames = [&sync().1[..], &sync().1];
    let whole = pcap(Order::Little, false, 1, &frames);
    let one = 24 + 16 + frames[0].len();
    for end in 4..whole.len() {
        let (code, objects, errors) = json(&[], &whole[..end]);
        let at_an_end = [24, one].contains(&end);
        assert_eq!((code, objects.len()), (if at_an_end { 0 } else { 2 }, usize::from(end >= one)), "{end} octets");
        assert!(at_an_end || errors.contains("in the middle of a block"), "{end} octets: {errors}");
    }
    let whole = pcapng(Order::Little, 9, 1, &sync().1);
    for end in 4..whole.len() {
        let (code, _, errors) = json(&[], &whole[..end]);
        assert!(code == 0 || (code == 2 && errors.contains("capture standard input: ")), "{end} octets: {errors}");
    }
    let mut huge = pcap(Order::Little, false, 1, &frames);
    huge[32..36].copy_from_slice(&[0xFF; 4]);
    let (code, _, errors) = json(&[], &huge);
    assert_eq!(code, 2, "{errors}");
    let mut no_interface = pcapng(Order::Little, 9, 1, &sync().1);
    let packet = 28 + 32;
    no_interface[packet + 8] = 7;
    let (code, _, errors) = json(&[], &no_interface);
    assert_eq!(code, 2);
    assert!(errors.contains("interface 7"), "{errors}");
}

#[test]
fn damaged_octets_anywhere_never_make_it_panic() {
    let ng = pcapng(Order::Little, 9, 1, &sync().1);
    for position in 0..ng.len() {
        for value in [0x00, 0xFF] {
            let mut file = ng.clone();
            file[position] = value;
            let (code, ..) = json(&[], &file);
            assert!((0..=2).contains(&code), "octet {position} = {value:#x}");
        }
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let path = vectors::path("ptp_ethernet.pcap");
    let files = vec![path.to_str().unwrap(); 20];
    let mut command = Command::new(env!("CARGO_BIN_EXE_syntone"));
    command.arg("decode").args(files).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0; 5];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((child.wait().unwrap().code(), errors.as_str()), (Some(0), ""));
}

/// Gives the first `half` octets of a capture, waits for what is printed of them, and then gives the rest.
fn assert_live(file: &[u8], half: usize) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syntone"));
    let mut child =
        command.args(["decode", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&file[..half]).unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("\"frame\":1"));
    stdin.write_all(&file[half..]).unwrap();
    drop(stdin);
    assert!(lines.next().unwrap().unwrap().contains("\"frame\":2"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_live_capture_is_printed_as_it_comes() {
    for order in [Order::Little, Order::Big] {
        let one = 24 + 16 + sync().1.len();
        assert_live(&pcap(order, false, 1, &[&sync().1, &sync().1]), one);
        // The last block is the simple packet: 16 octets and the frame.
        let file = pcapng(order, 9, 1, &sync().1);
        assert_live(&file, file.len() - 16 - sync().1.len().next_multiple_of(4));
    }
}
