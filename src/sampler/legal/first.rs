//! The search for a first legal point, when no trial shows one.
//!
//! A constraint only says yes or no, so that there is no slope to follow. In their order:
//!
//! 1. Structured guesses (see `shapes`).
//! 2. Where several constraints are checked one after the other, how many hold is a slope after
//!    all: moves among the points that pass the first ones look for a point that passes the next
//!    (Kahn and Harris 1951, Estimation of particle transmission by random sampling; splitting).
//! 3. Points that cover the space evenly, or under masks random ones; in a small finite space all.
//! 4. More structured guesses.

use super::moves::Moves;
use super::shapes::guess;
use crate::error::Result;
use crate::math::random::Stream;
use crate::math::sobol::Sobol;
use crate::sampler::{DEAD_END, Rejections};
use crate::space::{Lattice, Legality, Point, Space};

/// Structured guesses before and after the rest. All numbers here bound the time of a search that may end in
/// vain; they were not varied.
const GUESSES: [u64; 2] = [20_000, 40_000];
/// Points that pass more constraints than others are the start of moves, at most this many.
const KEPT: usize = 16;
/// Most points that moves look at, and most without passing a further constraint.
const MOVED: u64 = 200_000;
const STALLED: u64 = 50_000;
/// Points that cover the space: of a legal share of 1e-5 one is met with a probability of 0.95.
const SPREAD: u64 = 300_000;
/// In spaces of many axes fewer, so that there are at most this many coordinates.
const COORDINATES: u64 = 1 << 25;
/// Points at which masks are asked whether they forbid anything.
const ASKED: usize = 32;

/// A legal point, if one is found, and what was rejected on the way.
pub(super) struct Found {
    pub(super) point: Option<Point>,
    pub(super) rejections: Rejections,
}

/// What is looked at, and the points that passed most constraints.
struct Scout<'a> {
    space: &'a Space,
    legality: &'a dyn Legality,
    rejections: Rejections,
    /// Points of the same, highest rank, and whether any had a lower one.
    best: Vec<Point>,
    rank: usize,
    differs: bool,
    /// What moves have looked at.
    looks: u64,
}

/// Searches the whole space once.
pub(super) fn search(space: &Space, legality: &dyn Legality, mut random: Stream) -> Result<Found> {
    let rejections = Rejections::default();
    let mut scout =
        Scout { space, legality, rejections, best: Vec::new(), rank: 0, differs: false, looks: 0 };
    let point = scout.search(&mut random)?;
    Ok(Found { point, rejections: scout.rejections })
}

impl Scout<'_> {
    fn search(&mut self, random: &mut Stream) -> Result<Option<Point>> {
        let mut next = 0;
        if let Some(point) = self.guesses(&mut next, GUESSES[0], random)? {
            return Ok(Some(point));
        }
        if self.space.cardinality().is_some_and(|points| points <= u128::from(SPREAD)) {
            return self.all();
        }
        if let Some(point) = self.draws(random)? {
            return Ok(Some(point));
        }
        self.guesses(&mut next, GUESSES[1], random)
    }

    fn guesses(
        &mut self,
        next: &mut u64,
        count: u64,
        random: &mut Stream,
    ) -> Result<Option<Point>> {
        for index in *next..*next + count {
            let point = guess(self.space, self.legality, index, random);
            if let Some(point) = self.legal(point)? {
                return Ok(Some(point));
            }
        }
        *next += count;
        self.climb(random)
    }

    /// All points of a finite space.
    fn all(&mut self) -> Result<Option<Point>> {
        let levels = self.space.axes().iter().map(|axis| axis.distribution().levels().unwrap_or(1));
        let lattice = Lattice::new(self.space, levels.collect());
        for number in 0..lattice.len() {
            let point = self.space.point_at_levels(&lattice.get(number));
            if let Some(point) = self.legal(Some(point))? {
                return Ok(Some(point));
            }
        }
        Ok(None)
    }

    fn draws(&mut self, random: &mut Stream) -> Result<Option<Point>> {
        let masked = self.has_masks(random);
        let sobol = Sobol::new(self.space.len(), random.bits());
        let count = SPREAD.min(COORDINATES / self.space.len().max(1) as u64);
        for index in 0..count {
            let point = match masked {
                true => self.space.sample_masked(random, |chosen, axis, legal| {
                    self.legality.mask(chosen, axis, legal);
                }),
                false => Some(self.space.point(&sobol.point(index as u32))?),
            };
            if let Some(point) = self.legal(point)? {
                return Ok(Some(point));
            }
        }
        self.climb(random)
    }

    /// The point, if it is legal.
    fn legal(&mut self, point: Option<Point>) -> Result<Option<Point>> {
        let Some(point) = point else {
            self.rejections.add(DEAD_END.into());
            return Ok(None);
        };
        let Some(constraint) = self.legality.violated(&point)? else { return Ok(Some(point)) };
        let rank = self.legality.place(&constraint);
        self.rejections.add(constraint);
        if rank != self.rank && !self.best.is_empty() {
            self.differs = true;
        }
        if rank > self.rank {
            self.best.clear();
            self.rank = rank;
        }
        if rank == self.rank && self.best.len() < KEPT {
            self.best.push(point);
        }
        Ok(None)
    }

    /// Moves among the points that pass the most constraints, until one passes all.
    fn climb(&mut self, random: &mut Stream) -> Result<Option<Point>> {
        let (mut looks, mut passed) = (self.looks, self.looks);
        let legality = self.legality;
        let mut moves = Moves::new(self.space, legality);
        moves.learn(&self.best);
        while self.differs && !self.best.is_empty() && looks < MOVED && looks - passed < STALLED {
            let at = random.below(self.best.len() as u64) as usize;
            let rank = self.rank;
            let mut further: Option<(Point, usize)> = None;
            let rejections = &mut self.rejections;
            let mut inside = |point: &Point| {
                looks += 1;
                let Some(constraint) = legality.violated(point)? else {
                    further = Some((point.clone(), usize::MAX));
                    return Ok(true);
                };
                let place = legality.place(&constraint);
                rejections.add(constraint);
                if place > rank {
                    further = Some((point.clone(), place));
                }
                Ok(place >= rank)
            };
            let before = self.best[at].clone();
            let moved = moves.step(&before, &mut inside, random)?;
            // Points that cannot be left at all must not go on for ever.
            looks += u64::from(moved.is_none());
            self.looks = looks;
            match further {
                Some((point, usize::MAX)) => return Ok(Some(point)),
                Some((point, place)) => {
                    self.rank = place;
                    self.best = vec![point; KEPT];
                    moves.learn(&self.best);
                    passed = looks;
                }
                None => self.best[at] = moved.unwrap_or(before),
            }
        }
        Ok(None)
    }

    fn has_masks(&self, random: &mut Stream) -> bool {
        (0..ASKED).any(|_| {
            let point = self.space.sample(random);
            let chosen: Vec<Option<f64>> = point.iter().collect();
            self.space.axes().iter().enumerate().any(|(at, axis)| {
                let Some(levels) = axis.masked_levels().filter(|_| point.is_active(at)) else {
                    return false;
                };
                let mut legal = vec![true; levels];
                self.legality.mask(&chosen[..at], at, &mut legal);
                legal.contains(&false)
            })
        })
    }
}
