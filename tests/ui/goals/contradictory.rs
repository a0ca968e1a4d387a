use tunewright::prelude::*;

#[derive(Goals)]
struct Measured {
    #[goal(minimize, maximize)]
    both: f64,
    #[goal(limit = 20.0)]
    neither: f64,
    #[goal(minimize)]
    #[constraint(at_most = 3.0)]
    constrained: f64,
    #[goal(minimize)]
    #[goal(limit = 3.0)]
    twice: f64,
    #[constraint(at_most = 3.0)]
    #[metric(name = "size_mb")]
    size: f64,
    #[constraint]
    free: f64,
    #[constraint()]
    unbound: f64,
    #[constraint(at_least = 3, at_most = 2.5)]
    impossible: f64,
    #[metric(skip, name = "log")]
    text: String,
}

fn main() {}
