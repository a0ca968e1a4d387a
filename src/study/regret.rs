//! Whether more trials are worth it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::guard::catch;
use super::{Study, legal};
use crate::error::Result;
use crate::sampler::bayesian::confidence::Confidence;
use crate::sampler::{Context, Survey};
use crate::surrogate::Encoding;
use crate::text::{DIGITS, number};
use crate::trial::{History, Observed, Timestamp, TrialRecord, TrialState};

/// The fewest trials that say anything of others, and the fewest complete ones among them. Not varied.
const FEWEST: usize = 20;
const FEWEST_COMPLETE: usize = 5;
/// The bound is computed when the trials have grown by this part, so that all fits together take
/// about as long as twenty of the last one.
const GROWTH: usize = 20;
/// The part of the way from the best trial to a typical config that counts for nothing. The problems for
/// tuning in `benches/worthwhile` chose it: with 0.05 a quarter of the trials is saved there, with 0.07 a
/// third at a loss of 0.005, with 0.1 two fifths at 0.013.
const NEGLIGIBLE: f64 = 0.07;
/// The variance of a cross-validation over k folds is 1 + k/(k − 1) times the squared standard error that
/// the folds show, because they share what they train on (Nadeau and Bengio 2003; Makarova et al. 2022,
/// section 4), which is a little more than this for many folds. Of independent repeats, two of which
/// are compared, it is exactly this.
const VARIANCES: f64 = 2.0;

/// When what may be gained is too little.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tolerance {
    /// In units of the goal.
    Known(f64),
    /// By the noise of the best trial, and by how far it is from a typical one.
    Learned,
}

/// What a [`RegretBound`] is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RegretThreshold {
    /// The tolerance of [`StudyBuilder::stop_at_regret`](super::StudyBuilder::stop_at_regret).
    Tolerance,
    /// The noise of the best trial, and of one that it is compared with: differences below it are
    /// chance.
    Noise,
    /// 7 % of the way from the best trial to a typical config.
    Typical,
}

/// How much better than the best trial any config may be, with high confidence; see
/// [`Study::regret_bound`]. All numbers are differences in units of the goal, whether it is to be low or
/// high.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegretBound {
    bound: f64,
    threshold: f64,
    basis: RegretThreshold,
    trials: u64,
}

// Neither number is NaN: `RegretBound::new` makes none then.
impl Eq for RegretBound {}

impl RegretBound {
    fn new(bound: f64, threshold: f64, basis: RegretThreshold, trials: u64) -> Option<Self> {
        let known = !bound.is_nan() && !threshold.is_nan();
        known.then_some(RegretBound { bound, threshold, basis, trials })
    }

    /// The upper bound on the regret: the most that can be gained.
    pub fn bound(&self) -> f64 {
        self.bound
    }

    /// How much must be left to gain for more trials to be worth it.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Where the threshold comes from.
    pub fn basis(&self) -> RegretThreshold {
        self.basis
    }

    /// The number of trials that it rests on: those that are complete or were pruned.
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// Whether more trials are not worth it.
    pub fn is_settled(&self) -> bool {
        self.bound <= self.threshold
    }
}

impl fmt::Display for RegretBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [bound, threshold] = [self.bound, self.threshold].map(|x| number(x, Some(DIGITS)));
        let compared = if self.is_settled() { "below" } else { "above" };
        let basis = match self.basis {
            RegretThreshold::Tolerance => "the tolerance",
            RegretThreshold::Noise => "the noise of the best trial",
            RegretThreshold::Typical => "7 % of the gap between it and a typical config",
        };
        let text = format!(
            "no config is believed to be better than the best trial by more than {bound}, {compared} \
             {threshold} ({basis}), after {} trials",
            self.trials
        );
        f.pad(&text)
    }
}

