//! Values of options: what is written, and what it means.

/// What values an option may have.
#[derive(Debug, PartialEq)]
pub(crate) enum Kind {
    /// A whole number; decimal, or octal or hexadecimal as in C.
    Integer { min: i64, max: i64 },
    /// A number.
    Float { min: f64, max: f64 },
    /// One of these words.
    Word(Vec<&'static str>),
    /// Any text.
    Text,
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Integer(i64),
    Float(f64),
    Word(&'static str),
    Text(String),
}

impl Kind {
    /// From the words of the table of options.
    pub(super) fn new(name: &str, allowed: &'static str) -> Self {
        let ends = || allowed.split_once(" to ").unwrap_or(("", ""));
        match name {
            "int" | "uint" => {
                let end = |text| integer(text).unwrap_or(0);
                Self::Integer { min: end(ends().0), max: end(ends().1) }
            }
            "float" => {
                let end = |text: &str| text.parse().unwrap_or(0.0);
                Self::Float { min: end(ends().0), max: end(ends().1) }
            }
            "enum" => Self::Word(allowed.split(", ").collect()),
            _ => Self::Text,
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// What is allowed.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        let value = match self {
            Self::Integer { min, max } => {
                integer(text).filter(|number| (min..=max).contains(&number)).map(Value::Integer)
            }
            Self::Float { min, max } => {
                text.parse().ok().filter(|number| (*min..=*max).contains(number)).map(Value::Float)
            }
            Self::Word(words) => {
                words.iter().find(|word| word.eq_ignore_ascii_case(text)).map(|word| Value::Word(word))
            }
            Self::Text => Some(Value::Text(text.to_owned())),
        };
        value.ok_or_else(|| self.allowed())
    }

    /// What is allowed, in words.
    pub(crate) fn allowed(&self) -> String {
        match self {
            Self::Integer { min, max: i64::MAX } => format!("a whole number from {min} on"),
            Self::Integer { min, max } => format!("{min} to {max}"),
            Self::Float { min, max } if *max > 1e300 => {
                if *min < -1e300 {
                    "a number".into()
                } else {
                    format!("a number from {min} on")
                }
            }
            Self::Float { min, max } => format!("a number from {min} to {max}"),
            Self::Word(words) => words.join(", "),
            Self::Text => "a text".into(),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A whole number as C writes it: 0x for hexadecimal, 0 for octal.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    if !digits.starts_with(|digit: char| digit.is_ascii_alphanumeric()) {
        return None;
    }
    let number = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_c() {
        let cases = [("10", 10), ("-3", -3), ("+7", 7), ("0x1F", 31), ("010", 8), ("0", 0), ("-0x10", -16)];
        for (text, number) in cases {
            assert_eq!(integer(text), Some(number), "{text}");
        }
        for text in ["", "-", "ten", "1.5", "0x", "08", "1 2", "--1", "9223372036854775808"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn words_are_known_in_any_case_and_keep_their_spelling() {
        let kind = Kind::new("enum", "UDPv4, L2");
        assert_eq!(kind.read("udpv4"), Ok(Value::Word("UDPv4")));
        assert_eq!(kind.read("L3"), Err("UDPv4, L2".into()));
    }
}
