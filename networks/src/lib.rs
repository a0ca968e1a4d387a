//! Child networks of an architecture search: built from what the search found, trained with candle
//! on the 8×8 digits that ship with smartcore, and compared on images that no search has seen.
//!
//! An [`Architecture`] says which network it is, and its static cost. [`train`] trains it, on one
//! thread and from seeds of our own, so that a search can train several children side by side and
//! a study can be repeated. [`compare`] lets a sampler and random search train the same number of
//! children, trains what each of them found anew, and prints a table.

mod arguments;
mod cells;
mod chain;
mod comparison;
mod digits;
mod layers;
mod process;
mod training;

pub use arguments::Arguments;
pub use cells::operations;
pub use comparison::{Comparison, Found, compare};
pub use digits::{Digits, Images};
pub use layers::{Convolution, Dense, Weights};
pub use process::run;
pub use training::{Child, Schedule, train};

use candle_core::Module;
use tunewright::nas::{Cost, Shape};

/// The images of the digits.
pub const IMAGE: Shape = Shape::new(1, 8, 8);

/// How many digits there are.
pub const CLASSES: usize = 10;

/// Whatever goes wrong in a search.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A network that a search describes, and that can be trained.
pub trait Architecture {
    /// The network with its initial weights. It maps images (`n × 1 × 8 × 8`) to scores of the
    /// digits (`n × 10`).
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
