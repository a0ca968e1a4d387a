//! Effects as plain sentences.

use super::{Effect, Effects, Interval, Trend};
use crate::analysis::reading::MetricScale;
use crate::analysis::{Analysis, GOAL};
use crate::space::{Axis, AxisKind, Distribution, Scale, Value};
use crate::text::number;
use crate::trial::{Direction, metric};

/// What a metric is called in a sentence.
pub(in crate::analysis) fn called(metric: &str) -> &str {
    match metric {
        metric::TRAIN_ERROR => "training error",
        metric::VALIDATION_ERROR => "validation error",
        metric::GAP => "the gap",
        metric::SECONDS => "the time",
        metric::PEAK_MEMORY => "the memory",
        GOAL => "the goal",
        other => other,
    }
}

/// Raising a parameter, as the subject of a sentence, and whether it is a plural.
pub(in crate::analysis) fn subject(analysis: &Analysis<'_>, parameter: &str) -> (String, bool) {
    match analysis.role(parameter) {
        Some(role) => {
            let (text, plural) = role.raised();
            (text.to_owned(), plural)
        }
        None => (format!("a higher {parameter}"), false),
    }
}

/// What a parameter does, and whether that says more than that nothing is shown yet.
pub(super) fn sentence(analysis: &Analysis<'_>, effects: &Effects, axis: &Axis) -> (String, bool) {
    let name = axis.name();
    let (subject, plural) = match axis.kind() {
        AxisKind::Categorical { .. } => (format!("the choice of {name}"), false),
        _ => subject(analysis, name),
    };
    let about = |metric: &str| effects.of(name, metric).filter(|effect| effect.is_shown());
    let train = about(metric::TRAIN_ERROR);
    let gap = about(metric::GAP);
    let goal = about(metric::VALIDATION_ERROR).or_else(|| about(GOAL));
    // Of a time, a size or a sum with these, errors say nothing.
    let (train, gap, goal) =
        if analysis.is_of_errors() { (train, gap, goal) } else { (None, None, about(GOAL)) };
    let mut clauses: Vec<(Clause, String)> = Vec::new();
    let mut turns: Vec<String> = Vec::new();
    for (effect, verbs) in [
        (train, Verbs { rises: "raise", falls: "lower" }),
        (gap, Verbs { rises: "widen", falls: "narrow" }),
        (goal.filter(|_| train.is_none() || gap.is_none()), Verbs::of(goal, analysis)),
    ] {
        let Some(effect) = effect else { continue };
        let direction = direction(&effect.metric, analysis);
        match turn(effect, direction) {
            Some(turn) => turns.push(turn),
            None => clauses.push((Clause::of(effect, direction), clause(effect, &verbs, plural))),
        }
    }
    let speaks = |clause: &Clause| !matches!(clause, Clause::Nothing);
    let cost = about(metric::SECONDS).and_then(|effect| cost(effect, axis));
    if clauses.is_empty() && turns.is_empty() {
        let (silent, says) = not_shown(effects, name);
        return match cost {
            Some(cost) => (format!("{silent}; {cost}"), true),
            None => (silent, says),
        };
    }
    // What says something comes first.
    clauses.sort_by_key(|(clause, _)| !speaks(clause));
    let mut parts = turns;
    if let Some((_, first)) = clauses.first() {
        let mut sentence = format!("{subject} {first}");
        for pair in clauses.windows(2) {
            let contrary = matches!(
                (pair[0].0, pair[1].0),
                (Clause::Better, Clause::Worse) | (Clause::Worse, Clause::Better)
            );
            sentence.push_str(if contrary { " but " } else { " and " });
            sentence.push_str(&pair[1].1);
        }
        parts.push(sentence);
    }
    parts.extend(cost);
    (parts.join("; "), true)
}

/// That a metric is lowest or highest inside the range: `it has an optimum: the goal is lowest near 0.1`
fn turn(effect: &Effect, direction: Direction) -> Option<String> {
    let (at, side, good) = match &effect.trend {
        Trend::Valley { at } => (at, "lowest", Direction::Minimize),
        Trend::Peak { at } => (at, "highest", Direction::Maximize),
        _ => return None,
    };
    let (what, name) = (called(&effect.metric), &effect.parameter);
    let kind = if direction == good { "an optimum" } else { "a worst value" };
    Some(format!("{name} has {kind}: {what} is {side} near {}", short(at)))
}

/// Whether a clause tells good or bad news, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    Better,
    Worse,
    Mixed,
    Nothing,
}

impl Clause {
    fn of(effect: &Effect, direction: Direction) -> Self {
        match (&effect.trend, direction) {
            (Trend::Rises(_), Direction::Minimize) | (Trend::Falls(_), Direction::Maximize) => {
                Clause::Worse
            }
            (Trend::Falls(_), Direction::Minimize) | (Trend::Rises(_), Direction::Maximize) => {
                Clause::Better
            }
            (Trend::Flat | Trend::NotShown, _) => Clause::Nothing,
            _ => Clause::Mixed,
        }
    }
}

