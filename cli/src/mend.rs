use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tunewright::storage::{JournalStorage, Revision, StudyStore};
use tunewright::trial::{Event, Outcome, Timestamp, TrialRecord, TrialState};

use crate::Failure;

pub(crate) fn verify(journal: &Path) -> Result<ExitCode, Failure> {
    let damage = JournalStorage::new(journal).damage()?;
    for sentence in &damage {
        println!("{sentence}");
    }
    if damage.is_empty() {
        println!("nothing is damaged");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

pub(crate) fn repair(journal: &Path) -> Result<(), Failure> {
    let repaired = JournalStorage::new(journal).repair()?;
    for sentence in &repaired.lost {
        println!("{sentence}");
    }
    match repaired.kept {
        Some(kept) => println!("the journal as it was is kept as {}", kept.display()),
        None => println!("nothing is damaged"),
    }
    Ok(())
}

pub(crate) fn fail_stale(
    store: &dyn StudyStore,
    older_than: Option<Duration>,
) -> Result<(), Failure> {
    let now = now();
    let time = store.time().unwrap_or(now);
    let records = store.changes(&Revision::START)?.records;
    let is_old = |record: &TrialRecord| {
        let age = older_than.and_then(|age| u64::try_from(age.as_micros()).ok());
        let started = record.started().unwrap_or_default().0;
        let until = record.lease().and_then(|lease| lease.until);
        age.is_some_and(|age| until.is_none() && started.saturating_add(age) < now.0)
    };
    let runs = records.iter().filter(|record| record.state() == TrialState::Running);
    let stale = runs.filter(|record| has_run_out(record, time) || is_old(record));
    let mut failed = 0;
    for record in stale {
        let outcome = Outcome::Failed("it was given up by `tunewright fail-stale`".into());
        store.append(record.number(), vec![Event::Finished { outcome, at: now }])?;
        println!("trial {} has failed now", record.number());
        failed += 1;
    }
    if failed == 0 {
        println!("no trial is stale");
    }
    Ok(())
}

/// Whether the lease of a running trial has run out.
pub(crate) fn has_run_out(record: &TrialRecord, time: Timestamp) -> bool {
    let until = record.lease().and_then(|lease| lease.until);
    record.state() == TrialState::Running && until.is_some_and(|until| until < time)
}

#[allow(clippy::disallowed_methods, reason = "whether a lease has run out is a matter of time")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
