//! What the trials say: what each hyperparameter does, which ones matter, how lucky the best one
//! was, and what to move next.
//!
//! An [`Analysis`] is made of a snapshot of [`Trials`] and of nothing else, so that the trials of a
//! [stored](Trials::read) study are explained as those of one that runs.

mod advice;
mod best;
mod capacity;
mod diverged;
mod effects;
mod front;
mod importance;
mod known;
mod plateau;
mod reading;
mod response;
mod role;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::curves::Forecasts;
use crate::error::Result;
use crate::math::random::Stream;
use crate::math::statistics::median;
use crate::space::{AxisKind, Legality, Point, Space};
use crate::surrogate::Encoding;
use crate::trial::{Direction, Subject, TrialRecord, TrialState, Trials, metric};

pub use advice::{Advice, Change, FitDiagnosis, Proposal, TradedGoal};
pub(crate) use advice::{Proposals, fit_in_words};
pub use best::{AtBound, Luck};
pub(crate) use best::{best_estimate, ends_in_words};
pub use capacity::{CapacityRow, CapacityTable};
pub(crate) use effects::flat_in_words;
pub use effects::{
    Effect, EffectPoint, Effects, FlatOver, FlatPart, Interval, NextExperiment, Sentence, Trend,
};
pub use front::Reference;
pub use importance::{Importance, Interaction, ParameterImportance};
use known::Known;
pub(crate) use known::stopped_in_words;
use plateau::Plateau;
pub use reading::MetricScale;
pub(crate) use reading::Reading;
pub(crate) use response::Response;
pub use role::{Capacity, Role, Textbook};

/// The name under which the goal stands among the metrics.
pub const GOAL: &str = "goal";

/// Where half of the trials took fewer seconds, times say more of what else the machine did than of the training.
const SHORTEST: f64 = 1e-3;

/// Explains the trials of a study: what each hyperparameter does, which ones matter, and what to
/// try next. Made by [`Study::analysis`] and [`Trials::analysis`]; the study's own methods are its
/// short forms.
///
/// [`Study::analysis`]: crate::Study::analysis
///
/// ```
/// use tunewright::analysis::Role;
/// use tunewright::space::{Params, Scale, Space};
/// use tunewright::trial::metric;
/// use tunewright::{Study, Trial};
///
/// let space = Space::builder().int("h", 1..=8, Scale::Linear).build()?;
/// let study = Study::in_space(space).seed(1).build()?;
/// let train = |p: Params, trial: &mut Trial| -> tunewright::Result<f64> {
///     let hidden = p.float("h")?;
///     trial.record(metric::TRAIN_ERROR, 0.5 / hidden);
///     Ok(0.5 / hidden + 0.01 * hidden)
/// };
/// study.optimize(train, 8)?;
/// let capacity = study.analysis()?.with_role("h", Role::Units).capacity()?;
/// assert_eq!(capacity.rows[0].agrees, Some(true));
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone)]
pub struct Analysis<'s> {
    trials: Trials,
    /// The same as if they had the goal alone that the analysis is about.
    of_the_goal: Trials,
    subject: Subject,
    legality: Option<&'s dyn Legality>,
    roles: BTreeMap<String, Role>,
    /// The numbers of the trials that diverged, once they were looked for.
    diverged: OnceLock<BTreeSet<u64>>,
    /// What has the best goal, once it was looked for.
    plateau: OnceLock<Option<Box<Plateau>>>,
    /// What stopped trials would have come to, once that was asked.
    forecasts: OnceLock<Option<Box<Forecasts>>>,
}

impl Trials {
    /// These trials, to be explained. With several goals the analysis is about the first one, and says so; the
    /// others count as metrics. [`Analysis::goal`] takes another one. Proposals do not know the study's
    /// constraints here; prefer [`Study::analysis`](crate::Study::analysis).
    pub fn analysis(&self) -> Analysis<'static> {
        Analysis {
            trials: self.clone(),
            of_the_goal: self.about(&Subject::Goal(0)),
            subject: Subject::Goal(0),
            legality: None,
            roles: BTreeMap::new(),
            diverged: OnceLock::new(),
            plateau: OnceLock::new(),
            forecasts: OnceLock::new(),
        }
    }
}

/// A metric with its values, by the index of the complete trial.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

/// Points that are looked at for a proposal. It bounds the time.
const CANDIDATES: u64 = 48;

impl<'s> Analysis<'s> {
    /// The same trials, with proposals that keep to what is legal.
    pub(crate) fn within(self, legality: &'s dyn Legality) -> Self {
        Analysis { legality: Some(legality), ..self }
    }
}

