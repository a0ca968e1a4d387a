use std::fmt;

use crate::math::text::number;

/// What is wrong with the description of one parameter, and what to do about it.
///
/// All mistakes of a description are found in one go; they come in
/// [`Error::InvalidSpace`](crate::Error::InvalidSpace).
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Full name of the parameter.
    pub parameter: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.parameter, self.problem)
    }
}

/// The ways in which the description of a parameter can be wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A bound, step or law parameter is NaN or infinite.
    #[error("{what} is {value}, which is not a finite number; write a finite one")]
    NotFinite {
        /// Which of the numbers.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// The lower bound lies above the upper one.
    #[error(
        "the range {}..={} holds no value, because low is above high; swap the bounds",
        number(*low, None), number(*high, None)
    )]
    EmptyRange {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// A log scale reaches zero or below.
    #[error(
        "log scale needs low > 0, but low is {}; raise it or use a linear scale",
        number(*low, None)
    )]
    LogOfNonPositive {
        /// Lower bound.
        low: f64,
    },
    /// The step is zero or negative.
    #[error("the step is {}, but it must be above 0", number(*step, None))]
    NonPositiveStep {
        /// The step.
        step: f64,
    },
    /// The step of an integer is not a whole number.
    #[error("the step of an integer is {}, which is not a whole number", number(*step, None))]
    FractionalStep {
        /// The step.
        step: f64,
    },
    /// A bound of an integer is not a whole number.
    #[error("a bound of an integer is {}, which is not a whole number; round it", number(*bound, None))]
    FractionalBound {
        /// The bound.
        bound: f64,
    },
    /// The step is wider than the range, so that one value is left.
    #[error(
        "the step {} is wider than the range {}..={}; use a smaller step or a wider range",
        number(*step, None), number(*low, None), number(*high, None)
    )]
    StepTooWide {
        /// The step.
        step: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// More values than a double can tell apart.
    #[error(
        "the range {}..={} holds more than 2^53 steps, which doubles cannot tell apart; narrow it \
         or use a wider step",
        number(*low, None), number(*high, None)
    )]
    TooManyLevels {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// An integer bound does not fit the 64-bit integers that the crate calculates with.
    #[error("a bound lies outside the 64-bit signed integers; narrow the range")]
    IntegerOverflow,
    /// The step of an integer does not fit the 64-bit integers that the crate calculates with.
    #[error("the step lies outside the 64-bit signed integers; use a smaller one")]
    StepOverflow,
    /// The standard deviation of a normal law is zero or negative.
    #[error("the standard deviation is {}, but it must be above 0", number(*sd, None))]
    NonPositiveDeviation {
        /// The standard deviation.
        sd: f64,
    },
    /// Neither a range nor a law.
    #[error("there is neither a range nor a normal law; give one of them")]
    NoRange,
    /// Steps on an unbounded law.
    #[error("values in steps need bounds under a normal law; give a range as well")]
    StepsWithoutRange,
    /// The range has practically no probability under the law.
    #[error(
        "the range {}..={} lies more than 37 standard deviations from the mean, where the law has \
         no mass; move one of them",
        number(*low, None), number(*high, None)
    )]
    NoMass {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// A choice among nothing.
    #[error("there is no choice; give at least one")]
    NoChoices,
    /// Two choices have the same label.
    #[error("the choice `{label}` stands twice; remove one, or give it another label")]
    DuplicateChoice {
        /// The label.
        label: String,
    },
    /// A weight that is zero, negative or not finite.
    #[error(
        "the weight of `{label}` is {}, but it must be above 0; to leave a choice out, remove it",
        number(*weight, None)
    )]
    BadWeight {
        /// Label of the choice.
        label: String,
        /// The weight.
        weight: f64,
    },
    /// Not one weight for each choice.
    #[error("there are {weights} weights for {choices} choices; give one for each")]
    WeightCount {
        /// Number of weights.
        weights: usize,
        /// Number of choices.
        choices: usize,
    },
    /// Choices with parameters of their own cannot be ordered.
    #[error("choices that have parameters of their own cannot be ordered; drop `ordered`")]
    OrderedBranches,
    /// Another parameter has this name.
    #[error("another parameter has this name; rename one of them")]
    DuplicateName,
    /// A name is empty.
    #[error("the name is empty; give the parameter a name")]
    EmptyName,
    /// The default lies outside the parameter's values.
    #[error("the default is no value of it: {reason}")]
    BadDefault {
        /// Why not.
        reason: String,
    },
    /// The description of architectures contradicts itself.
    #[error("{reason}")]
    Architecture {
        /// What is wrong, and what to do about it.
        reason: String,
    },
    /// A condition refers to a parameter or choice that does not exist.
    #[error("its condition {parameter} = {choice} matches no choice: {reason}")]
    UnknownCondition {
        /// The parameter that the condition names.
        parameter: String,
        /// The choice that it names.
        choice: String,
        /// What there is instead.
        reason: String,
    },
    /// Too many conditions stand within each other.
    #[error("more than {most} conditions stand within each other; nest fewer")]
    TooDeep {
        /// How many are allowed.
        most: usize,
    },
    /// A file has a key that means nothing there.
    #[error("there is no key `{key}` in {place}; {remedy}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The object that it stands in.
        place: &'static str,
        /// The key that may be meant, or all there are.
        remedy: String,
    },
    /// A file has a key twice in one object.
    #[error("the key `{key}` stands twice in {place}; remove one")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The object that it stands in.
        place: &'static str,
    },
    /// A file lacks a key.
    #[error("the key `{key}` is missing in {place}; add it")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The object that lacks it.
        place: &'static str,
    },
    /// A file has a value of another form than its key takes.
    #[error("{what} is {found}, but must be {wanted}")]
    WrongForm {
        /// The key, or what else stands for the value.
        what: String,
        /// What is there.
        found: String,
        /// What should be there.
        wanted: String,
    },
    /// A file says neither numbers nor choices.
    #[error("there is neither `numeric` nor `choice`; give one of them")]
    NoKind,
    /// A file says both numbers and choices.
    #[error("there are both `numeric` and `choice`; keep one of them")]
    TwoKinds,
    /// A choice refers to a parameter that does not exist.
    #[error("a choice refers to `{target}`, but no parameter described before it has this name")]
    UnknownLink {
        /// The name.
        target: String,
    },
}
