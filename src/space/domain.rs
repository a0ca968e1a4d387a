use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use super::builder::SpaceBuilder;
use super::choice::{Choice, ChoiceDescription};
use super::codec::{Reader, Writer};
use super::distribution::Distribution;
use super::law::Scale;
use super::number::Real;
use super::numeric::{Numeric, NumericDescription, Values};
use super::tunable::Tunable;
use super::value::Value;
use crate::error::Problem;
use crate::error::{Error, Result};

/// The values that a field of a config may take: how they are described as parameters, read from a
/// point and written into one.
///
/// `#[derive(Tunable)]` makes a domain from the attributes of each field; the
/// [builder](super::SpaceBuilder::field) takes them as they are. [`Float`], [`Int`], [`Flag`] and
/// [`Choices`] are one parameter each, [`Optional`], [`Repeated`] and [`Nested`] hold others.
pub trait Domain {
    /// The type of the field.
    type Value;

    /// Adds the domain's parameters at the builder's current name.
    fn describe(&self, builder: &mut SpaceBuilder);

    /// Reads a value.
    ///
    /// # Errors
    /// The point belongs to another space, or its number does not fit the field's type.
    fn decode(&self, reader: &mut Reader<'_>) -> Result<Self::Value>;

    /// Writes a value.
    ///
    /// # Errors
    /// The value lies outside the domain.
    fn encode(&self, value: &Self::Value, writer: &mut Writer<'_>) -> Result<()>;
}

/// Numbers of type `f64` or `f32`.
///
/// ```
/// use tunewright::space::{Float, Space};
///
/// let space = Space::builder()
///     .field_with_default("momentum", &Float::range(0.0..=0.99), 0.9)
///     .field("learning_rate", &Float::log_normal(-7.0, 1.5))
///     .field("dropout", &Float::range(0.0..=0.6).step(0.1))
///     .build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Float<T = f64> {
    numeric: NumericDescription,
    of: PhantomData<fn() -> T>,
}

/// Whole numbers of any integer type, within the 64-bit signed integers. All of these are exact.
#[derive(Clone, Debug)]
pub struct Int<T = i64> {
    scale: Scale,
    normal: Option<(f64, f64)>,
    range: Whole<(i64, i64)>,
    step: Whole<i64>,
    of: PhantomData<fn() -> T>,
}

/// Whole numbers, if they fit.
type Whole<T> = Result<T, Problem>;

impl Float {
    /// Normally distributed numbers, without bounds unless [`within`](Self::within) sets them.
    pub fn normal(mean: f64, sd: f64) -> Self {
        Self::new().with_normal(mean, sd)
    }

    /// Numbers whose natural logarithm is normally distributed with this mean and standard
    /// deviation, without bounds unless [`within`](Self::within) sets them.
    pub fn log_normal(mean: f64, sd: f64) -> Self {
        Self::new().with_normal(mean, sd).log()
    }
}

impl<T> Float<T> {
    /// Normally distributed numbers of any real type; [`normal`](Float::normal) is the short form.
    pub fn unbounded(mean: f64, sd: f64) -> Self
    where
        T: Real,
    {
        Self::new().with_normal(mean, sd)
    }
}

impl<T: Real> Float<T> {
    fn new() -> Self {
        let values = Values::Real { range: None, step: None };
        let numeric = NumericDescription { scale: Scale::Linear, normal: None, values };
        Float { numeric, of: PhantomData }
    }

    /// Numbers from the lower to the upper bound, both included, equally likely.
    pub fn range(range: RangeInclusive<T>) -> Self {
        Self::new().within(range)
    }

    /// Bounds, both included.
    pub fn within(mut self, range: RangeInclusive<T>) -> Self {
        if let Values::Real { range: bounds, .. } = &mut self.numeric.values {
            *bounds = Some((range.start().to_f64(), range.end().to_f64()));
        }
        self
    }

    /// Log scale: equal ratios are equally likely.
    pub fn log(self) -> Self {
        self.scale(Scale::Log)
    }

    /// Linear or log scale, for scales that come from elsewhere.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.numeric.scale = scale;
        self
    }

    /// Only the lower bound and what lies a whole number of steps above it.
    pub fn step(mut self, step: T) -> Self {
        if let Values::Real { step: distance, .. } = &mut self.numeric.values {
            *distance = Some(step.to_f64());
        }
        self
    }

    /// A normal law instead of equal probabilities; on a log scale it is that of the logarithm.
    pub fn with_normal(mut self, mean: f64, sd: f64) -> Self {
        self.numeric.normal = Some((mean, sd));
        self
    }

