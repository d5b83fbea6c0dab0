//! The cursors of TLVs and management data, which may end anywhere.

use crate::wire::{EmitError, Field, ParseError, ParseReason, fill};

/// Takes octets apart and says in which field they end; the counterpart of [`Emitter`].
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    rest: &'a [u8],
    offset: u16,
}

impl<'a> Parser<'a> {
    /// Starts at the first octet; errors count from there.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets, offset: 0 }
    }

    /// The next `N` octets.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn take<const N: usize>(&mut self, field: Field) -> Result<[u8; N], ParseError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(self.error(field, ParseReason::Truncated))?;
        self.advance(rest, N);
        Ok(*head)
    }

    /// The next `length` octets.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn slice(&mut self, length: usize, field: Field) -> Result<&'a [u8], ParseError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(self.error(field, ParseReason::Truncated))?;
        self.advance(rest, length);
        Ok(head)
    }

    /// All octets that are left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.advance(&[], rest.len());
        rest
    }

    /// The octets that are left, which stay there.
    #[must_use]
    pub const fn peek(&self) -> &'a [u8] {
        self.rest
    }

    /// Something is wrong with the field that begins here.
    #[must_use]
    pub const fn error(&self, field: Field, reason: ParseReason) -> ParseError {
        ParseError { field, offset: self.offset, reason }
    }

    fn advance(&mut self, rest: &'a [u8], octets: usize) {
        self.rest = rest;
        self.offset = self.offset.saturating_add(u16::try_from(octets).unwrap_or(u16::MAX));
    }
}

/// Puts octets together; the counterpart of [`Parser`]. What does not fit is an error at the end.
#[derive(Debug)]
pub struct Emitter<'a> {
    octets: &'a mut [u8],
    length: usize,
    error: Option<EmitError>,
}

impl<'a> Emitter<'a> {
    /// Starts at the first octet.
    #[must_use]
    pub const fn new(octets: &'a mut [u8]) -> Self {
        Self { octets, length: 0, error: None }
    }

    /// The next octets.
    #[inline(never)]
    pub fn put(&mut self, octets: &[u8]) {
        let end = self.length.saturating_add(octets.len());
        match self.octets.get_mut(self.length..end) {
            Some(place) => fill(place, octets),
            None => self.fail(EmitError::BufferTooSmall),
        }
        self.length = end;
    }

    /// Something cannot be told in octets.
    pub fn fail(&mut self, error: EmitError) {
        self.error.get_or_insert(error);
    }

    /// An octet more where the number of octets so far is odd.
    pub fn pad(&mut self) {
        if self.length % 2 != 0 {
            self.put(&[0]);
        }
    }

    /// The number of octets.
    ///
    /// # Errors
    /// When not all could be put down.
    pub const fn finish(self) -> Result<usize, EmitError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.length),
        }
    }
}
