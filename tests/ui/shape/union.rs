use tunewright::Tunable;

#[derive(Tunable)]
union Number {
    int: i64,
    float: f64,
}

fn main() {}
