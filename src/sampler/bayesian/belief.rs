use super::incremental_model::IncrementalModel;
use super::training_data::TrainingData;
use crate::surrogate::{Encoding, Posterior};

/// How much better than believed a running trial is taken to be, in standard deviations. With eight workers
/// the losses are higher at 0, and the same at 0.5 and 0.6 (`benches/bayesian.md`).
const PENDING_OPTIMISM: f64 = 0.3;

/// What is believed of losses, running trials included.
pub(super) struct Belief<'a> {
    pub(super) posterior: &'a Posterior,
    /// The transformed losses.
    pub(super) values: Vec<f64>,
    /// The loss to beat.
    pub(super) incumbent: f64,
}

impl<'a> Belief<'a> {
    /// `None` where nothing can be believed.
    pub(super) fn new(
        tracker: &'a mut IncrementalModel,
        encoding: &Encoding,
        past: &TrainingData,
    ) -> Option<Self> {
        let incumbent_is_noisy = tracker.noise().incumbent_is_noisy();
        let (posterior, values) =
            tracker.update(encoding, &past.rows, &past.losses, &past.deviations)?;
        let mut incumbent = match incumbent_is_noisy {
            true => posterior.believed().fold(f64::INFINITY, f64::min),
            false => values.iter().copied().fold(f64::INFINITY, f64::min),
        };
        for codes in &past.pruned {
            incumbent = incumbent.min(posterior.condition_on_mean(codes));
        }
        for codes in &past.running {
            let (_, variance) = posterior.predict(codes);
            let believed = posterior.condition_on_mean(codes);
            incumbent = incumbent.min(believed - PENDING_OPTIMISM * variance.sqrt());
        }
        Some(Belief { posterior, values, incumbent })
    }
}
