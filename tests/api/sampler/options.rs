//! Options of samplers that make no sense are refused by name when the study is built.

use tunewright::sampler::{ProbabilityOfImprovement, UpperConfidenceBound};
use tunewright::space::{Scale, Space};
use tunewright::surrogate::Noise;
use tunewright::{
    BayesianSampler, ControllerSampler, Error, EvolutionSampler, GridSampler, LocalSearchSampler,
    Sampler, Study,
};

/// What is said when the study is built.
fn refusal(sampler: impl Sampler + 'static) -> Option<Error> {
    let space = Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .int("n", 1..=9, Scale::Linear)
        .choices("k", ["a", "b"])
        .build()
        .unwrap();
    Study::in_space(space).sampler(sampler).seed(1).build().err()
}

fn refused(option: &str, sampler: impl Sampler + 'static) {
    match refusal(sampler) {
        Some(Error::InvalidOption { option: named, .. }) if named == option => {}
        Some(other) => panic!("{option}: {other}"),
        None => panic!("{option} is not refused"),
    }
}

const WRONG: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5];

#[test]
fn numbers_that_make_no_sense_are_refused() {
    for wrong in WRONG {
        refused("exploration", BayesianSampler::new().exploration(wrong));
        refused("noise", BayesianSampler::new().noise(Noise::Known(wrong)));
        let width = UpperConfidenceBound::new(wrong);
        refused("width", BayesianSampler::new().acquisition(width));
        let margin = ProbabilityOfImprovement::new(wrong);
        refused("margin", BayesianSampler::new().acquisition(margin));
        refused("learning_rate", ControllerSampler::new().learning_rate(wrong));
        refused("entropy", ControllerSampler::without_surrogate().entropy(wrong));
    }
    refused("exploration", BayesianSampler::new().exploration(1.5));
    refused("learning_rate", ControllerSampler::new().learning_rate(0.0));
}

#[test]
fn counts_of_zero_are_refused() {
    refused("population", EvolutionSampler::new().population(0));
    refused("tournament", EvolutionSampler::new().tournament(0));
    refused("tournament", EvolutionSampler::new().tournament(usize::MAX));
    refused("start_trials", LocalSearchSampler::new().start_trials(0));
    refused("levels", GridSampler::new().levels(0));
    refused("levels_of", GridSampler::new().levels_of("x", 0));
    refused("values_of", GridSampler::new().values_of("x", [0.0; 0]));
    refused("coarse_to_fine", GridSampler::coarse_to_fine(0));
}

#[test]
fn values_of_a_grid_are_those_of_the_parameter() {
    let said = |grid: GridSampler| refusal(grid).unwrap().to_string();
    assert_eq!(
        said(GridSampler::new().values_of("x", [f64::NAN])),
        "x = NaN is no number, but the parameter takes numbers: 0..=1"
    );
    assert_eq!(
        said(GridSampler::new().values_of("n", [2.5])),
        "n = 2.5 is not a whole number; give one of 1..=9"
    );
}

#[test]
fn what_makes_sense_is_accepted() {
    for sampler in [
        BayesianSampler::new().exploration(0.0).start_trials(0),
        BayesianSampler::new().exploration(1.0),
        BayesianSampler::new().noise(Noise::Known(0.0)),
        BayesianSampler::new().acquisition(UpperConfidenceBound::new(0.0)),
    ] {
        assert!(refusal(sampler).is_none());
    }
    assert!(refusal(EvolutionSampler::new().population(1).tournament(1)).is_none());
    assert!(refusal(GridSampler::new().levels(u64::MAX)).is_none());
    assert!(refusal(ControllerSampler::new().start_trials(0).entropy(0.0)).is_none());
}
