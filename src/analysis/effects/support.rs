//! Whether an effect may be told.
//!
//! Trials of a search lie close together where the goal is good, and their parameters changed
//! together on the way there. A difference that is clear among such trials may be one of the few
//! configs that were tried, or of another parameter. So it must
//!
//! - be large enough to matter,
//! - point the same way with the other parameters spread over their ranges, as the model has it,
//!   and there by a part of its uncertainty, the larger the fewer the trials. Evenly spread trials
//!   know these places about as well as their own; a search does where it looked around,
//! - if nearly all good trials have about the same value of the parameter, be needed all the more:
//!   what sets the good trials apart from the others may be anything else in which they differ,
//! - not be explained as well by a parameter that changed together with this one: a model that
//!   does not know this parameter must be less likely.
//!
//! Measured on recorded tables; see `benches/by_hand.md`.

use super::curve::Curve;
use super::shape::Shape;
use crate::analysis::response::Response;
use crate::math::statistics::{mean, ranks};
use crate::space::Point;
use crate::surrogate::Encoding;

/// Differences below this share of the metric's deviation are not told. Not varied.
const SMALL: f64 = 0.15;
/// How many standard deviations a difference must be wide over other settings with many trials, and
/// how many more times one over the number of trials.
const WIDELY: f64 = 0.5;
const WITH_FEW: f64 = 8.0;
/// More than that is not asked of any number of trials.
const MOST: f64 = 1.2;
/// Parameters whose association is stronger changed together; with few trials it must be stronger
/// than what some of many pairs have by chance, or perfect.
const TOGETHER: f64 = 0.8;
const BY_CHANCE: f64 = 2.5;
const PERFECT: f64 = 0.999;
/// By how much the log likelihood must fall without a parameter that changed together with another.
const TOLD_APART: f64 = 2.0;
/// A parameter is hardly varied if this share of the better trials lies within that part of its
/// range.
const NEARLY_ALL: f64 = 0.9;
const ABOUT: f64 = 0.05;
/// By how much the log likelihood must fall then without it.
const NEEDED: f64 = 10.0;

/// Whether what a shape claims is large enough and holds over other settings as well.
pub(super) fn holds(shape: &Shape, own: &Curve<'_>, others: &[Curve<'_>]) -> bool {
    let least = (WIDELY + WITH_FEW / own.trials().max(1) as f64).min(MOST);
    shape.claims.iter().all(|&(high, low)| {
        let clear = |curve: &Curve<'_>| {
            let (difference, deviation) = curve.contrast(high, low);
            difference > least * deviation
        };
        own.contrast(high, low).0 >= SMALL && others.iter().all(clear)
    })
}

/// The axis that changed together with one and explains the metric without it.
pub(super) fn confounder(
    encoding: &Encoding,
    response: &Response,
    axis: usize,
    points: &[&Point],
) -> Option<usize> {
    let own = encoding.feature(axis)?;
    let others = (0..encoding.space().len()).filter(|other| *other != axis);
    let together = others.filter_map(|other| {
        let feature = encoding.feature(other)?;
        let both: Vec<&&Point> = points.iter().filter(|point| point.is_active(other)).collect();
        let column = |feature: usize| Column {
            codes: both.iter().map(|point| encoding.encode_one(point, feature)).collect(),
            is_choice: encoding.features()[feature].is_choice(),
        };
        Some((association(&column(own), &column(feature)), other))
    });
    let chance = BY_CHANCE / (points.len().max(2) as f64 - 1.0).sqrt();
    let (strength, other) = together.max_by(|one, other| one.0.total_cmp(&other.0))?;
    let explained = || response.gain(own).is_none_or(|gain| gain < TOLD_APART);
    (strength >= chance.clamp(TOGETHER, PERFECT) && explained()).then_some(other)
}

/// Whether the metric is explained far worse without a parameter that was hardly varied.
pub(super) fn is_needed(encoding: &Encoding, response: &Response, axis: usize) -> bool {
    let gain = encoding.feature(axis).and_then(|feature| response.gain(feature));
    gain.is_none_or(|gain| gain >= NEEDED)
}

/// The codes of a parameter in some trials.
struct Column {
    codes: Vec<f64>,
    is_choice: bool,
}

