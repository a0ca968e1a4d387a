//! Trials that diverged: their goal is worse by far than almost all others, and than what a model of
//! the others expects of configs like theirs. Where many configs of a region are that bad, they
//! did not diverge by accident, and stay.

use std::collections::BTreeSet;

use super::response::Response;
use super::{Analysis, GOAL};
use crate::space::Point;
use crate::surrogate::Encoding;

/// With fewer trials nothing is like anything else.
const LEAST: usize = 8;
/// Standard deviations above what is expected. As usual for outliers (Iglewicz and Hoaglin 1993).
const FAR: f64 = 3.5;
/// How often it is looked again without those that were found, the worst of which hide others.
const ROUNDS: usize = 4;
/// Those that come near the worst one are found with it. Not varied.
const NEAR: f64 = 0.7;

/// The numbers of the trials that diverged.
pub(super) fn find(analysis: &Analysis<'_>) -> BTreeSet<u64> {
    let direction = analysis.direction();
    let mut known: Vec<(u64, &Point, f64)> = analysis
        .complete()
        .into_iter()
        .filter_map(|trial| {
            let goal = analysis.measured(trial, GOAL)?;
            Some((trial.number(), trial.point(), direction.orient(goal)))
        })
        .collect();
    let encoding = Encoding::new(analysis.space());
    let mut found = BTreeSet::new();
    for _ in 0..ROUNDS {
        let suspects = suspects(&encoding, &known);
        let worst = suspects.iter().fold(FAR, |worst, (_, residual)| worst.max(*residual));
        let near = suspects.into_iter().filter(|(_, residual)| *residual >= worst * NEAR);
        let numbers: Vec<u64> =
            near.filter(|(_, residual)| *residual >= FAR).map(|(number, _)| number).collect();
        if numbers.is_empty() {
            break;
        }
        found.extend(numbers);
        known.retain(|(number, _, _)| !found.contains(number));
    }
    found
}

/// The trials that are far worse than most, and by how many standard deviations each is worse than
/// expected.
fn suspects(encoding: &Encoding, known: &[(u64, &Point, f64)]) -> Vec<(u64, f64)> {
    if known.len() < LEAST {
        return Vec::new();
    }
    let pairs: Vec<(&Point, f64)> = known.iter().map(|(_, point, loss)| (*point, *loss)).collect();
    let Some(response) = far_ones(&pairs).then(|| Response::fit(encoding, GOAL, &pairs)).flatten()
    else {
        return Vec::new();
    };
    let far = known.iter().filter(|(_, _, loss)| response.reading.is_far_above(*loss));
    far.filter_map(|(number, point, loss)| {
        let (expected, residual) = response.left_out(encoding, point, *loss)?;
        (!response.reading.is_far_above(expected)).then_some((*number, residual))
    })
    .collect()
}

/// Whether a model is worth its time.
fn far_ones(known: &[(&Point, f64)]) -> bool {
    let losses: Vec<f64> = known.iter().map(|(_, loss)| *loss).collect();
    let reading = super::reading::Reading::of(GOAL, &losses);
    losses.iter().any(|loss| reading.is_far_above(*loss))
}
