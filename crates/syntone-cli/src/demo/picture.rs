//! The run as an SVG picture: how the offset fell, how it stayed, and which frequency did it.

use super::quantity;
use super::series::{Early, Sample, Series, Statistics};
use std::fmt::Write;

/// What the picture says beside the samples.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caption {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    /// The length of the run, in nanoseconds.
    pub(crate) length: u64,
    /// When the servo first called itself locked.
    pub(crate) locked_at: Option<u64>,
    /// The frequency offset, in ppb, that would cancel the oscillator's error exactly, where that is known.
    pub(crate) true_frequency: Option<f64>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 88.0;
const RIGHT: f64 = 930.0;
/// Above each panel its title, below it nothing: the panels share the time axis at the bottom.
const PANELS: [Panel; 3] =
    [Panel { top: 106.0, bottom: 266.0 }, Panel { top: 312.0, bottom: 472.0 }, Panel { top: 518.0, bottom: 618.0 }];
const HEIGHT: f64 = 672.0;
/// The logarithms of the smallest and the largest offset of the first panel, in nanoseconds: 1 ns to 1 s.
const DECADES: (f64, f64) = (0.0, 9.0);
/// Points drawn of each quantity at most.
const MAX_POINTS: usize = 4_000;

/// Draws the picture.
pub(crate) fn draw(series: &Series, caption: &Caption) -> String {
    let mut svg = String::with_capacity(64 * 1024);
    let step = series.samples().len().div_ceil(MAX_POINTS).max(1);
    let within = |sample: &Sample| sample.at <= caption.length;
    let samples: Vec<Sample> = series.samples().iter().copied().filter(within).step_by(step).collect();
    let [fall, stay, steer] = PANELS;
    head(&mut svg, caption);
    let time = Scale { from: 0.0, to: caption.length as f64 / 1e9, low: LEFT, high: RIGHT };
    draw_fall(&mut svg, &fall, &samples, series.early(), &time);
    draw_stay(&mut svg, &stay, &samples, &time, caption);
    draw_steer(&mut svg, &steer, &samples, series.early(), &time, caption);
    time_axis(&mut svg, &time);
    lock_line(&mut svg, &time, caption);
    svg.push_str("</svg>\n");
    svg
}

/// The size of the offset over the whole run, by powers of ten.
fn draw_fall(svg: &mut String, panel: &Panel, samples: &[Sample], early: &[Early], time: &Scale) {
    frame(svg, panel, "Offset from master, its size on a logarithmic scale");
    let scale = panel.scale(DECADES.0, DECADES.1);
    for decade in 1..=9 {
        let label = if decade % 2 == 1 { quantity::time(10_f64.powi(decade)) } else { String::new() };
        grid_line(svg, scale.place(decade.into()), &label.replace(".00", "").replace("10.0", "10"));
    }
    let height = |nanos: f64| scale.place(quantity::log10(nanos.abs().max(1.0)).clamp(DECADES.0, DECADES.1));
    // The true error before the first measurement, and down to it.
    let truth = early.iter().map(|early| (early.at, early.true_error));
    let truth = truth.chain(samples.iter().take(2).map(|sample| (sample.at, sample.true_error)));
    let truth = truth.filter_map(|(at, error)| error.map(|error| (time.place(at as f64 / 1e9), height(error))));
    line(svg, truth, "t");
    for sample in samples {
        dot(svg, time.place(seconds(sample)), height(sample.offset), "m");
    }
}

/// The offset once it is small, with its sign, and the true error beside it.
fn draw_stay(svg: &mut String, panel: &Panel, samples: &[Sample], time: &Scale, caption: &Caption) {
    let settled: Vec<&Sample> = samples.iter().filter(|sample| sample.at > caption.locked_at.unwrap_or(0)).collect();
    let known = settled.iter().any(|sample| sample.true_error.is_some());
    frame(svg, panel, if known { "Offset as measured" } else { "Offset once locked" });
    if known {
        let _ = writeln!(
            svg,
            r#"<circle class="m" cx="{:.1}" cy="{y:.1}" r="3"/><line class="t" x1="{:.1}" y1="{y:.1}" x2="{:.1}" y2="{y:.1}"/><text class="l" x="{:.1}" y="{:.1}">true error: both clocks lie over the same kernel clock</text>"#,
            LEFT + 152.0,
            LEFT + 176.0,
            LEFT + 200.0,
            LEFT + 208.0,
            panel.top - 10.0,
            y = panel.top - 14.0,
        );
    }
    let shown = settled.iter().flat_map(|sample| [Some(sample.offset), sample.true_error]).flatten();
    let limit = Statistics::of(shown).map_or(1_000.0, |statistics| nice_limit(statistics.p99 * 1.2));
    let scale = panel.scale(-limit, limit);
    for part in [-1.0, -0.5, 0.0, 0.5, 1.0] {
        let label = if part == 0.0 { "0".into() } else { quantity::signed_time(part * limit) };
        grid_line(svg, scale.place(part * limit), &label);
    }
    for sample in &settled {
        dot(svg, time.place(seconds(sample)), scale.place(sample.offset.clamp(-limit, limit)), "m");
    }
    let truth = settled.iter().filter_map(|sample| sample.true_error.map(|error| (seconds(sample), error)));
    line(svg, truth.map(|(at, error)| (time.place(at), scale.place(error.clamp(-limit, limit)))), "t");
}

