use super::words::{
    in_brackets, in_lines, known_studies, last_failure, learning, unsatisfied, with_causes,
};
use super::{GoalError, Mistake};

/// Everything that can go wrong, with what to do about it.
///
/// Ordered by who can act: the author of the space, the caller of a study, the author of a sampler
/// or storage. `Debug` shows the same sentence as `Display`, so that `fn main() -> Result<()>` prints
/// one that a person can read.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The description of a space has mistakes; all of them are listed.
    #[error("{}", in_lines(mistakes))]
    InvalidSpace {
        /// Each parameter's mistake.
        mistakes: Vec<Mistake>,
    },

    /// A value of a config or a belief lies outside its parameter's values.
    #[error("{parameter} = {value} lies outside {values}; widen the parameter or change the value")]
    OutsideSpace {
        /// Full name of the parameter.
        parameter: String,
        /// The value.
        value: String,
        /// What would be allowed.
        values: String,
    },

    /// A value that is no number, for a parameter that takes numbers.
    #[error("{parameter} = {value} is {found}, but the parameter takes numbers: {values}")]
    NotANumber {
        /// Full name of the parameter.
        parameter: String,
        /// The value.
        value: String,
        /// What it is.
        found: &'static str,
        /// What would be allowed.
        values: String,
    },

    /// A number with a fraction, for a parameter that takes whole numbers.
    #[error("{parameter} = {value} is not a whole number; give one of {values}")]
    NotWhole {
        /// Full name of the parameter.
        parameter: String,
        /// The value.
        value: String,
        /// What would be allowed.
        values: String,
    },

    /// A number between two steps of its parameter.
    #[error("{parameter} = {value} lies between two values of {values}; give {nearest}")]
    BetweenSteps {
        /// Full name of the parameter.
        parameter: String,
        /// The value.
        value: String,
        /// What would be allowed.
        values: String,
        /// The values on both sides.
        nearest: String,
    },

    /// A parameter name that the space does not have.
    #[error("there is no parameter `{name}`; the space has {known}")]
    UnknownParameter {
        /// The name.
        name: String,
        /// The names there are, the most similar first.
        known: String,
    },

    /// A parameter that exists only under another choice.
    #[error(
        "{name} exists only when {parent} = {choice}; ask which choice was taken first, or leave \
         the parameter out"
    )]
    InactiveParameter {
        /// Full name of the parameter.
        name: String,
        /// The choice's parameter.
        parent: String,
        /// The choice that would activate it.
        choice: String,
    },

    /// An active parameter has no value.
    #[error("{name} has no value; give it one")]
    MissingParameter {
        /// Full name of the parameter.
        name: String,
    },

    /// A parameter is read as another type than it has.
    #[error("{name} = {value} is {found}, not {wanted}; use the getter of its own type")]
    WrongType {
        /// Full name of the parameter.
        name: String,
        /// What was asked for.
        wanted: &'static str,
        /// The value.
        value: String,
        /// What it is.
        found: &'static str,
    },

    /// A value does not fit the type of its field.
    #[error("{value} does not fit {kind}; narrow the parameter's range")]
    NotOfType {
        /// The value.
        value: String,
        /// The type.
        kind: &'static str,
    },

    /// A point of another space.
    #[error(
        "a point with {coordinates} coordinates does not belong to this space of {axes} axes; use \
         points that this space made"
    )]
    ForeignPoint {
        /// Axes of the space.
        axes: usize,
        /// Coordinates of the point.
        coordinates: usize,
    },

    /// A network that cannot be.
    #[error("the network cannot be built: {reason}")]
    InvalidNetwork {
        /// Why not, and what to do about it.
        reason: String,
    },

    /// No config that satisfies the constraints was found.
    #[error("{}", unsatisfied(constraint, *rejected, *sampled, *complete))]
    ConstraintUnsatisfied {
        /// The constraint that rejected most.
        constraint: String,
        /// How many it rejected.
        rejected: u64,
        /// How many were looked at.
        sampled: u64,
        /// Whether these are all configs of the space, so that none can be legal. Otherwise there may
        /// be legal ones that the search did not meet.
        complete: bool,
    },

    /// No combination of a grid's levels satisfies the constraints.
    #[error(
        "none of the {combinations} combinations of the grid is legal: constraint `{constraint}` \
         rejected {rejected}; give the grid other levels or values, or take \
         `GridSampler::coarse_to_fine` or another sampler"
    )]
    NoLegalCombination {
        /// The constraint that rejected most.
        constraint: String,
        /// How many it rejected.
        rejected: u64,
        /// How many there are.
        combinations: u64,
    },

    /// A config that a person gave violates a constraint.
    #[error("the config violates the constraint `{constraint}`; change one of them")]
    ConstraintViolated {
        /// Name of the constraint.
        constraint: String,
    },

    /// A constraint could not judge a config: it returned an error.
    #[error(
        "the constraint `{constraint}` failed: {reason}; a constraint has to judge every config of \
         the space"
    )]
    ConstraintFailed {
        /// Name of the constraint.
        constraint: String,
        /// What it returned.
        reason: String,
    },

    /// Code of the application panicked where a study called it: a constraint, an observer, a
    /// sampler or a search space. (An objective that panics fails its trial instead.)
    #[error("{what} panicked: {message}; trials that have ended are kept")]
    Panicked {
        /// What panicked, with its name.
        what: String,
        /// The message of the panic.
        message: String,
    },

    /// Code that a study called has called the same study, and would wait for itself.
    #[error(
        "{caller} called `{call}` of its own study, which would wait for itself; call it after \
         `optimize`, or have another thread do so"
    )]
    CalledFromWithin {
        /// Who called.
        caller: &'static str,
        /// Which method.
        call: &'static str,
    },

    /// Every point of a finite space was tried.
    #[error(
        "all {points} points of the space were tried; widen it, or allow repeats if the objective \
         is noisy"
    )]
    Exhausted {
        /// How many points there were.
        points: u64,
    },

    /// Every legal config that the search met was tried, but it could not look at all configs.
    #[error(
        "no further legal config was found: {tried} were tried, and {looked_at} others were looked at; \
         loosen the constraints, widen the space, or allow repeats if the objective is noisy"
    )]
    NothingNew {
        /// How many different configs were tried.
        tried: u64,
        /// How many were looked at in search of another one.
        looked_at: u64,
    },

    /// Every point of a grid was tried, although the space has others.
    #[error(
        "the grid is used up: each of its {points} points was tried or is not allowed; ask for more \
         levels, or use `GridSampler::coarse_to_fine` or another sampler"
    )]
    GridExhausted {
        /// How many points the grid has.
        points: u64,
    },

    /// No config is left that differs from one of the best in as few hyperparameters as advice may
    /// change.
    #[error(
        "every allowed change of the best configs was tried; let a sampler go on with `optimize`, or \
         widen the space"
    )]
    NothingToAdvise,

    /// An option of a sampler or study has a value that makes no sense.
    #[error("{option} is {value}; {remedy}")]
    InvalidOption {
        /// Name of the option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        remedy: &'static str,
    },

    /// A grid needs levels on a parameter that has no bounds.
    #[error(
        "{parameter} has no bounds, so a grid needs its levels: give it a range, or levels by \
         `GridSampler::levels_of(\"{parameter}\", …)`"
    )]
    UnboundedGrid {
        /// Full name of the parameter.
        parameter: String,
    },

    /// A trial was told before.
    #[error("trial {number} was already told {outcome}; each trial is told once")]
    AlreadyTold {
        /// Number of the trial.
        number: u64,
        /// What it was told.
        outcome: String,
    },

    /// An objective notes something under a name that the sampler has used for the same trial.
    #[error("the sampler has already noted `{name}` of trial {number}; use another name")]
    NoteTaken {
        /// Number of the trial.
        number: u64,
        /// The name.
        name: String,
    },

    /// A trial number that the study has not given out.
    #[error(
        "this study has no running trial {number}; tell it only trials that its `ask` has returned"
    )]
    UnknownTrial {
        /// Number of the trial.
        number: u64,
    },

    /// A trial of another study.
    #[error("trial {number} belongs to another study; tell the study whose `ask` has returned it")]
    ForeignTrial {
        /// Number of the trial.
        number: u64,
    },

    /// What is wrong with goals and outcome constraints.
    #[error(transparent)]
    Goals(#[from] GoalError),

    /// A value that is NaN or infinite where a finite one is needed.
    #[error("{what} is {value}, but must be a finite number")]
    NotFinite {
        /// What it is the value of.
        what: &'static str,
        /// The value.
        value: f64,
    },

    /// There is no best trial yet.
    #[error("no trial is complete yet{}", last_failure(failed, reason))]
    NoCompleteTrial {
        /// How many have failed.
        failed: u64,
        /// Why the last one failed.
        reason: Option<String>,
    },

    /// [`Trial::report`](crate::Trial::report) tells the objective to leave, because the study is
    /// stopping; pass it on with `?`.
    #[error("the trial was interrupted, because the study is stopping")]
    Interrupted,

    /// [`Trial::report`](crate::Trial::report) tells the objective to leave, because the trial is not
    /// worth going on; pass it on with `?`.
    #[error("the trial was pruned: {reason}")]
    Pruned {
        /// What the pruner says.
        reason: String,
    },

    /// [`Trial::report`](crate::Trial::report) tells the objective to leave, because it has reported a
    /// value that is not finite; pass it on with `?`.
    #[error("it diverged: it reported {value} at step {step}")]
    Diverged {
        /// The step.
        step: u64,
        /// The value.
        value: f64,
    },

    /// What a training needs to go on later could not be kept, for this reason.
    #[error("the checkpoint was not saved: {0}")]
    CheckpointNotSaved(String),

    /// [`StudyBuilder::create`](crate::study::StudyBuilder::create) found a study of this name.
    #[error(
        "the storage has a study `{name}` already; continue it with `build`, or use another name"
    )]
    StudyExists {
        /// Name of the study.
        name: String,
    },

    /// [`StudyBuilder::resume`](crate::study::StudyBuilder::resume) found no study of this name.
    #[error("the storage has no study `{name}`; {}", known_studies(known))]
    NoSuchStudy {
        /// Name of the study.
        name: String,
        /// The names of the studies that it has.
        known: Vec<String>,
    },

    /// A storage holds another study under this name.
    #[error(
        "the storage's study `{name}` has another {difference}{}; use another name{}, or the same \
         {difference}",
        in_brackets(details),
        learning(difference, name)
    )]
    StudyMismatch {
        /// Name of the study.
        name: String,
        /// What differs.
        difference: &'static str,
        /// How it differs, where that can be said in short.
        details: String,
    },

    /// A later version of the crate has written a study, in a form that this one does not know.
    #[error(
        "the study `{name}` is kept in format {format}, and this version of tunewright knows formats \
         up to {known}; use a later version"
    )]
    LaterFormat {
        /// Name of the study.
        name: String,
        /// The format of the study.
        format: u32,
        /// The latest format that is known.
        known: u32,
    },

    /// [`StudyStore::begin`](crate::storage::StudyStore::begin) refuses a suggestion because other
    /// trials got their points since it was made. A study then looks at them and tries again.
    #[error("other trials were started since this suggestion was made; suggest again")]
    Outdated,

    /// A sampler of a user's own failed.
    #[error("the sampler failed: {}", with_causes(.0.as_ref()))]
    Sampler(Box<dyn std::error::Error + Send + Sync>),

    /// A storage failed.
    #[error("the storage failed: {}", with_causes(.0.as_ref()))]
    Storage(Box<dyn std::error::Error + Send + Sync>),

    /// A table of experiments cannot be taken; the reason says what to change.
    #[error("the table of experiments: {0}")]
    Import(String),

    /// Writing an export failed.
    #[error("the export could not be written: {}", with_causes(.0.as_ref()))]
    Export(Box<dyn std::error::Error + Send + Sync>),
}
