//! A space as a sequence of decisions, each among a few options.
//!
//! A categorical or discrete axis with at most 64 levels is one decision. An axis with more levels,
//! or a continuous one, is two: the eighth of the unit interval, and the eighth of that; the place
//! within the 64th is uniform. Such a density has any shape, its entropy is exact, and masks need
//! no special case.
//!
//! An axis of one level is no decision.

use crate::space::{Distribution, Point, Space};

/// Most options of one decision; masks are words of 64 bits.
pub(super) const MOST_OPTIONS: usize = 64;
/// Cells per decision of an axis that is decided in two steps. Not varied.
const CELLS: usize = 8;
/// Places of the unit interval at which the prior probabilities of levels are counted. Enough for a
/// probability of a thousandth.
const PLACES: usize = 4096;
/// How often a place within a cell is drawn in the hope of a legal level. Not varied.
const REDRAWS: usize = 16;

/// One softmax over options.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) axis: usize,
    pub(super) options: usize,
    /// Log prior probabilities of the options, up to a constant: where the policy starts.
    pub(super) prior: Vec<f64>,
    /// What the options refer to: an earlier decision whose hidden state scores the option. Empty
    /// if none does.
    pub(super) links: Vec<Option<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    /// The only level.
    Fixed,
    /// One decision, an option per level.
    Levels { first: usize },
    /// Two decisions.
    Cells { first: usize },
}

/// The decisions of a space, in the order of its axes.
#[derive(Clone, Debug)]
pub(super) struct Decisions {
    space: Space,
    all: Vec<Decision>,
    plans: Vec<Plan>,
}

/// What was decided at one step, and what could have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) decision: usize,
    pub(super) option: usize,
    /// One bit per option.
    pub(super) legal: u64,
}

/// Clears the flags of levels that may not follow.
pub(super) type Mask<'a> = dyn Fn(&[Option<f64>], usize, &mut [bool]) + 'a;

impl Decisions {
    pub(super) fn new(space: &Space) -> Self {
        let mut all: Vec<Decision> = Vec::new();
        let mut plans = Vec::with_capacity(space.len());
        // The last decision at or before each axis, for what refers to it.
        let mut last = Vec::with_capacity(space.len());
        for (axis, description) in space.axes().iter().enumerate() {
            let distribution = description.distribution();
            let first = all.len();
            let decision = |options: usize, prior, links| Decision { axis, options, prior, links };
            plans.push(match distribution.levels() {
                Some(1) => Plan::Fixed,
                Some(levels) if levels <= MOST_OPTIONS as u64 => {
                    let links = description
                        .refers_to()
                        .iter()
                        .map(|link| link.and_then(|to| last.get(to).copied().flatten()))
                        .collect();
                    let options = levels as usize;
                    all.push(decision(options, level_priors(distribution, options), links));
                    Plan::Levels { first }
                }
                _ => {
                    for _ in 0..2 {
                        all.push(decision(CELLS, vec![0.0; CELLS], Vec::new()));
                    }
                    Plan::Cells { first }
                }
            });
            last.push(all.len().checked_sub(1));
        }
        Decisions { space: space.clone(), all, plans }
    }

    pub(super) fn space(&self) -> &Space {
        &self.space
    }

    pub(super) fn all(&self) -> &[Decision] {
        &self.all
    }

    /// Walks the axes in order. At each decision `choose` sees what is legal and takes an option;
    /// `place` draws uniform numbers for places within cells. `None` where nothing is legal.
    pub(super) fn walk(
        &self,
        mask: &Mask<'_>,
        mut choose: impl FnMut(usize, u64) -> Option<usize>,
        mut place: impl FnMut() -> f64,
    ) -> Option<Point> {
        let mut chosen: Vec<Option<f64>> = Vec::with_capacity(self.space.len());
        let mut flags = Vec::new();
        for (index, axis) in self.space.axes().iter().enumerate() {
            if !axis.is_active(&chosen) {
                chosen.push(None);
                continue;
            }
            let distribution = axis.distribution();
            legal_levels(axis.masked_levels(), &chosen, index, mask, &mut flags);
            let value = match self.plans[index] {
                Plan::Fixed if flags == [false] => return None,
                Plan::Fixed => distribution.from_unit(0.5),
                Plan::Levels { first } => {
                    let option = choose(first, bits(&flags))?;
                    distribution.at_level(option as u64)?
                }
                Plan::Cells { first } => {
                    let cells = legal_cells(distribution, &flags);
                    let coarse = choose(first, coarse(cells))?;
                    let fine = choose(first + 1, fine(cells, coarse))?;
                    within(distribution, coarse * CELLS + fine, &flags, &mut place)
                }
            };
            chosen.push(Some(value));
        }
        Some(Point::from_values(chosen))
    }

