//! Suggestions in a study some of whose trials were stopped early.
//!
//! Losses of such trials are not known, only where they stood when they were stopped. So the model is
//! one of the scores of all trials (see [`curves`](crate::curves)): what a trial shows at a rung of
//! reliability ρ, divided by ρ, is its final score with an error of variance τ² = (1 − ρ²)/ρ². Such
//! errors are common to places that are alike, as where all good configs start slowly, or each
//! trial's own, or half and half: the most probable of these (see `surrogate::scores`).
//!
//! Thompson sampling (1933) chooses: of the candidates that promise most and some others, the one
//! whose score, drawn from the posterior, is the best. A share of the trials is drawn at random, which
//! keeps the model from a region where early reports mislead it. Trials that can go on compete with the
//! candidates: if the best of their final scores, drawn as well, is better, that trial goes on.

use super::candidates::{Candidates, Spread, perturb};
use super::effort::Effort;
use super::rare::Legal;
use super::training_data::EncodedTrials;
use super::trust_box::TrustBox;
use crate::curves::{Curves, Foresight};
use crate::math::random::Stream;
use crate::sampler::{Context, Suggestion};
use crate::surrogate::{Codes, Encoding, LEAST_RELIABILITY, Posterior, ScoreModel, Scores};
use crate::trial::{TrialRecord, TrialState};

/// Share of the trials that are drawn at random. With none and with a half one set of recorded curves is
/// searched somewhat worse.
const AT_RANDOM: f64 = 0.25;
/// Trials in the model at most: some of the best, and others that are drawn afresh each time. They bound the
/// time of a suggestion; not varied.
const BEST_MODELLED: usize = 56;
const OTHERS_MODELLED: usize = 34;
/// Candidates among which a draw from the posterior decides: those of the best means, and others. Not varied.
const BEST_DRAWN: usize = 30;
const OTHERS_DRAWN: usize = 20;
/// Trials whose surroundings give candidates. Not varied.
const CENTRES: usize = 5;
/// The constants are fitted anew when there are half as many trials again, from this number on. Not varied.
const FIRST_FIT: usize = 5;
/// Keeps the choice of trials for a fit apart from other random decisions.
const FIT: u64 = 0x6669_7473_636f_7265;

/// The constants of the last fit, and how many trials it was made with.
#[derive(Debug, Default)]
pub(super) struct LastFit(Option<(usize, ScoreModel)>);

/// What is known of a trial.
struct Known {
    number: u64,
    codes: Codes,
    score: f64,
    reliability: f64,
}

impl Known {
    fn expected(&self) -> f64 {
        self.reliability * self.score
    }
}

/// Whether trials were stopped early with reports.
pub(super) fn are_there(context: &Context<'_>) -> bool {
    context.history().pruned().any(|record| !record.reports().is_empty())
}

/// A suggestion; `None` while too little is known.
pub(super) fn suggest(
    context: &Context<'_>,
    encoding: &Encoding,
    codes: &mut EncodedTrials,
    last_fit: &mut LastFit,
    spread: &Spread,
    random: &mut Stream,
) -> Option<Suggestion> {
    let curves = Curves::of(context.history());
    let known = known(context.history().trials(), &curves, encoding, codes)?;
    if random.unit() < AT_RANDOM {
        return context.sample_fresh(random).ok().map(Suggestion::from);
    }
    let model = fitted(context, encoding, codes, last_fit)?;
    let chosen = chosen(&known, random);
    let scores = scores(&known, &chosen, encoding);
    let posterior = model.posterior(encoding.features(), &scores)?;
    let effort = Effort::new(encoding, &[scores.values.len()]);
    let (candidates, legal) = if context.points().is_some() || context.is_rare() {
        let legal = Legal::gather(context, encoding, random).ok()?;
        (legal.candidates, Some(legal.points))
    } else {
        (around_the_best(&known, encoding, &effort, spread, random), None)
    };
    let (means, variances) = posterior.predict_many(&candidates.codes);
    let order = lowest_first(means.len(), |at| means[at]);
    let order = first_and_others(order, BEST_DRAWN, OTHERS_DRAWN, random);
    let have_paused = context.paused().next().is_some();
    let mut draw = |at: usize| {
        let process = (means[at], variances[at]);
        let new = if have_paused { model.expect_new(process) } else { process };
        (drawn_from(new, random), at)
    };
    let mut drawn: Vec<(f64, usize)> = order.into_iter().map(&mut draw).collect();
    drawn.sort_by(|(left, a), (right, b)| left.total_cmp(right).then(a.cmp(b)));
    let numbers = chosen.iter().map(|&at| known[at].number).collect();
    let modelled = Modelled { numbers, scores, model, posterior };
    if let Some((score, paused)) = modelled.best_of(context.paused(), random)
        && drawn.first().is_none_or(|(new, _)| score < *new)
    {
        return Some(Suggestion::going_on_with(paused));
    }
    let points = drawn.into_iter().map(|(_, at)| match &legal {
        Some(points) => points[at].clone(),
        None => encoding.decode(&candidates.latent[at]),
    });
    let found = points.into_iter().find(|point| context.is_new(point) && context.is_legal(point));
    found.map(Suggestion::from)
}