/// The frequency that the servo set.
fn draw_steer(svg: &mut String, panel: &Panel, samples: &[Sample], early: &[Early], time: &Scale, caption: &Caption) {
    frame(svg, panel, "Frequency correction");
    let shown = samples.iter().map(|sample| sample.frequency).chain(caption.true_frequency).chain([0.0]);
    let (low, high) = shown.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let step = nice_step((high - low).max(100.0) / 4.0);
    let (low, high) = ((low / step).floor(), (high / step).ceil().max((low / step).floor() + 1.0));
    let scale = panel.scale(low * step, high * step);
    for tick in (low as i64)..=(high as i64) {
        let value = tick as f64 * step;
        grid_line(svg, scale.place(value), &ppm_label(value, step));
    }
    if let Some(frequency) = caption.true_frequency {
        let y = scale.place(frequency);
        let _ = writeln!(
            svg,
            r#"<line class="g" x1="{LEFT}" y1="{y:.1}" x2="{RIGHT}" y2="{y:.1}"/><text class="l e" x="{RIGHT}" y="{:.1}">dashed: what cancels the oscillator's error, {}</text>"#,
            panel.top - 10.0,
            quantity::ppm(frequency)
        );
    }
    let set = early.iter().map(|early| (early.at, early.frequency));
    let set = set.chain(samples.iter().map(|sample| (sample.at, sample.frequency)));
    line(svg, set.map(|(at, frequency)| (time.place(at as f64 / 1e9), scale.place(frequency))), "f");
}

/// A frequency in ppm with as many decimals as the steps need.
fn ppm_label(ppb: f64, step: f64) -> String {
    let decimals = (3 - quantity::decade(step)).clamp(0, 3) as usize;
    let sign = if ppb < 0.0 { "−" } else { "" };
    format!("{sign}{:.decimals$} ppm", ppb.abs() / 1e3)
}

/// A place on the paper between two others, for a value between two others.
#[derive(Clone, Copy, Debug)]
struct Scale {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn place(&self, value: f64) -> f64 {
        self.low + (value - self.from) / (self.to - self.from) * (self.high - self.low)
    }
}

#[derive(Clone, Copy, Debug)]
struct Panel {
    top: f64,
    bottom: f64,
}

impl Panel {
    fn scale(&self, from: f64, to: f64) -> Scale {
        Scale { from, to, low: self.bottom, high: self.top }
    }
}

