//! The search for the highest acquisition where legal points are rare: candidates that are legal in
//! place of those that cover the space, and legal moves in place of slopes. Where the space lists its
//! points, these are the candidates, and there are no moves.

use super::candidates::Candidates;
use super::surface::Surface;
use crate::error::Result;
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::space::{KeySet, Point};
use crate::surrogate::Encoding;

/// The best trials that candidates are near to. As for other suggestions. None of the numbers here was
/// varied; they bound the time of a suggestion.
const BEST: usize = 5;
/// Candidates near each of them, for each reach.
const COPIES: usize = 24;
const REACHES: [f64; 2] = [0.3, 0.03];
/// Candidates along a walk through all legal points.
const WALK: usize = 160;
/// The highest candidates that are refined, and the moves from each in every round.
const REFINED: usize = 3;
const MOVES: usize = 24;
/// The reach of the first round; the last is shorter by half for each round.
const FIRST_REACH: f64 = 0.1;
const ROUNDS: usize = 6;

/// Points that may be run, no two alike.
pub(super) struct Legal<'a, 'c> {
    context: &'a Context<'c>,
    encoding: &'a Encoding,
    keys: KeySet,
    pub(super) points: Vec<Point>,
    pub(super) candidates: Candidates,
}

impl<'a, 'c> Legal<'a, 'c> {
    fn new(context: &'a Context<'c>, encoding: &'a Encoding) -> Self {
        let (keys, points) = (KeySet::default(), Vec::new());
        Legal { context, encoding, keys, points, candidates: Candidates::new(encoding.len()) }
    }

    /// Takes a legal point, if it is new here and untried.
    fn add(&mut self, point: &Point) {
        if self.context.is_new(point) && self.keys.insert(self.context.key(point)) {
            let codes = self.encoding.encode(point);
            self.candidates.codes.push(&codes);
            self.candidates.latent.push(self.encoding.latent(&codes));
            self.points.push(point.clone());
        }
    }

    /// Points near the best trials, and others along a walk.
    pub(super) fn gather(
        context: &'a Context<'c>,
        encoding: &'a Encoding,
        random: &mut Stream,
    ) -> Result<Self> {
        let mut legal = Legal::new(context, encoding);
        if let Some(points) = context.points() {
            points
                .iter()
                .filter(|point| context.is_legal(point))
                .for_each(|point| legal.add(point));
            return Ok(legal);
        }
        let ranked = context.history().ranked();
        let best = ranked.iter().map(|trial| trial.point()).filter(|point| context.is_legal(point));
        for point in best.take(BEST) {
            for reach in REACHES {
                legal.around(point, reach, COPIES, random)?;
            }
        }
        let mut inside = |point: &Point| Ok(context.is_legal(point));
        let moves = context.moves(random);
        let Ok(mut at) = context.sample(random) else { return Ok(legal) };
        legal.add(&at);
        for _ in 0..WALK {
            if let Some(next) = moves.step(&at, &mut inside, random)? {
                legal.add(&next);
                at = next;
            }
        }
        Ok(legal)
    }

    /// Points that are one move away, or two.
    fn around(
        &mut self,
        point: &Point,
        reach: f64,
        count: usize,
        random: &mut Stream,
    ) -> Result<()> {
        let context = self.context;
        let mut moves = context.moves(random);
        moves.reach(reach);
        let mut inside = |point: &Point| Ok(context.is_legal(point));
        for _ in 0..count {
            let Some(first) = moves.step(point, &mut inside, random)? else { continue };
            self.add(&first);
            if let Some(second) = moves.step(&first, &mut inside, random)? {
                self.add(&second);
            }
        }
        Ok(())
    }

    /// The highest of the points, and what is higher near it.
    pub(super) fn highest(
        &self,
        surface: &dyn Surface,
        heights: &[f64],
        random: &mut Stream,
    ) -> Option<Point> {
        let mut order: Vec<usize> = (0..heights.len()).collect();
        order.sort_by(|&a, &b| heights[b].total_cmp(&heights[a]).then(a.cmp(&b)));
        let mut best: Option<(f64, Point)> = None;
        let rounds = if self.context.points().is_some() { 0 } else { ROUNDS };
        for &start in order.iter().take(REFINED) {
            let (mut height, mut at) = (heights[start], self.points[start].clone());
            for round in 0..rounds {
                let reach = FIRST_REACH * 0.5f64.powi(round as i32);
                let mut near = Legal::new(self.context, self.encoding);
                near.around(&at, reach, MOVES, random).ok()?;
                let reached = surface.heights(&near.candidates.codes);
                for (point, reached) in near.points.into_iter().zip(reached) {
                    if reached > height {
                        (height, at) = (reached, point);
                    }
                }
            }
            if best.as_ref().is_none_or(|(highest, _)| height > *highest) {
                best = Some((height, at));
            }
        }
        best.map(|(_, point)| point)
    }
}
