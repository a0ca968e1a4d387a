//! What the trials say.

mod advice;
mod claims;
mod effects;
mod flat;
mod front;
mod importance;
mod stopped;
mod subjects;
