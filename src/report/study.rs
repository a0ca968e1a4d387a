//! The methods of [`Study`] that tables, analysis, pictures, reports and import bring: all of them
//! are short forms.

use std::path::Path;

use super::explain::Explanation;
use super::page::Page;
use crate::analysis::{Advice, Analysis, CapacityTable, Effects, GOAL, Importance, Reference};
use crate::error::Result;
use crate::import::{Experiments, Imported};
use crate::plot::Pictures;
use crate::study::{ChosenTrial, Study};
use crate::table::Summary;
use crate::trial::{StudyHeader, TrialRecord, Trials, Weights};

impl<C> Study<C> {
    /// A snapshot of all trials so far, those of other processes included.
    ///
    /// # Errors
    /// The storage failed.
    pub fn trials(&self) -> Result<Trials> {
        let history = self.history()?;
        // The stored limits may be others, and a preference is no part of the trials.
        let goals = history.goals().clone().without_preference();
        let header = StudyHeader { goals, ..self.store().header().clone() };
        Ok(Trials::new(header, history, self.tie_breaker().cloned()))
    }

    /// The feasible trials that no other one dominates, with their configs, in the order of the first goal:
    /// the Pareto front. Trials with equal values are on it together. With one goal the best trials.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::trial::minimize;
    /// use tunewright::{Result, Study, Trial};
    ///
    /// let space = Space::builder().float("width", 1.0..=100.0, Scale::Log).build()?;
    /// let study = Study::in_space(space)
    ///     .goals([minimize("error"), minimize("latency_ms").limit(20.0)])
    ///     .seed(1)
    ///     .build()?;
    /// let objective = |p: Params, _: &mut Trial| -> Result<[f64; 2]> {
    ///     let width = p.float("width")?;
    ///     Ok([1.0 / width, 0.5 * width])
    /// };
    /// study.optimize(objective, 15)?;
    /// for trial in study.front()? {
    ///     println!("{trial}");
    /// }
    /// println!("the knee: {}", study.knee()?);
    /// println!("the best within 10 ms: {}", study.best_within("latency_ms", 10.0)?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoCompleteTrial`](crate::Error::NoCompleteTrial), and
    /// [`GoalError::NothingFeasible`](crate::trial::GoalError::NothingFeasible) where no trial keeps all
    /// limits.
    pub fn front(&self) -> Result<Vec<ChosenTrial<C>>> {
        let history = self.history()?;
        history.has_feasible()?;
        let front = history.front().into_iter();
        front.map(|trial| self.chosen(&history, trial.record(), None)).collect()
    }

    /// The volume that the front dominates below a reference; see [`Trials::hypervolume`].
    ///
    /// ```
    /// use tunewright::analysis::Reference;
    /// # use tunewright::space::{Params, Scale, Space};
    /// # use tunewright::trial::minimize;
    /// # use tunewright::{Result, Study, Trial};
    /// # let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build()?;
    /// # let goals = [minimize("error").limit(0.9), minimize("latency_ms").limit(20.0)];
    /// # let study = Study::in_space(space).goals(goals).seed(1).build()?;
    /// # study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| [x, 10.0 * (1.0 - x)]), 5)?;
    /// println!("{}", study.hypervolume([0.5, 50.0])?);
    /// println!("{}", study.hypervolume(Reference::Limits)?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trials::hypervolume`], and what the storage fails with.
    pub fn hypervolume(&self, reference: impl Into<Reference>) -> Result<f64> {
        self.trials()?.hypervolume(reference)
    }

    /// The hypervolume after each complete trial; see [`Trials::hypervolume_history`].
    ///
    /// # Errors
    /// As [`Trials::hypervolume_history`], and what the storage fails with.
    pub fn hypervolume_history(&self, reference: impl Into<Reference>) -> Result<Vec<(u64, f64)>> {
        self.trials()?.hypervolume_history(reference)
    }

    /// The trial of the front after which more of one goal costs too much of the others; see
    /// [`Trials::knee`].
    ///
    /// # Errors
    /// As [`Trials::knee`], and what the storage fails with.
    pub fn knee(&self) -> Result<ChosenTrial<C>> {
        self.choose(|trials| trials.knee())
    }

