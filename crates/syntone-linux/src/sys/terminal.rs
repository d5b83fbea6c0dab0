//! The size of the terminal.

use std::os::fd::{AsFd, AsRawFd};

/// Columns and rows of the terminal behind `file`; `None` if it is none, or has no size.
#[must_use]
pub fn terminal_size(file: &impl AsFd) -> Option<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes a `winsize`, and `size` is one, valid and exclusive for the call.
    let result = unsafe { libc::ioctl(file.as_fd().as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_file_has_no_terminal_size() {
        assert_eq!(super::terminal_size(&std::fs::File::open("/dev/null").unwrap()), None);
    }
}
