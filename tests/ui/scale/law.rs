use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(normal(mean = 0.0, sd = 0.0))]
    a: f64,
    #[tune(log_normal(mean = 0, sd = -1))]
    b: f64,
    #[tune(normal(mean = 0.0, sd = 1.0))]
    c: i32,
}

fn main() {}
