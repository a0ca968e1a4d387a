use std::collections::BTreeMap;
use std::sync::Arc;

use super::guard::{self, Caller, Within, catch};
use super::shared::{Standing, StudyCore, recorded};
use super::suggest::Seen;
use super::{Study, clock};
use crate::error::{Error, Result};
use crate::space::Point;
use crate::storage::lock;
use crate::trial::{
    Event, IntoOutcome, Origin, Outcome, Timestamp, Trial, TrialBackend, TrialRecord, TrialState,
};

/// A trial that [`Study::ask`] has handed out: its config, and the handle to report with. May be
/// sent to other threads and kept as long as one likes.
#[derive(Debug)]
pub struct AskedTrial<C> {
    pub(super) id: TrialId,
    pub(super) config: C,
    pub(super) trial: Trial,
}

/// Why a trial failed whose worker has died.
const ABANDONED: &str = "its worker gave no sign of life before its lease had run out";

/// Names a trial of one study, for those who send only a number away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrialId {
    study: u64,
    number: u64,
}

impl TrialId {
    /// The trial's number within its study.
    pub fn number(self) -> u64 {
        self.number
    }
}

impl<C> AskedTrial<C> {
    /// The config to try.
    pub fn config(&self) -> &C {
        &self.config
    }

    /// The trial's number within its study.
    pub fn number(&self) -> u64 {
        self.id.number
    }

    /// What [`Study::tell`] needs, for those who let go of the rest.
    pub fn id(&self) -> TrialId {
        self.id
    }

    /// The handle to report progress and record metrics with.
    pub fn trial(&mut self) -> &mut Trial {
        &mut self.trial
    }

    /// Config and handle apart.
    pub fn into_parts(self) -> (C, Trial) {
        (self.config, self.trial)
    }
}

impl<C> From<AskedTrial<C>> for TrialId {
    fn from(asked: AskedTrial<C>) -> Self {
        asked.id
    }
}

impl<C> From<&AskedTrial<C>> for TrialId {
    fn from(asked: &AskedTrial<C>) -> Self {
        asked.id
    }
}

impl<C> Study<C> {
    /// The next trial to run: the oldest enqueued config, or else the sampler's suggestion. Any
    /// number of trials may be outstanding.
    ///
    /// # Errors
    /// [`Error::Exhausted`] when every point of a finite space was tried, [`Error::GridExhausted`]
    /// when every point of a grid was, [`Error::NothingNew`] when no untried legal config is found
    /// among too many to look at all, [`Error::ConstraintUnsatisfied`] when no legal config is found at
    /// all, [`Error::ConstraintFailed`] and [`Error::Panicked`] when a constraint, sampler or search
    /// space fails, and what sampler and storage fail with. Nothing has changed then. Also what could
    /// not be returned when it happened: that a storage did not keep a metric, and that an observer
    /// panicked.
    pub fn ask(&self) -> Result<AskedTrial<C>> {
        Within::refuse(self.shared.id, "ask")?;
        let asked = self.ask_since(self.shared.stops.interrupts(), Self::NO_LIMIT)?;
        // Without a limit there is always another trial, or an error.
        asked.ok_or(Error::Outdated)
    }

    /// As many trials as there are numbers.
    pub(super) const NO_LIMIT: u64 = u64::MAX;

