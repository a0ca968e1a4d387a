//! The learning curves of a study with several goals.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Curve, Curves};
use crate::math::pareto::ranks::ranks;
use crate::trial::{Direction, Goals, History, Timestamp, TrialRecord};

/// The learning curves of a study with several goals: those in each goal alone, and those of the
/// [front ranks](Self::by_front).
///
/// Each goal of a trial has a value at each step at which the trial has reported any goal: the latest
/// one that it has [reported](crate::Trial::report_goals) of this goal, and before the first one that.
/// A goal that it does not report has the value that it has [recorded](crate::Trial::record) under the
/// goal's name, or the one with which it ended. Where there is none of these, nothing is known of the
/// goal: then the trial has no curve in it, and no front rank.
#[derive(Clone, Debug)]
pub struct GoalCurves {
    goals: Goals,
    each: Vec<Curves>,
    /// The ranks at some steps: all trials that have come as far, by their numbers.
    ranked: BTreeMap<u64, Vec<(u64, usize)>>,
}

impl GoalCurves {
    /// No curves yet. `last_step` is the step of the last report of a whole run, where that is known.
    pub fn new(goals: &Goals, last_step: Option<u64>) -> Self {
        let each = goals.iter().map(|direction| Curves::new(direction, last_step));
        GoalCurves { goals: goals.clone(), each: each.collect(), ranked: BTreeMap::new() }
    }

    /// The same in a study with [checkpoints](crate::study::StudyBuilder::checkpoints).
    pub(crate) fn with_checkpoints(self) -> Self {
        let each = self.each.into_iter().map(Curves::with_checkpoints).collect();
        GoalCurves { each, ..self }
    }

    /// The same without the trials that have ended and break a limit or an outcome constraint: they are no
    /// measure for others.
    pub(crate) fn of_feasible(self) -> Self {
        let each = self.each.into_iter().map(|curves| curves.of_feasible(&self.goals)).collect();
        GoalCurves { each, ..self }
    }

    /// The curves of all trials of a history.
    pub fn of(history: &History) -> Self {
        let mut curves = GoalCurves::new(history.goals(), None);
        history.trials().for_each(|record| curves.update(record));
        curves
    }

    /// Takes in a trial, or its later state.
    pub fn update(&mut self, record: &TrialRecord) {
        let before = self.several(record.number()).map(|trial| trial.owned());
        for (goal, curves) in self.each.iter_mut().enumerate() {
            curves.take_in(record, of_goal(record, &self.goals, goal));
        }
        if self.ranked.is_empty() {
            return;
        }
        // The ranks change where the trial has come to or is not any more, and where its losses are others.
        let now = self.several(record.number()).map(|trial| trial.owned());
        let (before, now) = (before.unwrap_or_default(), now.unwrap_or_default());
        let same = before.iter().zip(&now).take_while(|(before, now)| before == now).count();
        let last = |trial: &[(u64, Vec<f64>)]| trial.last().map(|(step, _)| *step);
        let Some(end) = last(&before).max(last(&now)) else { return };
        let from = last(&before[..same]).map_or(0, |step| step.saturating_add(1));
        self.ranked.retain(|step, _| !(from..=end).contains(step));
    }

    /// Ranks the trials at all steps now, so that [`by_front`](Self::by_front) has less to do until trials
    /// report again.
    pub(crate) fn rank(&mut self) {
        let trials = self.trials();
        let ranked = compared_at(&trials).into_iter().map(|step| match self.ranked.get(&step) {
            Some(known) => (step, known.clone()),
            None => (step, ranked_at(&trials, step)),
        });
        let ranked = ranked.collect();
        self.ranked = ranked;
    }

