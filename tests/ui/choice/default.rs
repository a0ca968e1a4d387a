use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(choices = [1, 2], default = 3)]
    a: u8,
    #[tune(choices = ["relu", "tanh"], default = "rleu")]
    b: String,
}

#[derive(Tunable)]
enum Choice {
    #[tune(default)]
    A,
    B,
    #[tune(default)]
    C,
}

fn main() {}
