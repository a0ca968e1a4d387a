//! The study: the only place that has time, threads, storage and a clock.

mod ask;
mod builder;
mod checkpoints;
mod chosen_trial;
mod clock;
mod goals;
mod guard;
mod hints;
mod learning;
mod lease;
mod legal;
mod log;
mod memory;
mod observer;
mod optimize;
#[cfg(feature = "progress")]
mod progress;
mod pruning;
mod recommend;
mod regret;
mod rules;
mod shared;
mod stop;
mod store;
mod suggest;
mod tally;
#[cfg(feature = "tracing")]
mod trace;
mod untried;
mod view;
mod wanted;

use std::fmt;
use std::sync::{Arc, Mutex};

pub use ask::{AskedTrial, TrialId};
pub use builder::StudyBuilder;
pub use chosen_trial::{ChosenTrial, Unfinished};
pub use legal::IntoVerdict;
pub use log::{ProgressLog, progress_log};
pub use observer::{Observer, RunInfo};
#[cfg(feature = "progress")]
pub use progress::{Printer, ProgressBar, progress_bar};
pub use recommend::TrialEstimates;
pub use regret::{RegretBound, RegretThreshold};
pub use rules::StopReason;
pub use stop::StopHandle;
#[cfg(feature = "tracing")]
pub use trace::TracingObserver;

use crate::earlier::Matched;
use crate::error::{Error, Result};
use crate::sampler::{Context, Survey};
use crate::space::{Legality, SearchSpace, Tunable};
use crate::storage::StudyStore;
use crate::surrogate::Estimate;
use crate::trial::{Direction, Goal, History, TieBreaker, TrialRecord, TypedGoals};

/// Finds a good config for an objective.
///
/// `C` is the config type. All methods take `&self`, so that a study can be shared between threads;
/// [`optimize`](Self::optimize) is a loop over [`ask`](Self::ask) and [`tell`](Self::tell).
///
/// ```
/// use tunewright::space::{Scale, Space};
/// use tunewright::{Params, Study, Trial};
///
/// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// let study = Study::in_space(space).minimize().seed(1).build()?;
/// study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 50)?;
/// assert!(study.best()?.value() < 0.1);
/// # Ok::<(), tunewright::Error>(())
/// ```
pub struct Study<C> {
    legal: legal::Legal<C>,
    searcher: Mutex<suggest::Searcher>,
    shared: Arc<shared::StudyCore>,
    view: view::View,
    rules: rules::Rules,
    tie_breaker: Option<TieBreaker>,
    workers: usize,
    /// How many trials the sampler begins with.
    initial_design: usize,
    earlier: Arc<[Matched]>,
}

impl<C: Tunable + 'static> Study<C> {
    /// A study whose goal is to be low, in the space of the config type.
    pub fn minimize() -> StudyBuilder<C> {
        StudyBuilder::typed(Direction::Minimize)
    }

    /// A study whose goal is to be high, in the space of the config type.
    pub fn maximize() -> StudyBuilder<C> {
        StudyBuilder::typed(Direction::Maximize)
    }

    /// A study of several goals, or of one with a name or a limit, in the space of the config type; see
    /// [`StudyBuilder::goals`].
    pub fn goals(goals: impl IntoIterator<Item = Goal>) -> StudyBuilder<C> {
        StudyBuilder::typed(Direction::Minimize).goals(goals)
    }

    /// A study of what the struct `T` measures, which the objective returns, in the space of the config type:
    /// `Study::<Net>::goals_of::<Measured>()`; see [`TypedGoals`].
    pub fn goals_of<T: TypedGoals>() -> StudyBuilder<C> {
        StudyBuilder::typed(Direction::Minimize).goals_of::<T>()
    }
}

impl<C> Study<C> {
    /// A study in a space of any kind; it minimizes unless told otherwise.
    pub fn in_space(space: impl SearchSpace<Config = C> + 'static) -> StudyBuilder<C> {
        StudyBuilder::new(Ok(Arc::new(space)), Direction::Minimize)
    }

    /// The space.
    pub fn space(&self) -> &dyn SearchSpace<Config = C> {
        self.legal.space.as_ref()
    }

    /// Name of the study in its storage.
    pub fn name(&self) -> &str {
        &self.shared.store.header().name
    }

    /// Whether the first goal is to be low or high.
    pub fn direction(&self) -> Direction {
        self.shared.direction()
    }