    /// As [`ask`](Self::ask), for a trial that leaves if the study was interrupted since. `None` if the
    /// study has `limit` trials.
    pub(super) fn ask_since(&self, interrupts: u64, limit: u64) -> Result<Option<AskedTrial<C>>> {
        self.shared.take_deferred()?;
        self.give_up_abandoned()?;
        let Some(record) = self.next_trial(limit)? else { return Ok(None) };
        let number = record.number();
        self.shared.leases.hold(number, &self.shared);
        let config = match self.legal.decode(record.point()) {
            Ok(config) => config,
            Err(error) => {
                // The trial runs already, and must not run for ever.
                let outcome = Outcome::Failed(error.to_string());
                let at = clock::timestamp();
                self.shared.store.append(number, vec![Event::Finished { outcome, at }])?;
                self.shared.leases.end(number);
                return Err(error);
            }
        };
        let checkpoint = match &self.shared.checkpoints {
            Some(checkpoints) => checkpoints.saved().before(&record, &*self.history()?),
            None => None,
        };
        self.shared.notify(|observer| observer.trial_started(&record));
        let trial = Trial::new(
            number,
            Arc::clone(&self.shared) as Arc<dyn TrialBackend>,
            interrupts,
            checkpoint,
        );
        Ok(Some(AskedTrial { id: self.trial_id(number), config, trial }))
    }

    /// The oldest waiting trial, which needs no sampler and waits for none, or else a new one.
    fn next_trial(&self, limit: u64) -> Result<Option<Arc<TrialRecord>>> {
        if let Some(waiting) = self.take_waiting()? {
            return Ok(Some(waiting));
        }
        let mut searcher = match self.searcher.try_lock() {
            Ok(searcher) => searcher,
            Err(_) => {
                let searcher = lock(&self.searcher);
                // Another worker's suggestion may have taken long.
                if let Some(waiting) = self.take_waiting()? {
                    return Ok(Some(waiting));
                }
                searcher
            }
        };
        let _within = Within::enter(self.shared.id, Caller::Suggestion);
        let seen = Seen {
            space: self.space().space(),
            legality: &self.legal,
            core: &self.shared,
            view: &self.view,
        };
        catch(|| "the sampler".into(), || searcher.begin(&seen, || self.shared.lease(), limit))?
    }