/// The trials that the model knows, in the order of its scores.
struct Modelled<'m> {
    numbers: Vec<u64>,
    scores: Scores,
    model: &'m ScoreModel,
    posterior: Posterior,
}

impl Modelled<'_> {
    /// The best of some trials by a draw of the final score of each, and that score.
    fn best_of<'a>(
        &self,
        trials: impl Iterator<Item = &'a TrialRecord>,
        random: &mut Stream,
    ) -> Option<(f64, &'a TrialRecord)> {
        let final_scores = trials.filter_map(|trial| {
            let at = self.numbers.iter().position(|number| *number == trial.number())?;
            let process = self.posterior.predict(&self.scores.inputs.row(at));
            let (value, excess) = (self.scores.values[at], self.scores.excess[at]);
            Some((drawn_from(self.model.expect(process, value, excess), random), trial))
        });
        final_scores.min_by(|left, right| left.0.total_cmp(&right.0))
    }
}

/// A draw from the normal distribution with a mean and a variance.
fn drawn_from((mean, variance): (f64, f64), random: &mut Stream) -> f64 {
    mean + variance.max(0.0).sqrt() * random.normal()
}

/// The numbers below `count`, those with the lowest values first.
fn lowest_first(count: usize, value: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)).then(a.cmp(&b)));
    order
}

/// The first ones of an order, and as many others as wanted, drawn at random from the rest.
fn first_and_others(
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

/// Candidates that cover the space, and others near the best trials.
fn around_the_best(
    known: &[Known],
    encoding: &Encoding,
    effort: &Effort,
    spread: &Spread,
    random: &mut Stream,
) -> Candidates {
    let whole = TrustBox::whole(encoding.len());
    let mut candidates = Candidates::new(encoding.len());
    spread.fill(effort, encoding, &whole, random, &mut candidates);
    let order = lowest_first(known.len(), |at| known[at].expected());
    for &at in order.iter().take(CENTRES) {
        perturb(encoding, &whole, effort, &known[at].codes, random, &mut candidates);
    }
    candidates
}

/// What is known of the trials with curves; failed ones are as bad as the worst.
fn known<'a>(
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

/// The trials that are modelled: the best, and some others.
fn chosen(known: &[Known], random: &mut Stream) -> Vec<usize> {
    let order = lowest_first(known.len(), |at| known[at].expected());
    first_and_others(order, BEST_MODELLED, OTHERS_MODELLED, random)
}

/// The scores of some trials.
fn scores(known: &[Known], modelled: &[usize], encoding: &Encoding) -> Scores {
    let mut scores = Scores::new(encoding.len());
    for &at in modelled {
        let Known { codes, score, reliability, .. } = &known[at];
        scores.push(codes, *score, *reliability);
    }
    scores
}

/// The constants that the first trials give, as far as they have ended: a function of the past that later
/// reports do not change.
fn fitted<'a>(
    context: &Context<'_>,
    encoding: &Encoding,
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
        let direction = context.history().goals().first();
        let mut curves = Curves::new(direction, None);
        trials().take(count).for_each(|record| curves.update(record));
        let known = known(trials().take(count), &curves, encoding, codes).unwrap_or_default();
        let mut random = Stream::new(context.seed(), count as u64).fork(FIT);
        let scores = scores(&known, &chosen(&known, &mut random), encoding);
        last_fit.0 = Some((count, ScoreModel::fit(encoding.features(), &scores)));
    }
    last_fit.0.as_ref().map(|(_, model)| model)
}
