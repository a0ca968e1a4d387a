//! Time of the study itself: ask and tell with random search on ten parameters.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark's functions are its own words")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use optimizer::prelude::*;
use tunewright::{Params, RandomSampler, Study};
use tunewright_benches::ten_parameters;

const RUN: usize = 1_000;
const LONG: usize = 1_000_000;

fn study() -> Study<Params> {
    let sampler = RandomSampler::new();
    Study::in_space(ten_parameters().unwrap()).seed(1).sampler(sampler).build().unwrap()
}

fn ask_and_tell(study: &Study<Params>) {
    let asked = study.ask().unwrap();
    black_box(asked.config());
    study.tell(asked, 1.0).unwrap();
}

/// The same ten parameters in the crate `optimizer`.
struct Peer {
    study: optimizer::Study<f64>,
    floats: Vec<FloatParam>,
    ints: [IntParam; 2],
    activation: CategoricalParam<&'static str>,
    bias: BoolParam,
}

impl Peer {
    fn new() -> Self {
        let floats = (0..3).flat_map(|index| {
            [
                FloatParam::new(1e-5, 1e-1).log_scale().name(format!("log{index}")),
                FloatParam::new(-1.0, 1.0).name(format!("linear{index}")),
            ]
        });
        Peer {
            study: optimizer::Study::with_sampler(
                Direction::Minimize,
                optimizer::sampler::RandomSampler::with_seed(1),
            ),
            floats: floats.collect(),
            ints: [
                IntParam::new(1, 8).name("layers"),
                IntParam::new(16, 1024).log_scale().name("width"),
            ],
            activation: CategoricalParam::new(vec!["relu", "gelu", "tanh"]).name("activation"),
            bias: BoolParam::new().name("bias"),
        }
    }

    fn ask_and_tell(&self) {
        let mut trial = self.study.ask();
        for float in &self.floats {
            black_box(float.suggest(&mut trial).unwrap());
        }
        for int in &self.ints {
            black_box(int.suggest(&mut trial).unwrap());
        }
        black_box(self.activation.suggest(&mut trial).unwrap());
        black_box(self.bias.suggest(&mut trial).unwrap());
        self.study.tell(trial, Ok::<_, &str>(1.0));
    }
}

fn overhead(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ask and tell, 10 parameters");
    group.throughput(Throughput::Elements(RUN as u64)).sample_size(20);
    group.bench_function("tunewright, first 1,000 trials", |bencher| {
        let run = |study| (0..RUN).for_each(|_| ask_and_tell(&study));
        bencher.iter_batched(study, run, BatchSize::PerIteration);
    });
    group.bench_function("optimizer, first 1,000 trials", |bencher| {
        let run = |peer: Peer| (0..RUN).for_each(|_| peer.ask_and_tell());
        bencher.iter_batched(Peer::new, run, BatchSize::PerIteration);
    });
    // Briefly, so that what is measured is near the millionth trial.
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(300));
    let long = study();
    (0..LONG).for_each(|_| ask_and_tell(&long));
    group.bench_function("tunewright, after 1,000,000 trials", |bencher| {
        bencher.iter(|| (0..RUN).for_each(|_| ask_and_tell(&long)));
    });
    drop(long);
    let peer = Peer::new();
    (0..LONG).for_each(|_| peer.ask_and_tell());
    group.bench_function("optimizer, after 1,000,000 trials", |bencher| {
        bencher.iter(|| (0..RUN).for_each(|_| peer.ask_and_tell()));
    });
    group.finish();
}

criterion_group!(benches, overhead);
criterion_main!(benches);
