//! The configs that differ from the starting point in one or two values, and what each promises.
//!
//! The goal is modelled by a Gaussian process of all trials. A move promises its expected
//! improvement on the best trial, times a factor for what a person would expect of it before
//! anything was tried; that factor fades with the number of values of the parameter that were. What
//! was changed often has to wait its turn, and steps get smaller.

use super::{Change, Fit};
use crate::math::improvement::log_improvement;
use crate::math::special::normal_cdf;
use crate::math::text::number;
use crate::report::analysis::{Analysis, GOAL};
use crate::report::capacity::{Capacity, CapacityTable};
use crate::report::response::{MetricScale, on_scale};
use crate::report::role::Role;
use crate::space::{Axis, AxisKind, Point, SearchSpace, Value};
use crate::surrogate::{
    self, Encoding, Inputs, Kernel, Noise, Observations, Output, OutputTransform, Posterior,
    representative,
};
use crate::trial::TrialRecord;

/// The move that promises most.
pub(super) struct Move {
    pub(super) point: Point,
    pub(super) changes: Vec<Change>,
    /// Of the goal: the median, and the ends of the middle eight tenths.
    pub(super) expected: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Probability of an improvement.
    pub(super) sure: f64,
    /// The logarithm of its promise.
    promise: f64,
}

/// Values of a continuous parameter that are looked at.
const VALUES: usize = 25;
/// Most levels that are all looked at.
const LEVELS: u64 = 40;
/// Most trials that are modelled.
const MOST: usize = 300;
/// Single moves of which pairs are made.
const SINGLES: usize = 8;
/// By how much the promise of a pair must be higher than that of a single move: two changes at a
/// time teach less.
const PAIR: f64 = 1.3;
/// Of a normal law, eight tenths lie within.
const BAND: f64 = 1.281_551_565_544_6;

/// How much sooner a person would change a parameter of a role than others.
fn precedence(role: Option<Role>) -> f64 {
    match role {
        Some(Role::LearningRate) => 3.0,
        Some(Role::Units | Role::Layers) => 1.5,
        _ => 1.0,
    }
}
/// How much more a move promises that moves capacity as the fit asks for.
const WANTED: f64 = 1.6;
/// How much more a larger model promises where the fit is not known.
const LARGE: f64 = 1.3;
/// What a move to the end of a range promises, against one to its middle.
const END: f64 = 0.5;
/// After so many other values of a parameter, half of what was expected is gone.
const FADES: f64 = 1.0;
/// How far a first move of a parameter goes, as a deviation in its range; later ones go that far
/// divided by the number of values tried, but this far at least.
const FIRST: f64 = 0.6;
const LATER: f64 = 0.15;

struct Model<'a> {
    analysis: &'a Analysis<'a>,
    encoding: Encoding,
    scale: MetricScale,
    transform: OutputTransform,
    posterior: Posterior,
    best: f64,
}

impl<'a> Model<'a> {
    fn new(analysis: &'a Analysis<'a>) -> Option<Self> {
        let encoding = Encoding::new(analysis.space());
        let direction = analysis.direction();
        let known: Vec<(&Point, f64)> = analysis
            .complete()
            .into_iter()
            .filter_map(|trial| Some((trial.point(), direction.orient(trial.value()?))))
            .collect();
        let losses: Vec<f64> = known.iter().map(|(_, loss)| *loss).collect();
        let chosen = representative(&losses, MOST);
        let losses: Vec<f64> = chosen.iter().map(|&at| losses[at]).collect();
        // A handful of trials has no ranks to speak of; their sizes tell more.
        let (scale, sizes) = on_scale(GOAL, &losses);
        let (transform, values) = OutputTransform::fit(Output::Standardized, &sizes);
        let mut inputs = Inputs::new(encoding.len());
        chosen.iter().for_each(|&at| inputs.push(&encoding.encode(known[at].0)));
        let kernels = [Kernel::Matern52];
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &values,
            noise: Noise::Unknown,
        };
        let surrogate::Fit { kernel, model, .. } = surrogate::Fit::new(&kernels, observations);
        let mut posterior = Posterior::new(kernel, encoding.features(), model, inputs)?;
        posterior.observe(&values, true);
        let best = values.iter().copied().fold(f64::INFINITY, f64::min);
        Some(Model { analysis, encoding, scale, transform, posterior, best })
    }

    fn judge(&self, point: Point, changes: Vec<Change>, expectation: f64) -> Move {
        let (mean, variance) = self.posterior.predict(&self.encoding.encode(&point));
        let deviation = variance.sqrt();
        let z = (self.best - mean) / deviation;
        let natural = |value: f64| {
            let loss = match self.scale {
                MetricScale::Linear => self.transform.invert(value),
                MetricScale::Log => self.transform.invert(value).exp(),
            };
            self.analysis.direction().orient(loss)
        };
        Move {
            point,
            changes,
            expected: natural(mean),
            low: natural(mean - BAND * deviation),
            high: natural(mean + BAND * deviation),
            sure: normal_cdf(z),
            promise: log_improvement(z).0 + deviation.ln() + expectation.ln(),
        }
    }
}

