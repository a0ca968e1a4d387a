use std::borrow::Cow;

use super::outcomes::Beliefs;
use super::reference::caps;
use crate::math::pareto::improvement::{HypervolumeImprovement, Scratch};
use crate::math::pareto::scalarized::ScalarizedImprovement;
use crate::math::pareto::subset::greedy_subset;
use crate::math::random::Stream;
use crate::sampler::bayesian::acquisition::{
    Acquisition, Criterion, ProbabilityOfImprovement, Score,
};
use crate::sampler::bayesian::effort::Effort;
use crate::sampler::bayesian::surface::{Feasibility, NOVELTY, Predict, Surface};
use crate::sampler::bayesian::trust_box::TrustBox;
use crate::sampler::bayesian::user_prior::UserPrior;
use crate::surrogate::{Encoding, Inputs, Posterior, Prediction, Ties};
use crate::trial::Goals;

/// What the search climbs: the logarithms of what a trial is expected to gain, of the probabilities that
/// each outcome constraint holds, and of the probability that the trial does not fail.
pub(super) struct OutcomeSurface<'a> {
    beliefs: &'a Beliefs<'a>,
    gain: Gain<'a>,
    failures: Option<Feasibility<'a>>,
    /// Where everything is known already; `None` where no trials tie.
    ties: Option<&'a Ties>,
    /// What a person believes; `None` where the suggestion does not follow it.
    prior: Option<&'a UserPrior>,
    region: &'a TrustBox,
    lengthscales: Option<Vec<f64>>,
}

/// What a trial gains if it is feasible.
pub(super) enum Gain<'a> {
    /// Nothing is feasible yet: to be feasible is all.
    Nothing,
    /// Of one goal.
    OneGoal {
        acquisition: &'a dyn Acquisition,
        incumbent: f64,
    },
    Hypervolume(HypervolumeImprovement),
    /// Of very many goals.
    Scalarized(ScalarizedImprovement),
}

/// The most goals whose hypervolume is worked out, and of at most how many trials of the front. The work
/// grows steeply in both: these bound the time of a suggestion.
const MOST_GOALS: usize = 4;
const MOST_ON_FRONT: usize = 60;
/// The least that a goal weighs, so that none is left out.
pub(super) const LEAST_WEIGHT: f64 = 1e-3;

/// A place as the processes of the goals see it, and what the gain changes by.
struct Place {
    means: Vec<f64>,
    deviations: Vec<f64>,
    by_mean: Vec<f64>,
    by_deviation: Vec<f64>,
    scratch: Scratch,
}

impl Place {
    fn new(goals: usize) -> Self {
        Place {
            means: vec![0.0; goals],
            deviations: vec![0.0; goals],
            by_mean: vec![0.0; goals],
            by_deviation: vec![0.0; goals],
            scratch: Scratch::default(),
        }
    }
}

impl<'a> Gain<'a> {
    pub(super) fn new(
        beliefs: &Beliefs<'_>,
        (goals, reference): (&Goals, &[f64]),
        acquisition: &'a dyn Acquisition,
        random: &mut Stream,
    ) -> Self {
        let feasible = &beliefs.feasible;
        let caps = caps(goals, reference);
        match beliefs.goals.len() {
            0 => Gain::Nothing,
            _ if feasible.is_empty() && !beliefs.constraints.is_empty() => Gain::Nothing,
            1 => {
                let losses = feasible.iter().map(|losses| losses[0]);
                Gain::OneGoal { acquisition, incumbent: losses.fold(reference[0], f64::min) }
            }
            goals if goals > MOST_GOALS => {
                let lowest =
                    |at: usize| beliefs.goals[at].values.iter().copied().fold(f64::MAX, f64::min);
                let ideal: Vec<f64> = (0..goals).map(lowest).collect();
                // From the flat Dirichlet distribution, in units of the range that counts.
                let weights: Vec<f64> = ideal
                    .iter()
                    .zip(reference)
                    .map(|(ideal, reference)| {
                        let range = (reference - ideal).max(f64::MIN_POSITIVE.sqrt());
                        (-(1.0 - random.unit()).ln()).max(LEAST_WEIGHT) / range
                    })
                    .collect();
                let scale = (ideal.as_slice(), weights.as_slice());
                Gain::Scalarized(ScalarizedImprovement::new(feasible, scale, &caps, reference))
            }
            _ => {
                let chosen = greedy_subset(feasible, reference, MOST_ON_FRONT);
                let front: Vec<&Vec<f64>> = chosen.into_iter().map(|at| &feasible[at]).collect();
                Gain::Hypervolume(HypervolumeImprovement::new(&front, reference))
            }
        }
    }

