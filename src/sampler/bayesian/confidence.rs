//! How much better than the best trial any config may be: confidence bounds of a Gaussian process, whatever
//! sampler has suggested the trials.
//!
//! The upper bound on the simple regret is that of Makarova et al. 2022 (Automatic termination for
//! hyperparameter optimization, AutoML-Conf): the lowest upper bound of all trials minus the lowest
//! lower bound of the space. What lies where trials fail is left out. A pruned trial counts as one with the
//! loss at which it would probably have ended, by its curve, and with the deviation of that.
//!
//! Losses are measured by the spread of the first trials. Measured by that of all, or of the better half,
//! as the transform of the sampler has it, a bound would fall as trials gather around the best one,
//! whatever is known of the rest of the space.

use super::acquisition::UpperConfidenceBound;
use super::candidates::{Candidates, Spread, complete};
use super::rare::Legal;
use super::search::{Allowed, Search};
use super::surface::{AcquisitionSurface, Surface};
use super::training_data::{EncodedTrials, TrainingData};
use super::trust_box::TrustBox;
use crate::curves::{Curves, Forecast, Forecasts};
use crate::error::Result;
use crate::math::random::Stream;
use crate::math::statistics::{mean, median};
use crate::sampler::Context;
use crate::space::Point;
use crate::surrogate::{
    Codes, Encoding, Fit, FittedTransform, Inputs, Kernel, Latent, Noise, Observations,
    OutcomeTransform, Posterior, representative,
};

/// Standard deviations between what is believed and each bound. With fewer, studies end that a wrong model
/// takes for settled; the first half of the problems in `benches/worthwhile` chose it from 1, 1.5, 2 and 3.
const WIDTH: f64 = 3.0;
/// The first complete trials, by which losses are measured. Not varied.
const FIRST: usize = 20;
/// Most observations that are modelled, and that the constants are fitted to. They bound the time of a look;
/// they were not varied.
const MOST: usize = 500;
const MOST_FITTED: usize = 150;
/// Operations of the steps of each search in a fit. It bounds the time of a look.
const FIT_WORK: f64 = 2e7;
/// Trials whose surroundings give candidates. As for suggestions.
const BEST: usize = 5;
/// Random configs: the median of what is believed of them is that of the space. Not varied.
const DRAWN: usize = 100;
/// Keeps this search apart from other random decisions.
const KEY: u64 = 0x7265_6772_6574_0000;

/// Bounds in the units of losses, smaller being better.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confidence {
    /// The lowest of the trials' upper bounds.
    pub(crate) upper: f64,
    /// The lowest of the lower bounds of all configs that may be tried.
    pub(crate) lower: f64,
    /// The lowest loss.
    pub(crate) best: f64,
    /// What is believed of a typical config.
    pub(crate) typical: f64,
    /// The learned standard deviation of a trial like the best about what its config gives.
    pub(crate) noise: f64,
}

impl Confidence {
    /// What the history of a context says. `None` where no two losses differ, where nothing may vary, and
    /// where no config may be tried.
    ///
    /// # Errors
    /// A constraint could not judge a config.
    pub(crate) fn learn(context: &Context<'_>) -> Result<Option<Self>> {
        let encoding = Encoding::new(context.space());
        let mut codes = EncodedTrials::default();
        let mut past = TrainingData::new(context, &encoding, &mut codes);
        let first = past.losses.first();
        if encoding.len() == 0 || past.losses.iter().all(|loss| Some(loss) == first) {
            return Ok(None);
        }
        let scale = LossScale::of(&past.losses);
        let complete = past.losses.len();
        add_pruned(context, &encoding, &mut codes, &mut past);
        let bent: Vec<f64> = past.losses.iter().map(|&loss| scale.bend(loss)).collect();
        let (transform, values) = FittedTransform::fit(OutcomeTransform::Standardized, &bent);
        let Some(posterior) = losses(&encoding, &past, &scale, &transform, &values) else {
            return Ok(None);
        };
        let failures = Failures::learn(&encoding, &past);
        let mut looking = Looking {
            context,
            encoding: &encoding,
            past: &past,
            posterior: &posterior,
            failures: failures.as_ref(),
            random: Stream::new(context.seed(), past.losses.len() as u64).fork(KEY),
        };
        let typical = looking.typical();
        let lowest = looking.lowest();
        if let Some(failure) = context.take_failure() {
            return Err(failure);
        }
        let (Some(typical), Some(lowest)) = (typical, lowest) else { return Ok(None) };
        let mut tried = Inputs::new(encoding.len());
        past.rows[..complete].iter().for_each(|row| tried.push(row));
        let (means, variances) = posterior.predict_many(&tried);
        let (mut upper, mut lower) = (f64::INFINITY, lowest);
        for (mean, variance) in means.into_iter().zip(variances) {
            let reach = WIDTH * variance.sqrt();
            (upper, lower) = (upper.min(mean + reach), lower.min(mean - reach));
        }
        let best = values[..complete].iter().copied().fold(f64::INFINITY, f64::min);
        let deviation = posterior.model().noise.sqrt();
        let at = |value: f64| scale.unbend(transform.invert(value));
        Ok(Some(Confidence {
            upper: at(upper),
            lower: at(lower),
            best: at(best),
            typical: at(typical),
            noise: 0.5 * (at(best + deviation) - at(best - deviation)),
        }))
    }
}

