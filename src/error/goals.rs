use thiserror::Error;

use super::words::goals_in_words;
use crate::text::counted;

/// What is wrong with the goals and outcome constraints of a study, or with what a trial says of them.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GoalError {
    /// Goals or outcome constraints make no sense.
    #[error("`{name}`: {problem}")]
    Invalid {
        /// The goal or the outcome constraint.
        name: String,
        /// What is wrong, and what to do.
        problem: &'static str,
    },

    /// Not one value for each goal.
    #[error(
        "the objective gave {} and the study has {}; return one value for each goal",
        counted(*given, "value"),
        counted(*goals, "goal")
    )]
    Count {
        /// Goals of the study.
        goals: usize,
        /// Values given.
        given: usize,
    },

    /// The struct that the objective returned has other goals than the study, or limits and outcome
    /// constraints that the study does not have.
    #[error(
        "the objective measures `{given}`, and the study wants `{wanted}`; give the study the goals of what \
         the objective returns with `goals_of`"
    )]
    OtherGoals {
        /// Goals and limits of what the objective returned, in words.
        given: String,
        /// Those of the study.
        wanted: String,
    },

    /// A trial ended without a value that the study needs.
    #[error(
        "trial {number} ended without a value of `{name}`; call `trial.record(\"{name}\", value)` \
         before it ends"
    )]
    NotRecorded {
        /// Number of the trial.
        number: u64,
        /// The goal or the outcome constraint.
        name: String,
    },

    /// The study has no goal of this name.
    #[error("there is no goal `{name}`; the study has {}", goals_in_words(known))]
    Unknown {
        /// The name.
        name: String,
        /// The goals of the study.
        known: Vec<String>,
    },

    /// What needs one goal was asked of a study with several.
    #[error(
        "a study with several goals ({}) has no best trial; look at its `front`, or choose from it with \
         `knee`, `best_within`, `compromise` or `lexicographic`",
        names.join(", ")
    )]
    Several {
        /// The goals of the study.
        names: Vec<String>,
    },

    /// No complete trial keeps all limits and outcome constraints.
    #[error(
        "none of {trials} complete trials keeps all limits; trial {nearest} comes nearest, but {missed}; \
         run more trials, or loosen the limits"
    )]
    NothingFeasible {
        /// How many trials are complete.
        trials: usize,
        /// The trial that violates the limits least.
        nearest: u64,
        /// What it misses, and by how much.
        missed: String,
    },

    /// No trial is within a limit that was asked for.
    #[error(
        "no feasible trial has {limit}; trial {nearest} comes nearest with {value}; run more trials, or \
         loosen the limit"
    )]
    NothingWithin {
        /// The limit, in words.
        limit: String,
        /// The trial that comes nearest.
        nearest: u64,
        /// What it has.
        value: f64,
    },

    /// The front is too small to have a knee.
    #[error(
        "the front has {different} different trials, and a knee of {goals} goals needs {} at least; run \
         more trials, or choose with `best_within`, `compromise` or `lexicographic`",
        goals + 1
    )]
    NoKnee {
        /// How many trials with different values are on the front.
        different: usize,
        /// Goals of the study.
        goals: usize,
    },

    /// A reference was to be made of limits, and a goal has none.
    #[error(
        "a reference of limits needs a limit for each goal, and `{name}` has none; give it one with \
         `limit`, or give the reference as numbers"
    )]
    NoLimit {
        /// The goal.
        name: String,
    },

    /// A reference or weights have not one number for each goal.
    #[error(
        "{what} of {given} numbers for {} goals; give one for each, in this order: {}",
        names.len(), names.join(", ")
    )]
    NotOneEach {
        /// What was given.
        what: &'static str,
        /// How many numbers.
        given: usize,
        /// The goals of the study.
        names: Vec<String>,
    },

    /// An option of the study makes sense for one goal alone.
    #[error(
        "`{option}` needs a study with one goal, and this one has several ({}); leave it out",
        names.join(", ")
    )]
    OneGoalOnly {
        /// The option.
        option: &'static str,
        /// The goals of the study.
        names: Vec<String>,
    },
}
