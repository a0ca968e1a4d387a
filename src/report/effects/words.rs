//! Effects as plain sentences.

use super::{Effect, Effects, Reach, Trend};
use crate::report::analysis::{Analysis, GOAL};
use crate::report::response::MetricScale;
use crate::report::text;
use crate::space::{Axis, AxisKind, Distribution, Scale, Value};
use crate::trial::{Direction, metric};

/// What a metric is called in a sentence.
pub(in crate::report) fn called(metric: &str) -> &str {
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
pub(in crate::report) fn subject(analysis: &Analysis<'_>, parameter: &str) -> (String, bool) {
    match analysis.role_of(parameter) {
        Some(role) => {
            let (text, plural) = role.raised();
            (text.to_owned(), plural)
        }
        None => (format!("a higher {parameter}"), false),
    }
}

/// One sentence on what a parameter does.
pub(super) fn sentence(analysis: &Analysis<'_>, effects: &Effects, axis: &Axis) -> String {
    let name = axis.name();
    let (subject, plural) = match axis.kind() {
        AxisKind::Categorical { .. } => (format!("the choice of {name}"), false),
        _ => subject(analysis, name),
    };
    let about = |metric: &str| effects.of(name, metric).filter(|effect| effect.is_shown());
    let train = about(metric::TRAIN_ERROR);
    let gap = about(metric::GAP);
    let goal = about(metric::VALIDATION_ERROR).or_else(|| about(GOAL));
    let mut clauses: Vec<(Clause, String)> = Vec::new();
    for (effect, verbs) in [
        (train, Verbs { rises: "raise", falls: "lower" }),
        (gap, Verbs { rises: "widen", falls: "narrow" }),
        (goal.filter(|_| train.is_none() || gap.is_none()), Verbs::of(goal, analysis)),
    ] {
        let Some(effect) = effect else { continue };
        let news = Clause::of(effect, direction(&effect.metric, analysis));
        clauses.push((news, clause(effect, &verbs, plural, name)));
    }
    let speaks = |clause: &Clause| !matches!(clause, Clause::Nothing);
    let cost = about(metric::SECONDS).and_then(|effect| cost(effect, axis));
    if clauses.is_empty() {
        let silent = not_shown(effects, name);
        return match cost {
            Some(cost) => format!("{silent}; {cost}"),
            None => silent,
        };
    }
    // What says something comes first.
    clauses.sort_by_key(|(clause, _)| !speaks(clause));
    let mut sentence = format!("{subject} {}", clauses[0].1);
    for pair in clauses.windows(2) {
        let contrary = matches!(
            (pair[0].0, pair[1].0),
            (Clause::Better, Clause::Worse) | (Clause::Worse, Clause::Better)
        );
        sentence.push_str(if contrary { " but " } else { " and " });
        sentence.push_str(&pair[1].1);
    }
    if let Some(cost) = cost {
        sentence.push_str("; ");
        sentence.push_str(&cost);
    }
    sentence
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

fn clause(effect: &Effect, verbs: &Verbs, plural: bool, name: &str) -> String {
    let what = called(&effect.metric);
    let ending = if plural { "" } else { "s" };
    match &effect.trend {
        Trend::Rises(reach) => format!("{}{ending} {what}{}", verbs.rises, within(reach)),
        Trend::Falls(reach) => format!("{}{ending} {what}{}", verbs.falls, within(reach)),
        Trend::Valley { at } => {
            format!("turn{ending} {what} round: lowest near {name} = {}", text::value(at))
        }
        Trend::Peak { at } => {
            format!("turn{ending} {what} round: highest near {name} = {}", text::value(at))
        }
        Trend::Differs { lowest, highest } => format!(
            "matter{ending} for {what}: lowest with {}, highest with {}",
            text::value(lowest),
            text::value(highest)
        ),
        Trend::Flat | Trend::NotShown => {
            format!("hardly change{ending} {what}")
        }
    }
}

fn within(reach: &Reach) -> String {
    match (&reach.above, &reach.up_to) {
        (Some(above), Some(up_to)) => {
            format!(" from {} to {}", text::value(above), text::value(up_to))
        }
        (Some(above), None) => format!(" above {}", text::value(above)),
        (None, Some(up_to)) => format!(" up to {}", text::value(up_to)),
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
            let ends = [&first.value, &last.value].map(text::value);
            (format!("from {} to {}", ends[0], ends[1]), factor)
        }
    };
    let matters = factor >= CHEAP || factor <= 1.0 / CHEAP;
    matters.then(|| format!("{per} costs {factor:.2}× time"))
}

/// That nothing is known yet, and what would help.
fn not_shown(effects: &Effects, name: &str) -> String {
    let order = [metric::GAP, metric::TRAIN_ERROR, metric::VALIDATION_ERROR, GOAL];
    let known = order.iter().filter_map(|metric| effects.of(name, metric));
    let telling = known.filter_map(|effect| effect.telling.as_ref()).next();
    let silent = format!("the trials do not show yet what {name} does");
    match telling {
        Some(telling) => {
            let config: Vec<String> = telling
                .parameters
                .iter()
                .map(|(name, value)| format!("{name} = {}", text::value(&short(value))))
                .collect();
            format!("{silent}; most would tell a trial with {}", config.join(", "))
        }
        None => silent,
    }
}

/// A number with the digits that matter for a trial.
fn short(value: &Value) -> Value {
    match value {
        Value::Float(number) => {
            Value::Float(crate::math::text::number(*number, Some(3)).parse().unwrap_or(*number))
        }
        other => other.clone(),
    }
}