struct Verbs {
    rises: &'static str,
    falls: &'static str,
}

/// Which way a metric is better: errors, gap and costs are to be low, whatever the goal is.
fn direction(metric: &str, analysis: &Analysis<'_>) -> Direction {
    if metric == GOAL { analysis.direction() } else { Direction::Minimize }
}

impl Verbs {
    /// For the goal, or the validation error that stands for it.
    fn of(goal: Option<&Effect>, analysis: &Analysis<'_>) -> Self {
        match direction(goal.map_or(GOAL, |goal| &goal.metric), analysis) {
            Direction::Minimize => Verbs { rises: "worsen", falls: "improve" },
            Direction::Maximize => Verbs { rises: "improve", falls: "worsen" },
        }
    }
}

fn clause(effect: &Effect, verbs: &Verbs, plural: bool) -> String {
    let what = called(&effect.metric);
    let ending = if plural { "" } else { "s" };
    match &effect.trend {
        Trend::Rises(reach) => format!("{}{ending} {what}{}", verbs.rises, within(reach)),
        Trend::Falls(reach) => format!("{}{ending} {what}{}", verbs.falls, within(reach)),
        Trend::Differs { lowest, highest } => format!(
            "matter{ending} for {what}: lowest with {}, highest with {}",
            short(lowest),
            short(highest)
        ),
        _ => format!("hardly change{ending} {what}"),
    }
}

fn within(reach: &Interval) -> String {
    match (&reach.above, &reach.up_to) {
        (Some(above), Some(up_to)) => {
            format!(" from {} to {}", short(above), short(up_to))
        }
        (Some(above), None) => format!(" above {}", short(above)),
        (None, Some(up_to)) => format!(" up to {}", short(up_to)),
        (None, None) => String::new(),
    }
}

/// Changes of time below this factor are not worth a word.
const CHEAP: f64 = 1.05;

/// What raising the parameter costs in time.
fn cost(effect: &Effect, axis: &Axis) -> Option<String> {
    if effect.scale != MetricScale::Log || !effect.ordered || effect.trend == Trend::Flat {
        return None;
    }
    let (first, last) = effect.ends()?;
    let factor = last.mean / first.mean;
    let (from, to) = (first.value.as_f64(), last.value.as_f64());
    let (per, factor) = match (axis.distribution(), from, to) {
        (Distribution::Numeric(numeric), Some(from), Some(to)) if numeric.scale() == Scale::Log => {
            ("each doubling".to_owned(), factor.powf((to / from).log2().recip()))
        }
        (Distribution::Numeric(numeric), Some(from), Some(to))
            if numeric.is_integer() && to - from <= 20.0 =>
        {
            ("each".to_owned(), factor.powf((to - from).recip()))
        }
        _ => {
            let ends = [&first.value, &last.value].map(short);
            (format!("from {} to {}", ends[0], ends[1]), factor)
        }
    };
    let matters = factor >= CHEAP || factor <= 1.0 / CHEAP;
    matters.then(|| format!("{per} costs {factor:.2}× time"))
}

/// That nothing is known yet, why, and what would help; and whether another parameter is to blame.
fn not_shown(effects: &Effects, name: &str) -> (String, bool) {
    let known = || METRICS.iter().filter_map(|metric| effects.of(name, metric));
    let other = known().find_map(|effect| effect.confounded_with.as_deref());
    let mut silent = match other {
        Some(other) => format!(
            "the trials cannot tell the effect of {name} from that of {other}: both changed together"
        ),
        None => format!("the trials do not yet show what {name} does"),
    };
    if other.is_none() && known().any(|effect| effect.hardly_varied) {
        silent.push_str(": it was hardly varied where the goal is good");
    }
    if let Some(next_experiment) = next_experiment(effects, name) {
        silent.push_str("; ");
        silent.push_str(&next_experiment);
    }
    (silent, other.is_some())
}

/// The metrics whose effects are told.
const METRICS: [&str; 4] = [metric::GAP, metric::TRAIN_ERROR, metric::VALIDATION_ERROR, GOAL];

/// `the most useful next trial would be x = 1, y = 2`
pub(super) fn next_experiment(effects: &Effects, name: &str) -> Option<String> {
    let known = METRICS.iter().filter_map(|metric| effects.of(name, metric));
    let next_experiment = known.filter_map(|effect| effect.next_experiment.as_ref()).next()?;
    let config: Vec<String> = next_experiment
        .parameters
        .iter()
        .map(|(name, value)| format!("{name} = {}", short(value)))
        .collect();
    Some(format!("the most useful next trial would be {}", config.join(", ")))
}

/// A value with the digits that matter for a trial.
pub(in crate::analysis) fn short(value: &Value) -> String {
    match value {
        Value::Float(value) => number(*value, Some(DIGITS)),
        other => other.rounded(),
    }
}

/// Digits of values.
pub(super) const DIGITS: usize = 3;
