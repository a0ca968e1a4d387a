use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::axis::{Axis, Condition};
use super::believed::AxisBelief;
use super::codec::Writer;
use super::distribution::Distribution;
use super::domain::{Bool, Choices, Domain};
use super::float::Float;
use super::int::Int;
use super::law::Scale;
use super::rule::{Rule, Ruled};
use super::space::{MOST_NESTED, Space};
use super::tunable::Tunable;
use super::value::Value;
use crate::error::{Error, Result};
use crate::error::{Mistake, Problem};

/// Describes a space, parameter by parameter.
///
/// Nothing fails before [`build`](Self::build), which reports every mistake of the description at
/// once. Names are joined with dots: a parameter `gamma` of the choice `rbf` of the parameter
/// `kernel` is `kernel.rbf.gamma`.
#[derive(Debug, Default)]
pub struct SpaceBuilder {
    pub(super) axes: Vec<Axis>,
    /// Where names go at present: the dotted path of the parameter that is being described.
    pub(super) path: String,
    /// Name of a parameter that is described where no name was given, at the root.
    pub(super) root: &'static str,
    condition: Option<Condition>,
    /// How many conditions the present parameter stands within, and how many names.
    conditions: usize,
    names: usize,
    pub(super) mistakes: Vec<Mistake>,
    rules: Vec<Ruled>,
    /// What the config type believes.
    pub(super) beliefs: Vec<AxisBelief>,
}

impl SpaceBuilder {
    pub(super) fn new() -> Self {
        SpaceBuilder::default()
    }

    /// A builder for a config type. A type that is one parameter, such as an enum, gets no name
    /// from a field when it is the whole config; its own name then serves.
    pub(super) fn of_type<T>() -> Self {
        let name = std::any::type_name::<T>();
        let name = name.split('<').next().unwrap_or(name);
        SpaceBuilder { root: name.rsplit("::").next().unwrap_or(name), ..SpaceBuilder::default() }
    }

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
    pub fn choice(
        mut self,
        name: &str,
        variants: impl FnOnce(ChoiceBuilder) -> ChoiceBuilder,
    ) -> Self {
        let variants = variants(ChoiceBuilder::default());
        self.enter(name, |builder| {
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
            builder.branches(choices.distribution(), |branch, builder| {
                if let Some(parameters) = describe.get_mut(branch).and_then(Option::take) {
                    *builder = parameters(std::mem::take(builder));
                }
            });
        });
        self
    }

    /// Adds the parameters that `parameters` describes under a common name: `name.lr` for `lr`.
    pub fn group(mut self, name: &str, parameters: impl FnOnce(Self) -> Self) -> Self {
        self.enter(name, |builder| *builder = parameters(std::mem::take(builder)));
        self
    }

    /// Adds a parameter with any domain, such as `Float::range(0.0..=1.0).step(0.1)`.
    pub fn field(mut self, name: &str, domain: &impl Domain) -> Self {
        self.add(name, domain);
        self
    }

    /// Adds a parameter with any domain and a default value.
    pub fn field_with_default<D: Domain>(
        mut self,
        name: &str,
        domain: &D,
        default: D::Value,
    ) -> Self {
        self.add_with_default(name, domain, &default);
        self
    }

    /// Adds the parameters of a config type under a common name.
    pub fn nested<T: Tunable>(mut self, name: &str) -> Self {
        self.enter(name, T::describe);
        self
    }

    /// Finishes the description.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`] with every mistake of the description.
    pub fn build(mut self) -> Result<Space> {
        let mut seen = HashSet::with_capacity(self.axes.len());
        for axis in &self.axes {
            let problem = if axis.name.is_empty() || axis.name.ends_with('.') {
                Some(Problem::EmptyName)
            } else {
                (!seen.insert(axis.name.as_str())).then_some(Problem::DuplicateName)
            };
            if let Some(problem) = problem {
                self.mistakes.push(Mistake { parameter: axis.name.clone(), problem });
            }
        }
        if self.mistakes.is_empty() {
            Ok(Space::with_rules(self.axes, self.rules, self.beliefs))
        } else {
            Err(Error::InvalidSpace { mistakes: self.mistakes })
        }
    }

