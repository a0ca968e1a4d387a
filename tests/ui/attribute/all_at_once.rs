//! One message for each mistake, and none for the uses of the type.

use tunewright::Tunable;
use tunewright::space::TypedSpace;

#[derive(Tunable)]
struct Outer<T> {
    inner: Inner,
    generic: T,
    #[tune(range = 1.0..=0.0)]
    rate: f64,
    layers: [Option<usize>; 2],
}

#[derive(Tunable)]
enum Inner {
    A(#[tune(choices = [])] u8),
    B { share: f32 },
}

fn main() {
    let _ = TypedSpace::<Outer<Inner>>::new();
    let _ = Inner::space();
}
