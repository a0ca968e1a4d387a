use tunewright::Tunable;

#[derive(Tunable)]
#[tune(ordered)]
enum Size {
    Small,
    Other(bool),
}

fn main() {}
