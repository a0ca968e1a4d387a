use super::encoding::Encoding;
use super::fit::{Fit, Observations};
use super::hyperparameters::Noise;
use super::inputs::Inputs;
use super::kernel::Kernel;
use super::outcome_transform::{FittedTransform, OutcomeTransform};
use super::posterior::Posterior;
use super::subset::representative;
use crate::math::special::normal_quantile;
use crate::space::{Point, Space};

/// What is assumed of the losses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SurrogateOptions {
    /// How correlation falls with distance; `None` for the most probable of all kernels.
    pub kernel: Option<Kernel>,
    /// How losses become values to be modelled.
    pub outcome_transform: OutcomeTransform,
    /// How observations scatter about the function.
    pub noise: Noise,
}

impl SurrogateOptions {
    /// The defaults: any kernel, warped losses, negligible noise.
    pub fn new() -> Self {
        Self::default()
    }

    /// One kernel instead of the most probable of all.
    pub fn kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = Some(kernel);
        self
    }

    /// How losses become values to be modelled.
    pub fn outcome_transform(mut self, transform: OutcomeTransform) -> Self {
        self.outcome_transform = transform;
        self
    }

    /// How observations scatter about the function.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.noise = noise;
        self
    }
}

/// What the surrogate is fitted to: a point, its loss, and perhaps how far the loss is to be
/// trusted. A pair of point and loss is one that does not say.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Observation<'a> {
    /// The config.
    pub point: &'a Point,
    /// The loss: smaller is better.
    pub loss: f64,
    /// The standard deviation of the loss, in its own units, if it is known. It counts with
    /// [`Noise::PerTrial`].
    pub deviation: Option<f64>,
}

impl<'a> Observation<'a> {
    /// A loss of which the deviation is not known.
    pub fn new(point: &'a Point, loss: f64) -> Self {
        Observation { point, loss, deviation: None }
    }

    /// With the standard deviation of the loss, in its own units.
    pub fn deviation(mut self, deviation: f64) -> Self {
        self.deviation = Some(deviation);
        self
    }
}

impl<'a> From<(&'a Point, f64)> for Observation<'a> {
    fn from((point, loss): (&'a Point, f64)) -> Self {
        Observation::new(point, loss)
    }
}

/// A Gaussian process fitted to points of a space and their losses.
///
/// ```
/// use tunewright::sampler::Stream;
/// use tunewright::space::{Scale, Space};
/// use tunewright::surrogate::Surrogate;
///
/// let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build()?;
/// let mut random = Stream::new(1, 0);
/// let points: Vec<_> = (0..20).map(|_| space.sample(&mut random)).collect();
/// let loss = |x: f64| (x - 0.3).powi(2);
/// let losses = points.iter().map(|point| loss(point.get(0).unwrap_or(0.0)));
///
/// let surrogate = Surrogate::fit(&space, points.iter().zip(losses), Default::default());
/// let near = surrogate.predict(&space.point(&[0.3])?);
/// let far = surrogate.predict(&space.point(&[0.9])?);
/// assert!(near.mean < far.mean);
/// assert!(surrogate.loss_quantile(&space.point(&[0.3])?, 0.5) < 0.01);
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Surrogate {
    encoding: Encoding,
    transform: FittedTransform,
    posterior: Option<Posterior>,
    /// The numbers of the modelled observations.
    modelled: Vec<usize>,
    noise: Noise,
}

/// What is believed of the transformed loss at a point: a normal distribution, in units of the
/// standard deviation of the transformed losses, smaller is better. The transform keeps the order
/// of losses.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation, without the noise of an observation; positive.
    pub deviation: f64,
}

/// An observation, and what the others say of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LeaveOneOut {
    /// Which one: its number among the points that were given.
    pub index: usize,
    /// Its transformed loss.
    pub value: f64,
    /// The prediction from all others, with the noise of an observation, under the constants that
    /// were fitted to all.
    pub prediction: Prediction,
}

impl LeaveOneOut {
    /// How many standard deviations the observation lies above its prediction. A model to be
    /// trusted has residuals of about standard normal size.
    pub fn residual(&self) -> f64 {
        (self.value - self.prediction.mean) / self.prediction.deviation
    }
}

/// Most observations that are modelled; of more, a representative part. The work grows with the
/// third power.
const MOST: usize = 1000;
/// Most observations that the constants are fitted to. It bounds the time of a fit.
const MOST_FITTED: usize = 300;

/// The kernels among which the fit chooses.
pub(crate) fn candidates(kernel: &Option<Kernel>) -> &[Kernel] {
    kernel.as_ref().map_or(&Kernel::ALL, std::slice::from_ref)
}

