//! What may be tried: the question that samplers ask of a space and its constraints.

use super::{Key, Point, Space};
use crate::error::Result;
use crate::math::random::Stream;

/// What a study's space and constraints say of a point. Implemented by the study, which knows the
/// config type that samplers do not.
pub(crate) trait Legality {
    /// The name of a constraint that the point violates.
    fn violated(&self, point: &Point) -> Result<Option<String>>;

    /// Clears the flags of levels that must not follow the values before them.
    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]);

    /// What tells the point apart from others.
    fn key(&self, point: &Point) -> Key;

    /// The points that may be tried, as far as the constraints allow them, where the space lists them.
    fn points(&self) -> Option<&[Point]>;

    /// How many constraints hold at a point of which [`violated`](Self::violated) names this one,
    /// because they are checked before it.
    fn place(&self, constraint: &str) -> usize;
}

/// How many random points are drawn without masks.
const UNMASKED_DRAWS: u64 = 100;

impl dyn Legality + '_ {
    /// Number `draw` of a row of random points, in the hope that it is legal; `None` for a dead end.
    ///
    /// The first draws are from the space's distributions, so that legal points keep their
    /// proportions. If all of these are refused, legal points are rare, and the next ones are built
    /// step by step under the masks.
    pub(crate) fn draw(&self, space: &Space, draw: u64, random: &mut Stream) -> Option<Point> {
        if draw < UNMASKED_DRAWS {
            Some(space.sample(random))
        } else {
            space.sample_masked(random, |chosen, axis, legal| self.mask(chosen, axis, legal))
        }
    }
}
