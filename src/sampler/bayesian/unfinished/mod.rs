//! Suggestions in a study some of whose trials were stopped early.
//!
//! Losses of such trials are not known, only where they stood when they were stopped. So the model is
//! one of the scores of all trials (see [`curves`](crate::curves)): what a trial shows at a rung of
//! reliability ρ, divided by ρ, is its final score with an error of variance τ² = (1 − ρ²)/ρ². Such
//! errors are common to places that are alike, as where all good configs start slowly, or each
//! trial's own, or half and half: the most probable of these (see `surrogate::scores`). What earlier studies
//! predict, weighed by how well they predict the scores, is the prior mean.
//!
//! Thompson sampling (1933) chooses: of the candidates that promise most and some others, the one
//! whose score, drawn from the posterior, is the best. A share of the trials is drawn at random, which
//! keeps the model from a region where early reports mislead it; those that it chooses have a note, by which
//! pruners know that their ends are no fair sample. Trials that can go on compete with the
//! candidates: if the best of their final scores, drawn as well, is better, that trial goes on. A suggestion
//! that follows what a person believes draws its candidates by that density. Where losses tie, a candidate
//! stays with the probability that its loss is a new one (see `surrogate::ties`), to the power that the expected
//! improvement is multiplied with in studies without stopped trials.

mod known;

use super::candidates::{Candidates, Spread};
use super::earlier::EarlierModels;
use super::effort::Effort;
use super::rare::Legal;
use super::surface::NOVELTY;
use super::training_data::EncodedTrials;
use super::trust_box::TrustBox;
use super::user_prior::UserPrior;
use crate::curves::Curves;
use crate::math::random::Stream;
use crate::sampler::{Context, Suggestion};
use crate::space::Point;
use crate::surrogate::{Codes, Encoding, Posterior, ScoreModel, Scores, Ties};
use crate::trial::{TrialRecord, metric};

use known::best_first;
pub(super) use known::{
    Known, LastFit, first_and_others, fitted, known, lowest_first, modelled, scores, weights,
};

/// Trials of the initial design, unless another number is asked for. As many as there are parameters, and one more, make
/// the first hundreds of reports worse. Five are worse on one set of recorded curves and no better on another one
/// (`benches/early_stopping.md`).
pub(super) const START: usize = 3;
/// Share of the trials that are drawn at random. With none and with a half one set of recorded curves is
/// searched somewhat worse.
pub(super) const AT_RANDOM: f64 = 0.25;
/// Candidates among which a draw from the posterior decides: those of the best means, and others. Not varied.
pub(super) const BEST_DRAWN: usize = 30;
pub(super) const OTHERS_DRAWN: usize = 20;
/// Trials whose surroundings give candidates. Not varied.
const CENTRES: usize = 5;

/// Whether trials were stopped early with reports.
pub(super) fn are_there(context: &Context<'_>) -> bool {
    context.history().pruned().any(|record| !record.reports().is_empty())
}

/// What a suggestion is made of.
pub(super) struct Unfinished<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    pub(super) encoding: &'a Encoding,
    pub(super) spread: &'a Spread,
    /// Nothing where the suggestion is made without the earlier studies.
    pub(super) earlier: &'a EarlierModels,
    /// Where losses are probably known already; `None` where no trials tie.
    pub(super) ties: Option<Ties>,
}

/// A suggestion and what it rests on.
pub(super) struct Suggested {
    pub(super) suggestion: Suggestion,
    /// How much each earlier study is believed; empty where they were not asked.
    pub(super) weights: Vec<f64>,
    /// The probability that what a person believes is right.
    pub(super) belief: Option<f64>,
}

