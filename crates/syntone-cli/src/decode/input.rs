//! Where frames come from.

use super::link::Link;
use super::time::CaptureTime;
use super::{Stop, capture, hex};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;

/// One frame.
pub(super) struct Frame<'a> {
    /// The input's name; `None` for octets given as an argument.
    pub source: Option<&'a str>,
    /// Counts the frames of the input from 1.
    pub number: u64,
    /// When it was captured.
    pub time: Option<CaptureTime>,
    /// What it begins with.
    pub link: Link,
    /// Its octets.
    pub octets: &'a [u8],
    /// More may come later: what is known shall be seen now.
    pub live: bool,
}

/// What is done with each frame.
pub(super) type Sink<'a> = dyn FnMut(&Frame<'_>) -> Result<(), Stop> + 'a;

/// A source of frames.
pub(super) enum Input {
    /// Octets in an argument.
    Octets(Vec<u8>),
    /// A file or standard input.
    Stream { name: String, reader: Box<dyn Read + Send>, live: bool },
}

impl Input {
    /// The octets in an argument.
    pub(super) fn from_argument(octets: &str) -> Result<Self, Stop> {
        hex::octets(octets).map(Self::Octets).map_err(|fault| Stop::Input(format!("--hex {octets}: {fault}")))
    }

    /// A file, standard input where it is `-`, or the octets themselves.
    pub(super) fn from_file(path: &Path) -> Result<Self, Stop> {
        if path == Path::new("-") {
            return Self::from_stdin();
        }
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Ok(Self::Stream { name, reader: Box::new(file), live: false }),
            Err(error) => match hex::octets(&name) {
                Ok(octets) if error.kind() == io::ErrorKind::NotFound || name.len() > 255 => Ok(Self::Octets(octets)),
                _ => {
                    Err(Stop::Input(format!("cannot open {name}: {error}; give a capture file or hexadecimal octets")))
                }
            },
        }
    }

    /// Standard input.
    pub(super) fn from_stdin() -> Result<Self, Stop> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            let cure = "give a capture FILE or --hex OCTETS, or send either to standard input";
            return Err(Stop::Input(format!("nothing to decode: {cure}")));
        }
        Ok(Self::Stream { name: "standard input".to_owned(), reader: Box::new(stdin), live: true })
    }

    /// Hands each frame to `sink`.
    pub(super) fn each(self, sink: &mut Sink<'_>) -> Result<(), Stop> {
        match self {
            Self::Octets(octets) => {
                sink(&Frame { source: None, number: 1, time: None, link: Link::Auto, octets: &octets, live: false })
            }
            Self::Stream { name, mut reader, live } => {
                let head = capture::Head::read(&mut reader).map_err(|error| unreadable(&name, &error))?;
                if head.octets.is_empty() {
                    return Err(Stop::Input(format!("{name} is empty; give a capture or hexadecimal octets")));
                }
                let reader = io::Cursor::new(head.octets).chain(reader);
                match head.format {
                    Some(format) => capture::each(&name, format, live, Box::new(reader), sink),
                    None => lines(&name, live, reader, sink),
                }
            }
        }
    }
}

pub(super) fn unreadable(name: &str, error: &io::Error) -> Stop {
    Stop::Input(format!("cannot read {name}: {error}"))
}

/// Hexadecimal octets, one frame a line; empty lines and those that begin with `#` are passed over.
fn lines(name: &str, live: bool, reader: impl Read, sink: &mut Sink<'_>) -> Result<(), Stop> {
    let mut number = 0;
    for (index, line) in BufReader::new(reader).lines().enumerate() {
        let line = line.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => neither(name),
            _ => unreadable(name, &error),
        })?;
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let octets = hex::octets(&line).map_err(|fault| match number {
            0 => neither(name),
            _ => Stop::Input(format!("{name}, line {}: {fault}", index + 1)),
        })?;
        number += 1;
        sink(&Frame { source: Some(name), number, time: None, link: Link::Auto, octets: &octets, live })?;
    }
    Ok(())
}

fn neither(name: &str) -> Stop {
    Stop::Input(format!("{name} is neither a pcap or pcapng capture nor hexadecimal octets"))
}
