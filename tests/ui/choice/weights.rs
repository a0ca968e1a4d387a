use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(choices = [1, 2, 3], weights = [1.0, 2.0])]
    a: u8,
    #[tune(choices = [1, 2], weights = [1.0, 0.0])]
    b: u8,
    #[tune(choices = ["x", "y"], weights = [-1, 1])]
    c: &'static str,
    #[tune(range = 1..=3, weights = [1.0, 2.0, 3.0])]
    d: u8,
}

#[derive(Tunable)]
enum Choice {
    #[tune(weight = 0)]
    A,
    #[tune(weight = -0.5)]
    B,
}

fn main() {}