impl Unfinished<'_, '_> {
    /// `None` while too little is known.
    pub(super) fn suggest(
        &self,
        codes: &mut EncodedTrials,
        last_fit: &mut LastFit,
        random: &mut Stream,
    ) -> Option<Suggested> {
        let Unfinished { context, encoding, earlier, .. } = *self;
        let curves = Curves::of(context.history());
        let known = known(context.history().trials(), &curves, encoding, codes)?;
        let best: Vec<&Codes> = best_first(&known).iter().map(|&at| &known[at].codes).collect();
        let believed = UserPrior::new(context.believed(), encoding, &best);
        let belief = believed.as_ref().map(UserPrior::probability);
        if random.unit() < AT_RANDOM {
            let suggestion = context.sample_fresh(random).ok()?.into();
            return Some(Suggested { suggestion, weights: Vec::new(), belief });
        }
        let followed = believed.filter(|believed| believed.is_followed(random));
        let first = |count: usize| {
            let mut curves = Curves::new(context.history().goals().first(), None);
            context.history().trials().take(count).for_each(|record| curves.update(record));
            curves
        };
        let model = fitted(context, encoding, earlier, first, codes, last_fit)?;
        let chosen = modelled(best_first(&known), random);
        let scores = scores(&known, &chosen, encoding);
        let weights = match earlier.is_empty() {
            true => Vec::new(),
            false => weights(earlier, encoding, &scores),
        };
        let prior_mean = earlier.prior_mean(&weights);
        let posterior = model.posterior(encoding.features(), &scores, prior_mean)?;
        let numbers = chosen.iter().map(|&at| known[at].number).collect();
        let modelled = Modelled { numbers, scores, model, posterior };
        let suggestion = self.best_drawn(&modelled, &best, followed.as_ref(), random)?;
        let suggestion = suggestion.note(metric::CHOSEN_BY_MODEL, true);
        Some(Suggested { suggestion, weights, belief })
    }

    /// The best of new places and of the trials that can go on, by a draw of the score of each.
    fn best_drawn(
        &self,
        modelled: &Modelled<'_>,
        best: &[&Codes],
        followed: Option<&UserPrior>,
        random: &mut Stream,
    ) -> Option<Suggestion> {
        let Unfinished { context, encoding, .. } = *self;
        let (mut candidates, legal) = if context.points().is_some() || context.is_rare() {
            let legal = Legal::gather(context, encoding, random).ok()?;
            (legal.candidates, Some(legal.points))
        } else {
            (self.around_the_best(best, modelled, random), None)
        };
        if let Some(believed) = followed.filter(|_| legal.is_none()) {
            believed.redraw(encoding, random, &mut candidates);
        }
        let (means, variances) = modelled.posterior.predict_many(&candidates.codes);
        let mut order = lowest_first(means.len(), |at| means[at]);
        if let Some(believed) = followed {
            believed.thin(&candidates.codes, &mut order, random);
        }
        if let Some(ties) = &self.ties {
            let logs = ties.log_new(&candidates.codes);
            order.retain(|&at| random.unit() < (NOVELTY * logs[at]).exp());
        }
        let order = first_and_others(order, BEST_DRAWN, OTHERS_DRAWN, random);
        let have_paused = context.paused().next().is_some();
        let mut draw = |at: usize| {
            let process = (means[at], variances[at]);
            let new = if have_paused { modelled.model.expect_new(process) } else { process };
            (drawn_from(new, random), at)
        };
        let mut drawn: Vec<(f64, usize)> = order.into_iter().map(&mut draw).collect();
        drawn.sort_by(|(left, a), (right, b)| left.total_cmp(right).then(a.cmp(b)));
        if let Some((score, paused)) = modelled.best_of(context.paused(), random)
            && drawn.first().is_none_or(|(new, _)| score < *new)
        {
            return Some(Suggestion::going_on_with(paused));
        }
        let points = drawn.into_iter().map(|(_, at)| match &legal {
            Some(points) => points[at].clone(),
            None => encoding.decode(&candidates.latent[at]),
        });
        let may_be_run = |point: &Point| context.is_new(point) && context.is_legal(point);
        points.into_iter().find(may_be_run).map(Suggestion::from)
    }

    /// Candidates that cover the space, and others near the best trials.
    fn around_the_best(
        &self,
        best: &[&Codes],
        modelled: &Modelled<'_>,
        random: &mut Stream,
    ) -> Candidates {
        let Unfinished { encoding, spread, .. } = *self;
        let effort = Effort::new(encoding, &[modelled.scores.values.len()]);
        let whole = TrustBox::whole(encoding.len());
        let near = best.iter().copied().take(CENTRES);
        spread.candidates(&effort, encoding, &whole, near, random)
    }
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
