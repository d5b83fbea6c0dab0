//! The live view: what a person sees at a glance.

use super::braille::Canvas;
use super::quantity::{log10, ppm, seconds, signed_time, time};
use super::series::{Sample, Series, Statistics};
use syntone::servo::LockState;

/// Everything that is shown.
#[derive(Clone, Debug)]
pub(crate) struct View<'a> {
    pub(crate) title: &'a str,
    /// Since the start, and until the end, in nanoseconds.
    pub(crate) elapsed: u64,
    pub(crate) length: Option<u64>,
    /// The state of the port and the identity of its master, if it has one.
    pub(crate) port_state: &'a str,
    pub(crate) master: Option<String>,
    pub(crate) lock: LockState,
    pub(crate) locked_at: Option<u64>,
    pub(crate) received: u32,
    pub(crate) sent: u32,
    pub(crate) discarded: u32,
    /// The frequency, in ppb, that would cancel the oscillator's error, where it is known.
    pub(crate) true_frequency: Option<f64>,
    /// What is the matter, while nothing has been measured.
    pub(crate) hint: Option<String>,
    pub(crate) series: &'a Series,
    pub(crate) colour: bool,
}

/// An offset older than this is shown with its age.
const PATIENCE: u64 = 5_000_000_000;
/// The right chart shows this much.
const WINDOW: u64 = 10_000_000_000;
/// The least size that is drawn; a smaller terminal shows the left upper part of it.
const MIN_COLUMNS: usize = 72;
const MIN_ROWS: usize = 18;
/// Lines that are not chart.
const OTHER_ROWS: usize = 12;

impl View<'_> {
    /// Draws the view for a terminal of `columns` × `rows` characters.
    pub(crate) fn draw(&self, columns: usize, rows: usize) -> Vec<String> {
        let width = columns.clamp(MIN_COLUMNS, 120);
        let mut lines = vec![self.headline(width), self.dim(&"─".repeat(width)), self.state_line(), String::new()];
        lines.extend(self.figures());
        lines.push(String::new());
        match &self.hint {
            Some(hint) => lines.extend(wrap(hint, width).into_iter().map(|line| self.yellow(&line))),
            None => lines.extend(self.charts(width, rows.clamp(MIN_ROWS, 40) - OTHER_ROWS)),
        }
        lines.push(String::new());
        lines.push(self.dim("Ctrl-C ends the run with a summary"));
        lines.truncate(rows.max(1));
        lines
    }

    fn headline(&self, width: usize) -> String {
        let clock = match self.length {
            Some(length) => format!("{} of {}", seconds(self.elapsed), seconds(length)),
            None => seconds(self.elapsed),
        };
        let room = width.saturating_sub(clock.chars().count() + 1);
        let title: String = self.title.chars().take(room).collect();
        let gap = width.saturating_sub(title.chars().count() + clock.chars().count());
        format!("{}{}{clock}", self.bold(&title), " ".repeat(gap))
    }

    fn state_line(&self) -> String {
        let word = match (self.lock, self.port_state) {
            (LockState::Locked, _) => self.green("● LOCKED"),
            (LockState::Holdover, _) => self.yellow("◐ HOLDOVER"),
            (LockState::Unlocked, "MASTER") => self.green("● MASTER"),
            (LockState::Unlocked, state @ ("FAULTY" | "DISABLED")) => self.paint("1;31", &format!("✕ {state}")),
            (LockState::Unlocked, _) => self.yellow("○ NOT LOCKED YET"),
        };
        let since = self.locked_at.map(|at| format!("   locked after {}", seconds(at))).unwrap_or_default();
        let master = self.master.as_ref().map(|master| format!("   master {master}")).unwrap_or_default();
        let age = self.silence().map(|age| format!("   no Sync for {}", seconds(age))).unwrap_or_default();
        format!("{word}   port {}{master}{}", self.port_state, if age.is_empty() { since } else { age })
    }

    /// How old the last offset is, once that is worth a word.
    pub(crate) fn silence(&self) -> Option<u64> {
        let age = self.elapsed.saturating_sub(self.series.samples().last()?.at);
        (age > PATIENCE).then_some(age)
    }

    fn figures(&self) -> [String; 3] {
        let sample = self.series.samples().last();
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".into());
        let offset = or_dash(sample.map(|sample| signed_time(sample.offset)));
        let delay = or_dash(sample.map(|sample| time(sample.delay.max(0.0))));
        let frequency = or_dash(sample.map(|sample| ppm(sample.frequency)));
        let truth = sample.and_then(|sample| sample.true_error);
        let truth = truth.map(|error| format!("true error  {:>12}", signed_time(error))).unwrap_or_default();
        let wanted = self.true_frequency.map(|ppb| format!("needed      {:>12}", ppm(ppb))).unwrap_or_default();
        let messages = format!("messages {} in, {} out, {} dropped", self.received, self.sent, self.discarded);
        [
            format!("offset      {}      {truth}", self.bold(&format!("{offset:>12}"))),
            format!("frequency   {frequency:>12}      {wanted}"),
            format!("path delay  {delay:>12}      {messages}"),
        ]
    }

    /// The whole run by powers of ten, and the last seconds as they are.
    fn charts(&self, width: usize, rows: usize) -> Vec<String> {
        let left_width = (width - 3) / 2;
        let left = self.fall_chart(left_width, rows);
        let right = self.stay_chart(width - 3 - left_width, rows);
        left.into_iter().zip(right).map(|(left, right)| format!("{left}   {right}")).collect()
    }

    fn fall_chart(&self, width: usize, rows: usize) -> Vec<String> {
        const LABEL: usize = 7;
        let mut canvas = Canvas::new(width - LABEL, rows);
        let end = self.elapsed.max(self.length.unwrap_or(0).min(4 * self.elapsed)).max(1) as f64;
        let early = self.series.early().iter().filter_map(|early| early.true_error.map(|error| (early.at, error)));
        for (at, offset) in early.chain(self.series.samples().iter().map(|sample| (sample.at, sample.offset))) {
            canvas.dot(at as f64 / end, (log10(offset.abs().max(1.0)) - 1.0) / 8.0);
        }
        let label = |row: usize| match row * 8 / rows.max(1) {
            _ if row == 0 => "1 s",
            _ if row == rows - 1 => "10 ns",
            _ if row == rows / 4 + usize::from(rows % 4 > 1) => "10 ms",
            _ if row == rows / 2 => "100 µs",
            _ if row == rows * 3 / 4 => "1 µs",
            _ => "",
        };
        self.labelled("|offset|, whole run", width, LABEL, &canvas, &label)
    }

    fn stay_chart(&self, width: usize, rows: usize) -> Vec<String> {
        const LABEL: usize = 9;
        let mut canvas = Canvas::new(width - LABEL, rows);
        let start = self.elapsed.saturating_sub(WINDOW);
        let shown: &[Sample] = self.series.since(start.max(self.locked_at.unwrap_or(u64::MAX)));
        let reach = Statistics::of(shown.iter().map(|sample| sample.offset));
        let limit = reach.map_or(1_000.0, |statistics| statistics.p99.max(100.0) * 1.25);
        for sample in shown {
            let x = (sample.at - start) as f64 / WINDOW as f64;
            canvas.dot(x, sample.offset / limit / 2.0 + 0.5);
        }
        let ends = [signed_time(limit), "0".into(), signed_time(-limit)];
        let label = |row: usize| match row {
            0 => ends[0].as_str(),
            row if row == rows - 1 => ends[2].as_str(),
            row if row == rows / 2 => ends[1].as_str(),
            _ => "",
        };
        self.labelled("offset once locked, last 10 s", width, LABEL, &canvas, &label)
    }

    fn labelled<'l>(
        &self,
        title: &str,
        width: usize,
        label_width: usize,
        canvas: &Canvas,
        label: &dyn Fn(usize) -> &'l str,
    ) -> Vec<String> {
        let title = format!("{title:<width$}");
        let rows = canvas.lines().enumerate().map(|(row, dots)| {
            let text = format!("{:>space$} ", label(row), space = label_width - 1);
            format!("{}{}", self.dim(&text), self.paint("36", &dots))
        });
        std::iter::once(self.dim(&title)).chain(rows).collect()
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn green(&self, text: &str) -> String {
        self.paint("1;32", text)
    }

    fn yellow(&self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }
}