/// What the search for the lowest bound looks at.
struct Looking<'a> {
    context: &'a Context<'a>,
    encoding: &'a Encoding,
    past: &'a TrainingData,
    posterior: &'a Posterior,
    failures: Option<&'a Failures>,
    random: Stream,
}

impl Looking<'_> {
    /// The median of what is believed of random configs.
    fn typical(&mut self) -> Option<f64> {
        let mut drawn = Inputs::new(self.encoding.len());
        for _ in 0..DRAWN {
            let point = self.context.sample(&mut self.random).ok()?;
            let codes = self.encoding.encode(&point);
            if self.succeeds(&codes) {
                drawn.push(&codes);
            }
        }
        let (means, _) = self.posterior.predict_many(&drawn);
        (!means.is_empty()).then(|| median(&means))
    }

    fn succeeds(&self, codes: &[f64]) -> bool {
        self.failures.is_none_or(|failures| failures.spare(codes))
    }

    /// Whether a trial of a point would be legal and probably succeed.
    fn may_gain(&self, point: &Point) -> bool {
        self.context.is_legal(point) && self.succeeds(&self.encoding.encode(point))
    }

    /// The lowest lower bound where a trial may gain something.
    fn lowest(&mut self) -> Option<f64> {
        let region = TrustBox::whole(self.encoding.len());
        let surface = AcquisitionSurface {
            losses: Some(self.posterior),
            acquisition: &const { UpperConfidenceBound::new(WIDTH) },
            incumbent: 0.0,
            feasibility: None,
            ties: None,
            closed: None,
            prior: None,
            region: &region,
        };
        let found = if self.context.points().is_some() || self.context.is_rare() {
            self.lowest_of_legal(&surface)?
        } else {
            self.lowest_of_all(&surface, &region)?
        };
        let (mean, variance) = self.posterior.predict(&self.encoding.encode(&found));
        Some(mean - WIDTH * variance.sqrt())
    }

    fn lowest_of_legal(&mut self, surface: &AcquisitionSurface<'_>) -> Option<Point> {
        let legal = Legal::gather(self.context, self.encoding, &mut self.random).ok()?;
        let mut heights = surface.heights(&legal.candidates.codes);
        for (at, height) in heights.iter_mut().enumerate() {
            if !self.succeeds(&legal.candidates.codes.row(at)) {
                *height = f64::NEG_INFINITY;
            }
        }
        let found = legal.highest(surface, &heights, &mut self.random);
        found.filter(|point| self.may_gain(point)).or_else(|| {
            let highest = (0..heights.len()).max_by(|&a, &b| heights[a].total_cmp(&heights[b]))?;
            (heights[highest] > f64::NEG_INFINITY).then(|| legal.points[highest].clone())
        })
    }

    fn lowest_of_all(
        &mut self,
        surface: &AcquisitionSurface<'_>,
        region: &TrustBox,
    ) -> Option<Point> {
        let (encoding, effort) = (self.encoding, surface.effort(self.encoding));
        let spread = Spread::new(encoding.len(), self.context.seed());
        let near = self.past.best().take(BEST);
        let mut all = spread.candidates(&effort, encoding, region, near, &mut self.random);
        for _ in 0..DRAWN {
            let point = self.context.sample(&mut self.random).ok()?;
            all.push(encoding, complete(encoding, &encoding.encode(&point), &mut self.random));
        }
        let mut candidates = Candidates::new(encoding.len());
        for latent in all.latent {
            if self.may_gain(&encoding.decode(&latent)) {
                candidates.push(encoding, latent);
            }
        }
        let heights = surface.heights(&candidates.codes);
        let best = self.past.best().next().cloned();
        let best = best.map(|codes| complete(encoding, &codes, &mut self.random));
        let mut random = self.random.clone();
        let allowed = |latent: &Latent| match self.may_gain(&encoding.decode(latent)) {
            true => Allowed::Yes,
            false => Allowed::Never,
        };
        let search = Search::new(surface, encoding, effort);
        let found = search.highest(&candidates, &heights, best, allowed, &mut random)?;
        Some(encoding.decode(&found))
    }
}

