//! What to try next: samples of the policy, edits of the best results, chance.

use super::decisions::Mask;
use super::filter::SurrogateFilter;
use super::tree::Tree;
use crate::error::Result;
use crate::math::random::Stream;
use crate::sampler::Context;
use crate::space::edits::{Edits, WIDTH};
use crate::space::{KeySet, Point};

/// How often a proposal is drawn in the hope that it was not tried. All three only bound the time in spaces
/// that are nearly used up.
const TRIES: usize = 30;
/// How often the last one is then changed further.
const FURTHER: usize = 100;
/// Draws of a random point under a curriculum.
const CHANCES: usize = 1000;
/// The best results that are edited without the filter. With three recorded tables of cells are searched
/// alike.
const EDITED: usize = 5;
/// The best results that are edited for the filter's pool. With twenty recorded tables of cells are searched
/// alike within the errors.
pub(super) const MOST_EDITED: usize = 10;
/// The pool, of which one twice as large shows no gain: samples of the policy, and how often each is drawn to
/// be new …
const SAMPLES: usize = 60;
const SAMPLE_TRIES: usize = 3;
/// A sample costs time for each decision. In spaces with many of them, the samples together make
/// `SAMPLED_DECISIONS`, but there are at least `FEWEST_SAMPLES` samples …
const SAMPLED_DECISIONS: usize = 8000;
const FEWEST_SAMPLES: usize = 6;
/// … edits, of which this share has a second one …
const POOLED_EDITS: usize = 60;
const EDIT_TRIES: usize = 10;
const SECOND_EDIT: f64 = 0.3;
/// … and random points.
const CHANCE: usize = 30;
/// Where legal points are rare: legal ones near the best results, and others along a walk. Not varied.
const NEAR: usize = 40;
const WALKED: usize = 10;

/// Where a proposal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Policy,
    Edit,
    Chance,
}

impl Origin {
    /// Its name in the trial's notes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Origin::Policy => "policy",
            Origin::Edit => "edit",
            Origin::Chance => "random",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Proposed {
    pub(super) point: Point,
    pub(super) origin: Origin,
}

pub(super) struct Proposals<'a, 'c> {
    pub(super) context: &'a Context<'c>,
    pub(super) mask: &'a Mask<'a>,
    /// Whether the mask forbids what the space itself allows.
    pub(super) grows: bool,
    /// The points of the best results, the best first.
    pub(super) best: Vec<Point>,
    pub(super) tree: Tree<'a>,
    pub(super) random: &'a mut Stream,
}

impl Proposals<'_, '_> {
    /// A random untried point; `None` if none is found of those that are open while depth grows.
    pub(super) fn chance(&mut self) -> Result<Option<Proposed>> {
        let point = match self.grows {
            true => self.chance_under_mask(),
            false => Some(self.context.sample_fresh(self.random)?),
        };
        Ok(point.map(|point| Proposed { point, origin: Origin::Chance }))
    }

    fn chance_under_mask(&mut self) -> Option<Point> {
        let mut draws =
            (0..CHANCES).map_while(|_| self.context.space().sample_masked(self.random, self.mask));
        draws.find(|point| self.context.is_untried(point))
    }

    /// A sample of the policy, or in the given share of cases an edit of one of the best results.
    pub(super) fn direct(&mut self, edits: f64) -> Result<Option<Proposed>> {
        let mut last = None;
        for _ in 0..TRIES {
            let edited = edits > 0.0 && !self.best.is_empty() && self.random.unit() < edits;
            let proposed = if edited { self.edit(EDITED) } else { self.sample() };
            let Some(proposed) = proposed else { continue };
            if self.context.is_untried(&proposed.point) {
                return Ok(Some(proposed));
            }
            last = Some(proposed);
        }
        for _ in 0..FURTHER {
            let Some(from) = last else { break };
            let point = self.edited(&from.point);
            last = point.map(|point| Proposed { point, origin: Origin::Edit });
            if let Some(proposed) = last.as_ref().filter(|at| self.context.is_untried(&at.point)) {
                return Ok(Some(proposed.clone()));
            }
        }
        if let Some(proposed) = self.near() {
            return Ok(Some(proposed));
        }
        self.chance()
    }

