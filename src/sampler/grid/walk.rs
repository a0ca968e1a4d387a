//! A grid and how far it was walked.

use super::levels::Levels;
use super::order::CoveringOrder;
use crate::error::{Error, Result};
use crate::sampler::Context;
use crate::space::{Point, Space};
use crate::trial::History;

/// Levels on every axis, their combinations, and the first of them that may be new.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    space: Space,
    seed: u64,
    levels: Vec<Levels>,
    order: CoveringOrder,
    /// All combinations before this one were tried or are illegal.
    next: u128,
    /// How many of those directly before `next` are illegal.
    illegal: u64,
    witness: Witness,
}

/// So many illegal combinations in a row are passed before the study hears of it: it asks again or
/// gives up, so that a space without legal points ends in bounded time.
const ILLEGAL_IN_A_ROW: u64 = 20_000;

impl Walk {
    pub(super) fn new(space: &Space, seed: u64, levels: Vec<Levels>) -> Result<Self> {
        let order = CoveringOrder::new(space, &levels, seed).ok_or(Error::InvalidOption {
            option: "the number of points in the grid",
            value: "above 2^128".into(),
            remedy: "take fewer levels, or another sampler for so many parameters",
        })?;
        let (space, witness) = (space.clone(), Witness::default());
        Ok(Walk { space, seed, levels, order, next: 0, illegal: 0, witness })
    }

    /// Whether the walk belongs to this study and has not got ahead of its history.
    pub(super) fn serves(&self, context: &Context<'_>) -> bool {
        self.seed == context.seed()
            && self.space == *context.space()
            && self.witness.agrees(context.history())
    }

    /// The first combination that is neither tried nor illegal, and with too many illegal ones in a
    /// row an illegal one; `None` at the end of the grid.
    pub(super) fn suggest(&mut self, context: &Context<'_>) -> Option<Point> {
        self.witness = Witness::of(context.history());
        let patience = (context.attempt() + 1).saturating_mul(ILLEGAL_IN_A_ROW);
        while self.next < self.order.len() {
            let point = self.point(self.next);
            if !context.is_fresh(&point) {
                self.illegal = 0;
            } else if context.is_legal(&point) || self.illegal >= patience {
                return Some(point);
            } else {
                self.illegal += 1;
            }
            self.next += 1;
        }
        None
    }

    fn point(&self, number: u128) -> Point {
        let combination = self.order.get(number);
        let axes = self.space.axes().iter().zip(&self.levels);
        let values = axes.zip(combination).map(|((axis, levels), level)| {
            level.map(|level| levels.value(axis.distribution(), level))
        });
        Point::from(values.collect::<Vec<_>>())
    }
}

/// The last trial of a history, by which a later state of it is known again.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness {
    last: Option<(u64, Point)>,
}

impl Witness {
    pub(super) fn of(history: &History) -> Self {
        let last = history.trials().next_back();
        Witness { last: last.map(|trial| (trial.number(), trial.point().clone())) }
    }

    pub(super) fn agrees(&self, history: &History) -> bool {
        self.last.as_ref().is_none_or(|(number, point)| {
            history.trial(*number).is_some_and(|trial| trial.point() == point)
        })
    }
}
