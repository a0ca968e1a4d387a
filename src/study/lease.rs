//! Signs of life: who runs a trial renews its lease, and trials whose lease has run out are given
//! up.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::clock;
use super::shared::StudyCore;
use crate::storage::lock;
use crate::trial::{Event, History, Lease, Timestamp, TrialRecord};

/// How long a trial may stay without a sign of life, where the study does not say. Not varied.
pub(super) const USUAL: Duration = Duration::from_secs(120);

/// A lease is renewed this often while it lasts, so that one or two renewals may come late.
const RENEWALS: u32 = 4;

/// While it lasts, others look this often whether it has run out. Not varied.
const LOOKS: u32 = 16;

/// The leases of a study's own trials, and what it has seen of others'.
#[derive(Debug)]
pub(super) struct Leases {
    /// The name under which the study's trials run.
    worker: Arc<str>,
    /// `None` if leases do not end.
    length: Option<Duration>,
    own: Mutex<BTreeSet<u64>>,
    renewer: Mutex<Option<Thread>>,
    /// `None` before the first look.
    seen: Mutex<Option<(Instant, HashMap<u64, Seen>)>>,
    /// When the leases of others were last looked at.
    looked: Mutex<Option<Instant>>,
}

/// The lease of another's trial, as it was seen last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    until: Timestamp,
    since: Instant,
    /// Whether it began or was renewed between two looks that were no further apart than it is long:
    /// then it runs from there, whatever the clock of its worker says.
    lived: bool,
}

impl Leases {
    pub(super) fn new(worker: String, length: Option<Duration>) -> Self {
        Leases {
            worker: worker.into(),
            length,
            own: Mutex::default(),
            renewer: Mutex::default(),
            seen: Mutex::default(),
            looked: Mutex::default(),
        }
    }

    /// Whether it is time to look whether leases have run out.
    pub(super) fn are_due(&self) -> bool {
        let Some(length) = self.length else { return false };
        let (now, mut looked) = (clock::now(), lock(&self.looked));
        let due = looked.is_none_or(|looked| now.duration_since(looked) > length / LOOKS);
        if due {
            *looked = Some(now);
        }
        due
    }

    /// A lease that begins at a moment.
    pub(super) fn lease(&self, at: Timestamp) -> Lease {
        let lease = Lease::of(Arc::clone(&self.worker));
        match self.length.and_then(|length| u64::try_from(length.as_micros()).ok()) {
            Some(length) => lease.until(Timestamp(at.0.saturating_add(length))),
            None => lease,
        }
    }

    /// The lease of a trial that another process runs, longer by a sign of life; `None` if it needs none.
    pub(super) fn longer(&self, record: &TrialRecord, at: Timestamp) -> Option<Lease> {
        let lease = record.lease().filter(|lease| lease.until.is_some())?;
        let is_own = lock(&self.own).contains(&record.number());
        let until = self.lease(at).until.filter(|_| !is_own)?;
        Some(lease.clone().until(until))
    }

    /// Keeps the lease of a trial alive until it ends.
    pub(super) fn hold(&self, number: u64, core: &Arc<StudyCore>) {
        let Some(length) = self.length else { return };
        lock(&self.own).insert(number);
        let mut renewer = lock(&self.renewer);
        if renewer.is_none() {
            let core = Arc::downgrade(core);
            let renew = move || renew(&core, length / RENEWALS);
            // Where the system has no more threads, results that come before the lease ends count.
            let spawned = thread::Builder::new().name("tunewright-lease".into()).spawn(renew);
            *renewer = spawned.ok().map(|handle| handle.thread().clone());
        }
    }

    /// A trial has ended.
    pub(super) fn end(&self, number: u64) {
        if self.length.is_some() {
            lock(&self.own).remove(&number);
        }
    }

    /// The running trials whose leases have run out by a moment.
    ///
    /// The end that a lease names counts where the lease is seen for the first time after nobody looked
    /// for long. Otherwise it has run out when it has not changed for its length, because not every
    /// storage has a clock that all share.
    pub(super) fn run_out(&self, history: &History, at: Timestamp) -> Vec<u64> {
        let Some(length) = self.length else { return Vec::new() };
        let now = clock::now();
        let mut seen = lock(&self.seen);
        let (looked, before) = seen.take().unzip();
        let before = before.unwrap_or_default();
        let lived = looked.is_some_and(|looked| now.duration_since(looked) <= length);
        let mut known = HashMap::new();
        let mut out = Vec::new();
        for trial in history.pending() {
            let Some(lease) = trial.lease().filter(|lease| lease.worker != self.worker) else {
                continue;
            };
            let Some(until) = lease.until else { continue };
            let number = trial.number();
            let one = match before.get(&number) {
                Some(one) if one.until == until => *one,
                _ => Seen { until, since: now, lived },
            };
            known.insert(number, one);
            if (until < at && !one.lived) || now.duration_since(one.since) > length {
                out.push(number);
            }
        }
        *seen = Some((now, known));
        out
    }
}

impl Drop for Leases {
    fn drop(&mut self) {
        if let Some(renewer) = lock(&self.renewer).take() {
            renewer.unpark();
        }
    }
}

/// Renews the leases of a study's own trials as long as there is the study.
fn renew(core: &Weak<StudyCore>, pause: Duration) {
    loop {
        thread::park_timeout(pause);
        let Some(core) = core.upgrade() else { return };
        let own: Vec<u64> = lock(&core.leases.own).iter().copied().collect();
        for number in own {
            let renewed = vec![Event::Renewed { lease: core.lease() }];
            // A trial that was told meanwhile needs none, and a storage that fails now is asked
            // again soon.
            let _ = core.store.append(number, renewed);
        }
    }
}
