use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0.0..=1.0, default = 2.0)]
    a: f64,
    #[tune(range = 1..=9, step = 2, default = 4)]
    b: u8,
    #[tune(range = 0.0..=1.0, default = 1)]
    c: f64,
    #[tune(range = -1.0..=1.0, default = Some([0.0, -2.0]))]
    d: Option<[f64; 2]>,
    #[tune(range = 0.0..=1.0, default = 0.5)]
    e: Option<f64>,
    #[tune(range = 1..=3, default = 2)]
    f: [u8; 3],
    #[tune(range = 0..=10_000_000, step = 1_000_000, default = 1_000_001)]
    g: u32,
}

fn main() {}
