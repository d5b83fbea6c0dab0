//! Spans that differ from one time to the next.

use crate::{Rng, Span, ps};

/// A distribution of non-negative spans: how long something takes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delay {
    /// Always the same.
    Constant(Span),
    /// Every value between the two alike.
    Uniform(Span, Span),
    /// Gaussian about a mean with a standard deviation; what would be negative is no time.
    Gaussian(Span, Span),
    /// At least the first, and beyond it exponential with the second as its mean: a queue.
    Exponential(Span, Span),
}

impl Delay {
    /// No time.
    pub const NONE: Self = Self::Constant(Span::ZERO);

    /// Draws one span.
    pub fn draw(self, rng: &mut Rng) -> Span {
        match self {
            Self::Constant(span) => span,
            Self::Uniform(low, high) => {
                let width = (high - low).at_least_zero().picos().unsigned_abs();
                low + ps(rng.below(width + 1) as i64)
            }
            Self::Gaussian(mean, deviation) => mean + scaled(deviation, rng.gaussian()),
            Self::Exponential(least, mean) => least + scaled(mean, rng.exponential()),
        }
        .at_least_zero()
    }
}

impl From<Span> for Delay {
    fn from(span: Span) -> Self {
        Self::Constant(span)
    }
}

/// `span` times `factor`, to the nearest picosecond.
pub(crate) fn scaled(span: Span, factor: f64) -> Span {
    ps((span.picos() as f64 * factor).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ns, us};

    fn mean_and_deviation(delay: Delay) -> (f64, f64) {
        const COUNT: usize = 100_000;
        let mut rng = Rng::new(3);
        let draws: Vec<f64> = (0..COUNT).map(|_| delay.draw(&mut rng).nanos()).collect();
        let mean = draws.iter().sum::<f64>() / COUNT as f64;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / COUNT as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn each_distribution_has_its_mean_and_deviation() {
        assert_eq!(mean_and_deviation(ns(5).into()), (5.0, 0.0));
        let (mean, deviation) = mean_and_deviation(Delay::Uniform(ns(100), ns(220)));
        assert!((mean - 160.0).abs() < 0.6 && (deviation - 120.0 / 12_f64.sqrt()).abs() < 0.4);
        let (mean, deviation) = mean_and_deviation(Delay::Gaussian(us(1), ns(50)));
        assert!((mean - 1_000.0).abs() < 0.8 && (deviation - 50.0).abs() < 0.6);
        let (mean, deviation) = mean_and_deviation(Delay::Exponential(ns(10), ns(40)));
        assert!((mean - 50.0).abs() < 0.7 && (deviation - 40.0).abs() < 0.9);
    }

    #[test]
    fn nothing_takes_less_than_no_time() {
        let mut rng = Rng::new(4);
        assert!((0..1_000).all(|_| Delay::Gaussian(ns(1), ns(50)).draw(&mut rng) >= Span::ZERO));
    }
}
