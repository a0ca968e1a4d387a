//! The last digits: a model of the incumbent's surroundings.
//!
//! The process over the whole space explains losses of all sizes, and what is small against them
//! counts as noise. Once a basin is found, its bottom is a smooth bowl: a second process, fitted to
//! the raw losses of the nearest trials alone and taking them for exact, says where the bottom
//! is.
//!
//! Of more than 37 parameters only those with the shortest lengthscales move, the others stay where the
//! incumbent has them, and the constants of the model are searched with fewer steps: else the work
//! would grow with the cube of the number of parameters.

use crate::math::lbfgs::{Options, minimize};
use crate::surrogate::{
    Codes, Encoding, Feature, Fit, FittedTransform, Inputs, Kernel, Noise, Observations,
    OutcomeTransform, Posterior,
};

/// Observations that are modelled, for each parameter that moves; and two. With two or three the losses are
/// somewhat higher beside eight workers (`benches/bayesian.md`).
const NEIGHBOURS: usize = 4;
/// The most parameters that move. It bounds the time; not varied.
const MOST_MOVING: usize = 37;
/// Operations of the steps of one search for the model's constants. Not reached with fewer than 22
/// parameters.
const SEARCH_WORK: f64 = 6e7;
/// How far the model may be wrong about the incumbent, when that is left out, to be believed: the squared
/// error as a share of the variance of the modelled losses. Not varied.
const TRUSTED: f64 = 0.05;

const DESCENT: Options =
    Options { memory: 8, iterations: 60, gradient_tolerance: 1e-9, decrease_tolerance: 1e-14 };

/// The trials around the incumbent, which differ from it in continuous parameters only, and the
/// smallest box that holds them in those that move.
#[derive(Debug)]
pub(super) struct LocalModel<'a> {
    incumbent: &'a Codes,
    /// The continuous features that are active, or those of them that matter most.
    moving: Vec<usize>,
    /// In the order of `moving`.
    low: Vec<f64>,
    high: Vec<f64>,
    /// The trials in units of the box, the incumbent first, and their losses.
    places: Inputs,
    losses: Vec<f64>,
}

