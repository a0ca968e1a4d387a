//! A study that survives: any number of processes work on it, and any of them may be killed.
//!
//! ```text
//! cargo run --release --example durable -- --storage journal:runs.log --trials 100 --workers 4
//! cargo run --release --example durable -- --storage journal:runs.log --list
//! ```
//!
//! With `--several` there are two goals, one with a limit, and an outcome constraint; `--front` shows which
//! trials are on the front.
//!
//! Every result is acknowledged by a line `ack NUMBER VALUE`, after it is on the disk. `--list` and
//! `--dump` show what is stored.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tunewright::storage::{self, Storage, StoredTrial};
use tunewright::trial::{Trials, at_most, minimize};
use tunewright::{RandomSampler, Study, Tunable};

#[derive(Clone, Debug, Tunable)]
struct Config {
    #[tune(range = -10.0..=10.0)]
    x: f64,
    #[tune(range = 1e-5..=1.0, log)]
    lr: f64,
    act: Activation,
}

#[derive(Clone, Copy, Debug, Tunable)]
enum Activation {
    #[tune(rename = "relu")]
    Relu,
    #[tune(rename = "tanh")]
    Tanh,
    #[tune(rename = "gelu")]
    Gelu,
}

impl Config {
    /// What the second goal is in a study with several.
    fn cost(&self) -> f64 {
        10.0 - self.x.abs() + f64::from(self.act as u8)
    }

    /// A value that tells whether the parts of a trial belong together.
    fn value(&self) -> f64 {
        self.x * self.x + (self.lr.log10() + 3.0).powi(2) + f64::from(self.act as u8)
    }
}

struct Options {
    storage: String,
    study: String,
    trials: usize,
    workers: usize,
    delay: Duration,
    lease: Option<Duration>,
    batch: usize,
    several: bool,
    show: Option<Show>,
}

#[derive(Clone, Copy, PartialEq)]
enum Show {
    List,
    Dump,
    Front,
}

fn main() -> ExitCode {
    match Options::from_args().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, whatever the causes say.
            let text = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            eprintln!("error: {text}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let storage = storage::open(&options.storage)?;
    match options.show {
        Some(Show::Front) => {
            let store = storage.find(&options.study)?;
            let store = store.ok_or_else(|| format!("no study is named `{}`", options.study))?;
            for trial in Trials::read(&*store)?.front() {
                println!("{}", trial.number());
            }
            Ok(())
        }
        Some(show) => print(storage.as_ref(), &options.study, show),
        None => optimize(storage, options),
    }
}

fn optimize(storage: Box<dyn Storage>, options: &Options) -> Result<(), Box<dyn Error>> {
    let builder = match options.several {
        true => Study::<Config>::goals([minimize("error"), minimize("cost").limit(9.5)])
            .outcome_constraint("memory", at_most(1.5)),
        false => Study::<Config>::minimize(),
    };
    let mut builder = builder.name(&options.study).storage(storage).sampler(RandomSampler::new());
    if let Some(lease) = options.lease {
        builder = builder.lease(lease);
    }
    let study = builder.build()?;
    let begun = AtomicUsize::new(0);
    let work = || work(&study, &begun, options);
    thread::scope(|scope| {
        let others: Vec<_> = (1..options.workers).map(|_| scope.spawn(work)).collect();
        let mut result = work();
        for other in others {
            result = result.and(other.join().unwrap_or_else(|_| Err("a worker panicked".into())));
        }
        result.map_err(Into::into)
    })
}

/// What one worker does: trials in batches whose results reach the disk together.
fn work(study: &Study<Config>, begun: &AtomicUsize, options: &Options) -> Result<(), String> {
    let message = |error: tunewright::Error| error.to_string();
    loop {
        let mut results = Vec::new();
        while results.len() < options.batch {
            if begun.fetch_add(1, Ordering::Relaxed) >= options.trials {
                break;
            }
            let mut asked = study.ask().map_err(message)?;
            thread::sleep(options.delay);
            let mut values = vec![asked.config().value()];
            if options.several {
                values.push(asked.config().cost());
                let memory = f64::from(asked.config().act as u8);
                asked.trial().record("memory", memory);
            }
            results.push((asked.id(), values));
        }
        if results.is_empty() {
            return Ok(());
        }
        for (told, (id, values)) in study.tell_each(results.clone()).into_iter().zip(results) {
            match told {
                Ok(_) => acknowledge(&format!("ack {} {:?}\n", id.number(), values[0]))?,
                // Another process took this worker for dead.
                Err(error @ tunewright::Error::AlreadyTold { .. }) => eprintln!("warning: {error}"),
                Err(error) => return Err(message(error)),
            }
        }
    }
}

/// One write, so that lines of several processes do not mix.
fn acknowledge(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| format!("the result could not be acknowledged: {error}"))
}

fn print(storage: &dyn Storage, study: &str, show: Show) -> Result<(), Box<dyn Error>> {
    let stored = storage.stored(study)?;
    let stored = stored.ok_or_else(|| format!("the storage has no study `{study}`"))?;
    for warning in stored.warnings() {
        eprintln!("warning: {warning}");
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for trial in stored.trials() {
        match show {
            Show::List => writeln!(out, "{}", line(trial))?,
            Show::Dump => writeln!(out, "{}", trial.to_json())?,
            Show::Front => {}
        }
    }
    out.flush()?;
    Ok(())
}

fn line(trial: &StoredTrial) -> String {
    let values: Vec<String> = trial.values().iter().map(|value| format!("{value:?}")).collect();
    let values = if values.is_empty() { "-".into() } else { values.join(",") };
    format!("trial {} {} {values}", trial.number(), trial.state())
}

impl Options {
    fn from_args() -> Result<Self, Box<dyn Error>> {
        let mut options = Options {
            storage: String::new(),
            study: "durable".into(),
            trials: 0,
            workers: 1,
            delay: Duration::ZERO,
            lease: None,
            batch: 1,
            several: false,
            show: None,
        };
        let mut args = std::env::args().skip(1);
        while let Some(name) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--storage" => options.storage = value()?,
                "--study" => options.study = value()?,
                "--trials" => options.trials = number(&name, &value()?)?,
                "--workers" => options.workers = number(&name, &value()?)?.max(1),
                "--batch" => options.batch = number(&name, &value()?)?.max(1),
                "--delay-us" => {
                    options.delay = Duration::from_micros(number(&name, &value()?)? as u64);
                }
                "--lease-ms" => {
                    options.lease = Some(Duration::from_millis(number(&name, &value()?)? as u64));
                }
                "--several" => options.several = true,
                "--front" => options.show = Some(Show::Front),
                "--list" => options.show = Some(Show::List),
                "--dump" => options.show = Some(Show::Dump),
                _ => return Err(format!("there is no option {name}").into()),
            }
        }
        if options.storage.is_empty() {
            return Err("name the storage, as in `--storage journal:runs.log`".into());
        }
        Ok(options)
    }
}

fn number(name: &str, text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{name} takes a whole number, and not {text}"))
}
