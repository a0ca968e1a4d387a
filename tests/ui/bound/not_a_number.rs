use tunewright::Tunable;

struct Foreign;

const LOW: Foreign = Foreign;
const HIGH: Foreign = Foreign;

#[derive(Tunable)]
struct Config {
    #[tune(range = LOW..=HIGH, log)]
    a: Foreign,
    #[tune(normal(mean = 0.0, sd = 1.0))]
    b: Foreign,
}

fn main() {}
