//! Averages of the function over sets of places, and how they go together.
//!
//! An average is a linear functional, so that its posterior is normal, too. With k̄ₐ the mean over
//! the set a of the covariances to the observations, and κₐᵦ the mean over both sets of the
//! covariances between them, it has mean m + k̄ₐᵀα, and two of them have the covariance
//! κₐᵦ − k̄ₐᵀK⁻¹k̄ᵦ. An effect, its band, and what another observation would do to it follow.
//!
//! The sets are those of partial dependence: set a is the same background for every a, but for one
//! feature f, whose code is vₐ. A squared distance is therefore ρ² + w δ²(vₐ, x), where ρ² is over
//! the features other than f, is the same for all sets, and is computed once.

use super::inputs::Inputs;
use super::posterior::Posterior;
use crate::math::linalg::{Matrix, axpy, dot};

/// The averages of a function over a background, with one feature at each of m codes.
#[derive(Clone, Debug)]
pub(crate) struct Averages<'a> {
    posterior: &'a Posterior,
    background: Inputs,
    feature: usize,
    codes: Vec<f64>,
    /// L⁻¹k̄ of each set.
    solved: Vec<Vec<f64>>,
    means: Vec<f64>,
    covariance: Matrix,
}

impl<'a> Averages<'a> {
    /// The averages over a background, which is not empty. Its own codes of the feature do not
    /// count.
    pub(crate) fn new(
        posterior: &'a Posterior,
        background: Inputs,
        feature: usize,
        codes: Vec<f64>,
    ) -> Self {
        let (m, size) = (codes.len(), background.len());
        let inputs = posterior.inputs();
        let rest: Vec<Vec<f64>> = (0..size)
            .map(|place| posterior.distances_beside(feature, &background.row(place), inputs))
            .collect();
        let (mut solved, mut means) = (Vec::with_capacity(m), Vec::with_capacity(m));
        for &code in &codes {
            let mut apart = vec![0.0; inputs.len()];
            posterior.add_distances_in(feature, code, inputs.column(feature), &mut apart);
            let mut total = vec![0.0; inputs.len()];
            for rest in &rest {
                let row = posterior.covariances_at(rest.iter().zip(&apart).map(|(a, b)| a + b));
                axpy(1.0 / size as f64, &row, &mut total);
            }
            let (one, shift) = posterior.condition(total);
            solved.push(one);
            means.push(posterior.mean() + shift);
        }
        // Each pair of different places counts twice.
        let within: Vec<f64> = (0..size)
            .flat_map(|place| {
                let row = posterior.distances_beside(feature, &background.row(place), &background);
                row.into_iter().take(place)
            })
            .collect();
        let prior = |a: usize, b: usize| {
            let mut apart = [0.0];
            posterior.add_distances_in(feature, codes[a], &codes[b..=b], &mut apart);
            let pairs = posterior.covariances_at(within.iter().map(|rest| rest + apart[0]));
            let same = posterior.covariances_at(apart.into_iter());
            (2.0 * pairs.iter().sum::<f64>() + size as f64 * same[0]) / (size * size) as f64
        };
        let mut covariance = Matrix::zeros(m, m);
        for a in 0..m {
            for b in 0..=a {
                let between = prior(a, b) - dot(&solved[a], &solved[b]);
                covariance[(a, b)] = between;
                covariance[(b, a)] = between;
            }
        }
        Averages { posterior, background, feature, codes, solved, means, covariance }
    }

    /// The feature's code in each set.
    pub(crate) fn codes(&self) -> &[f64] {
        &self.codes
    }

    /// The mean of each average.
    pub(crate) fn means(&self) -> &[f64] {
        &self.means
    }

    /// The standard deviation of an average.
    pub(crate) fn deviation(&self, set: usize) -> f64 {
        self.covariance[(set, set)].max(0.0).sqrt()
    }

    /// Mean and standard deviation of average `a` minus average `b`.
    pub(crate) fn contrast(&self, a: usize, b: usize) -> (f64, f64) {
        let c = &self.covariance;
        let variance = c[(a, a)] + c[(b, b)] - 2.0 * c[(a, b)];
        (self.means[a] - self.means[b], variance.max(0.0).sqrt())
    }

