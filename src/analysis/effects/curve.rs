use super::EffectPoint;
use crate::analysis::response::Response;
use crate::space::{Axis, Distribution, Point};
use crate::surrogate::{Averages, Encoding, Feature, Inputs};

/// The average of a metric's model at several values of one parameter, with all covariances.
#[derive(Clone, Debug)]
pub(in crate::analysis) struct Curve<'a> {
    pub(super) axis: &'a Axis,
    pub(super) feature: usize,
    kind: Feature,
    response: &'a Response,
    pub(super) averages: Averages<'a>,
    /// The first and the last value that lie between values tried. For choices: all.
    pub(super) tried: (usize, usize),
    /// Of choices: whether each was tried.
    seen: Vec<bool>,
}

/// Values of a parameter that can take many. These bound the time; not varied.
const VALUES: usize = 17;
/// Choices that are looked at.
const CHOICES: u64 = 24;
/// Trials whose other parameters are averaged over; of more, an even part.
const BACKGROUND: usize = 40;
/// The part of an unbounded law that is looked at. Not varied.
const TAIL: f64 = 0.02;
/// The width of the band: of a normal law, 95 % lie within.
const BAND: f64 = 1.96;

impl<'a> Curve<'a> {
    /// The curve of a parameter, given the points where it exists, and those of them whose other
    /// parameters are averaged over. `None` if it cannot vary, or there is nothing to average over.
    pub(in crate::analysis) fn new(
        encoding: &'a Encoding,
        response: &'a Response,
        axis: usize,
        points: &[&Point],
        background: &[&Point],
    ) -> Option<Self> {
        let feature = encoding.feature(axis)?;
        let kind = encoding.features()[feature];
        if background.is_empty() {
            return None;
        }
        let parameter = encoding.axis(feature);
        let codes = codes(encoding, feature, parameter);
        let observed: Vec<f64> =
            points.iter().map(|point| encoding.encode_one(point, feature)).collect();
        // What exists only under one choice stands in the middle under every one, so that choices
        // are compared and not their settings.
        let below = parameter.branches().iter().flat_map(|branch| branch.clone());
        let below: Vec<usize> = below.filter_map(|axis| encoding.feature(axis)).collect();
        let step = background.len().div_ceil(BACKGROUND);
        let mut places = Inputs::new(encoding.len());
        for point in background.iter().step_by(step) {
            let mut row = encoding.encode(point);
            below.iter().for_each(|&own| encoding.leave_out(&mut row, own));
            places.push(&row);
        }
        let seen = codes.iter().map(|code| observed.iter().any(|one| one == code)).collect();
        let tried = if kind.is_choice() { (0, codes.len() - 1) } else { hull(&codes, &observed) };
        let averages = Averages::new(&response.posterior, places, feature, codes);
        Some(Curve { axis: parameter, feature, kind, response, averages, tried, seen })
    }

    /// Whether the metric's model is likelier than chance.
    pub(super) fn explains(&self) -> bool {
        self.response.explains
    }

    pub(super) fn is_ordered(&self) -> bool {
        !self.kind.is_choice()
    }

    /// Mean and standard deviation of the difference of two values' averages, with the caution
    /// that few trials ask for.
    pub(super) fn contrast(&self, a: usize, b: usize) -> (f64, f64) {
        let (mean, deviation) = self.averages.contrast(a, b);
        (mean, deviation * self.response.caution())
    }

    /// How many trials inform the metric's model.
    pub(super) fn trials(&self) -> usize {
        self.response.trials
    }

    /// How many values there are, ascending.
    pub(super) fn len(&self) -> usize {
        self.averages.means().len()
    }

    pub(super) fn code(&self, at: usize) -> f64 {
        self.averages.codes()[at]
    }

    /// Whether a choice was tried.
    pub(super) fn is_seen(&self, at: usize) -> bool {
        self.seen[at]
    }

    /// The value as people write it.
    pub(super) fn value(&self, at: usize) -> crate::space::Value {
        value(self.axis, self.kind, self.code(at))
    }

    /// The curve in the metric's own unit.
    pub(super) fn points(&self) -> Vec<EffectPoint> {
        let points = (0..self.len()).map(|at| {
            let mean = self.averages.means()[at];
            let reach = BAND * self.averages.deviation(at) * self.response.caution();
            let tried = match self.kind.is_choice() {
                true => self.seen[at],
                false => (self.tried.0..=self.tried.1).contains(&at),
            };
            EffectPoint {
                value: self.value(at),
                position: self.code(at),
                mean: self.response.natural(mean),
                low: self.response.natural(mean - reach),
                high: self.response.natural(mean + reach),
                tried,
            }
        });
        points.collect()
    }
}

fn value(axis: &Axis, kind: Feature, code: f64) -> crate::space::Value {
    let distribution = axis.distribution();
    let natural = if kind.is_choice() { code } else { distribution.tidy_from_unit(code) };
    distribution.value(natural)
}

/// The codes at which the curve is computed, ascending.
fn codes(encoding: &Encoding, feature: usize, axis: &Axis) -> Vec<f64> {
    let bounded = match axis.distribution() {
        Distribution::Numeric(numeric) => numeric.range().is_some(),
        Distribution::Choice(_) => true,
    };
    let (low, high) = if bounded { (0.0, 1.0) } else { (TAIL, 1.0 - TAIL) };
    let spaced = |at: usize| low + (high - low) * at as f64 / (VALUES - 1) as f64;
    match encoding.features()[feature] {
        Feature::Choice { choices } => (0..choices.min(CHOICES)).map(|at| at as f64).collect(),
        Feature::Discrete { levels } if levels <= VALUES as u64 => {
            (0..levels).map(|level| encoding.level(feature, level)).collect()
        }
        Feature::Discrete { .. } => {
            let mut codes: Vec<f64> =
                (0..VALUES).map(|at| encoding.snap(feature, spaced(at))).collect();
            codes.dedup();
            codes
        }
        Feature::Continuous => (0..VALUES).map(spaced).collect(),
    }
}

/// The values next to the lowest and the highest that were tried.
fn hull(codes: &[f64], observed: &[f64]) -> (usize, usize) {
    let nearest = |wanted: f64| {
        let distance = |at: &usize| (codes[*at] - wanted).abs();
        (0..codes.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    };
    let low = observed.iter().copied().fold(f64::INFINITY, f64::min);
    let high = observed.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (nearest(low), nearest(high))
}
