use tunewright::Tunable;

#[derive(Tunable)]
enum Nothing {}

fn main() {}