    /// The trial with the best first other goal that keeps a limit; see [`Trials::best_within`].
    ///
    /// # Errors
    /// As [`Trials::best_within`], and what the storage fails with.
    pub fn best_within(&self, name: &str, limit: f64) -> Result<ChosenTrial<C>> {
        self.choose(|trials| trials.best_within(name, limit))
    }

    /// The trial of the front that comes nearest to the best values of all goals; see
    /// [`Trials::compromise`].
    ///
    /// # Errors
    /// As [`Trials::compromise`], and what the storage fails with.
    pub fn compromise(&self, weights: impl Into<Weights>) -> Result<ChosenTrial<C>> {
        self.choose(|trials| trials.compromise(weights))
    }

    /// The trial of the front by the order of goals, with what a person gives up of each; see
    /// [`Trials::lexicographic`].
    ///
    /// # Errors
    /// As [`Trials::lexicographic`], and what the storage fails with.
    pub fn lexicographic<'a>(
        &self,
        priorities: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<ChosenTrial<C>> {
        self.choose(|trials| trials.lexicographic(priorities))
    }

    /// The complete trial that comes nearest to keeping all limits; see [`Trials::least_violating`].
    ///
    /// # Errors
    /// As [`Trials::least_violating`], and what the storage fails with.
    pub fn least_violating(&self) -> Result<ChosenTrial<C>> {
        self.choose(|trials| trials.least_violating())
    }

    fn choose(
        &self,
        choice: impl FnOnce(&Trials) -> Result<&TrialRecord>,
    ) -> Result<ChosenTrial<C>> {
        let trials = self.trials()?;
        self.chosen(trials.history(), choice(&trials)?, None)
    }

    /// How the study went, in a few lines:
    ///
    /// ```
    /// # use tunewright::space::{Scale, Space};
    /// # use tunewright::{Params, Study, Trial};
    /// # let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// # let study = Study::in_space(space).seed(1).build()?;
    /// # study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 5)?;
    /// println!("{}", study.summary()?);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// The storage failed.
    pub fn summary(&self) -> Result<Summary> {
        Ok(self.trials()?.summary())
    }

