//! A recurrent policy that writes a config decision by decision, and learns from rewards.
//!
//! *When*: the space is a long sequence of choices, such as a neural architecture, and there are
//! fifty trials or more.
//!
//! 1. Every axis of the space is a decision among a few options, every continuous axis two
//!    (`decisions`). An LSTM reads the decisions so far and gives the next one's probabilities
//!    (`policy`); what masks and conditions rule out has no probability, and takes no part in
//!    entropy and gradients. Choices that refer to earlier axes ([`Axis::refers_to`](
//!    crate::space::Axis::refers_to)) are scored by attention to what was decided there.
//! 2. Results move the policy by gradient (`training`): by rank, with replay and priority-queue
//!    training, unless the options are those of a published recipe.
//! 3. A proposal is the most promising of some 150 samples of the policy, edits of the best results
//!    and random points, by expected improvement under a Gaussian process (`filter`), which compares
//!    points by place and by how often each option was taken (`codes`); without the filter, a
//!    sample or an edit.
//! 4. With a curriculum, depth is fixed for a while and grows, and the policy is carried over.
//!
//! Limits: where effects are of few parameters each, the filter finds what there is to find, and
//! edits do as well as samples of the policy. The policy pays where what is good is a sequence that no
//! single edit leads to.
//!
//! A sample of the policy, and learning from a result, cost as much as a point has decisions. Where a
//! space has more than 133 there are fewer samples, at least six, and where a point has more than 200
//! fewer results are replayed. The published recipes learn as published, whatever that costs.
//!
//! The policy is a function of space, seed and history, in which results count in the order of
//! trial numbers: a resumed study has the same policy, and so has one in which results came in
//! another order. Trials of other origin are learned from, too. Running trials count as seen, and
//! the filter anticipates them. Failed trials have the lowest rank and pruned ones come right before
//! them; moving-average baselines leave both out.
//!
//! Trials that break a limit or an outcome constraint, such as a latency, rank behind all that do not, by how
//! much they miss; baselines leave them out, too. So the best accuracy below 20 ms is a goal and an outcome
//! constraint.
//!
//! Of several goals, such as accuracy and latency, the reward is the place in the order of fronts: what nothing
//! dominates comes first, and on one front what has more room (Deb et al. 2002; see [`nsga`](crate::sampler::nsga)).
//! The filter then has a process for each goal, and takes the proposal that is expected to add most to the
//! hypervolume of the front, measured in ranks. Published recipes get the rank as reward.
//!
//! With [earlier studies](crate::study::StudyBuilder::learn_from) the policy first learns from their results, and so
//! begins where they ended; half of the random trials are replaced by their best configs, and the others by samples
//! of the policy. To the filter they are a prior mean, each with a weight that follows from how well it predicts the
//! results.
//!
//! The trial's notes say where a suggestion came from (`proposal`: `policy`, `edit`, `random` or `earlier study`), the
//! policy's `log_probability` of it, and the mean `entropy` of its decisions in nats, whose fall
//! over the trials shows how far the policy has settled. [`ControllerSampler::policy`] gives the
//! probabilities.
//!
//! ```
//! use tunewright::space::Space;
//! use tunewright::{ControllerSampler, Study, Trial, space::Params};
//!
//! let layers = (0..6).fold(Space::builder(), |builder, layer| {
//!     builder.choices(&format!("layer{layer}"), ["conv3", "conv5", "pool", "skip"])
//! });
//! let study = Study::in_space(layers.build()?)
//!     .maximize()
//!     .sampler(ControllerSampler::new())
//!     .seed(1)
//!     .build()?;
//! // Stands for the validation accuracy of a trained network.
//! let accuracy = |network: Params, _: &mut Trial| {
//!     let layers: Vec<String> = network.iter().map(|(_, layer)| layer.to_string()).collect();
//!     let pairs = layers.windows(2).filter(|pair| pair[0] == "conv3" && pair[1] == "pool").count();
//!     0.9 + 0.03 * pairs as f64
//! };
//! study.optimize(accuracy, 120)?;
//! assert!(study.best()?.value() > 0.98);
//! # Ok::<(), tunewright::Error>(())
//! ```

