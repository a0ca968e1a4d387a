use super::{Context, Sampler, Suggestion};
use crate::error::Result;
use crate::math::sobol::Sobol;

/// Quasi-random search: the points of a scrambled Sobol sequence, which cover the space more evenly
/// than independent draws.
///
/// Better than [`RandomSampler`](super::RandomSampler) for the same number of trials in up to some
/// ten parameters, and never worse by much; like it, learns nothing. The sequence is scrambled by
/// the study's seed (Owen 1995, by hashing as in Burley 2020), trial n takes the point with number
/// n. Every parameter, active or not, has a dimension of its own. A point that is illegal or was
/// tried is replaced by one from far along the sequence. Cost per suggestion: one coordinate per
/// axis.
#[derive(Clone, Debug, Default)]
pub struct SobolSampler {
    /// The sequence of the study that was served last.
    sequence: Option<(u64, Sobol)>,
}

/// Distance in the sequence between the first and the next choice for one trial. Odd, so that the
/// replacements do not fall on a coarser net than the sequence itself.
const REPLACEMENT: u64 = (1 << 24) + 1;

/// Illegal points are replaced this many times before one is drawn at random. It bounds the time.
const REPLACEMENTS: u64 = 64;

impl SobolSampler {
    /// Quasi-random search.
    pub fn new() -> Self {
        Self::default()
    }

    fn sequence(&mut self, dimensions: usize, seed: u64) -> &Sobol {
        let fits = self
            .sequence
            .as_ref()
            .is_some_and(|(of, sobol)| *of == seed && sobol.dimensions() == dimensions);
        if !fits {
            self.sequence = None;
        }
        &self.sequence.get_or_insert_with(|| (seed, Sobol::new(dimensions, seed))).1
    }
}

impl Sampler for SobolSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        let space = context.space();
        let sequence = self.sequence(space.len(), context.seed());
        for replacement in 0..REPLACEMENTS {
            let jump = (context.attempt() * REPLACEMENTS + replacement) * REPLACEMENT;
            // The sequence has 2^32 points; beyond them it starts over.
            let index = (context.number() + jump) as u32;
            let point = space.point(&sequence.point(index))?;
            if context.is_legal(&point) {
                return Ok(point.into());
            }
        }
        context.sample(&mut context.random()).map(Suggestion::from)
    }
}
