use tunewright::Tunable;

#[derive(Tunable)]
#[tune]
struct Config {
    #[tune = 0.5]
    a: f64,
    #[tune(range)]
    b: f64,
    #[tune(range = )]
    c: f64,
    #[tune(range = 0.0..=1.0, log = true)]
    d: f64,
    #[tune(range = 0.5..=1.0 log)]
    e: f64,
    #[tune(normal)]
    f: f64,
    #[tune(normal(mean = 0.0))]
    g: f64,
    #[tune(normal(mean = 0.0, std = 1.0))]
    h: f64,
    #[tune(rename = name)]
    i: bool,
    #[tune(range(0.0, 1.0))]
    j: f64,
    #[tune[range = 0.0..=1.0]]
    k: f64,
    #[tune(range = 0.0..=)]
    l: f64,
}

#[derive(Tunable)]
#[tune(crate = "tunewright")]
enum Choice {
    #[tune(default = 1)]
    A,
    #[tune(weight)]
    B,
}

fn main() {}