mod adam;
mod codes;
mod curriculum;
mod decisions;
mod filter;
mod front_filter;
#[cfg(test)]
mod gradients;
mod lstm;
mod merit;
mod policy;
mod presets;
mod proposals;
mod results;
mod softmax;
mod training;
mod tree;
mod view;

use self::curriculum::Curriculum;
use self::decisions::Decisions;
use self::filter::SurrogateFilter;
use self::merit::Outcome;
use self::policy::Architecture;
use self::proposals::{Proposals, Proposed};
use self::training::{Advantage, Learner, Objective, Training};
use self::tree::Tree;
pub use self::view::{DecisionView, PolicyView};
use super::head_start::head_start;
use super::{Context, Sampler, Suggestion};
use crate::error::{Error, Result};
use crate::space::{Point, Space};
use crate::trial::TrialRecord;

/// Keeps the weights of very many goals apart from the rest of a trial's stream.
const WEIGHTS: u64 = 0x3333;

/// A controller trained by reinforcement learning. See the [module](self) for the method.
///
/// ```
/// use tunewright::ControllerSampler;
///
/// let usual = ControllerSampler::new();
/// let alone = ControllerSampler::without_surrogate().entropy(0.02);
/// let growing = ControllerSampler::new().grow_depth_every(50);
/// ```
#[derive(Debug)]
pub struct ControllerSampler {
    options: Options,
    state: Option<State>,
}

#[derive(Clone, Debug, PartialEq)]
struct Options {
    architecture: Architecture,
    training: Training,
    proposing: Proposing,
    grow_every: Option<u64>,
}

/// How proposals come about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Proposing {
    /// A sample of the policy, or in this share of the cases an edit of one of the best results.
    Direct { edits: f64 },
    /// The best of a pool.
    Screened,
}

/// What is kept from call to call to save time; all of it follows from space, seed and history.
#[derive(Debug)]
struct State {
    seed: u64,
    decisions: Decisions,
    curriculum: Option<Curriculum>,
    learner: Learner,
    filter: SurrogateFilter,
}

impl Default for ControllerSampler {
    fn default() -> Self {
        ControllerSampler::with(presets::screened())
    }
}

impl ControllerSampler {
    fn with(options: Options) -> Self {
        ControllerSampler { options, state: None }
    }

    /// The controller with its proposals screened by a surrogate: the strongest that was measured.
    pub fn new() -> Self {
        Self::default()
    }

    /// The controller on its own: seven of ten proposals are samples of the policy, three are edits
    /// of the five best results.
    pub fn without_surrogate() -> Self {
        Self::with(presets::without_surrogate())
    }

    /// The settings of Zoph and Le 2017 (Neural architecture search with reinforcement learning,
    /// ICLR): LSTM of 2 × 35, REINFORCE with a moving average, Adam with rate 6e-4, a step per 8
    /// results. Made for ten thousand trials; slow at a few hundred.
    pub fn zoph2017() -> Self {
        Self::with(presets::zoph2017())
    }

    /// The settings of Zoph, Vasudevan, Shlens and Le 2018 (Learning transferable architectures for
    /// scalable image recognition, CVPR): LSTM of 100, PPO on batches of 20, rate 3.5e-4, entropy
    /// 1e-5.
    pub fn nasnet() -> Self {
        Self::with(presets::nasnet())
    }

    /// The settings of Pham, Guan, Zoph, Le and Dean 2018 (Efficient neural architecture search via
    /// parameter sharing, ICML) for cells, without the sharing of weights between networks, which is
    /// the objective's business: LSTM of 64, rate 3.5e-3, entropy 1e-4, logits bounded by 1.1 tanh,
    /// links taken with a probability near 0.4, a step per 10 results.
    pub fn enas() -> Self {
        Self::with(presets::enas())
    }

    /// The REINFORCE baseline of NATS-Bench (Dong, Liu, Musial and Gabrys 2021, TPAMI): independent
    /// decisions, Adam with rate 0.01, a moving average as baseline.
    pub fn reinforce() -> Self {
        Self::with(presets::reinforce())
    }

    /// Random trials before the policy learns and is asked.
    pub fn start_trials(mut self, trials: usize) -> Self {
        self.options.training.start = trials;
        self.changed()
    }

    /// Adam's rate, above 0.
    pub fn learning_rate(mut self, rate: f64) -> Self {
        self.options.training.rate = rate;
        self.changed()
    }

