//! The terminal: a picture that is drawn over itself, and left as it was found.

use std::io::{self, Write};

/// The alternate screen of the terminal, without a cursor, with long lines cut off. Dropping it, also in a panic, gives the terminal back.
#[derive(Debug)]
pub(crate) struct Screen<W: Write> {
    out: W,
}

impl<W: Write> Screen<W> {
    /// Takes the terminal behind `out`.
    pub(crate) fn open(mut out: W) -> io::Result<Self> {
        out.write_all(b"\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J")?;
        out.flush()?;
        Ok(Self { out })
    }

    /// Shows `lines`, over what was shown before, in one write: nothing flickers.
    pub(crate) fn show(&mut self, lines: &[String]) -> io::Result<()> {
        // Terminals that know synchronised updates show the whole at once; others ignore the request.
        let mut frame = String::from("\x1b[?2026h\x1b[H");
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                frame.push_str("\r\n");
            }
            frame.push_str(line);
            frame.push_str("\x1b[0m\x1b[K");
        }
        frame.push_str("\x1b[J\x1b[?2026l");
        self.out.write_all(frame.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        // If the terminal is gone there is nobody to tell.
        let _ = self.out.write_all(b"\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l");
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_given_back() {
        let mut out = Vec::new();
        let mut screen = Screen::open(&mut out).unwrap();
        screen.show(&["one".into(), "two".into()]).unwrap();
        drop(screen);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("\x1b[?1049h\x1b[?25l"));
        assert!(text.contains("\x1b[Hone\x1b[0m\x1b[K\r\ntwo\x1b[0m\x1b[K\x1b[J"));
        assert!(text.ends_with("\x1b[?7h\x1b[?25h\x1b[?1049l"));
    }
}
