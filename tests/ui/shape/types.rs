use tunewright::Tunable;

#[derive(Tunable)]
struct Config<'a> {
    a: Vec<f64>,
    b: (f64, f64),
    c: &'a f64,
    d: String,
    e: &'a str,
    f: char,
    g: std::collections::HashMap<String, f64>,
}

fn main() {}
