//! Coarse to fine: a first grid over the whole space, then ever finer ones around its best points.

use super::cells::{Cells, Poll, combined, may_run};
use super::mesh::AxisMesh;
use super::options::{Options, Wanted};
use super::stage_log::{Stage, StageLog, in_stage};
use super::walk::Walk;
use crate::error::Result;
use crate::math::random::Stream;
use crate::sampler::standings::complete;
use crate::sampler::{Context, Suggestion, plateau};
use crate::space::{AxisKind, Lattice, Space};

/// The state of a search, all of it derived from the history.
#[derive(Clone, Debug)]
pub(super) struct CoarseToFine {
    space: Space,
    seed: u64,
    trials: u64,
    stage_log: StageLog,
    cells: Cells,
    /// The first grid, and how many of its points are run before the search narrows.
    first: Walk,
    first_size: u64,
    /// The stage that is going on, and the way through it.
    poll: Option<(Stage, Poll)>,
    /// All points, for when nothing is left to refine.
    rest: Option<Walk>,
}

/// Share of the planned trials in the first stage. Between 0.3 and 0.5 the results of
/// `grid_quality` in `benches` hardly differ with 50 trials; with 25, 0.35 is too coarse on one axis.
const FIRST_SHARE: f64 = 0.4;

/// Share of the remaining trials in each later stage, rounded to whole cells. Between 0.25 and 0.4
/// the same results hardly differ; with 0.5 they are a quarter worse, because the last stages have
/// too few trials left.
const STAGE_SHARE: f64 = 0.3;

/// How far a coordinate may move from the best trial where legal points are rare. Not varied.
const RARE_REACH: f64 = 0.2;

/// Streams with numbers below this one order the points of stages; trials have the low numbers.
const STAGES_STREAM: u64 = u64::MAX - 1;

impl CoarseToFine {
    pub(super) fn new(space: &Space, seed: u64, options: &Options, trials: u64) -> Result<Self> {
        let wanted = options.wanted(space)?;
        let first_size = ((trials as f64 * FIRST_SHARE).round() as u64).max(1);
        let counts = first_levels(space, &wanted, options.default(), first_size);
        let axes = space.axes().iter().zip(wanted).zip(counts);
        let meshes: Vec<AxisMesh> = axes
            .map(|((axis, wanted), count)| {
                let allowed = match wanted {
                    Some(Wanted::Values(levels)) => Some(levels),
                    _ => None,
                };
                AxisMesh::new(axis.distribution(), count, allowed)
            })
            .collect();
        let levels = meshes.iter().map(|mesh| mesh.first.clone()).collect();
        Ok(CoarseToFine {
            space: space.clone(),
            seed,
            trials,
            stage_log: StageLog::default(),
            cells: Cells::new(space.clone(), meshes),
            first: Walk::new(space, seed, levels),
            first_size,
            poll: None,
            rest: None,
        })
    }

    /// The next point; `None` when all are tried.
    pub(super) fn suggest(&mut self, context: &Context<'_>) -> Option<Suggestion> {
        self.stage_log.update(context.history());
        self.in_first_stage(context)
            .or_else(|| self.in_current_stage(context))
            .or_else(|| self.at_end_of_stage(context))
            .or_else(|| self.in_next_stage(context))
            .or_else(|| self.among_rare(context))
            .or_else(|| self.in_rest(context))
    }

    /// The first grid goes on until its share is run and something is known of it.
    fn in_first_stage(&mut self, context: &Context<'_>) -> Option<Suggestion> {
        let history = context.history();
        let known = history.complete_count() + history.failed_count();
        let narrows = history.complete_count() > 0 && known >= history.pending().count();
        if self.stage_log.stage().is_some()
            || (narrows && self.stage_log.asked(1) >= self.first_size)
        {
            return None;
        }
        let point = self.first.suggest_part(context)?;
        if context.is_rare() && !may_run(&point, context) {
            return None;
        }
        Some(in_stage(1, point))
    }

    fn in_current_stage(&mut self, context: &Context<'_>) -> Option<Suggestion> {
        let stage = self.stage_log.stage()?;
        if self.stage_log.asked(stage.number) >= stage.size {
            return None;
        }
        self.in_stage(stage.clone(), context)
    }

