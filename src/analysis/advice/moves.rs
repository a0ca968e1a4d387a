//! The configs that differ from a starting point in one or two values, and what each promises.
//!
//! A move promises what it is expected to improve on the best trial, by what is believed of the goal
//! there. Where little is known, that means large steps towards where parameters of the role are
//! mostly best.
//!
//! The best trial is one starting point; some that come after it are others. Where two parameters
//! must change together, every single change of the best one is for the worse, and a way leads over
//! a trial that was not.

use std::collections::BTreeSet;

use super::model::{Model, Outlook};
use super::prior::Prior;
use super::{Change, FitDiagnosis};
use crate::analysis::Analysis;
use crate::analysis::capacity::CapacityTable;
use crate::space::{Axis, AxisKind, Key, KeySet, Point, SearchSpace, Value};
use crate::text::number;
use crate::trial::TrialRecord;

/// The moves that promise most.
pub(super) struct Moves<'a> {
    pub(super) single: Move<'a>,
    /// Two changes at a time, if they promise clearly more.
    pub(super) pair: Option<Move<'a>>,
}

pub(super) struct Move<'a> {
    pub(super) from: &'a TrialRecord,
    pub(super) point: Point,
    pub(super) changes: Vec<Change>,
    pub(super) outlook: Outlook,
}

/// Values of a continuous parameter that are looked at. They bound the time, as the next ones do; not varied.
const VALUES: usize = 25;
/// Starting points of single changes: the best trial and those that come next.
const BASES: usize = 3;
/// Most levels that are all looked at.
const LEVELS: u64 = 40;
/// Single moves of which pairs are made.
const SINGLES: usize = 8;
/// By how much the promise of a pair must be higher than that of a single move: two changes at a time teach
/// less. Not varied.
const PAIR: f64 = 1.3;

/// The best moves from the best trial or another good one; `None` if there is none that may be made.
pub(super) fn best<'a>(
    analysis: &'a Analysis<'_>,
    base: &'a TrialRecord,
    fit: FitDiagnosis,
    capacity: &CapacityTable,
) -> Option<Moves<'a>> {
    let prior = Prior::new(analysis, base, fit, capacity);
    let model = Model::new(analysis, prior)?;
    let mut singles: Vec<Single<'a>> = Vec::new();
    // What two starting points lead to is told of the better one.
    let mut seen = KeySet::default();
    for from in bases(analysis, base) {
        let axes = analysis.space().axes().iter().enumerate();
        for (axis, parameter) in axes.filter(|(axis, _)| from.point().is_active(*axis)) {
            let current = from.point().get(axis)?;
            for value in values(parameter, current) {
                let Some(point) = changed(analysis, from.point(), &[(axis, value.clone())]) else {
                    continue;
                };
                if !seen.insert(Key::of_point(&point)) || !analysis.may_propose(&point) {
                    continue;
                }
                let changes = vec![change(parameter, current, value.clone())];
                let outlook = model.judge(&point);
                singles.push(Single { axis, value, made: Move { from, point, changes, outlook } });
            }
        }
    }
    // What stays on the plateau is no step forward, unless there is no other. Nothing is known of a
    // parameter that was never varied.
    let all = analysis.usable();
    let is_varied =
        |axis: usize| all.iter().any(|trial| trial.point().get(axis) != base.point().get(axis));
    let leaves = |single: &Single| !single.made.outlook.stays || !is_varied(single.axis);
    if singles.iter().any(leaves) {
        singles.retain(leaves);
    }
    let promise = |single: &Single| single.made.outlook.promise;
    singles.sort_by(|one, other| promise(other).total_cmp(&promise(one)));
    let pairs = pairs(analysis, &model, base, &singles);
    let single = most_promising(singles.into_iter().map(|single| single.made))?;
    let pair = most_promising(pairs.into_iter())
        .filter(|pair| pair.outlook.promise > single.outlook.promise + PAIR.ln());
    Some(Moves { single, pair })
}

fn most_promising<'a>(moves: impl Iterator<Item = Move<'a>>) -> Option<Move<'a>> {
    moves.max_by(|one, other| one.outlook.promise.total_cmp(&other.outlook.promise))
}

/// The move of one parameter to a value.
struct Single<'a> {
    axis: usize,
    value: Value,
    made: Move<'a>,
}

/// The best trial, and the feasible ones that come next, from the better ones on.
fn bases<'a>(analysis: &'a Analysis<'_>, best: &'a TrialRecord) -> Vec<&'a TrialRecord> {
    let loss = |trial: &TrialRecord| {
        trial.value().map_or(f64::INFINITY, |value| analysis.direction().orient(value))
    };
    let history = analysis.of_the_goal.history();
    let infeasible = history.complete().filter(|trial| !trial.is_feasible());
    let infeasible: BTreeSet<u64> = infeasible.map(|trial| trial.number()).collect();
    let mut others = analysis.usable();
    others.retain(|trial| trial.number() != best.number() && !infeasible.contains(&trial.number()));
    others.sort_by(|one, other| loss(one).total_cmp(&loss(other)));
    std::iter::once(best).chain(others).take(BASES).collect()
}

/// Two changes of the best trial at a time, made of those that promise most alone.
fn pairs<'a>(
    analysis: &Analysis<'_>,
    model: &Model<'_>,
    base: &'a TrialRecord,
    singles: &[Single<'a>],
) -> Vec<Move<'a>> {
    let own = singles.iter().filter(|single| single.made.from.number() == base.number());
    // The best move of each parameter, with those of the others.
    let mut heads: Vec<&Single> = Vec::new();
    for one in own.take(SINGLES * SINGLES) {
        if heads.len() < SINGLES && heads.iter().all(|head| head.axis != one.axis) {
            heads.push(one);
        }
    }
    let mut pairs = Vec::new();
    for (index, one) in heads.iter().enumerate() {
        for other in &heads[..index] {
            let both = [(one.axis, one.value.clone()), (other.axis, other.value.clone())];
            let Some(point) = changed(analysis, base.point(), &both) else { continue };
            if analysis.may_propose(&point) {
                let changes = [other, one].into_iter().flat_map(|one| one.made.changes.clone());
                let outlook = model.judge(&point);
                if outlook.stays {
                    continue;
                }
                pairs.push(Move { from: base, point, changes: changes.collect(), outlook });
            }
        }
    }
    pairs
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
