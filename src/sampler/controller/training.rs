//! How the policy learns from results.
//!
//! Per result t (or per batch of results) one step of Adam uphill on
//!
//! J = A_t ln π(a_t) + η Σ_d H_d(a_t) + (1/|R|) Σ_R A_j ln π(a_j) + (w/|K|) Σ_K ln π(a_q)
//!
//! where the terms are the policy gradient (Williams 1992, REINFORCE), the entropy of every decision
//! along the way, results replayed at random, and the likelihood of the best K results so far
//! (priority-queue training; Abolafia et al. 2018, arXiv 1801.03526). Or, in place of the first
//! term, proximal policy optimization with a clipped ratio per decision (Schulman et al. 2017,
//! arXiv 1707.06347, eq. 7).
//!
//! **The policy is a function of space, seed and history**: results count in the order of trial
//! numbers, whenever they arrived, and what is random in learning from trial t comes from a stream
//! of its own. Of sequences with more than 200 decisions fewer results are replayed and fewer of the
//! best are kept likely, in proportion, because each costs a pass over its sequence. The first results
//! are learned one after the other within one suggestion, and there the bound is 100. Of policies with
//! very many weights fewer snapshots are kept. A result that arrives late goes to its place; the policy
//! returns to a snapshot from before and learns again from there.

use super::adam::Adam;
use super::decisions::{Decisions, Move};
use super::merit::{Merit, Outcome, Ranking, placed};
use super::policy::{Architecture, Policy, Tape, Weights};
use crate::math::random::Stream;

/// Decisions of all sequences that one step learns from. With a sequence of 200 decisions that is one new
/// result, four that are replayed and five of the best. It bounds the time of a step.
const LEARNED_DECISIONS: usize = 2000;
/// With up to `WEIGHTS_KEPT` weights, the state after every step is kept for a while. With twice as many,
/// only that after every second step is kept, and so on, up to one step in `RAREST`. They bound the memory.
const WEIGHTS_KEPT: usize = 250_000;
const RAREST: usize = 4;

/// Substreams of a trial's stream and of the study's.
const INITIAL_WEIGHTS: u64 = 0x1111;
const REPLAY: u64 = 0x2222;

/// How the policy learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Training {
    pub(super) rate: f64,
    /// Longest gradient.
    pub(super) clip: Option<f64>,
    pub(super) advantage: Advantage,
    pub(super) objective: Objective,
    /// Results per step.
    pub(super) batch: usize,
    /// Results before the first step, which are then learned in order, with their ranks among all
    /// of them.
    pub(super) start: usize,
    /// η.
    pub(super) entropy: f64,
    /// |R|.
    pub(super) replay: usize,
    /// |K|.
    pub(super) elite: usize,
    /// w.
    pub(super) elite_weight: f64,
    /// Weight and target of the share of links that are taken (ENAS).
    pub(super) links: Option<(f64, f64)>,
}

/// What a result is worth to the policy gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Advantage {
    /// Linear in the rank among all results, from −1 to 1. Every ended trial counts.
    Rank,
    /// Reward minus an exponential moving average of rewards with this decay, corrected for its
    /// start. Trials without a value do not count.
    MovingAverage { decay: f64 },
}

/// Which policy gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Objective {
    Reinforce,
    /// The ratio to the policy before the step is clipped to 1 ± `clip`; `epochs` steps per batch.
    Proximal {
        clip: f64,
        epochs: usize,
    },
}

#[derive(Debug)]
struct Learned {
    outcome: Outcome,
    moves: Vec<Move>,
}

/// What changes with every step.
#[derive(Clone, Debug, PartialEq)]
struct State {
    weights: Vec<f64>,
    adam: Adam,
    /// Moving average of rewards and its total weight.
    baseline: (f64, f64),
    /// Advantages of the batch's results so far; `None` for those that do not count.
    batch: Vec<Option<f64>>,
}

/// A policy that follows a history.
#[derive(Debug)]
pub(super) struct Learner {
    seed: u64,
    policy: Policy,
    training: Training,
    state: State,
    results: Vec<Learned>,
    /// The results that the current step knows.
    ranking: Ranking,
    /// With several goals, their merits by their places on the fronts.
    placed: Vec<Merit>,
    /// How many results were learned from.
    done: usize,
    /// Earlier states by the number of results they had learned from.
    snapshots: Vec<(usize, State)>,
}

impl Learner {
    pub(super) fn new(
        architecture: Architecture,
        training: Training,
        decisions: &Decisions,
        seed: u64,
    ) -> Self {
        let policy = Policy::new(architecture, decisions);
        let mut random = Stream::new(seed, u64::MAX).fork(INITIAL_WEIGHTS);
        let weights = policy.initial(&mut random);
        let adam = Adam::new(weights.len());
        let state = State { weights, adam, baseline: (0.0, 0.0), batch: Vec::new() };
        let snapshots = vec![(0, state.clone())];
        let ranking = Ranking::default();
        Learner {
            seed,
            policy,
            training,
            state,
            results: Vec::new(),
            ranking,
            placed: Vec::new(),
            done: 0,
            snapshots,
        }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.state.weights
    }

