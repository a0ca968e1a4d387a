use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0.0..=1.0, log)]
    a: f64,
    #[tune(range = -1..=1, log)]
    b: i32,
    #[tune(range = 0.0..=1.0, log_normal(mean = 0.0, sd = 1.0))]
    c: f64,
    #[tune(log)]
    d: f64,
}

fn main() {}
