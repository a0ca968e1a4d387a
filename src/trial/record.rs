use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::evaluation::Evaluation;
use super::lease::Lease;
use super::metric;
use super::outcome::{Outcome, Values};
use super::timestamp::Timestamp;
use crate::space::{Point, Value};
use crate::text::number;

/// Where a trial stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrialState {
    /// Its config is given, and it is to be run next.
    Waiting,
    /// Somebody runs it.
    Running,
    /// It has values.
    Complete,
    /// It was ended early because its reports promised little. It has no result.
    Pruned,
    /// It was ended early because the study stopped, which says nothing of its config. It has no
    /// result, and its config may be tried again.
    Interrupted,
    /// It has no result, and a reason.
    Failed,
}

impl TrialState {
    /// Whether the trial has ended.
    pub fn is_finished(self) -> bool {
        !matches!(self, TrialState::Waiting | TrialState::Running)
    }
}

impl fmt::Display for TrialState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            TrialState::Waiting => "waiting",
            TrialState::Running => "running",
            TrialState::Complete => "complete",
            TrialState::Pruned => "pruned",
            TrialState::Interrupted => "interrupted",
            TrialState::Failed => "failed",
        })
    }
}

/// Where a trial's config came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// The sampler suggested it.
    #[default]
    Sampler,
    /// A person asked for it to be tried.
    Enqueued,
    /// A person added it with its result.
    Added,
    /// An earlier trial failed and is tried again.
    Retry {
        /// Number of the first trial of this config.
        of: u64,
        /// How often it was tried before.
        failures: u32,
    },
    /// An earlier trial, which was stopped or interrupted, goes on from its [checkpoint](super::Checkpoint).
    Continued {
        /// Number of the earlier trial.
        of: u64,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Sampler => f.pad("sampler"),
            Origin::Enqueued => f.pad("enqueued"),
            Origin::Added => f.pad("added"),
            Origin::Retry { of, failures } => f.pad(&format!("retry {failures} of trial {of}")),
            Origin::Continued { of } => f.pad(&format!("continuation of trial {of}")),
        }
    }
}

impl Origin {
    /// The inverse of its [`Display`](fmt::Display).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text.trim() {
            "sampler" => Origin::Sampler,
            "enqueued" => Origin::Enqueued,
            "added" => Origin::Added,
            text => match text.strip_prefix("continuation of trial ") {
                Some(of) => Origin::Continued { of: of.parse().ok()? },
                None => {
                    let (failures, of) = text.strip_prefix("retry ")?.split_once(" of trial ")?;
                    Origin::Retry { of: of.parse().ok()?, failures: failures.parse().ok()? }
                }
            },
        })
    }
}

/// Name of the metric by which a trial says how noisy its value is: the standard deviation of the
/// value, in the objective's own units. Read by
/// [`Noise::PerTrial`](crate::surrogate::Noise::PerTrial).
///
/// ```
/// # use tunewright::Trial;
/// # fn train(trial: &mut Trial, folds: &[f64]) -> f64 {
/// let n = folds.len() as f64;
/// let mean = folds.iter().sum::<f64>() / n;
/// let variance = folds.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (n - 1.0);
/// trial.record(tunewright::trial::NOISE, (variance / n).sqrt());
/// mean
/// # }
/// ```
pub const NOISE: &str = "noise";

/// Everything that is known of one trial.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialRecord {
    pub(super) number: u64,
    pub(super) state: TrialState,
    pub(super) point: Point,
    pub(super) values: Values,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
    /// What most trials do not have, kept apart so that a million records stay small.
    pub(super) extras: Option<Box<Extras>>,
    /// Apart from the rest because every trial has one while it runs.
    pub(super) lease: Option<Box<Lease>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Extras {
    pub(super) origin: Origin,
    /// Why it failed or was pruned.
    pub(super) reason: Option<String>,
    pub(super) constraints: Box<[f64]>,
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) notes: BTreeMap<String, Value>,
    pub(super) reports: BTreeMap<u64, f64>,
    /// Those of the goals after the first, by the numbers of the goals.
    pub(super) further_reports: BTreeMap<usize, BTreeMap<u64, f64>>,
}

impl TrialRecord {
    /// A trial whose config is given and which nobody runs yet.
    pub(super) fn waiting(number: u64, point: Point, origin: Origin) -> Self {
        let mut record = TrialRecord {
            number,
            state: TrialState::Waiting,
            point,
            values: Values::none(),
            started: Timestamp::default(),
            finished: Timestamp::default(),
            extras: None,
            lease: None,
        };
        if origin != Origin::default() {
            record.extras().origin = origin;
        }
        record
    }

    /// The trial's number, unique in its study and ascending in the order of asking.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the trial stands.
    pub fn state(&self) -> TrialState {
        self.state
    }

