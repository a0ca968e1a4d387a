//! Where values lie along an axis, and which of them are written beside it.

use crate::space::{Axis, Distribution, Scale as Spacing};
use crate::svg::width;
use crate::text::number;

/// A scale from values to places between 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    kind: Kind,
    /// Ticks lie on whole numbers.
    whole: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Linear(f64, f64),
    /// Natural values; both above 0.
    Log(f64, f64),
    /// The labels of choices; values are their indices.
    Bands(Vec<String>),
}

/// A mark beside an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Between 0 and 1.
    pub(super) at: f64,
    pub(super) label: String,
}

/// Positive values that span more than this factor are drawn on a logarithmic scale.
const WIDE: f64 = 50.0;
/// Room at both ends of a scale that is made from values, as a share of their span.
const PAD: f64 = 0.04;
/// The smallest span that is told from rounding, relative to the size of the values.
const ROUNDING: f64 = 1e-12;

impl Scale {
    /// From low to high, which may be equal or swapped; what is not finite counts as 0.
    pub(super) fn linear(low: f64, high: f64) -> Self {
        let tame = |value: f64| if value.is_finite() { value.clamp(-1e300, 1e300) } else { 0.0 };
        let (low, high) = (tame(low.min(high)), tame(high.max(low)));
        let size = low.abs().max(high.abs());
        let (low, high) = if high - low > ROUNDING * size {
            (low, high)
        } else if size == 0.0 {
            (-1.0, 1.0)
        } else {
            (low - 0.1 * size, high + 0.1 * size)
        };
        Scale { kind: Kind::Linear(low, high), whole: false }
    }

    /// From low to high in ratios; linear if one of them is not positive.
    pub(super) fn log(low: f64, high: f64) -> Self {
        if !(low > 0.0 && high.is_finite() && high >= low) {
            return Scale::linear(low, high);
        }
        let (low, high) = if high > low * (1.0 + ROUNDING) {
            (low, high)
        } else {
            (low / 1.1, (high * 1.1).min(f64::MAX))
        };
        Scale { kind: Kind::Log(low, high), whole: false }
    }

    pub(super) fn bands(labels: Vec<String>) -> Self {
        Scale { kind: Kind::Bands(labels), whole: false }
    }