    /// The trials so far, to be explained.
    ///
    /// # Errors
    /// The storage failed.
    pub fn analysis(&self) -> Result<Analysis<'_>> {
        Ok(self.trials()?.analysis().within(self.legality()))
    }

    /// What the trials say: the effects of each hyperparameter on training error, generalization
    /// gap and time, on capacity, which ones matter, and what to move next.
    ///
    /// # Errors
    /// The storage failed.
    pub fn explain(&self) -> Result<Explanation> {
        self.analysis()?.explain()
    }

    /// What each hyperparameter does to each metric. Roles other than those that names suggest are
    /// told to the [`analysis`](Self::analysis).
    ///
    /// # Errors
    /// The storage failed.
    pub fn effects(&self) -> Result<Effects> {
        self.analysis()?.effects()
    }

    /// In which direction each hyperparameter moves the capacity of the model, beside what
    /// textbooks expect. Needs trials that record [`TRAIN_ERROR`](crate::trial::metric::TRAIN_ERROR).
    ///
    /// # Errors
    /// The storage failed.
    pub fn capacity(&self) -> Result<CapacityTable> {
        self.analysis()?.capacity()
    }

    /// Which hyperparameters matter for the goal.
    ///
    /// # Errors
    /// The storage failed.
    pub fn importance(&self) -> Result<Importance> {
        Ok(self.analysis()?.importance(GOAL))
    }

    /// What to change next: one hyperparameter of the best config so far, in the direction and by
    /// the amount that promise most, given all trials. Where another of the three best trials
    /// promises more as a starting point, that one is changed ([`Proposal::from`](crate::analysis::Proposal::from)): where two
    /// parameters must change together, no single change of the best config is for the better. For
    /// two at a time and for roles see [`Study::advise_with`].
    ///
    /// Where trials say little yet, what is expected of the parameters' roles decides: learning rates
    /// matter most, and are best near the middle of their range unless the trials speak for the
    /// upper or the lower part; what raises capacity is raised if the model underfits, and what keeps
    /// it low if it overfits.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Study, Trial};
    ///
    /// let space = Space::builder()
    ///     .float("lr", 1e-4..=1.0, Scale::Log)
    ///     .int("layers", 1..=4, Scale::Linear)
    ///     .build()?;
    /// let start = space.params([("lr", 1e-4.into()), ("layers", 1.into())])?;
    /// let study = Study::in_space(space).start_from(start).build()?;
    /// let train = |p: Params, _: &mut Trial| -> tunewright::Result<f64> {
    ///     Ok((p.float("lr")?.log10() + 2.0).abs() + 1.0 / p.float("layers")?)
    /// };
    /// study.optimize(train, 1)?;
    /// for _ in 0..6 {
    ///     let next = study.advise()?;
    ///     println!("{next}");
    ///     study.enqueue(next.into_config())?;
    ///     study.optimize(train, 1)?;
    /// }
    /// assert!(study.best()?.value() < 1.5);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoCompleteTrial`](crate::Error::NoCompleteTrial) before the first result, [`Error::NothingToAdvise`](crate::Error::NothingToAdvise) if every config
    /// that differs from these in one value was tried or is not allowed, and what the storage fails
    /// with.
    pub fn advise(&self) -> Result<Advice<C>> {
        self.advise_with(&self.analysis()?, 1)
    }

    /// Advice from an analysis of this study, which may know roles, that changes up to
    /// `changes` hyperparameters at a time: 1 or 2.
    ///
    /// # Errors
    /// As [`advise`](Self::advise), and [`Error::UnknownParameter`](crate::Error::UnknownParameter) for a role of a parameter that
    /// does not exist.
    pub fn advise_with(&self, analysis: &Analysis<'_>, changes: usize) -> Result<Advice<C>> {
        let (point, proposal) = analysis.propose(changes)?;
        Ok(Advice::new(self.space().decode(&point)?, proposal))
    }

    /// Pictures of the trials so far.
    ///
    /// # Errors
    /// The storage failed.
    pub fn pictures(&self) -> Result<Pictures<'_>> {
        Ok(self.analysis()?.pictures())
    }

    /// Writes what the trials say as a page for the browser, with all pictures and a table of the
    /// trials: one file that works offline. Where the config is or holds an architecture of
    /// [`nas`](crate::nas), that of the best trial is drawn; [`page`](Self::page) takes pictures of
    /// others.
    ///
    /// # Errors
    /// The storage failed; [`Error::Export`](crate::Error::Export) if the file cannot be written.
    pub fn report(&self, path: impl AsRef<Path>) -> Result<()> {
        self.page()?.write(path)
    }

    /// The page that [`report`](Self::report) writes, to which pictures may be added.
    ///
    /// # Errors
    /// The storage failed.
    pub fn page(&self) -> Result<Page<'_>> {
        Ok(self.analysis()?.page())
    }

    /// Adds the rows of a table as trials: the parameters by their full names, the goals, and as
    /// metrics all other columns with numbers. Effects, advice and the search go on from them. A
    /// trial keeps the state that the table gives it; where the table gives none or says that a run
    /// is complete, a row without a finite goal becomes a failed trial. A row that does not fit the
    /// space or a constraint is skipped and told.
    ///
    /// Trials of an export keep all that they had, in a new study their numbers, too; in one that has
    /// trials already they are numbered after these.
    ///
    /// # Errors
    /// [`Error::Import`](crate::Error::Import) if a column is missing that was named, no column is named as a parameter, the
    /// goal holds no numbers, or the table has another number of goals than the study, and what the
    /// storage fails with.
    pub fn import(&self, table: &Experiments) -> Result<Imported> {
        let goals = self.store().header().goals.len();
        let first = self.history()?.trials().next_back().map_or(0, |last| last.number() + 1);
        table.restore(self.space().space(), goals, first, |record| self.restore(record).map(drop))
    }
}
