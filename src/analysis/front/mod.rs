//! What to choose where there are several goals: the front, its hypervolume, and single trials of it.

mod choice;
mod knee;
mod reference;
mod units;

pub use reference::Reference;
