use tunewright::prelude::*;

#[derive(Goals)]
struct Measured {
    #[goal(minimize, limit = "small")]
    error: f64,
    #[goal(maximize)]
    name: String,
    #[constraint(at_most = 2)]
    sizes: Vec<f64>,
    quick: bool,
}

struct Plain {
    error: f64,
}

#[derive(Tunable)]
struct Net {
    #[tune(range = 1..=4)]
    layers: u32,
}

fn goals_that_are_not_derived() {
    let _ = Study::<Net>::goals_of::<Plain>();
}

fn main() {}
