//! Advice in a sentence.

use super::{Change, DIGITS, FitDiagnosis, Proposal, traded};
use crate::analysis::capacity::CapacityTable;
use crate::analysis::effects::{Effects, flat_in_words, short as short_value};
use crate::analysis::reading::LARGEST;
use crate::analysis::role::Capacity;
use crate::analysis::{Analysis, GOAL};
use crate::space::Value;
use crate::text::number;
use crate::trial::Direction;

/// Probabilities from which on words get stronger.
const QUITE_SURE: f64 = 0.85;
const FAIRLY_SURE: f64 = 0.65;
/// Probability below which the best that can be proposed is not worth much.
const UNLIKELY: f64 = 0.2;

impl Proposal {
    /// Whether an improvement is not unlikely.
    pub(crate) fn is_worth_a_try(&self) -> bool {
        self.probability_of_improvement >= UNLIKELY
    }
}

/// Trials from which on expectations are worth a word.
const FEW: usize = 4;

/// Whether goals say what a change brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoalSpread {
    Differ,
    /// They are all the same.
    Same,
    /// Their differences have no finite squares.
    Overflow,
}

impl GoalSpread {
    pub(super) fn of(analysis: &Analysis<'_>) -> Self {
        let trials = analysis.usable();
        let goals: Vec<f64> =
            trials.iter().filter_map(|trial| analysis.measured(trial, GOAL)).collect();
        if goals.iter().any(|goal| goal.abs() > LARGEST) {
            GoalSpread::Overflow
        } else if trials.len() >= FEW && goals.iter().all(|goal| *goal == goals[0]) {
            GoalSpread::Same
        } else {
            GoalSpread::Differ
        }
    }
}

/// Gains are told against the best trial, whose number is given, wherever the change starts from:
/// `raise dropout from 0.1 to 0.3: the gap is 0.06 and …; 0.21 is expected …, fairly sure`
pub(super) fn text(
    analysis: &Analysis<'_>,
    effects: &Effects,
    capacity: &CapacityTable,
    proposal: &Proposal,
    best: u64,
    goals: GoalSpread,
) -> String {
    let changes: Vec<String> = proposal.changes.iter().map(change).collect();
    let mut reasons = Vec::new();
    reasons.extend(fit(proposal.fit));
    for change in &proposal.changes {
        let alone = proposal.changes.len() == 1;
        let called = if alone { "it" } else { change.parameter.as_str() };
        reasons.extend(reason(analysis, effects, capacity, change, (proposal, called)));
    }
    reasons.extend(leaves(effects, proposal));
    let short = |value: f64| number(value, Some(DIGITS));
    let sure = match proposal.probability_of_improvement {
        p if p >= QUITE_SURE => ": quite sure",
        p if p >= FAIRLY_SURE => ": fairly sure",
        p if p >= UNLIKELY => ": worth a try",
        _ => "",
    };
    let from = match proposal.stopped {
        0 => String::new(),
        stopped => format!(", by {} complete and {stopped} stopped trials", effects.trials),
    };
    let expected = format!(
        "{} is expected after {} ({} to {}), an improvement with probability {:.2}{sure}{from}",
        short(proposal.expected),
        short(proposal.best),
        short(proposal.p10),
        short(proposal.p90),
        proposal.probability_of_improvement
    );
    reasons.push(match goals {
        _ if effects.trials < FEW => "too few trials to estimate its effect".into(),
        GoalSpread::Differ => expected,
        GoalSpread::Same => "the goal is the same in all trials, so its effect is unknown".into(),
        GoalSpread::Overflow => "the goals are too large to estimate its effect".into(),
    });
    reasons.extend(traded::in_words(&proposal.goals));
    let changes = changes.join(" and ");
    let what = match proposal.from == best {
        true => changes,
        false => {
            let (trial, now) = (proposal.from, short(proposal.now));
            format!("go back to trial {trial}, which had {now}, and {changes}")
        }
    };
    let has_prospects = goals == GoalSpread::Differ && effects.trials >= FEW;
    let proposed = format!("{what}: {}", reasons.join("; "));
    if !has_prospects || proposal.is_worth_a_try() {
        return proposed;
    }
    format!(
        "stay with trial {best}, which had {}: no change is likely to improve on it; the most promising \
         one is to {proposed}",
        short(proposal.best)
    )
}

fn change(change: &Change) -> String {
    let verb = match change.raised {
        Some(true) => "raise",
        Some(false) => "lower",
        None => "change",
    };
    let [from, to] = [&change.from, &change.to].map(Value::rounded);
    format!("{verb} {} from {from} to {to}", change.parameter)
}