/// Colours for a light and for a dark page; the picture has its own ground, so that it can be read on any.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:13px;fill:#1f2328}\
.h{font-size:20px;font-weight:600}.e{text-anchor:end}.c{text-anchor:middle}.w{font-weight:600}\
.t,.f,.b{fill:none}.t{stroke-width:1.5}.f{stroke-width:1.8}.g{stroke-dasharray:5 4}.s{stroke-width:1.5}\
.l{fill:#59636e;font-size:12px}.p{fill:#ffffff;stroke:#d1d9e0}.r,.b{stroke:#d1d9e0}.g{stroke:#59636e}\
.m{fill:#0969da}.t{stroke:#bc4c00}.f{stroke:#8250df}.s{stroke:#1a7f37}.w{fill:#1a7f37}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}\
.l{fill:#9198a1}.p{fill:#0d1117;stroke:#3d444d}.r,.b{stroke:#3d444d}.g{stroke:#9198a1}\
.m{fill:#4493f8}.t{stroke:#db6d28}.f{stroke:#ab7df8}.s{stroke:#3fb950}.w{fill:#3fb950}}";

fn head(svg: &mut String, caption: &Caption) {
    let (title, subtitle) = (escape(&caption.title), escape(&caption.subtitle));
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{title}. {subtitle}">
<style>{STYLE}</style>
<rect class="p" x="0.5" y="0.5" width="{:.1}" height="{:.1}" rx="8"/>
<text class="h" x="24" y="38">{title}</text>
<text class="l" x="24" y="62">{subtitle}</text>"#,
        WIDTH - 1.0,
        HEIGHT - 1.0
    );
}

fn frame(svg: &mut String, panel: &Panel, title: &str) {
    let _ = writeln!(
        svg,
        r#"<text x="{LEFT}" y="{:.1}">{title}</text><rect class="b" x="{LEFT}" y="{:.1}" width="{:.1}" height="{:.1}"/>"#,
        panel.top - 10.0,
        panel.top,
        RIGHT - LEFT,
        panel.bottom - panel.top
    );
}

fn grid_line(svg: &mut String, y: f64, label: &str) {
    let _ = writeln!(
        svg,
        r#"<line class="r" x1="{LEFT}" y1="{y:.1}" x2="{RIGHT}" y2="{y:.1}"/><text class="l e" x="{:.1}" y="{:.1}">{label}</text>"#,
        LEFT - 8.0,
        y + 4.0
    );
}

fn time_axis(svg: &mut String, time: &Scale) {
    let bottom = PANELS[PANELS.len() - 1].bottom;
    let step = nice_step(time.to / 10.5);
    for tick in (0..=10).map(|tick| f64::from(tick) * step).filter(|tick| *tick <= time.to + step / 1e3) {
        let x = time.place(tick);
        let decimals = usize::from(step < 1.0);
        let _ = writeln!(
            svg,
            r#"<line class="r" x1="{x:.1}" y1="{bottom:.1}" x2="{x:.1}" y2="{:.1}"/><text class="l c" x="{x:.1}" y="{:.1}">{tick:.decimals$}</text>"#,
            bottom + 5.0,
            bottom + 19.0
        );
    }
    let _ = writeln!(
        svg,
        r#"<text class="l c" x="{:.1}" y="{:.1}">seconds since the start</text>"#,
        f64::midpoint(LEFT, RIGHT),
        bottom + 38.0
    );
}

fn lock_line(svg: &mut String, time: &Scale, caption: &Caption) {
    let Some(at) = caption.locked_at else { return };
    let x = time.place(at as f64 / 1e9);
    for panel in PANELS {
        let _ = writeln!(
            svg,
            r#"<line class="s" x1="{x:.1}" y1="{:.1}" x2="{x:.1}" y2="{:.1}"/>"#,
            panel.top, panel.bottom
        );
    }
    let _ = writeln!(
        svg,
        r#"<text class="w" x="{:.1}" y="{:.1}">locked after {}</text>"#,
        x + 8.0,
        PANELS[0].top + 20.0,
        quantity::seconds(at)
    );
}

fn dot(svg: &mut String, x: f64, y: f64, class: &str) {
    let _ = writeln!(svg, r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="2.2"/>"#);
}

fn line(svg: &mut String, points: impl Iterator<Item = (f64, f64)>, class: &str) {
    let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(svg, r#"<polyline class="{class}" points="{}"/>"#, points.join(" "));
}

fn seconds(sample: &Sample) -> f64 {
    sample.at as f64 / 1e9
}

/// The next 1, 2 or 5 times a power of ten above `value`.
fn nice_step(value: f64) -> f64 {
    let power = 10_f64.powi(quantity::decade(value.max(1e-9)));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= value).unwrap_or(value)
}

/// The same for the end of an axis, with finer choices, and not below a nanosecond.
fn nice_limit(value: f64) -> f64 {
    let value = value.max(1.0);
    let power = 10_f64.powi(quantity::decade(value));
    let choices = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    choices.into_iter().map(|factor| factor * power).find(|limit| *limit >= value).unwrap_or(value)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run as it looks: far off, stepped, then noise.
    fn recorded() -> (Series, Caption) {
        let mut series = Series::default();
        for i in 0_u32..160 {
            let noise = f64::from(i * 7919 % 613) - 306.0;
            let offset = if i < 12 {
                250e6 + f64::from(i) * 4_600.0
            } else {
                40_000.0 * (-f64::from(i - 12) / 4.0).exp() + noise
            };
            series.push(Sample {
                at: u64::from(i + 8) * 125_000_000,
                offset,
                true_error: Some(offset - noise / 2.0),
                delay: 1_800.0,
                frequency: if i < 12 {
                    0.0
                } else {
                    -37_000.0 + noise / 10.0 - 9_000.0 * (-f64::from(i - 12) / 4.0).exp()
                },
                locked: i > 24,
            });
        }
        let caption = Caption {
            title: "Syntone demo: a <slave> & its master".into(),
            subtitle: "loopback".into(),
            length: 20_000_000_000,
            locked_at: Some(4_000_000_000),
            true_frequency: Some(-36_998.6),
        };
        (series, caption)
    }

    #[test]
    fn the_picture_has_every_part_and_stays_within_its_paper() {
        let (series, caption) = recorded();
        let svg = draw(&series, &caption);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        for part in
            ["locked after 4.0 s", "seconds since the start", "true error", "ppm", "a &lt;slave> &amp; its master"]
        {
            assert!(svg.contains(part), "{part}");
        }
        let centres = svg.split("cy=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse::<f64>().unwrap());
        assert!(centres.clone().count() > 160);
        assert!(centres.into_iter().all(|y| (PANELS[0].top - 16.0..=PANELS[2].bottom).contains(&y)));
        if let Ok(path) = std::env::var("SYNTONE_TEST_PICTURE") {
            std::fs::write(path, svg).unwrap();
        }
    }

    #[test]
    fn a_run_without_samples_gives_a_picture_too() {
        let svg = draw(&Series::default(), &Caption { length: 1_000_000_000, ..Caption::default() });
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!([0.3, 1.0, 7.0, 130.0].map(nice_limit), [1.0, 1.0, 8.0, 150.0]);
        assert_eq!([0.4, 2.0, 2.1, 60.0].map(nice_step), [0.5, 2.0, 5.0, 100.0]);
    }
}