/// How strongly two parameters go together, from 0 to 1: the rank correlation, and with choices the
/// share of the ranks' variance (of the cases, for two choices) that the groups explain, less what
/// chance explains.
fn association(one: &Column, other: &Column) -> f64 {
    let n = one.codes.len();
    if n < LEAST {
        return 0.0;
    }
    match (one.is_choice, other.is_choice) {
        (false, false) => correlation(&ranks(&one.codes), &ranks(&other.codes)).abs(),
        (true, false) => between_groups(&one.codes, &ranks(&other.codes)),
        (false, true) => between_groups(&other.codes, &ranks(&one.codes)),
        (true, true) => {
            // The indicators of the choices of one, by the groups of the other.
            let indicators = distinct(&one.codes).into_iter().map(|choice| {
                let is = |code: &f64| f64::from(u8::from(*code == choice));
                between_groups(&other.codes, &one.codes.iter().map(is).collect::<Vec<f64>>())
            });
            indicators.fold(f64::INFINITY, f64::min)
        }
    }
}

/// Fewer trials show no association.
const LEAST: usize = 4;

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (x_mean, y_mean) = (mean(x), mean(y));
    let pairs = x.iter().zip(y).map(|(x, y)| (x - x_mean, y - y_mean));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

/// The root of the share of the variance between groups, less what as many groups have by chance.
fn between_groups(groups: &[f64], values: &[f64]) -> f64 {
    let all = mean(values);
    let total: f64 = values.iter().map(|value| (value - all).powi(2)).sum();
    let kinds = distinct(groups);
    let (n, k) = (values.len() as f64, kinds.len() as f64);
    if total <= 0.0 || k < 2.0 || n <= k {
        return 0.0;
    }
    let within: f64 = kinds
        .iter()
        .map(|kind| {
            let members = groups.iter().zip(values).filter(|(group, _)| *group == kind);
            let own: Vec<f64> = members.map(|(_, value)| *value).collect();
            let centre = mean(&own);
            own.iter().map(|value| (value - centre).powi(2)).sum::<f64>()
        })
        .sum();
    (1.0 - within / total * (n - 1.0) / (n - k)).max(0.0).sqrt()
}

fn distinct(codes: &[f64]) -> Vec<f64> {
    let mut kinds = codes.to_vec();
    kinds.sort_unstable_by(f64::total_cmp);
    kinds.dedup();
    kinds
}

/// Whether nearly all of some trials have about the same value of a parameter.
pub(super) fn is_hardly_varied(encoding: &Encoding, axis: usize, points: &[&Point]) -> bool {
    let Some(feature) = encoding.feature(axis).filter(|_| points.len() >= LEAST) else {
        return false;
    };
    let mut codes: Vec<f64> =
        points.iter().map(|point| encoding.encode_one(point, feature)).collect();
    codes.sort_unstable_by(f64::total_cmp);
    let most = (NEARLY_ALL * codes.len() as f64).ceil() as usize;
    let choice = encoding.features()[feature].is_choice();
    let width = if choice { 0.0 } else { ABOUT };
    codes.windows(most.max(1)).any(|window| window[most - 1] - window[0] <= width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(codes: &[f64], is_choice: bool) -> Column {
        Column { codes: codes.to_vec(), is_choice }
    }

    #[test]
    fn what_goes_together_is_associated() {
        let rising = column(&[0.1, 0.2, 0.3, 0.5, 0.8, 0.9], false);
        let square = column(&[0.01, 0.04, 0.09, 0.25, 0.64, 0.81], false);
        assert!((association(&rising, &square) - 1.0).abs() < 1e-12);
        let kind = column(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], true);
        let same = column(&[2.0, 2.0, 2.0, 0.0, 0.0, 0.0], true);
        assert!(association(&kind, &same) > 0.99 && association(&kind, &rising) > 0.8);
        let apart = column(&[0.0, 1.0, 0.0, 1.0, 0.0, 1.0], true);
        assert!(association(&kind, &apart) < 0.5);
        let fixed = column(&[0.5; 6], false);
        assert_eq!(association(&rising, &fixed), 0.0);
    }
}
