use tunewright::Tunable;

#[derive(Tunable)]
struct Config {
    #[tune(range = 0..=18_446_744_073_709_551_615)]
    a: u64,
    #[tune(range = -9_223_372_036_854_775_809..=0)]
    b: i128,
    #[tune(range = 0..=9_007_199_254_740_993)]
    c: u64,
    #[tune(range = 0..=340_282_366_920_938_463_463_374_607_431_768_211_455)]
    d: u128,
}

fn main() {}
