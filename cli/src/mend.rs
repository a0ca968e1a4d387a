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
    let stale = records.iter().filter(|record| is_stale(record, now, time, older_than));
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

/// Leases end by the storage's time, and trials start by the time of a machine.
fn is_stale(
    record: &TrialRecord,
    now: Timestamp,
    time: Timestamp,
    older_than: Option<Duration>,
) -> bool {
    if record.state() != TrialState::Running {
        return false;
    }
    match record.lease().and_then(|lease| lease.until) {
        Some(until) => until < time,
        None => older_than.is_some_and(|age| {
            let age = u64::try_from(age.as_micros()).unwrap_or(u64::MAX);
            record.started().unwrap_or_default().0.saturating_add(age) < now.0
        }),
    }
}

#[allow(clippy::disallowed_methods, reason = "whether a lease has run out is a matter of time")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
