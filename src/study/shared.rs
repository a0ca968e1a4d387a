use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::checkpoints::Checkpoints;
use super::clock;
use super::guard::{Caller, Within, catch};
use super::lease::Leases;
use super::memory::Meter;
use super::observer::Observer;
use super::pruning::Pruning;
use super::stop::Stops;
use crate::error::{Error, Result};
use crate::math::pareto::front::Front;
use crate::storage::{StudyStore, lock};
use crate::trial::{
    Direction, Event, Goals, Lease, Observed, Origin, Outcome, Save, Timestamp, TrialBackend,
    TrialRecord, TrialState, metric,
};

/// What a study shares with its running trials, wherever they are.
pub(super) struct StudyCore {
    pub(super) store: Arc<dyn StudyStore>,
    /// As this process wants them; the stored ones may have other limits.
    pub(super) goals: Goals,
    /// Tells the studies of one process apart.
    pub(super) id: u64,
    pub(super) leases: Leases,
    observers: Mutex<Vec<Watcher>>,
    /// False as long as nobody observes, which saves the lock.
    observed: bool,
    /// Which of the trials that this study has told or found are the best; trials may be told from several
    /// threads.
    leaders: Mutex<Leaders>,
    pub(super) stops: Stops,
    /// Running trials that a report has told to leave, and how they end.
    left: Mutex<BTreeMap<u64, Outcome>>,
    pub(super) pruning: Option<Pruning>,
    pub(super) checkpoints: Option<Checkpoints>,
    /// In use while a single worker runs trials.
    pub(super) memory: Meter,
    /// An error that arose after a result was kept, or in a call that cannot return one: the next
    /// `ask` returns it, because it can do so before anything has changed.
    deferred: Mutex<Option<Error>>,
}

/// The best trials so far.
#[derive(Debug, Default)]
struct Leaders {
    /// The best value where there is one goal, oriented.
    best: Option<f64>,
    /// The front where there are several, by the trials' losses.
    front: Option<Front>,
}

/// What a trial that has ended is among those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The best so far.
    Best,
    /// No trial before it dominates or equals it; as many are on the front now.
    OnFront(usize),
    /// No improvement.
    Behind,
}

impl Standing {
    /// Whether it is better than all trials before it, or in one goal at least.
    pub(super) fn is_improvement(self) -> bool {
        self != Standing::Behind
    }
}