    /// A legal point near one of the best results, where legal points are rare.
    fn near(&mut self) -> Option<Proposed> {
        if self.grows || !self.context.is_rare() {
            return None;
        }
        let count = EDITED.min(self.best.len());
        let parent = self.best.get(self.random.below(count as u64) as usize)?;
        let point = self.context.near(parent, WIDTH, self.random)?;
        Some(Proposed { point, origin: Origin::Edit })
    }

    /// Untried points of all origins, no two alike.
    pub(super) fn pool(&mut self) -> Vec<Proposed> {
        let mut pool = Pool { context: self.context, keys: KeySet::default(), all: Vec::new() };
        let samples = (SAMPLED_DECISIONS / self.tree.len().max(1)).clamp(FEWEST_SAMPLES, SAMPLES);
        for _ in 0..samples {
            for _ in 0..SAMPLE_TRIES {
                if self.sample().is_some_and(|proposed| pool.add(proposed)) {
                    break;
                }
            }
        }
        for _ in 0..POOLED_EDITS {
            for _ in 0..EDIT_TRIES {
                let Some(mut proposed) = self.edit(MOST_EDITED) else { break };
                if self.random.unit() < SECOND_EDIT
                    && let Some(point) = self.edited(&proposed.point)
                {
                    proposed.point = point;
                }
                if pool.add(proposed) {
                    break;
                }
            }
        }
        if !self.grows && self.context.is_rare() {
            for _ in 0..NEAR {
                if let Some(proposed) = self.near() {
                    pool.add(proposed);
                }
            }
            for _ in 0..WALKED {
                if let Ok(point) = self.context.sample(self.random) {
                    pool.add(Proposed { point, origin: Origin::Chance });
                }
            }
        }
        for _ in 0..CHANCE {
            let point = self.context.space().sample(self.random);
            let legal = !self.grows && self.context.is_legal(&point);
            let point = match legal {
                true => Some(point),
                false => self.context.space().sample_masked(self.random, self.mask),
            };
            if let Some(point) = point {
                pool.add(Proposed { point, origin: Origin::Chance });
            }
        }
        pool.all
    }

    fn sample(&mut self) -> Option<Proposed> {
        let point = self.tree.sample(self.mask, self.random)?;
        Some(Proposed { point, origin: Origin::Policy })
    }

    fn edit(&mut self, among: usize) -> Option<Proposed> {
        let count = among.min(self.best.len());
        let parent = self.random.below(count as u64) as usize;
        let parent = self.best.get(parent)?.clone();
        let point = self.edited(&parent)?;
        Some(Proposed { point, origin: Origin::Edit })
    }

    fn edited(&mut self, point: &Point) -> Option<Point> {
        let edits = Edits { space: self.context.space(), mask: self.mask };
        edits.random(point, self.random)
    }
}

struct Pool<'a, 'c> {
    context: &'a Context<'c>,
    keys: KeySet,
    all: Vec<Proposed>,
}

impl Pool<'_, '_> {
    /// Whether the proposal is new here and untried.
    fn add(&mut self, proposed: Proposed) -> bool {
        let key = self.context.key(&proposed.point);
        let new = !self.keys.contains(&key) && self.context.is_untried(&proposed.point);
        if new {
            self.keys.insert(key);
            self.all.push(proposed);
        }
        new
    }
}

/// The proposal that the filter scores highest; among equal ones, the first.
pub(super) fn highest(pool: Vec<Proposed>, filter: &SurrogateFilter) -> Option<Proposed> {
    let scores = filter.scores(pool.iter().map(|proposed| &proposed.point));
    let first_highest = (0..scores.len()).rev().max_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
    pool.into_iter().nth(first_highest)
}