/// Breaks `text` into lines of at most `width` characters, between words.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.into());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        let mut series = Series::default();
        for i in 0..100_u64 {
            let offset = if i < 20 { 250e6 } else { if i % 2 == 0 { 300.0 } else { -300.0 } };
            series.push(Sample {
                at: i * 125_000_000,
                offset,
                true_error: Some(offset + 10.0),
                delay: 1_830.0,
                frequency: -37_000.0,
                locked: i > 20,
            });
        }
        series
    }

    fn view(series: &Series) -> View<'_> {
        View {
            title: "syntone demo",
            elapsed: 12_500_000_000,
            length: Some(20_000_000_000),
            port_state: "SLAVE",
            master: Some("020000.fffe.000001".into()),
            lock: LockState::Locked,
            locked_at: Some(2_600_000_000),
            received: 300,
            sent: 100,
            discarded: 0,
            true_frequency: Some(-36_998.6),
            hint: None,
            series,
            colour: false,
        }
    }

    #[test]
    fn fits_the_terminal() {
        let series = series();
        for (columns, rows) in [(80, 24), (72, 18), (132, 50), (100, 30)] {
            let lines = view(&series).draw(columns, rows);
            assert!(lines.len() <= rows, "{} lines in {rows}", lines.len());
            let longest = lines.iter().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= columns, "{longest} characters in {columns}");
        }
    }

    #[test]
    fn says_at_a_glance_how_it_stands() {
        let series = series();
        let text = view(&series).draw(80, 24).join("\n");
        for part in [
            "● LOCKED",
            "SLAVE",
            "−300 ns",
            "−290 ns",
            "1.83 µs",
            "−37.000 ppm",
            "300 in",
            "12.5 s of 20.0 s",
            "locked after 2.6 s",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        let silent = View { elapsed: 20_375_000_000, lock: LockState::Holdover, ..view(&series) };
        let text = silent.draw(80, 24).join("\n");
        assert!(text.contains("◐ HOLDOVER") && text.contains("no Sync for 8.0 s"), "{text}");
        let hinting = View { hint: Some("nothing was received".into()), lock: LockState::Unlocked, ..view(&series) };
        let text = hinting.draw(80, 24).join("\n");
        assert!(text.contains("nothing was received") && text.contains("NOT LOCKED YET"), "{text}");
    }

    #[test]
    fn text_breaks_between_words() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
    }
}
