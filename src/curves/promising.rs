//! The trial that promises most, although it has not come to its end.

use super::forecast::LossesByScore;
use super::{Curve, Curves, Foresight};
use crate::space::Space;
use crate::surrogate::{Encoding, LEAST_RELIABILITY, PriorMean, ScoreModel, Scores};
use crate::trial::{TrialRecord, TrialState};

/// A trial that has not ended and would probably become better than all that have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Promising {
    pub(crate) number: u64,
    /// The loss with which it would probably end, and the standard deviation of that.
    pub(crate) loss: f64,
    pub(crate) deviation: f64,
    /// The step of its last report, and that of the last report of a whole run.
    pub(crate) step: u64,
    pub(crate) last_step: Option<u64>,
}

/// Trials that are modelled: the best, and others that are spread over the rest. They bound the time of a
/// model; not varied.
const BEST: usize = 56;
const OTHERS: usize = 34;

/// By how many deviations a trial that has not ended must promise more than the best that has. Not varied.
const MARGIN: f64 = 0.5;

/// What is believed of the end of a trial.
struct Belief<'a> {
    record: &'a TrialRecord,
    mean: f64,
    deviation: f64,
}

impl Curves {
    /// The trial that has not ended and promises more than the best that has. The model is that of the
    /// Bayesian sampler: a Gaussian process of the scores of all trials at their ends, of which each
    /// trial shows one, the less exactly the earlier it stands. Where values are `noisy`, it is the
    /// configs that are compared, and no luck.
    pub(crate) fn promising<'a>(
        &self,
        space: &Space,
        trials: impl Iterator<Item = &'a TrialRecord>,
        noisy: bool,
    ) -> Option<Promising> {
        let may_go_on = |curve: &Curve| !curve.is_finished() && !curve.reports().is_empty();
        if !self.iter().any(may_go_on) {
            return None;
        }
        let foresight = Foresight::learn(self)?;
        let losses = LossesByScore::learn(self, &foresight, |_| true)?;
        let trials: Vec<&TrialRecord> =
            trials.filter(|trial| foresight.score(trial.number()).is_some()).collect();
        let beliefs = believed(space, &trials, &foresight, noisy)?;
        // What is certain to be found is told from what is hoped for.
        let at_worst = |belief: &Belief<'_>| match belief.record.state() {
            TrialState::Complete => belief.mean,
            _ => belief.mean + MARGIN * belief.deviation,
        };
        let lower =
            |one: &&Belief<'_>, other: &&Belief<'_>| at_worst(one).total_cmp(&at_worst(other));
        let best = beliefs.iter().min_by(lower)?;
        if matches!(best.record.state(), TrialState::Complete | TrialState::Failed) {
            return None;
        }
        let (&step, _) = best.record.reports().last_key_value()?;
        let ends = [-1.0, 1.0].map(|sign| losses.at(best.mean + sign * best.deviation));
        Some(Promising {
            number: best.record.number(),
            loss: losses.at(best.mean),
            deviation: 0.5 * (ends[1] - ends[0]),
            step,
            last_step: self.last_step(),
        })
    }
}

/// What is believed of the trials that may be the best.
fn believed<'a>(
    space: &Space,
    trials: &[&'a TrialRecord],
    foresight: &Foresight,
    noisy: bool,
) -> Option<Vec<Belief<'a>>> {
    let encoding = Encoding::new(space);
    let shown = |trial: &TrialRecord| {
        let (score, reliability) = foresight.score(trial.number()).unwrap_or_default();
        (score, reliability.max(LEAST_RELIABILITY))
    };
    let mut order: Vec<&TrialRecord> = trials.to_vec();
    let expected = |trial: &TrialRecord| shown(trial).0 * shown(trial).1;
    order.sort_by(|one, other| expected(one).total_cmp(&expected(other)));
    let rest = order.split_off(order.len().min(BEST));
    order.extend(rest.iter().copied().step_by(rest.len().div_ceil(OTHERS).max(1)));
    let mut scores = Scores::new(encoding.len());
    for trial in &order {
        let (score, reliability) = shown(trial);
        scores.push(&encoding.encode(trial.point()), score, reliability);
    }
    let model = ScoreModel::fit(encoding.features(), &scores);
    let posterior = model.posterior(encoding.features(), &scores, PriorMean::default())?;
    let (means, variances) = posterior.predict_many(&scores.inputs);
    let own = model.own_variance();
    let left_out = posterior.leave_one_out();
    let each = order.iter().zip(means.iter().zip(&variances)).zip(&left_out);
    let belief =
        |((record, (mean, variance)), (expected, spread, value)): (_, &(f64, f64, f64))| {
            let (record, (mean, variance)): (&&'a TrialRecord, (&f64, &f64)) =
                (record, (mean, variance));
            if noisy {
                return Belief { record, mean: *mean, deviation: variance.sqrt() };
            }
            if record.state() == TrialState::Complete {
                return Belief { record, mean: shown(record).0, deviation: 0.0 };
            }
            // What is the trial's own belongs to its config, too.
            let mean = mean + own * (value - expected) / spread;
            let variance = variance + own * (1.0 - own / spread).max(0.0);
            Belief { record, mean, deviation: variance.sqrt() }
        };
    // Of those that stand for all others nobody asks.
    Some(each.take(BEST).map(belief).collect())
}
