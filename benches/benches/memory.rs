//! Memory of a million trials with ten parameters, as the resident size tells it (Linux only).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures")]

use tunewright::{RandomSampler, Study};
use tunewright_benches::ten_parameters;

const TRIALS: usize = 1_000_000;

fn main() {
    let Some(before) = resident() else {
        println!("the resident size is only known on Linux");
        return;
    };
    let sampler = RandomSampler::new();
    let study =
        Study::in_space(ten_parameters().unwrap()).seed(1).sampler(sampler).build().unwrap();
    for _ in 0..TRIALS {
        let asked = study.ask().unwrap();
        study.tell(asked, 1.0).unwrap();
    }
    let bytes = resident().unwrap_or(before) - before;
    println!("{} bytes a trial", bytes / TRIALS);
}

/// Resident bytes of this process.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| 1024 * kilobytes)
}
