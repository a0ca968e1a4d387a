//! One suggestion, step by step; the numbers are those of the steps in the documentation of
//! [`bayesian`](super).

use super::acquisition::Acquisition;
use super::belief::Belief;
use super::candidates::{Candidates, Spread, complete};
use super::earlier::Earlier;
use super::effort::Effort;
use super::incremental_model::IncrementalModel;
use super::local_model::LocalModel;
use super::rare::Legal;
use super::search::{Allowed, Search};
use super::surface::{AcquisitionSurface, Combination, Feasibility};
use super::training_data::TrainingData;
use super::trust_box::TrustBox;
use super::user_prior::UserPrior;
use super::{Models, Strategy};
use crate::math::linalg::Cholesky;
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::space::Point;
use crate::surrogate::{Codes, Encoding, Inputs, Latent, Noise, Posterior, SurrogateOptions, Ties};

/// Observations whose surroundings give candidates. Without these candidates the losses are the same within
/// their errors.
const BEST: usize = 5;
/// Trials in one combination of choices that may gain little before another one is tried. Not varied.
const PATIENCE: usize = 3;
/// What a gain must exceed, in standard deviations of the transformed losses. At 0.05 and 0.4 the losses are
/// the same within their errors.
const WORTHWHILE: f64 = 0.2;
/// Candidates at which a function is drawn for Thompson sampling. With 100 and 700 the losses are the same.
const DRAWN_TOGETHER: usize = 300;
/// One candidate in this many is in the sample that tells whether any improvement is expected. Not varied.
const SAMPLED: usize = 3;
/// How often a trial goes to the bottom of the incumbent's surroundings. Without it only smooth synthetic
/// functions end higher.
const POLISHED: u64 = 4;
/// The same while other trials are running. At every trial and at every fourth the losses are the same within
/// their errors.
const POLISHED_BESIDE_OTHERS: u64 = 2;
/// How often, while other trials are running, one stays near the incumbent. At every fourth trial the losses
/// are the same, without it somewhat higher (`benches/bayesian.md`).
const NEAR: u64 = 2;
/// The most parameters, and the most codes of observations, where losses may be taken for a sum over
/// parameters: its covariances cost one correlation for each code. They bound the time of a suggestion.
const MOST_SUMMED: usize = 20;
const MOST_SUMMED_CODES: usize = 4000;

/// A suggestion in the making: what it is made of.
pub(super) struct Suggesting<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) strategy: &'a Strategy,
    pub(super) options: SurrogateOptions,
    /// With the learned conditions, if these are believed.
    pub(super) encoding: &'a Encoding,
    pub(super) past: &'a TrainingData,
    /// The past without learned conditions: its codes still say where the best trials were.
    pub(super) as_seen: &'a TrainingData,
    pub(super) earlier: &'a Earlier,
}

impl<'a> Suggesting<'a> {
    /// Steps 2 to 10; `None` where no place may be tried.
    pub(super) fn suggest(
        &self,
        models: &mut Models,
        spread: &mut Spread,
        random: &mut Stream,
    ) -> Option<Point> {
        let Models { losses, noise_free, sums, failures } = models;
        let (encoding, past) = (self.encoding, self.past);
        let losses = Belief::new(losses, encoding, past);
        if self.may_ask_noise_free() {
            noise_free.advance_fits(encoding, &past.rows, &past.losses, &past.deviations);
        }
        if let Some(point) = losses.as_ref().and_then(|belief| self.polished(belief)) {
            return Some(point);
        }
        let summed = self.summed(sums);
        let failures = failures_in(past, encoding, failures);
        let ties = self.ties();
        let closed = losses
            .as_ref()
            .and_then(|belief| exhausted_combination(encoding, &past.rows, &belief.values));
        let region = self.region(losses.as_ref());
        let first = summed.as_ref().or(losses.as_ref());
        let prior = UserPrior::new(self.context.believed(), encoding, &self.as_seen.best_first())
            .filter(|prior| prior.is_followed(random));
        let mut surface = AcquisitionSurface {
            losses: first.map(|belief| belief.posterior),
            acquisition: self.acquisition(),
            incumbent: first.map_or(f64::INFINITY, |belief| belief.incumbent),
            feasibility: failures,
            ties: ties.as_ref(),
            closed: closed.as_ref(),
            prior: prior.as_ref(),
            region: &region,
        };
        let effort = surface.effort(encoding);
        // Where legal points are rare, hardly a candidate would be legal.
        let mut legal = if self.context.points().is_some() || self.context.is_rare() {
            Some(Legal::gather(self.context, encoding, random).ok()?)
        } else {
            None
        };
        let candidates = match &mut legal {
            Some(legal) => {
                std::mem::replace(&mut legal.candidates, Candidates::new(encoding.len()))
            }
            None => self.candidates(spread, &effort, &region, random),
        };
        // The sum is known to its bottom, as far as the losses are one.
        let joint = losses.as_ref().filter(|_| summed.is_some());
        let worths = self.worths(&mut surface, &candidates, joint, noise_free);
        let heights = surface.heights_of(worths, &candidates.codes);
        match (&legal, self.strategy) {
            (Some(legal), Strategy::Maximize(_)) => legal.highest(&surface, &heights, random),
            _ => self.choose(&surface, effort, &candidates, &heights, random),
        }
    }