    /// The standard deviation that the contrast of `a` and `b` has after one more observation at a
    /// place, whatever is observed.
    pub(crate) fn contrast_after(&self, a: usize, b: usize, codes: &[f64]) -> f64 {
        let before = self.contrast(a, b).1;
        let known = self.posterior.covariances_with(codes, self.posterior.inputs());
        let (known, _) = self.posterior.condition(known);
        let rest = self.posterior.distances_beside(self.feature, codes, &self.background);
        let with = |set: usize| {
            let mut apart = [0.0];
            let (at, own) = (self.feature, codes[self.feature]);
            self.posterior.add_distances_in(at, own, &self.codes[set..=set], &mut apart);
            let row = self.posterior.covariances_at(rest.iter().map(|rest| rest + apart[0]));
            row.iter().sum::<f64>() / row.len() as f64 - dot(&known, &self.solved[set])
        };
        let model = self.posterior.model();
        let variance = (model.scale - dot(&known, &known)).max(0.0);
        let observed = variance + model.observation_variance(None);
        let shared = with(a) - with(b);
        (before * before - shared * shared / observed).max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};
    use crate::surrogate::encoding::INACTIVE_CHOICE;
    use crate::surrogate::{Encoding, Fit, Kernel, Noise, Observations};

    /// A posterior of two numbers and a choice, and places, one of which lacks the choice.
    fn posterior() -> (Posterior, Inputs) {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .choices("z", ["a", "b", "c"])
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let mut random = Stream::new(4, 0);
        let mut inputs = Inputs::new(3);
        let mut values = Vec::new();
        for _ in 0..15 {
            let codes = [random.unit(), random.unit(), random.below(3) as f64];
            let value = 2.0 * codes[0] - codes[1] * codes[1] + 0.3 * codes[2];
            values.push(value + 0.1 * random.normal());
            inputs.push(&codes);
        }
        let kernels = [Kernel::Matern52];
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &values,
            noise: Noise::Estimated,
            noises: &[],
        };
        let Fit { kernel, model, .. } = Fit::new(&kernels, observations);
        let mut posterior =
            Posterior::new(kernel, encoding.features(), model, inputs, &[]).unwrap();
        posterior.observe(&values, false);
        let mut background = Inputs::new(3);
        for row in [[0.3, 0.1, 0.0], [0.5, 0.4, 2.0], [0.7, 0.8, INACTIVE_CHOICE], [0.3, 0.9, 1.0]]
        {
            background.push(&row);
        }
        (posterior, background)
    }

    fn averages<'a>(posterior: &'a Posterior, background: &Inputs) -> Averages<'a> {
        Averages::new(posterior, background.clone(), 0, vec![0.2, 0.9])
    }

    #[test]
    fn averages_are_those_of_the_joint_prediction() {
        let (posterior, background) = posterior();
        let size = background.len();
        for (feature, codes) in [(0, [0.2, 0.6, 0.9]), (1, [0.0, 0.1, 1.0]), (2, [0.0, 1.0, 2.0])] {
            let averages = Averages::new(&posterior, background.clone(), feature, codes.to_vec());
            let mut places = Inputs::new(3);
            for code in codes {
                for place in 0..size {
                    let mut row = background.row(place);
                    row[feature] = code;
                    places.push(&row);
                }
            }
            let (means, covariance) = posterior.predict_jointly(&places);
            let of_set = |set: usize| set * size..(set + 1) * size;
            let between = |a: usize, b: usize| {
                let pairs = of_set(a).flat_map(|i| of_set(b).map(move |j| (i, j)));
                let total: f64 = pairs.map(|(i, j)| covariance[(i.max(j), i.min(j))]).sum();
                total / (size * size) as f64
            };
            for a in 0..3 {
                let mean = means[of_set(a)].iter().sum::<f64>() / size as f64;
                assert!((averages.means()[a] - mean).abs() < 1e-10);
                assert!((averages.deviation(a).powi(2) - between(a, a)).abs() < 1e-10);
                for b in 0..a {
                    let variance = between(a, a) + between(b, b) - 2.0 * between(a, b);
                    assert!((averages.contrast(a, b).1.powi(2) - variance).abs() < 1e-10);
                }
            }
        }
    }

    #[test]
    fn another_observation_narrows_a_contrast_as_it_was_told() {
        let (mut posterior, background) = posterior();
        let place = [0.95, 0.5, 1.0];
        let told = averages(&posterior, &background).contrast_after(1, 0, &place);
        let before = averages(&posterior, &background).contrast(1, 0).1;
        posterior.condition_on_mean(&place);
        let after = averages(&posterior, &background).contrast(1, 0).1;
        assert!((after - told).abs() < 1e-8 && after < before);
    }
}
