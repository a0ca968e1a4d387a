use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(choices = [])]
    a: u8,
    #[tune(choices = [1, 2, 1])]
    b: u8,
    #[tune(choices = 3)]
    c: u8,
    #[tune(ordered)]
    d: bool,
    #[tune(range = 1..=3, ordered)]
    e: u8,
    #[tune(choices = [1, 2])]
    f: f64,
    #[tune(choices = ["relu", "relu"])]
    g: String,
    #[tune(ordered)]
    h: usize,
}

fn main() {}
