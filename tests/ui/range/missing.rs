use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    a: f64,
    b: Option<[usize; 2]>,
    #[tune(default = 1)]
    c: i8,
    #[tune(rename = "x")]
    d: f32,
}

fn main() {}
