//! Bayesian optimization with a Gaussian process.
//!
//! *When*: a trial takes seconds or longer, and there are from ten to some thousand of them. Random
//! and quasi-random search are better only when trials are as cheap as a suggestion, evolution when
//! there are very many.
//!
//! 1. Start: the middle of the space (or its defaults), then a quasi-random design; as many trials
//!    as there are parameters, and one.
//! 2. A Gaussian process is fitted to all complete trials (see [`surrogate`](crate::surrogate)).
//!    A second one asks whether losses are a sum of functions of one parameter each. As long as that
//!    is more probable (see `surrogate::shape`), the sum decides where to look, because it puts
//!    together what different trials have shown to be good in different parameters. Only with the
//!    default kernel, output and noise, of 2 to 20 parameters.
//! 3. Running trials count as observed at what is believed of them, so that parallel workers
//!    spread, and the loss to beat is that of the best or a little below what is believed of a
//!    running one. Pruned trials likewise, at what is believed.
//! 4. If trials have failed, a second process learns where.
//! 5. Where trials tie, losses are constant on pieces of the space. What a place promises is
//!    multiplied with the probability that its loss is none of those known already, to a power (see
//!    `surrogate::ties`). Without ties, and where noise is declared, nothing changes.
//! 6. Parameters that seem to do nothing where a choice has a certain option are taken for inactive
//!    there, in two suggestions of three (see `claims`).
//! 7. The acquisition is maximized: candidates, then local searches (see `search`). What a
//!    constraint forbids and what was tried is passed over.
//! 8. Where no candidate promises anything, because much is taken for noise, a second process
//!    decides that takes losses at their word.
//! 9. Every fourth trial goes to the bottom of the bowl around the incumbent instead, where a model
//!    of its surroundings alone is to be believed (see `polish`); not where several tie for the best.
//! 10. Beside running trials that is every second one, and every other one stays near the incumbent
//!     (see `region`): when a trial ends, what others do was decided without it, so that they come
//!     down more slowly than one worker would.
//!
//! Categorical and conditional parameters are part of the model; all trials inform it, whatever was
//! active. Of several goals the first is optimized. Cost per suggestion at n trials and d
//! parameters: some 1300 n (n + 4d) operations. A fit adds 60 m²(m + 3d) with m = n up to n = 50; beyond,
//! at every thirtieth of n, 5 m²(m + 3d) with m ≤ 150, and n³/3. Where losses are taken at their word it
//! is half as much again, and another fit. Claims add some fits up to 50 trials. Sums add a fit,
//! and their predictions nd correlations each, as long as nd ≤ 4000.
//!
//! Every step has a budget, which spaces of up to some twenty parameters do not reach before 500 trials.
//! Beyond it something is given up, so that a suggestion takes no longer than in smaller spaces:
//!
//! | step | in large spaces |
//! |---|---|
//! | fits | fewer steps from nothing; constants are fitted to fewer observations |
//! | the model | fewer observations are modelled: 442 of 500 parameters, 1000 of up to 20 |
//! | claims | only parameters with short lengthscales; none beyond some hundreds of parameters |
//! | candidates and climbs | fewer, and shorter ones |
//! | sweeps over choices | a part of the options at a time |
//! | polishing | the 37 parameters with the shortest lengthscales |

mod acquisition;
mod belief;
mod candidates;
mod claims;
mod effort;
mod landscape;
mod past;
mod polish;
mod rare;
mod region;
mod search;
mod tracker;

pub use acquisition::{
    Acquisition, ExpectedImprovement, ProbabilityOfImprovement, Score, UpperConfidenceBound,
};

use belief::Belief;
use candidates::{Candidates, Spread, complete, perturb};
use claims::Claims;
use landscape::{Combination, Feasibility, Landscape};
use past::{Codes, Past};
use polish::Surroundings;
use rare::Legal;
use region::Region;
use search::{Allowed, Search};
use tracker::Tracker;

