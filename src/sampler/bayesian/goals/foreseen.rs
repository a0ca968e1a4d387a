//! What the reports of stopped trials foresee of their values, goal by goal.

use crate::curves::{Forecasts, GoalCurves};
use crate::surrogate::Compression;
use crate::trial::{History, TrialRecord};

/// What is foreseen of each goal; nothing where no trial with reports was stopped.
#[derive(Default)]
pub(super) struct Foreseen(Vec<Option<Forecasts>>);

/// The least variance of what is foreseen, of transformed values.
const LEAST_VARIANCE: f64 = 1e-6;

impl Foreseen {
    /// With one goal stopped trials count with what is believed of their places.
    pub(super) fn learn(history: &History) -> Self {
        if history.goals().len() < 2 || !history.pruned().any(TrialRecord::has_reports) {
            return Foreseen::default();
        }
        let curves = GoalCurves::of(history);
        Foreseen(curves.each().iter().map(|curves| Forecasts::learn(curves, |_| true)).collect())
    }

    /// The value of a goal that the reports of a stopped trial foresee, transformed, and the variance of
    /// that. `None` where they say nothing.
    pub(super) fn of(&self, goal: usize, number: u64, on: &Compression) -> Option<(f64, f64)> {
        let forecast = self.0.get(goal)?.as_ref()?.of(number)?;
        let (value, variance) = forecast.on(|loss| on.apply(loss));
        (value.is_finite() && variance.is_finite()).then_some((value, variance.max(LEAST_VARIANCE)))
    }
}
