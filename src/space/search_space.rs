use super::point::{Key, Point};
use super::space::Space;
use crate::error::Result;

/// What may be tried: axes and conditions for samplers, configs for objectives.
///
/// Config types get it by `#[derive(Tunable)]` through [`TypedSpace`](super::TypedSpace), and
/// [`Space`] itself is one with [`Params`](super::Params) as configs. Implement it to give a space
/// a config type of your own, legality that a range cannot express, or points that count as equal.
/// [`testing::space`](crate::testing::space) checks an implementation.
pub trait SearchSpace: Send + Sync {
    /// What the objective receives.
    type Config;

    /// The axes and conditions.
    fn space(&self) -> &Space;

    /// The config at a point.
    ///
    /// # Errors
    /// The point belongs to another space.
    fn decode(&self, point: &Point) -> Result<Self::Config>;

    /// The point of a config, for configs that a person enqueues.
    ///
    /// # Errors
    /// The config lies outside the space.
    fn encode(&self, config: &Self::Config) -> Result<Point>;

    /// The name of a constraint that the config violates; `None` if it may be tried. Must be cheap:
    /// samplers ask it of thousands of configs.
    fn violated(&self, config: &Self::Config) -> Option<&str> {
        let _ = config;
        None
    }

    /// All points that may be tried, where these are a list: recorded trainings, or the items of a
    /// catalogue. Samplers then choose among them, and others are forbidden. `None` by default: every
    /// point of the [space](Self::space).
    fn points(&self) -> Option<&[Point]> {
        None
    }

    /// Which levels of an axis may follow the values of the axes before it. For samplers that build
    /// a point step by step, so that they need not be turned down; whoever clears a flag here must
    /// also refuse the config in [`violated`](Self::violated).
    ///
    /// `chosen` holds the natural values of the axes before this one, `None` where not active. `legal`
    /// has one flag for each level, in their order, and all are set; clear those from which no
    /// legal point can be reached, and no others. Asked of axes with up to 1024 levels. By default
    /// the masks of the [space's rules](super::Rule).
    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        self.space().mask(chosen, axis, legal);
    }

    /// What tells points apart. Two points with the same key count as one (the same network written
    /// in two ways, say), and only one of them is tried. By default the key of the
    /// [space](Space::key).
    fn key(&self, point: &Point) -> Key {
        self.space().key(point)
    }
}
