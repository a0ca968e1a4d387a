//! From logits to probabilities, and what their gradients are.

use super::decisions::Move;
use super::policy::Weights;

/// Probabilities of the legal options; zero for the others.
pub(super) fn softmax(logits: &[f64], legal: u64) -> Vec<f64> {
    let is_legal = |at: usize| legal >> at & 1 == 1;
    let largest = (0..logits.len())
        .filter(|&at| is_legal(at))
        .fold(f64::NEG_INFINITY, |largest, at| largest.max(logits[at]));
    let mut shares: Vec<f64> = logits
        .iter()
        .enumerate()
        .map(|(at, logit)| if is_legal(at) { (logit - largest).exp() } else { 0.0 })
        .collect();
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}

/// −Σ p ln p.
pub(super) fn entropy(probabilities: &[f64]) -> f64 {
    -probabilities.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>()
}

/// ∂ ln π/∂z = 1[taken] − p and ∂H/∂z = −p (ln p + H); ∂KL/∂z = p (ln(p/t) − KL).
pub(super) fn by_logits(
    probabilities: &[f64],
    taken: &Move,
    wanted: Weights,
    links: &[Option<usize>],
) -> Vec<f64> {
    let entropy = entropy(probabilities);
    let target = |option: usize, to: f64| match links.get(option) {
        Some(Some(_)) => to,
        _ => 1.0 - to,
    };
    let divergence =
        wanted.divergence.filter(|_| links.iter().any(Option::is_some)).map(|(weight, to)| {
            let terms = probabilities.iter().enumerate().filter(|(_, p)| **p > 0.0);
            let sum: f64 = terms.map(|(at, p)| p * (p / target(at, to)).ln()).sum();
            (weight, to, sum)
        });
    probabilities
        .iter()
        .enumerate()
        .map(|(at, &p)| {
            let is_taken = f64::from(u8::from(at == taken.option));
            // Illegal options have p = 0 and are not taken: all terms vanish.
            let mut sum = wanted.log_probability * (is_taken - p);
            if p > 0.0 {
                sum -= wanted.entropy * p * (p.ln() + entropy);
                if let Some((weight, to, divergence)) = divergence {
                    sum -= weight * p * ((p / target(at, to)).ln() - divergence);
                }
            }
            sum
        })
        .collect()
}