impl<'a> LocalModel<'a> {
    /// `None` if there are too few such trials. `lengthscales` measure what is near.
    pub(super) fn new(
        encoding: &Encoding,
        rows: &'a [Codes],
        losses: &[f64],
        lengthscales: &[f64],
    ) -> Option<Self> {
        let best =
            (0..rows.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]).then(a.cmp(&b)))?;
        let incumbent = &rows[best];
        let active = encoding.movable(incumbent);
        let (continuous, fixed): (Vec<usize>, Vec<usize>) = (0..encoding.len())
            .partition(|&at| active[at] && encoding.features()[at] == Feature::Continuous);
        let alike =
            |at: &usize| fixed.iter().all(|&feature| rows[*at][feature] == incumbent[feature]);
        let distance = |at: usize| -> f64 {
            let step =
                |&feature: &usize| (rows[at][feature] - incumbent[feature]) / lengthscales[feature];
            continuous.iter().map(step).map(|step| step * step).sum()
        };
        let mut moving = continuous.clone();
        if moving.len() > MOST_MOVING {
            let length = |at: usize| lengthscales[at];
            moving.sort_by(|&a, &b| length(a).total_cmp(&length(b)).then(a.cmp(&b)));
            moving.truncate(MOST_MOVING);
            moving.sort_unstable();
        }
        let needed = NEIGHBOURS * moving.len() + 2;
        let mut near: Vec<usize> = (0..rows.len()).filter(alike).collect();
        if moving.is_empty() || near.len() < needed {
            return None;
        }
        // The incumbent before others at the same place.
        let order = |at: usize| (at != best, at);
        near.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(order(a).cmp(&order(b))));
        near.truncate(needed);
        let column = |feature: usize| near.iter().map(move |&at| rows[at][feature]);
        let low: Vec<f64> =
            moving.iter().map(|&feature| column(feature).fold(f64::INFINITY, f64::min)).collect();
        let high: Vec<f64> = moving
            .iter()
            .map(|&feature| column(feature).fold(f64::NEG_INFINITY, f64::max))
            .collect();
        let mut places = Inputs::new(moving.len());
        for &at in &near {
            let unit = |(i, &feature): (usize, &usize)| {
                (rows[at][feature] - low[i]) / (high[i] - low[i]).max(f64::MIN_POSITIVE)
            };
            places.push(&moving.iter().enumerate().map(unit).collect::<Vec<f64>>());
        }
        let losses = near.iter().map(|&at| losses[at]).collect();
        Some(LocalModel { incumbent, moving, low, high, places, losses })
    }

    /// Whether codes lie in the box.
    pub(super) fn contains(&self, codes: &[f64]) -> bool {
        let bounds = self.low.iter().zip(&self.high);
        self.moving
            .iter()
            .zip(bounds)
            .all(|(&feature, (low, high))| (*low..=*high).contains(&codes[feature]))
    }

    /// The codes of the lowest place in the box; `None` if the model is not to be believed, or knows
    /// no lower place than the incumbent.
    pub(super) fn bottom(&self) -> Option<Codes> {
        let (_, values) = FittedTransform::fit(OutcomeTransform::Standardized, &self.losses);
        let features = vec![Feature::Continuous; self.moving.len()];
        let observations = Observations {
            features: &features,
            inputs: &self.places,
            values: &values,
            noise: Noise::Exact,
            noises: &[],
        };
        let Fit { kernel, model, .. } =
            Fit::within(SEARCH_WORK, &[Kernel::SquaredExponential.into()], observations);
        let mut posterior = Posterior::new(kernel, &features, model, self.places.clone(), &[])?;
        posterior.observe(&values, false);
        let (left_out, _, value) = posterior.leave_one_out().into_iter().next()?;
        let error = (left_out - value).powi(2);
        if error.is_nan() || error > TRUSTED {
            return None;
        }
        let start = self.places.row(0);
        let mut unused = vec![0.0; start.len()];
        let mean = |codes: &[f64], gradient: &mut [f64]| {
            posterior.predict_with_gradient(codes, gradient, &mut unused).0
        };
        let (zeros, ones) = (vec![0.0; start.len()], vec![1.0; start.len()]);
        let found = minimize(mean, &start, &zeros, &ones, &DESCENT);
        if found.value.is_nan() || found.value >= posterior.predict(&start).0 {
            return None;
        }
        let mut codes = self.incumbent.clone();
        for (i, &feature) in self.moving.iter().enumerate() {
            codes.set(feature, self.low[i] + found.point[i] * (self.high[i] - self.low[i]));
        }
        Some(codes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};

    fn encoding() -> Encoding {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .choices("kind", ["a", "b"])
            .build()
            .unwrap();
        Encoding::new(&space)
    }

    /// Trials around (0.3, 0.6) of the first kind, and others of the second.
    fn rows() -> Vec<Codes> {
        let mut random = Stream::new(2, 0);
        (0..20)
            .map(|i| {
                let mut near = |centre: f64| centre + 0.02 * (random.unit() - 0.5);
                vec![near(0.3), near(0.6), f64::from(i % 2)].into()
            })
            .collect()
    }

    fn bowl(row: &[f64]) -> f64 {
        let (x, y) = (row[0] - 0.303, row[1] - 0.598);
        7.0 + x * x + 3.0 * y * y + x * y + x * x * y + 10.0 * row[2]
    }

    #[test]
    fn the_bottom_of_a_bowl_is_found() {
        let rows = rows();
        let losses: Vec<f64> = rows.iter().map(|row| bowl(row)).collect();
        let encoding = encoding();
        let around = LocalModel::new(&encoding, &rows, &losses, &[0.3; 3]).unwrap();
        let bottom = around.bottom().unwrap();
        assert!((bottom[0] - 0.303).abs() < 1e-3 && (bottom[1] - 0.598).abs() < 1e-3, "{bottom:?}");
        assert_eq!(bottom[2], 0.0);
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(bowl(&bottom) < best);
        assert!(around.contains(&bottom) && !around.contains(&[0.9, 0.6, 0.0]));
    }

    #[test]
    fn scatter_is_no_bowl_and_few_trials_say_nothing() {
        let rows = rows();
        let mut random = Stream::new(3, 0);
        let scatter: Vec<f64> = rows.iter().map(|_| random.unit()).collect();
        let encoding = encoding();
        let around = LocalModel::new(&encoding, &rows, &scatter, &[0.3; 3]);
        assert_eq!(around.and_then(|around| around.bottom()), None);
        assert!(LocalModel::new(&encoding, &rows[..8], &scatter, &[0.3; 3]).is_none());
    }
}
