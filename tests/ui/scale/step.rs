use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0.0..=1.0, step = 0.0)]
    a: f64,
    #[tune(range = 0..=10, step = -1)]
    b: i32,
    #[tune(range = 0.0..=1.0, step = 1.5)]
    c: f64,
    #[tune(range = 0.0..=10.0, step = 1)]
    d: f64,
    #[tune(range = 0..=10, step = 0.5)]
    e: u8,
    #[tune(step = 0.5)]
    f: f64,
    #[tune(normal(mean = 0.0, sd = 1.0), step = 0.5)]
    g: f64,
}

fn main() {}
