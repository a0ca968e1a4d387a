//! The same by a system's LAPACK, for the feature `lapack`; small matrices are left to the
//! recursions, which have less to prepare. The feature also hands `ndarray`'s matrix products to
//! the system's BLAS, and with them most of every recursion.

use ndarray::ArrayViewMut2;
use ndarray_linalg::cholesky::{CholeskyFactorized, CholeskyInplace, InverseCInto, UPLO};

use super::triangular;

/// Size up to which the recursions are faster.
const SMALL: usize = 100;

/// Replaces the lower triangle of A by the L with LLᵀ = A; the upper triangle has no meaning
/// afterwards. `false` if A is not positive definite to working precision; A is spoilt then.
pub(super) fn factorize(mut a: ArrayViewMut2<'_, f64>) -> bool {
    if a.nrows() <= SMALL {
        return triangular::factorize(a);
    }
    // Some libraries let a NaN pass as a pivot.
    a.cholesky_inplace(UPLO::Lower).is_ok()
        && a.diag().iter().all(|pivot| *pivot > 0.0 && pivot.is_finite())
}

/// Replaces a factor L by the lower triangle of (LLᵀ)⁻¹.
pub(super) fn invert_product(mut l: ArrayViewMut2<'_, f64>) {
    if l.nrows() > SMALL {
        // It fails before anything is changed, if at all: when the view is not contiguous.
        let factor = l.view_mut();
        if (CholeskyFactorized { factor, uplo: UPLO::Lower }).invc_into().is_ok() {
            return;
        }
    }
    triangular::invert_product(l);
}
