//! What observers that show progress count, and how they say it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use super::{RunInfo, clock};
use crate::math::pareto::front::Front;
use crate::text::number;
use crate::trial::{Goals, Observed, Origin, TrialRecord, TrialState};

/// Significant digits of values.
const DIGITS: usize = 6;

/// The course of one run.
pub(super) struct Tally {
    study: String,
    pub(super) trials: Option<u64>,
    began: Instant,
    finished: u64,
    failed: u64,
    pruned: u64,
    interrupted: u64,
    steps: Steps,
    goals: Option<Goals>,
    /// The best value, and its trial unless an earlier run has left it.
    best: Option<(f64, Option<u64>)>,
    /// Where there are several goals.
    front: Front,
    infeasible: u64,
}

impl Tally {
    pub(super) fn new(plan: &RunInfo<'_>) -> Self {
        let trials = plan.trials.map(|trials| trials as u64);
        let best = plan.best.map(|value| (value, None));
        let goals = plan.study.goals.clone();
        let mut front = Front::new(goals.len());
        for (at, values) in plan.front.iter().enumerate() {
            front.insert(at, &goals.losses(values));
        }
        let study = plan.study.name.clone();
        Tally { study, trials, best, front, goals: Some(goals), ..Self::by_hand() }
    }

    /// For trials that are asked for and told by hand, which are no run.
    pub(super) fn by_hand() -> Self {
        let study = "study".into();
        Tally {
            study,
            trials: None,
            began: clock::now(),
            finished: 0,
            failed: 0,
            pruned: 0,
            interrupted: 0,
            steps: Steps::default(),
            goals: None,
            best: None,
            front: Front::default(),
            infeasible: 0,
        }
    }

    /// Whether a trial is complete and keeps all limits and outcome constraints.
    pub(super) fn is_feasible(&self, trial: &TrialRecord) -> bool {
        let keeps = |goals: &Goals| Observed::new(trial, goals).is_feasible();
        trial.state() == TrialState::Complete && self.goals.as_ref().is_none_or(keeps)
    }

    /// The values of a trial, with the names of goals that have some.
    pub(super) fn values_of(&self, trial: &TrialRecord) -> Option<String> {
        let values = trial.values();
        let goals = self.goals.as_ref().filter(|_| !values.is_empty())?;
        let missed = if self.is_feasible(trial) { "" } else { " (infeasible)" };
        Some(format!("{}{missed}", goals.values_in_words(values, DIGITS)))
    }

    pub(super) fn count(&mut self, trial: &TrialRecord) {
        self.finished += 1;
        if trial.state() == TrialState::Complete && !self.is_feasible(trial) {
            self.infeasible += 1;
        } else if let Some(goals) = self.goals.as_ref().filter(|goals| goals.len() > 1)
            && trial.state() == TrialState::Complete
        {
            let losses = goals.losses(trial.values());
            if !self.front.iter().any(|(_, known)| known == losses) {
                self.front.insert(trial.number() as usize, &losses);
            }
        }
        self.steps.count(trial);
        match trial.state() {
            TrialState::Failed => self.failed += 1,
            TrialState::Pruned => self.pruned += 1,
            TrialState::Interrupted => self.interrupted += 1,
            TrialState::Complete | TrialState::Running | TrialState::Waiting => {}
        }
    }

    pub(super) fn set_best(&mut self, trial: &TrialRecord) {
        self.best = trial.value().map(|value| (value, Some(trial.number())));
    }

    pub(super) fn best(&self) -> Option<f64> {
        self.best.map(|(value, _)| value)
    }

    pub(super) fn finished(&self) -> u64 {
        self.finished
    }

    /// How many trials have ended, of how many.
    pub(super) fn trials(&self) -> String {
        match self.trials {
            Some(trials) => format!("{}/{trials} trials", self.finished),
            None => format!("{} trial{}", self.finished, plural(self.finished)),
        }
    }

    /// The time since the run began.
    pub(super) fn passed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The best value and what came to nothing.
    pub(super) fn results(&self) -> String {
        let mut text = match self.best {
            None if !self.front.is_empty() => format!("{} on the front", self.front.len()),
            None if self.infeasible > 0 => String::from("nothing feasible yet"),
            None => String::from("no result yet"),
            Some((value, None)) => format!("best {} from before", short(value)),
            Some((value, Some(trial))) => format!("best {} in trial {trial}", short(value)),
        };
        for (count, how) in [
            (self.infeasible, "infeasible"),
            (self.failed, "failed"),
            (self.pruned, "pruned"),
            (self.interrupted, "interrupted"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {how}"));
                if how == "pruned"
                    && let Some(saved) = self.steps.saved()
                {
                    text.push_str(&format!(", {:.0} % of the steps saved", 100.0 * saved));
                }
            }
        }
        text
    }

    /// How the run went, at its end.
    pub(super) fn summary(&self, reason: &dyn fmt::Display) -> String {
        let (study, finished) = (&self.study, self.finished);
        let (plural, time) = (plural(finished), minutes(self.passed()));
        format!("{study}: {finished} trial{plural} in {time}, {}; {reason}", self.results())
    }
}