    /// Weight of the entropy of each decision, from 0: more explores longer.
    pub fn entropy(mut self, weight: f64) -> Self {
        self.options.training.entropy = weight;
        self.changed()
    }

    /// Units of the LSTM; 0 for independent decisions without a network.
    pub fn hidden_units(mut self, units: usize) -> Self {
        let layers = self.options.architecture.layers.max(1);
        self.options.architecture.layers = if units == 0 { 0 } else { layers };
        self.options.architecture.units = units;
        self.changed()
    }

    /// How many of the best results are kept likely; 0 for none.
    pub fn elite(mut self, results: usize) -> Self {
        self.options.training.elite = results;
        self.changed()
    }

    /// How many earlier results are replayed at each step.
    pub fn replay(mut self, results: usize) -> Self {
        self.options.training.replay = results;
        self.changed()
    }

    /// Starts with the shallowest networks and lets depth grow by one every `trials` trials, from 1:
    /// depth is fixed in between, and every depth is open once the greatest is reached. What the
    /// policy has learned is carried over, and the best networks so far are edited into deeper ones.
    /// Depth is a parameter called `depth`, or a chain of layers that are `absent` or `present`,
    /// each within the one before. Where nothing is left to try of a depth, the next one comes
    /// early.
    pub fn grow_depth_every(mut self, trials: u64) -> Self {
        self.options.grow_every = Some(trials);
        self.changed()
    }

    fn changed(mut self) -> Self {
        self.state = None;
        self
    }

    /// The most probable config under the policy, of those that the curriculum leaves open: its
    /// greatest option at each step. What the policy believes after all that the history holds.
    ///
    /// # Errors
    /// As [`suggest`](Sampler::suggest); [`Error::Sampler`] if the most probable steps end where
    /// nothing is legal.
    pub fn most_likely(&mut self, context: &Context<'_>) -> Result<Point> {
        let state = self.up_to_date(context)?;
        let mask = state.mask(context, context.number());
        let (policy, weights) = (state.learner.policy(), state.learner.weights());
        let mut tree = Tree::new(policy, weights, &state.decisions);
        tree.most_likely(&mask).ok_or_else(|| {
            let reason = "the most probable steps end where the masks allow nothing; ask for \
                          `suggest`, which tries others";
            Error::Sampler(reason.into())
        })
    }

    /// The probabilities of every decision on the way to a point, after all that the history holds.
    ///
    /// # Errors
    /// As [`suggest`](Sampler::suggest), and if the point belongs to another space.
    pub fn policy(&mut self, context: &Context<'_>, point: &Point) -> Result<PolicyView> {
        context.space().check(point)?;
        let state = self.up_to_date(context)?;
        let moves = state.decisions.moves(point, &state.mask(context, context.number()));
        let tape = state.learner.policy().forward(state.learner.weights(), &moves);
        Ok(PolicyView::new(&state.decisions, &tape))
    }

    /// The state after the whole history.
    fn up_to_date(&mut self, context: &Context<'_>) -> Result<&mut State> {
        let space = context.space();
        self.check(space)?;
        let fits = self
            .state
            .as_ref()
            .is_some_and(|state| state.seed == context.seed() && state.decisions.space() == space);
        if !fits {
            self.state = None;
        }
        let Options { architecture, training, grow_every, .. } = &self.options;
        let state = match &mut self.state {
            Some(state) => state,
            none => {
                let curriculum =
                    grow_every.map(|every| Curriculum::new(space, every)).transpose()?;
                let decisions = Decisions::new(space);
                let seed = context.seed();
                let mut learner = Learner::new(*architecture, *training, &decisions, seed);
                let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
                    context.mask(chosen, axis, legal);
                };
                results::teach(&mut learner, context, |point| decisions.moves(point, &mask));
                let mut filter = SurrogateFilter::new(space);
                for study in context.earlier() {
                    filter.learn_from(&results::earlier(study, context));
                }
                none.insert(State { seed, decisions, curriculum, learner, filter })
            }
        };
        let (decisions, curriculum) = (&state.decisions, &state.curriculum);
        state.learner.update(results::own(context), |outcome| {
            decisions.moves(&outcome.point, &open(context, curriculum, outcome.number))
        });
        Ok(state)
    }
}

