//! Frames from pcap and pcapng.

use super::Stop;
use super::input::{Frame, Sink};
use super::link::Link;
use super::time::CaptureTime;
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{
    Block, InterfaceDescriptionBlock, LegacyPcapReader, PcapBlockOwned, PcapError, PcapHeader, PcapNGReader,
};
use std::io::{self, Read};

/// A frame longer than this is a sign of a damaged file.
const LONGEST_BLOCK: usize = 16 << 20;
const BUFFER: usize = 1 << 16;

/// How a capture is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Pcap,
    PcapNg,
}

/// The first octets of an input: enough to tell a capture from text, and to hold the first block of a capture, which the
/// parser wants at once.
pub(super) struct Head {
    pub octets: Vec<u8>,
    pub format: Option<Format>,
}

impl Head {
    pub(super) fn read(reader: &mut impl Read) -> io::Result<Self> {
        let mut octets = Vec::new();
        fill(reader, &mut octets, 4)?;
        let format = match octets[..] {
            [0x0A, 0x0D, 0x0D, 0x0A, ..] => Some(Format::PcapNg),
            [0xA1, 0xB2, 0xC3, 0xD4] | [0xD4, 0xC3, 0xB2, 0xA1] => Some(Format::Pcap),
            [0xA1, 0xB2, 0x3C, 0x4D] | [0x4D, 0x3C, 0xB2, 0xA1] | [0x34, 0xCD, 0xB2, 0xA1] => Some(Format::Pcap),
            _ => None,
        };
        match format {
            Some(Format::Pcap) => fill(reader, &mut octets, 24)?,
            Some(Format::PcapNg) => {
                fill(reader, &mut octets, 12)?;
                let length = section_header_length(&octets).min(BUFFER / 2);
                fill(reader, &mut octets, length)?;
            }
            None => {}
        }
        Ok(Self { octets, format })
    }
}

/// Octets of the section header block, in the byte order that it tells.
fn section_header_length(octets: &[u8]) -> usize {
    let Some((&[_, _, _, _, a, b, c, d, order @ ..], _)) = octets.split_first_chunk::<12>() else {
        return 0;
    };
    let length = if order == [0x1A, 0x2B, 0x3C, 0x4D] { [a, b, c, d] } else { [d, c, b, a] };
    usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX)
}

/// Reads on until there are `length` octets or the input ends.
fn fill(reader: &mut impl Read, octets: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let missing = length.saturating_sub(octets.len());
    reader.take(u64::try_from(missing).unwrap_or(0)).read_to_end(octets).map(|_| ())
}

/// Hands each frame of a capture to `sink`.
pub(super) fn each(
    name: &str,
    format: Format,
    live: bool,
    reader: Box<dyn Read + Send>,
    sink: &mut Sink<'_>,
) -> Result<(), Stop> {
    let fault = |error: PcapError<&[u8]>| damaged(name, 0, &error);
    let mut blocks: Box<dyn PcapReaderIterator> = match format {
        Format::Pcap => Box::new(LegacyPcapReader::new(BUFFER, reader).map_err(fault)?),
        Format::PcapNg => Box::new(PcapNGReader::new(BUFFER, reader).map_err(fault)?),
    };
    let mut capture = Capture { name, live, number: 0, interfaces: Vec::new() };
    let mut size = BUFFER;
    loop {
        match blocks.next() {
            Ok((length, block)) => {
                capture.block(block, sink)?;
                blocks.consume(length);
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                blocks.refill().map_err(|error| damaged(name, capture.number, &error))?;
            }
            Err(PcapError::BufferTooSmall) if size < LONGEST_BLOCK => {
                size *= 2;
                blocks.grow(size);
                blocks.refill().map_err(|error| damaged(name, capture.number, &error))?;
            }
            Err(error) => return Err(damaged(name, capture.number, &error)),
        }
    }
}

