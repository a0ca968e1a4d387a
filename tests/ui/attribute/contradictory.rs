use tunewright::Tunable;

const ONE: f64 = 1.0;

#[derive(Tunable)]
struct Config {
    #[tune(fixed = 0.5, range = 0.0..=ONE, default = 0.5)]
    a: f64,
    #[tune(range = 1..=3, choices = [1, 2, 3])]
    b: u8,
    #[tune(choices = [1, 2, 3], log)]
    c: u8,
    #[tune(choices = [1, 2, 3], step = 1)]
    d: u8,
    #[tune(log, log_normal(mean = 0.0, sd = 1.0))]
    e: f64,
    #[tune(range = 1.0..=2.0, log, normal(mean = 0.0, sd = 1.0))]
    f: f64,
    #[tune(normal(mean = 0.0, sd = 1.0), log_normal(mean = 0.0, sd = 1.0))]
    g: f64,
    #[tune(choices = [1.0], normal(mean = 0.0, sd = 1.0))]
    h: f64,
    #[tune(domain = tunewright::space::Bool::new(), range = 1..=2, rename = "flag")]
    i: bool,
}

fn main() {}
