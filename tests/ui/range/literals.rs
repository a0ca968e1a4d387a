use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0..=1)]
    a: f64,
    #[tune(range = 0.0..=1)]
    b: Option<f32>,
    #[tune(range = 1.0..=8.0)]
    c: usize,
    #[tune(range = 0.5..=8.0)]
    d: usize,
    #[tune(range = -1..=LIMIT)]
    e: f64,
}

const LIMIT: f64 = 3.0;

fn main() {}
