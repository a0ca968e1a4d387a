use tunewright::space::{Scale, Space};
use tunewright::storage::{JournalStorage, MemoryStorage};
use tunewright::{
    BayesianSampler, ControllerSampler, EvolutionSampler, GridSampler, LocalSearchSampler,
    NsgaSampler, RandomSampler, SobolSampler, testing,
};

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
    testing::sampler(GridSampler::new);
    testing::sampler(|| GridSampler::coarse_to_fine(20));
}

#[test]
fn bayesian_sampler() {
    testing::sampler(BayesianSampler::new);
    testing::sampler(|| BayesianSampler::new().start_trials(2).exploration(0.2));
    testing::sampler(|| BayesianSampler::new().thompson_sampling().start_trials(3));
}

#[test]
fn controller_sampler() {
    testing::sampler(|| ControllerSampler::new().start_trials(5));
    testing::sampler(|| ControllerSampler::without_surrogate().start_trials(5));
}

#[test]
fn published_controllers() {
    testing::sampler(|| ControllerSampler::zoph2017().hidden_units(4));
    testing::sampler(|| ControllerSampler::nasnet().hidden_units(8));
    testing::sampler(|| ControllerSampler::enas().hidden_units(8));
    testing::sampler(ControllerSampler::reinforce);
}

#[test]
fn evolution_sampler() {
    testing::sampler(|| EvolutionSampler::new().population(6));
}

#[test]
fn nsga_sampler() {
    testing::sampler(NsgaSampler::new);
    testing::sampler(|| NsgaSampler::new().population(4));
}

#[test]
fn local_search_sampler() {
    testing::sampler(|| LocalSearchSampler::new().start_trials(5));
}

#[test]
fn memory_storage() {
    testing::storage(MemoryStorage::new);
}

#[test]
fn journal_storage() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::cell::Cell::new(0);
    testing::storage(|| {
        made.set(made.get() + 1);
        JournalStorage::new(folder.path().join(format!("{}.log", made.get())))
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_storage() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::cell::Cell::new(0);
    testing::storage(|| {
        made.set(made.get() + 1);
        tunewright::storage::SqliteStorage::new(folder.path().join(format!("{}.db", made.get())))
    });
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
