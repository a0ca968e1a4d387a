//! From the sampler's suggestion to a point that may be run: legal, and not run before.

use std::fmt;

use super::clock;
use super::untried::{Neighbours, Sweep, Swept};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::sampler::{Context, DEAD_END, Legality, Rejections, Sampler, Suggestion, Survey};
use crate::space::{Point, Space};
use crate::storage::{Start, StudyStore};
use crate::trial::{Direction, History, Origin, TrialRecord};

/// Whether a point that was run before may be run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    Avoid,
    Allow,
}

/// The sampler and the history that it sees.
pub(super) struct Searcher {
    sampler: Box<dyn Sampler>,
    history: History,
    revision: u64,
    repeats: Repeats,
    /// How many points the space has, if it is finite.
    cardinality: Option<u128>,
    /// What is known of legal points; it only saves time.
    survey: Survey,
    neighbours: Neighbours,
    sweep: Sweep,
}

/// How often the sampler is asked for one trial.
const ATTEMPTS: u64 = 16;
/// How many random points are tried when the sampler finds none.
const DRAWS: u64 = 10_000;
/// The same where legal points are known to be rare.
const RARE_DRAWS: u64 = 256;

impl Searcher {
    /// A searcher that knows nothing of the past until [`refresh`](Self::refresh).
    pub(super) fn new(
        sampler: Box<dyn Sampler>,
        space: &Space,
        directions: &[Direction],
        repeats: Repeats,
    ) -> Self {
        let history = History::new(directions);
        let cardinality = space.cardinality();
        Searcher {
            sampler,
            history,
            revision: 0,
            repeats,
            cardinality,
            survey: Survey::default(),
            neighbours: Neighbours::default(),
            sweep: Sweep::default(),
        }
    }

    /// Starts a claimed trial at a point that no other study on the storage has taken meanwhile.
    pub(super) fn start(
        &mut self,
        store: &dyn StudyStore,
        space: &Space,
        legality: &dyn Legality,
        number: u64,
    ) -> Result<TrialRecord> {
        self.refresh(store, legality)?;
        loop {
            let suggestion = self.suggest(space, legality, store.header().seed, number)?;
            let (point, notes) = suggestion.into_parts();
            let at = clock::timestamp();
            loop {
                let since = (self.repeats == Repeats::Avoid).then_some(self.revision);
                let start = Start { point: point.clone(), notes: notes.clone(), at, since };
                match store.start(number, start) {
                    Ok(()) => {
                        // What the storage keeps, without asking for it, which could fail.
                        let mut record = TrialRecord::waiting(number, point, Origin::Sampler);
                        record.start(at);
                        record.add_notes(notes);
                        return Ok(record);
                    }
                    Err(Error::Outdated) => {}
                    Err(error) => return Err(error),
                }
                let before = self.revision;
                self.refresh(store, legality)?;
                if self.revision == before {
                    // A storage that refuses without a reason would do so for ever.
                    return Err(Error::Outdated);
                }
                if self.history.contains(legality.key(&point)) {
                    break;
                }
            }
        }
    }

    /// Brings the history up to date.
    fn refresh(&mut self, store: &dyn StudyStore, legality: &dyn Legality) -> Result<()> {
        let changes = store.changes(self.revision)?;
        for record in changes.records {
            self.history.update(record, |point| legality.key(point));
        }
        self.revision = changes.revision;
        Ok(())
    }

    fn suggest(
        &mut self,
        space: &Space,
        legality: &dyn Legality,
        seed: u64,
        number: u64,
    ) -> Result<Suggestion> {
        self.refuse_exhausted()?;
        for attempt in 0..ATTEMPTS {
            let (history, survey) = (&self.history, &self.survey);
            let context = Context::new(space, history, legality, survey, seed, (number, attempt));
            let suggested = self.sampler.suggest(&context);
            if let Some(failure) = context.take_failure() {
                return Err(failure);
            }
            let suggestion = match suggested {
                Ok(suggestion) => suggestion,
                // What a sampler does not find may be there all the same.
                Err(Error::ConstraintUnsatisfied { .. }) => break,
                Err(error) => return Err(error),
            };
            space.check(suggestion.point())?;
            if self.may_run(legality, suggestion.point())?.is_none() {
                return Ok(suggestion);
            }
        }
        self.search_without_sampler(space, legality, seed, number)
    }

    fn refuse_exhausted(&self) -> Result<()> {
        let distinct = self.history.distinct() as u128;
        match self.repeats {
            Repeats::Avoid if self.cardinality.is_some_and(|all| distinct >= all) => {
                Err(self.exhausted())
            }
            _ => Ok(()),
        }
    }

    fn exhausted(&self) -> Error {
        Error::Exhausted { points: self.history.distinct() as u64 }
    }

    /// `None` if the point may be run.
    fn may_run(&self, legality: &dyn Legality, point: &Point) -> Result<Option<Refusal>> {
        if let Some(constraint) = legality.violated(point)? {
            return Ok(Some(Refusal::Illegal(constraint)));
        }
        let repeats = self.repeats == Repeats::Avoid && self.history.contains(legality.key(point));
        Ok(repeats.then_some(Refusal::Repeat))
    }

    /// Random points; where legal ones are rare, what can be reached from the known ones; then in
    /// finite spaces all points in order.
    fn search_without_sampler(
        &mut self,
        space: &Space,
        legality: &dyn Legality,
        seed: u64,
        number: u64,
    ) -> Result<Suggestion> {
        let mut random = Stream::new(seed, number).fork(u64::MAX);
        let mut rejections = Rejections::default();
        let mut looked_at = 0;
        let (history, survey) = (&self.history, &self.survey);
        let context = Context::new(space, history, legality, survey, seed, (number, ATTEMPTS));
        let draws = if context.is_rare() { RARE_DRAWS } else { DRAWS };
        for draw in 0..draws {
            looked_at += 1;
            let Some(point) = legality.draw(space, draw, &mut random) else {
                rejections.add(DEAD_END.into());
                continue;
            };
            match self.may_run(legality, &point)? {
                None => return Ok(point.into()),
                Some(Refusal::Illegal(constraint)) => rejections.add(constraint),
                Some(Refusal::Repeat) => {}
            }
        }
        let may_run = |point: &Point| {
            self.repeats == Repeats::Allow || !self.history.contains(legality.key(point))
        };
        // No legal point was met but for those that were tried.
        if context.is_rare() || rejections.sampled() == draws {
            let walked = context.walk_to(&may_run, &mut random, &mut rejections)?;
            if let Some(point) = walked {
                return Ok(point.into());
            }
            let found = self.neighbours.next(space, &self.history, legality, &may_run)?;
            if let Some(point) = found {
                return Ok(point.into());
            }
        }
        let complete = match self.sweep.next(space, legality, &may_run)? {
            Swept::Found(point) => return Ok(point.into()),
            Swept::All(all) => {
                rejections = all;
                true
            }
            Swept::Part(points) => {
                looked_at = points + looked_at.max(rejections.sampled());
                false
            }
        };
        let tried = self.history.distinct() as u64;
        Err(match (tried, complete) {
            (0, _) => rejections.into_error(complete),
            (_, true) => Error::Exhausted { points: tried },
            (_, false) => Error::NothingNew { tried, looked_at },
        })
    }
}

enum Refusal {
    Illegal(String),
    Repeat,
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searcher").field("revision", &self.revision).finish_non_exhaustive()
    }
}
