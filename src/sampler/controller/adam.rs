//! Adam (Kingma and Ba 2015, algorithm 1), uphill.

/// Decay of the mean gradient. All three as in the paper (Kingma and Ba 2015).
const BETA1: f64 = 0.9;
/// Decay of the mean squared gradient.
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Adam {
    mean: Vec<f64>,
    square: Vec<f64>,
    steps: i32,
}

impl Adam {
    pub(super) fn new(len: usize) -> Self {
        Adam { mean: vec![0.0; len], square: vec![0.0; len], steps: 0 }
    }

    /// Moves the weights along the gradient. With a `clip`, a gradient whose norm is longer is
    /// shortened to it. One that is not finite moves nothing.
    pub(super) fn ascend(
        &mut self,
        weights: &mut [f64],
        gradient: &[f64],
        rate: f64,
        clip: Option<f64>,
    ) {
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        if !norm.is_finite() {
            return;
        }
        let factor = clip.map_or(1.0, |clip| if norm > clip { clip / norm } else { 1.0 });
        self.steps = self.steps.saturating_add(1);
        let mean_share = 1.0 - BETA1.powi(self.steps);
        let square_share = 1.0 - BETA2.powi(self.steps);
        let state = self.mean.iter_mut().zip(&mut self.square);
        for ((weight, gradient), (mean, square)) in weights.iter_mut().zip(gradient).zip(state) {
            let g = factor * gradient;
            *mean += (1.0 - BETA1) * (g - *mean);
            *square += (1.0 - BETA2) * (g * g - *square);
            *weight += rate * (*mean / mean_share) / ((*square / square_share).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_match_torch() {
        // torch.optim.Adam([1, -2], lr=0.1, maximize=True), gradients (0.5, -3), (1, 0.1), (0, 0.2).
        let mut weights = [1.0, -2.0];
        let mut adam = Adam::new(2);
        let gradients = [[0.5, -3.0], [1.0, 0.1], [0.0, 0.2]];
        gradients.iter().for_each(|gradient| adam.ascend(&mut weights, gradient, 0.1, None));
        let (mut expected, mut m, mut v) = ([1.0, -2.0], [0.0; 2], [0.0; 2]);
        for (t, gradient) in (1..).zip(gradients) {
            for i in 0..2 {
                m[i] = 0.9 * m[i] + 0.1 * gradient[i];
                v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
                let mean: f64 = m[i] / (1.0 - 0.9f64.powi(t));
                let square: f64 = v[i] / (1.0 - 0.999f64.powi(t));
                expected[i] += 0.1 * mean / (square.sqrt() + 1e-8);
            }
        }
        for i in 0..2 {
            assert!((weights[i] - expected[i]).abs() < 1e-12, "{weights:?} {expected:?}");
        }
    }

    #[test]
    fn long_gradients_are_shortened_and_broken_ones_ignored() {
        let (mut clipped, mut short) = ([0.0, 0.0], [0.0, 0.0]);
        Adam::new(2).ascend(&mut clipped, &[30.0, 40.0], 0.1, Some(5.0));
        Adam::new(2).ascend(&mut short, &[3.0, 4.0], 0.1, None);
        assert_eq!(clipped, short);
        let mut adam = Adam::new(2);
        adam.ascend(&mut clipped, &[f64::NAN, 1.0], 0.1, Some(5.0));
        assert_eq!((clipped, adam), (short, Adam::new(2)));
    }
}
