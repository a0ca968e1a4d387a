use std::ops::RangeInclusive;

use super::description::Description;
use super::domain::{Bool, Choices, Domain};
use super::float::Float;
use super::int::Int;
use super::law::Scale;
use super::space::Space;
use super::tunable::Tunable;
use super::value::Value;
use crate::error::Result;

/// Describes a space, parameter by parameter.
///
/// Nothing fails before [`build`](Self::build), which reports every mistake of the description at
/// once. Names are joined with dots: a parameter `gamma` of the choice `rbf` of the parameter
/// `kernel` is `kernel.rbf.gamma`.
#[derive(Debug, Default)]
pub struct SpaceBuilder {
    description: Description,
}

impl SpaceBuilder {
    /// Adds a number. For steps and normal laws see [`field`](Self::field) with a [`Float`].
    pub fn float(self, name: &str, range: RangeInclusive<f64>, scale: Scale) -> Self {
        self.field(name, &Float::range(range).scale(scale))
    }

    /// Adds a whole number. For steps see [`field`](Self::field) with an [`Int`].
    pub fn int(self, name: &str, range: RangeInclusive<i64>, scale: Scale) -> Self {
        self.field(name, &Int::range(range).scale(scale))
    }

    /// Adds a boolean.
    pub fn bool(self, name: &str) -> Self {
        self.field(name, &Bool::new())
    }

    /// Adds unordered choices without parameters of their own. For ordered and weighted choices
    /// see [`field`](Self::field) with [`Choices`].
    pub fn choices<V: Into<Value>>(self, name: &str, choices: impl IntoIterator<Item = V>) -> Self {
        self.field(name, &Choices::of(choices.into_iter().map(Into::into)))
    }

    /// Adds a choice whose variants may have parameters of their own, which exist only when the
    /// variant is chosen.
    pub fn choice(self, name: &str, variants: impl FnOnce(ChoiceBuilder) -> ChoiceBuilder) -> Self {
        let variants = variants(ChoiceBuilder::default());
        let (labels, mut describe): (Vec<Value>, Vec<_>) = variants
            .variants
            .into_iter()
            .map(|variant| (Value::Text(variant.label), Some(variant.parameters)))
            .unzip();
        let choices = Choices::of(labels);
        let choices = match variants.weights {
            Some(weights) => choices.weights(weights),
            None => choices,
        };
        self.enter(name, |description| {
            description.branches(choices.distribution(), |branch, description| {
                if let Some(parameters) = describe.get_mut(branch).and_then(Option::take) {
                    build_within(description, parameters);
                }
            });
        })
    }

    /// Adds the parameters that `parameters` describes under a common name: `name.lr` for `lr`.
    pub fn group(self, name: &str, parameters: impl FnOnce(Self) -> Self) -> Self {
        self.enter(name, |description| build_within(description, parameters))
    }

    /// Adds a parameter with any domain, such as `Float::range(0.0..=1.0).step(0.1)`.
    pub fn field(self, name: &str, domain: &impl Domain) -> Self {
        self.describe(|description| description.add(name, domain))
    }

    /// Adds a parameter with any domain and a default value.
    pub fn field_with_default<D: Domain>(self, name: &str, domain: &D, default: D::Value) -> Self {
        self.describe(|description| description.add_with_default(name, domain, &default))
    }

    /// Adds the parameters of a config type under a common name.
    pub fn nested<T: Tunable>(self, name: &str) -> Self {
        self.enter(name, T::describe)
    }

    /// Says what the choices of the parameter that was described last refer to: for each the name of
    /// a parameter described before it, or `None`. A name is looked for beside the parameter first,
    /// then outwards. [`Axis::refers_to`](super::Axis::refers_to) shows it to samplers, which may score
    /// a choice such as "take layer 3 as input" by what was decided for layer 3.
    ///
    /// ```
    /// use tunewright::space::Space;
    ///
    /// let space = Space::builder()
    ///     .choices("op0", ["conv", "pool"])
    ///     .choices("op1", ["conv", "pool"])
    ///     .bool("skip")
    ///     .refers_to([None, Some("op0")]) // off refers to nothing, on to the first operation
    ///     .build()?;
    /// assert_eq!(space.axes()[2].refers_to(), [None, Some(0)]);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn refers_to<'a>(self, targets: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        self.describe(|description| description.refers_to(targets))
    }

    /// Adds what has no short form here, in the words that a [`Domain`] has.
    pub fn describe(mut self, parameters: impl FnOnce(&mut Description)) -> Self {
        parameters(&mut self.description);
        self
    }

    /// Finishes the description.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the description.
    pub fn build(self) -> Result<Space> {
        self.description.finish()
    }

    fn enter(self, name: &str, parameters: impl FnOnce(&mut Description)) -> Self {
        self.describe(|description| description.enter(name, parameters))
    }
}

/// Adds to a description what is built with the short forms.
fn build_within(
    description: &mut Description,
    parameters: impl FnOnce(SpaceBuilder) -> SpaceBuilder,
) {
    let builder = SpaceBuilder { description: std::mem::take(description) };
    *description = parameters(builder).description;
}

/// The variants of a [choice](SpaceBuilder::choice).
#[derive(Default)]
pub struct ChoiceBuilder {
    variants: Vec<Variant>,
    weights: Option<Vec<f64>>,
}

struct Variant {
    label: String,
    parameters: Box<dyn FnOnce(SpaceBuilder) -> SpaceBuilder>,
}

impl std::fmt::Debug for ChoiceBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.variants.iter().map(|variant| &variant.label)).finish()
    }
}

impl ChoiceBuilder {
    /// A variant without parameters of its own.
    pub fn unit(self, label: &str) -> Self {
        self.variant(label, |parameters| parameters)
    }

    /// A variant with the parameters that `parameters` describes.
    pub fn variant(
        mut self,
        label: &str,
        parameters: impl FnOnce(SpaceBuilder) -> SpaceBuilder + 'static,
    ) -> Self {
        self.variants.push(Variant { label: label.into(), parameters: Box::new(parameters) });
        self
    }

    /// How likely each variant is before anything was tried, in proportion; equally by default.
    pub fn weights(mut self, weights: impl IntoIterator<Item = f64>) -> Self {
        self.weights = Some(weights.into_iter().collect());
        self
    }
}
