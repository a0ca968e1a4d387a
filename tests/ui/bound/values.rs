use tunewright::Tunable;

const WHOLE: usize = 3;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0.0..=WHOLE)]
    a: f64,
    #[tune(range = 0.0..=1.0, default = Some(WHOLE))]
    b: Option<f64>,
    #[tune(fixed = "text")]
    d: u8,
    #[tune(range = 0.0..=1.0, step = WHOLE)]
    e: f64,
    #[tune(range = "low"..="high")]
    f: f64,
    #[tune(choices = ["a", "b"])]
    g: u8,
    #[tune(domain = tunewright::space::Bool::new())]
    h: u8,
}

fn main() {}
