//! The models of a study with one goal.

use super::earlier::Earlier;
use super::incremental_model::IncrementalModel;
use crate::surrogate::{Kernel, Noise, OutcomeTransform, SurrogateOptions};

/// What is learned of losses, and of which trials fail.
#[derive(Debug)]
pub(super) struct Models {
    pub(super) losses: IncrementalModel,
    /// Takes losses for exact; asked where the other expects no gain.
    pub(super) noise_free: IncrementalModel,
    /// Of losses as a sum over parameters, if they are one.
    pub(super) sums: IncrementalModel,
    pub(super) failures: IncrementalModel,
}

impl Models {
    pub(super) fn new(options: SurrogateOptions, earlier: &Earlier) -> Self {
        let SurrogateOptions { kernel, noise, outcome_transform: output } = options;
        let matern = Some(Kernel::Matern52);
        Models {
            losses: IncrementalModel::new(kernel, noise, output, true).beside(earlier.of_goal(0)),
            noise_free: IncrementalModel::new(kernel, Noise::Exact, output, true)
                .beside(earlier.of_goal(0)),
            sums: IncrementalModel::of_sums(noise).beside(earlier.of_goal(0)),
            failures: IncrementalModel::new(
                matern,
                Noise::Negligible,
                OutcomeTransform::Standardized,
                false,
            ),
        }
    }
}