/// Adds the pruned trials with reports as if they had ended with the losses that are
/// [foreseen](Forecasts), which are not taken to be better than the best that was found. Those of which
/// nothing is foreseen stay apart.
fn add_pruned(
    context: &Context<'_>,
    encoding: &Encoding,
    codes: &mut EncodedTrials,
    past: &mut TrainingData,
) {
    let history = context.history();
    if history.pruned().next().is_none() {
        return;
    }
    let Some(forecasts) = Forecasts::learn(&Curves::of(history), |_| true) else { return };
    let best = past.losses.iter().copied().fold(f64::INFINITY, f64::min);
    past.pruned.clear();
    for record in history.pruned() {
        let row = codes.of(record, encoding);
        let Some(forecast) = forecasts.of(record.number()) else {
            past.pruned.push(row);
            continue;
        };
        let Forecast { loss, range, .. } = forecast;
        let [low, loss, high] = [range.0, loss, range.1].map(|loss| loss.max(best));
        past.rows.push(row);
        past.losses.push(loss);
        past.deviations.push(Some(0.5 * (high - low)));
    }
}

/// How losses are measured: as they are up to the median of the first ones, and above it by their
/// logarithm, so that outliers of any size do not matter.
#[derive(Clone, Copy, Debug)]
struct LossScale {
    median: f64,
    /// The mean distance of the better half of the first losses from the median. If none is better than
    /// the median, that of all. Infinite if they are all equal: then losses stay as they are.
    unit: f64,
}

impl LossScale {
    fn of(losses: &[f64]) -> Self {
        let first = &losses[..losses.len().min(FIRST)];
        let median = median(first);
        let better: Vec<f64> =
            first.iter().map(|loss| median - loss).filter(|lower| *lower > 0.0).collect();
        let apart: Vec<f64> = first.iter().map(|loss| (loss - median).abs()).collect();
        let measured = if better.is_empty() { mean(&apart) } else { mean(&better) };
        let usable = measured > 0.0 && measured.is_finite();
        LossScale { median, unit: if usable { measured } else { f64::INFINITY } }
    }

    /// How far a loss is above the median, in units, if it is and there is a unit.
    fn above(&self, loss: f64) -> Option<f64> {
        // Halves, so that no difference overflows.
        let above = (2.0 * ((0.5 * loss - 0.5 * self.median) / self.unit)).min(f64::MAX);
        (above > 0.0).then_some(above)
    }

    fn bend(&self, loss: f64) -> f64 {
        self.above(loss).map_or(loss, |above| self.median + self.unit * above.ln_1p())
    }

    fn slope(&self, loss: f64) -> f64 {
        self.above(loss).map_or(1.0, |above| 1.0 / (1.0 + above))
    }

    fn unbend(&self, bent: f64) -> f64 {
        self.above(bent).map_or(bent, |above| self.median + self.unit * above.exp_m1())
    }
}