/// The steps that trials with reports have taken.
#[derive(Debug, Default)]
struct Steps {
    /// The last steps of complete trials, added up, and how many they are.
    complete: (f64, f64),
    /// The last steps of pruned ones, by their numbers, without those that have gone on.
    pruned: BTreeMap<u64, f64>,
    /// Of the complete trial with most reports: how many these are, and what is to be added to its last
    /// step. A run that begins at step 0 has taken one step, or what lies between two reports, when it
    /// reports the first time.
    longest: (usize, f64),
}

impl Steps {
    fn count(&mut self, trial: &TrialRecord) {
        let steps = trial.steps();
        let Some(&last) = steps.last() else { return };
        if let Origin::Continued { of } = trial.origin() {
            self.pruned.remove(&of);
        }
        if trial.state() == TrialState::Pruned {
            self.pruned.insert(trial.number(), last as f64);
        }
        if trial.state() != TrialState::Complete {
            return;
        }
        self.complete.0 += last as f64;
        self.complete.1 += 1.0;
        if steps.len() > self.longest.0 {
            let reports = steps.len();
            let mut steps = steps.iter();
            let begun = match (steps.next(), steps.next()) {
                (Some(0), Some(&second)) => second as f64,
                (Some(0), None) => 1.0,
                _ => 0.0,
            };
            self.longest = (reports, begun);
        }
    }

    /// What pruned trials did not take, as a share of what all trials would have taken if each had gone
    /// on for as long as complete ones do on average. `None` before both kinds are known.
    fn saved(&self) -> Option<f64> {
        let taken = |(sum, count): (f64, f64)| sum + count * self.longest.1;
        let count = self.pruned.len() as f64;
        let pruned = taken((self.pruned.values().sum(), count));
        let complete = taken(self.complete);
        let all = complete + complete / self.complete.1 * count;
        let is_known = count > 0.0 && all > 0.0;
        is_known.then(|| (1.0 - (complete + pruned) / all).max(0.0))
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A value with as many digits as people read.
pub(super) fn short(value: f64) -> String {
    number(value, Some(DIGITS))
}

/// Minutes and seconds, after an hour with hours.
pub(super) fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Point;
    use crate::trial::{Event, Outcome, Timestamp};

    fn trial(number: u64, steps: &[u64], outcome: Outcome) -> TrialRecord {
        trial_from(Origin::Sampler, number, steps, outcome)
    }

    fn trial_from(origin: Origin, number: u64, steps: &[u64], outcome: Outcome) -> TrialRecord {
        let mut events = vec![
            Event::created(Point::from_values([Some(0.5)]), origin),
            Event::Started { at: Timestamp(1), lease: None },
        ];
        events.extend(steps.iter().map(|&step| Event::Reported { step, value: 1.0 }));
        events.push(Event::Finished { outcome, at: Timestamp(2) });
        TrialRecord::from_events(number, events).unwrap()
    }

    #[test]
    fn what_pruned_trials_did_not_take_is_saved() {
        let epochs = |from: u64, to: u64| -> Vec<u64> { (from..to).collect() };
        // Counted from 0, from 1 and in hundreds, ten steps are ten steps.
        for (from, every) in [(0, 1), (1, 1), (0, 100), (1, 100)] {
            let steps = |count: u64| -> Vec<u64> {
                epochs(from, from + count).iter().map(|step| step * every).collect()
            };
            let mut tally = Tally::by_hand();
            tally.count(&trial(0, &steps(2), Outcome::Pruned(None)));
            assert!(tally.results().ends_with("1 pruned"), "{}", tally.results());
            tally.count(&trial(1, &steps(10), Outcome::from(0.5)));
            tally.count(&trial(2, &steps(10), Outcome::from(0.5)));
            tally.count(&trial(3, &steps(4), Outcome::Pruned(None)));
            tally.count(&trial(4, &steps(9), Outcome::Failed("no".into())));
            // 26 of 40.
            let results = tally.results();
            assert!(results.ends_with("1 failed, 2 pruned, 35 % of the steps saved"), "{results}");
        }
    }

    #[test]
    fn a_trial_that_goes_on_takes_its_first_steps_once() {
        let mut tally = Tally::by_hand();
        let steps: Vec<u64> = (1..=10).collect();
        tally.count(&trial(0, &steps, Outcome::from(0.5)));
        tally.count(&trial(1, &steps[..2], Outcome::Pruned(None)));
        let goes_on = |of| Origin::Continued { of };
        tally.count(&trial_from(goes_on(1), 2, &steps[..5], Outcome::Pruned(None)));
        // 15 of 20.
        assert!(tally.results().ends_with("25 % of the steps saved"), "{}", tally.results());
        tally.count(&trial_from(goes_on(2), 3, &steps, Outcome::from(0.4)));
        assert!(!tally.results().contains("saved"), "{}", tally.results());
    }

    #[test]
    fn nothing_is_said_of_trials_without_reports() {
        let mut tally = Tally::by_hand();
        tally.count(&trial(0, &[], Outcome::from(0.5)));
        tally.count(&trial(1, &[], Outcome::Pruned(None)));
        assert_eq!(tally.results(), "no result yet, 1 pruned");
    }

    #[test]
    fn times_show_hours_only_after_the_first() {
        let text = |seconds| minutes(Duration::from_secs(seconds));
        assert_eq!([0, 61, 3599, 3661].map(text), ["0:00", "1:01", "59:59", "1:01:01"]);
    }
}
