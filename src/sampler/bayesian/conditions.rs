//! Which parameters do nothing under some choices, and when this is learned.

use crate::surrogate::{
    Codes, Encoding, FittedTransform, Inputs, LearnedInactivity, Observations, SurrogateOptions,
    kernel_candidates, learn_inactivity,
};

use super::TrainingData;

/// Up to the first of these numbers of observations conditions are learned anew with every few; beyond, from
/// the first ones only, once there are this many. Both bound the time that it takes; they were not varied.
const LEARNED: [usize; 2] = [50, 100];
/// With how many more. Not varied.
const EVERY: usize = 3;
/// One suggestion in this many believes no learned condition, so that a wrong one is found out. With one in
/// two the losses on problems with choices are higher (`benches/bayesian.md`).
const DOUBTED: u64 = 3;

/// What was learned, and what it was learned from.
#[derive(Debug, Default)]
pub(super) struct LearnedConditions {
    rows: Vec<Codes>,
    losses: Vec<f64>,
    deviations: Vec<Option<f64>>,
    idle: Vec<LearnedInactivity>,
}

impl LearnedConditions {
    /// The conditions to be believed for the suggestion of a trial number. Codes in `past` are without
    /// them.
    pub(super) fn believed(
        &mut self,
        trial: u64,
        encoding: &Encoding,
        past: &TrainingData,
        options: &SurrogateOptions,
    ) -> Vec<LearnedInactivity> {
        let choices = encoding.features().iter().any(|feature| feature.is_choice());
        if !choices || trial % DOUBTED == DOUBTED - 1 {
            return Vec::new();
        }
        let n = past.rows.len();
        let count = LEARNED.into_iter().rfind(|count| *count <= n).unwrap_or(n - n % EVERY);
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
    rows: &[Codes],
    losses: &[f64],
    deviations: &[Option<f64>],
    options: &SurrogateOptions,
) -> Vec<LearnedInactivity> {
    let (transform, values) = FittedTransform::fit(options.outcome_transform, losses);
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
    learn_inactivity(encoding, kernel, observations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};

    #[test]
    fn conditions_are_learned_now_and_then_and_doubted_now_and_then() {
        let space = Space::builder()
            .choices("kind", ["plain", "curved"])
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let mut random = Stream::new(1, 0);
        let rows: Vec<Codes> =
            (0..31).map(|i| vec![f64::from(i % 2), random.unit(), random.unit()].into()).collect();
        let wave = |x: f64| (9.0 * x).sin();
        let losses: Vec<f64> =
            rows.iter().map(|row| wave(row[1]) + row[0] * wave(row[2])).collect();
        let past = |n: usize| TrainingData {
            rows: rows[..n].to_vec(),
            outcomes: Vec::new(),
            losses: losses[..n].to_vec(),
            deviations: vec![None; n],
            ended: rows[..n].to_vec(),
            failed: vec![0.0; n],
            pruned: Vec::new(),
            running: Vec::new(),
            tried: Inputs::new(3),
        };
        let options = SurrogateOptions::default();
        let mut conditions = LearnedConditions::default();
        let mut believed =
            |n: usize, trial| conditions.believed(trial, &encoding, &past(n), &options);
        let first = believed(30, 30);
        assert_eq!(first, [LearnedInactivity { choice: 0, option: 0.0, feature: 2 }]);
        assert_eq!(believed(31, 31), first, "from the same first ones");
        assert!(believed(31, 32).is_empty(), "doubted");
        assert_eq!(
            LearnedConditions::default().believed(33, &encoding, &past(31), &options),
            first
        );
    }
}
