//! Enumerations on the wire are integers with named constants: unknown values survive and order is numeric.

/// Declares a newtype over an unsigned integer with named constants, and `name()` that gives the standard's name.
macro_rules! enumeration {
    (
        $(#[$attribute:meta])*
        $vis:vis struct $name:ident($integer:ty);
        $($(#[$doc:meta])* $constant:ident = $value:literal, $text:expr;)*
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

        impl $crate::wire::Element<'_> for $name {
            fn read(
                parser: &mut $crate::wire::Parser<'_>,
                field: $crate::wire::Field,
            ) -> Result<Self, $crate::wire::ParseError> {
                <$integer as $crate::wire::Element<'_>>::read(parser, field).map(Self)
            }

            fn write(&self, emitter: &mut $crate::wire::Emitter<'_>) {
                $crate::wire::Element::write(&self.0, emitter);
            }

            fn tell(&self, field: $crate::wire::Field, visitor: &mut dyn $crate::wire::Visitor) {
                visitor.value(field.name(), $crate::wire::Value::Named(self.0.into(), self.name()));
            }
        }
    };
}

pub(crate) use enumeration;