    /// With ticks on whole numbers only.
    pub(super) fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Over these values with some room: in ratios if they are positive and span much.
    pub(super) fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() {
            Scale::linear(0.0, 1.0)
        } else if low > 0.0 && high > WIDE * low {
            let room = (high.ln() - low.ln()) * PAD;
            Scale::log((low.ln() - room).exp(), (high.ln() + room).exp())
        } else {
            let room = (high - low) * PAD;
            Scale::linear(low - room, high + room)
        }
    }

    /// Over the values of a parameter; where it has no bounds, over those that were tried.
    pub(super) fn of(axis: &Axis, tried: impl IntoIterator<Item = f64>) -> Self {
        match axis.distribution() {
            Distribution::Choice(choice) => {
                Scale::bands(choice.labels().iter().map(ToString::to_string).collect())
            }
            Distribution::Numeric(numeric) => {
                let scale = match (numeric.range(), numeric.scale()) {
                    (Some((low, high)), Spacing::Log) => Scale::log(low, high),
                    (Some((low, high)), Spacing::Linear) => Scale::linear(low, high),
                    (None, _) => Scale::over(tried),
                };
                if numeric.is_integer() { scale.whole() } else { scale }
            }
        }
    }

    pub(super) fn is_bands(&self) -> bool {
        matches!(self.kind, Kind::Bands(_))
    }

    pub(super) fn is_log(&self) -> bool {
        matches!(self.kind, Kind::Log(..))
    }

    /// All values, if these are a few whole numbers or choices.
    pub(super) fn values(&self, most: usize) -> Option<Vec<f64>> {
        let (low, high) = match &self.kind {
            Kind::Bands(labels) => (0.0, labels.len() as f64 - 1.0),
            Kind::Linear(low, high) | Kind::Log(low, high) => (low.ceil(), high.floor()),
        };
        let few = (self.whole && high - low < most as f64) || self.is_bands();
        few.then(|| (0..=(high - low).max(0.0) as usize).map(|at| low + at as f64).collect())
    }

    /// The part of the axis that a band takes; 0 for numbers.
    pub(super) fn band(&self) -> f64 {
        match &self.kind {
            Kind::Bands(labels) => 1.0 / labels.len().max(1) as f64,
            _ => 0.0,
        }
    }

    /// Where a value lies: from 0 to 1 within the scale, beyond it outside. Never NaN.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = match &self.kind {
            Kind::Linear(low, high) => (value - low) / (high - low),
            Kind::Log(low, high) => (value.max(f64::MIN_POSITIVE) / low).ln() / (high / low).ln(),
            Kind::Bands(labels) => (value + 0.5) / labels.len().max(1) as f64,
        };
        if place.is_nan() { 0.5 } else { place.clamp(-9.0, 9.0) }
    }

    /// The value at a place.
    pub(super) fn value(&self, place: f64) -> f64 {
        match &self.kind {
            Kind::Linear(low, high) => low + place * (high - low),
            Kind::Log(low, high) => (low.ln() + place * (high / low).ln()).exp(),
            Kind::Bands(labels) => (place * labels.len() as f64 - 0.5).round(),
        }
    }

    /// At most `most` ticks, in ascending order.
    pub(super) fn ticks(&self, most: usize) -> Vec<Tick> {
        let most = most.max(2);
        match &self.kind {
            Kind::Linear(low, high) => self.labelled(linear(*low, *high, most, self.whole)),
            Kind::Log(low, high) => {
                let decades = log(*low, *high, most);
                if decades.len() >= 2 {
                    // One way of writing along an axis.
                    let short = decades.iter().all(|value| !plain(*value).contains('e'));
                    let label = |value: f64| match short || (1e-3..=1e3).contains(&value) {
                        true => plain(value),
                        false => exponent(value, 1),
                    };
                    let tick = |&value: &f64| Tick { at: self.place(value), label: label(value) };
                    decades.iter().map(tick).collect()
                } else {
                    self.labelled(linear(*low, *high, most, self.whole))
                }
            }
            Kind::Bands(labels) => {
                let step = labels.len().div_ceil(most.max(1)).max(1);
                let tick = |(at, label): (usize, &String)| Tick {
                    at: self.place(at as f64),
                    label: label.clone(),
                };
                labels.iter().enumerate().step_by(step).map(tick).collect()
            }
        }
    }

    /// As many ticks as have room for their labels beside one another, on `pixels` pixels.
    pub(super) fn ticks_along(&self, pixels: f64, font: f64) -> Vec<Tick> {
        const GAP: f64 = 10.0;
        const MOST: f64 = 9.0;
        if let Kind::Bands(labels) = &self.kind {
            // Labels may be shortened, but not to nothing.
            const LEAST: f64 = 44.0;
            let widest = labels.iter().map(|label| width(label, font)).fold(0.0, f64::max);
            let most = (pixels / (widest + GAP).min(LEAST)).floor().max(1.0);
            return self.ticks(most as usize);
        }
        let fits = |ticks: &[Tick]| {
            ticks.windows(2).all(|pair| {
                let room = (pair[1].at - pair[0].at) * pixels;
                room >= (width(&pair[0].label, font) + width(&pair[1].label, font)) / 2.0 + GAP
            })
        };
        let most = (2..=(pixels / 46.0).clamp(2.0, MOST) as usize).rev();
        let ticks = most.map(|most| self.ticks(most)).find(|ticks| fits(ticks));
        ticks.unwrap_or_else(|| self.ticks(2).into_iter().take(1).collect())
    }

    fn labelled(&self, (values, step): (Vec<f64>, f64)) -> Vec<Tick> {
        let largest = values.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
        let tick =
            |&value: &f64| Tick { at: self.place(value), label: in_steps(value, step, largest) };
        values.iter().map(tick).collect()
    }
}

/// Multiples of 1, 2 or 5 times a power of ten between low and high, and their distance.
fn linear(low: f64, high: f64, most: usize, whole: bool) -> (Vec<f64>, f64) {
    let rough = (high / most as f64 - low / most as f64).max(f64::MIN_POSITIVE);
    let power = 10f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0].into_iter().map(|factor| factor * power);
    let nice = nice.filter(|step| !whole || *step >= 1.0);
    for step in nice.chain([1.0]) {
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        let count = last - first + 1.0;
        if count <= most as f64 && count.is_finite() {
            let multiples = (0..count.max(0.0) as usize).map(|at| (first + at as f64) * step);
            // -0 is no number that people write.
            return (multiples.map(|value| value + 0.0).collect(), step);
        }
    }
    (vec![low], (high - low).max(f64::MIN_POSITIVE))
}

/// Powers of ten between low and high, or some of them; with their multiples by 2 and 5, or by 3,
/// where there are few.
fn log(low: f64, high: f64, most: usize) -> Vec<f64> {
    let (first, last) =
        ((low.log10() - 1e-9).ceil() as i32 - 1, (high.log10() + 1e-9).floor() as i32 + 1);
    // Parsed, so that they are the doubles nearest to what is written.
    let value = |factor: u8, power: i32| format!("{factor}e{power}").parse().unwrap_or(f64::NAN);
    let within = |value: &f64| *value >= low * (1.0 - 1e-9) && *value <= high * (1.0 + 1e-9);
    let with = |factors: &'static [u8], step: usize| -> Vec<f64> {
        let powers = (first..=last).filter(move |power| power.rem_euclid(step as i32) == 0);
        powers
            .flat_map(|power| factors.iter().map(move |factor| value(*factor, power)))
            .filter(within)
            .collect()
    };
    let finer = [with(&[1, 2, 5], 1), with(&[1, 3], 1)];
    let coarser = (1..700).map(|step| with(&[1], step));
    finer.into_iter().chain(coarser).find(|ticks| ticks.len() <= most).unwrap_or_default()
}

