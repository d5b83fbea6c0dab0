//! `syntone decode`: messages from captures or octets, field by field.

mod capture;
mod fields;
mod hex;
mod input;
mod link;
mod print;
mod time;
mod values;

pub(crate) use values::Told;

use input::{Frame, Input};
use link::Link;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Some frame was broken.
const BROKEN: u8 = 1;
/// The input could not be read.
const UNREADABLE: u8 = 2;

/// Arguments of `syntone decode`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without FILE and --hex, standard input is read. Captures are pcap or pcapng; octets are hexadecimal, \
                        one frame a line, with or without spaces, colons or dashes between them.\n\n\
                        Exit code: 0 all messages were good, 1 some were broken, 2 wrong usage or unreadable input."
)]
pub(crate) struct Args {
    /// Captures (pcap, pcapng), files of hexadecimal octets, `-` for standard input, or the octets themselves
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A frame or a PTP message as hexadecimal octets; may be given several times
    #[arg(long, value_name = "OCTETS", allow_hyphen_values = true)]
    hex: Vec<String>,
    /// One JSON object for each message, each on a line
    #[arg(long)]
    json: bool,
    /// What a frame begins with
    #[arg(long, value_enum, default_value_t = Link::Auto)]
    link: Link,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let mut decoder = Decoder::new(args);
    match decoder.inputs(args).and_then(|()| decoder.finish()) {
        Ok(()) => {}
        // Who reads our output has seen enough, as `head` does.
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(Stop::Output(error)) => {
            complain(&format!("cannot write the output: {error}"));
            return UNREADABLE.into();
        }
        Err(Stop::Input(message)) => {
            // What was decoded before the fault is still worth seeing.
            let _ = decoder.output.flush();
            complain(&message);
            return UNREADABLE.into();
        }
    }
    if decoder.broken { BROKEN.into() } else { ExitCode::SUCCESS }
}

/// Why decoding ends early.
enum Stop {
    /// The input cannot be read: cause and cure.
    Input(String),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn complain(message: &str) {
    // Nobody is left to hear that standard error is closed.
    let _ = writeln!(io::stderr(), "syntone decode: {message}");
}

struct Decoder {
    output: BufWriter<io::Stdout>,
    json: bool,
    link: Link,
    broken: bool,
    frames: u64,
    messages: u64,
}

impl Decoder {
    fn new(args: &Args) -> Self {
        let output = BufWriter::new(io::stdout());
        Self { output, json: args.json, link: args.link, broken: false, frames: 0, messages: 0 }
    }

    fn inputs(&mut self, args: &Args) -> Result<(), Stop> {
        for octets in &args.hex {
            Input::from_argument(octets).and_then(|input| input.each(&mut |frame| self.frame(frame)))?;
        }
        for file in &args.files {
            Input::from_file(file).and_then(|input| input.each(&mut |frame| self.frame(frame)))?;
        }
        if args.hex.is_empty() && args.files.is_empty() {
            Input::from_stdin().and_then(|input| input.each(&mut |frame| self.frame(frame)))?;
        }
        Ok(())
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Result<(), Stop> {
        self.frames += 1;
        let link = if self.link == Link::Auto { frame.link } else { self.link };
        if let Link::Unknown(number) = link {
            let name = frame.source.unwrap_or_default();
            let cure = "say with --link what its frames begin with";
            return Err(Stop::Input(format!("capture {name} has link type {number}, which is not known; {cure}")));
        }
        let Some(packet) = link::unwrap(link, frame.octets) else {
            return Ok(());
        };
        let record = fields::record(frame, &packet);
        self.messages += 1;
        self.broken |= record.is_broken();
        if self.json {
            print::json(&record, &mut self.output)?;
        } else {
            print::text(&record, &mut self.output)?;
        }
        if frame.live {
            self.output.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.output.flush()?;
        if self.messages == 0 {
            complain(&format!("no PTP message (UDP port 319 or 320, EtherType 88F7) in {} frames", self.frames));
        }
        Ok(())
    }
}