    /// [`field`](Self::field) for code that holds the builder by reference, as
    /// [`Tunable::describe`] does.
    pub fn add(&mut self, name: &str, domain: &impl Domain) {
        self.enter(name, |builder| domain.describe(builder));
    }

    /// [`field_with_default`](Self::field_with_default) for code that holds the builder by
    /// reference.
    pub fn add_with_default<D: Domain>(&mut self, name: &str, domain: &D, default: &D::Value) {
        self.enter(name, |builder| builder.describe_with_default(domain, default));
    }

    /// Describes a domain at the current name, with a default value.
    pub fn describe_with_default<D: Domain>(&mut self, domain: &D, default: &D::Value) {
        let (first, mistakes) = (self.axes.len(), self.mistakes.len());
        domain.describe(self);
        if self.mistakes.len() > mistakes {
            return;
        }
        let mut writer = Writer::new(&self.axes, first);
        match domain.encode(default, &mut writer).and_then(|()| writer.finish()) {
            Ok(values) => {
                for (axis, value) in self.axes[first..].iter_mut().zip(values) {
                    if value.is_some() {
                        axis.default = value;
                    }
                }
            }
            Err(error) => self.refuse(Problem::BadDefault { reason: error.to_string() }),
        }
    }

    /// Notes a mistake in the parameter that is being described.
    pub(super) fn refuse(&mut self, problem: Problem) {
        let here = if self.path.is_empty() { self.root } else { &self.path };
        self.mistakes.push(Mistake { parameter: here.to_owned(), problem });
    }

    /// Adds one parameter with any distribution. For the authors of domains.
    pub fn add_distribution(&mut self, name: &str, distribution: Distribution) {
        self.enter(name, |builder| builder.leaf(Ok(distribution)));
    }

    /// Makes the variant that is being described the default of its choice. For calls within
    /// [`branches`](Self::branches); elsewhere it does nothing.
    pub fn default_branch(&mut self) {
        if let Some(Condition { axis, choice }) = self.condition {
            self.axes[axis].default = Some((choice as f64).into());
        }
    }

