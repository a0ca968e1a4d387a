//! The trials that a metric is explained by.
//!
//! Trials that were stopped early have no goal, and are those that did badly: what is left without them
//! is a selection. So each counts with the goal that it would probably have come to, and by how far its
//! reports tell that (see [`curves`](crate::curves)). Other metrics are known of complete trials only.

use super::{Analysis, GOAL};
use crate::curves::{Curves, Forecast, Forecasts, Promising};
use crate::space::Point;
use crate::surrogate::Excess;
use crate::trial::{TrialRecord, TrialState};

/// How many trials that ended the belief in early reports counts for. Without this, early reports that
/// mislead in a part of the space led to false claims (`benches/early_stopping.md`).
const BELIEVED: f64 = 6.0;

/// A trial of which a metric is known or expected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'t> {
    pub(crate) trial: &'t TrialRecord,
    /// The metric, or what is expected of it.
    pub(crate) value: f64,
    /// The goals of a trial that was stopped, as they are expected.
    forecast: Option<Forecast>,
    /// What turns losses into goals.
    sign: f64,
}

impl<'t> Known<'t> {
    pub(super) fn point(&self) -> &'t Point {
        self.trial.point()
    }

    /// What a model takes for the value on a scale that keeps or reverses the order, and the variance
    /// that adds to that of any value: 0 for one that is known.
    pub(super) fn on(&self, scale: impl Fn(f64) -> f64) -> (f64, f64) {
        match &self.forecast {
            None => (scale(self.value), 0.0),
            Some(forecast) => forecast.on(|loss| scale(self.sign * loss)),
        }
    }
}

/// Values, and what adds to their variances.
///
/// How much early reports tell was learned from the trials that ended, with a belief beforehand that
/// counts for [`BELIEVED`] of them. The fewer there are, the less that is known.
pub(super) fn split(known: impl Iterator<Item = (f64, f64)>) -> (Vec<f64>, Excess) {
    let (values, mut variances): (Vec<f64>, Vec<f64>) = known.unzip();
    let ended = variances.iter().filter(|variance| **variance == 0.0).count();
    let doubt = 1.0 + BELIEVED / ended.max(1) as f64;
    variances.iter_mut().for_each(|variance| *variance *= doubt);
    (values, Excess::new(variances))
}

impl Analysis<'_> {
    /// What trials that were stopped would have come to, by their numbers; `None` where none was
    /// stopped, or too little is known.
    pub(super) fn forecasts(&self) -> Option<&Forecasts> {
        let learned = || {
            if !self.of_the_goal.iter().any(is_stopped) {
                return None;
            }
            let curves = Curves::of_trials(&self.of_the_goal);
            let usable = |number| !self.diverged().contains(&number);
            Forecasts::learn(&curves, usable).map(Box::new)
        };
        self.forecasts.get_or_init(learned).as_deref()
    }

    /// The trials of which a metric is known, the diverged ones too, and of the goal those of which it is
    /// expected; in the order of their numbers.
    pub(super) fn known(&self, name: &str) -> Vec<Known<'_>> {
        let sign = self.direction().orient(1.0);
        let forecasts = if name == GOAL { self.forecasts() } else { None };
        let known = self.of_the_goal.iter().filter_map(|trial| {
            let known = Known { trial, value: 0.0, forecast: None, sign };
            if trial.state() == TrialState::Complete {
                return Some(Known { value: self.measured(trial, name)?, ..known });
            }
            let forecast = forecasts?.of(trial.number()).filter(|_| is_stopped(trial))?;
            let value = self.direction().orient(forecast.loss);
            Some(Known { value, forecast: Some(forecast), ..known })
        });
        known.collect()
    }

    /// The same without the diverged ones.
    pub(crate) fn usable_for(&self, name: &str) -> Vec<Known<'_>> {
        let diverged = self.diverged();
        let mut known = self.known(name);
        known.retain(|known| !diverged.contains(&known.trial.number()));
        known
    }

    /// The trial that has not ended and promises more than the best that has, which
    /// [`Study::recommend`](crate::Study::recommend) takes. None where it is not known whether the trial
    /// would keep its limits, and with several goals.
    pub(crate) fn promising(&self, noisy: bool) -> Option<Promising> {
        if self.about().is_some() || self.of_the_goal.history().goals().are_limited() {
            return None;
        }
        Curves::of_trials(&self.of_the_goal).promising(self.space(), self.of_the_goal.iter(), noisy)
    }

    /// How many trials count although they were stopped.
    pub(crate) fn stopped(&self) -> usize {
        let Some(forecasts) = self.forecasts() else { return 0 };
        let stopped = self.of_the_goal.iter().filter(|trial| is_stopped(trial));
        stopped.filter(|trial| forecasts.of(trial.number()).is_some()).count()
    }
}

/// Whether a trial was stopped for what it reported.
pub(super) fn is_stopped(trial: &TrialRecord) -> bool {
    trial.state() == TrialState::Pruned && !trial.reports().is_empty()
}

/// `41 stopped trials count with the goals that they were expected to reach`
pub(crate) fn stopped_in_words(stopped: usize) -> Option<String> {
    match stopped {
        0 => None,
        1 => Some("one stopped trial counts with the goal that it was expected to reach".into()),
        many => Some(format!(
            "{many} stopped trials count with the goals that they were expected to reach"
        )),
    }
}
