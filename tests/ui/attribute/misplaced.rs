use tunewright::Tunable;

#[derive(Tunable)]
#[tune(ordered, range = 0.0..=1.0)]
struct Field {
    #[tune(weight = 2.0)]
    a: bool,
    #[tune(crate = tunewright)]
    b: bool,
}

#[derive(Tunable)]
#[tune(rename = "C")]
enum Choice {
    #[tune(weights = [1.0])]
    A,
    #[tune(range = 0.0..=1.0)]
    B(f64),
}

fn main() {}
