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
//!    there, in two suggestions of three (see `conditions`).
//! 7. The acquisition is maximized: candidates, then local searches (see `search`). What a
//!    constraint forbids and what was tried is passed over.
//! 8. Where no candidate promises anything, because much is taken for noise, a second process
//!    decides that takes losses for exact.
//! 9. Every fourth trial goes to the bottom of the bowl around the incumbent instead, where a model
//!    of its surroundings alone is to be believed (see `local_model`); not where several tie for the best.
//! 10. Beside running trials that is every second one, and every other one stays near the incumbent
//!     (see `trust_box`): when a trial ends, what others do was decided without it, so that they come
//!     down more slowly than one worker would.
//!
//! [Earlier studies](crate::study::StudyBuilder::learn_from) take the place of most of step 1: the first three trials
//! are what they together believe in. What they predict is then the prior mean of the processes, and with one goal
//! every third suggestion is made without it (see `earlier`). No conditions are learned beside them. What a person
//! [believes](crate::study::StudyBuilder::believe) is in step 1; as long as the trials agree with it, it multiplies
//! the acquisition of most suggestions (see `user_prior`).
//!
//! Categorical and conditional parameters are part of the model; all trials inform it, whatever was
//! active. With several goals or outcome constraints there are a process for each and the expected
//! hypervolume improvement in place of steps 2 and 6 to 10 (see `goals`). Cost per suggestion at n trials and d
//! parameters: some 1300 n (n + 4d) operations. A fit adds 60 m²(m + 3d) with m = n up to n = 50; beyond,
//! at every thirtieth of n, 5 m²(m + 3d) with m ≤ 150, and n³/3. Where losses are taken for exact it
//! is half as much again, and another fit. Learned conditions add some fits up to 50 trials. Sums add a fit,
//! and their predictions nd correlations each, as long as nd ≤ 4000.
//!
//! Every step has a budget, which spaces of up to some twenty parameters do not reach before 500 trials.
//! Beyond it something is given up, so that a suggestion takes no longer than in smaller spaces:
//!
//! | step | in large spaces |
//! |---|---|
//! | fits | fewer steps from nothing; constants are fitted to fewer observations |
//! | the model | fewer observations are modelled: 442 of 500 parameters, 1000 of up to 20 |
//! | conditions | only parameters with short lengthscales; none beyond some hundreds of parameters |
//! | candidates and climbs | fewer, and shorter ones |
//! | sweeps over choices | a part of the options at a time |
//! | polishing | the 37 parameters with the shortest lengthscales |

mod acquisition;
mod belief;
mod candidates;
mod conditions;
pub(crate) mod confidence;
mod earlier;
mod effort;
mod goals;
mod incremental_model;
mod initial_design;
mod local_model;
mod models;
mod rare;
mod search;
mod suggesting;
mod surface;
mod training_data;
mod trust_box;
mod unfinished;
mod user_prior;

use std::sync::Arc;

pub use acquisition::{
    Acquisition, ExpectedImprovement, ProbabilityOfImprovement, UpperConfidenceBound,
};

use candidates::Spread;
use conditions::LearnedConditions;
use earlier::Earlier;
use goals::OutcomeModels;
use initial_design::{design, design_trials};
use models::Models;
use suggesting::Suggesting;
use training_data::{EncodedTrials, TrainingData};
use unfinished::{LastFit, Unfinished};
use user_prior::UserPrior;

use super::{Context, Sampler, Suggestion};
use crate::earlier::{BELIEF, BELIEVED};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::space::{Point, Space};
use crate::surrogate::{Encoding, Kernel, Noise, OutcomeTransform, SurrogateOptions};

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
/// let curious = BayesianSampler::new().acquisition(UpperConfidenceBound::new(3.0));
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

impl Strategy {
    fn acquisition(&self) -> &dyn Acquisition {
        match self {
            Strategy::Maximize(acquisition) => acquisition.as_ref(),
            Strategy::Thompson => const { &UpperConfidenceBound::new(1.8) },
        }
    }
}

/// What is kept from call to call to save time; all of it follows from space, seed and history.
#[derive(Debug)]
struct State {
    seed: u64,
    encoding: Encoding,
    earlier: Earlier,
    /// Of all trials, without conditions.
    codes: EncodedTrials,
    spread: Spread,
    conditions: LearnedConditions,
    plain: Models,
    /// The models that know nothing of earlier studies, where there are some.
    alone: Models,
    /// The models that believe the conditions.
    with_conditions: Models,
    /// With several goals or outcome constraints.
    outcomes: OutcomeModels,
    /// Where trials were stopped early, the model of scores, and the one that knows nothing of earlier studies.
    scores: LastFit,
    scores_alone: LastFit,
}