    /// The decisions that lead to a point. What it takes counts as legal, whatever the masks say:
    /// the point is there.
    pub(super) fn moves(&self, point: &Point, mask: &Mask<'_>) -> Vec<Move> {
        let values: Vec<Option<f64>> = point.iter().collect();
        let mut moves = Vec::new();
        let mut flags = Vec::new();
        for (index, axis) in self.space.axes().iter().enumerate() {
            let Some(value) = values[index] else { continue };
            let distribution = axis.distribution();
            let mut add = |decision, option: usize, legal: u64| {
                moves.push(Move { decision, option, legal: legal | 1 << option });
            };
            match self.plans[index] {
                Plan::Fixed => {}
                Plan::Levels { first } => {
                    legal_levels(axis.masked_levels(), &values[..index], index, mask, &mut flags);
                    let level = distribution.level_of(value).unwrap_or(0) as usize;
                    add(first, level.min(MOST_OPTIONS - 1), bits(&flags));
                }
                Plan::Cells { first } => {
                    legal_levels(axis.masked_levels(), &values[..index], index, mask, &mut flags);
                    let cells = legal_cells(distribution, &flags);
                    let cell = cell_of(distribution.to_unit(value));
                    add(first, cell / CELLS, coarse(cells));
                    add(first + 1, cell % CELLS, fine(cells, cell / CELLS));
                }
            }
        }
        moves
    }

    /// The axis' levels or the bounds of its cells, for people: the name of an option.
    pub(super) fn option_in_words(&self, decision: usize, option: usize) -> String {
        let axis = &self.space.axes()[self.all[decision].axis];
        let distribution = axis.distribution();
        match self.plans[self.all[decision].axis] {
            Plan::Levels { .. } => {
                let value = distribution.at_level(option as u64).unwrap_or(f64::NAN);
                distribution.value(value).to_string()
            }
            Plan::Fixed => String::new(),
            Plan::Cells { first } if first == decision => {
                let bound = |cell: usize| distribution.from_unit(cell as f64 / CELLS as f64);
                let value = |value| distribution.value(value);
                format!("{}..{}", value(bound(option)), value(bound(option + 1)))
            }
            Plan::Cells { .. } => format!("eighth {}", option + 1),
        }
    }
}

/// One flag per level that the mask leaves; no flags where levels are not masked.
fn legal_levels(
    levels: Option<usize>,
    chosen: &[Option<f64>],
    axis: usize,
    mask: &Mask<'_>,
    flags: &mut Vec<bool>,
) {
    flags.clear();
    if let Some(levels) = levels {
        flags.resize(levels, true);
        mask(chosen, axis, flags);
    }
}

fn bits(flags: &[bool]) -> u64 {
    (0..).zip(flags).filter(|(_, flag)| **flag).fold(0, |bits, (at, _)| bits | 1 << at)
}

fn cell_of(unit: f64) -> usize {
    ((unit * (CELLS * CELLS) as f64) as usize).min(CELLS * CELLS - 1)
}

/// Which of the 64 cells hold a legal level; all where levels are not masked.
fn legal_cells(distribution: &Distribution, flags: &[bool]) -> u64 {
    if flags.is_empty() {
        return u64::MAX;
    }
    let legal = (0..).zip(flags).filter(|(_, legal)| **legal);
    legal
        .filter_map(|(level, _)| distribution.at_level(level))
        .fold(0, |cells, value| cells | 1 << cell_of(distribution.to_unit(value)))
}

fn coarse(cells: u64) -> u64 {
    (0..CELLS).filter(|&at| fine(cells, at) != 0).fold(0, |bits, at| bits | 1 << at)
}

