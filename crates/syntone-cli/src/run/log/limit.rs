//! A flood of the same line is one line with a count.

use super::Level;
use std::collections::VecDeque;
use syntone_hal::Instant;

/// Further lines of the same text are counted for so long.
pub(super) const PERIOD_NS: u64 = 10_000_000_000;
/// Texts that are remembered; the oldest gives way.
const MOST: usize = 64;

/// The lines that were written of late, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Limit(VecDeque<Line>);

#[derive(Debug)]
struct Line {
    level: Level,
    text: String,
    since: Instant,
    written: u32,
    left_out: u32,
}

impl Limit {
    /// Whether a line may be written: so many of the same text may be in a period.
    pub(super) fn admit(&mut self, now: Instant, level: Level, text: &str, most: u32) -> bool {
        if let Some(line) = self.0.iter_mut().find(|line| line.text == text) {
            let fits = line.written < most;
            if fits {
                line.written += 1;
            } else {
                line.left_out += 1;
            }
            return fits;
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Line { level, text: text.to_owned(), since: now, written: 1, left_out: 0 });
        true
    }

    /// Forgets the lines whose period is over, or all at the end; gives those of them that were left out, and how often.
    pub(super) fn expire(&mut self, now: Option<Instant>) -> Vec<(Level, String, u32)> {
        let is_over = |line: &Line| now.is_none_or(|now| now.nanos_since(line.since) >= PERIOD_NS);
        let mut told = Vec::new();
        while let Some(line) = self.0.pop_front_if(|line| is_over(line)) {
            if line.left_out > 0 {
                told.push((line.level, line.text, line.left_out));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_flood_of_a_line_is_one_line_and_a_count() {
        let mut limit = Limit::default();
        let written = (0..1000).filter(|_| limit.admit(at(1), Level::Error, "the link is down", 1)).count();
        assert_eq!(written, 1);
        assert!(limit.admit(at(2), Level::Info, "another line", 1));
        assert_eq!(limit.expire(Some(at(10))), []);
        assert_eq!(limit.expire(Some(at(11))), [(Level::Error, "the link is down".to_owned(), 999)]);
        assert!(limit.admit(at(11), Level::Error, "the link is down", 1), "a new period");
        assert!(!limit.admit(at(11), Level::Error, "another line", 1));
        assert_eq!(limit.expire(None), [(Level::Info, "another line".to_owned(), 1)]);
    }

    #[test]
    fn some_lines_may_come_more_often() {
        let mut limit = Limit::default();
        assert_eq!((0..10).filter(|_| limit.admit(at(1), Level::Error, "a state", 8)).count(), 8);
    }

    #[test]
    fn lines_that_differ_take_bounded_memory() {
        let mut limit = Limit::default();
        assert!((0..10_000).all(|number| limit.admit(at(1), Level::Error, &number.to_string(), 1)));
        assert_eq!(limit.0.len(), MOST);
    }
}
