//! Drives a study from async code: several jobs at a time run elsewhere, and each is told when it
//! comes back.
//!
//! ```text
//! cargo run --release --example async_ask_tell
//! ```

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tunewright::prelude::*;

#[derive(Tunable, Clone, Debug)]
struct Job {
    #[tune(range = 1e-4..=1.0, log)]
    learning_rate: f64,
    #[tune(range = 1..=8)]
    layers: u32,
}

/// Stands for a request to a cluster: large jobs take longer, and some machines are broken.
async fn run_somewhere(job: &Job, machine: u64) -> Result<f64, String> {
    sleep(Duration::from_millis(20 * u64::from(job.layers))).await;
    if machine == 5 {
        return Err("machine 5 is out of order".into());
    }
    Ok((job.learning_rate.log10() + 2.0).powi(2) + (f64::from(job.layers) - 4.0).abs() / 4.0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Runtime::new()?.block_on(search())
}

async fn search() -> Result<(), Box<dyn std::error::Error>> {
    const TRIALS: usize = 40;
    const AT_A_TIME: usize = 8;
    const PATIENCE: Duration = Duration::from_millis(150);

    let study = Study::<Job>::minimize().seed(3).build()?;
    let mut running = JoinSet::new();
    let mut begun = 0;
    let start = Instant::now();
    loop {
        while running.len() < AT_A_TIME && begun < TRIALS {
            // The sampler sees what has been told so far, and which jobs are still running. One
            // that thinks for long belongs into `spawn_blocking`; this one does not.
            let asked = study.ask()?;
            begun += 1;
            running.spawn(async move {
                let machine = asked.number() % 8;
                let outcome = timeout(PATIENCE, run_somewhere(asked.config(), machine)).await;
                (asked, outcome)
            });
        }
        let Some(finished) = running.join_next().await else { break };
        let (asked, outcome) = finished?;
        // A number completes the trial; an error, be it the job's or the timeout's, fails it.
        let record = study.tell(&asked, outcome)?;
        let result = match (record.value(), record.failure()) {
            (Some(value), _) => format!("{value:.3}"),
            (None, reason) => reason.unwrap_or("no result").to_owned(),
        };
        println!("{:4} ms  trial {:2}  {result}", start.elapsed().as_millis(), record.number());
    }
    println!("\n{}\n{:#?}", study.summary()?, study.best()?.config());
    Ok(())
}