/// The best move from a trial; `None` if there is none that may be made.
pub(super) fn best(
    analysis: &Analysis<'_>,
    base: &TrialRecord,
    fit: Fit,
    capacity: &CapacityTable,
    changes: usize,
) -> Option<Move> {
    let model = Model::new(analysis)?;
    let axes = analysis.space().axes().iter().enumerate();
    let active = axes.filter(|(axis, _)| base.point().is_active(*axis));
    let mut singles: Vec<(usize, Value, f64, Move)> = Vec::new();
    for (axis, parameter) in active {
        let from = base.point().get(axis)?;
        let tried = values_tried(analysis, axis);
        let fading = FADES / (FADES + tried.saturating_sub(1) as f64);
        for value in values(parameter, from) {
            let Some(point) = changed(analysis, base.point(), &[(axis, value.clone())]) else {
                continue;
            };
            if !analysis.may_propose(&point) {
                continue;
            }
            let change = change(parameter, from, value.clone());
            let before = expectation(analysis, parameter, &change, fit, capacity).powf(fading);
            let turn = 1.0 / tried.max(1) as f64;
            let expectation = before * turn * nearness(parameter, &change, tried);
            let found = model.judge(point, vec![change], expectation);
            singles.push((axis, value, expectation, found));
        }
    }
    singles.sort_by(|one, other| other.3.promise.total_cmp(&one.3.promise));
    let mut pairs = Vec::new();
    if changes > 1 {
        let leading = &singles[..singles.len().min(SINGLES * SINGLES)];
        // The best move of each parameter, with those of the others.
        let mut heads: Vec<&(usize, Value, f64, Move)> = Vec::new();
        for one in leading {
            if heads.len() < SINGLES && heads.iter().all(|head| head.0 != one.0) {
                heads.push(one);
            }
        }
        for (index, one) in heads.iter().enumerate() {
            for other in &heads[..index] {
                let both = [(one.0, one.1.clone()), (other.0, other.1.clone())];
                let Some(point) = changed(analysis, base.point(), &both) else { continue };
                if analysis.may_propose(&point) {
                    let changes = [&other.3, &one.3].map(|one| one.changes[0].clone());
                    let expectation = (one.2 * other.2).sqrt() / PAIR;
                    pairs.push(model.judge(point, changes.to_vec(), expectation));
                }
            }
        }
    }
    let moves = singles.into_iter().map(|single| single.3).chain(pairs);
    moves.max_by(|one, other| one.promise.total_cmp(&other.promise))
}

/// How many values of a parameter were tried.
fn values_tried(analysis: &Analysis<'_>, axis: usize) -> usize {
    let trials = analysis.trials().iter();
    let mut values: Vec<f64> = trials.filter_map(|trial| trial.point().get(axis)).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    values.len()
}

/// The other values of a parameter that are worth a look, as people would write them.
fn values(axis: &Axis, from: f64) -> Vec<Value> {
    let distribution = axis.distribution();
    let naturals: Vec<f64> = match distribution.levels() {
        Some(levels) if levels <= LEVELS => {
            (0..levels).filter_map(|level| distribution.at_level(level)).collect()
        }
        _ => {
            let unit = |at: usize| (at as f64 + 0.5) / VALUES as f64;
            let ends = [0.0, 1.0].map(|unit| distribution.from_unit(unit));
            let inner = (0..VALUES).map(|at| tidy(axis, distribution.from_unit(unit(at))));
            inner.chain(ends).filter(|value| value.is_finite()).collect()
        }
    };
    let mut others: Vec<f64> = naturals.into_iter().filter(|value| *value != from).collect();
    others.dedup();
    others.into_iter().map(|value| distribution.value(value)).collect()
}

