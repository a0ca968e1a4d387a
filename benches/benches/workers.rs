//! Throughput of eight worker threads against one, on an objective that sleeps.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::{Duration, Instant};

use tunewright::{Params, RandomSampler, Study, Trial};
use tunewright_benches::ten_parameters;

const TRIALS: usize = 1_600;

fn main() {
    let [one, eight] = [1, 8].map(trials_per_second);
    println!(
        "1 worker: {one:.0} trials/s, 8 workers: {eight:.0} trials/s, ratio {:.2}",
        eight / one
    );
}

fn trials_per_second(workers: usize) -> f64 {
    let study = Study::in_space(ten_parameters().unwrap())
        .workers(workers)
        .sampler(RandomSampler::new())
        .build()
        .unwrap();
    let objective = |_: Params, _: &mut Trial| {
        std::thread::sleep(Duration::from_millis(2));
        0.0
    };
    let start = Instant::now();
    study.optimize(objective, TRIALS).unwrap();
    TRIALS as f64 / start.elapsed().as_secs_f64()
}
