//! What the trials show where some were stopped early, and the constants of the model of it.

use crate::curves::{Curves, Foresight};
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::sampler::bayesian::earlier::EarlierModels;
use crate::sampler::bayesian::training_data::EncodedTrials;
use crate::surrogate::{Codes, Encoding, LEAST_RELIABILITY, PriorMean, ScoreModel, Scores};
use crate::trial::{TrialRecord, TrialState};

/// Trials in the model at most: some of the best, and others that are drawn afresh each time. They bound the
/// time of a suggestion; not varied.
const BEST_MODELLED: usize = 56;
const OTHERS_MODELLED: usize = 34;
/// The constants are fitted anew when there are half as many trials again, from this number on. Not varied.
const FIRST_FIT: usize = 5;
/// Keeps the choice of trials for a fit apart from other random decisions.
const FIT: u64 = 0x6669_7473_636f_7265;

/// The constants of the last fit, and how many trials it was made with.
#[derive(Debug, Default)]
pub(in super::super) struct LastFit(Option<(usize, ScoreModel)>);

/// What is known of a trial.
pub(in super::super) struct Known {
    pub(in super::super) number: u64,
    pub(in super::super) codes: Codes,
    score: f64,
    reliability: f64,
}

impl Known {
    pub(in super::super) fn expected(&self) -> f64 {
        self.reliability * self.score
    }
}

/// What is known of the trials with curves; failed ones are as bad as the worst.
pub(in super::super) fn known<'a>(
    trials: impl Iterator<Item = &'a TrialRecord>,
    curves: &Curves,
    encoding: &Encoding,
    codes: &mut EncodedTrials,
) -> Option<Vec<Known>> {
    let foresight = Foresight::learn(curves)?;
    let mut known = Vec::new();
    let mut failed = Vec::new();
    let mut worst = 0.0_f64;
    for record in trials {
        match foresight.score(record.number()) {
            Some((score, reliability)) => {
                worst = worst.max(score);
                let (number, codes) = (record.number(), codes.of(record, encoding));
                known.push(Known {
                    number,
                    codes,
                    score,
                    reliability: reliability.max(LEAST_RELIABILITY),
                });
            }
            None if record.state() == TrialState::Failed => {
                failed.push((record.number(), codes.of(record, encoding)));
            }
            None => {}
        }
    }
    let as_bad = |(number, codes)| Known { number, codes, score: worst, reliability: 1.0 };
    known.extend(failed.into_iter().map(as_bad));
    Some(known)
}

/// The trials, the best first.
pub(super) fn best_first(known: &[Known]) -> Vec<usize> {
    lowest_first(known.len(), |at| known[at].expected())
}

/// The trials that are modelled, of those in this order: the first ones, and some others.
pub(in super::super) fn modelled(order: Vec<usize>, random: &mut Stream) -> Vec<usize> {
    first_and_others(order, BEST_MODELLED, OTHERS_MODELLED, random)
}

/// The scores of some trials.
pub(in super::super) fn scores(known: &[Known], modelled: &[usize], encoding: &Encoding) -> Scores {
    let mut scores = Scores::new(encoding.len());
    for &at in modelled {
        let Known { codes, score, reliability, .. } = &known[at];
        scores.push(codes, *score, *reliability);
    }
    scores
}

/// How much each earlier study is believed, given these scores.
pub(in super::super) fn weights(
    earlier: &EarlierModels,
    encoding: &Encoding,
    scores: &Scores,
) -> Vec<f64> {
    let Scores { inputs, values, excess } = scores;
    let predicted: Vec<Vec<f64>> =
        (0..inputs.len()).map(|at| earlier.predict(&inputs.row(at))).collect();
    earlier.weights(encoding, inputs.clone(), &predicted, values, excess)
}

/// The constants that the first trials give, as far as they have ended: a function of the past that later
/// reports do not change. `curves` gives the curves of the first trials; its argument is their number.
pub(in super::super) fn fitted<'a>(
    context: &Context<'_>,
    encoding: &Encoding,
    earlier: &EarlierModels,
    curves: impl Fn(usize) -> Curves,
    codes: &mut EncodedTrials,
    last_fit: &'a mut LastFit,
) -> Option<&'a ScoreModel> {
    let trials = || context.history().trials();
    let ended = trials().take_while(|record| record.state().is_finished()).count();
    let mut count = FIRST_FIT.min(ended);
    while count + count / 2 <= ended && count >= FIRST_FIT {
        count += count / 2;
    }
    if last_fit.0.as_ref().is_none_or(|(fitted, _)| *fitted != count) {
        let known =
            known(trials().take(count), &curves(count), encoding, codes).unwrap_or_default();
        let mut random = Stream::new(context.seed(), count as u64).fork(FIT);
        let chosen = modelled(best_first(&known), &mut random);
        let mut scores = scores(&known, &chosen, encoding);
        if !earlier.is_empty() {
            let led = earlier.prior_mean(&weights(earlier, encoding, &scores));
            leave(&led, &mut scores);
        }
        last_fit.0 = Some((count, ScoreModel::fit(encoding.features(), &scores)));
    }
    last_fit.0.as_ref().map(|(_, model)| model)
}

/// Leaves of the scores what a prior mean does not explain.
fn leave(prior: &PriorMean, scores: &mut Scores) {
    let mut expected = vec![0.0; scores.values.len()];
    prior.add_at(&scores.inputs, &mut expected);
    scores.values.iter_mut().zip(expected).for_each(|(value, expected)| *value -= expected);
}

/// The numbers below `count`, those with the lowest values first.
pub(in super::super) fn lowest_first(count: usize, value: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)).then(a.cmp(&b)));
    order
}

/// The first ones of an order, and as many others as wanted, drawn at random from the rest.
pub(in super::super) fn first_and_others(
    mut order: Vec<usize>,
    first: usize,
    others: usize,
    random: &mut Stream,
) -> Vec<usize> {
    let end = order.len().min(first + others);
    for at in first..end {
        let other = at + random.below((order.len() - at) as u64) as usize;
        order.swap(at, other);
    }
    order.truncate(end);
    order
}