    /// Says what the choices of the parameter that was described last refer to: for each the name of
    /// a parameter described before it, or `None`. A name is looked for beside the parameter first,
    /// then outwards. [`Axis::refers_to`] shows it to samplers, which may score a choice such as "take
    /// layer 3 as input" by what was decided for layer 3.
    ///
    /// ```
    /// use tunewright::space::Space;
    ///
    /// let mut builder = Space::builder().choices("op0", ["conv", "pool"]).choices("op1", ["conv", "pool"]);
    /// builder = builder.bool("skip");
    /// builder.refers_to([None, Some("op0")]); // off refers to nothing, on to the first operation
    /// let space = builder.build()?;
    /// assert_eq!(space.axes()[2].refers_to(), [None, Some(0)]);
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn refers_to<'a>(&mut self, targets: impl IntoIterator<Item = Option<&'a str>>) {
        let Some((axis, earlier)) = self.axes.split_last_mut() else { return };
        let mut refers_to = Vec::new();
        for target in targets {
            let Some(target) = target else {
                refers_to.push(None);
                continue;
            };
            let outwards =
                std::iter::successors(axis.name.rsplit_once('.').map(|(path, _)| path), |path| {
                    path.rsplit_once('.').map(|(path, _)| path)
                });
            let names = outwards.map(|path| join(path, target)).chain([target.to_owned()]);
            let found =
                names.filter_map(|name| earlier.iter().position(|axis| axis.name == name)).next();
            if found.is_none() {
                let problem = Problem::UnknownReference { target: target.to_owned() };
                self.mistakes.push(Mistake { parameter: axis.name.clone(), problem });
            }
            refers_to.push(found);
        }
        axis.refers_to = refers_to;
    }

    /// Adds one parameter at the current name. For the authors of domains.
    pub fn leaf(&mut self, distribution: Result<Distribution, Problem>) {
        self.branches(distribution, |_, _| {});
    }

    /// Adds a choice at the current name, and for each of its variants what `parameters` describes
    /// when called with the variant's index. For the authors of domains.
    pub fn branches(
        &mut self,
        distribution: Result<Distribution, Problem>,
        mut parameters: impl FnMut(usize, &mut SpaceBuilder),
    ) {
        if self.path.is_empty() && !self.root.is_empty() {
            return self.enter(self.root, |builder| builder.branches(distribution, parameters));
        }
        self.add_choice(distribution, |branch, label, builder| {
            builder.enter(label, |builder| parameters(branch, builder));
        });
    }

    /// Like [`branches`](Self::branches), but the choice is called `name`, and the parameters of its
    /// variants stand beside it: their names do not pass through it. For domains in which choices
    /// follow upon choices, whose names would grow without end.
    pub fn flat_branches(
        &mut self,
        name: &str,
        distribution: Result<Distribution, Problem>,
        mut parameters: impl FnMut(usize, &mut SpaceBuilder),
    ) {
        let outer = self.path.clone();
        self.enter(name, |builder| {
            builder.add_choice(distribution, |branch, _, builder| {
                let inner = std::mem::replace(&mut builder.path, outer.clone());
                parameters(branch, builder);
                builder.path = inner;
            });
        });
    }

    /// Adds what `describe` describes, under a [rule](Rule) about all of these parameters. For the
    /// authors of domains.
    pub fn with_rule(
        &mut self,
        rule: impl Rule + 'static,
        describe: impl FnOnce(&mut SpaceBuilder),
    ) {
        let first = self.axes.len();
        describe(self);
        self.rules.push(Ruled { axes: first..self.axes.len(), rule: Arc::new(rule) });
    }

    /// Notes a mistake in the parameter called `name`, which [`build`](Self::build) reports with all
    /// others. For the authors of domains.
    pub fn mistake(&mut self, name: &str, problem: Problem) {
        self.mistakes.push(Mistake { parameter: join(&self.path, name), problem });
    }

    fn add_choice(
        &mut self,
        distribution: Result<Distribution, Problem>,
        mut parameters: impl FnMut(usize, &str, &mut SpaceBuilder),
    ) {
        if self.conditions > MOST_NESTED {
            return self.refuse_depth();
        }
        let distribution = match distribution {
            Ok(distribution) => distribution,
            Err(problem) => {
                self.mistakes.push(Mistake { parameter: self.path.clone(), problem });
                return;
            }
        };
        let choice_axis = self.axes.len();
        self.axes.push(Axis {
            name: self.path.clone(),
            distribution: distribution.clone(),
            default: None,
            condition: self.condition,
            branches: Vec::new(),
            refers_to: Vec::new(),
        });
        let Distribution::Choice(choice) = &distribution else { return };
        let (outer, conditions) = (self.condition, self.conditions);
        let mut ranges = Vec::with_capacity(choice.labels().len());
        for (branch, label) in choice.labels().iter().enumerate() {
            let start = self.axes.len();
            self.condition = Some(Condition { axis: choice_axis, choice: branch });
            self.conditions = conditions + 1;
            parameters(branch, &label.to_string(), self);
            ranges.push(start..self.axes.len());
        }
        (self.condition, self.conditions) = (outer, conditions);
        if ranges.iter().any(|range| !range.is_empty()) {
            if choice.is_ordered() {
                let parameter = self.path.clone();
                self.mistakes.push(Mistake { parameter, problem: Problem::OrderedBranches });
            }
            if let Some(axis) = self.axes.get_mut(choice_axis) {
                axis.branches = ranges;
            }
        }
    }

    /// Runs `describe` with `name` appended to the path.
    pub(super) fn enter(&mut self, name: &str, describe: impl FnOnce(&mut Self)) {
        if self.names > MOST_NAMES {
            return self.refuse_depth();
        }
        let (outer, names) = (self.path.clone(), self.names);
        self.path = join(&outer, name);
        self.names = names + 1;
        describe(self);
        (self.path, self.names) = (outer, names);
    }

    /// Notes once that parameters are nested too deeply, and has no more of them described: types
    /// that hold each other would never end.
    fn refuse_depth(&mut self) {
        let problem = Problem::TooDeep { most: MOST_NESTED };
        if self.mistakes.iter().all(|mistake| mistake.problem != problem) {
            self.mistakes.push(Mistake { parameter: self.path.clone(), problem });
        }
    }
}

/// Most names in a path: two for each condition and some for groups.
const MOST_NAMES: usize = 2 * MOST_NESTED + 64;

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
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