    /// The trials of which all goals are known.
    fn trials(&self) -> Vec<Several<'_>> {
        let first = self.each.iter().take(1).flat_map(|curves| curves.iter());
        first.filter_map(|curve| self.several(curve.number())).collect()
    }

    fn several(&self, number: u64) -> Option<Several<'_>> {
        self.of_trial(number).map(Several)
    }

    /// Takes note that the last report of a trial is made now, from which its seconds follow.
    pub(crate) fn reported_at(&mut self, number: u64, now: Timestamp) {
        self.each.iter_mut().for_each(|curves| curves.reported_at(number, now));
    }

    /// The goals of the study.
    pub fn goals(&self) -> &Goals {
        &self.goals
    }

    /// The curves in each goal alone, in the order of the goals.
    pub fn each(&self) -> &[Curves] {
        &self.each
    }

    /// The curves of a trial in each goal alone; `None` where nothing is known of one of them.
    pub fn of_trial(&self, number: u64) -> Option<Vec<&Curve>> {
        self.each.iter().map(|curves| curves.get(number)).collect()
    }

    /// The curves of the ranks that the trials have among all that have come as far: 0 for one that no
    /// other dominates at this step, 1 for one that none dominates when those of rank 0 are left out, and
    /// so on (non-dominated sorting: Deb, Pratap, Agarwal and Meyarivan 2002). At its end a trial has the
    /// rank of its values among those of all complete trials. What has diverged in one goal has an infinite
    /// rank.
    ///
    /// They are curves like those of a single goal that is to be low, so that whatever judges such curves
    /// can judge these.
    pub fn by_front(&self) -> Curves {
        let Some(first) = self.each.first() else { return Curves::new(Direction::Minimize, None) };
        let trials = self.trials();
        let places: BTreeMap<u64, usize> =
            trials.iter().enumerate().map(|(at, trial)| (trial.number(), at)).collect();
        let mut ranked: Vec<Vec<(u64, f64)>> = vec![Vec::new(); trials.len()];
        for step in compared_at(&trials) {
            let known = self.ranked.get(&step).map(Cow::Borrowed);
            let known = known.unwrap_or_else(|| Cow::Owned(ranked_at(&trials, step)));
            for (number, rank) in known.iter() {
                if let Some(&at) = places.get(number) {
                    ranked[at].push((step, *rank as f64));
                }
            }
        }
        let ended = (0..trials.len()).filter_map(|at| Some((at, trials[at].losses()?)));
        let (ended, losses): (Vec<usize>, Vec<Vec<f64>>) = ended.unzip();
        let mut ends = vec![None; trials.len()];
        for (at, rank) in ended.into_iter().zip(ranks(&losses)) {
            ends[at] = Some(rank as f64);
        }
        let curves = trials.iter().zip(&ranked).zip(ends);
        first.with_ranks(curves.filter_map(|((trial, ranked), end)| trial.ranked(ranked, end)))
    }
}

/// The curves of a trial, one for each goal, with the same steps.
struct Several<'a>(Vec<&'a Curve>);

/// The ranks at a step of the trials that have come as far, by their numbers.
fn ranked_at(trials: &[Several<'_>], step: u64) -> Vec<(u64, usize)> {
    let there = trials.iter().filter_map(|trial| Some((trial.number(), trial.losses_at(step)?)));
    let (there, losses): (Vec<u64>, Vec<Vec<f64>>) = there.unzip();
    there.into_iter().zip(ranks(&losses)).collect()
}

impl Several<'_> {
    fn number(&self) -> u64 {
        self.0.first().map_or(0, |curve| curve.number())
    }

    /// Steps and losses.
    fn owned(&self) -> Vec<(u64, Vec<f64>)> {
        let at = |at: usize| {
            self.0
                .iter()
                .filter_map(|curve| curve.reports().get(at))
                .map(|(_, loss)| *loss)
                .collect()
        };
        self.reports().iter().enumerate().map(|(index, (step, _))| (*step, at(index))).collect()
    }

    fn reports(&self) -> &[(u64, f64)] {
        self.0.first().map_or(&[], |curve| curve.reports())
    }

    /// What the trial has come to at a step; `None` if it has not come as far.
    fn losses_at(&self, step: u64) -> Option<Vec<f64>> {
        let (last, _) = *self.reports().last()?;
        let losses = || self.0.iter().map(|curve| curve.loss_at(step).map(comparable)).collect();
        (step <= last).then(losses)?
    }

    /// What it ended with; `None` if it has no result.
    fn losses(&self) -> Option<Vec<f64>> {
        self.0.iter().map(|curve| curve.loss().map(comparable)).collect()
    }

    /// The curve of the ranks that it has at some steps, the last one among them.
    fn ranked(&self, ranks: &[(u64, f64)], end: Option<f64>) -> Option<Curve> {
        let first = *self.0.first()?;
        let mut reports = Vec::with_capacity(first.reports().len());
        for (at, &(step, _)) in first.reports().iter().enumerate() {
            let after = ranks.partition_point(|(other, _)| *other <= step);
            let (_, rank) = ranks[..after].last().or_else(|| ranks.first())?;
            let mut losses = self.0.iter().filter_map(|curve| curve.reports().get(at));
            let diverged = losses.any(|(_, loss)| loss.is_nan() || *loss == f64::INFINITY);
            reports.push((step, if diverged { f64::INFINITY } else { *rank }));
        }
        Some(first.with_reports(reports, end))
    }
}

