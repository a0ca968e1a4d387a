#[cfg(feature = "lapack")]
use super::lapack::{factorize, invert_product};
use super::matrix::Matrix;
use super::triangular::{dot, solve_lower, solve_lower_many, solve_upper};
#[cfg(not(feature = "lapack"))]
use super::triangular::{factorize, invert_product};
#[cfg(test)]
use super::triangular::{invert, solve_right};

/// A matrix that has no Cholesky factor, even with the largest diagonal addition that was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite {}

/// Multiples of the mean diagonal that are added to the diagonal, in turn, until the
/// factorization succeeds. The last one costs four digits of the matrix, which is still a usable
/// covariance.
const JITTER: [f64; 5] = [0.0, 1e-10, 1e-8, 1e-6, 1e-4];

/// Space for rows to come, as a share of the size, when a row does not fit.
const SPARE: usize = 8;

/// The factor L of a symmetric positive definite matrix K = LLᵀ.
#[derive(Clone, Debug)]
pub struct Cholesky {
    /// L in the lower triangle of the upper left corner; the rest is spare or without meaning.
    entries: Matrix,
    size: usize,
    jitter: f64,
}

impl Cholesky {
    /// Factorizes a symmetric n × n matrix, of which only the lower triangle is read: n³/3
    /// operations.
    ///
    /// # Errors
    /// The matrix is not positive definite to working precision, or not finite.
    pub fn new(matrix: Matrix) -> Result<Self, NotPositiveDefinite> {
        let size = matrix.rows();
        let mut entries = matrix;
        if entries.columns() == size && factorize(entries.corner_mut(size, size)) {
            Ok(Cholesky { entries, size, jitter: 0.0 })
        } else {
            Err(NotPositiveDefinite {})
        }
    }

    /// Like [`new`](Self::new), but adds ever larger multiples of the mean diagonal (up to 1e-4) to
    /// the diagonal until the factorization succeeds.
    ///
    /// # Errors
    /// It never does, because the matrix is far from positive definite or not finite.
    pub fn with_jitter(matrix: &Matrix) -> Result<Self, NotPositiveDefinite> {
        let n = matrix.rows();
        let mean = (0..n).map(|i| matrix[(i, i)]).sum::<f64>() / n.max(1) as f64;
        for share in JITTER {
            let jitter = share * mean;
            let mut trial = matrix.clone();
            for i in 0..n {
                trial[(i, i)] += jitter;
            }
            if let Ok(factor) = Cholesky::new(trial) {
                return Ok(Cholesky { jitter, ..factor });
            }
        }
        Err(NotPositiveDefinite {})
    }

