//! What the benchmarks share: a space of ten parameters of all kinds, and how repeats are chosen and
//! shown.

use std::ops::Range;

use tunewright::math::statistics::{median, quantile};
use tunewright::space::{Choices, Float, Int, Space};

/// Ten parameters: six numbers on linear and log scales, two integers, a choice and a switch.
pub fn ten_parameters() -> tunewright::Result<Space> {
    let mut builder = Space::builder();
    for index in 0..3 {
        builder = builder
            .field(&format!("log{index}"), &Float::range(1e-5..=1e-1).log())
            .field(&format!("linear{index}"), &Float::range(-1.0..=1.0));
    }
    builder
        .field("layers", &Int::range(1..=8))
        .field("width", &Int::range(16..=1024).log())
        .field("activation", &Choices::of(["relu", "gelu", "tanh"]))
        .bool("bias")
        .build()
}

/// The repeats that the environment variable `SEEDS` names, as in `200..220`; 0 to 19 without it.
#[allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]
pub fn seeds() -> Range<u64> {
    let text = std::env::var("SEEDS").unwrap_or_else(|_| "0..20".into());
    let (first, end) = text.split_once("..").unwrap();
    first.parse().unwrap()..end.parse().unwrap()
}

/// How many hyperparameters each advice may change, by the environment variable `CHANGES`; 1 without
/// it.
#[allow(clippy::unwrap_used, reason = "a measurement ends where it goes wrong")]
pub fn changes() -> usize {
    std::env::var("CHANGES").map_or(1, |text| text.parse().unwrap())
}

/// The median of some shares and their quartiles, in per cent.
pub fn quartiles(shares: &[f64]) -> String {
    let [low, high] = [0.25, 0.75].map(|p| 100.0 * quantile(shares, p));
    format!("{:.2} % ({low:.2} to {high:.2})", 100.0 * median(shares))
}
