//! From the sampler's suggestion to a point that may be run: legal, and not run before.

use std::fmt;
use std::sync::Arc;

use super::clock;
use super::shared::StudyCore;
use super::untried::{Neighbours, Sweep, Swept};
use super::view::View;
use crate::earlier::{Believed, Matched};
use crate::error::{Error, Result};
use crate::math::random::Stream;
use crate::sampler::{Context, DEAD_END, Rejections, Sampler, Suggestion, Survey};
use crate::space::{Legality, Point, Space};
use crate::trial::{Event, History, Lease, Observed, Origin, TrialRecord, TrialState, metric};

/// Whether a point that was run before may be run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    Avoid,
    Allow,
}

/// The sampler, and what is known of the space's legal points.
pub(super) struct Searcher {
    sampler: Box<dyn Sampler>,
    repeats: Repeats,
    /// How many points the space has, if it is finite.
    cardinality: Option<u128>,
    /// What went before.
    earlier: Arc<[Matched]>,
    believed: Vec<Believed>,
    /// What is known of legal points; it only saves time.
    survey: Survey,
    neighbours: Neighbours,
    sweep: Sweep,
    /// How many trials had been interrupted when these two began.
    interrupted: usize,
}

/// What a suggestion depends on, but for the sampler.
pub(super) struct Seen<'a> {
    pub(super) space: &'a Space,
    pub(super) legality: &'a dyn Legality,
    pub(super) core: &'a StudyCore,
    pub(super) view: &'a View,
}

impl Seen<'_> {
    fn history(&self) -> Result<Arc<History>> {
        self.view.history(self.core.store.as_ref(), self.legality)
    }

    /// The trials that can go on; deletes the checkpoints of the others.
    fn paused<'h>(&self, history: &'h History) -> Result<Paused<'h>> {
        let Some(checkpoints) = &self.core.checkpoints else { return Ok(Paused::default()) };
        let saved = checkpoints.saved();
        let (interrupted, mut stopped): (Vec<_>, Vec<_>) = history
            .paused()
            .filter(|record| saved.has(record, history))
            .partition(|record| record.state() == TrialState::Interrupted);
        if let Some(pruning) = &self.core.pruning {
            pruning.keep_promising(self.core.store.as_ref(), &mut stopped)?;
        }
        let needed: Vec<_> = stopped.iter().chain(&interrupted).copied().collect();
        // What is not deleted now is so the next time.
        let _ = saved.clear(history, &needed);
        Ok(Paused { interrupted: interrupted.first().copied(), stopped })
    }

    /// The one of the stopped trials that the pruner lets go on instead of a new one.
    fn promoted<'h>(
        &self,
        stopped: &[&'h TrialRecord],
        number: u64,
    ) -> Result<Option<&'h TrialRecord>> {
        match &self.core.pruning {
            Some(pruning) if !stopped.is_empty() => {
                let store = self.core.store.as_ref();
                let mut random = Stream::new(store.header().seed, number).fork(PROMOTED);
                pruning.promote(store, stopped, &mut random)
            }
            _ => Ok(None),
        }
    }
}

/// The first events of a trial that goes on with an earlier one: it has the same config and reports.
fn going_on(earlier: &TrialRecord, started: Event) -> Vec<Event> {
    let mut notes = earlier.notes().clone();
    notes.remove(metric::SAVED_AT);
    let origin = Origin::Continued { of: earlier.number() };
    let mut events =
        vec![Event::Created { point: earlier.point().clone(), origin, notes }, started];
    if let Some(seconds) = earlier.metric(metric::SECONDS) {
        events.push(Event::recorded(metric::EARLIER_SECONDS, seconds));
    }
    events.extend(earlier.reported());
    events
}

/// Tells the pruner's random stream from the sampler's.
const PROMOTED: u64 = 0x7072_6f6d_6f74_6564;

/// Trials with checkpoints.
#[derive(Default)]
struct Paused<'h> {
    /// One that was interrupted.
    interrupted: Option<&'h TrialRecord>,
    /// Those that were stopped, as far as they are promising.
    stopped: Vec<&'h TrialRecord>,
}

/// How many suggestions of the sampler are tried for one trial.
const ATTEMPTS: u64 = 16;
/// How many random points are tried when the sampler finds none.
const DRAWS: u64 = 10_000;
/// The same where legal points are known to be rare.
const RARE_DRAWS: u64 = 256;

impl Searcher {
    pub(super) fn new(
        sampler: Box<dyn Sampler>,
        space: &Space,
        repeats: Repeats,
        (earlier, believed): (Arc<[Matched]>, Vec<Believed>),
    ) -> Self {
        Searcher {
            sampler,
            earlier,
            believed,
            repeats,
            cardinality: space.cardinality(),
            survey: Survey::default(),
            neighbours: Neighbours::default(),
            sweep: Sweep::default(),
            interrupted: 0,
        }
    }

