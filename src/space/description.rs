use std::collections::HashSet;
use std::sync::Arc;

use super::axis::{Axis, Condition};
use super::believed::AxisBelief;
use super::codec::Writer;
use super::distribution::Distribution;
use super::domain::Domain;
use super::rule::{Rule, Ruled};
use super::space::{MOST_NESTED, Space};
use crate::error::{Error, Mistake, Problem, Result};

/// The parameters of a space as they are described one after the other: what a [`Domain`] and a
/// [`Tunable`](super::Tunable) type add theirs to.
///
/// There is always a current name, the dotted path of what is being described. A domain that is one
/// parameter is a [`leaf`](Self::leaf), a choice with parameters of its own has
/// [`branches`](Self::branches), and parts with names of their own are [added](Self::add). To describe
/// a space parameter by parameter, use [`Space::builder`].
///
/// ```
/// use tunewright::Result;
/// use tunewright::space::{Description, Domain, Float, Reader, Space, Writer};
///
/// /// Two numbers of which the first is the smaller one.
/// struct Interval;
///
/// impl Domain for Interval {
///     type Value = (f64, f64);
///
///     fn describe(&self, description: &mut Description) {
///         description.add("low", &Float::range(0.0..=1.0));
///         description.add("width", &Float::range(0.0..=1.0));
///     }
///
///     fn decode(&self, reader: &mut Reader<'_>) -> Result<(f64, f64)> {
///         let (low, width) = (reader.number()?, reader.number()?);
///         Ok((low, low + width))
///     }
///
///     fn encode(&self, (low, high): &(f64, f64), writer: &mut Writer<'_>) -> Result<()> {
///         writer.number(*low)?;
///         writer.number(high - low)
///     }
/// }
///
/// let space = Space::builder().field("dropout", &Interval).build()?;
/// let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
/// assert_eq!(names, ["dropout.low", "dropout.width"]);
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Description {
    pub(super) axes: Vec<Axis>,
    /// Where names go at present: the dotted path of the parameter that is being described.
    pub(super) path: String,
    /// Name of a parameter that is described where no name was given, at the root.
    pub(super) root: &'static str,
    condition: Option<Condition>,
    /// How many conditions the present parameter stands within, and how many names.
    conditions: usize,
    names: usize,
    mistakes: Vec<Mistake>,
    rules: Vec<Ruled>,
    /// What the config type believes.
    pub(super) beliefs: Vec<AxisBelief>,
}

impl Description {
    /// That of a config type. A type that is one parameter, such as an enum, gets no name from a field
    /// when it is the whole config; its own name then serves.
    pub(super) fn of_type<T>() -> Self {
        let name = std::any::type_name::<T>();
        let name = name.split('<').next().unwrap_or(name);
        Description { root: name.rsplit("::").next().unwrap_or(name), ..Description::default() }
    }

    /// The space, or every mistake of the description.
    pub(super) fn finish(mut self) -> Result<Space> {
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

    /// Adds the parameters of a domain under a name.
    pub fn add(&mut self, name: &str, domain: &impl Domain) {
        self.enter(name, |description| domain.describe(description));
    }

    /// Adds the parameters of a domain under a name, with a default value.
    pub fn add_with_default<D: Domain>(&mut self, name: &str, domain: &D, default: &D::Value) {
        self.enter(name, |description| description.describe_with_default(domain, default));
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

    /// Adds one parameter with any distribution.
    pub fn add_distribution(&mut self, name: &str, distribution: Distribution) {
        self.enter(name, |description| description.leaf(Ok(distribution)));
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

    /// Adds one parameter at the current name.
    pub fn leaf(&mut self, distribution: Result<Distribution, Problem>) {
        self.branches(distribution, |_, _| {});
    }

    /// Adds a choice at the current name, and for each of its variants what `parameters` describes
    /// when called with the variant's index.
    pub fn branches(
        &mut self,
        distribution: Result<Distribution, Problem>,
        mut parameters: impl FnMut(usize, &mut Description),
    ) {
        if self.path.is_empty() && !self.root.is_empty() {
            return self
                .enter(self.root, |description| description.branches(distribution, parameters));
        }
        self.add_choice(distribution, |branch, label, description| {
            description.enter(label, |description| parameters(branch, description));
        });
    }

    /// Like [`branches`](Self::branches), but the choice is called `name`, and the parameters of its
    /// variants stand beside it: their names do not pass through it. For domains in which choices
    /// follow upon choices, whose names would grow without end.
    pub fn flat_branches(
        &mut self,
        name: &str,
        distribution: Result<Distribution, Problem>,
        mut parameters: impl FnMut(usize, &mut Description),
    ) {
        let outer = self.path.clone();
        self.enter(name, |description| {
            description.add_choice(distribution, |branch, _, description| {
                let inner = std::mem::replace(&mut description.path, outer.clone());
                parameters(branch, description);
                description.path = inner;
            });
        });
    }

    /// Adds what `describe` describes, under a [rule](Rule) about all of these parameters.
    pub fn with_rule(
        &mut self,
        rule: impl Rule + 'static,
        describe: impl FnOnce(&mut Description),
    ) {
        let first = self.axes.len();
        describe(self);
        self.rules.push(Ruled { axes: first..self.axes.len(), rule: Arc::new(rule) });
    }

    /// Notes a mistake in the parameter called `name`, which is reported together with all
    /// others.
    pub fn mistake(&mut self, name: &str, problem: Problem) {
        self.mistakes.push(Mistake { parameter: join(&self.path, name), problem });
    }

    fn add_choice(
        &mut self,
        distribution: Result<Distribution, Problem>,
        mut parameters: impl FnMut(usize, &str, &mut Description),
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
