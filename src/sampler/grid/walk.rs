//! A grid and how far it was walked.

use super::levels::Levels;
use super::order::CoveringOrder;
use crate::error::Error;
use crate::sampler::{Context, Rejections};
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
    /// What rejected those before `next` that are illegal.
    rejections: Rejections,
}

/// So many illegal combinations in a row are passed before the study hears of it: it asks again or
/// gives up, so that a space without legal points ends in bounded time.
const ILLEGAL_IN_A_ROW: u64 = 20_000;
/// The same where legal points are rare, in grids that are only a part of the search. It bounds the time.
const RARE_ILLEGAL_IN_A_ROW: u64 = 500;

impl Walk {
    pub(super) fn new(space: &Space, seed: u64, levels: Vec<Levels>) -> Self {
        let order = CoveringOrder::new(space, &levels, seed);
        Walk {
            space: space.clone(),
            levels,
            order,
            next: 0,
            illegal: 0,
            rejections: Rejections::default(),
        }
    }

    /// How many combinations there are; saturates at `u128::MAX`.
    pub(super) fn len(&self) -> u128 {
        self.order.len()
    }

    /// The first combination that is neither tried nor illegal, and with too many illegal ones in a
    /// row an illegal one; `None` at the end of the grid.
    pub(super) fn suggest(&mut self, context: &Context<'_>) -> Option<Point> {
        self.suggest_within(ILLEGAL_IN_A_ROW, context)
    }

    /// The same in a grid that is only a part of the search: where legal points are rare, there are
    /// better ways to find them.
    pub(super) fn suggest_part(&mut self, context: &Context<'_>) -> Option<Point> {
        let most = if context.is_rare() { RARE_ILLEGAL_IN_A_ROW } else { ILLEGAL_IN_A_ROW };
        self.suggest_within(most, context)
    }

    fn suggest_within(&mut self, most: u64, context: &Context<'_>) -> Option<Point> {
        let patience = (context.attempt() + 1).saturating_mul(most);
        while self.next < self.order.len() {
            let point = self.point(self.next);
            if !context.is_new(&point) {
                self.illegal = 0;
            } else if self.illegal >= patience {
                return Some(point);
            } else if let Some(constraint) = context.violated(&point) {
                self.rejections.add(constraint);
                self.illegal += 1;
            } else {
                return Some(point);
            }
            self.next += 1;
        }
        None
    }

    /// The error of a grid of which every combination was passed and none is legal.
    pub(super) fn without_legal(&self) -> Option<Error> {
        let all = u128::from(self.rejections.sampled()) == self.len();
        (all && self.len() > 0).then(|| self.rejections.clone().into_grid_error())
    }

    fn point(&self, number: u128) -> Point {
        let combination = self.order.get(number);
        let axes = self.space.axes().iter().zip(&self.levels);
        let values = axes.zip(combination).map(|((axis, levels), level)| {
            level.map(|level| levels.value(axis.distribution(), level))
        });
        Point::from_values(values)
    }
}