    /// The seed of all random decisions. A study that was given none has drawn one.
    pub fn seed(&self) -> u64 {
        self.shared.store.header().seed
    }

    /// The best trial so far; among equal ones the one that the
    /// [tie breaker](StudyBuilder::tie_breaker) prefers, or the first. Where the same config may give different values,
    /// take [`recommend`](Self::recommend). The [summary](Self::summary) says how many trials tie and
    /// what would decide between them; [`Trials::tied_for_best`](crate::trial::Trials::tied_for_best)
    /// lists them.
    ///
    /// # Errors
    /// [`Error::NoCompleteTrial`] with the reason of the last failure, if there is one.
    /// [`Error::Goals`] in a study with several goals, and where no trial keeps all limits.
    pub fn best(&self) -> Result<ChosenTrial<C>> {
        let history = self.history()?;
        let best = match &self.tie_breaker {
            Some(tie_breaker) => history.best_by(tie_breaker),
            None => history.best(),
        };
        let Some(best) = best else {
            history.has_no_best()?;
            return Err(Error::NoCompleteTrial { failed: 0, reason: None });
        };
        self.chosen(&history, best.record(), None)
    }

    /// A complete trial with its config.
    pub(crate) fn chosen(
        &self,
        history: &History,
        record: &TrialRecord,
        expected: Option<Estimate>,
    ) -> Result<ChosenTrial<C>> {
        let config = self.legal.decode(record.point())?;
        Ok(ChosenTrial::finished(record.clone(), config, history.goals(), expected))
    }

    /// All trials so far, those of other processes included, as they are at this moment. Cheap:
    /// only what has changed since the last call is read.
    ///
    /// # Errors
    /// The storage failed.
    pub fn history(&self) -> Result<Arc<History>> {
        let read = || self.view.history(self.shared.store.as_ref(), &self.legal);
        guard::catch(legal::space_name, read)?
    }

    /// What may be tried.
    pub(crate) fn legality(&self) -> &dyn Legality {
        &self.legal
    }

    /// What decides which of equal trials is the best, if not their order.
    pub(crate) fn tie_breaker(&self) -> Option<&TieBreaker> {
        self.tie_breaker.as_ref()
    }

    /// Shows what a sampler would be shown for the next trial, to ask a sampler of one's own what it
    /// believes after all that happened, such as a
    /// [controller](crate::ControllerSampler::most_likely). The study does not change.
    ///
    /// ```
    /// use tunewright::{ControllerSampler, Sampler, Study, Trial, space::{Params, Space}};
    ///
    /// let space = Space::builder().choices("op", ["conv", "pool"]).choices("width", [16, 32]).build()?;
    /// let study = Study::in_space(space).sampler(ControllerSampler::new()).build()?;
    /// study.optimize(|p: Params, _: &mut Trial| p.float("width"), 4)?;
    /// let mut controller = ControllerSampler::new();
    /// let likely = study.with_context(|context| controller.most_likely(context))??;
    /// println!("{:?}", study.space().decode(&likely)?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// The storage failed.
    pub fn with_context<R>(&self, ask: impl FnOnce(&Context<'_>) -> R) -> Result<R> {
        let history = self.history()?;
        let number = history.trials().next_back().map_or(0, |last| last.number() + 1);
        let (space, survey) = (self.space().space(), Survey::default());
        Ok(ask(&Context::new(space, &history, &self.legal, &survey, self.seed(), (number, 0))))
    }

    /// The config of a trial.
    ///
    /// # Errors
    /// The record belongs to a study in another space.
    pub fn config_of(&self, record: &TrialRecord) -> Result<C> {
        self.space().space().check(record.point())?;
        self.legal.decode(record.point())
    }

    /// Where the trials are kept.
    pub fn store(&self) -> &dyn StudyStore {
        self.shared.store.as_ref()
    }

    /// Ends every [`optimize`](Self::optimize) call that is running on this study, or else the next
    /// one, from any thread: no further trial begins, and those that run come to their end.
    pub fn stop(&self) {
        self.shared.stops.stop();
    }

    /// Like [`stop`](Self::stop), and running trials leave at their next report.
    pub fn interrupt(&self) {
        self.shared.stops.interrupt();
    }

    /// What stops the study from elsewhere, such as a signal handler of the application.
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle::new(Arc::clone(&self.shared))
    }
}

impl<C> fmt::Debug for Study<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Study")
            .field("header", self.shared.store.header())
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}
