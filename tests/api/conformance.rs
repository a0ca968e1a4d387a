use tunewright::space::{Scale, Space};
use tunewright::storage::MemoryStorage;
use tunewright::{GridSampler, RandomSampler, SobolSampler, testing};

#[test]
fn random_sampler() {
    testing::sampler(RandomSampler::new);
}

#[test]
fn sobol_sampler() {
    testing::sampler(SobolSampler::new);
}

#[test]
fn grid_sampler() {
    // Five levels on the suite's 60 parameters are more points than a grid counts.
    testing::sampler(|| GridSampler::new().levels(3));
}

#[test]
fn coarse_to_fine_grid_sampler() {
    testing::sampler(|| GridSampler::coarse_to_fine(16));
    testing::sampler(|| GridSampler::coarse_to_fine(8));
}

#[test]
fn memory_storage() {
    testing::storage(MemoryStorage::new);
}

#[test]
fn run_time_space() {
    let space = Space::builder()
        .float("lr", 1e-5..=1e-1, Scale::Log)
        .choice("kernel", |k| k.unit("linear").variant("rbf", |p| p.int("n", 1..=9, Scale::Log)))
        .build()
        .unwrap();
    testing::space(&space);
}
