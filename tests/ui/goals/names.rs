use tunewright::prelude::*;

#[derive(Goals)]
struct Measured {
    #[goal(minimize)]
    error: f64,
    #[goal(minimize, name = "error")]
    mistakes: f64,
    #[metric(name = " ")]
    seconds: f64,
    #[metric(skip)]
    skipped: f64,
    #[metric(name = "skipped")]
    kept: f64,
}

fn main() {}
