//! Child networks of an architecture search: built from what the search found, trained with candle
//! on handwritten digits, and compared on images that no search has seen.
//!
//! An [`Architecture`] says which network it is, and its static cost. [`train`] trains it, on one
//! thread and from seeds of our own, so that a search can train several children side by side.
//! [`compare`] gives the controller and random search the same processor time, with and without early
//! stopping of children, trains what each of them found anew, and prints tables.

mod adam;
mod arguments;
mod cells;
mod chain;
mod classifier;
mod comparison;
mod computed;
mod convolution;
mod digits;
mod idx;
mod layers;
mod normalization;
mod pooling;
mod process;
mod search;
mod statistics;
mod training;

pub use arguments::Arguments;
pub use cells::operations;
pub use comparison::{Retrained, Row, compare};
pub use convolution::Convolution;
pub use digits::{Digits, Images};
pub use layers::{Dense, Weights};
pub use normalization::Normalization;
pub use process::run;
pub use search::{Arm, Found, Improvement, Task, search};
pub use statistics::Mean;
pub use training::{Child, Schedule, Training, train};

use candle_core::Module;
use tunewright::nas::{Cost, Shape};

/// The images of the digits, as children see them.
pub const IMAGE: Shape = Shape::new(1, 14, 14);

/// How many digits there are.
pub const CLASSES: usize = 10;

/// Whatever goes wrong in a search.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A network that a search describes, and that can be trained.
pub trait Architecture {
    /// The network with its initial weights. It maps images (`n × height × width × 1`, of
    /// the size [`IMAGE`]) to scores of the digits (`n × 10`).
    ///
    /// # Errors
    /// The architecture lacks a decision, or has an operation that is not known here.
    fn build(&self, weights: &mut Weights) -> Result<Box<dyn Module + Send + Sync>, Failure>;

    /// What it costs, counted before anything is trained.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    fn cost(&self) -> tunewright::Result<Cost>;

    /// Drawings and data of the architecture: names of files and what belongs into them.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    fn files(&self) -> Result<Vec<(&'static str, String)>, Failure>;
}
