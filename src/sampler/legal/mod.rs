//! Legal points where they are rare: the first one, and others around those that are known.
//!
//! Where ten or more of ten thousand random points are legal, drawing again is all that is needed,
//! and nothing here is used. Otherwise:
//!
//! 1. Points of trials are known to be legal. A random one is the start of a walk (`moves`) whose
//!    end is a random legal point of the part of the space that the moves reach.
//! 2. Without such a trial, the space is searched once for a first legal point (`first`).
//!
//! What is remembered between suggestions follows from space, constraints and seed alone.

mod first;
mod moves;
mod shapes;

use std::cell::RefCell;
use std::fmt;

pub(crate) use moves::Moves;

use super::{Context, Rejections};
use crate::error::Result;
use crate::math::random::Stream;
use crate::space::{Legality, Point, Space};

/// Legal points are rare if fewer than `FEW` of `PROBED` random ones are legal. From a share of a thousandth
/// on, drawing is quick enough.
const PROBED: u64 = 10_000;
const FEW: usize = 10;
/// The streams of the probe and of the search; trials have the low numbers.
const PROBE_STREAM: u64 = u64::MAX - (1 << 32);
const SEARCH_STREAM: u64 = PROBE_STREAM - 1;
/// How often a random trial is drawn whose point is legal; it is not if the constraints have changed since.
/// Not varied.
const ANCHORS: usize = 16;
/// Known points whose differences are directions of moves. Not varied.
const KNOWN: usize = 24;
/// Moves of a walk: some, and more for each axis, up to a number of axes. More steps make walks more
/// independent and cost time; not varied.
const STEPS: usize = 20;
const STEPS_PER_AXIS: usize = 4;
const MOST_AXES: usize = 50;
/// Moves in search of a point that may be run, as a multiple of those of a walk. Not varied.
const PATIENCE: usize = 20;

/// What is known of a study's legal points, beside the history. Kept to save time.
#[derive(Default)]
pub(crate) struct Survey {
    memory: RefCell<Memory>,
}

#[derive(Default)]
struct Memory {
    rare: Option<bool>,
    /// The result of the search for a first legal point.
    first: Option<(Option<Point>, Rejections)>,
}

impl Survey {
    /// Whether so few random points are legal that drawing again is no way to find them.
    fn is_rare(&self, space: &Space, legality: &dyn Legality, seed: u64) -> Result<bool> {
        let known = self.memory.borrow().rare;
        if let Some(rare) = known {
            return Ok(rare);
        }
        let mut random = Stream::new(seed, PROBE_STREAM);
        let mut legal = 0;
        for draw in 0..PROBED {
            let point = legality.draw(space, draw, &mut random);
            if let Some(point) = point
                && legality.violated(&point)?.is_none()
            {
                legal += 1;
                if legal == FEW {
                    break;
                }
            }
        }
        let rare = legal < FEW;
        self.memory.borrow_mut().rare = Some(rare);
        Ok(rare)
    }

    /// A first legal point, and what was rejected on the way to it.
    fn first(
        &self,
        space: &Space,
        legality: &dyn Legality,
        seed: u64,
    ) -> Result<(Option<Point>, Rejections)> {
        let known = self.memory.borrow().first.clone();
        if let Some(first) = known {
            return Ok(first);
        }
        let found = first::search(space, legality, Stream::new(seed, SEARCH_STREAM))?;
        let first = (found.point, found.rejections);
        self.memory.borrow_mut().first = Some(first.clone());
        Ok(first)
    }
}

impl fmt::Debug for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Survey").field("rare", &self.memory.borrow().rare).finish_non_exhaustive()
    }
}

impl Context<'_> {
    /// Whether so few random points are legal that a sampler should look around those of trials.
    pub(crate) fn is_rare(&self) -> bool {
        self.survey.is_rare(self.space, self.legality, self.seed).unwrap_or(false)
    }

    /// Moves of legal points, for the set of which some trials show the shape.
    pub(crate) fn moves(&self, random: &mut Stream) -> Moves<'_> {
        let mut moves = Moves::new(self.space, self.legality);
        let known = (0..KNOWN).filter_map(|_| self.any_trial(random));
        moves.learn(&known.collect::<Vec<_>>());
        moves
    }

    /// A legal point at the end of a walk from a known one; `None` if none is known or found. What
    /// the search rejected is added to `rejections`.
    pub(crate) fn walk(
        &self,
        random: &mut Stream,
        rejections: &mut Rejections,
    ) -> Result<Option<Point>> {
        let Some(mut at) = self.start(random, rejections)? else { return Ok(None) };
        let moves = self.moves(random);
        let mut inside = |point: &Point| Ok(self.legality.violated(point)?.is_none());
        for _ in 0..self.walk_length() {
            if let Some(next) = moves.step(&at, &mut inside, random)? {
                at = next;
            }
        }
        Ok(Some(at))
    }

    /// Like [`walk`](Self::walk), but goes on until a point may be run.
    pub(crate) fn walk_to(
        &self,
        may_run: &dyn Fn(&Point) -> bool,
        random: &mut Stream,
        rejections: &mut Rejections,
    ) -> Result<Option<Point>> {
        let Some(mut at) = self.start(random, rejections)? else { return Ok(None) };
        let moves = self.moves(random);
        let mut inside = |point: &Point| match self.legality.violated(point)? {
            None => Ok(true),
            Some(constraint) => {
                rejections.add(constraint);
                Ok(false)
            }
        };
        let length = self.walk_length();
        for step in 0..PATIENCE * length {
            if step >= length && may_run(&at) {
                return Ok(Some(at));
            }
            if let Some(next) = moves.step(&at, &mut inside, random)? {
                at = next;
            }
        }
        Ok(may_run(&at).then_some(at))
    }

    /// A legal point that was not tried, a few moves away from one that is legal. Coordinates change
    /// by no more than `reach` in each move along a line.
    pub(super) fn near(&self, point: &Point, reach: f64, random: &mut Stream) -> Option<Point> {
        /// Moves in vain before the search gives up. Not varied.
        const MOVES: usize = 40;
        let mut moves = self.moves(random);
        moves.reach(reach);
        let mut inside = |point: &Point| Ok(self.is_legal(point));
        let mut at = point.clone();
        for _ in 0..MOVES {
            let next = moves.step(&at, &mut inside, random).ok()?;
            at = next.unwrap_or(at);
            if at != *point && self.is_new(&at) {
                return Some(at);
            }
        }
        None
    }

    /// A known legal point: that of a random trial, or else of the search.
    fn start(&self, random: &mut Stream, rejections: &mut Rejections) -> Result<Option<Point>> {
        for _ in 0..ANCHORS {
            if let Some(point) = self.any_trial(random)
                && self.legality.violated(&point)?.is_none()
            {
                return Ok(Some(point));
            }
        }
        for trial in self.history.trials().take(PROBED as usize) {
            if self.legality.violated(trial.point())?.is_none() {
                return Ok(Some(trial.point().clone()));
            }
        }
        let (first, rejected) = self.survey.first(self.space, self.legality, self.seed)?;
        rejections.merge(rejected);
        Ok(first)
    }

    fn any_trial(&self, random: &mut Stream) -> Option<Point> {
        let count = self.history.trials().next_back()?.number() + 1;
        let trial = self.history.trial(random.below(count))?;
        Some(trial.point().clone())
    }

    fn walk_length(&self) -> usize {
        STEPS + STEPS_PER_AXIS * self.space.len().min(MOST_AXES)
    }
}
