//! Why a management request could not be met.

use crate::wire::enumeration::enumeration;

enumeration! {
    /// managementErrorId (IEEE 1588-2019 15.5.4.4).
    pub struct ManagementErrorId(u16);
    /// The answer would not fit into one message.
    RESPONSE_TOO_BIG = 0x0001, "RESPONSE_TOO_BIG";
    /// The managementId is not known.
    NO_SUCH_ID = 0x0002, "NO_SUCH_ID";
    /// The lengthField does not fit the managementId and the action.
    WRONG_LENGTH = 0x0003, "WRONG_LENGTH";
    /// A value is out of its range, or there is no such port.
    WRONG_VALUE = 0x0004, "WRONG_VALUE";
    /// Part of what was to be set cannot be set.
    NOT_SETABLE = 0x0005, "NOT_SETABLE";
    /// The managementId, or the action with it, is not supported here.
    NOT_SUPPORTED = 0x0006, "NOT_SUPPORTED";
    /// There are no data now.
    UNPOPULATED = 0x0007, "UNPOPULATED";
    /// Anything else.
    GENERAL_ERROR = 0xFFFE, "GENERAL_ERROR";
}
