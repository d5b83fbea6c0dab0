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
pub(super) struct Limit {
    lines: VecDeque<Line>,
    /// What was left out of those that gave way, until that is told: after each turn.
    gave_way: Vec<LeftOut>,
}

/// A line, and how often it was left out.
type LeftOut = (Level, String, u32);

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
        if let Some(line) = self.lines.iter_mut().find(|line| line.text == text) {
            let fits = line.written < most;
            if fits {
                line.written += 1;
            } else {
                line.left_out += 1;
            }
            return fits;
        }
        if self.lines.len() >= MOST {
            self.gave_way.extend(self.lines.pop_front().and_then(Line::left_out));
        }
        self.lines.push_back(Line { level, text: text.to_owned(), since: now, written: 1, left_out: 0 });
        true
    }

    /// Forgets the lines whose period is over, or all at the end; gives those of them, and of those that gave way, that were left
    /// out, and how often.
    pub(super) fn expire(&mut self, now: Option<Instant>) -> Vec<LeftOut> {
        let is_over = |line: &Line| now.is_none_or(|now| now.nanos_since(line.since) >= PERIOD_NS);
        let mut told = std::mem::take(&mut self.gave_way);
        while let Some(line) = self.lines.pop_front_if(|line| is_over(line)) {
            told.extend(line.left_out());
        }
        told
    }
}

impl Line {
    fn left_out(self) -> Option<LeftOut> {
        (self.left_out > 0).then_some((self.level, self.text, self.left_out))
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
        assert_eq!((limit.lines.len(), limit.gave_way.len()), (MOST, 0));
    }

    #[test]
    fn a_line_that_gives_way_tells_its_count_before() {
        let mut limit = Limit::default();
        assert_eq!((0..3).filter(|_| limit.admit(at(1), Level::Warning, "a flood", 1)).count(), 1);
        assert!((0..MOST).all(|number| limit.admit(at(1), Level::Info, &number.to_string(), 1)));
        assert_eq!(limit.expire(Some(at(1))), [(Level::Warning, "a flood".to_owned(), 2)]);
        assert_eq!(limit.expire(None), [], "once");
    }
}
