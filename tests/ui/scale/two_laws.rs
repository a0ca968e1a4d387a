use tunewright::Tunable;
use tunewright::rand_distr::{Beta, Poisson};

#[derive(Tunable)]
struct Config {
    #[tune(law = Beta::new(2.0, 5.0), normal(mean = 0.0, sd = 1.0))]
    a: f64,
    #[tune(law = Beta::new(2.0, 5.0), log)]
    b: f64,
    #[tune(law = Poisson::new(3.0), choices = [1, 2])]
    c: i32,
    #[tune(law = Beta::new(2.0, 5.0), step = 0.1)]
    d: f64,
    #[tune(law = Beta::new(2.0, 5.0))]
    e: String,
    #[tune(law)]
    f: f64,
    #[tune(range = 5.0..=1.0, law = Beta::new(2.0, 5.0))]
    g: f64,
}

fn main() {}
