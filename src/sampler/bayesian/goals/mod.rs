//! A suggestion for a study with several goals or with outcome constraints.
//!
//! One process is fitted to each goal and to each outcome constraint (see `surrogate::compression` for what they
//! model). The acquisition is the logarithm of the expected hypervolume improvement over the feasible
//! front (see `math::pareto::improvement`), with one goal the acquisition that was asked for, plus the
//! logarithms of the probabilities that each outcome constraint holds (Gardner et al. 2014, Bayesian
//! optimization with inequality constraints). As long as nothing is feasible these decide alone. The
//! limits of goals are where the hypervolume begins, so that they need no probability of their own; where
//! a goal has none, see `reference`. Where trials were stopped early, every second suggestion draws from what their
//! curves show (see `stopped`). The density of what a person believes multiplies the acquisition, as with one
//! goal, once something is feasible.

mod magnified;
mod outcomes;
mod preferred;
mod reference;
mod stopped;
mod surface;
#[cfg(test)]
mod tests;

use super::Acquisition;
use super::candidates::{Candidates, Spread, complete};
use super::incremental_model::IncrementalModel;
use super::rare::Legal;
use super::search::Search;
use super::suggesting::{allowed, failures_in};
use super::surface::Surface;
use super::training_data::TrainingData;
use super::trust_box::TrustBox;
use super::user_prior::UserPrior;
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::space::Point;
use crate::surrogate::{Codes, Encoding, SurrogateOptions};

pub(super) use outcomes::OutcomeModels;
use surface::{Gain, OutcomeSurface};

/// Trials on the front, or nearest to it, whose surroundings give candidates.
const NEAR: usize = 6;
/// How many of them are those nearest to the compromise, where that is looked for.
const NEAR_COMPROMISE: usize = 3;

/// A suggestion in the making: what it is made of.
pub(super) struct Suggesting<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) acquisition: &'a dyn Acquisition,
    pub(super) options: SurrogateOptions,
    pub(super) encoding: &'a Encoding,
    pub(super) past: &'a TrainingData,
}

impl Suggesting<'_> {
    /// `None` where no place may be tried.
    pub(super) fn suggest(
        &self,
        models: &mut OutcomeModels,
        failed: &mut IncrementalModel,
        spread: &Spread,
        random: &mut Stream,
    ) -> Option<Point> {
        let (context, encoding, past) = (self.context, self.encoding, self.past);
        let goals = context.history().goals();
        let start = 2 * (encoding.len() + 1);
        let believed: Vec<Codes> = past.pruned.iter().chain(&past.running).cloned().collect();
        let beliefs = models.update(self.options, goals, start, encoding, past, &believed);
        let failed = failures_in(past, encoding, failed);
        let region = TrustBox::whole(encoding.len());
        let reference = beliefs.reference(goals, start, &spread.probes(encoding), random);
        // Under noise equal values are chance.
        let noisy = self.options.noise.incumbent_is_noisy();
        let ties = if noisy { None } else { past.outcome_ties(encoding) };
        // Until something is feasible, that alone is looked for.
        let prior = UserPrior::new(context.believed(), encoding, &past.best_first())
            .filter(|prior| !beliefs.feasible.is_empty() && prior.is_followed(random));
        let prior = prior.as_ref();
        let weights = preferred::drawn(goals, random);
        let compromise =
            weights.and_then(|weights| Gain::of_compromise(&beliefs, goals, &weights, &reference));
        if let Some(gain) = compromise {
            let near = gain.nearest(&beliefs, past, NEAR_COMPROMISE);
            let surface =
                OutcomeSurface::new(&beliefs, gain, failed, ties.as_ref(), prior, &region);
            let found = self.highest(&surface, near, spread, random);
            if found
                .as_ref()
                .is_some_and(|point| preferred::is_worthwhile(&surface, encoding, point))
            {
                return found;
            }
        }
        let all = (goals, reference.as_slice());
        let gain = Gain::new(&beliefs, all, self.acquisition, random);
        let surface = OutcomeSurface::new(&beliefs, gain, failed, ties.as_ref(), prior, &region);
        self.highest(&surface, Vec::new(), spread, random)
    }

    /// The place that may be tried where a surface is highest. It is looked for near some places, and near the
    /// front.
    fn highest(
        &self,
        surface: &OutcomeSurface<'_>,
        mut near: Vec<Codes>,
        spread: &Spread,
        random: &mut Stream,
    ) -> Option<Point> {
        let (context, encoding, past) = (self.context, self.encoding, self.past);
        let effort = surface.effort(encoding);
        if context.points().is_some() || context.is_rare() {
            let mut legal = Legal::gather(context, encoding, random).ok()?;
            let candidates =
                std::mem::replace(&mut legal.candidates, Candidates::new(encoding.len()));
            let heights = surface.heights(&candidates.codes);
            return legal.highest(surface, &heights, random);
        }
        near.extend(self.near_front(NEAR - near.len(), random));
        let candidates = spread.candidates(&effort, encoding, surface.region(), &near, random);
        let heights = surface.heights(&candidates.codes);
        let first = near.first().map(|codes| complete(encoding, codes, random));
        let search = Search::new(surface, encoding, effort);
        let allowed = allowed(context, encoding, past);
        let chosen = search.highest(&candidates, &heights, first, allowed, random)?;
        Some(encoding.decode(&chosen))
    }

    /// The places whose surroundings are looked at: some trials of the front, drawn at random, and then
    /// those that are next to it. Where nothing is feasible, those that miss the limits the least.
    fn near_front(&self, count: usize, random: &mut Stream) -> Vec<Codes> {
        let ranks = self.past.ranks();
        let mut order: Vec<(usize, f64, usize)> =
            ranks.into_iter().enumerate().map(|(row, rank)| (rank, random.unit(), row)).collect();
        order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        order.iter().take(count).map(|(_, _, row)| self.past.rows[*row].clone()).collect()
    }
}