/// A loss that compares: NaN is the worst.
fn comparable(loss: f64) -> f64 {
    if loss.is_nan() { f64::INFINITY } else { loss }
}

/// Steps at which trials are compared, unless there are fewer. It bounds the time.
const MOST_STEPS: usize = 256;

/// The steps at which trials are compared: all at which one has reported; where these are too many, as
/// where steps are seconds, some of them and the last one of each trial.
fn compared_at(trials: &[Several<'_>]) -> BTreeSet<u64> {
    let steps =
        |trial: &Several<'_>| trial.reports().iter().map(|(step, _)| *step).collect::<Vec<_>>();
    let all: BTreeSet<u64> = trials.iter().flat_map(steps).collect();
    let every = all.len().div_ceil(MOST_STEPS).max(1);
    let last = trials.iter().filter_map(|trial| trial.reports().last()).map(|(step, _)| *step);
    all.into_iter().step_by(every).chain(last).collect()
}

/// The curve of a trial in one goal; `None` where nothing is known of the goal.
fn of_goal(record: &TrialRecord, goals: &Goals, goal: usize) -> Option<Curve> {
    let direction = goals.iter().nth(goal)?;
    let own = record.reports_of(goal);
    let constant = match own.first_key_value() {
        Some((_, first)) => *first,
        None => {
            let recorded = record.metrics().get(&*goals.name(goal));
            *recorded.or_else(|| record.values().get(goal))?
        }
    };
    let value_at = |step: u64| own.range(..=step).next_back().map_or(constant, |(_, value)| *value);
    let reports = record.steps().into_iter().map(|step| (step, direction.orient(value_at(step))));
    let end = record.values().get(goal).map(|value| direction.orient(*value));
    Some(Curve::new(record, direction).with_reports(reports.collect(), end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::Point;
    use crate::trial::{Event, Origin, Outcome, TrialState, maximize, minimize};

    fn goals() -> Goals {
        Goals::of([minimize("error"), maximize("speed"), minimize("size")]).unwrap()
    }

    fn record(number: u64, then: impl IntoIterator<Item = Event>) -> TrialRecord {
        let point = Point::from_values([Some(0.5)]);
        let started = Event::Started { at: Timestamp(1), lease: None };
        let events = [Event::created(point, Origin::Sampler), started].into_iter().chain(then);
        TrialRecord::from_events(number, events).unwrap()
    }

    fn complete(values: [f64; 3]) -> Event {
        let outcome = Outcome::Complete(values.to_vec().into());
        Event::Finished { outcome, at: Timestamp(2) }
    }

    #[test]
    fn a_goal_has_a_value_at_each_step() {
        let mut curves = GoalCurves::new(&goals(), None);
        let reports = [(0, 0, 0.9), (0, 2, 0.5), (1, 1, 7.0), (1, 2, 8.0)];
        let reports = reports.map(|(goal, step, value)| Event::reported(goal, step, value));
        curves.update(&record(0, reports.clone()));
        let known: Vec<bool> = curves.each().iter().map(|each| each.get(0).is_some()).collect();
        assert_eq!(known, [true, true, false], "nothing is known of the size");
        assert!(curves.of_trial(0).is_none() && curves.by_front().iter().next().is_none());

        let recorded = Event::recorded("size", 3.0);
        curves.update(&record(0, reports.clone().into_iter().chain([recorded])));
        let losses = |goal: usize| curves.each()[goal].get(0).unwrap().reports().to_vec();
        assert_eq!(losses(0), [(0, 0.9), (1, 0.9), (2, 0.5)]);
        // Higher is better, and before the first report that one counts.
        assert_eq!(losses(1), [(0, -7.0), (1, -7.0), (2, -8.0)]);
        assert_eq!(losses(2), [(0, 3.0), (1, 3.0), (2, 3.0)]);

        // What is known at the end only was the same all the time.
        curves.update(&record(0, reports.into_iter().chain([complete([0.4, 8.0, 2.0])])));
        let size = curves.each()[2].get(0).unwrap();
        assert_eq!((size.reports(), size.loss()), (&[(0, 2.0), (1, 2.0), (2, 2.0)][..], Some(2.0)));
        assert_eq!(curves.each()[1].get(0).unwrap().loss(), Some(-8.0));
        assert_eq!(curves.each()[1].last_step(), Some(2));
    }

    /// The ranks by their definition.
    fn peeled(losses: &[Vec<f64>]) -> Vec<f64> {
        let goals = Goals::new(&[Direction::Minimize; 3]).unwrap();
        let mut ranks = vec![f64::NAN; losses.len()];
        for rank in 0..losses.len() {
            let left: Vec<usize> = (0..losses.len()).filter(|&at| ranks[at].is_nan()).collect();
            let dominated =
                |at: &usize| left.iter().any(|&o| goals.dominates(&losses[o], &losses[*at]));
            for at in left.iter().filter(|at| !dominated(at)) {
                ranks[*at] = rank as f64;
            }
        }
        ranks
    }

    #[test]
    fn front_ranks_are_those_among_the_trials_that_have_come_as_far() {
        let mut random = Stream::new(7, 0);
        let mut curves = GoalCurves::new(&goals(), None);
        let value = |random: &mut Stream| random.below(9) as f64;
        let mut ranked_on_the_way = curves.clone();
        let mut known: Vec<Vec<Vec<f64>>> = Vec::new();
        for number in 0..30 {
            let steps = 1 + random.below(6);
            let mut losses = Vec::new();
            let mut events = vec![];
            let size = value(&mut random);
            for step in 0..steps {
                let (error, speed) = (value(&mut random), value(&mut random));
                events.push(Event::reported(0, step, error));
                events.push(Event::reported(1, step, speed));
                losses.push(vec![error, -speed, size]);
            }
            events.push(Event::recorded("size", size));
            if number % 3 == 0 {
                let values = [value(&mut random), value(&mut random), size];
                events.push(complete(values));
                losses.resize(7, vec![f64::NAN; 3]);
                losses[6] = vec![values[0], -values[1], size];
            }
            known.push(losses);
            for count in 0..events.len() {
                ranked_on_the_way.update(&record(number, events[..=count].to_vec()));
                ranked_on_the_way.rank();
            }
            curves.update(&record(number, events));
        }
        let by_front = curves.by_front();
        let all = |curves: &Curves| curves.iter().cloned().collect::<Vec<_>>();
        assert_eq!(all(&by_front), all(&ranked_on_the_way.by_front()));
        for step in 0..7 {
            let is_there = |at: &usize| known[*at].get(step).is_some_and(|l| !l[0].is_nan());
            let there: Vec<usize> = (0..30).filter(is_there).collect();
            let losses: Vec<Vec<f64>> = there.iter().map(|&at| known[at][step].clone()).collect();
            for (at, rank) in there.into_iter().zip(peeled(&losses)) {
                let curve = by_front.get(at as u64).unwrap();
                let found = if step < 6 { curve.loss_at(step as u64) } else { curve.loss() };
                assert_eq!(found, Some(rank), "trial {at} at step {step}");
            }
        }
        assert_eq!(by_front.finished().count(), 10);
    }

    #[test]
    fn what_diverges_in_one_goal_is_the_worst() {
        let mut curves = GoalCurves::new(&goals(), None);
        for (number, last) in [(0, 0.5), (1, f64::NAN)] {
            let mut events: Vec<Event> = (0..3).map(|goal| Event::reported(goal, 0, 1.0)).collect();
            events.push(Event::reported(1, 1, last));
            if number == 1 {
                let outcome = Outcome::Failed("it diverged".into());
                events.push(Event::Finished { outcome, at: Timestamp(2) });
            }
            curves.update(&record(number, events));
        }
        let by_front = curves.by_front();
        let diverged = by_front.get(1).unwrap();
        assert!(diverged.has_diverged() && diverged.is_finished());
        assert_eq!(diverged.state(), TrialState::Failed);
        assert_eq!(by_front.get(0).unwrap().reports(), [(0, 0.0), (1, 0.0)]);
    }
}
