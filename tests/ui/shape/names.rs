use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    rate: bool,
    #[tune(rename = "rate")]
    share: bool,
    #[tune(rename = "")]
    empty: bool,
}

#[derive(Tunable)]
enum Choice {
    A,
    #[tune(rename = "A")]
    B,
}

fn main() {}
