//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use tunewright::sampler::Sampler;
use tunewright::{
    BayesianSampler, ControllerSampler, EvolutionSampler, LocalSearchSampler, RandomSampler,
};

const USAGE: &str = "usage: nas_table --data FILE --sampler NAME [--preset NAME] [--queries 200] \
                     [--repeats 100] [--seed 0] [--reward mean|one] [--canonical] \
                     [--earlier FILE]";

type NewSampler = fn() -> Box<dyn Sampler>;

/// Samplers, their presets (the first is the default), and how to make them.
const SAMPLERS: &[(&str, &str, NewSampler)] = &[
    ("controller", "default", || Box::new(ControllerSampler::new())),
    ("controller", "without_surrogate", || Box::new(ControllerSampler::without_surrogate())),
    ("controller", "unscreened", || Box::new(ControllerSampler::without_surrogate())),
    ("controller", "zoph2017", || Box::new(ControllerSampler::zoph2017())),
    ("controller", "nasnet", || Box::new(ControllerSampler::nasnet())),
    ("controller", "enas", || Box::new(ControllerSampler::enas())),
    ("controller", "reinforce", || Box::new(ControllerSampler::reinforce())),
    ("evolution", "rea-20-5", || Box::new(EvolutionSampler::new())),
    ("evolution", "rea-10-3", || Box::new(EvolutionSampler::new().population(10).tournament(3))),
    ("local", "default", || Box::new(LocalSearchSampler::new())),
    ("random", "default", || Box::new(RandomSampler::new())),
    ("bayesian", "default", || Box::new(BayesianSampler::new())),
];

/// Which value of an architecture is told to the study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reward {
    Mean,
    /// That of one training seed, drawn per architecture and repeat.
    One,
}

pub(crate) struct Arguments {
    pub(crate) data: PathBuf,
    /// A table that is searched first, by a study to learn from.
    pub(crate) earlier: Option<PathBuf>,
    pub(crate) new_sampler: NewSampler,
    pub(crate) queries: usize,
    pub(crate) repeats: usize,
    pub(crate) seed: u64,
    pub(crate) reward: Reward,
    pub(crate) canonical: bool,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut data, mut sampler, mut preset) = (None, None, None);
        let (mut queries, mut repeats, mut seed) = (200, 100, 0);
        let (mut reward, mut canonical, mut earlier) = (Reward::Mean, false, None);
        let mut arguments = arguments;
        while let Some(flag) = arguments.next() {
            let flag = flag.to_string_lossy().into_owned();
            if flag == "--canonical" {
                canonical = true;
                continue;
            }
            let known = [
                "--data",
                "--sampler",
                "--preset",
                "--queries",
                "--repeats",
                "--seed",
                "--reward",
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
            if flag == "--earlier" {
                earlier = Some(PathBuf::from(value));
                continue;
            }
            let value = value.to_string_lossy().into_owned();
            match flag.as_str() {
                "--sampler" => sampler = Some(value),
                "--preset" => preset = Some(value),
                "--queries" => queries = number(&flag, &value, 1)? as usize,
                "--repeats" => repeats = number(&flag, &value, 1)? as usize,
                "--seed" => seed = number(&flag, &value, 0)?,
                _ => reward = reward_called(&value)?,
            }
        }
        let data = data.ok_or_else(|| format!("--data is missing; {USAGE}"))?;
        let sampler = sampler.ok_or_else(|| format!("--sampler is missing; {USAGE}"))?;
        let new_sampler = sampler_called(&sampler, preset.as_deref())?;
        Ok(Arguments { data, earlier, new_sampler, queries, repeats, seed, reward, canonical })
    }
}

fn number(flag: &str, value: &str, least: u64) -> Result<u64, String> {
    let parsed = value.parse().ok().filter(|number| *number >= least);
    parsed.ok_or_else(|| format!("{flag} is `{value}`; give a whole number from {least}"))
}

fn reward_called(name: &str) -> Result<Reward, String> {
    match name {
        "mean" => Ok(Reward::Mean),
        "one" => Ok(Reward::One),
        _ => Err(format!("there is no reward `{name}`; use mean or one")),
    }
}

fn sampler_called(name: &str, preset: Option<&str>) -> Result<NewSampler, String> {
    let of_sampler: Vec<_> = SAMPLERS.iter().filter(|(sampler, ..)| *sampler == name).collect();
    if of_sampler.is_empty() {
        let mut names: Vec<&str> = SAMPLERS.iter().map(|(sampler, ..)| *sampler).collect();
        names.dedup();
        return Err(format!("there is no sampler `{name}`; use one of {}", names.join(", ")));
    }
    let wanted = preset.unwrap_or(of_sampler[0].1);
    let found = of_sampler.iter().find(|(_, preset, _)| *preset == wanted);
    found.map(|(.., new)| *new).ok_or_else(|| {
        let presets: Vec<&str> = of_sampler.iter().map(|(_, preset, _)| *preset).collect();
        format!("{name} has no preset `{wanted}`; use one of {}", presets.join(", "))
    })
}
