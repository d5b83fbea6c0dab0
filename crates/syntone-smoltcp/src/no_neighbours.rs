//! In the place of `neighbours` where messages go to groups alone: nothing is remembered, nobody is asked or answered.

use core::marker::PhantomData;
use syntone_hal::Instant;

/// Messages to one node can be sent.
pub(crate) const SERVED: bool = false;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours<A>(PhantomData<A>);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<A> {
    pub(crate) own: A,
    pub(crate) asker: A,
    pub(crate) station: [u8; 6],
}

impl<A> Neighbours<A> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }

    pub(crate) fn learn(&mut self, _: A, _: [u8; 6]) {}

    pub(crate) fn station(&self, _: A) -> Option<[u8; 6]> {
        None
    }

    pub(crate) fn on_request(&mut self, _: Asked<A>) {}

    pub(crate) fn answer(&mut self, _: Instant) -> Option<Asked<A>> {
        None
    }

    pub(crate) const fn may_send(&mut self, _: Instant) -> bool {
        false
    }
}
