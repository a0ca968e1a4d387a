//! One step of a long short-term memory, forwards and backwards.
//!
//! Matrices are stored so that a product is a sum of rows: row j of an H × 4H matrix is what unit j
//! adds to the gates i, f, g, o.

use crate::math::linalg::{axpy, dot};

/// out += Mᵀ x for M with a row of `out.len()` entries per entry of x.
pub(super) fn add_product(matrix: &[f64], x: &[f64], out: &mut [f64]) {
    let columns = out.len();
    for (row, &x) in matrix.chunks_exact(columns.max(1)).zip(x) {
        axpy(x, row, out);
    }
}

/// out += M y for the same matrix: the way back.
pub(super) fn add_transposed(matrix: &[f64], y: &[f64], out: &mut [f64]) {
    for (row, out) in matrix.chunks_exact(y.len().max(1)).zip(out) {
        *out += dot(row, y);
    }
}

/// gradient += x yᵀ.
pub(super) fn add_outer(x: &[f64], y: &[f64], gradient: &mut [f64]) {
    for (row, &x) in gradient.chunks_exact_mut(y.len().max(1)).zip(x) {
        axpy(x, y, row);
    }
}

/// The logistic function.
fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The hyperbolic tangent by one exponential, which is several times faster than the library's and
/// accurate to 1e-16 absolutely.
pub(super) fn tanh(x: f64) -> f64 {
    1.0 - 2.0 / ((2.0 * x).exp() + 1.0)
}

/// What a layer computed at one step.
#[derive(Clone, Debug)]
pub(super) struct Activations {
    /// σ(i), σ(f), tanh(g), σ(o).
    gates: Vec<f64>,
    pub(super) c: Vec<f64>,
    tanh_c: Vec<f64>,
    pub(super) h: Vec<f64>,
}

/// Derivatives that a step hands to the one before it.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    pub(super) h: Vec<f64>,
    pub(super) c: Vec<f64>,
}

impl Carried {
    pub(super) fn zeros(units: usize) -> Self {
        Carried { h: vec![0.0; units], c: vec![0.0; units] }
    }
}

impl Activations {
    /// From the sums that enter the gates, and the cell state before.
    pub(super) fn new(mut gates: Vec<f64>, before: &[f64]) -> Self {
        let units = before.len();
        let (mut c, mut tanh_c, mut h) = (vec![0.0; units], vec![0.0; units], vec![0.0; units]);
        for (at, gate) in gates.iter_mut().enumerate() {
            *gate = if (2 * units..3 * units).contains(&at) { tanh(*gate) } else { sigmoid(*gate) };
        }
        for j in 0..units {
            let (i, f, g, o) =
                (gates[j], gates[units + j], gates[2 * units + j], gates[3 * units + j]);
            c[j] = f * before[j] + i * g;
            tanh_c[j] = tanh(c[j]);
            h[j] = o * tanh_c[j];
        }
        Activations { gates, c, tanh_c, h }
    }

    /// Derivatives by the sums that enter the gates, given those by h, and those by c that later
    /// steps carry, which become those by the cell state before.
    pub(super) fn backward(
        &self,
        by_h: &[f64],
        carried: &mut [f64],
        before: Option<&[f64]>,
    ) -> Vec<f64> {
        let units = self.h.len();
        let mut by_gates = vec![0.0; 4 * units];
        for j in 0..units {
            let gate = |number: usize| self.gates[number * units + j];
            let (i, f, g, o) = (gate(0), gate(1), gate(2), gate(3));
            let before = before.map_or(0.0, |c| c[j]);
            let by_c = carried[j] + by_h[j] * o * (1.0 - self.tanh_c[j] * self.tanh_c[j]);
            by_gates[j] = by_c * g * i * (1.0 - i);
            by_gates[units + j] = by_c * before * f * (1.0 - f);
            by_gates[2 * units + j] = by_c * i * (1.0 - g * g);
            by_gates[3 * units + j] = by_h[j] * self.tanh_c[j] * o * (1.0 - o);
            carried[j] = by_c * f;
        }
        by_gates
    }
}