use super::{Context, Sampler, Suggestion};
use crate::error::{Error, Result};
use crate::math::linalg::Cholesky;
use crate::math::random::Stream;
use crate::math::sobol::Sobol;
use crate::space::{AxisKind, Point};
use crate::surrogate::{Encoding, Inputs, Kernel, Noise, Output, Posterior, SurrogateOptions};

/// Observations whose surroundings give candidates.
const BEST: usize = 5;
/// Most trials of the initial design. A model of many parameters learns more from its own choices.
const LONGEST_START: usize = 20;
/// Trials in one combination of choices that may gain little before another one is tried.
const PATIENCE: usize = 3;
/// What a gain must exceed, in standard deviations of the transformed losses.
const WORTHWHILE: f64 = 0.2;
/// Candidates at which a function is drawn for Thompson sampling.
const DRAWN_TOGETHER: usize = 300;
/// One candidate in this many is in the sample that tells whether any improvement is expected.
const SAMPLED: usize = 3;
/// How often a trial goes to the bottom of the incumbent's surroundings.
const POLISHED: u64 = 4;
/// The same while other trials are running.
const POLISHED_BESIDE_OTHERS: u64 = 2;
/// How often, while other trials are running, one stays near the incumbent.
const NEAR: u64 = 2;
/// The most parameters, and the most codes of observations, where losses may be taken for a sum over
/// parameters: its covariances cost one correlation for each code.
const MOST_SUMMED: usize = 20;
const MOST_SUMMED_CODES: usize = 4000;
/// Keeps the initial design's scrambling apart from that of the candidates.
const START_KEY: u64 = 0x7374_6172_7400_0000;

/// Bayesian optimization: fits a Gaussian process to the past and tries where it expects most.
///
/// The default for trials that take seconds or longer. Works on every space, with constraints,
/// failed, pruned and running trials, and losses of any size. See the [module](self) for the
/// method.
///
/// ```
/// use tunewright::{BayesianSampler, Sampler};
/// use tunewright::sampler::UpperConfidenceBound;
///
/// let usual = BayesianSampler::new();
/// let curious = BayesianSampler::new().acquisition(UpperConfidenceBound { width: 3.0 });
/// ```
#[derive(Debug)]
pub struct BayesianSampler {
    strategy: Strategy,
    surrogate: SurrogateOptions,
    start: Option<usize>,
    exploration: f64,
    state: Option<State>,
}

#[derive(Debug)]
enum Strategy {
    Maximize(Box<dyn Acquisition>),
    /// One draw from the posterior decides.
    Thompson,
}

/// What is kept from call to call to save time; all of it follows from space, seed and history.
#[derive(Debug)]
struct State {
    seed: u64,
    encoding: Encoding,
    /// Of all trials, without claims.
    codes: Codes,
    spread: Spread,
    claims: Claims,
    plain: Models,
    /// The models that believe the claims.
    claiming: Models,
}

/// What is learned of losses, and of which trials fail.
#[derive(Debug)]
struct Models {
    losses: Tracker,
    /// Takes losses at their word; asked where the other expects no gain.
    literal: Tracker,
    /// Of losses as a sum over parameters, if they are one.
    sums: Tracker,
    failures: Tracker,
}

impl Models {
    fn new(options: SurrogateOptions) -> Self {
        let SurrogateOptions { kernel, noise, output } = options;
        let matern = Some(Kernel::Matern52);
        Models {
            losses: Tracker::new(kernel, noise, output, true),
            literal: Tracker::new(kernel, Noise::Exact, output, true),
            sums: Tracker::of_sums(noise),
            failures: Tracker::new(matern, Noise::Unknown, Output::Standardized, false),
        }
    }
}

impl Default for BayesianSampler {
    fn default() -> Self {
        BayesianSampler {
            strategy: Strategy::Maximize(Box::new(ExpectedImprovement {})),
            surrogate: SurrogateOptions::default(),
            start: None,
            exploration: 0.0,
            state: None,
        }
    }
}

impl BayesianSampler {
    /// Bayesian optimization with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What makes a candidate worth trying; [`ExpectedImprovement`] by default.
    pub fn acquisition(mut self, acquisition: impl Acquisition + 'static) -> Self {
        self.strategy = Strategy::Maximize(Box::new(acquisition));
        self
    }

