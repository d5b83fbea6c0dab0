//! Headers, written field by field.

/// Octets of a header whose length is known.
pub(crate) struct Writer<const N: usize> {
    octets: [u8; N],
    at: usize,
}

impl<const N: usize> Writer<N> {
    pub(crate) const fn new() -> Self {
        Self { octets: [0; N], at: 0 }
    }

    /// Appends `field`; what does not fit any more is left out.
    pub(crate) fn put(mut self, field: &[u8]) -> Self {
        let end = self.at.saturating_add(field.len());
        if let Some(place) = self.octets.get_mut(self.at..end) {
            place.copy_from_slice(field);
            self.at = end;
        }
        self
    }

    pub(crate) fn word(self, field: u16) -> Self {
        self.put(&field.to_be_bytes())
    }

    pub(crate) const fn octets(self) -> [u8; N] {
        self.octets
    }
}
