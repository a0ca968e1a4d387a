use std::fmt;

use crate::text::number;

/// What is wrong with the description of one parameter, and what to do about it.
///
/// All mistakes of a description are found in one go; they come in
/// [`Error::InvalidSpace`](crate::Error::InvalidSpace).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mistake {
    /// Full name of the parameter.
    pub parameter: String,
    /// What is wrong.
    pub problem: Problem,
}

impl Mistake {
    /// A problem of the parameter with this full name.
    pub fn new(parameter: impl Into<String>, problem: Problem) -> Self {
        Mistake { parameter: parameter.into(), problem }
    }
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
    #[error("the step of an integer is {}, which is not a whole number; round it", number(*step, None))]
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
    #[error("there is neither a range nor a law; give one of them")]
    NoRange,
    /// Steps on an unbounded law.
    #[error("values in steps need bounds under a law; give a range as well")]
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
    /// The constructor of a law has failed.
    #[error("the law {law} is impossible: {reason}; change its numbers")]
    ImpossibleLaw {
        /// Name of the law.
        law: String,
        /// What the constructor says.
        reason: String,
    },
    /// A law draws NaN, or an infinite number where no range excludes it.
    #[error("the law {law} has drawn {value}, which is not a finite number; {}", finite_law(*value))]
    LawNotFinite {
        /// Name of the law.
        law: String,
        /// What it has drawn.
        value: f64,
    },
    /// A law draws one value only.
    #[error(
        "the law {law} draws no value but {}; give a law that varies, or fix the value",
        number(*value, None)
    )]
    ConstantLaw {
        /// Name of the law.
        law: String,
        /// The value.
        value: f64,
    },
    /// A law of few values on a parameter without steps.
    #[error("the law {law} draws {}", discrete_law(*is_whole))]
    DiscreteLaw {
        /// Name of the law.
        law: String,
        /// Whether these are whole numbers.
        is_whole: bool,
    },
    /// A law that hardly ever draws a value of the range.
    #[error(
        "only {inside} of {of} draws of the law {law} lie within {}..={}, too few to describe it there; \
         move the range or the law",
        number(*low, None), number(*high, None)
    )]
    LawOutsideRange {
        /// Name of the law.
        law: String,
        /// Lowest number that counts as within the range.
        low: f64,
        /// Highest number that counts as within the range.
        high: f64,
        /// How many draws lie there.
        inside: usize,
        /// How many draws were made.
        of: u32,
    },
    /// The quantiles of a law leave the range practically no probability.
    #[error(
        "the law {law} has no mass within {}..={}; move the range or the law",
        number(*low, None), number(*high, None)
    )]
    NoMassInRange {
        /// Name of the law.
        law: String,
        /// Lowest number that counts as within the range.
        low: f64,
        /// Highest number that counts as within the range.
        high: f64,
    },
    /// A law draws numbers that the parameter's type cannot hold.
    #[error("the law {law} draws numbers from {} to {}, which {kind} cannot hold; give a range as well",
        number(*low, None), number(*high, None))]
    LawBeyondType {
        /// Name of the law.
        law: String,
        /// Lowest draw.
        low: f64,
        /// Highest draw.
        high: f64,
        /// The type.
        kind: &'static str,
    },
    /// A law on a log scale.
    #[error(
        "the law {law} says how likely each value is, on any scale; drop the log scale, and for a \
         law of the logarithm take the exponential of what it draws: `.map(f64::exp)`"
    )]
    LawOnLogScale {
        /// Name of the law.
        law: String,
    },
    /// Two laws for one parameter.
    #[error("`normal` and the law {law} are two laws; drop one")]
    TwoLaws {
        /// Name of the law.
        law: String,
    },
    /// A file has quantiles that are none.
    #[error(
        "the quantiles of a law are pairs [probability, value] that ascend in both, from probability \
         0 to 1; here {reason}"
    )]
    Quantiles {
        /// What is wrong with them.
        reason: String,
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
    #[error("the default is not among its values: {reason}")]
    BadDefault {
        /// Why not.
        reason: String,
    },
    /// The value that is believed to be good lies outside the parameter's values.
    #[error("the believed value is not among its values: {reason}")]
    BadBelief {
        /// Why not.
        reason: String,
    },
    /// The width of a belief is no share.
    #[error("the width of the belief is {width}; give a share of the range above 0 and at most 1")]
    BadWidth {
        /// The width.
        width: f64,
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
    UnknownReference {
        /// The name.
        target: String,
    },
}

fn finite_law(value: f64) -> &'static str {
    if value.is_nan() {
        "check its numbers"
    } else {
        "give a range, which excludes it, or another law"
    }
}

fn discrete_law(is_whole: bool) -> &'static str {
    if is_whole {
        "whole numbers only; make the parameter an integer, or give it a step and a range"
    } else {
        "few different values; give the parameter a step and a range, or list the values as choices \
         with weights"
    }
}