/// How the starting point fits.
pub(crate) fn fit(fit: FitDiagnosis) -> Option<String> {
    let short = |value: f64| number(value, Some(DIGITS));
    Some(match fit {
        FitDiagnosis::Underfitting { train, gap } => format!(
            "the model underfits, with a training error of {} and a gap of {}",
            short(train),
            short(gap)
        ),
        FitDiagnosis::Overfitting { train, gap } => format!(
            "the model overfits, with a gap of {} and a training error of {}",
            short(gap),
            short(train)
        ),
        FitDiagnosis::Between { train, gap } => {
            format!(
                "training error ({}) and gap ({}) are of similar size",
                short(train),
                short(gap)
            )
        }
        FitDiagnosis::Unknown => return None,
    })
}

/// That a change leaves the plateau, or what would not: where goals tie.
fn leaves(effects: &Effects, proposal: &Proposal) -> Option<String> {
    let left = proposal.changes.iter().find_map(|change| {
        let part =
            effects.flat_part(&change.parameter).filter(|_| proposal.now == proposal.best)?;
        let is_left = part.holds(&change.from) && !part.holds(&change.to);
        let name = &change.parameter;
        is_left.then(|| {
            format!(
                "{name} does nothing {} at the best value, and this change goes beyond",
                part.place()
            )
        })
    });
    left.or_else(|| flat_in_words(&effects.flat_parts))
}

/// Whether a change comes nearer to a value.
fn leads_to(change: &Change, value: &Value) -> bool {
    match (change.from.as_f64(), change.to.as_f64(), value.as_f64()) {
        (Some(from), Some(to), Some(value)) => (to - value).abs() < (from - value).abs(),
        _ => change.to == *value,
    }
}

/// Why this parameter in this direction.
fn reason(
    analysis: &Analysis<'_>,
    effects: &Effects,
    capacity: &CapacityTable,
    change: &Change,
    (proposal, called): (&Proposal, &str),
) -> Option<String> {
    let name = &change.parameter;
    // The same voice as in the sentences: where the goal is best is read from what they say.
    let shown = effects.of(name, GOAL).filter(|goal| goal.is_shown());
    if let Some((first, last)) = shown.and_then(|goal| goal.best(analysis.direction())) {
        let direction = analysis.direction();
        let better = match direction {
            Direction::Minimize => "lower",
            Direction::Maximize => "higher",
        };
        let gains = direction.orient(proposal.expected) < direction.orient(proposal.now);
        let nearest = if leads_to(change, first) { first } else { last };
        let average = format!(
            "the goal has been {better} with {name} near {}, on average over the rest",
            short_value(nearest)
        );
        return Some(match leads_to(change, nearest) {
            true => average,
            false if gains => {
                format!("{average}, but the model expects the opposite around this config")
            }
            false => format!("although {average}"),
        });
    }
    let row = capacity.rows.iter().find(|row| row.parameter == *name)?;
    let (direction, usually) = match (row.found, row.expected) {
        (Some(found), _) => (found, "in these trials "),
        (None, expected) => (expected?, "usually "),
    };
    let raises = match (direction, change.raised?) {
        (Capacity::HighestInside, _) => {
            return Some(format!("training fails where {name} is too high or too low"));
        }
        (Capacity::Raises, raised) => raised,
        (Capacity::Lowers, raised) => !raised,
    };
    // Why it is worth a try all the same is what other trials say of configs like this one.
    let contrary = match proposal.fit {
        FitDiagnosis::Underfitting { .. } => !raises,
        FitDiagnosis::Overfitting { .. } => raises,
        FitDiagnosis::Between { .. } | FitDiagnosis::Unknown => false,
    };
    let although = if contrary { "although " } else { "" };
    let changing = if change.raised? { "raising" } else { "lowering" };
    let capacity = if raises { "adds" } else { "removes" };
    Some(format!("{although}{changing} {called} {usually}{capacity} capacity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leads_to_what_it_comes_nearer_to() {
        let change =
            |from: Value, to: Value| Change { parameter: "x".into(), from, to, raised: None };
        let numbers = change(Value::Float(1.0), Value::Float(3.0));
        assert!(leads_to(&numbers, &Value::Float(100.0)) && leads_to(&numbers, &Value::Int(3)));
        assert!(!leads_to(&numbers, &Value::Float(0.5)) && !leads_to(&numbers, &Value::Int(2)));
        let choices = change("adam".into(), "sgd".into());
        assert!(leads_to(&choices, &"sgd".into()) && !leads_to(&choices, &"adam".into()));
    }
}
