use super::point::{Key, Point};
use super::space::Space;
use crate::error::Result;

/// What may be tried: axes and conditions for samplers, configs for objectives.
///
/// Config types get it by `#[derive(Tunable)]` through [`Typed`](super::Typed), and
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

    /// What tells points apart. Two points with the same key count as one (the same network written
    /// in two ways, say), and only one of them is tried.
    fn key(&self, point: &Point) -> Key {
        Key::of_point(point)
    }
}