impl Default for BayesianSampler {
    fn default() -> Self {
        BayesianSampler {
            strategy: Strategy::Maximize(Box::new(ExpectedImprovement::new())),
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

    /// What makes a candidate worth trying; [`ExpectedImprovement`] by default. With several goals it is
    /// always the expected hypervolume improvement.
    pub fn acquisition(mut self, acquisition: impl Acquisition + 'static) -> Self {
        self.strategy = Strategy::Maximize(Box::new(acquisition));
        self
    }

    /// Draws a function from the posterior for each suggestion and goes to its minimum (Thompson
    /// 1933). More scattered than the default; of use with many parallel workers. Not with several goals or
    /// outcome constraints.
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

    /// What is known of the noise; [`Noise::Negligible`] by default. With [`Noise::Estimated`],
    /// [`Noise::Known`] or [`Noise::PerTrial`] the loss to beat is the best one that the model
    /// believes in, not the best that was seen, which may be a lucky draw. For the config to take
    /// in the end see [`Study::recommend`](crate::Study::recommend).
    ///
    /// The model follows the mean of the transformed losses. With [`OutcomeTransform::Warped`] that is near a
    /// typical loss, which skewed noise sets apart from the mean loss;
    /// [`OutcomeTransform::Standardized`] follows the mean itself.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.surrogate.noise = noise;
        self.state = None;
        self
    }

    /// How losses are transformed before they are modelled; [`OutcomeTransform::Warped`] by default. With
    /// several goals or outcome constraints, values are compressed only where they hardly matter.
    pub fn outcome_transform(mut self, output: OutcomeTransform) -> Self {
        self.surrogate.outcome_transform = output;
        self.state = None;
        self
    }

    /// Trials of the initial design; by default one more than there are parameters, at most 20. In a study with one goal
    /// and no outcome constraint the default is three as soon as a trial was stopped early.
    /// With fewer than two the model starts from nothing.
    pub fn start_trials(mut self, trials: usize) -> Self {
        self.start = Some(trials);
        self
    }

    /// Share of the suggestions that are drawn at random instead, from 0 (the default) to 1: an
    /// insurance against a badly wrong model, which slows ordinary runs.
    pub fn exploration(mut self, share: f64) -> Self {
        self.exploration = share;
        self
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
            let goals = context.history().goals().len();
            let earlier = Earlier::new(context.earlier(), &encoding, goals);
            State {
                seed: context.seed(),
                spread: Spread::new(encoding.len(), context.seed()),
                encoding,
                codes: EncodedTrials::default(),
                conditions: LearnedConditions::default(),
                plain: Models::new(self.surrogate, &earlier),
                alone: Models::new(self.surrogate, &Earlier::default()),
                with_conditions: Models::new(self.surrogate, &Earlier::default()),
                outcomes: OutcomeModels::beside(&earlier),
                earlier,
                scores: LastFit::default(),
                scores_alone: LastFit::default(),
            }
        })
    }
}

impl Sampler for BayesianSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        self.check(context.space())?;
        let (start, exploration) = (self.start, self.exploration);
        let state = self.state(context);
        let past = TrainingData::new(context, &state.encoding, &mut state.codes);
        let features = state.encoding.len();
        if state.earlier.begins(&past) {
            let State { earlier, encoding, spread, .. } = &*state;
            let mut random = context.random();
            if let Some(point) = earlier.first(context, encoding, &past, spread, &mut random) {
                let first = earlier.of_goal(0);
                let names = first.names().iter().map(String::as_str);
                return Ok(noted(point, names.zip(first.beforehand())));
            }
        }
        let is_unfinished = !past.has_several_outcomes() && unfinished::are_there(context);
        let tried = past.tried.len();
        let start = match start {
            None if is_unfinished => design_trials(start, features).min(unfinished::START),
            _ => design_trials(start, features),
        };
        let designed = match state.earlier.is_empty() {
            true => (tried < start).then_some(tried),
            false => earlier::designed(context.number()),
        };
        if designed.is_some() || past.is_empty() || features == 0 {
            return design(context, designed.unwrap_or(tried)).map(Suggestion::from);
        }
        let mut random = context.random();
        let searched = if random.unit() < exploration {
            None
        } else if past.has_several_outcomes() {
            self.search_outcomes(context, &past, &mut random)
        } else if is_unfinished {
            if let Some(suggestion) = self.search_unfinished(context, &past, &mut random) {
                return Ok(suggestion);
            }
            None
        } else {
            self.search(context, &past, &mut random).map(Suggestion::from)
        };
        let suggestion =
            searched.map_or_else(|| context.sample(&mut random).map(Suggestion::from), Ok)?;
        let Some(state) = &self.state else { return Ok(suggestion) };
        let suggestion = noted(suggestion, state.plain.losses.believed());
        let prior = UserPrior::new(context.believed(), &state.encoding, &past.best_first());
        Ok(with_belief(suggestion, prior.map(|prior| prior.probability())))
    }

    fn chooses_paused(&self) -> bool {
        true
    }

    fn initial_design(&self, space: &Space) -> usize {
        design_trials(self.start, Encoding::new(space).len())
    }

    fn check(&self, _space: &Space) -> Result<()> {
        if !(0.0..=1.0).contains(&self.exploration) {
            return Err(Error::InvalidOption {
                option: "exploration",
                value: self.exploration.to_string(),
                remedy: "it is a share from 0 to 1, such as 0.1",
            });
        }
        self.surrogate.noise.check()?;
        match &self.strategy {
            Strategy::Maximize(acquisition) => acquisition.check(),
            Strategy::Thompson => Ok(()),
        }
    }
}

