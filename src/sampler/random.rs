use super::{Context, Sampler, Suggestion};
use crate::error::Result;

/// Random search: every point is drawn independently from the distributions of the space.
///
/// The baseline that every other sampler has to beat, and hard to beat when few of many parameters
/// matter (Bergstra and Bengio 2012, Random search for hyper-parameter optimization, JMLR 13).
/// Learns nothing, so that parallel workers lose nothing. Constraints are met by drawing again.
/// Cost per suggestion: one draw per active axis.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RandomSampler {}

impl RandomSampler {
    /// Random search.
    pub fn new() -> Self {
        RandomSampler {}
    }
}

impl Sampler for RandomSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        context.sample(&mut context.random()).map(Suggestion::from)
    }
}