    fn acquisition(&self) -> &'a dyn Acquisition {
        self.strategy.acquisition()
    }

    fn noise(&self) -> Noise {
        self.options.noise
    }

    /// Whether other trials are running.
    fn is_parallel(&self) -> bool {
        !self.past.running.is_empty()
    }

    /// Whether the model without noise may be asked (step 8). An acquisition that does not even mind
    /// the lowest worth there is never asks it.
    fn may_ask_noise_free(&self) -> bool {
        self.noise() == Noise::Negligible && self.acquisition().expects_nothing(f64::NEG_INFINITY)
    }

    /// Suggesting 9. Under noise the bowl would be one of lucky draws, and where the best tie there is
    /// none.
    fn polished(&self, belief: &Belief<'_>) -> Option<Point> {
        let every = if self.is_parallel() { POLISHED_BESIDE_OTHERS } else { POLISHED };
        if self.context.number() % every != every - 1
            || self.noise().incumbent_is_noisy()
            || self.past.best_is_tied()
        {
            return None;
        }
        let (past, lengthscales) = (self.past, &belief.posterior.model().lengthscales);
        let around = LocalModel::new(self.encoding, &past.rows, &past.losses, lengthscales)?;
        if past.pruned.iter().chain(past.failures()).any(|codes| around.contains(codes)) {
            return None;
        }
        let point = self.encoding.decode(&self.encoding.latent(&around.bottom()?));
        (self.context.is_legal(&point) && self.context.is_new(&point)).then_some(point)
    }

    /// The second part of step 2. A kernel or an output that was asked for is kept to.
    fn summed<'m>(&self, sums: &'m mut IncrementalModel) -> Option<Belief<'m>> {
        let past = self.past;
        let usual = SurrogateOptions::default() == self.options;
        let is_sum = usual
            && (2..=MOST_SUMMED).contains(&self.encoding.len())
            && past.rows.len() * self.encoding.len() <= MOST_SUMMED_CODES
            && sums.finds_a_sum(self.encoding, &past.rows, &past.losses, &past.deviations);
        if is_sum { Belief::new(sums, self.encoding, past) } else { None }
    }

    /// Suggesting 5. Under noise equal losses are chance.
    fn ties(&self) -> Option<Ties> {
        if self.noise().incumbent_is_noisy() { None } else { self.past.ties(self.encoding) }
    }

    /// Suggesting 10: where the search may go. A later attempt means that nothing is left to try near the
    /// incumbent.
    fn region(&self, belief: Option<&Belief<'_>>) -> TrustBox {
        let (number, attempt) = (self.context.number(), self.context.attempt());
        match (belief, self.past.best().next(), self.strategy) {
            (Some(belief), Some(best), Strategy::Maximize(_))
                if self.is_parallel() && attempt == 0 && number.is_multiple_of(NEAR) =>
            {
                let lengthscales = &belief.posterior.model().lengthscales;
                TrustBox::around(best, self.encoding, lengthscales)
            }
            _ => TrustBox::whole(self.encoding.len()),
        }
    }

    /// The candidates of step 7.
    fn candidates(
        &self,
        spread: &mut Spread,
        effort: &Effort,
        region: &TrustBox,
        random: &mut Stream,
    ) -> Candidates {
        let near = self.as_seen.best().take(BEST);
        let mut candidates = spread.candidates(effort, self.encoding, region, near, random);
        for codes in self.earlier.best(BEST) {
            let latent = complete(self.encoding, codes, random);
            candidates.push(self.encoding, region.moved_inside(latent));
        }
        candidates
    }

    /// The acquisition at all candidates. Where a sample of them promises nothing, the surface is
    /// changed: to the `joint` model, where a sum has decided so far, and then as step 8 says.
    fn worths<'m>(
        &self,
        surface: &mut AcquisitionSurface<'m>,
        candidates: &Candidates,
        joint: Option<&Belief<'m>>,
        noise_free: &'m mut IncrementalModel,
    ) -> Vec<f64> {
        let expects_nothing = |worths: &[f64]| {
            let highest = worths.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            self.acquisition().expects_nothing(highest)
        };
        let sample = candidates.codes.every(SAMPLED, 0);
        let mut worths = surface.worths(&sample);
        if expects_nothing(&worths)
            && let Some(belief) = joint
        {
            surface.believe(belief);
            worths = surface.worths(&sample);
        }
        if self.may_ask_noise_free()
            && expects_nothing(&worths)
            && let Some(belief) = Belief::new(noise_free, self.encoding, self.past)
        {
            surface.believe(&belief);
            worths = surface.worths(&sample);
        }
        let mut parts = vec![worths];
        for first in 1..SAMPLED {
            parts.push(surface.worths(&candidates.codes.every(SAMPLED, first)));
        }
        let count = candidates.codes.len();
        (0..count).map(|at| parts[at % SAMPLED][at / SAMPLED]).collect()
    }

    /// The rest of step 7: the highest place that may be tried, or one by a draw from the posterior.
    fn choose(
        &self,
        surface: &AcquisitionSurface<'_>,
        effort: Effort,
        candidates: &Candidates,
        heights: &[f64],
        random: &mut Stream,
    ) -> Option<Point> {
        let (context, encoding) = (self.context, self.encoding);
        let best = self.as_seen.best().next().map(|codes| complete(encoding, codes, random));
        let allowed = allowed(context, encoding, self.past);
        let chosen = match (self.strategy, surface.losses) {
            (Strategy::Thompson, Some(losses)) => {
                draw(losses, candidates, heights, allowed, random)?
            }
            _ => {
                let search = Search::new(surface, encoding, effort);
                search.highest(candidates, heights, best, allowed, random)?
            }
        };
        Some(encoding.decode(&chosen))
    }
}

