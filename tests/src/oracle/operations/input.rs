//! Octets read as choices.

/// Gives one octet after the other, and zeros when there are none.
pub(crate) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At most `length` octets.
    pub(crate) fn take(&mut self, length: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        head
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let octets = self.take(N);
        array[..octets.len()].copy_from_slice(octets);
        array
    }

    pub(crate) fn u8(&mut self) -> u8 {
        let [octet] = self.array();
        octet
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// A number of any size up to 64 bits, small ones as often as large ones.
    pub(crate) fn i64(&mut self) -> i64 {
        let shift = self.u8() % 64;
        i64::from_be_bytes(self.array()) >> shift
    }
}