impl Surrogate {
    /// Fits to points and their losses (smaller is better), as in
    /// `history.complete().map(|trial| (trial.point(), trial.loss()))`. Losses that are not finite
    /// are left out. Of more than 1000 observations the best 500 and an even spread of 500 others
    /// are modelled; the constants are fitted to at most 300, chosen likewise. Never fails: without
    /// observations the prediction is the prior.
    pub fn fit<'a, O: Into<Observation<'a>>>(
        space: &Space,
        observations: impl IntoIterator<Item = O>,
        options: SurrogateOptions,
    ) -> Self {
        let encoding = Encoding::new(space);
        let observations = observations.into_iter().map(O::into).enumerate();
        let usable = observations.filter(|(_, observation)| observation.loss.is_finite());
        let (numbers, usable): (Vec<usize>, Vec<Observation<'a>>) = usable.unzip();
        let losses: Vec<f64> = usable.iter().map(|observation| observation.loss).collect();
        let (transform, values) = FittedTransform::fit(options.outcome_transform, &losses);
        let gather = |indices: &[usize]| {
            let mut inputs = Inputs::new(encoding.len());
            indices.iter().for_each(|&i| inputs.push(&encoding.encode(usable[i].point)));
            let noises: Vec<Option<f64>> = indices
                .iter()
                .map(|&i| {
                    let deviation = options.noise.deviation(usable[i].deviation)?;
                    transform.variance(losses[i], deviation)
                })
                .collect();
            (inputs, indices.iter().map(|&i| values[i]).collect::<Vec<f64>>(), noises)
        };
        let (inputs, fitted, noises) = gather(&representative(&losses, MOST_FITTED));
        let kernels = candidates(&options.kernel);
        let Fit { kernel, model, .. } = Fit::new(
            kernels,
            Observations {
                features: encoding.features(),
                inputs: &inputs,
                values: &fitted,
                noise: options.noise,
                noises: &noises,
            },
        );
        let representatives = representative(&losses, MOST);
        let (inputs, targets, noises) = gather(&representatives);
        let mut posterior = Posterior::new(kernel, encoding.features(), model, inputs, &noises);
        if let Some(posterior) = &mut posterior {
            posterior.observe(&targets, false);
        }
        let modelled = representatives.into_iter().map(|i| numbers[i]).collect();
        Surrogate { encoding, transform, posterior, modelled, noise: options.noise }
    }

    /// What is believed of the transformed loss at a point of the space.
    pub fn predict(&self, point: &Point) -> Prediction {
        match &self.posterior {
            Some(posterior) => {
                let (mean, variance) = posterior.predict(&self.encoding.encode(point));
                Prediction { mean, deviation: variance.sqrt() }
            }
            None => Prediction { mean: 0.0, deviation: 1.0 },
        }
    }

    /// The loss below which the true loss at a point lies with the given probability: the median at
    /// 0.5. Approximate, because the transform is interpolated between the losses that were seen.
    pub fn loss_quantile(&self, point: &Point, probability: f64) -> f64 {
        let Prediction { mean, deviation } = self.predict(point);
        let value = mean + deviation * normal_quantile(probability.clamp(1e-15, 1.0 - 1e-15));
        self.transform.invert(value)
    }

    /// For each parameter that can vary, its name and lengthscale, in units of the parameter's
    /// range (of the distance between two choices): how far one must move for the loss to change
    /// much. Parameters with lengthscales of several units hardly matter.
    pub fn lengthscales(&self) -> Vec<(&str, f64)> {
        let lengths = self.posterior.iter().flat_map(|fitted| &fitted.model().lengthscales);
        lengths.enumerate().map(|(at, &length)| (self.encoding.axis(at).name(), length)).collect()
    }

    /// The fitted standard deviation of an observation about the function, in units of the standard
    /// deviation of the transformed losses; where all are known, about their mean.
    pub fn noise(&self) -> f64 {
        self.posterior.as_ref().map_or(0.0, |fitted| fitted.model().noise.sqrt())
    }

    /// The number, among the points that were given, of the observation that is believed lowest,
    /// its luck taken off; among equal ones the one with the lower loss. With [`Noise::Negligible`] and
    /// [`Noise::Exact`] losses are taken for exact. `None` without observations.
    pub fn best_by_posterior(&self) -> Option<usize> {
        let posterior = self.posterior.as_ref()?;
        let observed = posterior.observed().iter().copied();
        let believed: Vec<f64> = match self.noise.incumbent_is_noisy() {
            true => posterior.believed().collect(),
            false => observed.clone().collect(),
        };
        let numbers = believed.into_iter().zip(observed).zip(&self.modelled);
        let lower = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        numbers.min_by(|(a, _), (b, _)| lower(a, b)).map(|(_, number)| *number)
    }

    /// What the others say of each observation, in the order of the modelled observations.
    pub fn leave_one_out(&self) -> Vec<LeaveOneOut> {
        let left_out = self.posterior.iter().flat_map(Posterior::leave_one_out);
        left_out
            .zip(&self.modelled)
            .map(|((mean, variance, value), &index)| LeaveOneOut {
                index,
                value,
                prediction: Prediction { mean, deviation: variance.sqrt() },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::Scale;

    fn space() -> Space {
        Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("idle", 0.0..=1.0, Scale::Linear)
            .choices("kind", ["a", "b", "c"])
            .build()
            .unwrap()
    }

    fn loss(point: &Point) -> f64 {
        let value = |axis: usize| point.get(axis).unwrap();
        (6.0 * value(0)).sin() + value(2)
    }

    fn points(n: usize) -> Vec<Point> {
        let mut random = Stream::new(3, 0);
        (0..n).map(|_| space().sample(&mut random)).collect()
    }

    #[test]
    fn predictions_generalize_and_lengthscales_tell_what_matters() {
        let known = points(60);
        let observations = known.iter().map(|point| (point, loss(point)));
        let surrogate = Surrogate::fit(&space(), observations, SurrogateOptions::default());
        for point in &points(80)[60..] {
            assert!((surrogate.loss_quantile(point, 0.5) - loss(point)).abs() < 0.3);
            assert!(surrogate.loss_quantile(point, 0.1) < surrogate.loss_quantile(point, 0.9));
        }
        let lengths = surrogate.lengthscales();
        assert_eq!(lengths[1].0, "idle");
        assert!(lengths[1].1 > lengths[0].1);
        assert!(surrogate.noise() < 0.2);
    }

    #[test]
    fn a_lucky_observation_is_not_believed_best() {
        let space = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
        let known: Vec<Point> =
            (0..30).map(|i| space.point(&[f64::from(i) / 29.0]).unwrap()).collect();
        // The lowest is at 0.3; far from there one is lucky by three deviations.
        let (lowest, lucky) = (9, 24);
        let observations = known.iter().enumerate().map(|(i, point)| Observation {
            point,
            loss: (point.get(0).unwrap() - 9.0 / 29.0).powi(2) - if i == lucky { 0.3 } else { 0.0 },
            deviation: Some(if i == lucky { 0.3 } else { 0.001 }),
        });
        let best = |noise: Noise| {
            let options = SurrogateOptions { noise, ..SurrogateOptions::default() };
            Surrogate::fit(&space, observations.clone(), options).best_by_posterior()
        };
        assert_eq!(best(Noise::PerTrial), Some(lowest));
        assert_eq!(best(Noise::Negligible), Some(lucky));
        let nothing: [Observation<'_>; 0] = [];
        assert_eq!(Surrogate::fit(&space, nothing, Default::default()).best_by_posterior(), None);
    }

    #[test]
    fn left_out_observations_are_predicted_as_by_a_fit_without_them() {
        let known = points(30);
        let observations: Vec<_> = known.iter().map(|point| (point, loss(point))).collect();
        let surrogate =
            Surrogate::fit(&space(), observations.iter().copied(), SurrogateOptions::default());
        let left_out = surrogate.leave_one_out();
        assert_eq!(left_out.len(), 30);
        let posterior = surrogate.posterior.as_ref().unwrap();
        let model = posterior.model().clone();
        let mut inputs = Inputs::new(3);
        let mut values = Vec::new();
        for (i, point) in known.iter().enumerate().filter(|(i, _)| *i != 7) {
            inputs.push(&surrogate.encoding.encode(point));
            values.push(left_out[i].value);
        }
        let noise = model.observation_variance(None);
        let mut without =
            Posterior::new(posterior.kernel(), surrogate.encoding.features(), model, inputs, &[])
                .unwrap();
        without.observe(&values, false);
        let (_, variance) = without.predict(&surrogate.encoding.encode(&known[7]));
        let deviation = (variance + noise).sqrt();
        assert!((left_out[7].prediction.deviation - deviation).abs() < 1e-8);
        let mean_square = left_out.iter().map(|one| one.residual().powi(2)).sum::<f64>() / 30.0;
        assert!((0.1..10.0).contains(&mean_square), "{mean_square}");
    }

    #[test]
    fn any_observations_give_a_finite_prediction() {
        let known = points(40);
        for losses in [
            vec![],
            vec![1.0],
            vec![f64::NAN; 40],
            vec![3.0; 40],
            (0..40).map(|i| if i == 0 { 0.0 } else { 1e12 }).collect(),
            (0..40).map(|i| 10f64.powi(i * 10 - 200)).collect(),
        ] {
            let observations = known.iter().zip(losses.iter().copied());
            let surrogate = Surrogate::fit(&space(), observations, SurrogateOptions::default());
            let prediction = surrogate.predict(&known[0]);
            assert!(prediction.mean.is_finite() && prediction.deviation > 0.0, "{losses:?}");
        }
        // The same place again and again, with different losses.
        let observations = (0..50).map(|i| (&known[0], f64::from(i % 7)));
        let surrogate = Surrogate::fit(&space(), observations, SurrogateOptions::default());
        assert!(surrogate.predict(&known[0]).mean.is_finite());
        let nothing = Space::builder().build().unwrap();
        let no_observations: [Observation<'_>; 0] = [];
        let surrogate = Surrogate::fit(&nothing, no_observations, SurrogateOptions::default());
        assert!(surrogate.predict(&nothing.default_point()).mean.is_finite());
    }
}
