//! The checksum of the internet protocols (RFC 1071).

/// The sum of 16-bit words in ones' complement, still to be folded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum(u32);

impl Sum {
    /// Adds `octets`, which begin at an even place; 65 535 octets at the most altogether.
    pub(crate) fn add(mut self, octets: &[u8]) -> Self {
        for pair in octets.chunks(2) {
            let word = match *pair {
                [high, low] => u16::from_be_bytes([high, low]),
                [high] => u16::from_be_bytes([high, 0]),
                _ => 0,
            };
            self.0 = self.0.wrapping_add(u32::from(word));
        }
        self
    }

    /// Adds a number of 16 bits.
    pub(crate) fn add_word(self, word: u16) -> Self {
        Self(self.0.wrapping_add(u32::from(word)))
    }

    /// The checksum. Over octets that hold a right one it is 0.
    pub(crate) fn checksum(self) -> u16 {
        let [a, b, c, d] = self.0.to_be_bytes();
        let (low, carry) = u16::from_be_bytes([a, b]).overflowing_add(u16::from_be_bytes([c, d]));
        !low.wrapping_add(u16::from(carry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1071, section 3.
    #[test]
    fn the_example_of_the_rfc_has_its_sum() {
        let sum = Sum::default().add(&[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]);
        assert_eq!(!sum.checksum(), 0xDDF2);
    }

    #[test]
    fn a_carry_that_carries_again_is_counted() {
        assert_eq!(Sum::default().add(&[0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x01]).checksum(), 0xFFFE);
        let sum = (0..3).fold(Sum::default().add_word(0xFFFE), |sum, _| sum.add_word(0xFFFF));
        assert_eq!(sum.checksum(), 0x0001);
    }

    #[test]
    fn octets_with_their_checksum_sum_up_to_nothing_whatever_their_length() {
        for length in 0..64_u8 {
            let octets: [u8; 64] = core::array::from_fn(|at| if at < usize::from(length) { 0xA5 ^ length } else { 0 });
            let octets = octets.get(..usize::from(length)).expect("shorter");
            let sum = Sum::default().add(octets);
            assert_eq!(sum.add_word(sum.checksum()).checksum(), 0, "{length}");
        }
    }
}