    /// How many processes it asks.
    fn goals(&self) -> usize {
        match self {
            Gain::Nothing => 0,
            Gain::OneGoal { .. } => 1,
            Gain::Hypervolume(improvement) => improvement.goals(),
            Gain::Scalarized(improvement) => improvement.goals(),
        }
    }

    /// What a feasible trial with these losses gains.
    pub(super) fn of(&self, losses: &[f64]) -> f64 {
        match self {
            Gain::Nothing => 0.0,
            Gain::OneGoal { incumbent, .. } => {
                losses.first().map_or(0.0, |loss| (incumbent - loss).max(0.0))
            }
            Gain::Hypervolume(improvement) => improvement.gain(losses),
            Gain::Scalarized(improvement) => improvement.gain(losses),
        }
    }

    fn log(&self, place: &mut Place) -> f64 {
        match self {
            Gain::Hypervolume(improvement) => {
                improvement.log_expected(&place.means, &place.deviations, &mut place.scratch)
            }
            _ => self.log_with_gradient(place),
        }
    }

    fn log_with_gradient(&self, place: &mut Place) -> f64 {
        let Place { means, deviations, by_mean, by_deviation, scratch } = place;
        match self {
            Gain::Nothing => 0.0,
            Gain::OneGoal { acquisition, incumbent } => {
                let belief = Prediction { mean: means[0], deviation: deviations[0] };
                let score = acquisition.score(belief, *incumbent);
                (by_mean[0], by_deviation[0]) = (score.by_mean, score.by_deviation);
                score.value
            }
            Gain::Hypervolume(improvement) => improvement.log_expected_with_gradient(
                means,
                deviations,
                by_mean,
                by_deviation,
                scratch,
            ),
            Gain::Scalarized(improvement) => {
                improvement.log_expected_with_gradient(means, deviations, by_mean, by_deviation)
            }
        }
    }
}

impl<'a> OutcomeSurface<'a> {
    pub(super) fn new(
        beliefs: &'a Beliefs<'a>,
        gain: Gain<'a>,
        failures: Option<Feasibility<'a>>,
        ties: Option<&'a Ties>,
        prior: Option<&'a UserPrior>,
        region: &'a TrustBox,
    ) -> Self {
        let lengthscales = None;
        let mut surface =
            OutcomeSurface { beliefs, gain, failures, ties, prior, region, lengthscales };
        surface.lengthscales = surface.mean_lengthscales();
        surface
    }

    /// The factors of the gain, and the processes that they follow from.
    fn factors(&self) -> impl Iterator<Item = (&Posterior, Factor<'_>)> {
        let holds = self.beliefs.constraints.iter().map(|constraint| {
            (constraint.posterior, Factor::Holds { threshold: constraint.threshold })
        });
        let succeeds =
            self.failures.iter().map(|failures| (failures.failures, Factor::Succeeds(failures)));
        holds.chain(succeeds)
    }

    /// The processes that decide, those of the goals first.
    fn processes(&self) -> impl Iterator<Item = &Posterior> {
        let goals = self.beliefs.goals.iter().take(self.gain.goals()).map(|goal| goal.posterior);
        goals.chain(self.factors().map(|(process, _)| process))
    }

    /// The means of the processes' lengthscales, by their logarithms.
    fn mean_lengthscales(&self) -> Option<Vec<f64>> {
        let mut logs: Vec<f64> = Vec::new();
        let mut count = 0.0;
        for process in self.processes() {
            let lengths = &process.model().lengthscales;
            logs.resize(lengths.len(), 0.0);
            logs.iter_mut().zip(lengths).for_each(|(log, length)| *log += length.ln());
            count += 1.0;
        }
        (count > 0.0).then(|| logs.iter().map(|log| (log / count).exp()).collect())
    }

    /// What a search of it may cost.
    pub(super) fn effort(&self, encoding: &Encoding) -> Effort {
        let observations: Vec<usize> =
            self.processes().map(|process| process.inputs().len()).collect();
        Effort::new(encoding, &observations)
    }