    /// Its place in the space.
    pub fn point(&self) -> &Point {
        &self.point
    }

    /// The value of the first goal; `None` unless complete.
    pub fn value(&self) -> Option<f64> {
        self.values().first().copied()
    }

    /// The values of all goals; empty unless complete.
    pub fn values(&self) -> &[f64] {
        self.values.as_slice()
    }

    /// The values of the outcome constraints, in their order; one holds where its value is 0 or less.
    pub fn constraints(&self) -> &[f64] {
        self.extras.as_ref().map_or(&[], |extras| &extras.constraints)
    }

    /// What a complete trial has found.
    pub fn evaluation(&self) -> Option<Evaluation> {
        let complete = self.state == TrialState::Complete;
        complete.then(|| Evaluation::from(self.values.clone()).with_constraints(self.constraints()))
    }

    /// When the trial began; `None` while it waits and for results that a person added without a time.
    pub fn started(&self) -> Option<Timestamp> {
        (self.started > Timestamp::default()).then_some(self.started)
    }

    /// How long the trial took; `None` until it has ended.
    pub fn duration(&self) -> Option<Duration> {
        let started = self.started()?;
        self.state
            .is_finished()
            .then(|| Duration::from_micros(self.finished.0.saturating_sub(started.0)))
    }

    /// Where the config came from.
    pub fn origin(&self) -> Origin {
        self.extras.as_ref().map_or(Origin::default(), |extras| extras.origin)
    }

    /// Why the trial failed.
    pub fn failure(&self) -> Option<&str> {
        self.reason().filter(|_| self.state == TrialState::Failed)
    }

    /// Why the trial failed or was pruned, where that is known.
    pub fn reason(&self) -> Option<&str> {
        self.extras.as_ref()?.reason.as_deref()
    }

    /// What the objective recorded beside its goals, such as the training error.
    pub fn metrics(&self) -> &BTreeMap<String, f64> {
        static NONE: BTreeMap<String, f64> = BTreeMap::new();
        self.extras.as_ref().map_or(&NONE, |extras| &extras.metrics)
    }

    /// A finite metric by its name, and where it is not recorded what the trial itself knows: its
    /// duration for [`SECONDS`](metric::SECONDS), the difference of the two errors for
    /// [`GAP`](metric::GAP).
    pub fn metric(&self, name: &str) -> Option<f64> {
        let duration = self.duration();
        self.known_metric(name, duration).filter(|value| value.is_finite())
    }

    /// As [`metric`](Self::metric) of a trial that ends now, finite or not.
    pub(crate) fn metric_at(&self, name: &str, now: Timestamp) -> Option<f64> {
        let started = self.started()?;
        self.known_metric(name, Some(Duration::from_micros(now.0.saturating_sub(started.0))))
    }

    fn known_metric(&self, name: &str, duration: Option<Duration>) -> Option<f64> {
        match (self.metrics().get(name), name) {
            (Some(&value), _) => Some(value),
            (None, metric::SECONDS) => {
                let earlier = self.metrics().get(metric::EARLIER_SECONDS).copied();
                duration.map(|time| time.as_secs_f64() + earlier.unwrap_or(0.0))
            }
            (None, metric::GAP) => {
                let validation = self.metrics().get(metric::VALIDATION_ERROR)?;
                Some(validation - self.metrics().get(metric::TRAIN_ERROR)?)
            }
            _ => None,
        }
    }

    /// What the sampler noted about its suggestion, such as the stage of a grid, and the texts that
    /// the objective noted with [`Trial::note`](crate::Trial::note).
    pub fn notes(&self) -> &BTreeMap<String, Value> {
        static NONE: BTreeMap<String, Value> = BTreeMap::new();
        self.extras.as_ref().map_or(&NONE, |extras| &extras.notes)
    }

    /// The progress that the objective reported: values by step. With several goals, those of the first.
    pub fn reports(&self) -> &BTreeMap<u64, f64> {
        self.reports_of(0)
    }

    /// What the objective reported of a goal, whose number is counted from 0: values by step.
    pub fn reports_of(&self, goal: usize) -> &BTreeMap<u64, f64> {
        static NONE: BTreeMap<u64, f64> = BTreeMap::new();
        let Some(extras) = &self.extras else { return &NONE };
        match goal {
            0 => &extras.reports,
            goal => extras.further_reports.get(&goal).unwrap_or(&NONE),
        }
    }

    /// The reports of the goals after the first, by the numbers of the goals.
    pub(crate) fn further_reports(&self) -> impl Iterator<Item = (usize, &BTreeMap<u64, f64>)> {
        let further = self.extras.iter().flat_map(|extras| &extras.further_reports);
        further.map(|(&goal, reports)| (goal, reports))
    }

