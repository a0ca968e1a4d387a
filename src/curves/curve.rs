use crate::trial::{Direction, Timestamp, TrialRecord, TrialState, metric};

/// What a trial has reported so far, oriented: smaller is better, whatever the study's direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    number: u64,
    state: TrialState,
    /// Ascending steps with their losses.
    reports: Vec<(u64, f64)>,
    loss: Option<f64>,
    audited: bool,
    chosen_by_model: bool,
    started: Option<Timestamp>,
    /// What the trial took that it goes on with.
    earlier: f64,
    /// What the trial took up to its last report.
    seconds: Option<f64>,
}

impl Curve {
    /// The curve of a trial; `direction` is that of the first goal.
    pub(crate) fn new(record: &TrialRecord, direction: Direction) -> Self {
        let oriented = |(&step, &value): (&u64, &f64)| (step, direction.orient(value));
        Curve {
            number: record.number(),
            state: record.state(),
            reports: record.reports().iter().map(oriented).collect(),
            loss: record.value().map(|value| direction.orient(value)),
            audited: record.notes().contains_key(metric::AUDITED),
            chosen_by_model: record.notes().contains_key(metric::CHOSEN_BY_MODEL),
            started: record.started(),
            earlier: record.metrics().get(metric::EARLIER_SECONDS).copied().unwrap_or(0.0),
            seconds: record.metric(metric::SECONDS).filter(|seconds| *seconds >= 0.0),
        }
    }

    /// The same trial with other reports and another loss at its end.
    pub(super) fn with_reports(&self, reports: Vec<(u64, f64)>, loss: Option<f64>) -> Self {
        Curve { reports, loss, ..self.clone() }
    }

    /// The last report is made now, which tells how long a running trial has taken, unless it records
    /// that itself.
    pub(super) fn reported_at(&mut self, now: Timestamp) {
        if let Some(started) = self.started.filter(|_| self.state == TrialState::Running) {
            let measured = || self.earlier + now.0.saturating_sub(started.0) as f64 / 1e6;
            self.seconds.get_or_insert_with(measured);
        }
    }

    /// The trial's number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the trial stands.
    pub fn state(&self) -> TrialState {
        self.state
    }

    /// Steps and losses, in the order of the steps.
    pub fn reports(&self) -> &[(u64, f64)] {
        &self.reports
    }

    /// The latest step with its loss.
    pub fn last(&self) -> Option<(u64, f64)> {
        self.reports.last().copied()
    }

    /// The latest loss at a step or before it; `None` if the first report came later.
    pub fn loss_at(&self, step: u64) -> Option<f64> {
        let after = self.reports.partition_point(|(at, _)| *at <= step);
        self.reports.get(after.checked_sub(1)?).map(|(_, loss)| *loss)
    }

    /// The lowest loss up to a step; `None` if there is none that is a number.
    pub fn lowest_until(&self, step: u64) -> Option<f64> {
        let until = self.reports.iter().take_while(|(at, _)| *at <= step);
        let losses = until.map(|(_, loss)| *loss).filter(|loss| !loss.is_nan());
        losses.reduce(f64::min)
    }

    /// The loss that the trial was told at its end; `None` unless it is complete.
    pub fn loss(&self) -> Option<f64> {
        self.loss
    }

    /// How long the trial took up to its last report, in seconds, or up to its end: what it has recorded as
    /// [`metric::SECONDS`] by then, or else what the study has measured. `None` where neither is
    /// known, as of trials that were running in another process.
    pub fn seconds(&self) -> Option<f64> {
        self.seconds
    }

    /// Whether the last report is no number, or infinitely bad: what was trained has left the range
    /// of numbers.
    pub fn has_diverged(&self) -> bool {
        self.last().is_some_and(|(_, loss)| loss.is_nan() || loss == f64::INFINITY)
    }

    /// Whether the trial ran to its end: it has a result, or has diverged.
    pub fn is_finished(&self) -> bool {
        match self.state {
            TrialState::Complete => true,
            TrialState::Failed => self.has_diverged(),
            _ => false,
        }
    }

    /// Whether the trial is not to be stopped, because its end shows what early reports are worth.
    pub fn is_audited(&self) -> bool {
        self.audited
    }

    /// Whether a model has chosen the trial by early reports of others, as its sampler has
    /// [noted](metric::CHOSEN_BY_MODEL). Such trials are no random draw of those with the same early reports.
    pub fn is_chosen_by_model(&self) -> bool {
        self.chosen_by_model
    }
}
