use tunewright::Tunable;

#[derive(Tunable)]
#[tune(rename_all = "snake_case")]
struct Field {
    #[tune(rnage = 0.0..=1.0)]
    near: f64,
    #[tune(prior = 3)]
    far: f64,
}

#[derive(Tunable)]
#[tune(prior = 3)]
enum Variant {
    #[tune(prior = 3)]
    A,
    #[tune(wieght = 3)]
    B,
}

fn main() {}
