//! How the trials of a study with several goals stand to one another.

use std::collections::HashMap;

use super::runs::{Runs, better, tame};
use super::scale::Scale;
use crate::text::number;
use crate::trial::{Direction, Goal, Observed, TrialRecord};

/// What a complete trial is worth where there are several goals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Front,
    Dominated,
    Infeasible,
}

/// A complete trial with its values.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) trial: u64,
    pub(super) values: Vec<f64>,
    pub(super) standing: Standing,
    pub(super) hint: String,
}

/// A goal as an axis.
#[derive(Clone, Debug)]
pub(super) struct GoalAxis {
    pub(super) name: String,
    /// Its name, and which side is the better one.
    pub(super) title: String,
    pub(super) scale: Scale,
    pub(super) direction: Direction,
    /// Its limit, where the scale has room for it.
    pub(super) limit: Option<f64>,
}

/// All complete trials of a study with several goals.
#[derive(Clone, Debug)]
pub(super) struct Standings {
    pub(super) goals: Vec<GoalAxis>,
    /// In the order of their numbers.
    pub(super) trials: Vec<Judged>,
    /// Places of the front among the trials, in the order of the first goal.
    pub(super) front: Vec<usize>,
    /// The number of the trial that is the knee.
    pub(super) knee: Option<u64>,
    /// How many trials have a value beyond the scales.
    beyond: usize,
    /// Limits that lie far from all values, in words.
    far: Vec<String>,
}

/// What a limit may add to a scale, in units of the span of the values.
const ROOM: f64 = 1.0;

impl Standings {
    pub(super) fn new(runs: &Runs<'_>) -> Self {
        let goals = &runs.trials.header().goals;
        let front = runs.trials.front();
        let on_front: HashMap<u64, usize> =
            front.iter().enumerate().map(|(at, trial)| (trial.number(), at)).collect();
        let judged = |trial: Observed<'_>| {
            let standing = match (trial.is_feasible(), on_front.contains_key(&trial.number())) {
                (false, _) => Standing::Infeasible,
                (true, true) => Standing::Front,
                (true, false) => Standing::Dominated,
            };
            let values = trial.record().values().to_vec();
            Judged { trial: trial.number(), values, standing, hint: runs.hint(trial.record()) }
        };
        let history = runs.trials.history();
        let known = |trial: &Observed<'_>| !trial.losses().any(f64::is_nan);
        let trials: Vec<Judged> = history.complete().filter(known).map(judged).collect();
        let mut places: Vec<(usize, usize)> = trials
            .iter()
            .enumerate()
            .filter_map(|(at, trial)| Some((*on_front.get(&trial.trial)?, at)))
            .collect();
        places.sort_unstable();
        let front: Vec<usize> = places.into_iter().map(|(_, at)| at).collect();
        let mut far = Vec::new();
        let axes: Vec<GoalAxis> = goals
            .goals()
            .enumerate()
            .map(|(at, goal)| {
                let values: Vec<f64> = trials.iter().map(|trial| trial.values[at]).collect();
                let kept: Vec<f64> = front.iter().map(|&place| values[place]).collect();
                axis(goal, goals.name(at).into_owned(), &values, &kept, &mut far)
            })
            .collect();
        let outside = |trial: &&Judged| {
            let mut pairs = axes.iter().zip(&trial.values);
            pairs.any(|(axis, &value)| !(0.0..=1.0).contains(&axis.scale.place(value)))
        };
        let beyond = trials.iter().filter(outside).count();
        let knee = runs.trials.knee().ok().map(TrialRecord::number);
        Standings { goals: axes, trials, front, knee, beyond, far }
    }

    pub(super) fn count(&self, standing: Standing) -> usize {
        self.trials.iter().filter(|trial| trial.standing == standing).count()
    }

    pub(super) fn has(&self, standing: Standing) -> bool {
        self.count(standing) > 0
    }

    /// The trials of one standing.
    pub(super) fn of(&self, standing: Standing) -> impl Iterator<Item = &Judged> {
        self.trials.iter().filter(move |trial| trial.standing == standing)
    }

    /// How many trials are on the front, and what is infeasible, as a sentence or two.
    pub(super) fn in_words(&self) -> String {
        let (front, infeasible) = (self.front.len(), self.count(Standing::Infeasible));
        let all = self.trials.len();
        let trials = if all == 1 { "1 complete trial" } else { &format!("{all} complete trials") };
        let mut words = match (front, all) {
            (0, 1) => "The only complete trial is infeasible.".to_owned(),
            (0, _) => format!("All {trials} are infeasible, so the front is empty."),
            (1, 1) => "The only complete trial is the front.".to_owned(),
            (1, _) => format!(
                "1 of {trials} is on the front: it is feasible, and no feasible trial is \
                               as good in all goals and better in one."
            ),
            _ => format!(
                "{front} of {trials} are on the front: they are feasible, and no feasible \
                          trial is as good in all goals and better in one."
            ),
        };
        if infeasible > 0 && front > 0 {
            let miss = match infeasible {
                1 => "1 other trial misses",
                count => &format!("{count} other trials miss"),
            };
            words += &format!(" {miss} a limit or an outcome constraint.");
        }
        words
    }

    /// On what lies outside the picture, with a space before it.
    pub(super) fn outside_in_words(&self) -> String {
        let mut words = match self.beyond {
            0 => String::new(),
            1 => " 1 trial with a value far from the others stands at the edge.".to_owned(),
            count => format!(" {count} trials with values far from the others stand at the edge."),
        };
        for limit in &self.far {
            words += &format!(" The limit, {limit}, lies outside the picture.");
        }
        words
    }
}

fn axis(
    goal: &Goal,
    name: String,
    values: &[f64],
    kept: &[f64],
    far: &mut Vec<String>,
) -> GoalAxis {
    let values: Vec<f64> = tame(values, kept);
    let alone = Scale::over(values.iter().copied());
    let (mut scale, mut limit) = (alone.clone(), None);
    if let Some(at) = goal.limit {
        let place = alone.place(at);
        let same = values.windows(2).all(|pair| pair[0] == pair[1]);
        if same || (-ROOM..=1.0 + ROOM).contains(&place) {
            // Only what lies outside changes the scale.
            if !(0.0..=1.0).contains(&place) || values.is_empty() {
                scale = Scale::over(values.iter().copied().chain([at]));
            }
            limit = Some(at);
        } else {
            let side = match goal.direction {
                Direction::Minimize => "at most",
                Direction::Maximize => "at least",
            };
            far.push(format!("{name} {side} {}", number(at, None)));
        }
    }
    let title = format!("{name} ({} is better)", better(goal.direction));
    GoalAxis { name, title, scale, direction: goal.direction, limit }
}

/// The class of the marks of a standing.
pub(super) fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Front => "best",
        Standing::Dominated => "dim",
        Standing::Infeasible => "miss",
    }
}
