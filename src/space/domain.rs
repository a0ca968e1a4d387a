use std::marker::PhantomData;

use super::choice::{Choice, ChoiceDescription};
use super::codec::{Reader, Writer};
use super::description::Description;
use super::distribution::Distribution;
use super::tunable::Tunable;
use super::value::Value;
use crate::error::Problem;
use crate::error::{Error, Result};

/// The values that a field of a config may take: how they are described as parameters, read from a
/// point and written into one.
///
/// `#[derive(Tunable)]` makes a domain from the attributes of each field; the
/// [builder](super::SpaceBuilder::field) takes them as they are. [`Float`](super::Float),
/// [`Int`](super::Int), [`Bool`] and
/// [`Choices`] are one parameter each, [`Optional`], [`Repeated`] and [`Nested`] hold others.
pub trait Domain {
    /// The type of the field.
    type Value;

    /// Adds the domain's parameters at the current name.
    fn describe(&self, description: &mut Description);

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

/// A boolean.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Bool {}

impl Bool {
    /// Off and on, equally likely.
    pub fn new() -> Self {
        Bool {}
    }
}

impl Domain for Bool {
    type Value = bool;

    fn describe(&self, description: &mut Description) {
        let choices = vec![Value::Bool(false), Value::Bool(true)];
        let choice = Choice::new(ChoiceDescription { choices, weights: None, ordered: false });
        description.leaf(choice.map(Distribution::Choice));
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

    /// The choices without their values, for [`Description::branches`].
    ///
    /// # Errors
    /// There is no choice, a label stands twice, or the weights do not fit.
    pub fn distribution(&self) -> Result<Distribution, Problem> {
        Choice::new(self.description.clone()).map(Distribution::Choice)
    }
}

impl<T: Clone + PartialEq> Domain for Choices<T> {
    type Value = T;

    fn describe(&self, description: &mut Description) {
        description.leaf(self.distribution());
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

    fn describe(&self, description: &mut Description) {
        description.branches(Choices::of(OPTIONAL).distribution(), |branch, description| {
            if branch == 1 {
                self.inner.describe(description);
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

    fn describe(&self, description: &mut Description) {
        for index in 0..N {
            description.add(&index.to_string(), &self.inner);
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

    fn describe(&self, description: &mut Description) {
        T::describe(description);
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T> {
        T::decode(reader)
    }

    fn encode(&self, value: &T, writer: &mut Writer<'_>) -> Result<()> {
        value.encode(writer)
    }
}