    fn heights_by(&self, places: &Inputs, predict: &Predict<'_>) -> Vec<f64> {
        let goals = self.gain.goals();
        let believed: Vec<_> = self.beliefs.goals[..goals]
            .iter()
            .map(|goal| predict(goal.posterior, places))
            .collect();
        let mut place = Place::new(goals);
        let mut heights: Vec<f64> = (0..places.len())
            .map(|at| {
                for (goal, (means, variances)) in believed.iter().enumerate() {
                    place.means[goal] = means[at];
                    place.deviations[goal] = variances[at].sqrt();
                }
                self.gain.log(&mut place)
            })
            .collect();
        for (process, factor) in self.factors() {
            let (means, variances) = predict(process, places);
            for ((height, mean), variance) in heights.iter_mut().zip(means).zip(variances) {
                *height += factor.log(mean, variance.sqrt()).value;
            }
        }
        if let Some(ties) = self.ties {
            let logs = ties.log_new(places);
            heights.iter_mut().zip(logs).for_each(|(height, log)| *height += NOVELTY * log);
        }
        if let Some(prior) = self.prior {
            prior.add(places, &mut heights);
        }
        for height in &mut heights {
            if height.is_nan() {
                *height = f64::NEG_INFINITY;
            }
        }
        heights
    }
}

/// A probability that the gain is multiplied with, by the prediction of one process.
enum Factor<'a> {
    /// That an outcome constraint holds: that its process is below a threshold.
    Holds { threshold: f64 },
    /// That the trial does not fail.
    Succeeds(&'a Feasibility<'a>),
}

impl Factor<'_> {
    /// Its logarithm.
    fn log(&self, mean: f64, deviation: f64) -> Score {
        match self {
            Factor::Holds { threshold } => {
                let below = const { ProbabilityOfImprovement::new(0.0) };
                below.score(Prediction { mean, deviation }, *threshold)
            }
            Factor::Succeeds(feasibility) => feasibility.score(mean, deviation),
        }
    }
}

impl Surface for OutcomeSurface<'_> {
    fn lengthscales(&self) -> Option<Cow<'_, [f64]>> {
        self.lengthscales.as_deref().map(Cow::from)
    }

    fn heights(&self, places: &Inputs) -> Vec<f64> {
        self.heights_by(places, &|process, places| process.predict_many(places))
    }

    fn heights_beside(&self, codes: &[f64], places: &Inputs) -> Vec<f64> {
        self.heights_by(places, &|process, places| {
            process.predict_beside(&process.place(codes), places)
        })
    }

    fn slope(&self, codes: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let goals = self.gain.goals();
        let mut place = Place::new(goals);
        let mut slopes = vec![(vec![0.0; codes.len()], vec![0.0; codes.len()]); goals];
        for (at, (by_mean, by_variance)) in slopes.iter_mut().enumerate() {
            let posterior = self.beliefs.goals[at].posterior;
            let (mean, variance) = posterior.predict_with_gradient(codes, by_mean, by_variance);
            place.means[at] = mean;
            place.deviations[at] = variance.sqrt();
        }
        let mut height = self.gain.log_with_gradient(&mut place);
        let mut follow = |slopes: &(Vec<f64>, Vec<f64>), score: Score, deviation: f64| {
            for (at, slope) in gradient.iter_mut().enumerate() {
                *slope += score.by_mean * slopes.0[at]
                    + score.by_deviation * slopes.1[at] / (2.0 * deviation);
            }
        };
        for (at, slopes) in slopes.iter().enumerate() {
            let (by_mean, by_deviation) = (place.by_mean[at], place.by_deviation[at]);
            follow(slopes, Score { value: 0.0, by_mean, by_deviation }, place.deviations[at]);
        }
        let mut slopes = (vec![0.0; codes.len()], vec![0.0; codes.len()]);
        for (process, factor) in self.factors() {
            let (mean, variance) =
                process.predict_with_gradient(codes, &mut slopes.0, &mut slopes.1);
            let score = factor.log(mean, variance.sqrt());
            height += score.value;
            follow(&slopes, score, variance.sqrt());
        }
        if let Some(ties) = self.ties {
            height += NOVELTY * ties.log_new_with_gradient(codes, &mut slopes.0);
            gradient.iter_mut().zip(&slopes.0).for_each(|(slope, by)| *slope += NOVELTY * by);
        }
        if let Some(prior) = self.prior {
            height += prior.add_gradient(codes, gradient);
        }
        height
    }

    fn region(&self) -> &TrustBox {
        self.region
    }
}
