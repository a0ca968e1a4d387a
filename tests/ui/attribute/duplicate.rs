use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0.0..=1.0, log_normal(mean = 0.0, sd = 1.0, sd = 2.0))]
    #[tune(range = 0.0..=2.0)]
    a: f64,
    #[tune(range = 1..=2, log, log)]
    b: u8,
}

fn main() {}