    /// Fails the trials whose workers have died, and has them tried again where the rules say so.
    fn give_up_abandoned(&self) -> Result<()> {
        if !self.shared.leases.are_due() {
            return Ok(());
        }
        for number in self.shared.leases.run_out(&*self.history()?, self.shared.time()) {
            let outcome = Outcome::Failed(ABANDONED.into());
            let finished = Event::Finished { outcome, at: clock::timestamp() };
            match self.shared.store.append(number, vec![finished]) {
                Ok(record) => self.retry(&record)?,
                // Its worker was only late, or another has given it up.
                Err(Error::AlreadyTold { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn take_waiting(&self) -> Result<Option<Arc<TrialRecord>>> {
        self.shared.store.take(clock::timestamp(), self.shared.lease())
    }

    /// Takes the result of a trial: a value, an array or vector of values, or a `Result` of these,
    /// whose error fails the trial. A value that is NaN or infinite fails it, too.
    ///
    /// # Errors
    /// [`Error::AlreadyTold`], [`Error::UnknownTrial`] and [`Error::ForeignTrial`] for what is no
    /// running trial of this study, [`GoalError::Count`](crate::trial::GoalError::Count) for a wrong number of values (the trial
    /// runs on), and what the storage fails with. The result is kept if and only if there is no
    /// error.
    pub fn tell(
        &self,
        trial: impl Into<TrialId>,
        outcome: impl IntoOutcome,
    ) -> Result<Arc<TrialRecord>> {
        Within::refuse(self.shared.id, "tell")?;
        Ok(self.finish(trial.into(), guard::outcome(|| outcome))?.0)
    }

    /// As [`tell`](Self::tell) for several trials, each for itself, in their order. A storage brings
    /// all results to the disk together, which is much faster than one after the other.
    ///
    /// ```
    /// use tunewright::space::{Scale, Space};
    /// use tunewright::{RandomSampler, Study};
    ///
    /// let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).sampler(RandomSampler::new()).build()?;
    /// let asked = (0..100).map(|_| study.ask()).collect::<tunewright::Result<Vec<_>>>()?;
    /// let results = asked.iter().map(|asked| (asked, asked.config().float("x")));
    /// for told in study.tell_each(results) {
    ///     told?;
    /// }
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn tell_each<T: Into<TrialId>, R: IntoOutcome>(
        &self,
        results: impl IntoIterator<Item = (T, R)>,
    ) -> Vec<Result<Arc<TrialRecord>>> {
        let mut outcomes = Vec::new();
        let mut refused = Vec::new();
        for (at, (trial, outcome)) in results.into_iter().enumerate() {
            let id = trial.into();
            let number = id.number;
            match Within::refuse(self.shared.id, "tell_each") {
                Err(error) => refused.push((at, error)),
                Ok(()) if id.study != self.shared.id => {
                    refused.push((at, Error::ForeignTrial { number }));
                }
                Ok(()) => outcomes.push((number, guard::outcome(|| outcome))),
            }
        }
        let mut told = self.shared.finish_each(outcomes);
        for record in told.iter().flatten() {
            self.retry_if_failed(record);
        }
        for (at, error) in refused {
            told.insert(at.min(told.len()), Err(error));
        }
        told
    }

    /// Fails a trial for a reason, which is kept.
    ///
    /// # Errors
    /// As [`tell`](Self::tell).
    pub fn fail(
        &self,
        trial: impl Into<TrialId>,
        reason: impl Into<String>,
    ) -> Result<Arc<TrialRecord>> {
        self.tell(trial, Outcome::Failed(reason.into()))
    }

    /// Reports progress of a trial by its number, as [`Trial::report`] does for those who hold the
    /// trial itself. An error of [`Error::Pruned`] or [`Error::Interrupted`] tells the trial to leave;
    /// whoever runs it then passes it to [`tell`](Self::tell), or calls [`prune`](Self::prune).
    ///
    /// # Errors
    /// As [`Trial::report`], and [`Error::ForeignTrial`] for a trial of another study.
    pub fn report_progress(&self, trial: impl Into<TrialId>, step: u64, value: f64) -> Result<()> {
        let id = trial.into();
        if id.study != self.shared.id {
            return Err(Error::ForeignTrial { number: id.number });
        }
        self.shared.report_first(id.number, step, value)
    }

    /// The same for some of several goals, as [`Trial::report_goals`].
    ///
    /// # Errors
    /// As [`Trial::report_goals`], and [`Error::ForeignTrial`] for a trial of another study.
    pub fn report_progress_of_goals<'n>(
        &self,
        trial: impl Into<TrialId>,
        step: u64,
        values: impl IntoIterator<Item = (&'n str, f64)>,
    ) -> Result<()> {
        let id = trial.into();
        if id.study != self.shared.id {
            return Err(Error::ForeignTrial { number: id.number });
        }
        self.shared.report(id.number, step, &values.into_iter().collect::<Vec<_>>())
    }

    /// Ends a trial whose reports promised little, without a result; its reports and the reason are
    /// kept.
    ///
    /// # Errors
    /// As [`tell`](Self::tell).
    pub fn prune(
        &self,
        trial: impl Into<TrialId>,
        reason: impl Into<String>,
    ) -> Result<Arc<TrialRecord>> {
        self.tell(trial, Outcome::Pruned(Some(reason.into())))
    }

    /// The id of the trial with this number, for results that come back from elsewhere.
    pub fn trial_id(&self, number: u64) -> TrialId {
        TrialId { study: self.shared.id, number }
    }

    /// Has a person's own config tried before the sampler is asked again, even if it was tried
    /// before. Returns the trial's number.
    ///
    /// # Errors
    /// [`Error::OutsideSpace`] or [`Error::ConstraintViolated`] if it may not be tried.
    pub fn enqueue(&self, config: C) -> Result<u64> {
        self.enqueue_point(self.encode(&config)?)
    }

    /// Adds a config with its result, known from elsewhere. Returns the trial's number.
    ///
    /// # Errors
    /// As [`enqueue`](Self::enqueue); [`Error::NotFinite`] for a value that is NaN or infinite, and
    /// [`GoalError::Count`](crate::trial::GoalError::Count) for a wrong number of values.
    pub fn add(&self, config: C, outcome: impl IntoOutcome) -> Result<u64> {
        self.add_with_metrics(config, outcome, BTreeMap::new())
    }

    /// Adds a config with its result and what was measured beside it, under the
    /// [standard names](crate::trial::metric) where there are any. Returns the trial's number.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_with_metrics(
        &self,
        config: C,
        outcome: impl IntoOutcome,
        metrics: BTreeMap<String, f64>,
    ) -> Result<u64> {
        let point = self.encode(&config)?;
        let outcome = guard::outcome(|| outcome);
        if let Outcome::Complete(evaluation) = &outcome {
            let bad = evaluation.values().iter().find(|value| !value.is_finite());
            if let Some(&value) = bad {
                return Err(Error::NotFinite { what: "the value to add", value });
            }
        }
        self.shared.add(point, outcome, metrics)
    }

    /// Keeps a trial that is known whole, such as one of an export, in the state that it has. Returns
    /// its number.
    pub(crate) fn restore(&self, record: TrialRecord) -> Result<u64> {
        Within::refuse_suggestion(self.shared.id, "import")?;
        self.legal.decode(record.point())?;
        self.refuse_illegal(record.point())?;
        let number = self.shared.store.add(Some(record.number()), record.events())?;
        self.shared.stands(&record);
        Ok(number)
    }

    /// Keeps a legal point to be tried.
    pub(super) fn enqueue_point(&self, point: Point) -> Result<u64> {
        self.shared.store.add(None, vec![Event::created(point, Origin::Enqueued)])
    }

    fn encode(&self, config: &C) -> Result<Point> {
        Within::refuse_suggestion(self.shared.id, "enqueue")?;
        let _within = Within::enter(self.shared.id, Caller::Suggestion);
        self.legal.encode(config)
    }

    fn refuse_illegal(&self, point: &Point) -> Result<()> {
        let _within = Within::enter(self.shared.id, Caller::Suggestion);
        self.legal.check(point)
    }

    /// Ends a trial and has a failed one tried again where the rules say so. What it is among those before
    /// it comes with the record.
    pub(super) fn finish(
        &self,
        id: TrialId,
        outcome: Outcome,
    ) -> Result<(Arc<TrialRecord>, Standing)> {
        if id.study != self.shared.id {
            return Err(Error::ForeignTrial { number: id.number });
        }
        let (record, standing) = self.shared.finish(id.number, outcome)?;
        self.retry_if_failed(&record);
        Ok((record, standing))
    }

    fn retry_if_failed(&self, record: &TrialRecord) {
        if record.state() == TrialState::Failed
            && let Err(error) = self.retry(record)
        {
            self.shared.defer(error);
        }
    }

    fn retry(&self, record: &TrialRecord) -> Result<()> {
        let (of, failures) = match record.origin() {
            Origin::Retry { of, failures } => (of, failures),
            _ => (record.number(), 0),
        };
        if failures < self.rules.retries {
            let origin = Origin::Retry { of, failures: failures + 1 };
            let created = Event::created(record.point().clone(), origin);
            self.shared.store.add(None, vec![created])?;
        }
        Ok(())
    }
}

impl StudyCore {
    fn add(&self, point: Point, outcome: Outcome, metrics: BTreeMap<String, f64>) -> Result<u64> {
        let next = self.store.next_number()?;
        let told = recorded(&outcome);
        let outcome = self.judge(outcome, next, |name| metrics.get(name).copied())?;
        let mut events = vec![Event::created(point, Origin::Added)];
        events.extend(metrics.into_iter().map(|(name, value)| Event::Recorded { name, value }));
        events.extend(told);
        events.push(Event::Finished { outcome, at: Timestamp::default() });
        let number = self.store.add(None, events)?;
        if let Some(record) = self.store.trial(number)? {
            self.stands(&record);
        }
        Ok(number)
    }
}
