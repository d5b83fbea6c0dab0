//! What a driver's error means to the protocol.

use core::fmt::Debug;

/// What went wrong, in words that the protocol and its user can act on.
///
/// A driver keeps its own error type and names the kind through [`HalError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorKind {
    /// No link, or the interface is gone: the port cannot send until it comes back.
    LinkDown,
    /// The transmit queue is full: this message is lost, the next may pass.
    Busy,
    /// The buffer that the caller lent is too small for the frame, which was dropped.
    BufferTooSmall,
    /// The address family or the destination is not served by this port.
    Unreachable,
    /// The hardware or the operating system does not offer this function.
    Unsupported,
    /// The operating system refuses it: a capability or permission is missing.
    PermissionDenied,
    /// The argument is outside what the hardware can do.
    OutOfRange,
    /// The hardware did not answer within its bound.
    Timeout,
    /// Anything else.
    Other,
}

/// The error of a driver: its own type, which can name its [`ErrorKind`].
pub trait HalError: Debug {
    /// What kind of error this is.
    fn kind(&self) -> ErrorKind;
}

impl HalError for core::convert::Infallible {
    fn kind(&self) -> ErrorKind {
        match *self {}
    }
}

impl HalError for ErrorKind {
    fn kind(&self) -> ErrorKind {
        *self
    }
}