    /// The description, in which a law that reaches beyond the numbers of a narrower type than `f64`
    /// is cut off at the last of them.
    fn within_type(&self) -> NumericDescription {
        let mut numeric = self.numeric.clone();
        let (largest, log) = (T::largest(), numeric.scale == Scale::Log);
        let least = if log { T::smallest() } else { -largest };
        if largest < f64::MAX
            && let Some((mean, sd)) = numeric.normal
            && let Values::Real { range: range @ None, .. } = &mut numeric.values
        {
            let at = |value: f64| if log { value.exp() } else { value };
            if at(mean - FARTHEST * sd) < least || at(mean + FARTHEST * sd) > largest {
                *range = Some((least, largest));
            }
        }
        numeric
    }
}

/// Where a normal law ends in practice, in standard deviations from its mean: no draw of a double
/// goes farther.
const FARTHEST: f64 = 8.3;

impl<T: Real> Domain for Float<T> {
    type Value = T;

    fn describe(&self, builder: &mut SpaceBuilder) {
        builder.leaf(Numeric::new(self.within_type()).map(Distribution::Numeric));
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T> {
        Ok(T::from_f64(reader.number()?))
    }

    fn encode(&self, value: &T, writer: &mut Writer<'_>) -> Result<()> {
        writer.rounded(value.to_f64(), T::rounding())
    }
}

impl<T: Copy + TryInto<i64>> Int<T> {
    /// Whole numbers from the lower to the upper bound, both included, equally likely.
    pub fn range(range: RangeInclusive<T>) -> Self {
        let (low, high) = ((*range.start()).try_into(), (*range.end()).try_into());
        let range = low.ok().zip(high.ok()).ok_or(Problem::IntegerOverflow);
        Int { scale: Scale::Linear, normal: None, range, step: Ok(1), of: PhantomData }
    }

    /// Log scale: equal ratios are equally likely.
    pub fn log(self) -> Self {
        self.scale(Scale::Log)
    }

    /// Linear or log scale, for scales that come from elsewhere.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }

    /// Only the lower bound and what lies a whole number of steps above it.
    pub fn step(mut self, step: T) -> Self {
        self.step = step.try_into().map_err(|_| Problem::StepOverflow);
        self
    }

    /// A normal law instead of equal probabilities; on a log scale it is that of the logarithm.
    pub fn with_normal(mut self, mean: f64, sd: f64) -> Self {
        self.normal = Some((mean, sd));
        self
    }

    fn numeric(&self) -> Result<Numeric, Problem> {
        let values = Values::Whole { range: Some(self.range.clone()?), step: self.step.clone()? };
        Numeric::new(NumericDescription { scale: self.scale, normal: self.normal, values })
    }
}

impl<T: Copy + TryInto<i64> + TryFrom<i64> + Display> Domain for Int<T> {
    type Value = T;

    fn describe(&self, builder: &mut SpaceBuilder) {
        builder.leaf(self.numeric().map(Distribution::Numeric));
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T> {
        let value = reader.integer()?;
        T::try_from(value).map_err(|_| Error::NotOfType {
            value: value.to_string(),
            kind: std::any::type_name::<T>(),
        })
    }

    fn encode(&self, value: &T, writer: &mut Writer<'_>) -> Result<()> {
        match (*value).try_into() {
            Ok(value) => writer.integer(value),
            // Beyond the 64-bit integers is beyond every range.
            Err(_) => Err(writer.refuse(value.to_string())),
        }
    }
}

/// A switch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flag {}

impl Flag {
    /// Off and on, equally likely.
    pub fn new() -> Self {
        Flag {}
    }
}

impl Domain for Flag {
    type Value = bool;

    fn describe(&self, builder: &mut SpaceBuilder) {
        let choices = vec![Value::Bool(false), Value::Bool(true)];
        let choice = Choice::new(ChoiceDescription { choices, weights: None, ordered: false });
        builder.leaf(choice.map(Distribution::Choice));
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<bool> {
        Ok(reader.index()? == 1)
    }

    fn encode(&self, value: &bool, writer: &mut Writer<'_>) -> Result<()> {
        writer.index(Some(usize::from(*value)), || value.to_string())
    }
}

/// Listed values of any type.
///
/// ```
/// use tunewright::space::{Choices, Space};
///
/// let space = Space::builder()
///     .field("width", &Choices::of([16, 32, 64]).ordered())
///     .field("activation", &Choices::of(["relu", "tanh"]).weights([3.0, 1.0]))
///     .build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Choices<T> {
    values: Vec<T>,
    description: ChoiceDescription,
}

impl<T> Choices<T> {
    /// Choices that are their own labels.
    pub fn of(values: impl IntoIterator<Item = T>) -> Self
    where
        T: Clone + Into<Value>,
    {
        Choices::labelled(values.into_iter().map(|value| (value.clone(), value)))
    }

