//! Averages of the function over sets of places, and how they go together.
//!
//! An average is a linear functional, so that its posterior is normal, too. With k̄ₐ the mean over
//! the set a of the covariances to the observations, and κₐᵦ the mean over both sets of the
//! covariances between them, it has mean m + k̄ₐᵀα, and two of them have the covariance
//! κₐᵦ − k̄ₐᵀK⁻¹k̄ᵦ. An effect, its band, and what another observation would do to it follow.

use super::encoding::Inputs;
use super::posterior::Posterior;
use crate::math::linalg::{Matrix, axpy, dot};

/// The averages of a function over m sets of places.
#[derive(Clone, Debug)]
pub(crate) struct Averages<'a> {
    posterior: &'a Posterior,
    sets: Vec<Inputs>,
    /// L⁻¹k̄ of each set.
    solved: Vec<Vec<f64>>,
    means: Vec<f64>,
    covariance: Matrix,
}

impl<'a> Averages<'a> {
    /// The averages over sets, none of which is empty.
    pub(crate) fn new(posterior: &'a Posterior, sets: Vec<Inputs>) -> Self {
        let m = sets.len();
        let (mut solved, mut means) = (Vec::with_capacity(m), Vec::with_capacity(m));
        for set in &sets {
            let mut total = vec![0.0; posterior.inputs().len()];
            for place in 0..set.len() {
                let row = posterior.covariances_with(&set.row(place), posterior.inputs());
                axpy(1.0 / set.len() as f64, &row, &mut total);
            }
            let (one, shift) = posterior.condition(total);
            solved.push(one);
            means.push(posterior.mean() + shift);
        }
        let mut covariance = Matrix::zeros(m, m);
        for a in 0..m {
            for b in 0..=a {
                let between = prior(posterior, &sets[a], &sets[b]) - dot(&solved[a], &solved[b]);
                covariance[(a, b)] = between;
                covariance[(b, a)] = between;
            }
        }
        Averages { posterior, sets, solved, means, covariance }
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
        let with = |set: usize| {
            let row = self.posterior.covariances_with(codes, &self.sets[set]);
            row.iter().sum::<f64>() / row.len() as f64 - dot(&known, &self.solved[set])
        };
        let model = self.posterior.model();
        let variance = (model.scale - dot(&known, &known)).max(0.0);
        let observed = variance + model.observation_variance();
        let shared = with(a) - with(b);
        (before * before - shared * shared / observed).max(0.0).sqrt()
    }
}

/// The mean prior covariance of the places of one set with those of another.
fn prior(posterior: &Posterior, one: &Inputs, other: &Inputs) -> f64 {
    let mut total = 0.0;
    for place in 0..one.len() {
        total += posterior.covariances_with(&one.row(place), other).iter().sum::<f64>();
    }
    total / (one.len() * other.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};
    use crate::surrogate::{Encoding, Fit, Kernel, Noise, Observations};

    fn posterior() -> (Encoding, Posterior) {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let mut random = Stream::new(4, 0);
        let mut inputs = Inputs::new(2);
        let mut values = Vec::new();
        for _ in 0..15 {
            let codes = [random.unit(), random.unit()];
            values.push(2.0 * codes[0] - codes[1] * codes[1] + 0.1 * random.normal());
            inputs.push(&codes);
        }
        let kernels = [Kernel::Matern52];
        let observations = Observations {
            features: encoding.features(),
            inputs: &inputs,
            values: &values,
            noise: Noise::Noisy,
        };
        let Fit { kernel, model, .. } = Fit::new(&kernels, observations);
        let mut posterior = Posterior::new(kernel, encoding.features(), model, inputs).unwrap();
        posterior.observe(&values, false);
        (encoding, posterior)
    }

    fn set(x: f64) -> Inputs {
        let mut set = Inputs::new(2);
        for y in [0.1, 0.4, 0.8] {
            set.push(&[x, y]);
        }
        set
    }

    #[test]
    fn averages_are_those_of_the_joint_prediction() {
        let (_, posterior) = posterior();
        let averages = Averages::new(&posterior, vec![set(0.2), set(0.9)]);
        let mut places = Inputs::new(2);
        for at in [0.2, 0.9] {
            (0..3).for_each(|i| places.push(&set(at).row(i)));
        }
        let (means, covariance) = posterior.predict_jointly(&places);
        let entry = |i: usize, j: usize| covariance[(i.max(j), i.min(j))];
        for (a, start) in [(0, 0), (1, 3)] {
            let mean = means[start..start + 3].iter().sum::<f64>() / 3.0;
            assert!((averages.means()[a] - mean).abs() < 1e-10);
        }
        let sign = |i: usize| if i < 3 { -1.0 / 3.0 } else { 1.0 / 3.0 };
        let pairs = (0..6).flat_map(|i| (0..6).map(move |j| (i, j)));
        let variance: f64 = pairs.map(|(i, j)| sign(i) * sign(j) * entry(i, j)).sum();
        assert!((averages.contrast(1, 0).1.powi(2) - variance).abs() < 1e-10);
    }

    #[test]
    fn another_observation_narrows_a_contrast_as_it_was_told() {
        let (_, mut posterior) = posterior();
        let place = [0.95, 0.5];
        let told = Averages::new(&posterior, vec![set(0.2), set(0.9)]).contrast_after(1, 0, &place);
        let before = Averages::new(&posterior, vec![set(0.2), set(0.9)]).contrast(1, 0).1;
        posterior.anticipate(&place);
        let after = Averages::new(&posterior, vec![set(0.2), set(0.9)]).contrast(1, 0).1;
        assert!((after - told).abs() < 1e-8 && after < before);
    }
}
