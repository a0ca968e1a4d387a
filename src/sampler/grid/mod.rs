//! Grid search, once over the whole space or from coarse to fine.
//!
//! Choose a grid to see a few parameters at values that one can name, or to run all combinations of
//! some choices. Choose [coarse to fine](GridSampler::coarse_to_fine) to find a good config of a few
//! numbers without a model: it is simple to follow, its stages run in parallel, and in 50 trials it
//! comes much closer to the optimum than random search does (`benches/grid_table.md`). One grid over
//! more than two or three parameters needs too many trials, and most of them repeat the values that
//! matter (Bergstra and Bengio 2012, Random search for hyper-parameter optimization, JMLR 13).
//!
//! Once:
//!
//! 1. Every axis gets its levels: evenly spread over the unit interval, so that those of a log
//!    scale have equal ratios, bounds included; all values of an axis that has no more, and all
//!    choices.
//! 2. Their combinations are enumerated in an order that covers the space early, computed from the
//!    number of the combination (`order.rs`). Those that were tried or are illegal are passed.
//!
//! From coarse to fine:
//!
//! 1. The first stage takes 0.4 of the planned trials: a grid with as many levels as fit, each in
//!    the middle of its part of the axis, or the early part of a grid with two.
//! 2. Each later stage takes the best points that are not in each other's cells, and tries, along
//!    each axis of such a cell, the places half a spacing below and above. Choices become those
//!    that the other cells of the stage have. The number of cells follows from 0.3 of the trials
//!    that are left, so that the search narrows from several cells to one.
//! 3. Where several axes of a cell had better places than the centre, the stage ends with the point
//!    that combines them: in directions aslant to the axes, this is what makes it move.
//! 4. A point found in a cell has half its spacing, and so has a centre from then on: where the
//!    results are good the grid becomes fine, elsewhere it stays coarse and can be taken up again.
//!
//! Where several trials have the same loss, as with accuracies and trees, the one in the middle of
//! their plateau is the first centre, so that the search does not narrow onto an edge. Of separate
//! plateaus each has its middle, and the larger one comes first (see `plateau`).
//!
//! This is a compass search with a pattern move (Hooke and Jeeves 1961, Direct search, J. ACM 8;
//! Kolda, Lewis and Torczon 2003, Optimization by direct search, SIAM Review 45, section 3) from
//! several starting points that compete for trials. It goes on after the planned trials until
//! nothing is left to refine, and then runs what is left of the space.
//!
//! The records show the stages: every trial notes its `stage`, from 1. From the second on it notes
//! the `cell` by the number of the trial at its centre, all `cells` of the stage as
//! `centre/halvings`, and the `stage_size`; a combination notes the cell that it is `combined` from.
//!
//! Inactive axes have no levels: each branch of a choice is a grid of its own, and the branches take
//! turns. A cell keeps its branches. Pending trials are never repeated; a stage whose last trials
//! still run does not wait for them, and what they find counts in the next. Failed and pruned
//! trials are no centres of cells. Of several goals the first counts.
//!
//! Cost per suggestion: one level per axis and combination passed; to open a stage, O(n log n) for n
//! trials, the distances of at most 200 that tie for each loss that is looked at, and two points per
//! axis and cell.

mod cells;
mod coarse;
mod levels;
mod mesh;
mod options;
mod order;
mod stage_log;
mod walk;

use coarse::CoarseToFine;
use options::{Options, Request};
use walk::Walk;

use super::{Context, Sampler, Suggestion};
use crate::error::{Error, Result};
use crate::space::{Point, Space, Value};
use crate::trial::History;

/// Grid search: all combinations of a number of levels per parameter, or from coarse to fine.
///
/// A grid runs every combination once, conditional parameters only where they exist, and then ends
/// the study as exhausted. Combinations that a constraint forbids are passed over; if it forbids all,
/// that is an error ([`Error::NoLegalCombination`]), because a grid has no other points. Of a grid
/// with more than 20,000 of them in a row, other legal points are run.
///
/// The size of a grid does not matter before its end: the order covers the space early and costs
/// neither time nor memory per point. The study's seed makes the order.
///
/// ```
/// use tunewright::space::{Params, Scale, Space};
/// use tunewright::{GridSampler, StopReason, Study, Trial};
///
/// let space = Space::builder()
///     .float("lr", 1e-4..=1.0, Scale::Log)
///     .choice("kernel", |kernel| {
///         kernel.unit("linear").variant("rbf", |p| p.float("gamma", 0.1..=10.0, Scale::Log))
///     })
///     .build()?;
/// let grid = GridSampler::new().levels_of("lr", 5).values_of("kernel.rbf.gamma", [0.1, 1.0]);
/// let study = Study::in_space(space).sampler(grid).build()?;
/// let objective = |p: Params, _: &mut Trial| p.float("lr").map(f64::ln_1p);
/// assert_eq!(study.optimize(objective, 1_000)?, StopReason::Exhausted);
/// assert_eq!(study.history()?.complete_count(), 5 * (1 + 2));
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GridSampler {
    options: Options,
    /// Trials that a coarse-to-fine search plans for.
    trials: Option<u64>,
    state: Option<State>,
}

impl GridSampler {
    /// All combinations of 5 levels per parameter, or as many as [`levels`](Self::levels) says.
    pub fn new() -> Self {
        Self::default()
    }

