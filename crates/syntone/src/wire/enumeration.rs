//! Enumerations on the wire are integers with named constants: unknown values survive and order is numeric.

/// Declares a newtype over an unsigned integer with named constants, and `name()` that gives the standard's name.
macro_rules! enumeration {
    (
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident($integer:ty);
        $($(#[$doc:meta])* $constant:ident = $value:literal, $text:literal;)*
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        $vis struct $name(pub $integer);

        impl $name {
            $($(#[$doc])* pub const $constant: Self = Self($value);)*

            /// The standard's name; `None` for a value that it does not name.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use enumeration;
