//! How trials compare where there are several goals, where limits do not hold, and where some trials were
//! stopped early.

use super::nsga::crowding::Crowding;
use crate::curves::{Curves, Foresight};
use crate::math::pareto::ranks::ranks;
use crate::math::statistics::levels;
use crate::space::Point;
use crate::trial::{History, Observed, TrialRecord, TrialState};

/// A trial that has ended, and how good it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    record: &'a TrialRecord,
    /// Low is good: the loss; where some trials were stopped, the score that is expected at the end; with
    /// several goals, the place. Infeasible trials lie beyond all others, by how much they miss.
    merit: f64,
}

impl<'a> Standing<'a> {
    pub(super) fn number(&self) -> u64 {
        self.record.number()
    }

    pub(super) fn point(&self) -> &'a Point {
        self.record.point()
    }

    pub(super) fn merit(&self) -> f64 {
        self.merit
    }
}

/// The complete trials, in the order of their numbers.
pub(super) fn complete(history: &History) -> Vec<Standing<'_>> {
    compared(&history.complete().collect::<Vec<_>>(), history)
}

/// Complete trials as they compare with each other: feasible ones before infeasible ones, with one goal by
/// loss, with several by front and within a front by how much room they have on it.
pub(super) fn compared<'a>(trials: &[Observed<'a>], history: &History) -> Vec<Standing<'a>> {
    let merits = match history.goals().len() {
        1 => trials.iter().map(Observed::loss).collect(),
        _ => feasible_places(trials),
    };
    let mut standings: Vec<Standing<'a>> = (trials.iter().zip(merits))
        .map(|(trial, merit)| Standing { record: trial.record(), merit })
        .collect();
    put_infeasible_last(&mut standings, trials, history);
    standings
}

/// The places of feasible trials; 0 for others.
fn feasible_places(trials: &[Observed<'_>]) -> Vec<f64> {
    let losses: Vec<Vec<f64>> = trials.iter().map(|trial| trial.losses().collect()).collect();
    let feasible: Vec<usize> = (0..trials.len()).filter(|&at| trials[at].is_feasible()).collect();
    let known: Vec<&[f64]> = feasible.iter().map(|&at| losses[at].as_slice()).collect();
    let mut all = vec![0.0; trials.len()];
    for (&at, place) in feasible.iter().zip(places(&known)) {
        all[at] = place;
    }
    all
}

/// The front of each trial, plus its place on it: a share of one, the less the more room there is.
pub(super) fn places(losses: &[&[f64]]) -> Vec<f64> {
    let fronts = ranks(losses);
    let mut places = vec![0.0; losses.len()];
    for front in 0..=fronts.iter().copied().max().unwrap_or(0) {
        let members: Vec<usize> = (0..losses.len()).filter(|&at| fronts[at] == front).collect();
        let room = Crowding::of(&members.iter().map(|&at| losses[at]).collect::<Vec<_>>());
        let crowded: Vec<f64> = room.distances().into_iter().map(|distance| -distance).collect();
        for (&at, level) in members.iter().zip(levels(&crowded)) {
            places[at] = front as f64 + level as f64 / members.len() as f64;
        }
    }
    places
}

/// Gives infeasible trials merits beyond those of all others. Without one, nothing changes.
fn put_infeasible_last(standings: &mut [Standing<'_>], trials: &[Observed<'_>], history: &History) {
    if trials.iter().all(Observed::is_feasible) {
        return;
    }
    let highest = trials.iter().map(Observed::number).max();
    let mut missed = vec![0.0; highest.map_or(0, |number| number as usize + 1)];
    for (trial, violation) in history.complete().zip(history.total_violations()) {
        if let Some(missed) = missed.get_mut(trial.number() as usize) {
            *missed = violation;
        }
    }
    let missed =
        |standing: &Standing<'_>| missed.get(standing.number() as usize).copied().unwrap_or(0.0);
    let others = standings.iter().filter(|standing| missed(standing) <= 0.0);
    let merits = others.map(|standing| standing.merit).filter(|merit| merit.is_finite());
    let (best, worst) = merits.fold((f64::INFINITY, f64::NEG_INFINITY), |(best, worst), merit| {
        (best.min(merit), worst.max(merit))
    });
    let (worst, width) = if worst >= best { (worst, worst - best) } else { (0.0, 0.0) };
    // Wide enough for the sum to differ from the worst.
    let unit = width.max(1e-3 * worst.abs()).clamp(1e-9, f64::MAX);
    for standing in standings {
        let missed = missed(standing);
        if missed > 0.0 {
            standing.merit = worst + unit * (1.0 + missed);
        }
    }
}

/// The complete trials and those that were stopped with reports, in the order of their numbers.
///
/// A stopped trial has no loss. It stands where its reports let expect it, drawn to the middle by how
/// little they tell. So a complete trial, whose place is known, is compared with what the stopped one
/// would probably have come to.
pub(super) fn standings(history: &History) -> Vec<Standing<'_>> {
    // What a stopped trial would have come to is known of one goal only.
    if history.goals().len() > 1 {
        return complete(history);
    }
    let is_stopped =
        |record: &TrialRecord| record.state() == TrialState::Pruned && !record.reports().is_empty();
    let foresight = match history.pruned().any(is_stopped) {
        true => Foresight::learn(&Curves::of(history)),
        false => None,
    };
    let Some(foresight) = foresight else { return complete(history) };
    let ended = history
        .trials()
        .filter(|record| record.state() == TrialState::Complete || is_stopped(record));
    let mut standings: Vec<Standing<'_>> = ended
        .filter_map(|record| {
            Some(Standing { record, merit: foresight.expected(record.number())?.mean })
        })
        .collect();
    put_infeasible_last(&mut standings, &history.complete().collect::<Vec<_>>(), history);
    standings
}