    /// Begins a trial at a point that no other study on the storage has taken meanwhile. `None` if the
    /// study has `limit` trials, those aside that were interrupted.
    pub(super) fn begin(
        &mut self,
        seen: &Seen<'_>,
        lease: impl Fn() -> Lease,
        limit: u64,
    ) -> Result<Option<Arc<TrialRecord>>> {
        loop {
            // Before the history, which then holds every trial with a lower number.
            let number = seen.core.store.next_number()?;
            let history = seen.history()?;
            if number.saturating_sub(history.interrupted_count() as u64) >= limit {
                return Ok(None);
            }
            let paused = seen.paused(&history)?;
            // What a sampler believes of the end of a trial is about one goal, and knows of no limits.
            let goals = history.goals();
            let is_one = goals.len() == 1 && !goals.are_limited();
            let sampler_chooses = self.sampler.chooses_paused() && is_one;
            let first = match paused.interrupted {
                None if !sampler_chooses => {
                    let stopped = paused.stopped.iter().copied();
                    let stopped =
                        stopped.filter(|record| !Observed::new(record, goals).breaks_limits());
                    seen.promoted(&stopped.collect::<Vec<_>>(), number)?
                }
                interrupted => interrupted,
            };
            let suggestion = match first {
                Some(earlier) => Suggestion::going_on_with(earlier),
                None => self.suggest(seen, &history, &paused.stopped, number)?,
            };
            let earlier = suggestion.continued().and_then(|number| history.trial(number));
            // What the sampler takes for a suggestion is no time of the training.
            let started = Event::Started { at: clock::timestamp(), lease: Some(lease()) };
            let events = match earlier {
                Some(earlier) => going_on(earlier, started),
                None => {
                    let (point, notes) = suggestion.into_parts();
                    vec![Event::Created { point, origin: Origin::Sampler, notes }, started]
                }
            };
            match seen.core.store.begin(number, events) {
                // A storage that refuses without a reason would do so for ever.
                Err(Error::Outdated) if seen.core.store.next_number()? != number => {}
                begun => return begun.map(Some),
            }
        }
    }

    fn suggest(
        &mut self,
        seen: &Seen<'_>,
        history: &History,
        paused: &[&TrialRecord],
        number: u64,
    ) -> Result<Suggestion> {
        self.refuse_exhausted(history)?;
        let &Seen { space, legality, .. } = seen;
        let seed = seen.core.store.header().seed;
        for attempt in 0..ATTEMPTS {
            let survey = &self.survey;
            let context = Context::new(space, history, legality, survey, seed, (number, attempt));
            let context = context
                .with_paused(paused.iter().map(|trial| trial.number()).collect())
                .with_earlier(&self.earlier, &self.believed);
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
            if let Some(earlier) = suggestion.continued() {
                return match paused.iter().any(|trial| trial.number() == earlier) {
                    true => Ok(suggestion),
                    false => Err(Error::Sampler(
                        format!("it goes on with trial {earlier}, which is not paused").into(),
                    )),
                };
            }
            if self.may_run(history, legality, suggestion.point())?.is_none() {
                return Ok(suggestion);
            }
        }
        self.search_without_sampler(seen, history, number)
    }

    fn refuse_exhausted(&self, history: &History) -> Result<()> {
        let points = history.distinct() as u64;
        let all = self.cardinality.is_some_and(|all| u128::from(points) >= all);
        if all && self.repeats == Repeats::Avoid {
            return Err(Error::Exhausted { points });
        }
        Ok(())
    }

    /// `None` if the point may be run.
    fn may_run(
        &self,
        history: &History,
        legality: &dyn Legality,
        point: &Point,
    ) -> Result<Option<Refusal>> {
        if let Some(constraint) = legality.violated(point)? {
            return Ok(Some(Refusal::Illegal(constraint)));
        }
        let repeats = self.repeats == Repeats::Avoid && history.contains(legality.key(point));
        Ok(repeats.then_some(Refusal::Repeat))
    }

    /// Random points; where legal ones are rare, what can be reached from the known ones; then in
    /// finite spaces all points in order.
    fn search_without_sampler(
        &mut self,
        seen: &Seen<'_>,
        history: &History,
        number: u64,
    ) -> Result<Suggestion> {
        let &Seen { space, legality, .. } = seen;
        let seed = seen.core.store.header().seed;
        let mut random = Stream::new(seed, number).fork(u64::MAX);
        let mut rejections = Rejections::default();
        let mut looked_at = 0;
        let survey = &self.survey;
        let context = Context::new(space, history, legality, survey, seed, (number, ATTEMPTS));
        if let Some(points) = legality.points() {
            let may_run = |point: &Point| {
                self.repeats == Repeats::Allow || !history.contains(legality.key(point))
            };
            let found = context.any_of(points, &mut random, &mut rejections, may_run)?;
            let points = history.distinct() as u64;
            return match found {
                Some(point) => Ok(point.into()),
                None if points == 0 => Err(rejections.into_error(true)),
                None => Err(Error::Exhausted { points }),
            };
        }
        let draws = if context.is_rare() { RARE_DRAWS } else { DRAWS };
        for draw in 0..draws {
            looked_at += 1;
            let Some(point) = legality.draw(space, draw, &mut random) else {
                rejections.add(DEAD_END.into());
                continue;
            };
            match self.may_run(history, legality, &point)? {
                None => return Ok(point.into()),
                Some(Refusal::Illegal(constraint)) => rejections.add(constraint),
                Some(Refusal::Repeat) => {}
            }
        }
        let may_run = |point: &Point| {
            self.repeats == Repeats::Allow || !history.contains(legality.key(point))
        };
        if self.interrupted != history.interrupted_count() {
            self.interrupted = history.interrupted_count();
            (self.neighbours, self.sweep) = (Neighbours::default(), Sweep::default());
        }
        // No legal point was met but for those that were tried.
        if context.is_rare() || rejections.sampled() == draws {
            let walked = context.walk_to(&may_run, &mut random, &mut rejections)?;
            if let Some(point) = walked {
                return Ok(point.into());
            }
            let found = self.neighbours.next(space, history, legality, &may_run)?;
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
        let tried = history.distinct() as u64;
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
        f.debug_struct("Searcher").field("repeats", &self.repeats).finish_non_exhaustive()
    }
}