    /// Draws a function from the posterior for each suggestion and goes to its minimum (Thompson
    /// 1933). More scattered than the default; of use with many parallel workers.
    pub fn thompson_sampling(mut self) -> Self {
        self.strategy = Strategy::Thompson;
        self
    }

    /// How alike the losses of near configs are; by default the most probable of all
    /// [kernels](Kernel).
    pub fn kernel(mut self, kernel: Kernel) -> Self {
        self.surrogate.kernel = Some(kernel);
        self.state = None;
        self
    }

    /// What is known of the noise; [`Noise::Unknown`] by default. With [`Noise::Noisy`],
    /// [`Noise::Known`] or [`Noise::PerTrial`] the loss to beat is the best one that the model
    /// believes in, not the best that was seen, which may be a lucky draw. For the config to take
    /// in the end see [`Study::recommend`](crate::Study::recommend).
    ///
    /// The model follows the mean of the transformed losses. With [`Output::Warped`] that is near a
    /// typical loss, which skewed noise sets apart from the mean loss;
    /// [`Output::Standardized`] follows the mean itself.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.surrogate.noise = noise;
        self.state = None;
        self
    }

    /// How losses are transformed before they are modelled; [`Output::Warped`] by default.
    pub fn output(mut self, output: Output) -> Self {
        self.surrogate.output = output;
        self.state = None;
        self
    }

    /// Trials of the initial design; by default one more than there are parameters, at most 20.
    /// With fewer than two the model starts from nothing.
    pub fn start_trials(mut self, trials: usize) -> Self {
        self.start = Some(trials);
        self
    }

    /// Share of the suggestions that are drawn at random instead, from 0 (the default) to 1. What
    /// it costs in the usual case it can save where the model is badly wrong.
    pub fn exploration(mut self, share: f64) -> Self {
        self.exploration = share;
        self
    }

    fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.exploration) {
            return Err(Error::InvalidOption {
                option: "exploration",
                value: self.exploration.to_string(),
                remedy: "it is a share from 0 to 1, such as 0.1",
            });
        }
        if let Noise::Known(deviation) = self.surrogate.noise {
            let remedy = "the standard deviation of the noise must be 0 or more; take \
                          `Noise::Noisy` to have it learned";
            acquisition::from_zero("noise", deviation, remedy)?;
        }
        match &self.strategy {
            Strategy::Maximize(acquisition) => acquisition.check(),
            Strategy::Thompson => Ok(()),
        }
    }

    /// The state for this study, kept or made anew.
    fn state(&mut self, context: &Context<'_>) -> &mut State {
        let fits = self.state.as_ref().is_some_and(|state| {
            state.seed == context.seed() && state.encoding.space() == context.space()
        });
        if !fits {
            self.state = None;
        }
        self.state.get_or_insert_with(|| {
            let encoding = Encoding::new(context.space());
            State {
                seed: context.seed(),
                spread: Spread::new(encoding.len(), context.seed()),
                encoding,
                codes: Codes::default(),
                claims: Claims::default(),
                plain: Models::new(self.surrogate),
                claiming: Models::new(self.surrogate),
            }
        })
    }
}

impl Sampler for BayesianSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        self.check()?;
        let state = self.state(context);
        let past = Past::new(context, &state.encoding, &mut state.codes);
        let features = state.encoding.len();
        let start = self.start.unwrap_or((features + 1).min(LONGEST_START));
        if past.tried.len() < start || past.is_empty() || features == 0 {
            return design(context, past.tried.len()).map(Suggestion::from);
        }
        let mut random = context.random();
        let searched = if random.unit() < self.exploration {
            None
        } else {
            self.search(context, &past, &mut random)
        };
        let point = searched.map_or_else(|| context.sample(&mut random), Ok)?;
        Ok(point.into())
    }
}

