//! Numerics of several goals: dominance, fronts and ranks, hypervolume, and the expected
//! improvement of the hypervolume.
//!
//! A point is a slice of losses, one for each goal, and smaller is better in all of them. Loss +∞ is
//! the worst that there is, and legal, −∞ the best. Callers leave out points with NaN: nothing
//! panics at one, but where it stands is undefined.
//!
//! A reference is a point too. It bounds the region of interest: what is not strictly better than
//! the reference in every goal has no hypervolume.

#![cfg_attr(
    not(feature = "internals"),
    allow(dead_code, reason = "what serves tests and benchmarks alone is kept beside the rest")
)]

pub mod boxes;
pub mod dominance;
pub mod front;
pub mod hypervolume;
pub mod improvement;
pub mod ranks;
pub mod scalarized;
pub mod subset;
pub mod threshold;
pub mod volume;
