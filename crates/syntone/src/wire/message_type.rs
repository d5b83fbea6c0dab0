//! The one table of messages: type, length, class, controlField and name.

use syntone_hal::MessageClass;

/// The messageType of the header (IEEE 1588-2019 13.3.2.3): 4 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MessageType(pub u8);

macro_rules! messages {
    ($($value:literal $constant:ident, $name:literal, octets $length:literal, control $control:literal;)*) => {
        impl MessageType {
            $(#[doc = $name] pub const $constant: Self = Self($value);)*

            /// Octets of header and body, the least that the message can have; `None` for a reserved type.
            #[must_use]
            #[inline]
            pub const fn minimum_length(self) -> Option<u16> {
                match self.0 {
                    $($value => Some($length),)*
                    _ => None,
                }
            }

            /// The controlField that IEEE 1588-2019 13.3.2.13 gives to the message.
            #[must_use]
            #[inline]
            pub const fn control_field(self) -> u8 {
                match self.0 {
                    $($value => $control,)*
                    _ => 5,
                }
            }

            /// The standard's name; `None` for a reserved type.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }

            /// All types that the standard defines.
            pub const ALL: [Self; 10] = [$(Self::$constant),*];
        }
    };
}

messages! {
    0x0 SYNC, "Sync", octets 44, control 0;
    0x1 DELAY_REQ, "Delay_Req", octets 44, control 1;
    0x2 PDELAY_REQ, "Pdelay_Req", octets 54, control 5;
    0x3 PDELAY_RESP, "Pdelay_Resp", octets 54, control 5;
    0x8 FOLLOW_UP, "Follow_Up", octets 44, control 2;
    0x9 DELAY_RESP, "Delay_Resp", octets 54, control 3;
    0xA PDELAY_RESP_FOLLOW_UP, "Pdelay_Resp_Follow_Up", octets 54, control 5;
    0xB ANNOUNCE, "Announce", octets 64, control 5;
    0xC SIGNALING, "Signaling", octets 44, control 5;
    0xD MANAGEMENT, "Management", octets 48, control 4;
}

impl MessageType {
    /// Event messages are time-stamped: the types below 8 (IEEE 1588-2019 7.3.3).
    #[must_use]
    #[inline]
    pub const fn class(self) -> MessageClass {
        if self.0 < 8 { MessageClass::Event } else { MessageClass::General }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 1588-2019 7.3.3, IEEE 1588-2019 13.3.2.13
    #[test]
    fn class_and_control_field_are_those_of_the_standard() {
        let event = MessageType::ALL.map(|message_type| message_type.class() == MessageClass::Event);
        assert_eq!(event, [true, true, true, true, false, false, false, false, false, false]);
        assert_eq!(MessageType::ALL.map(MessageType::control_field), [0, 1, 5, 5, 2, 3, 5, 5, 5, 4]);
    }
}
