use std::cmp::Reverse;

use super::head_start::head_start;
use super::standings::{Standing, compared};
use super::{Context, Sampler, Suggestion};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::math::statistics::levels;
use crate::space::Space;
use crate::space::edits::{Edits, WIDTH};
use crate::trial::{History, Observed};

/// Most that compete in a tournament; more would only take time, because the best of this many is
/// the best of the population.
const LARGEST_TOURNAMENT: usize = 10_000;
/// How often a child is bred in the hope that it was not tried. Both bound the time in spaces that are nearly
/// used up.
const BROODS: usize = 30;
/// How often the last child is changed further before chance decides.
const FURTHER: usize = 100;

/// Regularized evolution: the best of a few recent trials gets a child that differs in one value.
///
/// The population is the last `population` complete trials, so that even good ones die of age; a
/// parent wins a tournament among `tournament` of them, drawn with replacement; a mutation changes
/// one parameter: a category or level to any other, a number by a step of 0.2 of its range on
/// average (Real, Aggarwal, Huang and Le 2019, Regularized evolution for image classifier
/// architecture search, AAAI 33, algorithm 1). Strong where many good points are one change from
/// another, as architectures are; for expensive training with few numbers
/// [`BayesianSampler`](crate::BayesianSampler) needs fewer trials. Nothing is tried twice.
///
/// Where hardly a child is legal, as under a constraint that leaves almost nothing, children are
/// found by moves that stay legal.
///
/// Where losses tie, up to rounding, chance decides who wins a tournament. Parents die of age, and
/// children that are no worse take their places. So the population drifts over a plateau until it
/// finds a way down (neutral drift; Miller and Smith 2006, Redundancy and computational efficiency in
/// Cartesian genetic programming, IEEE Transactions on Evolutionary Computation 10). The middle of a
/// plateau is not preferred: that would stop the drift.
///
/// With limits or outcome constraints, feasible trials win against infeasible ones, and of these the one that
/// misses less; with several goals the one on the better front, and on one front the one with more room.
/// Infeasible trials belong to the population only as long as there are too few others. For several goals and
/// trials by the thousand [`NsgaSampler`](crate::NsgaSampler) keeps more of the front.
///
/// The first `population` trials are random; with [earlier studies](crate::study::StudyBuilder::learn_from)
/// half of them are the best configs of these. Running trials are no parents; failed and pruned ones
/// have no children. Cost per suggestion: a pass over the history.
///
/// ```
/// use tunewright::EvolutionSampler;
///
/// let usual = EvolutionSampler::new();
/// let published = EvolutionSampler::new().population(10).tournament(3); // NAS-Bench-201
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EvolutionSampler {
    population: usize,
    tournament: usize,
}

impl Default for EvolutionSampler {
    fn default() -> Self {
        EvolutionSampler { population: 20, tournament: 5 }
    }
}

impl EvolutionSampler {
    /// A population of 20, tournaments of 5.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many of the latest complete trials may have children; from 1.
    pub fn population(mut self, trials: usize) -> Self {
        self.population = trials;
        self
    }

    /// How many of them compete for it, from 1 to 10,000. More is greedier.
    pub fn tournament(mut self, trials: usize) -> Self {
        self.tournament = trials;
        self
    }

    /// The latest complete trials. Where some miss limits, the latest that miss none, and others only as long
    /// as these are too few: near a limit half of the children miss it, and their parents would die of age
    /// before they have better ones.
    fn latest<'a>(&self, history: &'a History) -> Vec<Observed<'a>> {
        let mut latest: Vec<_> = history.feasible().rev().take(self.population).collect();
        let left = self.population - latest.len();
        let infeasible = history.complete().rev().filter(|trial| !trial.is_feasible());
        latest.extend(infeasible.take(left));
        latest.sort_by_key(|trial| Reverse(trial.number()));
        latest
    }
}

impl Sampler for EvolutionSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        self.check(context.space())?;
        let history = context.history();
        let mut random = context.random();
        let population = self.latest(history);
        if history.distinct() < self.population || population.is_empty() {
            // Half of the first population, in case the earlier studies mislead.
            return match head_start(context, self.population.div_ceil(2)) {
                Some(point) => Ok(point.into()),
                None => context.sample_fresh(&mut random).map(Suggestion::from),
            };
        }
        let population = compared(&population, history);
        let merits: Vec<f64> = population.iter().map(Standing::merit).collect();
        let levels = levels(&merits);
        let population: Vec<_> = population.into_iter().zip(levels).collect();
        let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            context.mask(chosen, axis, legal);
        };
        let edits = Edits { space: context.space(), mask: &mask };
        let mut child = None;
        for _ in 0..BROODS {
            let winner = fittest(&population, self.tournament, &mut random);
            child = winner.and_then(|parent| edits.random(parent.point(), &mut random));
            if let Some(child) = child.as_ref().filter(|child| context.is_untried(child)) {
                return Ok(child.clone().into());
            }
        }
        if context.is_rare()
            && let Some(parent) = fittest(&population, self.tournament, &mut random)
            && let Some(child) = context.near(parent.point(), WIDTH, &mut random)
        {
            return Ok(child.into());
        }
        for _ in 0..FURTHER {
            let Some(last) = child else { break };
            child = edits.random(&last, &mut random);
            if let Some(child) = child.as_ref().filter(|child| context.is_untried(child)) {
                return Ok(child.clone().into());
            }
        }
        context.sample_fresh(&mut random).map(Suggestion::from)
    }

    fn check(&self, _space: &Space) -> Result<()> {
        for (option, value) in [("population", self.population), ("tournament", self.tournament)] {
            if value == 0 {
                let remedy = "it must be at least 1";
                return Err(Error::InvalidOption { option, value: value.to_string(), remedy });
            }
        }
        if self.tournament > LARGEST_TOURNAMENT {
            return Err(Error::InvalidOption {
                option: "tournament",
                value: self.tournament.to_string(),
                remedy: "it must be at most 10000",
            });
        }
        Ok(())
    }
}

/// The winner of a tournament among trials with the levels of their losses: among equal ones the one that is
/// drawn first, which is a random one.
fn fittest<'a>(
    population: &[(Standing<'a>, usize)],
    tournament: usize,
    random: &mut Stream,
) -> Option<Standing<'a>> {
    let drawn = (0..tournament).map(|_| population[random.below(population.len() as u64) as usize]);
    drawn.min_by_key(|(_, level)| *level).map(|(trial, _)| trial)
}