impl Sampler for ControllerSampler {
    fn check(&self, space: &Space) -> Result<()> {
        self.options.check()?;
        if let Some(every) = self.options.grow_every {
            Curriculum::new(space, every)?;
        }
        Ok(())
    }

    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        let start = self.options.training.start;
        let proposing = self.options.proposing;
        let State { decisions, curriculum, learner, filter, .. } = self.up_to_date(context)?;
        let mut random = context.random();
        let learned = context.history().distinct() >= start && learner.results().len() > 0;
        let has_learned_before = !context.earlier().is_empty();
        let by_chance = start > 0 && !learned && !has_learned_before;
        if !learned && let Some(point) = head_start(context, start.div_ceil(2)) {
            return Ok(Suggestion::from(point).note("proposal", "earlier study"));
        }
        let proposing = match learned || !has_learned_before {
            true => proposing,
            // Without results the filter has nothing to compare with.
            false => Proposing::Direct { edits: 0.0 },
        };
        if !by_chance && proposing == Proposing::Screened {
            let results: Vec<&Outcome> = learner.results().collect();
            let mut weights = context.random().fork(WEIGHTS);
            let pending = context.history().pending().map(TrialRecord::point);
            filter.update(&results, pending, &mut weights);
        }
        let (policy, weights) = (learner.policy(), learner.weights());
        // Where nothing is left to try of a depth, the next stage comes early.
        let number = context.number();
        let later = curriculum.iter().flat_map(|growing| growing.later_stages(number));
        let mut found = None;
        for stage in std::iter::once(number).chain(later) {
            let mask = open(context, curriculum, stage);
            let mut proposals = Proposals {
                context,
                mask: &mask,
                grows: curriculum.as_ref().is_some_and(|growing| growing.grows(stage)),
                best: best(learner),
                tree: Tree::new(policy, weights, decisions),
                random: &mut random,
            };
            found = match proposing {
                _ if by_chance => proposals.chance()?,
                Proposing::Direct { edits } => proposals.direct(edits)?,
                Proposing::Screened => match proposals::highest(proposals.pool(), filter) {
                    Some(proposed) => Some(proposed),
                    None => proposals.chance()?,
                },
            };
            if found.is_some() {
                break;
            }
        }
        // In the last stage there is a point or an error.
        let Some(Proposed { point, origin }) = found else {
            return context.sample(&mut random).map(Suggestion::from);
        };
        let mask = open(context, curriculum, number);
        let tape = policy.forward(weights, &decisions.moves(&point, &mask));
        Ok(Suggestion::from(point)
            .note("proposal", origin.name())
            .note("log_probability", tape.log_probability())
            .note("entropy", view::mean_entropy(&tape)))
    }
}

impl State {
    /// What masks and the curriculum leave open to a trial.
    fn mask<'a>(
        &'a self,
        context: &'a Context<'_>,
        number: u64,
    ) -> impl Fn(&[Option<f64>], usize, &mut [bool]) + 'a {
        open(context, &self.curriculum, number)
    }
}

fn open<'a>(
    context: &'a Context<'_>,
    curriculum: &'a Option<Curriculum>,
    number: u64,
) -> impl Fn(&[Option<f64>], usize, &mut [bool]) + 'a {
    move |chosen, axis, legal| {
        context.mask(chosen, axis, legal);
        if let Some(curriculum) = curriculum {
            curriculum.limit(number, axis, legal);
        }
    }
}

/// The points of the complete results, the best first.
fn best(learner: &Learner) -> Vec<Point> {
    let best = learner.best().into_iter().take(proposals::MOST_EDITED);
    best.map(|outcome| outcome.point.clone()).collect()
}

impl Options {
    fn check(&self) -> Result<()> {
        let refuse =
            |option, value: String, remedy| Err(Error::InvalidOption { option, value, remedy });
        let Training { rate, entropy, .. } = self.training;
        if !(rate > 0.0 && rate.is_finite()) {
            return refuse("learning_rate", rate.to_string(), "it must be above 0, such as 0.02");
        }
        if !(entropy >= 0.0 && entropy.is_finite()) {
            return refuse("entropy", entropy.to_string(), "it must be 0 or more, such as 0.05");
        }
        Ok(())
    }
}
