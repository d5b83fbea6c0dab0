//! Sets of ports.

use syntone_hal::PortIndex;

/// Up to 32 ports, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PortSet(u32);

impl PortSet {
    pub(super) const EMPTY: Self = Self(0);

    /// The ports for which `keep` holds.
    pub(super) fn of(ports: impl Iterator<Item = PortIndex>) -> Self {
        ports.fold(Self::EMPTY, Self::with)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn contains(self, port: PortIndex) -> bool {
        self.0 & bit(port) != 0
    }

    #[must_use]
    pub(super) fn with(self, port: PortIndex) -> Self {
        Self(self.0 | bit(port))
    }

    #[must_use]
    pub(super) fn without(self, port: PortIndex) -> Self {
        Self(self.0 & !bit(port))
    }

    #[must_use]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub(super) const fn less(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Takes the first one out.
    pub(super) fn take_first(&mut self) -> Option<PortIndex> {
        let first = PortIndex(u8::try_from(self.0.trailing_zeros()).ok()?);
        if self.is_empty() {
            return None;
        }
        *self = self.without(first);
        Some(first)
    }
}

impl Iterator for PortSet {
    type Item = PortIndex;

    fn next(&mut self) -> Option<PortIndex> {
        self.take_first()
    }
}

fn bit(port: PortIndex) -> u32 {
    1_u32.checked_shl(u32::from(port.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn ports_come_out_in_their_order_once() {
        let set = PortSet::of([31, 0, 7, 7, 32].map(PortIndex).into_iter());
        assert_eq!(set.collect::<Vec<_>>(), [0, 7, 31].map(PortIndex));
        let rest = set.without(PortIndex(7)).less(PortSet::EMPTY.with(PortIndex(0)));
        assert_eq!(rest, PortSet::EMPTY.with(PortIndex(31)));
        assert!(rest.and(PortSet::EMPTY).is_empty() && !rest.contains(PortIndex(32)));
    }
}
