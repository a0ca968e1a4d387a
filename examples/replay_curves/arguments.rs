//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use tunewright::pruner::{
    HyperbandPruner, MarginalValuePruner, MedianPruner, PatientPruner, PercentilePruner, Pruner,
    SuccessiveHalvingPruner, ThresholdPruner,
};
use tunewright::sampler::Sampler;
use tunewright::{BayesianSampler, RandomSampler};

const USAGE: &str = "usage: replay_curves --data FILE --sampler NAME --pruner NAME [--mode stop|pause] \
                     [--steps 4000] [--repeats 50] [--seed 0] [--kappa 0.5] [--earlier 0]";

pub(crate) type NewSampler = fn() -> Box<dyn Sampler>;

const SAMPLERS: &[(&str, NewSampler)] = &[
    ("random", || Box::new(RandomSampler::new())),
    ("bayesian", || Box::new(BayesianSampler::new())),
];

type NewPruner = fn(Option<f64>) -> Option<Box<dyn Pruner>>;

/// Pruners by name; the number is κ where it was given.
const PRUNERS: &[(&str, NewPruner)] = &[
    ("default", |kappa| Some(Box::new(marginal_value(kappa)))),
    ("none", |_| None),
    ("median", |_| Some(Box::new(MedianPruner::new()))),
    ("percentile", |_| Some(Box::new(PercentilePruner::new(25.0)))),
    ("patient", |_| Some(Box::new(PatientPruner::new(3).wrapping(MedianPruner::new())))),
    // Tables differ in what a hopeless loss is: this stops what has exploded.
    ("threshold", |_| Some(Box::new(ThresholdPruner::new().upper(1e6)))),
    ("asha", |_| Some(Box::new(SuccessiveHalvingPruner::new()))),
    ("halving", |_| Some(Box::new(SuccessiveHalvingPruner::new()))),
    ("hyperband", |_| Some(Box::new(HyperbandPruner::new()))),
];

fn marginal_value(kappa: Option<f64>) -> MarginalValuePruner {
    let pruner = MarginalValuePruner::new();
    match kappa {
        Some(kappa) => pruner.kappa(kappa),
        None => pruner,
    }
}

pub(crate) struct Arguments {
    pub(crate) data: PathBuf,
    pub(crate) new_sampler: NewSampler,
    pub(crate) new_pruner: NewPruner,
    pub(crate) kappa: Option<f64>,
    /// Whether what was stopped may go on.
    pub(crate) pauses: bool,
    pub(crate) steps: usize,
    pub(crate) repeats: usize,
    pub(crate) seed: u64,
    /// How many trials the study of each other task has that a search learns from.
    pub(crate) earlier: usize,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut data, mut sampler, mut pruner, mut kappa) = (None, None, None, None);
        let (mut steps, mut repeats, mut seed, mut pauses, mut earlier) = (4000, 50, 0, false, 0);
        let mut arguments = arguments;
        while let Some(flag) = arguments.next() {
            let flag = flag.to_string_lossy().into_owned();
            let known = [
                "--data",
                "--sampler",
                "--pruner",
                "--mode",
                "--steps",
                "--repeats",
                "--seed",
                "--kappa",
                "--earlier",
            ];
            if !known.contains(&flag.as_str()) {
                return Err(format!("there is no argument `{flag}`; {USAGE}"));
            }
            let value = arguments.next().ok_or_else(|| format!("{flag} needs a value; {USAGE}"))?;
            if flag == "--data" {
                data = Some(PathBuf::from(value));
                continue;
            }
            let value = value.to_string_lossy().into_owned();
            match flag.as_str() {
                "--sampler" => sampler = Some(value),
                "--pruner" => pruner = Some(value),
                "--mode" => match value.as_str() {
                    "stop" => pauses = false,
                    "pause" => pauses = true,
                    _ => return Err(format!("there is no mode `{value}`; use stop or pause")),
                },
                "--steps" => steps = number(&flag, &value, 1)? as usize,
                "--repeats" => repeats = number(&flag, &value, 1)? as usize,
                "--earlier" => earlier = number(&flag, &value, 0)? as usize,
                "--kappa" => kappa = Some(positive(&flag, &value)?),
                _ => seed = number(&flag, &value, 0)?,
            }
        }
        let data = data.ok_or_else(|| format!("--data is missing; {USAGE}"))?;
        let sampler = sampler.ok_or_else(|| format!("--sampler is missing; {USAGE}"))?;
        let pruner = pruner.ok_or_else(|| format!("--pruner is missing; {USAGE}"))?;
        let new_sampler = named("sampler", SAMPLERS, &sampler)?;
        let new_pruner = named("pruner", PRUNERS, &pruner)?;
        Ok(Arguments {
            data,
            new_sampler,
            new_pruner,
            kappa,
            pauses,
            steps,
            repeats,
            seed,
            earlier,
        })
    }
}

fn named<T: Copy>(what: &str, all: &[(&str, T)], name: &str) -> Result<T, String> {
    let found = all.iter().find(|(known, _)| *known == name).map(|(_, new)| *new);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
        format!("there is no {what} `{name}`; use one of {}", names.join(", "))
    })
}

fn number(flag: &str, value: &str, least: u64) -> Result<u64, String> {
    let parsed = value.parse().ok().filter(|number| *number >= least);
    parsed.ok_or_else(|| format!("{flag} is `{value}`; give a whole number from {least}"))
}

fn positive(flag: &str, value: &str) -> Result<f64, String> {
    let parsed = value.parse().ok().filter(|number: &f64| *number >= 0.0 && number.is_finite());
    parsed.ok_or_else(|| format!("{flag} is `{value}`; give a number from 0"))
}
