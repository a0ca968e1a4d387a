//! The trials as pictures show them.

use std::collections::HashSet;

use super::scale::Scale;
use crate::analysis::Analysis;
use crate::math::statistics::quantile;
use crate::table::short_names;
use crate::text::{DIGITS, number};
use crate::trial::{Direction, Observed, TrialRecord, TrialState, Trials};

/// The trials of a study, with what all pictures ask of them.
pub(super) struct Runs<'a> {
    pub(super) trials: &'a Trials,
    /// The same trials as if they had the goal alone that the picture is about.
    of_the_goal: &'a Trials,
    /// What that goal is called, where that does not follow from the trials.
    about: Option<String>,
    pub(super) direction: Direction,
    /// Number of the best trial; none with several goals.
    pub(super) best: Option<u64>,
    /// Numbers of the trials on the front of several goals.
    front: HashSet<u64>,
}

/// The goal's scale, and how many values lie beyond it.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) scale: Scale,
    pub(super) beyond: usize,
    /// Its name, and which side is the better one.
    pub(super) title: String,
    /// The goal's name; where there are several, that of the first or of the one that the picture is about.
    pub(super) name: String,
}

/// A trial with a value, as a mark of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) trial: u64,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) hint: String,
}

/// Values further than this many interquartile ranges outside the middle half are drawn at the edge.
const FAR: f64 = 5.0;
/// With fewer values none is far.
const FEW: usize = 8;

impl<'a> Runs<'a> {
    pub(super) fn new(trials: &'a Trials) -> Self {
        let direction = trials.header().goals.first();
        let several = trials.header().goals.len() > 1;
        let front = if several { trials.front() } else { Vec::new() };
        let front = front.into_iter().map(TrialRecord::number).collect();
        let best = trials.best().map(TrialRecord::number);
        Runs { trials, of_the_goal: trials, about: None, direction, best, front }
    }

    /// The trials with the goal that an analysis is about.
    pub(super) fn about(analysis: &'a Analysis<'_>) -> Self {
        let (trials, of_the_goal) = (analysis.trials(), analysis.of_the_goal());
        let direction = of_the_goal.header().goals.first();
        Runs { of_the_goal, about: analysis.about(), direction, ..Runs::new(trials) }
    }

    /// Trials with a finite value of the goal, in the order of their numbers.
    pub(super) fn complete(&self) -> impl Iterator<Item = (&'a TrialRecord, f64)> {
        self.trials.iter().zip(self.of_the_goal.iter()).filter_map(|(trial, of_the_goal)| {
            let value = of_the_goal.value().filter(|value| value.is_finite())?;
            Some((trial, value))
        })
    }