/// A suggestion that says how much each earlier study is believed.
fn noted<'a>(
    suggestion: impl Into<Suggestion>,
    believed: impl Iterator<Item = (&'a str, f64)>,
) -> Suggestion {
    believed.fold(suggestion.into(), |suggestion, (name, weight)| {
        suggestion.note(&format!("{BELIEVED}{name}"), rounded(weight))
    })
}

/// A suggestion that says how probably a person's beliefs are right, where there are some.
fn with_belief(suggestion: Suggestion, probability: Option<f64>) -> Suggestion {
    match probability {
        Some(probability) => suggestion.note(BELIEF, rounded(probability)),
        None => suggestion,
    }
}

/// A share with two digits.
fn rounded(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

impl BayesianSampler {
    /// The search of a study with several goals or outcome constraints.
    fn search_outcomes(
        &mut self,
        context: &Context<'_>,
        past: &TrainingData,
        random: &mut Stream,
    ) -> Option<Suggestion> {
        let (options, acquisition) = (self.surrogate, self.strategy.acquisition());
        let State { encoding, codes, spread, plain, outcomes, .. } = self.state.as_mut()?;
        let suggesting = goals::Suggesting { context, acquisition, options, encoding, past };
        suggesting.suggest_beside_stopped(outcomes, codes, spread, random).or_else(|| {
            suggesting.suggest(outcomes, &mut plain.failures, spread, random).map(Suggestion::from)
        })
    }

    /// The search of a study some of whose trials were stopped early.
    fn search_unfinished(
        &mut self,
        context: &Context<'_>,
        past: &TrainingData,
        random: &mut Stream,
    ) -> Option<Suggestion> {
        let State { encoding, codes, spread, earlier, scores, scores_alone, .. } =
            self.state.as_mut()?;
        let unaided = earlier::is_silent(context.number());
        let (last_fit, earlier) = match unaided {
            true => (scores_alone, Arc::default()),
            false => (scores, earlier.of_goal(0)),
        };
        let noisy = self.surrogate.noise.incumbent_is_noisy();
        let ties = if noisy { None } else { past.ties(encoding) };
        let unfinished = Unfinished { context, encoding, spread, earlier: &earlier, ties };
        let suggested = unfinished.suggest(codes, last_fit, random)?;
        let names = earlier.names().iter().map(String::as_str);
        let suggestion = noted(suggested.suggestion, names.zip(suggested.weights));
        Some(with_belief(suggestion, suggested.belief))
    }

    /// Step 6, and with it the others.
    fn search(
        &mut self,
        context: &Context<'_>,
        past: &TrainingData,
        random: &mut Stream,
    ) -> Option<Point> {
        let (options, strategy) = (self.surrogate, &self.strategy);
        let State {
            encoding,
            codes,
            spread,
            conditions,
            plain,
            alone,
            with_conditions,
            earlier,
            ..
        } = self.state.as_mut()?;
        let as_seen = past;
        if !earlier.is_empty() {
            let unaided = &Earlier::default();
            let (models, earlier) = match earlier::is_silent(context.number()) {
                true => (alone, unaided),
                false => (plain, &*earlier),
            };
            let suggesting =
                Suggesting { context, strategy, options, encoding, past, as_seen, earlier };
            return suggesting.suggest(models, spread, random);
        }
        let learned = conditions.believed(context.number(), encoding, past, &options);
        if learned.is_empty() {
            let suggesting =
                Suggesting { context, strategy, options, encoding, past, as_seen, earlier };
            return suggesting.suggest(plain, spread, random);
        }
        let narrower = encoding.clone().with_idle(learned);
        let past = &TrainingData::masked(context, &narrower, encoding, codes);
        let suggesting =
            Suggesting { context, strategy, options, encoding: &narrower, past, as_seen, earlier };
        suggesting.suggest(with_conditions, spread, random)
    }
}
