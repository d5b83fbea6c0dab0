//! UDP, the same over both versions of IP.

use crate::checksum::Sum;
use crate::transport::Refusal;
use crate::writer::Writer;
use crate::{Frame, Outgoing};
use syntone_hal::MessageClass;

pub(crate) const PROTOCOL: u8 = 17;
pub(crate) const HEADER_LENGTH: u16 = 8;

/// UDP port of event messages (IEEE 1588-2019 C.2, D.2).
pub(crate) const EVENT_PORT: u16 = 319;
/// UDP port of general messages (IEEE 1588-2019 C.2, D.2).
pub(crate) const GENERAL_PORT: u16 = 320;

/// The UDP port for messages of this class, at both ends.
const fn port(class: MessageClass) -> u16 {
    match class {
        MessageClass::Event => EVENT_PORT,
        MessageClass::General => GENERAL_PORT,
    }
}

/// Whether a datagram may come without a checksum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unchecked {
    Taken,
    #[cfg(feature = "ipv6")]
    Refused,
}

/// Reads a datagram from its header on, of which `room` octets are in the packet, and its payload into `buffer`. `pseudo` is the
/// sum of the addresses.
pub(crate) fn receive<F: Frame>(
    frame: &mut F,
    room: usize,
    pseudo: Sum,
    unchecked: Unchecked,
    buffer: &mut [u8],
) -> Result<usize, Refusal> {
    let header: [u8; 8] = frame.take().ok_or(Refusal::Malformed)?;
    let [_, _, p0, p1, l0, l1, c0, c1] = header;
    if !matches!(u16::from_be_bytes([p0, p1]), EVENT_PORT | GENERAL_PORT) {
        return Err(Refusal::Foreign);
    }
    let length = u16::from_be_bytes([l0, l1]);
    let payload = usize::from(length.checked_sub(HEADER_LENGTH).ok_or(Refusal::Malformed)?);
    if usize::from(length) > room || payload > frame.remaining() {
        return Err(Refusal::Malformed);
    }
    let message = buffer.get_mut(..payload).ok_or(Refusal::TooLong)?;
    frame.read(message);
    let sum = pseudo.add_word(u16::from(PROTOCOL)).add_word(length).add(&header).add(message);
    let is_right = if [c0, c1] == [0, 0] { unchecked == Unchecked::Taken } else { sum.checksum() == 0 };
    if is_right { Ok(payload) } else { Err(Refusal::Malformed) }
}

/// The length of the datagram around `message` and `trailer`; `None` beyond what Ethernet carries.
pub(crate) fn length(message: &[u8], trailer: &[u8]) -> Option<u16> {
    let payload = u16::try_from(message.len().checked_add(trailer.len())?).ok()?;
    let length = payload.checked_add(HEADER_LENGTH)?;
    (length <= 1_452).then_some(length)
}

/// Appends the header of a datagram of `length` octets with the message of `frame`.
pub(crate) fn write(writer: &mut Writer, class: MessageClass, length: u16, frame: &Outgoing<'_>, pseudo: Sum) {
    let place = writer.from(0).len();
    writer.word(port(class));
    writer.word(port(class));
    writer.word(length);
    writer.word(0);
    if frame.one_step.is_some() {
        // The hardware changes the message and not the checksum: none at all.
        return;
    }
    // The trailer is zeros.
    let sum = pseudo.add_word(u16::from(PROTOCOL)).add_word(length).add(writer.from(place)).add(frame.message);
    let checksum = match sum.checksum() {
        0 => u16::MAX,
        checksum => checksum,
    };
    writer.patch(place.wrapping_add(6), checksum);
}