/// The value with two digits, if it is then one of the parameter's.
fn tidy(axis: &Axis, value: f64) -> f64 {
    let rounded = number(value, Some(2)).parse().unwrap_or(value);
    if axis.distribution().contains(rounded) { rounded } else { value }
}

/// The point with other values on some axes. What a choice brings with it takes its defaults.
fn changed(analysis: &Analysis<'_>, base: &Point, changes: &[(usize, Value)]) -> Option<Point> {
    let space = analysis.space();
    let mut values: Vec<Option<f64>> = vec![None; space.len()];
    for (index, axis) in space.axes().iter().enumerate() {
        let active = axis.condition().is_none_or(|of| values[of.axis] == Some(of.choice as f64));
        if !active {
            continue;
        }
        let distribution = axis.distribution();
        let given = changes.iter().find(|(changed, _)| *changed == index);
        values[index] = match given {
            Some((_, value)) => Some(distribution.parse(value)?),
            None => base
                .get(index)
                .or(axis.default())
                .or_else(|| Some(distribution.tidy_from_unit(0.5))),
        };
    }
    let named = space.axes().iter().zip(&values).filter_map(|(axis, value)| {
        value.map(|value| (axis.name(), axis.distribution().value(value)))
    });
    let params = space.params(named).ok()?;
    space.encode(&params).ok()
}

fn change(axis: &Axis, from: f64, to: Value) -> Change {
    let distribution = axis.distribution();
    let ordered = !matches!(axis.kind(), AxisKind::Categorical { .. });
    let raised = distribution.parse(&to).map(|to| to > from).filter(|_| ordered);
    Change { parameter: axis.name().to_owned(), from: distribution.value(from), to, raised }
}

/// Large steps at first, smaller ones the more is known, as a person would.
fn nearness(axis: &Axis, change: &Change, tried: usize) -> f64 {
    let distribution = axis.distribution();
    let unit = |value: &Value| distribution.parse(value).map(|value| distribution.to_unit(value));
    let (Some(_), Some(from), Some(to)) = (change.raised, unit(&change.from), unit(&change.to))
    else {
        return 1.0;
    };
    let reach = (FIRST / tried.max(1) as f64).max(LATER);
    (-0.5 * ((to - from) / reach).powi(2)).exp()
}

/// What is expected of a change before anything was tried: 1 for one of which nothing is known.
fn expectation(
    analysis: &Analysis<'_>,
    axis: &Axis,
    change: &Change,
    fit: Fit,
    capacity: &CapacityTable,
) -> f64 {
    let role = analysis.role_of(axis.name());
    let row = capacity.rows.iter().find(|row| row.parameter == axis.name());
    let direction = row.and_then(|row| row.found.or(row.expected));
    let moves = match (direction, change.raised) {
        (Some(Capacity::Raises), Some(true)) | (Some(Capacity::Lowers), Some(false)) => {
            Some(Capacity::Raises)
        }
        (Some(Capacity::Lowers), Some(true)) | (Some(Capacity::Raises), Some(false)) => {
            Some(Capacity::Lowers)
        }
        _ => None,
    };
    let wanted = match (fit.wants(), moves) {
        (Some(wanted), Some(moves)) if wanted == moves => WANTED,
        (Some(_), Some(_)) => 1.0 / WANTED,
        // The best models are mostly large ones (Goodfellow et al. 2016, section 11.4.1).
        (None, Some(Capacity::Raises)) if fit == Fit::Unknown => LARGE,
        _ => 1.0,
    };
    let unit = axis.distribution().parse(&change.to).map(|to| axis.distribution().to_unit(to));
    let inner = match (change.raised, unit) {
        (Some(_), Some(unit)) => END + (1.0 - END) * 4.0 * unit * (1.0 - unit),
        _ => 1.0,
    };
    precedence(role) * wanted * inner
}