/// Step 4: where trials fail.
pub(super) fn failures_in<'m>(
    past: &TrainingData,
    encoding: &Encoding,
    failures: &'m mut IncrementalModel,
) -> Option<Feasibility<'m>> {
    if !past.has_failures() {
        return None;
    }
    let exact = vec![None; past.failed.len()];
    let (posterior, marks) = failures.update(encoding, &past.ended, &past.failed, &exact)?;
    for codes in past.pruned.iter().chain(&past.running) {
        posterior.condition_on_mean(codes);
    }
    Some(Feasibility { failures: posterior, threshold: threshold(&marks) })
}

/// Whether a place may be suggested.
pub(super) fn allowed(
    context: &Context<'_>,
    encoding: &Encoding,
    past: &TrainingData,
) -> impl Fn(&Latent) -> Allowed {
    |latent| {
        let point = encoding.decode(latent);
        if !context.is_legal(&point) {
            Allowed::Never
        } else if context.is_new(&point) && !past.tried.contains(&encoding.encode(&point)) {
            Allowed::Yes
        } else {
            Allowed::Repeat
        }
    }
}

/// The allowed candidate at which a function drawn from the posterior is lowest, among those that
/// promise most.
fn draw(
    losses: &Posterior,
    candidates: &Candidates,
    heights: &[f64],
    mut allowed: impl FnMut(&Latent) -> Allowed,
    random: &mut Stream,
) -> Option<Latent> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|&a, &b| heights[b].total_cmp(&heights[a]).then(a.cmp(&b)));
    order.retain(|&at| allowed(&candidates.latent[at]) == Allowed::Yes);
    order.truncate(DRAWN_TOGETHER);
    let mut places = Inputs::new(losses.inputs().features());
    order.iter().for_each(|&at| places.push(&candidates.codes.row(at)));
    let (means, covariance) = losses.predict_jointly(&places);
    let normals: Vec<f64> = order.iter().map(|_| random.normal()).collect();
    // Without a factor the means decide.
    let factor = Cholesky::with_jitter(&covariance).ok();
    let value = |at: usize| {
        let scatter = factor.as_ref().map_or(0.0, |factor| {
            (0..=at).map(|other| factor.get(at, other) * normals[other]).sum()
        });
        means[at] + scatter
    };
    let lowest = (0..order.len()).min_by(|&a, &b| value(a).total_cmp(&value(b)))?;
    Some(candidates.latent[order[lowest]].clone())
}

/// The incumbent's combination of choices, if the last few trials all had it and gained little.
///
/// The transform magnifies differences near the best, and once most trials share one combination
/// there are no others: the model then polishes the last digits there while a better combination
/// was hardly looked at. One trial elsewhere from time to time is a small price.
fn exhausted_combination(
    encoding: &Encoding,
    rows: &[Codes],
    values: &[f64],
) -> Option<Combination> {
    let before = rows.len().checked_sub(PATIENCE).filter(|before| *before > 0)?;
    let features = (0..encoding.len()).filter(|&at| encoding.features()[at].is_choice());
    let lowest = |range: std::ops::Range<usize>| {
        range.min_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)))
    };
    let best = lowest(0..rows.len())?;
    let choices: Combination = features.map(|at| (at, rows[best][at])).collect();
    let gain = values[lowest(0..before)?] - values[best];
    let stuck = gain < WORTHWHILE
        && rows[before..].iter().all(|row| choices.iter().all(|&(at, code)| row[at] == code));
    (stuck && !choices.is_empty()).then_some(choices)
}

/// Half-way between the transformed marks of success and failure; one deviation below the mark
/// where all have failed.
fn threshold(values: &[f64]) -> f64 {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low < high { 0.5 * (low + high) } else { high - 1.0 }
}
