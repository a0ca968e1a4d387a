//! Every second suggestion beside trials that were stopped early. The other suggestions count such trials as observed at
//! what is believed of them, like running trials.
//!
//! What such a trial has shown of a goal is a score among those of all trials, with its reliability, and a process of
//! scores is fitted to each goal (see `unfinished`). For some of the candidates a final score of each goal is drawn
//! from these (Thompson sampling), and stands for the loss that complete trials with such a score have. The candidate
//! is suggested whose losses gain most over the front of the complete trials, in hypervolume or as the compromise.
//! (Draws of each goal whose hypervolume counts: Bradford, Schweidtmann and Lapkin 2018, Efficient multiobjective
//! optimization employing Gaussian processes, spectral sampling and a genetic algorithm; there the draws are
//! functions.) A candidate stays with the probability that its outcome constraints hold.

use std::collections::BTreeMap;

use super::outcomes::Beliefs;
use super::surface::Gain;
use super::{NEAR, OutcomeModels, Suggesting, preferred};
use crate::curves::{Curves, Foresight, GoalCurves, LossesByScore};
use crate::math::pareto::ranks::ranks;
use crate::math::random::Stream;
use crate::math::special::normal_cdf;
use crate::sampler::Suggestion;
use crate::sampler::bayesian::candidates::Spread;
use crate::sampler::bayesian::effort::Effort;
use crate::sampler::bayesian::rare::Legal;
use crate::sampler::bayesian::surface::NOVELTY;
use crate::sampler::bayesian::training_data::EncodedTrials;
use crate::sampler::bayesian::trust_box::TrustBox;
use crate::sampler::bayesian::unfinished::{
    self, AT_RANDOM, BEST_DRAWN, Known, LastFit, OTHERS_DRAWN, first_and_others,
};
use crate::space::Point;
use crate::surrogate::{Codes, Inputs, Posterior};
use crate::trial::metric;

/// A goal as its scores show it.
struct Goal {
    posterior: Posterior,
    losses: LossesByScore,
}

/// One suggestion in this many draws from the scores. If all do, recorded curves are searched worse. If none does, they are
/// searched somewhat worse after some forty whole runs (`benches/early_stopping.md`).
const EVERY: u64 = 2;

