//! The cells of a stage: which points are looked at more closely, and where around them.

use super::mesh::AxisMesh;
use super::stage_log::{Cell, Results, StageLog};
use crate::math::random::Stream;
use crate::sampler::standings::complete;
use crate::sampler::{Context, plateau};
use crate::space::{Distribution, Point, Space};
use crate::trial::History;

/// The axes with their spacings.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    space: Space,
    meshes: Vec<AxisMesh>,
}

/// A point this near to the centre of a cell, in spacings, is no centre of another one: less than
/// the next level of the same grid, more than the neighbours within the cell.
const NEAREST: f64 = 0.75;

/// A cell may have this many points, however little of the budget is left: all neighbours on three axes. Not
/// varied.
const LEAST: usize = 6;

/// If this many of the best points are used up, the space is used up. It bounds the time.
const CANDIDATES: usize = 1_000;

/// So many of the best points give their choices to others without having neighbours themselves. Not varied.
const MODELS: u32 = 2;

/// So many times in a row a cell's spacing is halved in vain before it counts as used up. Not varied.
const HALVINGS: u32 = 3;

/// A stage, and how far its points were run.
#[derive(Clone, Debug)]
pub(super) struct Poll {
    cells: Vec<(Cell, Point)>,
    /// The cell that is visited, and its axes in the order in which they are.
    at: usize,
    axes: Vec<usize>,
    /// All points of the axes before this one were tried or are illegal.
    next: usize,
}

impl Cells {
    pub(super) fn new(space: Space, meshes: Vec<AxisMesh>) -> Self {
        Cells { space, meshes }
    }

    pub(super) fn meshes(&self) -> &[AxisMesh] {
        &self.meshes
    }

    /// The best points that are far enough from each other, until their cells have about `wanted`
    /// points that may be run, and how many they have; `None` if there is nothing left to refine. Of
    /// equal points the middle of their plateau comes first.
    pub(super) fn choose(
        &self,
        stage_log: &StageLog,
        wanted: usize,
        random: &Stream,
        context: &Context<'_>,
    ) -> Option<(Vec<Cell>, usize)> {
        let mut cells: Vec<(Cell, Point)> = Vec::new();
        let (mut size, mut models) = (0, 0);
        let ranked = plateau::ranked(&self.space, complete(context.history()));
        for trial in ranked.take(CANDIDATES.max(wanted)) {
            let point = trial.point();
            let depth = stage_log.depth(trial.number());
            let cell = Cell { trial: trial.number(), depth };
            if cells.iter().any(|(other, centre)| self.same_cell(cell, point, *other, centre)) {
                continue;
            }
            cells.push((cell, point.clone()));
            let found = (depth..depth + HALVINGS).find_map(|depth| {
                let cell = Cell { depth, ..cell };
                let count = self.count(cell, point, &cells, wanted, random, context);
                (count > 0).then_some((cell, count))
            });
            cells.pop();
            match found {
                Some((cell, count)) if size == 0 || size + count / 2 <= wanted => {
                    cells.push((cell, point.clone()));
                    size += count;
                }
                Some(_) => break,
                // Its choices are combined with those of the others.
                None if models < MODELS && self.has_choices(point) => {
                    cells.push((cell, point.clone()));
                    models += 1;
                }
                None => {}
            }
        }
        let of_cell = |(cell, centre): &(Cell, Point)| {
            self.count(*cell, centre, &cells, wanted, random, context)
        };
        let size = cells.iter().map(of_cell).sum();
        (size > 0).then(|| (cells.into_iter().map(|(cell, _)| cell).collect(), size))
    }

    /// How many points of a cell may be run; what is beyond the share of a stage is not counted.
    fn count(
        &self,
        cell: Cell,
        centre: &Point,
        cells: &[(Cell, Point)],
        wanted: usize,
        random: &Stream,
        context: &Context<'_>,
    ) -> usize {
        let places = order(cell, centre, random).into_iter();
        let places = places.flat_map(|axis| self.along(axis, cell, centre, cells));
        places.filter(|place| may_run(place, context)).take(wanted.max(LEAST)).count()
    }

    /// Whether a point has choices that could be other ones.
    fn has_choices(&self, point: &Point) -> bool {
        let axes = self.space.axes().iter().zip(&self.meshes).enumerate();
        axes.filter(|(index, _)| point.is_active(*index)).any(|(_, (axis, mesh))| {
            !mesh.is_ordered() && axis.branches().is_empty() && mesh.first.count() > 1
        })
    }

