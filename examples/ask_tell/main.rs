//! Serves a sampler over JSON lines, so that a program in any language can drive it.
//!
//! ```text
//! $ cargo run --release --example ask_tell -- --sampler sobol
//! {"op":"init","seed":1,"budget":50,"direction":"minimize","space":[
//!     {"name":"x","type":"float","low":1e-4,"high":1.0,"log":true},
//!     {"name":"n","type":"int","low":1,"high":20},
//!     {"name":"k","type":"cat","choices":["a","b"]}]}               -> {"ok":true}
//! {"op":"earlier","name":"march","trials":[{"params":{...},"value":0.2}]} -> {"ok":true}
//! {"op":"ask"}                             -> {"id":0,"params":{"k":"a","n":3,"x":0.1}}
//! {"op":"tell","id":0,"value":0.25}                                 -> {"ok":true}
//! {"op":"recommend"}                       -> {"id":0,"params":{"k":"a","n":3,"x":0.1}}
//! {"op":"preload","trials":[{"params":{...},"value":0.3}]}          -> {"ok":true}
//! ```
//!
//! Several goals have `"directions":["minimize","maximize"]` in init, and `"values":[0.1,20.0]` in tell.
//! Outcome constraints have their names in init, `"outcome_constraints":["c0"]`, and their values in tell,
//! `"constraints":[-0.3]`; one holds at 0 or less. `"reference":[1.0,5.0]` in init says beyond which values
//! of the goals a trial is worth nothing.
//!
//! A parameter may have `"believed":0.01`, near which a person believes good values to be.
//! An earlier study to learn from may come any number of times between init and the first ask.
//!
//! Each request is one line (wrapped here), and so is each reply. Any number of asks may be
//! outstanding, and tells come in any order; a `value` of null tells that the trial failed. A
//! tell may carry `"noise":0.01`, the standard deviation of the value. With `"repeats":true` in init a
//! point may be tried again. The space may have the form of a space file, too (see the guide). To
//! recommend is to name the trial whose config to take where values are noisy. What cannot be done is
//! answered with `{"error":"..."}`, has changed nothing, and the program goes on.

mod protocol;
mod session;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use session::Session;
use tunewright::sampler::Sampler;
use tunewright::sampler::nsga::Survival;
use tunewright::surrogate::Noise;
use tunewright::{
    BayesianSampler, ControllerSampler, EvolutionSampler, GridSampler, LocalSearchSampler,
    NsgaSampler, RandomSampler, SobolSampler,
};

/// Makes a sampler for a study of about so many trials.
type NewSampler = fn(budget: u64) -> Box<dyn Sampler>;

/// The samplers by the names that the command line gives them.
const SAMPLERS: &[(&str, NewSampler)] = &[
    ("bayesian", |_| Box::new(BayesianSampler::new())),
    ("bayesian_noisy", |_| Box::new(BayesianSampler::new().noise(Noise::PerTrial))),
    ("controller", |_| Box::new(ControllerSampler::new())),
    ("evolution", |_| Box::new(EvolutionSampler::new())),
    ("local", |_| Box::new(LocalSearchSampler::new())),
    ("nsga", |_| Box::new(NsgaSampler::new())),
    ("nsga2", |_| Box::new(NsgaSampler::new().survival(Survival::Crowding))),
    ("nsga3", |_| Box::new(NsgaSampler::new().survival(Survival::ReferenceDirections))),
    ("random", |_| Box::new(RandomSampler::new())),
    ("sobol", |_| Box::new(SobolSampler::new())),
    ("grid", |budget| Box::new(GridSampler::coarse_to_fine(budget))),
];

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<_> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let new_sampler = match sampler_named_by(&arguments) {
        Ok(new_sampler) => new_sampler,
        Err(message) => {
            eprintln!("{message}");
            return Ok(ExitCode::from(2));
        }
    };
    let mut session = Session::new(new_sampler);
    let mut output = io::stdout().lock();
    // Lines as bytes: one that is no valid UTF-8 is to be refused like any other mistake.
    for line in io::stdin().lock().split(b'\n') {
        writeln!(output, "{}", session.answer(&line?))?;
        output.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sampler_named_by(arguments: &[String]) -> Result<NewSampler, String> {
    let known = SAMPLERS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let name = match arguments {
        [flag, name] if flag == "--sampler" => name,
        _ => return Err(format!("usage: ask_tell --sampler NAME, where NAME is one of {known}")),
    };
    match SAMPLERS.iter().find(|(known, _)| known == name) {
        Some((_, new_sampler)) => Ok(*new_sampler),
        None => Err(format!("there is no sampler `{name}`; use one of {known}")),
    }
}