impl Suggesting<'_> {
    /// `None` where it is not due, while too little is known, or where nothing is feasible.
    pub(in super::super) fn suggest_beside_stopped(
        &self,
        models: &mut OutcomeModels,
        codes: &mut EncodedTrials,
        spread: &Spread,
        random: &mut Stream,
    ) -> Option<Suggestion> {
        let (context, encoding, past) = (self.context, self.encoding, self.past);
        if !context.number().is_multiple_of(EVERY) || !unfinished::are_there(context) {
            return None;
        }
        let goals = context.history().goals();
        let curves = GoalCurves::of(context.history());
        let known = curves
            .each()
            .iter()
            .map(|curves| unfinished::known(context.history().trials(), curves, encoding, codes))
            .collect::<Option<Vec<Vec<Known>>>>()?;
        let known = of_the_same_trials(known);
        let order = best_first(&known);
        if random.unit() < AT_RANDOM {
            return context.sample_fresh(random).ok().map(Suggestion::from);
        }
        let chosen = unfinished::modelled(order.clone(), random);
        let scores = self.scores(models, &curves, &known, &chosen, codes)?;
        let start = 2 * (encoding.len() + 1);
        let beliefs = models.update(self.options, goals, start, encoding, past, &past.running);
        if beliefs.feasible.is_empty() || beliefs.goals.len() != scores.len() {
            return None;
        }
        let reference = beliefs.reference(goals, start, &spread.probes(encoding), random);
        let weights = preferred::drawn(goals, random);
        let compromise =
            weights.and_then(|weights| Gain::of_compromise(&beliefs, goals, &weights, &reference));
        let gain = match goals.len() {
            1 => self.over_best(),
            _ => compromise.unwrap_or_else(|| {
                Gain::new(&beliefs, (goals, &reference), self.acquisition, random)
            }),
        };
        let near: Vec<&Codes> = order.iter().map(|&at| &known[0][at].codes).collect();
        let points = self.drawn(&scores, &beliefs, &gain, &near, spread, random)?;
        let may_be_run = |point: &Point| context.is_new(point) && context.is_legal(point);
        let point = points.into_iter().find(may_be_run)?;
        Some(Suggestion::from(point).note(metric::CHOSEN_BY_MODEL, true))
    }

    /// What is gained over the lowest loss of a single goal. Every second model of it has a scale of its own, so that
    /// losses are compared as they are.
    fn over_best(&self) -> Gain<'_> {
        let goals = self.context.history().goals();
        let feasible = self.past.outcomes.iter().filter(|outcomes| outcomes.are_feasible());
        let losses = feasible.filter_map(|outcomes| outcomes.losses.first().copied());
        let limits = goals.goals().filter_map(|goal| Some(goal.direction.orient(goal.limit?)));
        let incumbent = losses.chain(limits).fold(f64::INFINITY, f64::min);
        Gain::OneGoal { acquisition: self.acquisition, incumbent }
    }

    /// The goals as the scores of the chosen trials show them.
    fn scores(
        &self,
        models: &mut OutcomeModels,
        curves: &GoalCurves,
        known: &[Vec<Known>],
        chosen: &[usize],
        codes: &mut EncodedTrials,
    ) -> Option<Vec<Goal>> {
        let (context, encoding) = (self.context, self.encoding);
        models.scores.resize_with(known.len(), LastFit::default);
        let mut goals = Vec::with_capacity(known.len());
        for (goal, (curves, known)) in curves.each().iter().zip(known).enumerate() {
            let earlier = models.earlier.of_goal(goal);
            let first = |count: usize| -> Curves {
                let mut curves = GoalCurves::new(context.history().goals(), None);
                context.history().trials().take(count).for_each(|record| curves.update(record));
                curves.each()[goal].clone()
            };
            let last_fit = &mut models.scores[goal];
            let model = unfinished::fitted(context, encoding, &earlier, first, codes, last_fit)?;
            let scores = unfinished::scores(known, chosen, encoding);
            let weights = match earlier.is_empty() {
                true => Vec::new(),
                false => unfinished::weights(&earlier, encoding, &scores),
            };
            let prior_mean = earlier.prior_mean(&weights);
            let posterior = model.posterior(encoding.features(), &scores, prior_mean)?;
            let foresight = Foresight::learn(curves)?;
            let losses = LossesByScore::learn(curves, &foresight, |_| true)?;
            goals.push(Goal { posterior, losses });
        }
        Some(goals)
    }

    /// Places, by the gain of the losses that are drawn there; the highest first.
    fn drawn(
        &self,
        scores: &[Goal],
        beliefs: &Beliefs<'_>,
        gain: &Gain<'_>,
        near: &[&Codes],
        spread: &Spread,
        random: &mut Stream,
    ) -> Option<Vec<Point>> {
        let (context, encoding, past) = (self.context, self.encoding, self.past);
        let (candidates, legal) = if context.points().is_some() || context.is_rare() {
            let legal = Legal::gather(context, encoding, random).ok()?;
            (legal.candidates, Some(legal.points))
        } else {
            let modelled: Vec<usize> =
                scores.iter().map(|goal| goal.posterior.inputs().len()).collect();
            let effort = Effort::new(encoding, &modelled);
            let whole = TrustBox::whole(encoding.len());
            let near = near.iter().copied().take(NEAR);
            (spread.candidates(&effort, encoding, &whole, near, random), None)
        };
        let places = &candidates.codes;
        let believed: Vec<(Vec<f64>, Vec<f64>)> =
            scores.iter().map(|goal| goal.posterior.predict_many(places)).collect();
        // The gain of a place whose goals lie some deviations away from their means.
        let gained = |at: usize, deviations: &mut dyn FnMut() -> f64| {
            let losses = scores.iter().zip(&believed).zip(&beliefs.goals);
            let losses = losses.map(|((goal, (means, variances)), belief)| {
                let score = means[at] + variances[at].max(0.0).sqrt() * deviations();
                let loss = goal.losses.at(score);
                if scores.len() == 1 { loss } else { belief.compression.apply(loss) }
            });
            gain.of(&losses.collect::<Vec<f64>>())
        };
        let promising: Vec<f64> =
            (0..places.len()).map(|at| gained(at, &mut || -PROMISING)).collect();
        let mut order = unfinished::lowest_first(places.len(), |at| -promising[at]);
        let holds = chance_to_hold(beliefs, places);
        order.retain(|&at| random.unit() < holds[at]);
        let noisy = self.options.noise.incumbent_is_noisy();
        if let Some(ties) = (!noisy).then(|| past.outcome_ties(encoding)).flatten() {
            let logs = ties.log_new(places);
            order.retain(|&at| random.unit() < (NOVELTY * logs[at]).exp());
        }
        let order = first_and_others(order, BEST_DRAWN, OTHERS_DRAWN, random);
        let mut drawn: Vec<(f64, usize)> =
            order.into_iter().map(|at| (gained(at, &mut || random.normal()), at)).collect();
        // Of equals the one that promised more.
        drawn.sort_by(|(left, a), (right, b)| {
            right.total_cmp(left).then(promising[*b].total_cmp(&promising[*a])).then(a.cmp(b))
        });
        let point = |(_, at): (f64, usize)| match &legal {
            Some(points) => points[at].clone(),
            None => encoding.decode(&candidates.latent[at]),
        };
        Some(drawn.into_iter().map(point).collect())
    }
}

/// How many deviations below what is believed of each goal candidates are compared, to choose for which of them
/// scores are drawn. Not varied.
const PROMISING: f64 = 1.0;

/// What is known of the trials of which all goals are known, in the order of their numbers.
fn of_the_same_trials(mut known: Vec<Vec<Known>>) -> Vec<Vec<Known>> {
    let mut goals: BTreeMap<u64, usize> = BTreeMap::new();
    for trial in known.iter().flatten() {
        *goals.entry(trial.number).or_default() += 1;
    }
    let count = known.len();
    for trials in &mut known {
        trials.retain(|trial| goals.get(&trial.number) == Some(&count));
        trials.sort_by_key(|trial| trial.number);
    }
    known
}

/// The trials by the ranks of the fronts of what is expected of them, and then by their numbers.
fn best_first(known: &[Vec<Known>]) -> Vec<usize> {
    let count = known.first().map_or(0, Vec::len);
    let expected = |at: usize| known.iter().map(|trials| trials[at].expected()).collect();
    let ranks = ranks(&(0..count).map(expected).collect::<Vec<Vec<f64>>>());
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&at| (ranks[at], at));
    order
}

/// The probability that all outcome constraints hold at some places.
fn chance_to_hold(beliefs: &Beliefs<'_>, places: &Inputs) -> Vec<f64> {
    let mut chances = vec![1.0; places.len()];
    for constraint in &beliefs.constraints {
        let (means, variances) = constraint.posterior.predict_many(places);
        for ((chance, mean), variance) in chances.iter_mut().zip(means).zip(variances) {
            *chance *= normal_cdf((constraint.threshold - mean) / variance.sqrt());
        }
    }
    chances
}
