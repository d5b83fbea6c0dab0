//! The text of OpenMetrics 1.0.
//!
//! An encoder of our own, and not the `prometheus-client` crate: what is told stands in the clock's counters and data sets already, and
//! that crate wants each value once more in shared atomics.

use std::fmt::{Display, Write};
use syntone_linux::Histogram;

/// What kind of metric a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Info,
}

/// Metrics, family by family.
#[derive(Debug, Default)]
pub(super) struct Text(String);

/// Takes the samples of one family.
#[derive(Debug)]
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
    suffix: &'static str,
}

/// Labels of a sample.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

impl Text {
    /// Begins a family. A name that ends in a unit has it declared.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let (word, suffix) = match kind {
            Kind::Counter => ("counter", "_total"),
            Kind::Gauge => ("gauge", ""),
            Kind::Histogram => ("histogram", ""),
            Kind::Info => ("info", "_info"),
        };
        let text = &mut self.0;
        let _ = writeln!(text, "# TYPE {name} {word}");
        let units = ["seconds", "bytes", "ppb"];
        if let Some(unit) = units.iter().find(|unit| name.strip_suffix(**unit).is_some_and(|rest| rest.ends_with('_')))
        {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {help}");
        Family { text, name, suffix }
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> String {
        self.0.push_str("# EOF\n");
        self.0
    }
}

impl Family<'_> {
    /// A sample.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: impl Display) {
        self.line(self.suffix, labels, None, value);
    }

    /// All samples of a histogram, in seconds.
    pub(super) fn histogram(&mut self, labels: Labels<'_>, histogram: &Histogram) {
        for (bound, count) in histogram.up_to() {
            self.line("_bucket", labels, Some(&format!("{:?}", seconds(bound))), count);
        }
        self.line("_bucket", labels, Some("+Inf"), histogram.count());
        self.line("_count", labels, None, histogram.count());
        self.line("_sum", labels, None, seconds(histogram.sum()));
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, bound: Option<&str>, value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.name);
        let bound = bound.map(|bound| ("le", bound));
        let mut separator = '{';
        for (name, label) in labels.iter().copied().chain(bound) {
            let _ = write!(self.text, "{separator}{name}=\"{}\"", escaped(label));
            separator = ',';
        }
        let end = if separator == ',' { "}" } else { "" };
        let _ = writeln!(self.text, "{end} {value}");
    }
}

/// Nanoseconds as seconds.
pub(super) fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms are those of the examples in the specification of OpenMetrics.
    #[test]
    fn families_have_type_unit_and_help_and_samples_the_suffix_of_their_kind() {
        let mut text = Text::default();
        let mut counter = text.family("a_b", Kind::Counter, "How many.");
        counter.sample(&[], 3);
        counter.sample(&[("x", "1"), ("y", "a\"\\\n")], 4);
        text.family("c_seconds", Kind::Gauge, "How long.").sample(&[], -0.000_000_5);
        text.family("d", Kind::Info, "What.").sample(&[("version", "1")], 1);
        let expected = "# TYPE a_b counter\n# HELP a_b How many.\na_b_total 3\na_b_total{x=\"1\",y=\"a\\\"\\\\\\n\"} 4\n\
            # TYPE c_seconds gauge\n# UNIT c_seconds seconds\n# HELP c_seconds How long.\nc_seconds -0.0000005\n\
            # TYPE d info\n# HELP d What.\nd_info{version=\"1\"} 1\n# EOF\n";
        assert_eq!(text.finish(), expected);
    }

    #[test]
    fn the_ranges_of_a_histogram_add_up() {
        let mut histogram = Histogram::new(&[100, 1_000_000_000]);
        for nanoseconds in [50, 200, 2_000_000_000] {
            histogram.add(nanoseconds);
        }
        let mut text = Text::default();
        text.family("h_seconds", Kind::Histogram, "H.").histogram(&[("p", "1")], &histogram);
        let text = text.finish();
        let lines: Vec<&str> = text.lines().skip(3).collect();
        let expected = [
            "h_seconds_bucket{p=\"1\",le=\"1e-7\"} 1",
            "h_seconds_bucket{p=\"1\",le=\"1.0\"} 2",
            "h_seconds_bucket{p=\"1\",le=\"+Inf\"} 3",
            "h_seconds_count{p=\"1\"} 3",
            "h_seconds_sum{p=\"1\"} 2.00000025",
            "# EOF",
        ];
        assert_eq!(lines, expected);
    }
}
