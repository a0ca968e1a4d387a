use tunewright::prelude::*;

#[derive(Goals)]
#[goal(minimize)]
#[constraint(at_most = 3.0)]
struct Measured {
    #[goal(minimise)]
    error: f64,
    #[goal(minimize, at_most = 20.0)]
    latency: f64,
    #[goal]
    size: f64,
    #[goal(minimize, minimize)]
    twice: f64,
    #[goal(minimize limit = 3.0)]
    comma: f64,
    #[goal(minimize = true)]
    valued: f64,
    #[goal(minimize, limit)]
    limited: f64,
    #[goal(minimize, name = 3)]
    named: f64,
    #[constraint(below = 3.0)]
    memory: f64,
    #[metric(limit = 3.0)]
    seconds: f64,
    #[goal(crate = elsewhere, maximize)]
    elsewhere: f64,
}

fn main() {}
