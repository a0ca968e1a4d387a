use tunewright::Tunable;

#[derive(Clone)]
struct Incomparable;

#[derive(Tunable)]
struct Config {
    #[tune(choices = [Incomparable])]
    a: Incomparable,
}

fn main() {}