fn fine(cells: u64, coarse: usize) -> u64 {
    cells >> (coarse * CELLS) & ((1 << CELLS) - 1)
}

/// A value of a cell: at a uniform place, or one of the legal levels.
fn within(
    distribution: &Distribution,
    cell: usize,
    flags: &[bool],
    place: &mut impl FnMut() -> f64,
) -> f64 {
    let at = |place: f64| (cell as f64 + place) / (CELLS * CELLS) as f64;
    if flags.is_empty() {
        return distribution.from_unit(at(place()));
    }
    let belongs = |value: f64| {
        let level = distribution.level_of(value).unwrap_or(0) as usize;
        flags.get(level) == Some(&true) && cell_of(distribution.to_unit(value)) == cell
    };
    for _ in 0..REDRAWS {
        let value = distribution.from_unit(at(place()));
        if belongs(value) {
            return value;
        }
    }
    let levels = (0..flags.len() as u64).filter_map(|level| distribution.at_level(level));
    let left: Vec<f64> = levels.filter(|&value| belongs(value)).collect();
    let pick = (place() * left.len() as f64) as usize;
    left.get(pick).copied().unwrap_or_else(|| distribution.from_unit(at(0.5)))
}

/// Log probabilities of levels, counted at evenly spread places.
fn level_priors(distribution: &Distribution, levels: usize) -> Vec<f64> {
    let mut counts = vec![0.0; levels];
    for at in 0..PLACES {
        let value = distribution.from_unit((at as f64 + 0.5) / PLACES as f64);
        if let Some(count) = counts.get_mut(distribution.level_of(value).unwrap_or(0) as usize) {
            *count += 1.0;
        }
    }
    let even = counts.iter().all(|count: &f64| (count - counts[0]).abs() <= 1.0);
    counts.iter().map(|count| if even { 0.0 } else { count.max(0.5).ln() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Choices, Scale};

    fn space() -> Space {
        Space::builder()
            .choices("op", ["a", "b", "c"])
            .int("many", 1..=500, Scale::Log)
            .choice("kind", |kind| {
                kind.unit("plain").variant("deep", |deep| deep.float("x", 0.0..=1.0, Scale::Linear))
            })
            .int("fixed", 2..=2, Scale::Linear)
            .field("weighted", &Choices::of(["p", "q"]).weights([3.0, 1.0]))
            .build()
            .unwrap()
    }

    #[test]
    fn walks_and_moves_are_inverse() {
        let decisions = Decisions::new(&space());
        let mut random = Stream::new(1, 0);
        let odd = |_: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            if axis == 1 {
                legal.iter_mut().step_by(2).for_each(|flag| *flag = false);
            }
        };
        for _ in 0..500 {
            let mut taken = Vec::new();
            let mut places = random.fork(random.clone().bits());
            let mut take = |decision, legal: u64| {
                let options: Vec<usize> = (0..64).filter(|at| legal >> at & 1 == 1).collect();
                let option = options[random.below(options.len() as u64) as usize];
                taken.push(Move { decision, option, legal });
                Some(option)
            };
            let point = decisions.walk(&odd, &mut take, || places.unit()).unwrap();
            decisions.space().check(&point).unwrap();
            assert_eq!(point.get(1).unwrap() % 2.0, 0.0);
            assert_eq!(decisions.moves(&point, &odd), taken);
        }
    }

    #[test]
    fn priors_are_those_of_the_space() {
        let decisions = Decisions::new(&space());
        let weighted = decisions.all().last().unwrap();
        assert!((weighted.prior[0] - weighted.prior[1] - 3f64.ln()).abs() < 1e-2);
        assert_eq!(decisions.all()[0].prior, [0.0; 3]);
    }

    #[test]
    fn a_step_without_legal_option_ends_the_walk() {
        let decisions = Decisions::new(&space());
        let none = |_: &[Option<f64>], axis: usize, legal: &mut [bool]| {
            if axis == 3 {
                legal.fill(false);
            }
        };
        assert_eq!(decisions.walk(&none, |_, legal| (legal & 1 == 1).then_some(0), || 0.5), None);
    }
}
