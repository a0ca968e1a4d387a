use std::ops::{Index, IndexMut};

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

/// A dense matrix of doubles, stored row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    entries: Array2<f64>,
}

impl Matrix {
    /// A `rows × columns` matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Matrix { entries: Array2::zeros((rows, columns)) }
    }

    /// A `rows × columns` matrix with the given entries, asked for row after row.
    #[cfg(any(test, feature = "internals"))]
    pub fn from_fn(
        rows: usize,
        columns: usize,
        mut entry: impl FnMut(usize, usize) -> f64,
    ) -> Self {
        Matrix { entries: Array2::from_shape_fn((rows, columns), |(i, j)| entry(i, j)) }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.entries.nrows()
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.entries.ncols()
    }

    /// All entries, row after row.
    pub fn as_slice(&self) -> &[f64] {
        self.entries.as_slice().unwrap_or_default()
    }

    /// All entries, row after row.
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        self.entries.as_slice_mut().unwrap_or_default()
    }

    /// Row number `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        let columns = self.columns();
        &self.as_slice()[i * columns..(i + 1) * columns]
    }

    /// Row number `i`.
    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        let columns = self.columns();
        &mut self.as_mut_slice()[i * columns..(i + 1) * columns]
    }

    /// Grows or shrinks to `rows × columns`, keeping the upper left corner; what is new is zero.
    pub fn resize(&mut self, rows: usize, columns: usize) {
        let mut resized = Matrix::zeros(rows, columns);
        let (r, c) = (rows.min(self.rows()), columns.min(self.columns()));
        resized.corner_mut(r, c).assign(&self.corner(r, c));
        *self = resized;
    }

    /// The matrix product `self · other`.
    #[cfg(any(test, feature = "internals"))]
    pub fn product(&self, other: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(self.rows(), other.columns());
        general_mat_mul(1.0, &self.entries, &other.entries, 0.0, &mut out.entries);
        out
    }

    /// The matrix product `selfᵀ · other`.
    pub fn transposed_product(&self, other: &Matrix) -> Matrix {
        let mut out = Matrix::zeros(self.columns(), other.columns());
        general_mat_mul(1.0, &self.entries.t(), &other.entries, 0.0, &mut out.entries);
        out
    }

    pub(super) fn corner(&self, rows: usize, columns: usize) -> ArrayView2<'_, f64> {
        self.entries.view().split_at(Axis(0), rows).0.split_at(Axis(1), columns).0
    }

    pub(super) fn corner_mut(&mut self, rows: usize, columns: usize) -> ArrayViewMut2<'_, f64> {
        self.entries.view_mut().split_at(Axis(0), rows).0.split_at(Axis(1), columns).0
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, at: (usize, usize)) -> &f64 {
        &self.entries[at]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, at: (usize, usize)) -> &mut f64 {
        &mut self.entries[at]
    }
}
