use super::curve::Curve;
use super::{Interval, Trend};
use crate::math::special::normal_cdf;

/// What a curve does, and how sure that is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) trend: Trend,
    pub(super) certainty: f64,
    pub(super) rise: f64,
    /// The differences that the trend claims: of each pair, the first value has the higher metric.
    pub(super) claims: Vec<(usize, usize)>,
}

/// Standard deviations from which on a difference counts as shown: one side in twenty.
const SHOWN: f64 = 1.645;
/// The same for a difference that was looked for, as that to the lowest point of a curve.
const SOUGHT: f64 = 2.0;
/// A curve that moves less than this share of the metric's deviation hardly matters. Not varied.
const LITTLE: f64 = 0.25;
/// A part of the range in which less than this share of the change takes place is left out. Not varied.
const QUIET: f64 = 0.15;
/// Shortest part of the range that is worth leaving out. Not varied.
const PART: f64 = 0.25;

impl Curve<'_> {
    pub(super) fn shape(&self) -> Shape {
        let shape = if self.is_ordered() { self.ordered() } else { self.unordered() };
        // A curve no likelier than noise is reported as not shown, or as flat.
        if self.explains() || shape.trend == Trend::Flat { shape } else { not_shown(0.0) }
    }

    /// How many standard deviations value `a` lies above value `b`.
    fn rise(&self, a: usize, b: usize) -> f64 {
        let (mean, deviation) = self.contrast(a, b);
        if deviation > 0.0 { mean / deviation } else { 0.0 }
    }

    fn ordered(&self) -> Shape {
        let (first, last) = self.tried;
        if first == last {
            return not_shown(0.0);
        }
        let rise = self.rise(last, first);
        let means = self.averages.means();
        // A turn: both sides differ from the point between them.
        let turn = |sign: f64| {
            let inner = first + 1..last;
            let at = inner.min_by(|a, b| (sign * means[*a]).total_cmp(&(sign * means[*b])))?;
            let sides = [self.rise(first, at), self.rise(last, at)].map(|side| sign * side);
            Some((at, sides[0].min(sides[1])))
        };
        let (valley, peak) = (turn(1.0), turn(-1.0));
        let sure = |turn: &Option<(usize, f64)>| turn.map_or(0.0, |(_, sure)| sure);
        let deeper = if sure(&valley) >= sure(&peak) { valley } else { peak };
        if let Some((turned, sure)) = deeper.filter(|(_, sure)| *sure >= SOUGHT) {
            let at = self.value(turned);
            let (trend, claims) = if deeper == valley {
                (Trend::Valley { at }, vec![(first, turned), (last, turned)])
            } else {
                (Trend::Peak { at }, vec![(turned, first), (turned, last)])
            };
            return Shape { trend, certainty: normal_cdf(sure), rise, claims };
        }
        // A slope: the whole, or the whole up to where it no longer goes on.
        let mut best = (rise.abs(), rise, last);
        for at in first + 1..last {
            let here = self.rise(at, first);
            let back = self.rise(last, at);
            if here.abs() > best.0.max(SOUGHT) && back * here > -here.abs() {
                best = (here.abs(), here, at);
            }
        }
        if best.0 >= SHOWN {
            let reach = self.reach(best.2);
            let (trend, claim) = if best.1 > 0.0 {
                (Trend::Rises(reach), (best.2, first))
            } else {
                (Trend::Falls(reach), (first, best.2))
            };
            return Shape { trend, certainty: normal_cdf(best.0), rise, claims: vec![claim] };
        }
        let pairs = (first..=last).map(|at| self.contrast(at, first));
        self.flat(pairs).map_or(not_shown(rise), |certainty| Shape {
            trend: Trend::Flat,
            certainty,
            rise,
            claims: Vec::new(),
        })
    }

    fn unordered(&self) -> Shape {
        let seen: Vec<usize> = (0..self.len()).filter(|&at| self.is_seen(at)).collect();
        let means = self.averages.means();
        let order = |a: &&usize, b: &&usize| means[**a].total_cmp(&means[**b]);
        let (Some(&lowest), Some(&highest)) =
            (seen.iter().min_by(order), seen.iter().max_by(order))
        else {
            return not_shown(0.0);
        };
        if lowest == highest {
            return not_shown(0.0);
        }
        let sure = self.rise(highest, lowest);
        // The two were sought among all pairs, one of which is far apart by chance.
        let pairs = seen.len() * (seen.len() - 1) / 2;
        let doubt = pairs as f64 * normal_cdf(-sure);
        if doubt <= normal_cdf(-SOUGHT) {
            let claims = vec![(highest, lowest)];
            let (lowest, highest) = (self.value(lowest), self.value(highest));
            let trend = Trend::Differs { lowest, highest };
            return Shape { trend, certainty: 1.0 - doubt, rise: 0.0, claims };
        }
        let pairs = seen.iter().map(|&at| self.contrast(at, lowest));
        self.flat(pairs).map_or(not_shown(0.0), |certainty| Shape {
            trend: Trend::Flat,
            certainty,
            rise: 0.0,
            claims: Vec::new(),
        })
    }

    /// The probability that all differences are little, if that is more likely than not by far.
    fn flat(&self, differences: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
        let farthest = differences
            .map(|(mean, deviation)| {
                let spare = LITTLE - mean.abs();
                if deviation > 0.0 { spare / deviation } else { spare.signum() * SHOWN }
            })
            .fold(f64::INFINITY, f64::min);
        // The model has a deviation of 1, and all of the metric is in it.
        (farthest >= SHOWN).then(|| normal_cdf(farthest))
    }

    /// Where most of a slope is, which goes from the first value to another one.
    fn reach(&self, end: usize) -> Interval {
        let (first, last) = self.tried;
        let means = self.averages.means();
        let total = (means[end] - means[first]).abs();
        let width = self.code(end) - self.code(first);
        let quiet = |from: usize, to: usize| {
            let part = &means[from..=to];
            part.iter().all(|mean| (mean - part[0]).abs() < QUIET * total)
        };
        let inner = first + 1..end;
        let above = inner.clone().rev().find(|&at| quiet(first, at));
        let up_to = inner.clone().find(|&at| quiet(at, end));
        let worth = |from: usize, to: usize| (self.code(to) - self.code(from)) >= PART * width;
        let up_to = up_to.filter(|&at| worth(at, end)).or((end < last).then_some(end));
        Interval {
            above: above.filter(|&at| worth(first, at)).map(|at| self.value(at)),
            up_to: up_to.map(|at| self.value(at)),
        }
    }
}

pub(super) fn not_shown(rise: f64) -> Shape {
    Shape { trend: Trend::NotShown, certainty: 0.0, rise, claims: Vec::new() }
}