/// A number without a step to tell its digits by.
fn plain(value: f64) -> String {
    number(value, Some(6))
}

/// A multiple of a step, with just the digits that tell it from its neighbours.
fn in_steps(value: f64, step: f64, largest: f64) -> String {
    let digits = |size: f64| (size.log10() + 1e-9).floor() as i32;
    if value == 0.0 {
        "0".into()
    } else if largest < 1e7 && step >= 1e-5 || largest < 1e16 && step >= 1.0 && largest < 1e7 * step
    {
        if largest >= 1e7 {
            return exponent(value, (digits(value.abs()) - digits(step)).clamp(0, 16));
        }
        let decimals = (-digits(step)).clamp(0, 17);
        format!("{value:.*}", decimals as usize)
    } else {
        exponent(value, (digits(value.abs()) - digits(step)).clamp(0, 16))
    }
}

fn exponent(value: f64, digits: i32) -> String {
    let text = format!("{value:.*e}", digits as usize);
    match text.split_once('e') {
        Some((factor, power)) if factor.contains('.') => {
            format!("{}e{power}", factor.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale, most: usize) -> Vec<String> {
        scale.ticks(most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(&Scale::linear(0.0, 1.0), 6), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Scale::linear(-3.0, 97.0), 5), ["0", "20", "40", "60", "80"]);
        assert_eq!(
            labels(&Scale::linear(0.0, 5e-12), 6),
            ["0", "1e-12", "2e-12", "3e-12", "4e-12", "5e-12"]
        );
        assert_eq!(labels(&Scale::linear(-1e12, 1e12), 5), ["-1e12", "-5e11", "0", "5e11", "1e12"]);
        assert_eq!(labels(&Scale::linear(1.0, 4.0).whole(), 9), ["1", "2", "3", "4"]);
    }

    #[test]
    fn neighbours_that_differ_late_are_told_apart() {
        let ticks = labels(&Scale::linear(1e12, 1e12 + 4.0), 5);
        let distinct: std::collections::BTreeSet<&String> = ticks.iter().collect();
        assert_eq!(distinct.len(), ticks.len());
        assert!(ticks.len() >= 3, "{ticks:?}");
    }

    #[test]
    fn logarithmic_ticks_are_powers() {
        assert_eq!(labels(&Scale::log(1e-5, 1e-1), 6), ["1e-5", "1e-4", "0.001", "0.01", "0.1"]);
        assert_eq!(labels(&Scale::log(1e-12, 1e12), 5), ["1e-10", "1e-5", "1", "1e5", "1e10"]);
        assert_eq!(labels(&Scale::log(1.0, 30.0), 6), ["1", "2", "5", "10", "20"]);
        assert_eq!(labels(&Scale::log(0.5, 0.9), 5), ["0.5", "0.6", "0.7", "0.8", "0.9"]);
    }

    #[test]
    fn places_run_from_end_to_end_and_back() {
        for scale in [Scale::linear(-2.0, 6.0), Scale::log(1e-12, 1e12)] {
            for at in [0.0, 0.3, 1.0] {
                assert!((scale.place(scale.value(at)) - at).abs() < 1e-12, "{scale:?}");
            }
        }
        let bands = Scale::bands(vec!["a".into(), "b".into()]);
        assert_eq!([bands.place(0.0), bands.place(1.0)], [0.25, 0.75]);
        assert_eq!(bands.value(0.7), 1.0);
    }

    #[test]
    fn nothing_is_not_a_number() {
        let values = [0.0, -1e308, 1e308, f64::NAN, f64::INFINITY, 5e-324];
        for low in values {
            for high in values {
                let over = Scale::over([low, high]);
                for scale in [over, Scale::linear(low, high), Scale::log(low, high)] {
                    for value in values {
                        assert!(scale.place(value).is_finite());
                    }
                    for tick in scale.ticks(6) {
                        assert!(tick.at.is_finite() && !tick.label.contains("NaN"), "{scale:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_constant_has_room_around_it() {
        let scale = Scale::over([3.0, 3.0]);
        assert!((scale.place(3.0) - 0.5).abs() < 1e-9);
        assert!(!scale.ticks(5).is_empty());
    }
}
