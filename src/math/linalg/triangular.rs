//! Recursions on triangular matrices. `L` is lower triangular; what a matrix holds above its
//! diagonal is never read.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};

/// Size up to which plain loops beat the packing that a matrix product needs.
const SMALL: usize = 24;

/// Σ xᵢyᵢ over the shorter length. Eight partial sums, which a compiler may keep in vector
/// registers; the order of additions is fixed.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (xs, ys) = (x.chunks_exact(8), y[..x.len().min(y.len())].chunks_exact(8));
    let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in xs.zip(ys) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (b + f)) + ((c + g) + (d + h)) + rest
}

/// y ← y + a·x over the shorter length.
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// The blocks (1, 1), (2, 1) and (2, 2) of a lower triangular matrix cut after `half` rows and
/// columns.
fn blocks(
    l: ArrayView2<'_, f64>,
    half: usize,
) -> (ArrayView2<'_, f64>, ArrayView2<'_, f64>, ArrayView2<'_, f64>) {
    let (top, bottom) = l.split_at(Axis(0), half);
    let (l11, _) = top.split_at(Axis(1), half);
    let (l21, l22) = bottom.split_at(Axis(1), half);
    (l11, l21, l22)
}

type Blocks<'a> = (ArrayViewMut2<'a, f64>, ArrayViewMut2<'a, f64>, ArrayViewMut2<'a, f64>);