    /// What was best on each axis of a cell, taken together.
    fn at_end_of_stage(&self, context: &Context<'_>) -> Option<Suggestion> {
        let stage = self.stage_log.stage()?;
        let found = stage.results(context.history()).into_iter().find_map(|results| {
            let point = combined(&results).filter(|point| may_run(point, context))?;
            Some((results.cell, point))
        });
        let (cell, point) = found?;
        Some(stage.combination(cell, point))
    }

    /// Opens a stage around the points that are the best as far as is known now.
    fn in_next_stage(&mut self, context: &Context<'_>) -> Option<Suggestion> {
        let left = self.trials.saturating_sub(self.stage_log.run());
        let share = (left as f64 * STAGE_SHARE).round() as usize;
        // Enough to do for all who run trials at the same time.
        let wanted = share.max(context.history().pending().count() + 1);
        let number = self.stage_log.stage().map_or(2, |stage| stage.number + 1);
        let random = self.random(number);
        let (cells, size) = self.cells.choose(&self.stage_log, wanted, &random, context)?;
        self.in_stage(Stage { number, size: size as u64, cells }, context)
    }

    /// The first point of a stage that may be run.
    fn in_stage(&mut self, stage: Stage, context: &Context<'_>) -> Option<Suggestion> {
        let random = self.random(stage.number);
        let (stage, poll) = match self.poll.take().filter(|(known, _)| *known == stage) {
            Some(same) => self.poll.insert(same),
            None => {
                let poll = Poll::new(&stage.cells, context.history(), &random);
                self.poll.insert((stage, poll))
            }
        };
        let (cell, point) = poll.next(&self.cells, &random, context)?;
        Some(stage.suggestion(cell, point))
    }

    /// Where legal points are rare and the cells hold none: one near the best trial, or a first one.
    fn among_rare(&self, context: &Context<'_>) -> Option<Suggestion> {
        if !context.is_rare() {
            return None;
        }
        let mut random = context.random();
        let point = match plateau::ranked(&self.space, complete(context.history())).next() {
            Some(best) => context.near(best.point(), RARE_REACH, &mut random)?,
            None => context.sample(&mut random).ok()?,
        };
        Some(in_stage(self.stage_log.stage().map_or(1, |stage| stage.number), point))
    }

    /// Whatever was not tried, when there is nothing left to refine.
    fn in_rest(&mut self, context: &Context<'_>) -> Option<Suggestion> {
        let rest = self.rest.get_or_insert_with(|| {
            let axes = self.space.axes().iter().zip(self.cells.meshes());
            let levels = axes.map(|(axis, mesh)| mesh.everything(axis.distribution()));
            Walk::new(&self.space, self.seed, levels.collect())
        });
        let point = rest.suggest_part(context)?;
        Some(in_stage(self.stage_log.stage().map_or(1, |stage| stage.number), point))
    }

    fn random(&self, stage: u64) -> Stream {
        Stream::new(self.seed, STAGES_STREAM.wrapping_sub(stage))
    }
}

/// Levels of every axis for a first grid of at most `size` points: as many on each as fit, and on
/// the first axes one more if that fits. Two levels at least, even if the grid is then too large to
/// be run whole: with more of them, what is run of it would leave wider gaps between the cells.
fn first_levels(
    space: &Space,
    wanted: &[Option<Wanted>],
    default: Option<u64>,
    size: u64,
) -> Vec<u64> {
    let fixed = |axis: usize| match &wanted[axis] {
        Some(Wanted::Count(count)) => Some(*count),
        _ => default,
    };
    let counts = |common: u64| -> Vec<u64> {
        (0..space.len()).map(|axis| fixed(axis).unwrap_or(common)).collect()
    };
    let fits = |counts: &[u64]| {
        let axes = space.axes().iter().zip(wanted).zip(counts);
        let levels = axes.map(|((axis, wanted), &count)| {
            let values = match wanted {
                Some(Wanted::Values(levels)) => Some(levels.count()),
                _ => axis.distribution().levels(),
            };
            match axis.kind() {
                AxisKind::Categorical { choices } => values.unwrap_or(choices),
                _ => values.unwrap_or(count).min(count),
            }
        });
        Lattice::new(space, levels.collect()).len() <= u128::from(size)
    };
    if !fits(&counts(2)) {
        return counts(2);
    }
    let (mut low, mut high) = (2, size.max(2) + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(&counts(middle)) { low = middle } else { high = middle }
    }
    let mut best = counts(low);
    for axis in 0..space.len() {
        if fixed(axis).is_none() {
            best[axis] += 1;
            if !fits(&best) {
                best[axis] -= 1;
            }
        }
    }
    best
}
