//! All combinations of a number of levels per parameter.

mod levels;
mod options;
mod order;
mod walk;

use options::{Options, Wish};
use walk::Walk;

use super::{Context, Sampler};
use crate::error::{Error, Result};
use crate::space::{Point, Value};

/// Grid search: all combinations of a number of levels per parameter.
#[derive(Clone, Debug, Default)]
pub struct GridSampler {
    options: Options,
    walk: Option<Walk>,
}

impl GridSampler {
    /// All combinations of 5 levels per parameter, or as many as [`levels`](Self::levels) says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Levels of every parameter that is not named; 5 by default. Parameters with fewer values, and
    /// unordered choices, take all their values.
    pub fn levels(mut self, count: u64) -> Self {
        self.options.default = Some(count);
        self.walk = None;
        self
    }

    /// Levels of one parameter, by its full name. An unbounded parameter needs them; its levels are
    /// then the middles of intervals of equal probability.
    pub fn levels_of(self, name: &str, count: u64) -> Self {
        self.wish(name, Wish::Levels(count))
    }

    /// The values of one parameter, by its full name, instead of levels.
    pub fn values_of<V: Into<Value>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.wish(name, Wish::Values(values.into_iter().map(Into::into).collect()))
    }

    fn wish(mut self, name: &str, wish: Wish) -> Self {
        self.options.by_name.insert(name.into(), wish);
        self.walk = None;
        self
    }
}

impl Sampler for GridSampler {
    fn suggest(&mut self, context: &Context<'_>) -> Result<Point> {
        let walk = match self.walk.take().filter(|walk| walk.serves(context)) {
            Some(walk) => walk,
            None => {
                let levels = self.options.levels(context.space())?;
                Walk::new(context.space(), context.seed(), levels)?
            }
        };
        let walk = self.walk.insert(walk);
        match walk.suggest(context) {
            Some(point) => Ok(point),
            None => Err(exhausted(context)),
        }
    }
}

/// Every point of the grid was tried, or there is no legal one.
fn exhausted(context: &Context<'_>) -> Error {
    if context.history().is_empty()
        && let Err(error) = context.sample(&mut context.random())
    {
        return error;
    }
    Error::Exhausted { points: context.history().distinct() as u64 }
}