fn blocks_mut(l: ArrayViewMut2<'_, f64>, half: usize) -> Blocks<'_> {
    let (top, bottom) = l.split_at(Axis(0), half);
    let (l11, _) = top.split_at(Axis(1), half);
    let (l21, l22) = bottom.split_at(Axis(1), half);
    (l11, l21, l22)
}

/// Replaces the lower triangle of A by the L with LLᵀ = A; the upper triangle is neither read nor
/// written. `false` if A is not positive definite to working precision; A is spoilt then.
pub(super) fn factorize(a: ArrayViewMut2<'_, f64>) -> bool {
    let n = a.nrows();
    if n <= SMALL {
        return factorize_small(a);
    }
    let half = n / 2;
    let (mut a11, mut a21, mut a22) = blocks_mut(a, half);
    if !factorize(a11.view_mut()) {
        return false;
    }
    solve_right(a11.view(), a21.view_mut());
    subtract_square(a21.view(), a22.view_mut());
    factorize(a22)
}

fn factorize_small(mut a: ArrayViewMut2<'_, f64>) -> bool {
    let n = a.nrows();
    for i in 0..n {
        let (above, mut below) = a.view_mut().split_at(Axis(0), i);
        let mut row = below.row_mut(0);
        let Some(row) = row.as_slice_mut() else { return false };
        for j in 0..i {
            let other = above.row(j);
            let Some(other) = other.as_slice() else { return false };
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        // Written so that a NaN is refused as well.
        if !(pivot > 0.0 && pivot.is_finite()) {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// C ← C − BBᵀ, lower triangle only.
fn subtract_square(b: ArrayView2<'_, f64>, mut c: ArrayViewMut2<'_, f64>) {
    let n = c.nrows();
    if n <= 2 * SMALL {
        general_mat_mul(-1.0, &b, &b.t(), 1.0, &mut c);
        return;
    }
    let half = n / 2;
    let (b1, b2) = b.split_at(Axis(0), half);
    let (c11, mut c21, c22) = blocks_mut(c, half);
    subtract_square(b1, c11);
    general_mat_mul(-1.0, &b2, &b1.t(), 1.0, &mut c21);
    subtract_square(b2, c22);
}

/// X ← X L⁻ᵀ, for the rows of a factor below a factorized corner.
pub(super) fn solve_right(l: ArrayView2<'_, f64>, mut x: ArrayViewMut2<'_, f64>) {
    let n = l.nrows();
    if n <= SMALL {
        solve_right_small(l, x);
        return;
    }
    let half = n / 2;
    let (l11, l21, l22) = blocks(l, half);
    let (mut x1, mut x2) = x.view_mut().split_at(Axis(1), half);
    solve_right(l11, x1.view_mut());
    general_mat_mul(-1.0, &x1, &l21.t(), 1.0, &mut x2);
    solve_right(l22, x2);
}

fn solve_right_small(l: ArrayView2<'_, f64>, mut x: ArrayViewMut2<'_, f64>) {
    let n = l.nrows();
    let mut lanes = Lanes::default();
    for mut rows in x.axis_chunks_iter_mut(Axis(0), LANES) {
        for (lane, row) in rows.rows().into_iter().enumerate() {
            for (entry, from) in lanes.0.iter_mut().zip(row) {
                entry[lane] = *from;
            }
        }
        lanes.solve(l);
        for (lane, mut row) in rows.rows_mut().into_iter().enumerate() {
            for (entry, to) in lanes.0[..n].iter().zip(&mut row) {
                *to = entry[lane];
            }
        }
    }
}

/// B ← L⁻¹B for many right-hand sides, the columns of B.
pub(super) fn solve_lower_many(l: ArrayView2<'_, f64>, mut b: ArrayViewMut2<'_, f64>) {
    let n = l.nrows();
    if n <= SMALL {
        let mut lanes = Lanes::default();
        for mut columns in b.axis_chunks_iter_mut(Axis(1), LANES) {
            for (entry, row) in lanes.0.iter_mut().zip(columns.rows()) {
                entry.iter_mut().zip(row).for_each(|(entry, from)| *entry = *from);
            }
            lanes.solve(l);
            for (entry, mut row) in lanes.0.iter().zip(columns.rows_mut()) {
                entry.iter().zip(&mut row).for_each(|(entry, to)| *to = *entry);
            }
        }
        return;
    }
    let half = n / 2;
    let (l11, l21, l22) = blocks(l, half);
    let (mut b1, mut b2) = b.view_mut().split_at(Axis(0), half);
    solve_lower_many(l11, b1.view_mut());
    general_mat_mul(-1.0, &l21, &b1, 1.0, &mut b2);
    solve_lower_many(l22, b2);
}

/// Right-hand sides that are solved at once, in vector registers.
const LANES: usize = 8;

/// So many right-hand sides of a small system, row by row.
#[derive(Default)]
struct Lanes([[f64; LANES]; SMALL]);

impl Lanes {
    /// Replaces the right-hand sides by L⁻¹ times them.
    fn solve(&mut self, l: ArrayView2<'_, f64>) {
        for (i, row) in l.rows().into_iter().enumerate() {
            let Some(row) = row.to_slice() else { return };
            let (solved, open) = self.0.split_at_mut(i);
            let mut rest = open[0];
            for (factor, solved) in row.iter().zip(solved) {
                for lane in 0..LANES {
                    rest[lane] -= factor * solved[lane];
                }
            }
            let scale = 1.0 / row[i];
            open[0] = rest.map(|rest| rest * scale);
        }
    }
}

/// Rows that are worked on at once, so that sums do not wait for each other.
const ABREAST: usize = 4;

/// The rows from `start` on that are worked on at once; `None` where too few are left.
fn abreast<'a>(l: &'a ArrayView2<'_, f64>, start: usize) -> Option<[&'a [f64]; ABREAST]> {
    if start + ABREAST > l.nrows() {
        return None;
    }
    let row = |k: usize| l.row(start + k).to_slice();
    Some([row(0)?, row(1)?, row(2)?, row(3)?])
}

/// x ← L⁻¹x.
pub(super) fn solve_lower(l: ArrayView2<'_, f64>, x: &mut [f64]) {
    let n = l.nrows();
    let mut start = 0;
    while let Some(rows) = abreast(&l, start) {
        let (solved, open) = x.split_at_mut(start);
        let mut sums = dots(rows, solved);
        for (k, row) in rows.into_iter().enumerate() {
            let row = &row[start..];
            for m in 0..k {
                sums[k] += row[m] * open[m];
            }
            // A product, because a quotient would be waited for.
            open[k] = (open[k] - sums[k]) * (1.0 / row[k]);
        }
        start += ABREAST;
    }
    for i in start..n {
        let Some(row) = l.row(i).to_slice() else { return };
        x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
    }
}

/// Σ rᵢxᵢ for several rows r, over the length of x, a multiple of their number.
fn dots(rows: [&[f64]; ABREAST], x: &[f64]) -> [f64; ABREAST] {
    let mut sums = [[0.0; ABREAST]; ABREAST];
    let [a, b, c, d] = rows.map(|row| row[..x.len()].chunks_exact(ABREAST));
    for ((((x, a), b), c), d) in x.chunks_exact(ABREAST).zip(a).zip(b).zip(c).zip(d) {
        for i in 0..ABREAST {
            sums[0][i] += a[i] * x[i];
            sums[1][i] += b[i] * x[i];
            sums[2][i] += c[i] * x[i];
            sums[3][i] += d[i] * x[i];
        }
    }
    sums.map(|[a, b, c, d]| (a + b) + (c + d))
}

/// x ← L⁻ᵀx.
pub(super) fn solve_upper(l: ArrayView2<'_, f64>, x: &mut [f64]) {
    let n = l.nrows();
    let whole = n - n % ABREAST;
    for i in (whole..n).rev() {
        let Some(row) = l.row(i).to_slice() else { return };
        let (open, solved) = x.split_at_mut(i);
        solved[0] /= row[i];
        axpy(-solved[0], &row[..i], open);
    }
    for start in (0..whole).step_by(ABREAST).rev() {
        let Some(rows) = abreast(&l, start) else { return };
        let (open, solved) = x.split_at_mut(start);
        for (k, row) in rows.into_iter().enumerate().rev() {
            let row = &row[start..];
            solved[k] *= 1.0 / row[k];
            for m in 0..k {
                solved[m] -= solved[k] * row[m];
            }
        }
        let &mut [p, q, r, s, ..] = solved else { return };
        let [a, b, c, d] = rows.map(|row| row[..start].chunks_exact(ABREAST));
        for ((((x, a), b), c), d) in open.chunks_exact_mut(ABREAST).zip(a).zip(b).zip(c).zip(d) {
            for i in 0..ABREAST {
                x[i] -= (p * a[i] + q * b[i]) + (r * c[i] + s * d[i]);
            }
        }
    }
}

/// Replaces L by its inverse, which is lower triangular too.
pub(super) fn invert(l: ArrayViewMut2<'_, f64>) {
    let n = l.nrows();
    if n <= SMALL {
        invert_small(l);
        return;
    }
    let half = n / 2;
    let (mut l11, mut l21, mut l22) = blocks_mut(l, half);
    invert(l11.view_mut());
    invert(l22.view_mut());
    // (L⁻¹)₂₁ = −L₂₂⁻¹ L₂₁ L₁₁⁻¹; the factors' upper triangles must not take part.
    let lower = lower_triangle(l22.view()).dot(&l21);
    general_mat_mul(-1.0, &lower, &lower_triangle(l11.view()), 0.0, &mut l21);
}

/// Replaces a factor L by the lower triangle of (LLᵀ)⁻¹ = L⁻ᵀL⁻¹.
pub(super) fn invert_product(mut l: ArrayViewMut2<'_, f64>) {
    invert(l.view_mut());
    square_transposed(l);
}

fn invert_small(mut l: ArrayViewMut2<'_, f64>) {
    let n = l.nrows();
    for i in 0..n {
        let (above, mut below) = l.view_mut().split_at(Axis(0), i);
        let mut row = below.row_mut(0);
        let Some(row) = row.as_slice_mut() else { return };
        // Row i of L⁻¹ is −(Σ_{k<i} l_ik (row k of L⁻¹))/l_ii, and 1/l_ii on the diagonal.
        let diagonal = 1.0 / row[i];
        let mut sum = [0.0; SMALL];
        for (k, other) in above.rows().into_iter().enumerate() {
            if let Some(other) = other.as_slice() {
                axpy(row[k], &other[..=k], &mut sum);
            }
        }
        for (entry, sum) in row[..i].iter_mut().zip(sum) {
            *entry = -diagonal * sum;
        }
        row[i] = diagonal;
    }
}

fn lower_triangle(l: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut copy = l.to_owned();
    for (i, mut row) in copy.rows_mut().into_iter().enumerate() {
        row.iter_mut().skip(i + 1).for_each(|entry| *entry = 0.0);
    }
    copy
}

/// Replaces a lower triangular W by the lower triangle of WᵀW.
fn square_transposed(mut w: ArrayViewMut2<'_, f64>) {
    let n = w.nrows();
    if n <= SMALL {
        // Row i of WᵀW needs the rows from i on of W, so that rows above may be overwritten.
        for i in 0..n {
            let (mut at, below) = w.view_mut().split_at(Axis(0), i + 1);
            let mut row = at.row_mut(i);
            let Some(row) = row.as_slice_mut() else { return };
            let diagonal = row[i];
            row[..=i].iter_mut().for_each(|entry| *entry *= diagonal);
            for other in below.rows() {
                if let Some(other) = other.as_slice() {
                    axpy(other[i], &other[..=i], row);
                }
            }
        }
        return;
    }
    let half = n / 2;
    let (mut w11, mut w21, mut w22) = blocks_mut(w, half);
    square_transposed(w11.view_mut());
    add_square_transposed(w21.view(), w11);
    let product = lower_triangle(w22.view()).t().dot(&w21);
    w21.assign(&product);
    square_transposed(w22.view_mut());
}

/// C ← C + BᵀB, lower triangle only.
fn add_square_transposed(b: ArrayView2<'_, f64>, mut c: ArrayViewMut2<'_, f64>) {
    let n = c.nrows();
    if n <= 2 * SMALL {
        general_mat_mul(1.0, &b.t(), &b, 1.0, &mut c);
        return;
    }
    let half = n / 2;
    let (b1, b2) = b.split_at(Axis(1), half);
    let (c11, mut c21, c22) = blocks_mut(c, half);
    add_square_transposed(b1, c11);
    general_mat_mul(1.0, &b2.t(), &b1, 1.0, &mut c21);
    add_square_transposed(b2, c22);
}
