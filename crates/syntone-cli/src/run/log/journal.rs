//! Lines with fields for the journal of systemd, by its native protocol.

use super::Level;
use serde_json::Value;
use std::io;
use std::os::unix::net::UnixDatagram;

/// A connection to the journal, which nobody waits for.
#[derive(Debug)]
pub(super) struct Journal(UnixDatagram);

impl Journal {
    /// # Errors
    /// When nobody listens there.
    pub(super) fn connect(path: &str) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(path)?;
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    /// Writes a line: its text, its level, and what it tells as fields beside it.
    ///
    /// # Errors
    /// When the journal is gone or full.
    pub(super) fn write(&self, level: Level, text: &str, told: &Value) -> io::Result<()> {
        self.0.send(&datagram(level, text, told)).map(|_| ())
    }
}

fn datagram(level: Level, text: &str, told: &Value) -> Vec<u8> {
    let mut octets = Vec::new();
    field(&mut octets, "MESSAGE", text);
    field(&mut octets, "PRIORITY", &(level as u8).to_string());
    field(&mut octets, "SYSLOG_IDENTIFIER", "syntone");
    for (name, value) in told.as_object().into_iter().flatten() {
        // They are in the message and in PRIORITY already.
        if name != "message" && name != "level" {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            field(&mut octets, &field_name(name), &value);
        }
    }
    octets
}

/// As the journal has names: `offsetFromMaster_ns` is `PTP_OFFSET_FROM_MASTER_NS`.
fn field_name(name: &str) -> String {
    let mut written = String::from("PTP_");
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            written.push('_');
        }
        written.push(letter.to_ascii_uppercase());
    }
    written
}

/// A value of several lines has its length before it.
fn field(octets: &mut Vec<u8>, name: &str, value: &str) {
    octets.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        octets.push(b'\n');
        octets.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        octets.push(b'=');
    }
    octets.extend_from_slice(value.as_bytes());
    octets.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_is_its_message_its_priority_and_a_field_for_each_thing_that_it_tells() {
        let told = json!({ "level": "notice", "event": "portState", "portNumber": 1, "offsetFromMaster_ns": -2.5 });
        let octets = datagram(Level::Notice, "port 1", &told);
        let expected = "MESSAGE=port 1\nPRIORITY=5\nSYSLOG_IDENTIFIER=syntone\nPTP_EVENT=portState\n\
                        PTP_PORT_NUMBER=1\nPTP_OFFSET_FROM_MASTER_NS=-2.5\n";
        assert_eq!(String::from_utf8(octets).expect("text"), expected);
    }

    #[test]
    fn a_text_of_two_lines_comes_whole() {
        let octets = datagram(Level::Error, "a\nb", &json!({}));
        assert!(octets.starts_with(b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=3\n"), "{octets:?}");
    }
}
