//! Replays recorded learning curves, many times over, and says how far from the best config a study
//! was after so many training steps, with and without early stopping.
//!
//! ```text
//! $ cargo run --release --example replay_curves -- --data taskset_a.csv.gz --sampler bayesian --pruner default
//! task,steps,mean_regret,std_error
//! ...
//! ```
//!
//! A step is one checkpoint of one config. With `--mode pause` what was stopped may go on, and costs only its
//! further steps. With `--earlier 50` each search learns from studies of 50 trials, one of every other task in the file, by
//! the same sampler and pruner. Two things are worth a look for programs of your own:
//! `recorded.rs` is a search space that lists its points, and `replay.rs` counts what a study spends.

mod arguments;
mod recorded;
mod replay;
mod table;

use std::process::ExitCode;

use arguments::Arguments;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::parse(std::env::args_os().skip(1))?;
    let tasks = table::read(&arguments.data)?;
    print!("{}", replay::repeat(&tasks, &arguments)?);
    Ok(())
}
