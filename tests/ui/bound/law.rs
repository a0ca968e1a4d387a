use tunewright::Tunable;
use tunewright::rand_distr::{Bernoulli, Beta};

struct Own;

#[derive(Tunable)]
struct Config {
    #[tune(law = Own)]
    a: f64,
    #[tune(law = Bernoulli::new(0.5), range = 0..=1)]
    b: u8,
    #[tune(law = 0.5)]
    c: f64,
    #[tune(law = Beta::new(2.0, 5.0)?)]
    d: Own,
}

fn main() {}