    pub(super) fn in_state(&self, state: TrialState) -> impl Iterator<Item = &'a TrialRecord> {
        self.trials.iter().filter(move |trial| trial.state() == state)
    }

    /// What the goal is called in pictures: where there are several, by its name.
    pub(super) fn goal_name(&self) -> String {
        let goals = &self.trials.header().goals;
        if let Some(about) = &self.about {
            about.clone()
        } else if goals.len() > 1 || goals.has_names() {
            goals.name(0).into_owned()
        } else {
            "goal".into()
        }
    }

    /// Whether the picture is about one of several goals, or about a metric.
    pub(super) fn is_about_one_of_several(&self) -> bool {
        self.about.is_some()
    }

    /// Whether there are several goals.
    pub(super) fn has_several_goals(&self) -> bool {
        self.trials.header().goals.len() > 1
    }

    /// The best trial; of several goals the feasible one that is best in the one that the picture is about.
    pub(super) fn best_in_the_goal(&self) -> Option<&'a TrialRecord> {
        self.of_the_goal.best()
    }

    /// What a complete trial has found, with what it misses.
    pub(super) fn observed(&self, trial: &'a TrialRecord) -> Observed<'a> {
        Observed::new(trial, &self.trials.header().goals)
    }

    pub(super) fn goal(&self) -> Goal {
        let values: Vec<f64> = self.complete().map(|(_, value)| value).collect();
        let near = tame(&values, &[]);
        let (name, side) = (self.goal_name(), better(self.direction));
        let title = format!("{name} ({side} is better)");
        let beyond = values.len() - near.len();
        Goal { scale: Scale::over(near), beyond, title, name }
    }

    /// What all trials are called, and their value.
    pub(super) fn hint(&self, trial: &TrialRecord) -> String {
        let number_of = trial.number();
        match (trial.value(), trial.reason()) {
            (Some(value), _) => {
                let found = self.observed(trial);
                let standing = if Some(number_of) == self.best {
                    " (best)".into()
                } else if self.front.contains(&number_of) {
                    " (on the front)".into()
                } else if found.is_feasible() {
                    String::new()
                } else {
                    format!(" (infeasible: {})", short(&found.missed_in_words()))
                };
                let values = match self.has_several_goals() {
                    true => self.values_in_words(trial.values()),
                    false => number(value, Some(DIGITS)),
                };
                format!("trial {number_of}{standing}: {values}")
            }
            (None, Some(reason)) => {
                format!("trial {number_of} {}: {}", trial.state(), short(reason))
            }
            (None, None) => format!("trial {number_of}: {}", trial.state()),
        }
    }

    /// Values of several goals, by the names of these.
    pub(super) fn values_in_words(&self, values: &[f64]) -> String {
        let goals = &self.trials.header().goals;
        let value = |(at, value): (usize, &f64)| {
            format!("{} {}", goals.name(at), number(*value, Some(DIGITS)))
        };
        values.iter().enumerate().map(value).collect::<Vec<_>>().join(", ")
    }

    /// As [`hint`](Self::hint), with the value of a parameter.
    pub(super) fn hint_at(&self, trial: &TrialRecord, axis: usize) -> String {
        let distribution = self.trials.space().axes()[axis].distribution();
        match trial.point().get(axis) {
            Some(value) => {
                let value = distribution.value(value).rounded();
                format!("{}\n{}", self.hint(trial), short(&value))
            }
            None => self.hint(trial),
        }
    }

    /// A name for a parameter, as short as it can be told apart.
    pub(super) fn name(&self, axis: usize) -> String {
        short_names(self.trials.space(), &[])[axis].to_owned()
    }

    /// The parameters that take more than one value and exist in some trial, with short names.
    pub(super) fn varying(&self) -> Vec<(usize, String)> {
        let axes = self.trials.space().axes();
        let names = short_names(self.trials.space(), &[]);
        let varies = |axis: &usize| axes[*axis].distribution().levels() != Some(1);
        let exists = |axis: &usize| self.trials.iter().any(|trial| trial.point().is_active(*axis));
        let varying = (0..axes.len()).filter(varies).filter(exists);
        varying.map(|axis| (axis, names[axis].to_owned())).collect()
    }
}

/// The finite values that are not far from the others, and in any case those that are kept.
pub(super) fn tame(values: &[f64], kept: &[f64]) -> Vec<f64> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let (low, high) = (quantile(&finite, 0.25), quantile(&finite, 0.75));
    let reach = FAR * (high - low);
    if Scale::over(finite.iter().copied()).is_log()
        || finite.len() < FEW
        || reach.is_nan()
        || reach <= 0.0
    {
        return finite;
    }
    let near = |value: &f64| (low - reach..=high + reach).contains(value) || kept.contains(value);
    finite.into_iter().filter(near).collect()
}

impl Goal {
    /// A sentence on the values that lie beyond, with a space before it.
    pub(super) fn beyond_in_words(&self) -> String {
        match self.beyond {
            0 => String::new(),
            1 => " 1 value far from the others stands at the edge.".into(),
            count => format!(" {count} values far from the others stand at the edge."),
        }
    }
}

/// Most panels of a picture with one for each parameter.
pub(super) const PANELS: usize = 24;

/// A sentence on the parameters that a picture has no room for, with a space before it.
pub(super) fn left_out(shown: usize, all: usize) -> String {
    if shown < all { format!(" {shown} of {all} parameters are shown.") } else { String::new() }
}

/// One of several marks that would lie on one another is enough: at most `most`, one in every square of
/// `pixels` pixels, and in any case the trial `kept`.
pub(super) fn thin(
    marks: &[Mark],
    kept: Option<u64>,
    place: impl Fn(&Mark) -> (f64, f64),
    pixels: f64,
    most: usize,
) -> Vec<&Mark> {
    let mut taken = HashSet::new();
    let free = marks.iter().filter(|mark| {
        let (x, y) = place(mark);
        let square = ((x / pixels) as i64, (y / pixels) as i64);
        taken.insert(square) || Some(mark.trial) == kept
    });
    let free: Vec<&Mark> = free.collect();
    let step = free.len().div_ceil(most.max(1)).max(1);
    let chosen = free.iter().enumerate();
    let chosen = chosen.filter(|(at, mark)| at % step == 0 || Some(mark.trial) == kept);
    chosen.map(|(_, mark)| *mark).collect()
}

/// How many of a noun there are: `1 trial`, `2 trials`.
pub(super) fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A text that may be long, for a hint.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Which values are better.
pub(super) fn better(direction: Direction) -> &'static str {
    match direction {
        Direction::Minimize => "lower",
        Direction::Maximize => "higher",
    }
}
