//! The trials as pictures show them.

use super::scale::Scale;
use crate::math::statistics::quantile;
use crate::table::short_names;
use crate::text::{DIGITS, number};
use crate::trial::{Direction, TrialRecord, TrialState, Trials};

/// The trials of a study, with what all pictures ask of them.
pub(super) struct Runs<'a> {
    pub(super) trials: &'a Trials,
    pub(super) direction: Direction,
    /// Number of the best trial.
    pub(super) best: Option<u64>,
}

/// The goal's scale, and how many values lie beyond it.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) scale: Scale,
    pub(super) beyond: usize,
    pub(super) title: String,
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
        Runs { trials, direction, best: trials.best().map(TrialRecord::number) }
    }

    /// Trials with a finite value of the goal, in the order of their numbers.
    pub(super) fn complete(&self) -> impl Iterator<Item = (&'a TrialRecord, f64)> {
        self.trials.iter().filter_map(|trial| {
            let value = trial.value().filter(|value| value.is_finite())?;
            Some((trial, value))
        })
    }

    pub(super) fn in_state(&self, state: TrialState) -> impl Iterator<Item = &'a TrialRecord> {
        self.trials.iter().filter(move |trial| trial.state() == state)
    }

    pub(super) fn goal(&self) -> Goal {
        let values: Vec<f64> = self.complete().map(|(_, value)| value).collect();
        let all = Scale::over(values.iter().copied());
        let (low, high) = (quantile(&values, 0.25), quantile(&values, 0.75));
        let reach = FAR * (high - low);
        let near = |value: &&f64| (low - reach..=high + reach).contains(*value);
        let better = match self.direction {
            Direction::Minimize => "lower",
            Direction::Maximize => "higher",
        };
        let title = format!("goal ({better} is better)");
        let tame = values.iter().filter(near).count();
        if all.is_log() || values.len() < FEW || reach <= 0.0 || tame == values.len() {
            return Goal { scale: all, beyond: 0, title };
        }
        let scale = Scale::over(values.iter().filter(near).copied());
        Goal { scale, beyond: values.len() - tame, title }
    }

    /// What all trials are called, and their value.
    pub(super) fn hint(&self, trial: &TrialRecord) -> String {
        let best = if Some(trial.number()) == self.best { " (best)" } else { "" };
        let number_of = trial.number();
        match (trial.value(), trial.reason()) {
            (Some(value), _) => {
                format!("trial {number_of}{best}: {}", number(value, Some(DIGITS)))
            }
            (None, Some(reason)) => {
                format!("trial {number_of} {}: {}", trial.state(), short(reason))
            }
            (None, None) => format!("trial {number_of}: {}", trial.state()),
        }
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
    let mut taken = std::collections::HashSet::new();
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