    /// Number of rows of L.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.size
    }

    /// What was added to the diagonal.
    #[cfg(test)]
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Entry (i, j) of L, for j ≤ i.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.entries[(i, j)]
    }

    /// Extends K by one row and column: the new row is `covariances` (with the n points so far) and
    /// `variance` on the diagonal, to which the jitter is added. n² operations. A row that makes
    /// the matrix singular (a repeated point without noise) gets a small variance instead.
    pub fn extend(&mut self, covariances: &[f64], variance: f64) {
        let n = self.size;
        if self.entries.rows() <= n {
            let capacity = n + n / SPARE + SPARE;
            self.entries.resize(capacity, capacity);
        }
        let mut row = covariances[..n].to_vec();
        self.solve_lower(&mut row);
        let variance = variance + self.jitter;
        let rest = variance - dot(&row, &row);
        // Below this the subtraction has no correct digit left.
        let smallest = variance.abs().max(f64::MIN_POSITIVE) * 1e-12;
        let new = self.entries.row_mut(n);
        new[..n].copy_from_slice(&row);
        new[n] = if rest > smallest { rest } else { smallest }.sqrt();
        self.size = n + 1;
    }

    /// Forgets all rows and columns from number `size` on.
    pub fn truncate(&mut self, size: usize) {
        self.size = self.size.min(size);
    }

    /// x ← L⁻¹x.
    pub fn solve_lower(&self, x: &mut [f64]) {
        solve_lower(self.entries.corner(self.size, self.size), x);
    }

    /// x ← L⁻ᵀx.
    pub fn solve_upper(&self, x: &mut [f64]) {
        solve_upper(self.entries.corner(self.size, self.size), x);
    }

    /// x ← K⁻¹x.
    pub fn solve(&self, x: &mut [f64]) {
        self.solve_lower(x);
        self.solve_upper(x);
    }

    /// B ← L⁻¹B for the m columns of an n × m matrix.
    pub fn solve_lower_many(&self, b: &mut Matrix) {
        let columns = b.columns();
        let l = self.entries.corner(self.size, self.size);
        solve_lower_many(l, b.corner_mut(self.size, columns));
    }

    /// X ← XL⁻ᵀ for the m rows of an m × n matrix.
    #[cfg(test)]
    pub fn solve_right(&self, x: &mut Matrix) {
        let rows = x.rows();
        let l = self.entries.corner(self.size, self.size);
        solve_right(l, x.corner_mut(rows, self.size));
    }

    /// ln det K.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.size).map(|i| self.entries[(i, i)].ln()).sum::<f64>()
    }

    /// L⁻¹, lower triangular.
    #[cfg(test)]
    pub fn inverse_factor(&self) -> Matrix {
        let mut inverse = self.entries.clone();
        inverse.resize(self.size, self.size);
        invert(inverse.corner_mut(self.size, self.size));
        for i in 0..self.size {
            inverse.row_mut(i)[i + 1..].fill(0.0);
        }
        inverse
    }

    /// The lower triangle of K⁻¹; what stands above the diagonal has no meaning. 2n³/3 operations.
    pub fn inverse(&self) -> Matrix {
        self.clone().into_inverse()
    }

    /// Like [`inverse`](Self::inverse), in the memory of the factor.
    pub fn into_inverse(self) -> Matrix {
        let mut inverse = self.entries;
        if inverse.rows() != self.size {
            inverse.resize(self.size, self.size);
        }
        invert_product(inverse.corner_mut(self.size, self.size));
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    /// Sizes around the limits at which the recursions split.
    const SIZES: [usize; 11] = [0, 1, 2, 7, 24, 25, 48, 49, 50, 97, 150];

    /// AAᵀ + I/10 with random A.
    fn covariance(n: usize, seed: u64) -> Matrix {
        let mut random = Stream::new(seed, n as u64);
        let a = Matrix::from_fn(n, n, |_, _| random.normal());
        Matrix::from_fn(n, n, |i, j| dot(a.row(i), a.row(j)) + if i == j { 0.1 } else { 0.0 })
    }

    fn largest(values: impl Iterator<Item = f64>) -> f64 {
        values.fold(0.0, |largest, value| largest.max(value.abs()))
    }

    fn lower(i: usize, j: usize, m: &Matrix) -> f64 {
        if j <= i { m[(i, j)] } else { m[(j, i)] }
    }

    #[test]
    fn factor_solves_and_inverse_agree_with_the_matrix() {
        for n in SIZES {
            let k = covariance(n, 1);
            let factor = Cholesky::new(k.clone()).unwrap();
            let scale = largest(k.as_slice().iter().copied());
            for i in 0..n {
                for j in 0..=i {
                    let product: f64 = (0..=j).map(|m| factor.get(i, m) * factor.get(j, m)).sum();
                    assert!((product - k[(i, j)]).abs() < 1e-13 * scale, "{n}: {i} {j}");
                }
            }
            let x: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
            let mut b: Vec<f64> = (0..n).map(|i| dot(k.row(i), &x)).collect();
            factor.solve(&mut b);
            let error = largest(b.iter().zip(&x).map(|(b, x)| b - x));
            assert!(error < 1e-9, "{n}: {error}");
            let inverse = factor.inverse();
            let whole = Matrix::from_fn(n, n, |i, j| lower(i, j, &inverse));
            let identity = k.product(&whole);
            let error = largest((0..n * n).map(|at| {
                identity.as_slice()[at] - if at / n.max(1) == at % n.max(1) { 1.0 } else { 0.0 }
            }));
            assert!(error < 1e-8, "{n}: {error}");
            let root = factor.inverse_factor();
            let square = root.transposed_product(&root);
            let error = largest(square.as_slice().iter().zip(whole.as_slice()).map(|(a, b)| a - b));
            assert!(error < 1e-9, "{n}: {error}");
        }
    }

    #[test]
    fn many_right_hand_sides_are_solved_like_one() {
        for n in SIZES {
            let factor = Cholesky::new(covariance(n, 2)).unwrap();
            let b = Matrix::from_fn(n, 13, |i, j| ((i * 7 + j) as f64).cos());
            let mut many = b.clone();
            factor.solve_lower_many(&mut many);
            let mut rows = Matrix::from_fn(13, n, |i, j| b[(j, i)]);
            factor.solve_right(&mut rows);
            for j in 0..13 {
                let mut one: Vec<f64> = (0..n).map(|i| b[(i, j)]).collect();
                factor.solve_lower(&mut one);
                for i in 0..n {
                    assert!((many[(i, j)] - one[i]).abs() < 1e-10, "{n}");
                    assert!((rows[(j, i)] - one[i]).abs() < 1e-10, "{n}");
                }
            }
        }
    }

    #[test]
    fn log_determinant_is_the_sum_of_log_pivots() {
        let k = Matrix::from_fn(3, 3, |i, j| if i == j { (i + 2) as f64 } else { 0.0 });
        assert!((Cholesky::new(k).unwrap().log_determinant() - 24f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn extension_equals_refactorization() {
        for n in [1, 5, 24, 60] {
            let k = covariance(n + 20, 3);
            let whole = Cholesky::new(k.clone()).unwrap();
            let mut grown = Cholesky::new(Matrix::from_fn(n, n, |i, j| k[(i, j)])).unwrap();
            for m in n..n + 20 {
                grown.extend(&k.row(m)[..m], k[(m, m)]);
            }
            assert_eq!(grown.size(), n + 20);
            for i in 0..n + 20 {
                for j in 0..=i {
                    assert!((grown.get(i, j) - whole.get(i, j)).abs() < 1e-10);
                }
            }
            grown.truncate(n);
            grown.extend(&k.row(n)[..n], k[(n, n)]);
            assert!((grown.get(n, n) - whole.get(n, n)).abs() < 1e-10);
        }
    }

    #[test]
    fn singular_matrices_get_a_jitter_and_hopeless_ones_an_error() {
        let ones = Matrix::from_fn(40, 40, |_, _| 1.0);
        assert!(Cholesky::new(ones.clone()).is_err());
        let factor = Cholesky::with_jitter(&ones).unwrap();
        assert!(factor.jitter() > 0.0 && factor.jitter() <= 1e-6);
        let mut repeated = Cholesky::new(Matrix::from_fn(1, 1, |_, _| 1.0)).unwrap();
        repeated.extend(&[1.0], 1.0);
        assert!(repeated.get(1, 1) > 0.0);
        for entry in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            for n in [30, 130] {
                let bad = Matrix::from_fn(n, n, |_, _| entry);
                assert!(Cholesky::with_jitter(&bad).is_err(), "{entry}");
            }
        }
        let indefinite = Matrix::from_fn(2, 2, |i, j| if i == j { 1.0 } else { 2.0 });
        assert!(Cholesky::with_jitter(&indefinite).is_err());
    }
}