/// An observer with the name that messages give it.
pub(super) struct Watcher {
    pub(super) name: &'static str,
    pub(super) observer: Box<dyn Observer>,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl StudyCore {
    pub(super) fn new(
        store: Arc<dyn StudyStore>,
        goals: Goals,
        observers: Vec<Watcher>,
        leases: Leases,
        pruning: Option<Pruning>,
        checkpoints: Option<Checkpoints>,
    ) -> Self {
        StudyCore {
            store,
            goals,
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            leases,
            observed: !observers.is_empty(),
            observers: Mutex::new(observers),
            leaders: Mutex::default(),
            stops: Stops::default(),
            left: Mutex::default(),
            pruning,
            checkpoints,
            memory: Meter::default(),
            deferred: Mutex::new(None),
        }
    }

    /// The direction of the first goal.
    pub(super) fn direction(&self) -> Direction {
        self.goals.first()
    }

    /// The time by which leases end.
    pub(super) fn time(&self) -> Timestamp {
        self.store.time().unwrap_or_else(clock::timestamp)
    }

    /// A lease that begins now.
    pub(super) fn lease(&self) -> Lease {
        self.leases.lease(self.time())
    }

    /// Keeps an error for the next `ask`; the first one counts.
    pub(super) fn defer(&self, error: Error) {
        lock(&self.deferred).get_or_insert(error);
    }

    /// An error that could not be returned where it arose.
    pub(super) fn take_deferred(&self) -> Result<()> {
        lock(&self.deferred).take().map_or(Ok(()), Err)
    }

    /// Tells all observers something.
    pub(super) fn notify(&self, hook: impl FnMut(&mut dyn Observer)) {
        if self.observed {
            self.call(&mut lock(&self.observers), hook);
        }
    }

    /// Calls a hook of each. Who panics is called no more.
    fn call(&self, watchers: &mut Vec<Watcher>, mut hook: impl FnMut(&mut dyn Observer)) {
        watchers.retain_mut(|watcher| {
            let _within = Within::enter(self.id, Caller::Observer);
            let name = || format!("the observer `{}`", watcher.name);
            let called = catch(name, || hook(watcher.observer.as_mut()));
            called.map_err(|error| self.defer(error)).is_ok()
        });
    }

    /// Ends a trial, keeps what it has found, and tells the observers. What it is among those before it
    /// comes with the record.
    pub(super) fn finish(
        &self,
        number: u64,
        outcome: Outcome,
    ) -> Result<(Arc<TrialRecord>, Standing)> {
        let finished = self.finished(number, outcome)?;
        let record = self.store.append(number, finished)?;
        let standing = self.ended(&record);
        Ok((record, standing))
    }

    /// As [`finish`](Self::finish) for several trials, whose results are kept together.
    pub(super) fn finish_each(
        &self,
        outcomes: Vec<(u64, Outcome)>,
    ) -> Vec<Result<Arc<TrialRecord>>> {
        let judged: Vec<(u64, Result<Vec<Event>>)> = outcomes
            .into_iter()
            .map(|(number, outcome)| (number, self.finished(number, outcome)))
            .collect();
        let mut events = Vec::new();
        let mut refused = Vec::new();
        for (at, (number, finished)) in judged.into_iter().enumerate() {
            match finished {
                Ok(finished) => events.push((number, finished)),
                Err(error) => refused.push((at, error)),
            }
        }
        let mut kept = self.store.append_each(events);
        for record in kept.iter().flatten() {
            self.ended(record);
        }
        for (at, error) in refused {
            kept.insert(at.min(kept.len()), Err(error));
        }
        kept
    }

    /// The end of a trial as it is kept, and before it what its outcome says to record.
    fn finished(&self, number: u64, outcome: Outcome) -> Result<Vec<Event>> {
        let mut events = recorded(&outcome);
        let record = match &outcome {
            Outcome::Complete(_) if self.goals.need_metrics() => self.store.trial(number)?,
            _ => None,
        };
        let now = clock::timestamp();
        let metric = |name: &str| record.as_ref().and_then(|record| record.metric_at(name, now));
        let mut outcome = self.judge(outcome, number, metric)?;
        if matches!(outcome, Outcome::Failed(_))
            && let Some(told) = lock(&self.left).get(&number)
        {
            // The error by which a report told it to leave.
            outcome = told.clone();
        }
        events.push(Event::Finished { outcome, at: clock::timestamp() });
        Ok(events)
    }

    /// What follows when the end of a trial is kept.
    fn ended(&self, record: &Arc<TrialRecord>) -> Standing {
        let number = record.number();
        self.leases.end(number);
        lock(&self.left).remove(&number);
        let mut watchers = self.observed.then(|| lock(&self.observers));
        let standing = self.stands(record);
        if let Some(watchers) = &mut watchers {
            self.call(watchers, |observer| {
                observer.trial_finished(record);
                match standing {
                    Standing::Best => observer.new_best(record),
                    Standing::OnFront(size) => observer.new_on_front(record, size),
                    Standing::Behind => {}
                }
            });
        }
        standing
    }

    /// Values that no sampler can learn from are failures.
    ///
    /// # Errors
    /// It is not what the study's goals need.
    pub(super) fn judge(
        &self,
        outcome: Outcome,
        number: u64,
        metric: impl Fn(&str) -> Option<f64>,
    ) -> Result<Outcome> {
        let Outcome::Complete(evaluation) = outcome else { return Ok(outcome) };
        let evaluation = self.goals.evaluated(evaluation, number, metric)?;
        Ok(if let Some(value) = evaluation.values().iter().find(|value| !value.is_finite()) {
            Outcome::Failed(format!("the objective returned {value}"))
        } else if let Some(at) = evaluation.constraints().iter().position(|value| value.is_nan()) {
            Outcome::Failed(match self.goals.limits_in_words().get(at) {
                Some(limit) => format!("{limit} cannot be checked, because its value is NaN"),
                None => "the value of an outcome constraint is NaN".into(),
            })
        } else {
            Outcome::Complete(evaluation)
        })
    }

    /// The best value so far, as the objective returned it.
    pub(super) fn best_value(&self) -> Option<f64> {
        lock(&self.leaders).best.map(|loss| self.direction().orient(loss))
    }

    /// The values of the trials that are on the front so far; none with one goal.
    pub(super) fn front_values(&self) -> Vec<Vec<f64>> {
        let leaders = lock(&self.leaders);
        let natural = |losses: &[f64]| self.goals.losses(losses);
        let front = leaders.front.iter().flat_map(Front::iter);
        front.map(|(_, losses)| natural(losses)).collect()
    }

    /// What a trial is among those before it; it is counted among them now. Only a complete trial that
    /// keeps all limits can be more than behind.
    pub(super) fn stands(&self, record: &TrialRecord) -> Standing {
        if !self.is_feasible(record) {
            return Standing::Behind;
        }
        let mut leaders = lock(&self.leaders);
        if self.goals.len() > 1 {
            let losses = self.goals.losses(record.values());
            let front = leaders.front.get_or_insert_with(|| Front::new(self.goals.len()));
            let is_known = front.iter().any(|(_, known)| known == losses);
            let joins = !is_known && front.insert(record.number() as usize, &losses);
            return if joins { Standing::OnFront(front.len()) } else { Standing::Behind };
        }
        let loss = self.goals.loss(record.values());
        let is_best = leaders.best.is_none_or(|lowest| loss < lowest);
        if !is_best {
            return Standing::Behind;
        }
        leaders.best = Some(loss);
        Standing::Best
    }

    /// Keeps a report of some goals, each by its number.
    fn report_each(&self, number: u64, step: u64, values: &[(usize, f64)]) -> Result<()> {
        Within::refuse(self.id, "report")?;
        self.memory.look();
        let events = values.iter().map(|&(goal, value)| Event::reported(goal, step, value));
        let record = self.store.append(number, events.collect())?;
        // Whoever has asked for the trial may have ended, as where each step is a process.
        if let Some(lease) = self.leases.longer(&record, self.time()) {
            self.store.append(number, vec![Event::Renewed { lease }])?;
        }
        for &(goal, value) in values {
            self.notify(|observer| match goal {
                0 => observer.trial_reported(number, step, value),
                goal => observer.goal_reported(number, goal, step, value),
            });
        }
        match &self.pruning {
            Some(pruning) => pruning.judge(self, number, step, values),
            None => Ok(()),
        }
    }

    /// Whether a trial is complete and keeps all limits and outcome constraints.
    pub(super) fn is_feasible(&self, record: &TrialRecord) -> bool {
        record.state() == TrialState::Complete && Observed::new(record, &self.goals).is_feasible()
    }
}

/// The metrics that an outcome brings.
pub(super) fn recorded(outcome: &Outcome) -> Vec<Event> {
    let Outcome::Complete(evaluation) = outcome else { return Vec::new() };
    evaluation.metrics().iter().map(|(name, value)| Event::recorded(name, *value)).collect()
}

impl TrialBackend for StudyCore {
    fn report(&self, number: u64, step: u64, values: &[(&str, f64)]) -> Result<()> {
        let goal = |(name, value): &(&str, f64)| Ok((self.goals.require(name)?, *value));
        let values = values.iter().map(goal).collect::<Result<Vec<_>>>()?;
        self.report_each(number, step, &values)
    }

