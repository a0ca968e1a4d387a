//! The results that the policy learns from: those of the study, and before them those of earlier studies.

use super::decisions::Move;
use super::merit::{Merit, Outcome, Units};
use super::training::Learner;
use crate::earlier::{Matched, MatchedTrial};
use crate::sampler::Context;
use crate::space::Point;

/// The trials of an earlier study that are legal in this one, in their order.
fn legal<'a>(
    study: &'a Matched,
    context: &'a Context<'_>,
) -> impl Iterator<Item = (&'a MatchedTrial, &'a Point)> {
    let trials = study.trials().iter();
    let trials = trials.filter_map(|trial| Some((trial, trial.point()?)));
    trials.filter(|(_, point)| context.is_legal(point))
}

/// Teaches a policy what the earlier studies have found, one after the other, as if it had been theirs. Each
/// ranks its own results, since losses of other data cannot be compared.
pub(super) fn teach(
    learner: &mut Learner,
    context: &Context<'_>,
    moves: impl Fn(&Point) -> Vec<Move>,
) {
    for study in context.earlier() {
        learner.update(earlier(study, context), |outcome| moves(&outcome.point));
        learner.begin_anew();
    }
}

/// The results of an earlier study.
pub(super) fn earlier(study: &Matched, context: &Context<'_>) -> Vec<Outcome> {
    (0..)
        .zip(legal(study, context))
        .map(|(number, (trial, point))| Outcome {
            number,
            point: point.clone(),
            merit: Merit::Complete { loss: trial.loss() },
            losses: match trial.losses() {
                [_] => Vec::new(),
                several => several.to_vec(),
            },
        })
        .collect()
}

/// All trials that have ended, in the order of their numbers.
pub(super) fn own(context: &Context<'_>) -> Vec<Outcome> {
    let history = context.history();
    let mut complete = history.complete();
    let mut next = complete.next();
    let units = Units::of(history);
    let mut outcomes = Vec::with_capacity(history.complete_count());
    for record in history.trials() {
        let (mut loss, mut violation, mut losses) = (f64::NAN, 0.0, Vec::new());
        if let Some(observed) = next.filter(|observed| observed.number() == record.number()) {
            (loss, violation) = (observed.loss(), units.violation(&observed));
            if history.goals().len() > 1 {
                losses.extend(observed.losses());
                let is_known = losses.iter().all(|loss| loss.is_finite());
                loss = if is_known { loss } else { f64::NAN };
            }
            next = complete.next();
        }
        if let Some(merit) = Merit::of(record, loss, violation, history) {
            outcomes.push(Outcome {
                number: record.number(),
                point: record.point().clone(),
                merit,
                losses,
            });
        }
    }
    outcomes
}