    /// The steps at which the objective reported progress in any goal.
    pub(crate) fn steps(&self) -> BTreeSet<u64> {
        let further = self.further_reports().flat_map(|(_, reports)| reports.keys());
        self.reports().keys().chain(further).copied().collect()
    }

    /// Whether the objective reported progress in any goal.
    pub(crate) fn has_reports(&self) -> bool {
        !self.reports().is_empty() || self.further_reports().next().is_some()
    }

    /// The step of the checkpoint that the trial has saved last; `None` if it has saved none. The checkpoint
    /// may be deleted since.
    pub fn saved_at(&self) -> Option<u64> {
        match self.notes().get(metric::SAVED_AT) {
            Some(Value::Text(step)) => step.parse().ok(),
            _ => None,
        }
    }

    /// Who runs the trial, and until when it is theirs; `None` if it is not running.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_deref()
    }

    pub(super) fn start(&mut self, at: Timestamp, lease: Option<Lease>) {
        self.state = TrialState::Running;
        self.started = at;
        self.renew(lease);
    }

    pub(super) fn renew(&mut self, lease: Option<Lease>) {
        self.lease = lease.map(Box::new);
    }

    pub(super) fn finish(&mut self, outcome: Outcome, at: Timestamp) {
        self.finished = at;
        self.lease = None;
        self.state = match outcome {
            Outcome::Complete(evaluation) => {
                let (values, constraints) = evaluation.into_parts();
                self.values = values;
                if !constraints.is_empty() {
                    self.extras().constraints = constraints;
                }
                TrialState::Complete
            }
            Outcome::Pruned(reason) => {
                if reason.is_some() {
                    self.extras().reason = reason;
                }
                TrialState::Pruned
            }
            Outcome::Interrupted => TrialState::Interrupted,
            Outcome::Failed(reason) => {
                self.extras().reason = Some(reason);
                TrialState::Failed
            }
        };
    }

    pub(super) fn add_report(&mut self, goal: usize, step: u64, value: f64) {
        let extras = self.extras();
        let reports = match goal {
            0 => &mut extras.reports,
            goal => extras.further_reports.entry(goal).or_default(),
        };
        reports.insert(step, value);
    }

    pub(super) fn add_metric(&mut self, name: String, value: f64) {
        self.extras().metrics.insert(name, value);
    }

    pub(super) fn add_note(&mut self, name: String, text: String) {
        self.extras().notes.insert(name, Value::Text(text));
    }

    pub(super) fn add_notes(&mut self, notes: BTreeMap<String, Value>) {
        if !notes.is_empty() {
            self.extras().notes.extend(notes);
        }
    }

    /// The same trial with this value alone, and with further metrics; with the reports of one goal, or
    /// without reports.
    pub(super) fn about<'a>(
        &self,
        value: Option<f64>,
        metrics: impl Iterator<Item = (&'a str, f64)>,
        reports_of: Option<usize>,
    ) -> Self {
        let mut about = self.clone();
        for (name, value) in metrics {
            about.extras().metrics.insert(name.to_owned(), value);
        }
        about.values = value.map_or_else(Values::none, Values::from);
        if self.has_reports() {
            let reports = reports_of.map(|goal| self.reports_of(goal).clone());
            about.extras().reports = reports.unwrap_or_default();
            about.extras().further_reports.clear();
        }
        about
    }

    /// The same trial as if it had failed.
    pub(super) fn as_failed(&self, reason: String) -> Self {
        let mut failed = self.clone();
        failed.values = Values::none();
        failed.extras().constraints = Box::default();
        failed.finish(Outcome::Failed(reason), self.finished);
        failed
    }

    /// How the trial ended; `None` if it has not.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self.state {
            TrialState::Waiting | TrialState::Running => None,
            TrialState::Complete => self.evaluation().map(Outcome::Complete),
            TrialState::Pruned => Some(Outcome::Pruned(self.reason().map(str::to_owned))),
            TrialState::Interrupted => Some(Outcome::Interrupted),
            TrialState::Failed => Some(Outcome::Failed(self.failure().unwrap_or("").to_owned())),
        }
    }

    fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    /// What the trial was told, in words.
    pub(crate) fn outcome_in_words(&self) -> String {
        match (self.state, self.reason()) {
            (TrialState::Failed, Some(reason)) => format!("that it failed ({reason})"),
            (TrialState::Pruned, Some(reason)) => format!("that it was pruned ({reason})"),
            (TrialState::Pruned, None) => "that it was pruned".into(),
            (TrialState::Interrupted, _) => "that it was interrupted".into(),
            _ => match self.values() {
                [value] => number(*value, None),
                values => format!("{values:?}"),
            },
        }
    }
}
