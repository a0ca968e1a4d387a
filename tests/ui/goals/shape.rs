use tunewright::prelude::*;

#[derive(Goals)]
struct Pair(f64, f64);

#[derive(Goals)]
struct Nothing;

#[derive(Goals)]
enum Either {
    Error(f64),
    Accuracy(f64),
}

#[derive(Goals)]
struct Metrics {
    error: f64,
    #[constraint(at_most = 3.0)]
    size: f64,
}

fn main() {
    // No further mistakes where the type is used.
    let _ = Metrics { error: 0.0, size: 1.0 }.into_outcome();
    let _ = Pair(0.0, 1.0).values();
}

use tunewright::trial::IntoOutcome as _;
