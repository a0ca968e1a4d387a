//! `tunewright`: looks at stored studies, carries them over, and mends them.

mod carry;
mod mend;
mod show;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tunewright::storage::{self, Revision, Storage, StudyStore};

/// What a command fails with.
type Failure = Box<dyn Error>;

/// Looks at stored tuning studies, carries them over, and mends them.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// A study in a storage.
#[derive(Debug, clap::Args)]
struct Target {
    /// The storage, such as `journal:runs.log`.
    storage: String,
    /// The name of the study; may be left out if the storage has one.
    study: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the studies of a storage.
    List {
        /// The storage, such as `journal:runs.log`.
        storage: String,
        /// Writes JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows a study: its best trial, and how its trials went.
    Show {
        #[command(flatten)]
        target: Target,
        /// Writes JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows the trials of a study, the best ones first.
    Table {
        #[command(flatten)]
        target: Target,
        /// How many trials; all by default.
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Says what the trials tell of each parameter.
    Explain {
        #[command(flatten)]
        target: Target,
    },
    /// Writes the page of a study to the standard output, or to a file.
    Report {
        #[command(flatten)]
        target: Target,
        /// The file.
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Follows a running study: a line for each trial that begins or ends.
    Tail {
        #[command(flatten)]
        target: Target,
        /// Ends when no trial waits, and none runs whose worker gives a sign of life.
        #[arg(long)]
        until_idle: bool,
        /// Writes a JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Writes the trials of a study that fit its space to the standard output, as CSV or as JSON.
    Export {
        #[command(flatten)]
        target: Target,
        /// Writes JSON, which holds all that is known of them, and which `import` reads.
        #[arg(long)]
        json: bool,
    },
    /// Puts an export as JSON into a storage, as a new study. CSV is read by the library.
    Import {
        /// The storage, such as `journal:runs.log`.
        storage: String,
        /// The file.
        file: PathBuf,
        /// Another name for the study.
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
    /// Copies the trials of a study that fit its space to another storage, or under another name.
    Copy {
        #[command(flatten)]
        target: Target,
        /// The other storage.
        #[arg(long)]
        to: String,
        /// Another name for the study.
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
    },
    /// Names what is damaged in a journal; the exit status is 1 if anything is.
    Verify {
        /// The journal's path; `journal:` may stand before it.
        journal: String,
    },
    /// Leaves out what is damaged in a journal, which is kept beside the repaired one.
    Repair {
        /// The journal's path; `journal:` may stand before it.
        journal: String,
    },
    /// Fails the running trials whose workers give no sign of life, for good: they are not retried. A worker
    /// that asks does the same, and retries them where the study does.
    FailStale {
        #[command(flatten)]
        target: Target,
        /// Also those without a lease, such as Optuna's, that began at least so many minutes ago.
        #[arg(long, value_name = "MINUTES")]
        older_than: Option<u64>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        // Who reads only the beginning is no failure.
        Err(error) if is_closed(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn is_closed(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List { storage, json } => show::list(&*storage::open(&storage)?, json)?,
        Command::Show { target, json } => show::show(&*target.open()?, json)?,
        Command::Table { target, limit } => show::table(&*target.open()?, limit)?,
        Command::Explain { target } => show::explain(&*target.open()?)?,
        Command::Report { target, output } => show::report(&*target.open()?, output.as_deref())?,
        Command::Tail { target, until_idle, json } => {
            show::tail(&*target.open()?, until_idle, json)?;
        }
        Command::Export { target, json } => carry::export(&*target.open()?, json)?,
        Command::Import { storage, file, name } => {
            carry::import(&*storage::open(&storage)?, &file, name)?;
        }
        Command::Copy { target, to, name } => {
            carry::copy(&*target.open()?, &*storage::open(&to)?, name)?;
        }
        Command::Verify { journal } => return mend::verify(path(&journal)),
        Command::Repair { journal } => mend::repair(path(&journal))?,
        Command::FailStale { target, older_than } => {
            let older_than = older_than.map(|minutes| Duration::from_secs(60 * minutes));
            mend::fail_stale(&*target.open()?, older_than)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The path of a journal.
fn path(journal: &str) -> &Path {
    Path::new(journal.strip_prefix("journal:").unwrap_or(journal))
}

impl Target {
    /// The trials of the study. What is not among them is told.
    fn open(&self) -> Result<Arc<dyn StudyStore>, Failure> {
        let storage = storage::open(&self.storage)?;
        let name = match &self.study {
            Some(name) => name.clone(),
            None => only(storage.as_ref(), &self.storage)?,
        };
        let Some(store) = storage.find(&name)? else {
            return Err(tunewright::Error::NoSuchStudy { name, known: storage.names()? }.into());
        };
        if let Some(stored) = storage.stored(&name)? {
            stored.warnings().iter().for_each(|warning| eprintln!("warning: {warning}"));
            let fitting = store.changes(&Revision::START)?.records.len();
            match stored.trials().count().saturating_sub(fitting) {
                0 => {}
                1 => eprintln!(
                    "warning: 1 trial does not fit the space of the study; it is left out"
                ),
                others => eprintln!(
                    "warning: {others} trials do not fit the space of the study; they are left out"
                ),
            }
        }
        Ok(store)
    }
}

/// The name of the only study.
fn only(storage: &dyn Storage, url: &str) -> Result<String, Failure> {
    let names = storage.names()?;
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => Err(format!("{url} has no study").into()),
        _ => Err(format!("{url} has several studies; name one of {}", names.join(", ")).into()),
    }
}
