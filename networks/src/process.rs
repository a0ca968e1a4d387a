use std::env;
use std::process::{Command, ExitCode};

use super::{Arguments, Failure};

/// How many threads candle uses; it asks at every product, and shares its threads among all that
/// compute at the same time.
const THREADS: [&str; 2] = ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"];

/// The `main` of a search called `name`: reads the arguments, and prints what fails.
///
/// candle takes its number of threads from the environment alone, and unless that says one, children
/// that are trained side by side wait for each other. A program cannot safely change its own
/// environment, so that it starts itself anew where the variables are not set.
pub fn run(name: &str, search: impl FnOnce(&Arguments) -> Result<(), Failure>) -> ExitCode {
    let run = || -> Result<ExitCode, Failure> {
        let arguments = Arguments::parse(name, env::args().skip(1))?;
        if THREADS.iter().all(|name| env::var_os(name).is_some()) {
            search(&arguments)?;
            return Ok(ExitCode::SUCCESS);
        }
        let status = Command::new(env::current_exe()?)
            .args(env::args_os().skip(1))
            .envs(THREADS.map(|name| (name, "1")))
            .status()?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    };
    run().unwrap_or_else(|failure| {
        eprintln!("{failure}");
        ExitCode::FAILURE
    })
}
