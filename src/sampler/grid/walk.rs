//! A grid and how far it was walked.

use super::levels::Levels;
use super::order::CoveringOrder;
use crate::sampler::Context;
use crate::space::{Point, Space};

/// Levels on every axis, their combinations, and the first of them that may be new.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    space: Space,
    levels: Vec<Levels>,
    order: CoveringOrder,
    /// All combinations before this one were tried or are illegal.
    next: u128,
    /// How many of those directly before `next` are illegal.
    illegal: u64,
}

/// So many illegal combinations in a row are passed before the study hears of it: it asks again or
/// gives up, so that a space without legal points ends in bounded time.
const ILLEGAL_IN_A_ROW: u64 = 20_000;

impl Walk {
    pub(super) fn new(space: &Space, seed: u64, levels: Vec<Levels>) -> Self {
        let order = CoveringOrder::new(space, &levels, seed);
        Walk { space: space.clone(), levels, order, next: 0, illegal: 0 }
    }

    /// How many combinations there are; saturates at `u128::MAX`.
    pub(super) fn len(&self) -> u128 {
        self.order.len()
    }

    /// The first combination that is neither tried nor illegal, and with too many illegal ones in a
    /// row an illegal one; `None` at the end of the grid.
    pub(super) fn suggest(&mut self, context: &Context<'_>) -> Option<Point> {
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
