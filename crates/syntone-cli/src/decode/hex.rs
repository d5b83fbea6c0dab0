//! Octets in hexadecimal.

/// Reads octets, with or without spaces, colons, dashes, dots or commas between them, and with or without `0x` before
/// them. The error says what is wrong.
pub(super) fn octets(text: &str) -> Result<Vec<u8>, String> {
    let mut digits = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '.' | ',')) {
        let word = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word);
        for character in word.chars() {
            let digit = character.to_digit(16).ok_or_else(|| format!("`{character}` is no hexadecimal digit"))?;
            digits.push(u8::try_from(digit).unwrap_or(0));
        }
    }
    if digits.is_empty() {
        return Err("there are no octets".to_owned());
    }
    if digits.len() % 2 != 0 {
        return Err(format!("{} hexadecimal digits are no whole octets", digits.len()));
    }
    Ok(digits.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

/// Writes octets.
pub(super) fn text(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_prefixes_are_accepted() {
        for text in
            ["0b12004c", "0B 12 00 4C", "0b:12:00:4c", "0x0b12 0x004c", "0b-12-00-4c\n", " 0x0b,0x12,0x00,0x4c "]
        {
            assert_eq!(octets(text).as_deref(), Ok(&[0x0B, 0x12, 0, 0x4C][..]), "{text}");
        }
    }

    #[test]
    fn what_is_no_octets_is_named() {
        assert_eq!(octets("0b1"), Err("3 hexadecimal digits are no whole octets".to_owned()));
        assert_eq!(octets("0b1g"), Err("`g` is no hexadecimal digit".to_owned()));
        assert_eq!(octets("  "), Err("there are no octets".to_owned()));
    }
}