/// The process of losses, pruned trials included.
fn losses(
    encoding: &Encoding,
    past: &TrainingData,
    scale: &LossScale,
    transform: &FittedTransform,
    values: &[f64],
) -> Option<Posterior> {
    let variance = |&at: &usize| {
        let (loss, deviation) = (past.losses[at], Noise::PerTrial.deviation(past.deviations[at])?);
        transform.variance(scale.bend(loss), scale.slope(loss) * deviation)
    };
    let gather = |chosen: &[usize]| {
        let noises = chosen.iter().map(variance);
        let values = chosen.iter().map(|&at| values[at]);
        (
            inputs(encoding, &past.rows, chosen),
            values.collect::<Vec<f64>>(),
            noises.collect::<Vec<Option<f64>>>(),
        )
    };
    let (places, fitted, noises) = gather(&representative(&past.losses, MOST_FITTED));
    let fit = fit(encoding, &places, &fitted, Noise::PerTrial, &noises);
    let (places, observed, noises) = gather(&representative(&past.losses, MOST));
    let features = encoding.features();
    let mut posterior = Posterior::new(fit.kernel, features, fit.model, places, &noises)?;
    // As the data have it: what keeps a sampler from the corners of a space would be no bound.
    posterior.observe(&observed, false);
    for codes in &past.pruned {
        posterior.condition_on_mean(codes);
    }
    Some(posterior)
}

/// The process of which trials fail.
struct Failures {
    posterior: Posterior,
    /// Half-way between the marks of success and failure.
    threshold: f64,
}

impl Failures {
    /// `None` where no trial has failed.
    fn learn(encoding: &Encoding, past: &TrainingData) -> Option<Self> {
        if !past.has_failures() {
            return None;
        }
        let gather = |most: usize| -> (Inputs, Vec<f64>) {
            let chosen = representative(&past.failed, most);
            let marks = chosen.iter().map(|&at| past.failed[at]).collect();
            (inputs(encoding, &past.ended, &chosen), marks)
        };
        let (places, marks) = gather(MOST_FITTED);
        let (_, values) = FittedTransform::fit(OutcomeTransform::Standardized, &marks);
        let fit = fit(encoding, &places, &values, Noise::Negligible, &[]);
        let (places, marks) = gather(MOST);
        let (_, values) = FittedTransform::fit(OutcomeTransform::Standardized, &marks);
        let features = encoding.features();
        let mut posterior = Posterior::new(fit.kernel, features, fit.model, places, &[])?;
        posterior.observe(&values, false);
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(Failures { posterior, threshold: 0.5 * (low + high) })
    }

    /// Whether a trial succeeds rather than fails.
    fn spare(&self, codes: &[f64]) -> bool {
        self.posterior.predict(codes).0 < self.threshold
    }
}

fn inputs(encoding: &Encoding, rows: &[Codes], chosen: &[usize]) -> Inputs {
    let mut inputs = Inputs::new(encoding.len());
    chosen.iter().for_each(|&at| inputs.push(&rows[at]));
    inputs
}

fn fit(
    encoding: &Encoding,
    inputs: &Inputs,
    values: &[f64],
    noise: Noise,
    noises: &[Option<f64>],
) -> Fit {
    let features = encoding.features();
    let observations = Observations { features, inputs, values, noise, noises };
    Fit::within(FIT_WORK, &[Kernel::Matern52.into()], observations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bending_keeps_the_better_half_and_is_undone() {
        let losses: Vec<f64> = (0..30).map(|at| f64::from(at * at)).collect();
        let scale = LossScale::of(&losses);
        for (at, &loss) in losses.iter().enumerate() {
            let bent = scale.bend(loss);
            assert!((scale.unbend(bent) - loss).abs() < 1e-9 * (1.0 + loss));
            assert!(if at < 10 { bent == loss } else { bent < loss });
            let step = 1e-4;
            let slope = (scale.bend(loss + step) - scale.bend(loss - step)) / (2.0 * step);
            assert!((slope - scale.slope(loss)).abs() < 1e-6);
        }
    }

    #[test]
    fn losses_of_any_size_stay_numbers() {
        for losses in [
            vec![1.0; 20],
            vec![f64::MAX, -f64::MAX, 0.0, 1.0],
            vec![5e-324, 0.0, 0.0],
            vec![0.0, 0.0, 0.0, 1.0, f64::MAX],
        ] {
            let scale = LossScale::of(&losses);
            assert!(losses.iter().all(|&loss| !scale.bend(loss).is_nan()), "{losses:?}");
            assert!(losses.iter().all(|&loss| !scale.slope(loss).is_nan()), "{losses:?}");
        }
        assert_eq!(LossScale::of(&[3.0, 3.0]).bend(9.0), 9.0);
    }
}