/// A capture that cannot be read on after `frames` good frames.
fn damaged(name: &str, frames: u64, error: &PcapError<&[u8]>) -> Stop {
    let cause = match error {
        PcapError::Eof | PcapError::UnexpectedEof | PcapError::Incomplete(_) => {
            "the file ends in the middle of a block"
        }
        PcapError::BufferTooSmall => "a block claims to be longer than 16 MiB",
        PcapError::ReadError => "it cannot be read",
        PcapError::HeaderNotRecognized => "its header is damaged",
        PcapError::NomError(..) | PcapError::OwnedNomError(..) => "a block is malformed",
    };
    Stop::Input(format!("capture {name}: {cause}, after {frames} good frames"))
}

/// What must be known of an interface to read its frames.
#[derive(Clone, Copy)]
struct Interface {
    link: Result<Link, i32>,
    resolution: u128,
    offset: i64,
}

impl Interface {
    fn from_pcap(header: &PcapHeader) -> Self {
        let resolution = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
        Self { link: Link::from_capture(header.network.0), resolution, offset: 0 }
    }

    fn from_pcapng(block: &InterfaceDescriptionBlock<'_>) -> Self {
        // The highest bit says whether it is a power of 2 or of 10.
        let exponent = u32::from(block.if_tsresol & 0x7F);
        let base: u128 = if block.if_tsresol & 0x80 == 0 { 10 } else { 2 };
        let resolution = base.checked_pow(exponent).unwrap_or(u128::MAX);
        Self { link: Link::from_capture(block.linktype.0), resolution, offset: block.if_tsoffset }
    }
}

struct Capture<'a> {
    name: &'a str,
    live: bool,
    number: u64,
    interfaces: Vec<Interface>,
}

impl Capture<'_> {
    fn block(&mut self, block: PcapBlockOwned<'_>, sink: &mut Sink<'_>) -> Result<(), Stop> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => self.interfaces.push(Interface::from_pcap(&header)),
            PcapBlockOwned::Legacy(frame) => {
                let interface = self.interface(0)?;
                // The fraction may be a second or more in a damaged file; it is then added all the same.
                let ticks = u64::try_from(u128::from(frame.ts_sec) * interface.resolution).unwrap_or(u64::MAX);
                let ticks = ticks.saturating_add(u64::from(frame.ts_usec));
                return self.frame(interface, Some(ticks), frame.data, sink);
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => self.interfaces.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                self.interfaces.push(Interface::from_pcapng(&block));
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(frame)) => {
                let interface = self.interface(frame.if_id)?;
                let ticks = (u64::from(frame.ts_high) << 32) | u64::from(frame.ts_low);
                let length = frame.data.len().min(usize::try_from(frame.caplen).unwrap_or(usize::MAX));
                return self.frame(interface, Some(ticks), &frame.data[..length], sink);
            }
            PcapBlockOwned::NG(Block::SimplePacket(frame)) => {
                let length = frame.data.len().min(usize::try_from(frame.origlen).unwrap_or(usize::MAX));
                return self.frame(self.interface(0)?, None, &frame.data[..length], sink);
            }
            PcapBlockOwned::NG(_) => {}
        }
        Ok(())
    }

    fn interface(&self, index: u32) -> Result<Interface, Stop> {
        let known = usize::try_from(index).ok().and_then(|index| self.interfaces.get(index));
        known.copied().ok_or_else(|| {
            let frame = self.number + 1;
            Stop::Input(format!("capture {}: frame {frame} names interface {index}, which is not described", self.name))
        })
    }

    fn frame(
        &mut self,
        interface: Interface,
        ticks: Option<u64>,
        octets: &[u8],
        sink: &mut Sink<'_>,
    ) -> Result<(), Stop> {
        self.number += 1;
        let time = ticks.map(|ticks| CaptureTime::from_ticks(ticks, interface.resolution, interface.offset));
        let link = interface.link.unwrap_or_else(Link::Unknown);
        sink(&Frame { source: Some(self.name), number: self.number, time, link, octets, live: self.live })
    }
}
