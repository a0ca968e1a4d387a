//! Numerics that know nothing of studies: random streams, special functions, linear algebra, bounded
//! quasi-Newton, quasi-random sequences, statistics, and the fronts and hypervolumes of several goals.
//!
//! Everything here is a pure function of numbers and slices, or a value that carries its own state.
//! Nothing reads a clock, the environment or the system's entropy, and nothing panics: arguments
//! outside a function's domain give NaN or the limit that its documentation names.

pub mod exponential;
pub mod improvement;
pub mod lbfgs;
pub mod linalg;
pub mod pareto;
pub mod random;
pub mod sobol;
pub mod special;
pub mod statistics;
pub mod wilcoxon;