/// Point number `index` of the initial design: the defaults or middles of all parameters with
/// choices at random, then a scrambled Sobol sequence.
fn design(context: &Context<'_>, index: usize) -> Result<Point> {
    let space = context.space();
    let mut random = context.random();
    let unit: Vec<f64> = if index == 0 && context.attempt() == 0 {
        let middle = space.axes().iter().map(|axis| match (axis.default(), axis.kind()) {
            (Some(value), _) => axis.distribution().to_unit(value),
            (None, AxisKind::Categorical { .. }) => random.unit(),
            (None, _) => 0.5,
        });
        middle.collect()
    } else {
        let sobol = Sobol::new(space.len(), context.seed() ^ START_KEY);
        // Later attempts look far along the sequence, which has 2^32 points.
        let jump = context.attempt() * ((1 << 24) + 1);
        sobol.point((index as u64 + jump) as u32)
    };
    let point = space.point(&unit)?;
    if context.is_legal(&point) { Ok(point) } else { context.sample(&mut random) }
}

impl BayesianSampler {
    /// Steps 2 to 10.
    fn search(&mut self, context: &Context<'_>, past: &Past, random: &mut Stream) -> Option<Point> {
        let (options, noise) = (self.surrogate, self.surrogate.noise);
        self.state(context);
        let (state, strategy) = (self.state.as_mut()?, &self.strategy);
        let State { encoding, codes, spread, claims, plain, claiming, .. } = state;
        let idle = claims.believed(context.number(), encoding, past, &options);
        // Codes without claims still say where the best trials were.
        let as_seen = past;
        let believing = (!idle.is_empty()).then(|| encoding.clone().with_idle(idle));
        let masked =
            believing.as_ref().map(|claiming| Past::masked(context, claiming, encoding, codes));
        let encoding = believing.as_ref().unwrap_or(encoding);
        let past = masked.as_ref().unwrap_or(past);
        let Models { losses, literal, sums, failures } =
            if believing.is_some() { claiming } else { plain };

        let acquisition = match strategy {
            Strategy::Maximize(acquisition) => acquisition.as_ref(),
            Strategy::Thompson => &UpperConfidenceBound { width: 1.8 },
        };
        let losses = Belief::new(losses, encoding, past);
        // An acquisition that does not even mind the lowest worth there is never asks the literal
        // model.
        let may_ask = noise == Noise::Unknown && acquisition.expects_nothing(f64::NEG_INFINITY);
        if may_ask {
            literal.keep_pace(encoding, &past.rows, &past.losses, &past.deviations);
        }
        // Under noise the bowl would be one of lucky draws, and where the best tie there is none.
        let parallel = !past.running.is_empty();
        let every = if parallel { POLISHED_BESIDE_OTHERS } else { POLISHED };
        if context.number() % every == every - 1
            && !noise.doubts_the_best()
            && !past.best_is_tied()
            && let Some(belief) = &losses
            && let lengthscales = &belief.posterior.model().lengthscales
            && let Some(around) =
                Surroundings::new(encoding, &past.rows, &past.losses, lengthscales)
            && !past.pruned.iter().chain(past.failures()).any(|codes| around.contains(codes))
            && let Some(codes) = around.bottom()
        {
            let point = encoding.decode(&codes);
            if context.is_legal(&point) && context.is_fresh(&point) {
                return Some(point);
            }
        }
        // A kernel or an output that was asked for is kept to.
        let usual = SurrogateOptions::default() == options;
        let summed = match usual
            && (2..=MOST_SUMMED).contains(&encoding.len())
            && past.rows.len() * encoding.len() <= MOST_SUMMED_CODES
            && sums.finds_a_sum(encoding, &past.rows, &past.losses, &past.deviations)
        {
            true => Belief::new(sums, encoding, past),
            false => None,
        };
        // Under noise equal losses are chance.
        let ties = if noise.doubts_the_best() { None } else { past.ties(encoding) };
        let mut failures = match past.has_failures() {
            true => {
                let exact = vec![None; past.failed.len()];
                failures.update(encoding, &past.ended, &past.failed, &exact)
            }
            false => None,
        };
        if let Some((posterior, _)) = &mut failures {
            for codes in past.pruned.iter().chain(&past.running) {
                posterior.anticipate(codes);
            }
        }
        let closed = losses
            .as_ref()
            .and_then(|belief| exhausted_combination(encoding, &past.rows, &belief.values));
        // A later attempt means that nothing is left to try there.
        let region = match (&losses, past.best().next(), strategy) {
            (Some(belief), Some(best), Strategy::Maximize(_))
                if parallel && context.attempt() == 0 && context.number().is_multiple_of(NEAR) =>
            {
                Region::around(best, encoding, &belief.posterior.model().lengthscales)
            }
            _ => Region::whole(encoding.len()),
        };
        let first = summed.as_ref().or(losses.as_ref());
        let mut landscape = Landscape {
            losses: first.map(|belief| belief.posterior),
            acquisition,
            incumbent: first.map_or(f64::INFINITY, |belief| belief.incumbent),
            feasibility: failures.as_ref().map(|(posterior, values)| Feasibility {
                failures: posterior,
                threshold: threshold(values),
            }),
            ties: ties.as_ref(),
            closed: closed.as_ref(),
            region: &region,
        };

        let effort = landscape.effort(encoding);
        // Hardly a candidate would be legal.
        let mut legal = match context.is_rare() {
            true => Some(Legal::gather(context, encoding, random).ok()?),
            false => None,
        };
        let mut candidates = Candidates::new(encoding.len());
        if let Some(legal) = &mut legal {
            candidates = std::mem::replace(&mut legal.candidates, candidates);
        } else {
            spread.fill(&effort, encoding, &region, random, &mut candidates);
            for codes in as_seen.best().take(BEST) {
                perturb(encoding, &region, &effort, codes, random, &mut candidates);
            }
        }
        let sample = candidates.codes.every(SAMPLED, 0);
        let mut worths = landscape.worths(&sample);
        let highest = |worths: &[f64]| worths.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut highest_worth = highest(&worths);
        // The sum is known to its bottom, as far as the losses are one.
        if acquisition.expects_nothing(highest_worth)
            && summed.is_some()
            && let Some(belief) = &losses
        {
            landscape.losses = Some(belief.posterior);
            landscape.incumbent = belief.incumbent;
            worths = landscape.worths(&sample);
            highest_worth = highest(&worths);
        }
        if may_ask
            && acquisition.expects_nothing(highest_worth)
            && let Some(belief) = Belief::new(literal, encoding, past)
        {
            landscape.losses = Some(belief.posterior);
            landscape.incumbent = belief.incumbent;
            worths = landscape.worths(&sample);
        }
        let mut parts = vec![worths];
        for first in 1..SAMPLED {
            parts.push(landscape.worths(&candidates.codes.every(SAMPLED, first)));
        }
        let count = candidates.codes.len();
        let worths = (0..count).map(|at| parts[at % SAMPLED][at / SAMPLED]).collect();
        let heights = landscape.heights_of(worths, &candidates.codes);
        if let (Some(legal), Strategy::Maximize(_)) = (&legal, strategy) {
            return legal.highest(&landscape, &heights, random);
        }
        let best = as_seen.best().next().map(|codes| complete(encoding, codes, random));
        let allowed = |latent: &[f64]| {
            let point = encoding.decode(latent);
            if !context.is_legal(&point) {
                Allowed::Never
            } else if context.is_fresh(&point) && !past.tried.contains(&encoding.encode(&point)) {
                Allowed::Yes
            } else {
                Allowed::Repeat
            }
        };
        let chosen = match (strategy, landscape.losses) {
            (Strategy::Thompson, Some(losses)) => {
                draw(losses, &candidates, &heights, allowed, random)?
            }
            _ => {
                let search = Search::new(&landscape, encoding, effort);
                search.highest(&candidates, &heights, best, allowed, random)?
            }
        };
        Some(encoding.decode(&chosen))
    }
}

/// The allowed candidate at which a function drawn from the posterior is lowest, among those that
/// promise most.
fn draw(
    losses: &Posterior,
    candidates: &Candidates,
    heights: &[f64],
    mut allowed: impl FnMut(&[f64]) -> Allowed,
    random: &mut Stream,
) -> Option<Vec<f64>> {
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
    rows: &[Vec<f64>],
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