impl Analysis<'_> {
    /// An analysis of the goal with this name, where there are several, or of the metric under an outcome
    /// constraint, which is to be low if it may be at most a value, and else high. The goals that it is not about
    /// count as metrics, and their limits as outcome constraints. What trials reported before they ended counts for
    /// the first goal alone.
    ///
    /// # Errors
    /// [`Error::Goals`](crate::Error::Goals) if there is neither.
    pub fn goal(self, name: &str) -> Result<Self> {
        let subject = Subject::named(name, &self.trials.header().goals)?;
        Ok(self.with_subject(subject))
    }

    /// An analysis of all goals together, by what a person would give up of one for another: with
    /// `[("error", 0.01), ("latency_ms", 1.0)]` an error that is lower by 0.01 is worth 1 ms. Effects,
    /// importance and advice are then about the sum of the goals in units of the first one that is named, here
    /// `error + 0.01 latency_ms`. A goal that is not named does not count; limits and outcome constraints hold.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::trial::minimize;
    /// use tunewright::{Result, Study, Trial};
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let goals = [minimize("error"), minimize("latency_ms")];
    /// let study = Study::in_space(space).goals(goals).seed(1).build()?;
    /// let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
    ///     let width = p.float("width")?;
    ///     Ok([1.0 / width, 0.5 * width])
    /// };
    /// study.optimize(objective, 10)?;
    /// let analysis = study.analysis()?.trading([("error", 0.01), ("latency_ms", 1.0)])?;
    /// assert_eq!(analysis.about().as_deref(), Some("error + 0.01 latency_ms"));
    /// println!("{}", study.advise_with(&analysis, 1)?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Goals`](crate::Error::Goals) for a goal that is unknown or named twice, for an amount that is not
    /// above 0, and for fewer than two goals.
    pub fn trading<'a>(self, amounts: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self> {
        let subject = Subject::trade(amounts, &self.trials.header().goals)?;
        Ok(self.with_subject(subject))
    }

    fn with_subject(mut self, subject: Subject) -> Self {
        self.of_the_goal = self.trials.about(&subject);
        self.subject = subject;
        (self.diverged, self.plateau, self.forecasts) = Default::default();
        self
    }

    /// What the analysis is about: the name of a goal where there are several, of a metric, or a sum such as
    /// `error + 0.01 latency_ms`.
    pub fn about(&self) -> Option<String> {
        self.subject.name(&self.trials.header().goals)
    }

    /// Whether it is about the first goal, which is taken for the error of a model where that is to be low.
    fn is_of_errors(&self) -> bool {
        self.subject == Subject::Goal(0)
    }

    /// The trials as if they had the goal alone that the analysis is about.
    pub(crate) fn of_the_goal(&self) -> &Trials {
        &self.of_the_goal
    }

    /// Says what a hyperparameter is, where its name does not. The names are the full ones.
    pub fn with_role(mut self, parameter: &str, role: Role) -> Self {
        self.roles.insert(parameter.to_owned(), role);
        self
    }

    /// The role that a person gave a parameter, or that its name suggests among those of the others:
    /// beside trees, `gamma` is no kernel's scale but what a split must gain. A choice without an
    /// order, as `kernel` among kinds of kernels, suggests none.
    pub fn role(&self, parameter: &str) -> Option<Role> {
        let guess = || {
            let axis = &self.space().axes()[self.space().position(parameter)?];
            if matches!(axis.kind(), AxisKind::Categorical { .. }) {
                return None;
            }
            match Role::guess(parameter) {
                Some(Role::KernelScale) if self.has_trees() => Some(Role::WeightDecay),
                guess => guess,
            }
        };
        self.roles.get(parameter).copied().or_else(guess)
    }

    fn has_trees(&self) -> bool {
        let guessed = self.space().axes().iter().filter_map(|axis| Role::guess(axis.name()));
        let mut roles = self.roles.values().copied().chain(guessed);
        roles.any(|role| matches!(role, Role::TreeSize | Role::LeafSize))
    }

    /// The trials.
    pub fn trials(&self) -> &Trials {
        &self.trials
    }

    pub(crate) fn space(&self) -> &Space {
        self.of_the_goal.space()
    }

    /// Roles must be of parameters that there are.
    pub(crate) fn check(&self) -> Result<()> {
        self.roles.keys().try_for_each(|name| self.space().require(name).map(drop))
    }

    pub(crate) fn direction(&self) -> Direction {
        self.of_the_goal.header().goals.first()
    }

    /// The trials with values.
    pub(crate) fn complete(&self) -> Vec<&TrialRecord> {
        self.of_the_goal.iter().filter(|trial| trial.state() == TrialState::Complete).collect()
    }

    /// The trials that diverged: their goal is worse by far than almost all others, and than that of
    /// configs like theirs. They are explained and modelled as failed trials are: not at all.
    pub(crate) fn diverged(&self) -> &BTreeSet<u64> {
        self.diverged.get_or_init(|| diverged::find(self))
    }

    /// The plateau around the best trial, if the trials show one.
    fn plateau(&self) -> Option<&Plateau> {
        self.plateau.get_or_init(|| Plateau::of(self).map(Box::new)).as_deref()
    }

    /// The trials with values that did not diverge.
    pub(crate) fn usable(&self) -> Vec<&TrialRecord> {
        let diverged = self.diverged();
        let mut trials = self.complete();
        trials.retain(|trial| !diverged.contains(&trial.number()));
        trials
    }

    /// The better half of some trials by their `goals`, with all that are as good as its last.
    fn better_half<'t>(&self, trials: &[&Known<'t>], goals: &[Known<'t>]) -> Vec<&'t Point> {
        let known: Vec<(f64, &'t TrialRecord)> = trials
            .iter()
            .filter_map(|known| {
                let number = |goal: &Known<'_>| goal.trial.number();
                let at = goals.binary_search_by_key(&known.trial.number(), number).ok()?;
                Some((self.direction().orient(goals[at].value), known.trial))
            })
            .collect();
        let middle = median(&known.iter().map(|(loss, _)| *loss).collect::<Vec<f64>>());
        let better = known.into_iter().filter(|(loss, _)| *loss <= middle);
        better.map(|(_, trial)| trial.point()).collect()
    }

    /// Everything that was measured in at least one complete trial: the goal, the standard metrics,
    /// the others by name.
    pub(crate) fn series(&self) -> Vec<Series> {
        let standard = [
            metric::TRAIN_ERROR,
            metric::VALIDATION_ERROR,
            metric::GAP,
            metric::SECONDS,
            metric::PEAK_MEMORY,
        ];
        let complete = self.complete();
        let recorded: BTreeSet<&str> =
            complete.iter().flat_map(|trial| trial.metrics().keys().map(String::as_str)).collect();
        // The metric that the analysis is about is the goal already.
        let about = self.about();
        let is_other = |name: &&str| {
            !standard.contains(name) && *name != GOAL && about.as_deref() != Some(*name)
        };
        let others = recorded.into_iter().filter(is_other);
        let names = [GOAL].into_iter().chain(standard).chain(others);
        let series = names.map(|name| Series {
            name: name.to_owned(),
            values: complete.iter().map(|trial| self.measured(trial, name)).collect(),
        });
        let is_recorded =
            complete.iter().any(|trial| trial.metrics().contains_key(metric::SECONDS));
        let is_known = |series: &Series| {
            let known: Vec<f64> = series.values.iter().flatten().copied().collect();
            let is_told = series.name != metric::SECONDS || is_recorded;
            !known.is_empty() && (is_told || median(&known) >= SHORTEST)
        };
        series.filter(is_known).collect()
    }

    /// A trial's value of a metric, if it is finite. The goal stands for the validation error in the
    /// gap.
    pub(crate) fn measured(&self, trial: &TrialRecord, name: &str) -> Option<f64> {
        let value = match name {
            GOAL => trial.value(),
            metric::GAP => trial.metric(metric::GAP).or_else(|| {
                Some(self.validation_error(trial)? - trial.metric(metric::TRAIN_ERROR)?)
            }),
            _ => trial.metric(name),
        };
        value.filter(|value| value.is_finite())
    }

    /// The recorded validation error, or else the first goal if that is to be low.
    fn validation_error(&self, trial: &TrialRecord) -> Option<f64> {
        let goals = &self.trials.header().goals;
        let goal = || match goals.first() {
            Direction::Maximize => None,
            Direction::Minimize if self.is_of_errors() => trial.value(),
            Direction::Minimize => trial.metric(&goals.name(0)),
        };
        trial.metric(metric::VALIDATION_ERROR).or_else(goal)
    }

    /// The model of a metric.
    pub(crate) fn response(&self, encoding: &Encoding, series: &Series) -> Option<Response> {
        Response::learn(encoding, &series.name, &self.usable_for(&series.name))
    }

    /// Whether a point may be proposed: legal, and not run or waiting to be run.
    fn may_propose(&self, point: &Point) -> bool {
        self.is_legal(point) && !self.of_the_goal.iter().any(|trial| trial.point() == point)
    }

    fn is_legal(&self, point: &Point) -> bool {
        self.legality.is_none_or(|legality| matches!(legality.violated(point), Ok(None)))
    }

    /// Some points that may be proposed, the same for the same trials.
    fn candidates(&self) -> Vec<Point> {
        self.drawn().filter(|point| self.may_propose(point)).collect()
    }

    /// Points that are spread over all that is allowed, tried or not.
    pub(crate) fn spread(&self) -> Vec<Point> {
        self.drawn().filter(|point| self.is_legal(point)).collect()
    }

    fn drawn(&self) -> impl Iterator<Item = Point> {
        let header = self.of_the_goal.header();
        let mut random = Stream::new(header.seed, self.of_the_goal.len() as u64).fork(u64::MAX - 1);
        (0..CANDIDATES).map(move |_| self.space().sample(&mut random))
    }
}

impl std::fmt::Debug for Analysis<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analysis").field("roles", &self.roles).finish_non_exhaustive()
    }
}