    fn report_first(&self, number: u64, step: u64, value: f64) -> Result<()> {
        self.report_each(number, step, &[(0, value)])
    }

    fn record(&self, number: u64, name: &str, value: f64) -> Result<()> {
        if name == metric::PEAK_MEMORY {
            self.memory.leave_out();
        } else {
            self.memory.look();
        }
        self.store.append(number, vec![Event::recorded(name, value)]).map(|_| ())
    }

    fn note(&self, number: u64, name: &str, text: &str, is_new: bool) -> Result<()> {
        // Samplers read their own notes again. A trial that goes on has all notes of the earlier one, which
        // its objective makes anew.
        if is_new
            && let Some(record) = self.store.trial(number)?
            && record.notes().contains_key(name)
            && !matches!(record.origin(), Origin::Continued { .. })
        {
            return Err(Error::NoteTaken { number, name: name.to_owned() });
        }
        self.store.append(number, vec![Event::noted(name, text)]).map(|_| ())
    }

    fn save(&self, number: u64, first: u64, step: u64, save: Save<'_>) -> Result<()> {
        let Some(checkpoints) = &self.checkpoints else { return Ok(()) };
        checkpoints.save(number, first, step, save)?;
        self.store.append(number, vec![Event::noted(metric::SAVED_AT, &step.to_string())])?;
        Ok(())
    }

    fn storage_failed(&self, error: Error) {
        self.defer(error);
    }

    fn leave(&self, number: u64, outcome: Outcome) {
        lock(&self.left).insert(number, outcome);
    }

    fn interrupts(&self) -> u64 {
        self.stops.interrupts()
    }

    fn stop(&self) {
        self.stops.stop();
    }

    fn seed(&self) -> u64 {
        self.store.header().seed
    }
}
