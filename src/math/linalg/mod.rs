//! Dense linear algebra for covariance matrices: factorization, its extension by rows, triangular
//! solves, log-determinant and inverse.
//!
//! Everything large is a matrix product, because that is where a processor is fastest; the
//! recursions below cut a problem in half until the halves are small, so that no block size needs
//! tuning to a cache (Toledo 1997, SIAM J. Matrix Anal. Appl. 18, 1065–1081).

mod cholesky;
#[cfg(feature = "lapack")]
mod lapack;
mod matrix;
mod triangular;

pub use cholesky::Cholesky;
pub use matrix::Matrix;
pub use triangular::{axpy, dot};
