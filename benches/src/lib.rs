//! What the benchmarks share: a space of ten parameters of all kinds.

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
        .flag("bias")
        .build()
}
