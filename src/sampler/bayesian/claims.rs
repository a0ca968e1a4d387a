//! What is claimed to do nothing under some choices, and when the claims are learned.

use crate::surrogate::{
    Encoding, Idle, Inputs, Observations, OutputTransform, SurrogateOptions, kernel_candidates,
    learn_idle,
};

use super::Past;

/// Up to so many observations claims are learned anew from all; beyond, from the first ones only,
/// once there are so many.
const LEARNED: [usize; 2] = [50, 100];
/// One suggestion in so many believes no claims, so that a wrong one is found out.
const DOUBTED: u64 = 3;

/// Claims, and what they were learned from.
#[derive(Debug, Default)]
pub(super) struct Claims {
    rows: Vec<Vec<f64>>,
    losses: Vec<f64>,
    deviations: Vec<Option<f64>>,
    idle: Vec<Idle>,
}

impl Claims {
    /// The claims to be believed for the suggestion of a trial number. Codes in `past` are without
    /// claims.
    pub(super) fn believed(
        &mut self,
        trial: u64,
        encoding: &Encoding,
        past: &Past,
        options: &SurrogateOptions,
    ) -> Vec<Idle> {
        let choices = encoding.features().iter().any(|feature| feature.is_choice());
        if !choices || trial % DOUBTED == DOUBTED - 1 {
            return Vec::new();
        }
        let n = past.rows.len();
        let count = LEARNED.into_iter().rfind(|count| *count <= n).unwrap_or(n);
        let (rows, losses) = (&past.rows[..count], &past.losses[..count]);
        let deviations = &past.deviations[..count];
        if self.rows != rows || self.losses != losses || self.deviations != deviations {
            self.idle = learn(encoding, rows, losses, deviations, options);
            self.rows = rows.to_vec();
            self.losses = losses.to_vec();
            self.deviations = deviations.to_vec();
        }
        self.idle.clone()
    }
}

fn learn(
    encoding: &Encoding,
    rows: &[Vec<f64>],
    losses: &[f64],
    deviations: &[Option<f64>],
    options: &SurrogateOptions,
) -> Vec<Idle> {
    let (transform, values) = OutputTransform::fit(options.output, losses);
    let mut inputs = Inputs::new(encoding.len());
    rows.iter().for_each(|row| inputs.push(row));
    let noises: Vec<Option<f64>> = losses
        .iter()
        .zip(deviations)
        .map(|(loss, own)| transform.variance(*loss, options.noise.deviation(*own)?))
        .collect();
    let observations = Observations {
        features: encoding.features(),
        inputs: &inputs,
        values: &values,
        noise: options.noise,
        noises: &noises,
    };
    let kernel = kernel_candidates(&options.kernel).first().copied().unwrap_or_default();
    learn_idle(encoding, kernel, observations)
}
