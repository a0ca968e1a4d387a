use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0..10)]
    a: usize,
    #[tune(range = 0.0..)]
    b: f64,
    #[tune(range = ..=3)]
    c: u8,
    #[tune(range = 1.0)]
    d: f64,
    #[tune(range = [0.0, 1.0])]
    e: f64,
    #[tune(range = 5..=1)]
    f: i64,
    #[tune(range = 0.5..=-0.5)]
    g: f64,
}

fn main() {}