    /// The results in the order of their numbers.
    pub(super) fn results(&self) -> impl ExactSizeIterator<Item = &Outcome> {
        self.results.iter().map(|learned| &learned.outcome)
    }

    /// Takes in the results, which are in the order of their numbers, and learns. `moves` gives the
    /// decisions of a trial that was not known.
    pub(super) fn update(
        &mut self,
        outcomes: Vec<Outcome>,
        mut moves: impl FnMut(&Outcome) -> Vec<Move>,
    ) {
        let known = self.results.iter().zip(&outcomes);
        let same = known.take_while(|(learned, outcome)| learned.outcome == **outcome).count();
        if same < self.results.len() {
            self.results.truncate(same);
            self.return_to(same);
        }
        for outcome in outcomes.into_iter().skip(same) {
            let moves = moves(&outcome);
            self.results.push(Learned { outcome, moves });
        }
        // What learns nothing yet knows nothing.
        while self.done < self.results.len() && self.results.len() >= self.training.start {
            self.rank(self.training.start.max(self.done + 1));
            self.learn(self.done);
            self.done += 1;
            self.keep();
        }
    }

    /// Forgets the results and keeps the policy, for those of another study.
    pub(super) fn begin_anew(&mut self) {
        let (results, ranking) = (Vec::new(), Ranking::default());
        let state = State { baseline: (0.0, 0.0), batch: Vec::new(), ..self.state.clone() };
        (self.results, self.ranking, self.done) = (results, ranking, 0);
        self.snapshots = vec![(0, state.clone())];
        self.state = state;
    }

    /// Goes back to a state that knew only the first `same` results.
    fn return_to(&mut self, same: usize) {
        let untouched = |done: usize| done == 0 || self.training.start.max(done) <= same;
        self.snapshots.retain(|(done, _)| untouched(*done));
        // The state before everything is always there.
        if let Some((done, state)) = self.snapshots.last() {
            self.done = *done;
            self.state = state.clone();
        }
        self.ranking = Ranking::default();
        self.placed.clear();
        self.rank(if self.done == 0 { 0 } else { self.training.start.max(self.done) });
    }

    /// Ranks the first results, as many as a step knows.
    fn rank(&mut self, known: usize) {
        let outcomes = self.results.iter().take(known).map(|learned| &learned.outcome);
        if self.results.iter().any(|learned| !learned.outcome.losses.is_empty()) {
            // A new result changes where others stand on the fronts.
            self.placed = placed(&outcomes.collect::<Vec<_>>());
            self.ranking = Ranking::of(&self.placed);
            return;
        }
        for (index, outcome) in outcomes.enumerate().skip(self.ranking.len()) {
            self.ranking.insert(index, outcome.merit);
        }
    }

    /// What became of a result, among those that the current step knows.
    fn merit(&self, index: usize) -> Merit {
        self.placed.get(index).copied().unwrap_or(self.results[index].outcome.merit)
    }

    /// The complete results, the best first.
    pub(super) fn best(&self) -> Vec<&Outcome> {
        let mut complete: Vec<usize> =
            (0..self.results.len()).filter(|&index| self.merit(index).is_complete()).collect();
        complete.sort_by(|&a, &b| self.merit(a).compare(self.merit(b)));
        complete.into_iter().map(|index| &self.results[index].outcome).collect()
    }

    /// Keeps the state: close ones all, further ones ever fewer, so that a late result costs a few
    /// steps, and the snapshots of n steps are some log n.
    fn keep(&mut self) {
        // Within a batch there is little to keep.
        if !self.state.batch.is_empty() {
            return;
        }
        let done = self.done;
        let every = self.policy.len().div_ceil(WEIGHTS_KEPT).clamp(1, RAREST);
        self.snapshots.retain(|(at, _)| {
            let gap = match done - at {
                ..8 => 1,
                8..64 => 8,
                64..512 => 64,
                _ => 512,
            };
            at % (gap * every) == 0
        });
        if done.is_multiple_of(every) {
            self.snapshots.push((done, self.state.clone()));
        }
    }

    /// One result's step.
    fn learn(&mut self, t: usize) {
        let merit = self.merit(t);
        let advantage = match self.training.advantage {
            Advantage::Rank => Some(self.ranking.advantage(merit)),
            Advantage::MovingAverage { decay } => merit.loss().map(|loss| {
                // So that squares and sums stay finite. With several goals the reward is the rank.
                let reward = match self.placed.is_empty() {
                    true => (-loss).clamp(-1e100, 1e100),
                    false => self.ranking.advantage(merit),
                };
                let (mean, total) = &mut self.state.baseline;
                *mean = decay * *mean + (1.0 - decay) * reward;
                *total = decay * *total + (1.0 - decay);
                reward - *mean / *total
            }),
        };
        self.state.batch.push(advantage);
        if self.state.batch.len() < self.training.batch {
            return;
        }
        let batch = std::mem::take(&mut self.state.batch);
        let first = t + 1 - batch.len();
        let counted: Vec<(usize, f64)> = (first..)
            .zip(batch)
            .filter_map(|(index, advantage)| Some((index, advantage?)))
            .collect();
        if counted.is_empty() {
            return;
        }
        match self.training.objective {
            Objective::Reinforce => {
                let mut gradient = vec![0.0; self.policy.len()];
                let share = 1.0 / counted.len() as f64;
                for &(index, advantage) in &counted {
                    let tape = self.forward(index);
                    self.add(&tape, |_| self.first(share, share * advantage), &mut gradient);
                }
                self.add_past(t, &mut gradient);
                self.ascend(&gradient);
            }
            Objective::Proximal { clip, epochs } => self.learn_proximal(t, &counted, clip, epochs),
        }
    }

