use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0..=300)]
    a: u8,
}

fn main() {}