    /// A coarse grid, then finer and finer ones around the best points, for about `trials` trials in
    /// all. Their number decides how fine the first grid is and how fast the search narrows; the
    /// search goes on after them. The records of the trials note the stages.
    ///
    /// Levels that are asked for are those of the first stage, and values that are listed the only
    /// ones of their parameter.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{GridSampler, Study, Trial};
    ///
    /// let space = Space::builder().float("lr", 1e-6..=1.0, Scale::Log).build()?;
    /// let study = Study::in_space(space).sampler(GridSampler::coarse_to_fine(20)).build()?;
    /// let loss = |p: Params, _: &mut Trial| p.float("lr").map(|lr| (lr / 3e-3).ln().abs());
    /// study.optimize(loss, 20)?;
    /// assert!(study.best()?.value() < 0.1);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn coarse_to_fine(trials: u64) -> Self {
        GridSampler { trials: Some(trials), ..Self::default() }
    }

    /// Levels of every parameter that is not named, at least 1; 5 by default, and as many as fit
    /// the planned trials from coarse to fine. Parameters that have no more values, and unordered
    /// choices, take all of them.
    pub fn levels(mut self, count: u64) -> Self {
        self.options.default = Some(count);
        self.state = None;
        self
    }

    /// Levels of one parameter, by its full name, at least 1. A parameter without bounds needs them
    /// in a grid; its levels are the middles of intervals of equal probability.
    pub fn levels_of(self, name: &str, count: u64) -> Self {
        self.request(name, Request::Levels(count))
    }

    /// The values of one parameter, by its full name, instead of levels; of a choice, those that
    /// take part.
    pub fn values_of<V: Into<Value>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.request(name, Request::Values(values.into_iter().map(Into::into).collect()))
    }

    fn request(mut self, name: &str, request: Request) -> Self {
        self.options.by_name.insert(name.into(), request);
        self.state = None;
        self
    }

    fn search(&self, space: &Space, seed: u64) -> Result<Search> {
        match self.trials {
            Some(0) => Err(Error::InvalidOption {
                option: "coarse_to_fine",
                value: "0".into(),
                remedy: "plan for at least 1 trial",
            }),
            Some(trials) => {
                let search = CoarseToFine::new(space, seed, &self.options, trials)?;
                Ok(Search::CoarseToFine(Box::new(search)))
            }
            None => {
                let walk = Walk::new(space, seed, self.options.levels(space)?);
                if walk.len() == u128::MAX {
                    return Err(Error::InvalidOption {
                        option: "the number of points in the grid",
                        value: "above 2^128".into(),
                        remedy: "take fewer levels, or another sampler",
                    });
                }
                Ok(Search::Once(walk))
            }
        }
    }
}

impl Sampler for GridSampler {
    fn check(&self, space: &Space) -> Result<()> {
        // What does not depend on the seed.
        self.search(space, 0).map(|_| ())
    }

    fn suggest(&mut self, context: &Context<'_>) -> Result<Suggestion> {
        let mut state = match self.state.take().filter(|state| state.serves(context)) {
            Some(state) => state,
            None => State {
                space: context.space().clone(),
                seed: context.seed(),
                witness: None,
                interrupted: context.history().interrupted_count(),
                search: self.search(context.space(), context.seed())?,
            },
        };
        let suggestion = state.suggest(context);
        let suggestion =
            suggestion.map_or_else(|| state.at_the_end(context).map(Suggestion::from), Ok);
        self.state = Some(state);
        suggestion
    }
}

/// What is remembered to save time. All of it follows from the history of the study that it serves.
#[derive(Clone, Debug)]
struct State {
    space: Space,
    seed: u64,
    /// The last trial that was seen, by which the same history is known again.
    witness: Option<(u64, Point)>,
    /// How many trials had been interrupted when the search began: their points are to be tried yet.
    interrupted: usize,
    search: Search,
}

#[derive(Clone, Debug)]
enum Search {
    Once(Walk),
    CoarseToFine(Box<CoarseToFine>),
}

impl State {
    /// Whether the state belongs to this study and has not got ahead of its history.
    fn serves(&self, context: &Context<'_>) -> bool {
        let seen = |(number, point): &(u64, Point)| {
            context.history().trial(*number).is_some_and(|trial| trial.point() == point)
        };
        self.seed == context.seed()
            && self.space == *context.space()
            && self.interrupted == context.history().interrupted_count()
            && self.witness.as_ref().is_none_or(seen)
    }

    fn suggest(&mut self, context: &Context<'_>) -> Option<Suggestion> {
        self.witness = last_trial(context.history());
        match &mut self.search {
            Search::Once(walk) => walk.suggest(context).map(Suggestion::from),
            Search::CoarseToFine(search) => search.suggest(context),
        }
    }
}

impl State {
    /// Every point of the grid was tried, or there is no legal one.
    fn at_the_end(&self, context: &Context<'_>) -> Result<Point> {
        let anywhere = || context.sample(&mut context.random());
        let tried = context.history().distinct();
        let walk = match &self.search {
            Search::Once(walk) => walk,
            Search::CoarseToFine(_) if context.history().is_empty() => return anywhere(),
            Search::CoarseToFine(_) => return Err(Error::Exhausted { points: tried as u64 }),
        };
        // Whether other levels would help.
        if let Some(error) = walk.without_legal() {
            return anywhere().and(Err(error));
        }
        let whole_space = self.space.cardinality().is_some_and(|all| tried as u128 >= all);
        Err(if whole_space {
            Error::Exhausted { points: tried as u64 }
        } else {
            Error::GridExhausted { points: u64::try_from(walk.len()).unwrap_or(u64::MAX) }
        })
    }
}

fn last_trial(history: &History) -> Option<(u64, Point)> {
    history.trials().next_back().map(|trial| (trial.number(), trial.point().clone()))
}