    fn learn_proximal(&mut self, t: usize, batch: &[(usize, f64)], clip: f64, epochs: usize) {
        let probabilities = |tape: &Tape| -> Vec<f64> {
            tape.steps().map(|(taken, probabilities)| probabilities[taken.option]).collect()
        };
        let before: Vec<Vec<f64>> =
            batch.iter().map(|(index, _)| probabilities(&self.forward(*index))).collect();
        let share = 1.0 / batch.len() as f64;
        for _ in 0..epochs {
            let mut gradient = vec![0.0; self.policy.len()];
            for (&(index, advantage), before) in batch.iter().zip(&before) {
                let tape = self.forward(index);
                let ratios: Vec<f64> =
                    probabilities(&tape).iter().zip(before).map(|(new, old)| new / old).collect();
                let by_step = |at: usize| {
                    self.first(share, share * proximal_slope(ratios[at], advantage, clip))
                };
                self.add(&tape, by_step, &mut gradient);
            }
            self.add_past(t, &mut gradient);
            self.ascend(&gradient);
        }
    }

    /// Weights of a result that is new.
    fn first(&self, share: f64, log_probability: f64) -> Weights {
        Weights {
            log_probability,
            entropy: share * self.training.entropy,
            divergence: self.training.links.map(|(weight, target)| (share * weight, target)),
        }
    }

    /// Adds the terms of replayed and of the best results.
    fn add_past(&self, t: usize, gradient: &mut [f64]) {
        let likelihood = |weight| Weights { log_probability: weight, ..Weights::default() };
        let number = self.results[t].outcome.number;
        let mut random = Stream::new(self.seed, number).fork(REPLAY);
        let Training { replay, elite, .. } = self.training;
        let (most, least) = match t < self.training.start {
            true => (LEARNED_DECISIONS / 2, 0),
            false => (LEARNED_DECISIONS, 1),
        };
        let sequences = most / self.results[t].moves.len().max(1);
        let part =
            |count: usize| affordable(count, replay + elite, sequences).max(count.min(least));
        let (replay, elite) = (part(replay), part(elite));
        let share = 1.0 / replay.max(1) as f64;
        for _ in 0..replay {
            let index = random.below(self.ranking.len() as u64) as usize;
            let advantage = self.ranking.advantage(self.merit(index));
            let weights = likelihood(share * advantage);
            self.add(&self.forward(index), |_| weights, gradient);
        }
        let best: Vec<usize> = self.ranking.best(elite).collect();
        for &index in &best {
            let weights = likelihood(self.training.elite_weight / best.len() as f64);
            self.add(&self.forward(index), |_| weights, gradient);
        }
    }

    fn forward(&self, index: usize) -> Tape {
        self.policy.forward(&self.state.weights, &self.results[index].moves)
    }

    fn add(&self, tape: &Tape, by_step: impl Fn(usize) -> Weights, gradient: &mut [f64]) {
        self.policy.backward(&self.state.weights, tape, by_step, gradient);
    }

    fn ascend(&mut self, gradient: &[f64]) {
        let Training { rate, clip, .. } = self.training;
        self.state.adam.ascend(&mut self.state.weights, gradient, rate, clip);
    }
}

/// How many of `count` past results a step learns from. With short sequences it learns from `all` past
/// results; `sequences` bounds these and the new one together.
fn affordable(count: usize, all: usize, sequences: usize) -> usize {
    if all < sequences { count } else { count * sequences.saturating_sub(1) / all.max(1) }
}

/// The derivative of min(ρA, clamp(ρ, 1 − ε, 1 + ε)A) by ln π, with ρ the ratio of probabilities.
pub(super) fn proximal_slope(ratio: f64, advantage: f64, clip: f64) -> f64 {
    let clipped = if advantage > 0.0 { ratio > 1.0 + clip } else { ratio < 1.0 - clip };
    if clipped { 0.0 } else { ratio * advantage }
}

#[cfg(test)]
mod budget {
    #[test]
    fn long_sequences_are_learned_from_with_fewer_others() {
        let part = |count, sequences| super::affordable(count, 9, sequences);
        assert_eq!((part(4, 10), part(5, 10)), (4, 5));
        assert_eq!((part(4, 5), part(5, 5)), (1, 2));
        assert_eq!((part(4, 2), part(5, 2)), (0, 0));
        assert_eq!(super::affordable(0, 0, 0), 0);
    }
}