    /// Choices with a label each, for values that have no text of their own.
    pub fn labelled<L: Into<Value>>(values: impl IntoIterator<Item = (L, T)>) -> Self {
        let (choices, values) =
            values.into_iter().map(|(label, value)| (label.into(), value)).unzip();
        let description = ChoiceDescription { choices, weights: None, ordered: false };
        Choices { values, description }
    }

    /// Neighbouring choices are alike.
    pub fn ordered(mut self) -> Self {
        self.description.ordered = true;
        self
    }

    /// How likely each choice is before anything was tried, in proportion; equally by default.
    pub fn weights(mut self, weights: impl IntoIterator<Item = f64>) -> Self {
        self.description.weights = Some(weights.into_iter().collect());
        self
    }

    /// The choices without their values, for [`SpaceBuilder::branches`].
    ///
    /// # Errors
    /// There is no choice, a label stands twice, or the weights do not fit.
    pub fn distribution(&self) -> Result<Distribution, Problem> {
        Choice::new(self.description.clone()).map(Distribution::Choice)
    }
}

impl<T: Clone + PartialEq> Domain for Choices<T> {
    type Value = T;

    fn describe(&self, builder: &mut SpaceBuilder) {
        builder.leaf(self.distribution());
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T> {
        let index = reader.index()?;
        self.values.get(index).cloned().ok_or_else(|| reader.no_such_choice(index))
    }

    fn encode(&self, value: &T, writer: &mut Writer<'_>) -> Result<()> {
        let index = self.values.iter().position(|choice| choice == value);
        writer.index(index, || "a value that is not listed".into())
    }
}

/// Labels of the two choices of an [`Optional`].
const OPTIONAL: [&str; 2] = ["none", "some"];

/// `None`, or a value of the inner domain, whose parameters exist only then.
#[derive(Clone, Debug)]
pub struct Optional<D> {
    inner: D,
}

impl<D: Domain> Optional<D> {
    /// Present or absent, equally likely.
    pub fn new(inner: D) -> Self {
        Optional { inner }
    }
}

impl<D: Domain> Domain for Optional<D> {
    type Value = Option<D::Value>;

    fn describe(&self, builder: &mut SpaceBuilder) {
        builder.branches(Choices::of(OPTIONAL).distribution(), |branch, builder| {
            if branch == 1 {
                self.inner.describe(builder);
            }
        });
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Self::Value> {
        reader.branch(|branch, reader| (branch == 1).then(|| self.inner.decode(reader)).transpose())
    }

    fn encode(&self, value: &Self::Value, writer: &mut Writer<'_>) -> Result<()> {
        writer.branch(usize::from(value.is_some()), |writer| match value {
            Some(value) => self.inner.encode(value, writer),
            None => Ok(()),
        })
    }
}

/// `N` values of the inner domain, named by their index.
#[derive(Clone, Debug)]
pub struct Repeated<D, const N: usize> {
    inner: D,
}

impl<D: Domain, const N: usize> Repeated<D, N> {
    /// `N` independent values.
    pub fn new(inner: D) -> Self {
        Repeated { inner }
    }
}

impl<D: Domain, const N: usize> Domain for Repeated<D, N> {
    type Value = [D::Value; N];

    fn describe(&self, builder: &mut SpaceBuilder) {
        for index in 0..N {
            builder.add(&index.to_string(), &self.inner);
        }
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Self::Value> {
        let values: Vec<_> = (0..N).map(|_| self.inner.decode(reader)).collect::<Result<_>>()?;
        values.try_into().map_err(|_| Error::NotOfType {
            value: "a list".into(),
            kind: "an array of the described length",
        })
    }

    fn encode(&self, value: &Self::Value, writer: &mut Writer<'_>) -> Result<()> {
        value.iter().try_for_each(|value| self.inner.encode(value, writer))
    }
}

/// A config type within a config type.
#[derive(Debug)]
pub struct Nested<T>(PhantomData<fn() -> T>);

impl<T> Nested<T> {
    /// The space of the inner type.
    #[allow(clippy::new_without_default, reason = "a domain is written out, like all others")]
    pub fn new() -> Self
    where
        T: Tunable,
    {
        Nested(PhantomData)
    }
}

impl<T: Tunable> Domain for Nested<T> {
    type Value = T;

    fn describe(&self, builder: &mut SpaceBuilder) {
        T::describe(builder);
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T> {
        T::decode(reader)
    }

    fn encode(&self, value: &T, writer: &mut Writer<'_>) -> Result<()> {
        value.encode(writer)
    }
}
