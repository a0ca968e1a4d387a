//! Pearson's chi-square test: do counts follow expected frequencies?

use libm::{exp, lgamma, log, log1p};

/// p-value of Pearson's chi-square test of `observed` counts against `expected` ones.
///
/// The probability of a Σ(o − e)²/e at least as large, with one degree of freedom less than there
/// are cells. The chi-square distribution is an approximation that wants expected counts of about
/// five or more. A cell that expects nothing is left out while it is empty, and makes the p-value 0
/// when it is not; a single remaining cell gives 1. NaN for slices of different lengths, no cell at
/// all, or an expectation that is negative or not finite.
///
/// Accuracy: relative error below 1e-13 against 40-digit values of the tail, up to 100,000 degrees
/// of freedom and down to 1e-300.
pub(crate) fn chi_square(observed: &[u64], expected: &[f64]) -> f64 {
    if observed.len() != expected.len() || !expected.iter().all(|e| e.is_finite() && *e >= 0.0) {
        return f64::NAN;
    }
    let mut cells = 0u32;
    let mut statistic = 0.0;
    for (&o, &e) in observed.iter().zip(expected) {
        if e > 0.0 {
            cells += 1;
            statistic += (o as f64 - e).powi(2) / e;
        } else if o > 0 {
            return 0.0;
        }
    }
    match cells {
        0 => f64::NAN,
        1 => 1.0,
        _ => upper_gamma(f64::from(cells - 1) / 2.0, statistic / 2.0),
    }
}

/// Regularized upper incomplete gamma function Q(a, x) = Γ(a, x)/Γ(a) for a > 0 and x ≥ 0.
///
/// The power series of 1 − Q (DLMF 8.7.1) below a + 1, where Q is not small; Legendre's continued
/// fraction (DLMF 8.9.2) above, where it converges and keeps the relative accuracy of small tails.
/// Both need about √a steps at worst.
pub(crate) fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let scale = gamma_density(a, x);
    if x < a + 1.0 {
        let mut term = 1.0 / a;
        let mut sum = term;
        let mut n = a;
        while term > sum * f64::EPSILON {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - scale * sum).clamp(0.0, 1.0);
    }
    // Modified Lentz (Thompson and Barnett 1986): c and d are successive ratios of the convergents'
    // numerators and denominators. All partial denominators are positive here, so neither vanishes.
    let mut b = x + 1.0 - a;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..1_000_000u32 {
        let n = f64::from(n);
        let numerator = n * (a - n);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let step = c * d;
        fraction *= step;
        if (step - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    scale * fraction
}

/// xᵃ e⁻ˣ/Γ(a).
fn gamma_density(a: f64, x: f64) -> f64 {
    if a < 30.0 {
        return exp(a * log(x) - x - lgamma(a));
    }
    // Each of the three terms above grows like a ln a while their sum does not. With Stirling's
    // series for Γ, whose first omitted term is below 5e-17 from a = 30 on, the large parts cancel
    // on paper.
    let inverse = 1.0 / a;
    let square = inverse * inverse;
    let stirling =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    let excess = (x - a) / a;
    (a / std::f64::consts::TAU).sqrt() * exp(a * (log1p(excess) - excess) - stirling)
}
