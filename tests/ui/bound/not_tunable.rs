use tunewright::Tunable;

struct Foreign;

type Rate = f64;

#[derive(Tunable)]
struct Config<T> {
    a: Foreign,
    b: Option<[Foreign; 2]>,
    c: Rate,
    d: T,
}

fn takes<T: Tunable>() {}

fn uses() {
    takes::<Config<Foreign>>();
}

fn main() {}
