use std::fmt;

use crate::curves::Promising;
use crate::surrogate::Estimate;
use crate::text::{DIGITS, number};
use crate::trial::{Goals, TrialRecord, TrialState};

/// A trial that was chosen from a study, with its config: the best, the recommended one, or one of the
/// front. Displays as its number and what is known of its values.
///
/// The best trial has come to its end. The [recommended](crate::Study::recommend) one may not have:
/// then it [is not finished](Self::is_finished), has no value, and [`unfinished`](Self::unfinished)
/// says how far it came.
#[derive(Clone, Debug)]
pub struct ChosenTrial<C> {
    record: TrialRecord,
    config: C,
    goals: Goals,
    expected: Option<Estimate>,
    unfinished: Option<Unfinished>,
}

/// How far a trial came that has not come to its end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Unfinished {
    /// Whether it was stopped, is still running, or was interrupted.
    pub state: TrialState,
    /// The step of its last report.
    pub step: u64,
    /// The step of the last report of a whole run, as far as complete trials show it.
    pub last_step: Option<u64>,
    /// What it reported last, as the objective reported it.
    pub reported: f64,
}

impl<C> ChosenTrial<C> {
    /// A complete trial.
    pub(super) fn finished(
        record: TrialRecord,
        config: C,
        goals: &Goals,
        expected: Option<Estimate>,
    ) -> Self {
        ChosenTrial { record, config, goals: goals.clone(), expected, unfinished: None }
    }

    /// A trial that promises more than all that have ended.
    pub(super) fn promising(
        record: TrialRecord,
        config: C,
        goals: &Goals,
        expected: Estimate,
        promising: &Promising,
    ) -> Self {
        let unfinished = Unfinished {
            state: record.state(),
            step: promising.step,
            last_step: promising.last_step,
            reported: record.reports().get(&promising.step).copied().unwrap_or(f64::NAN),
        };
        let (goals, expected) = (goals.clone(), Some(expected));
        ChosenTrial { record, config, goals, expected, unfinished: Some(unfinished) }
    }

    /// The config.
    pub fn config(&self) -> &C {
        &self.config
    }

    /// The config, taken out.
    pub fn into_config(self) -> C {
        self.config
    }

    /// The value of the first goal, as the objective returned it. Where values scatter, it is better
    /// by luck than what the config gives in the long run; see [`expected`](Self::expected).
    ///
    /// NaN for a trial that [is not finished](Self::is_finished), because it has no value. Only
    /// [`Study::recommend`](crate::Study::recommend) returns such a trial, and `expected` has what it
    /// would probably come to.
    pub fn value(&self) -> f64 {
        self.record.value().unwrap_or(f64::NAN)
    }

    /// The values of all goals in their order, as the objective returned them.
    pub fn values(&self) -> &[f64] {
        self.record.values()
    }

    /// The value of the goal with this name, or else of a metric that the trial has recorded.
    pub fn value_of(&self, name: &str) -> Option<f64> {
        match self.goals.position(name) {
            Some(goal) => self.values().get(goal).copied(),
            None => self.record.metric(name),
        }
    }

    /// The expected value of the config and the standard deviation of that estimate, or the estimate
    /// of the [`Statistic`](crate::surrogate::Statistic) that was asked for. For a trial that is not
    /// finished, the value with which it would probably end. `None` for [`Study::best`](crate::Study::best),
    /// which takes values for exact.
    pub fn expected(&self) -> Option<Estimate> {
        self.expected
    }

    /// Whether the trial came to its end and has a value.
    pub fn is_finished(&self) -> bool {
        self.unfinished.is_none()
    }

    /// How far the trial came, if it has not come to its end.
    pub fn unfinished(&self) -> Option<&Unfinished> {
        self.unfinished.as_ref()
    }

    /// The trial's number.
    pub fn number(&self) -> u64 {
        self.record.number()
    }

    /// The whole record.
    pub fn record(&self) -> &TrialRecord {
        &self.record
    }
}

/// `trial 17 with 0.31, 0.33 ± 0.02 is expected of its config`, or with the names of goals that have
/// some: `trial 17 with error 0.31, latency_ms 12`.
impl<C> fmt::Display for ChosenTrial<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |value: f64| number(value, Some(DIGITS));
        write!(f, "trial {}", self.number())?;
        match &self.unfinished {
            None => write!(f, " with {}", self.goals.values_in_words(self.values(), DIGITS))?,
            Some(unfinished) => write!(f, ", {unfinished}")?,
        }
        if let Some(Estimate { value, deviation, .. }) = self.expected {
            let of = if self.is_finished() { "of its config" } else { "at its end" };
            write!(f, ", {} ± {} is expected {of}", short(value), short(deviation))?;
        }
        Ok(())
    }
}

/// `pruned after step 4 of 49, where it reported 0.31`
impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state {
            TrialState::Running => write!(f, "still running")?,
            state => write!(f, "{state}")?,
        }
        write!(f, " after step {}", self.step)?;
        if let Some(last) = self.last_step {
            write!(f, " of {last}")?;
        }
        write!(f, ", where it reported {}", number(self.reported, Some(DIGITS)))
    }
}
