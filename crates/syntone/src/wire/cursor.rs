//! The only code that takes octets apart and puts them together.

use super::WireTimestamp;
use super::{ClockIdentity, PortIdentity};

/// A whole number of octets at the front of a longer run; implemented for `[u8; N]`.
pub trait Chunk: Sized {
    /// Its octets.
    const LENGTH: usize;

    /// The first octets and the rest; `None` if there are too few.
    fn split(octets: &[u8]) -> Option<(&Self, &[u8])>;

    /// The first octets and the rest, for writing; `None` if there are too few.
    fn split_mut(octets: &mut [u8]) -> Option<(&mut Self, &mut [u8])>;
}

impl<const N: usize> Chunk for [u8; N] {
    const LENGTH: usize = N;

    #[inline(always)]
    fn split(octets: &[u8]) -> Option<(&Self, &[u8])> {
        octets.split_first_chunk()
    }

    #[inline(always)]
    fn split_mut(octets: &mut [u8]) -> Option<(&mut Self, &mut [u8])> {
        octets.split_first_chunk_mut()
    }
}

/// Writes `octets` to the front of `place`, as far as both reach: not `copy_from_slice`, which can panic as far as the
/// compiler knows.
#[inline]
pub(crate) fn fill(place: &mut [u8], octets: &[u8]) {
    place.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
}

/// Reads big-endian fields one after the other.
///
/// It is made from an array of known length, so the compiler proves each read to be inside and no check is left. Reads
/// past the end, which the layouts in this module never do, give zeros.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts at the first octet.
    #[inline(always)]
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The next `N` octets.
    #[inline(always)]
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((head, rest)) => {
                self.0 = rest;
                *head
            }
            None => [0; N],
        }
    }

    /// The next octet.
    #[inline(always)]
    pub fn u8(&mut self) -> u8 {
        let [octet] = self.take();
        octet
    }

    /// A signed octet.
    #[inline(always)]
    pub fn i8(&mut self) -> i8 {
        i8::from_be_bytes(self.take())
    }

    /// Two octets.
    #[inline(always)]
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take())
    }

    /// Two octets, signed.
    #[inline(always)]
    pub fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.take())
    }

    /// Four octets.
    #[inline(always)]
    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take())
    }

    /// Six octets.
    #[inline(always)]
    pub fn u48(&mut self) -> u64 {
        let high = u64::from(self.u16());
        (high << 32) | u64::from(self.u32())
    }

    /// Eight octets.
    #[inline(always)]
    pub fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.take())
    }

    /// Eight octets, signed.
    #[inline(always)]
    pub fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.take())
    }

    /// A Timestamp (IEEE 1588-2019 5.3.3).
    #[inline(always)]
    pub fn timestamp(&mut self) -> WireTimestamp {
        if cfg!(target_pointer_width = "64") {
            // In one word, the upper half of the nanoseconds behind the seconds.
            let [a, b, c, d, e, f, nanoseconds @ ..] = self.take::<10>();
            let [g, h, ..] = nanoseconds;
            let seconds = u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 16;
            return WireTimestamp { seconds, nanoseconds: u32::from_be_bytes(nanoseconds) };
        }
        let seconds = self.u48();
        WireTimestamp { seconds, nanoseconds: self.u32() }
    }

    /// A ClockIdentity (IEEE 1588-2019 5.3.4).
    #[inline(always)]
    pub fn clock_identity(&mut self) -> ClockIdentity {
        ClockIdentity(self.u64())
    }

    /// A PortIdentity (IEEE 1588-2019 5.3.5).
    #[inline(always)]
    pub fn port_identity(&mut self) -> PortIdentity {
        let clock_identity = self.clock_identity();
        PortIdentity { clock_identity, port_number: self.u16() }
    }
}

/// Writes big-endian fields one after the other; the counterpart of [`Reader`]. What does not fit is not written.
#[derive(Debug)]
pub struct Writer<'a>(&'a mut [u8]);

impl<'a> Writer<'a> {
    /// Starts at the first octet.
    #[inline(always)]
    #[must_use]
    pub const fn new(octets: &'a mut [u8]) -> Self {
        Self(octets)
    }

    /// The next `N` octets.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, octets: [u8; N]) {
        if let Some((head, rest)) = core::mem::take(&mut self.0).split_first_chunk_mut() {
            *head = octets;
            self.0 = rest;
        }
    }

    /// One octet.
    #[inline(always)]
    pub fn u8(&mut self, value: u8) {
        self.put([value]);
    }

    /// A signed octet.
    #[inline(always)]
    pub fn i8(&mut self, value: i8) {
        self.put(value.to_be_bytes());
    }

    /// Two octets.
    #[inline(always)]
    pub fn u16(&mut self, value: u16) {
        self.put(value.to_be_bytes());
    }

    /// Two octets, signed.
    #[inline(always)]
    pub fn i16(&mut self, value: i16) {
        self.put(value.to_be_bytes());
    }

    /// Four octets.
    #[inline(always)]
    pub fn u32(&mut self, value: u32) {
        self.put(value.to_be_bytes());
    }

    /// Six octets: the low 48 bits.
    #[inline(always)]
    pub fn u48(&mut self, value: u64) {
        let [_, _, octets @ ..] = value.to_be_bytes();
        self.put(octets);
    }

    /// Eight octets.
    #[inline(always)]
    pub fn u64(&mut self, value: u64) {
        self.put(value.to_be_bytes());
    }

    /// Eight octets, signed.
    #[inline(always)]
    pub fn i64(&mut self, value: i64) {
        self.put(value.to_be_bytes());
    }

    /// A Timestamp (IEEE 1588-2019 5.3.3).
    #[inline(always)]
    pub fn timestamp(&mut self, value: WireTimestamp) {
        self.u48(value.seconds);
        self.u32(value.nanoseconds);
    }

    /// A PortIdentity (IEEE 1588-2019 5.3.5).
    #[inline(always)]
    pub fn port_identity(&mut self, value: PortIdentity) {
        self.u64(value.clock_identity.0);
        self.u16(value.port_number);
    }
}