impl<C> Study<C> {
    /// How much better than the best trial any config may be, by what is known now, and below which bound
    /// more trials are not worth it. [`StudyBuilder::stop_when_settled`](super::StudyBuilder::stop_when_settled)
    /// ends a run by it; a program that drives the study by `ask` and `tell` calls it now and then.
    ///
    /// A Gaussian process is fitted to all trials, whatever the sampler. The bound is the lowest upper
    /// confidence bound of a complete trial minus the lowest lower one of all configs that may be tried, at
    /// three standard deviations (Makarova et al. 2022). Configs that violate a constraint, or whose
    /// trials would probably fail, do not count. A pruned trial has no value; it counts as one that would
    /// have ended where its curve says, as far as that is sure. A trial that misses a limit or an outcome
    /// constraint counts as failed. Takes about as long as a suggestion of
    /// the Bayesian sampler.
    ///
    /// `None` before there are 20 trials, two for each parameter, and those of the sampler's
    /// [initial design](crate::Sampler::initial_design), of which five are complete and the others at
    /// least pruned; and where all have the same value, which says nothing of others.
    ///
    /// ```
    /// use tunewright::space::{Scale, Space};
    /// use tunewright::Study;
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).seed(1).build()?;
    /// for _ in 0..100 {
    ///     let asked = study.ask()?;
    ///     let x = asked.config().float("x")?;
    ///     study.tell(asked, x * x)?;
    ///     if let Some(regret) = study.regret_bound()?.filter(|regret| regret.is_settled()) {
    ///         println!("{regret}");
    ///         break;
    ///     }
    /// }
    /// assert!(study.history()?.complete_count() < 100);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// The storage failed, or a constraint could not judge a config;
    /// [`Error::Goals`](crate::Error::Goals) in a study with several goals.
    pub fn regret_bound(&self) -> Result<Option<RegretBound>> {
        let history = self.history()?;
        if history.goals().len() > 1 {
            history.has_no_best()?;
        }
        let all = informing(&history);
        if all < self.first_check() { Ok(None) } else { self.regret_after(&history, all) }
    }

    /// The number of trials at which the bound is computed first.
    fn first_check(&self) -> usize {
        let features = Encoding::new(self.space().space()).len();
        FEWEST.max(2 * (features + 1)).max(self.initial_design + 1)
    }

    /// The numbers of trials, up to this one, at which a run asks for the bound.
    pub(super) fn checks_until(&self, trials: usize) -> impl Iterator<Item = usize> {
        let next = |&count: &usize| Some(count + (count / GROWTH).max(1));
        let numbers = std::iter::successors(Some(self.first_check()), next);
        numbers.take_while(move |&count| count <= trials)
    }

    /// What the first trials to end say, and all failed ones that had ended by then: so a study that goes
    /// on after its process has died decides as one that did not.
    pub(super) fn regret_after(
        &self,
        history: &History,
        trials: usize,
    ) -> Result<Option<RegretBound>> {
        let mut ends: Vec<(u64, u64)> =
            history.trials().filter(|record| informs(record)).map(end).collect();
        ends.sort_unstable();
        let Some(&last) = trials.checked_sub(1).and_then(|at| ends.get(at)) else {
            return Ok(None);
        };
        let known = |record: &TrialRecord| record.state().is_finished() && end(record) <= last;
        let learn = || {
            let until = history.filtered(known, |point| self.legality().key(point));
            let until = until.without_infeasible(|point| self.legality().key(point));
            if until.complete_count() < FEWEST_COMPLETE {
                return Ok(None);
            }
            let (space, survey) = (self.space().space(), Survey::default());
            let number = trials as u64;
            let legality = self.legality();
            let context = Context::new(space, &until, legality, &survey, self.seed(), (number, 0));
            Ok(Confidence::learn(&context)?.and_then(|learned| self.compared(&learned, &until)))
        };
        catch(legal::space_name, learn)?
    }

    fn compared(&self, learned: &Confidence, history: &History) -> Option<RegretBound> {
        let bound = (learned.upper - learned.lower).max(0.0);
        let (threshold, basis) = match self.rules.regret {
            Some(Tolerance::Known(tolerance)) => (tolerance, RegretThreshold::Tolerance),
            Some(Tolerance::Learned) | None => {
                let noise = VARIANCES.sqrt() * told_noise(history).unwrap_or(learned.noise);
                let typical = NEGLIGIBLE * (learned.typical - learned.best).max(0.0);
                match noise > typical {
                    true => (noise, RegretThreshold::Noise),
                    false => (typical, RegretThreshold::Typical),
                }
            }
        };
        RegretBound::new(bound, threshold, basis, informing(history) as u64)
    }
}

/// Whether a trial says what its config is worth, or at least that it is no better.
fn informs(record: &TrialRecord) -> bool {
    matches!(record.state(), TrialState::Complete | TrialState::Pruned)
}

/// How many trials do.
pub(super) fn informing(history: &History) -> usize {
    history.trials().filter(|record| informs(record)).count()
}

/// When a trial ended, and its number; the earliest moment where that is not known.
fn end(record: &TrialRecord) -> (u64, u64) {
    let moment = record.started().zip(record.duration());
    let micros = |(started, took): (Timestamp, Duration)| {
        started.0.saturating_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))
    };
    (moment.map_or(0, micros), record.number())
}

/// The standard error that the best trial tells.
fn told_noise(history: &History) -> Option<f64> {
    let noise = history.best().as_ref().and_then(Observed::noise)?;
    (noise.is_finite() && noise >= 0.0).then_some(noise)
}
