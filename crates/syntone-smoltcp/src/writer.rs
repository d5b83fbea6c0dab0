//! Headers, written field by field.

/// The longest header, which is that of a report over IPv6, and the message behind it.
const ROOM: usize = 86;

/// The beginning of a frame as it is written; what does not fit any more is left out.
///
/// One type for all of them, and fields by reference: so the code is there once.
pub(crate) struct Writer {
    octets: [u8; ROOM],
    length: usize,
}

impl Writer {
    pub(crate) const fn new() -> Self {
        Self { octets: [0; ROOM], length: 0 }
    }

    /// Appends `field`.
    #[inline(never)]
    pub(crate) fn put(&mut self, field: &[u8]) {
        for octet in field {
            if let Some(place) = self.octets.get_mut(self.length) {
                *place = *octet;
                self.length = self.length.wrapping_add(1);
            }
        }
    }

    pub(crate) fn word(&mut self, field: u16) {
        self.put(&field.to_be_bytes());
    }

    /// Writes `field` over what is at `place`.
    pub(crate) fn patch(&mut self, place: usize, field: u16) {
        let length = core::mem::replace(&mut self.length, place);
        self.word(field);
        self.length = length;
    }

    /// What has been written from `place` on.
    pub(crate) fn from(&self, place: usize) -> &[u8] {
        self.octets.get(place..self.length).unwrap_or(&[])
    }
}
