use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0..=1)]
    a: bool,
    #[tune(range = "a"..="z")]
    b: String,
    #[tune(log)]
    c: &'static str,
    #[tune(range = 0.0..=1.0)]
    d: Vec<f64>,
    #[tune(range = 0.0..=1.0)]
    e: (f64, f64),
    #[tune(normal(mean = 0.0, sd = 1.0))]
    f: &'static f64,
}

fn main() {}