    /// The points of a cell on one axis.
    fn along<'a>(
        &'a self,
        axis: usize,
        cell: Cell,
        centre: &'a Point,
        cells: &[(Cell, Point)],
    ) -> impl Iterator<Item = Point> + 'a {
        self.around(axis, cell, centre, cells).into_iter().map(move |value| {
            let mut values: Vec<Option<f64>> = centre.iter().collect();
            values[axis] = Some(value);
            Point::from_values(values)
        })
    }

    /// The values next to a centre: numbers go up and down, choices become those that other cells
    /// have.
    fn around(&self, axis: usize, cell: Cell, centre: &Point, cells: &[(Cell, Point)]) -> Vec<f64> {
        let Some(value) = centre.get(axis) else { return Vec::new() };
        let mesh = &self.meshes[axis];
        if mesh.is_ordered() {
            return mesh.neighbours(self.distribution(axis), value, cell.depth);
        }
        // Another choice with parameters of its own would need values for them: it stays.
        if !self.space.axes()[axis].branches().is_empty() {
            return Vec::new();
        }
        let mut others: Vec<f64> = cells.iter().filter_map(|(_, point)| point.get(axis)).collect();
        others.sort_by(f64::total_cmp);
        others.dedup();
        others.retain(|&other| other != value && mesh.allows(other));
        others
    }

    /// Whether two points are within a spacing of each other, the wider of the two.
    fn same_cell(&self, a: Cell, point: &Point, b: Cell, other: &Point) -> bool {
        let depth = a.depth.min(b.depth);
        point.iter().zip(other.iter()).enumerate().all(|(axis, values)| match values {
            (Some(x), Some(y)) => {
                self.meshes[axis].distance(self.distribution(axis), x, y, depth) <= NEAREST
            }
            (None, None) => true,
            _ => false,
        })
    }

    fn distribution(&self, axis: usize) -> &Distribution {
        self.space.axes()[axis].distribution()
    }
}

impl Poll {
    pub(super) fn new(stage: &[Cell], history: &History, random: &Stream) -> Self {
        let centre =
            |cell: &Cell| history.trial(cell.trial).map(|trial| (*cell, trial.point().clone()));
        let mut poll = Poll {
            cells: stage.iter().filter_map(centre).collect(),
            at: 0,
            axes: Vec::new(),
            next: 0,
        };
        poll.enter(random);
        poll
    }

    /// The first point that may be run.
    pub(super) fn next(
        &mut self,
        cells: &Cells,
        random: &Stream,
        context: &Context<'_>,
    ) -> Option<(Cell, Point)> {
        while let Some((cell, centre)) = self.cells.get(self.at) {
            while let Some(&axis) = self.axes.get(self.next) {
                let mut places = cells.along(axis, *cell, centre, &self.cells);
                if let Some(place) = places.find(|place| may_run(place, context)) {
                    return Some((*cell, place));
                }
                self.next += 1;
            }
            self.at += 1;
            self.enter(random);
        }
        None
    }

    fn enter(&mut self, random: &Stream) {
        self.next = 0;
        self.axes = match self.cells.get(self.at) {
            Some((cell, centre)) => order(*cell, centre, random),
            None => Vec::new(),
        };
    }
}

/// The centre of a cell with the best value of each axis on which a point of the cell is better;
/// `None` if that is the centre or one of these points.
pub(super) fn combined(results: &Results<'_>) -> Option<Point> {
    let centre = results.centre?;
    let mut values: Vec<Option<f64>> = centre.point().iter().collect();
    let mut losses = vec![centre.loss(); values.len()];
    for trial in &results.around {
        let moved = trial.point().iter().zip(centre.point().iter()).position(|(a, b)| a != b);
        if let Some(axis) = moved.filter(|&axis| trial.loss() < losses[axis]) {
            losses[axis] = trial.loss();
            values[axis] = trial.point().get(axis);
        }
    }
    let better = losses.into_iter().filter(|&best| best < centre.loss()).count();
    (better > 1).then(|| Point::from_values(values))
}

/// The active axes in the order in which a cell is searched: random, because not all of them may be
/// reached.
fn order(cell: Cell, centre: &Point, random: &Stream) -> Vec<usize> {
    let mut axes: Vec<usize> = (0..centre.len()).filter(|&axis| centre.is_active(axis)).collect();
    random.fork(cell.trial).shuffle(&mut axes);
    axes
}

/// Whether a point is neither tried nor illegal.
pub(super) fn may_run(point: &Point, context: &Context<'_>) -> bool {
    context.is_new(point) && context.is_legal(point)
}
