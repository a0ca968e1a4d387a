mod points;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::network::{Layer, Network};
use crate::error::{Error, Problem, Result};
use crate::space::{Choices, Description, Distribution, Domain, DomainSpace, Space, Value};

/// Networks layer by layer: decisions about each layer, skip connections, and how many layers.
///
/// A chain is a [`Domain`] whose values are [`Network`]s. [`build`](Self::build) makes it a search
/// space of its own; as a field of a config it stands beside ordinary hyperparameters, with
/// `#[tune(domain = ..)]` or [`SpaceBuilder::field`](crate::space::SpaceBuilder::field).
///
/// ```
/// use tunewright::nas::{Chain, Network};
/// use tunewright::{Study, Trial};
///
/// let space = Chain::new()
///     .decide("kernel", [1, 3, 5, 7])
///     .decide("filters", [8, 16, 32, 64])
///     .skip_connections()
///     .depth(2..=8)
///     .build()?;
/// let study = Study::in_space(space).maximize().seed(1).build()?;
/// // Stands for training: the validation accuracy.
/// let train = |network: Network, _: &mut Trial| -> tunewright::Result<f64> {
///     let filters = network.layer(0)?.float("filters")?;
///     Ok(1.0 - 1.0 / (filters * network.depth() as f64))
/// };
/// study.optimize(train, 10)?;
/// println!("{}", study.best()?.config());
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// # Parameters
///
/// | name | what |
/// |---|---|
/// | `layer3.kernel` | the decision `kernel` of layer 3, counted from 0 |
/// | `layer3.from1` | whether layer 3 reads layer 1 |
/// | `layer3` | `absent` or `present`, for layers beyond the least depth; under `present` come the layer's parameters and the next layer |
///
/// Each further layer asks whether it is there, as a sequence that may end, so that every layer has
/// its parameters once. The choices are weighted so that all depths are equally likely.
///
/// # Skip connections
///
/// As in Zoph & Le, "Neural Architecture Search with Reinforcement Learning" (ICLR 2017, section
/// 3.3), every layer decides of every earlier one whether it reads it, the one directly before it
/// included. One that reads none reads the image, and those that are read by none are read by the
/// classifier. The choices are [linked](crate::space::Axis::refers_to) to the last parameter of the layer
/// that they refer to, so that a [controller](crate::ControllerSampler) scores them by attention, as in
/// equation 5 there.
///
/// # Equal networks
///
/// Layers may change places where none reads the other, so that several points are the same network;
/// only one of them is tried. [`computes_as`](Self::computes_as) says which layers do the same.
#[derive(Clone, Default)]
pub struct Chain {
    decisions: Vec<Decision>,
    mistakes: Vec<(String, Problem)>,
    skips: Skips,
    keep_previous: bool,
    most_inputs: Option<usize>,
    depth: Option<(usize, usize)>,
    forbidden: Vec<Forbidden>,
    computes: Option<Computes>,
}

#[derive(Clone, Debug)]
struct Decision {
    name: String,
    distribution: Distribution,
}

/// How far back a layer may read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Skips {
    /// The layer before it, without a decision.
    #[default]
    None,
    Within(usize),
}

#[derive(Clone)]
struct Forbidden {
    name: String,
    applies: Arc<dyn Fn(&Network) -> bool + Send + Sync>,
}

type Computes = Arc<dyn Fn(usize, &Layer) -> Option<String> + Send + Sync>;

impl Chain {
    /// A chain without decisions, to which [`depth`](Self::depth) must give layers.
    pub fn new() -> Self {
        Chain::default()
    }

    /// The layers of Zoph & Le (ICLR 2017, section 4.1): filter heights and widths of 1, 3, 5 and 7,
    /// and 24, 36, 48 or 64 filters. [`Op::of_layer`](super::Op::of_layer) counts them.
    pub fn convolutional() -> Self {
        let sides = [1, 3, 5, 7];
        Chain::new().filter_height(sides).filter_width(sides).filters([24, 36, 48, 64])
    }

    /// A decision of every layer among listed values, which have no order; under a name of its own.
    pub fn decide<V: Into<Value>>(self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.decide_in(name, &Choices::of(values.into_iter().map(Into::<Value>::into)))
    }

    /// A decision of every layer in a domain of one parameter, such as
    /// `Choices::of([8, 16, 32]).ordered()` or `Float::range(0.0..=0.5)`.
    pub fn decide_in(mut self, name: &str, domain: &impl Domain) -> Self {
        let reserved = name.strip_prefix("from").is_some_and(|rest| rest.parse::<usize>().is_ok());
        let mut mistake = |problem| self.mistakes.push((name.to_owned(), problem));
        if name.is_empty() {
            mistake(Problem::EmptyName);
        } else if reserved || self.decisions.iter().any(|decision| decision.name == name) {
            mistake(Problem::DuplicateName);
        } else {
            match Space::builder().field(name, domain).build() {
                Ok(space) => match space.axes() {
                    [axis] => self.decisions.push(Decision {
                        name: name.to_owned(),
                        distribution: axis.distribution().clone(),
                    }),
                    axes => mistake(Problem::Architecture {
                        reason: format!(
                            "a decision is one parameter, but this is {}; make each a decision",
                            axes.len()
                        ),
                    }),
                },
                Err(Error::InvalidSpace { mistakes }) => {
                    for found in mistakes {
                        self.mistakes.push((found.parameter, found.problem));
                    }
                }
                Err(other) => mistake(Problem::Architecture { reason: other.to_string() }),
            }
        }
        self
    }

    /// The decision `filter_height` of every layer, in pixels.
    pub fn filter_height(self, heights: impl IntoIterator<Item = usize>) -> Self {
        self.decide("filter_height", heights)
    }

    /// The decision `filter_width` of every layer, in pixels.
    pub fn filter_width(self, widths: impl IntoIterator<Item = usize>) -> Self {
        self.decide("filter_width", widths)
    }

    /// The decision `filters` of every layer: how many channels it makes.
    pub fn filters(self, filters: impl IntoIterator<Item = usize>) -> Self {
        self.decide("filters", filters)
    }

    /// The decision `stride` of every layer, the same in height and width.
    pub fn stride(self, strides: impl IntoIterator<Item = usize>) -> Self {
        self.decide("stride", strides)
    }

    /// Every layer decides of every earlier one whether it reads it. Without this, each layer reads
    /// the one before it.
    pub fn skip_connections(mut self) -> Self {
        self.skips = Skips::Within(usize::MAX);
        self
    }

    /// Like [`skip_connections`](Self::skip_connections), but a layer reads only the last `layers` ones
    /// before it.
    pub fn skip_connections_within(mut self, layers: usize) -> Self {
        self.skips = Skips::Within(layers);
        self
    }

    /// Every layer reads the one before it, and skip connections are what it reads besides, as in
    /// the macro search of ENAS (Pham et al., ICML 2018).
    pub fn keep_previous(mut self) -> Self {
        self.keep_previous = true;
        self
    }

    /// A layer reads at most `inputs` layers.
    pub fn max_inputs(mut self, inputs: usize) -> Self {
        self.most_inputs = Some(inputs);
        self
    }

    /// The least and the most layers.
    pub fn depth(mut self, layers: RangeInclusive<usize>) -> Self {
        self.depth = Some((*layers.start(), *layers.end()));
        self
    }

    /// Forbids what can be seen before a network is complete, under a name for messages.
    ///
    /// `applies` is given networks of which the last layers are still to come and the last one may
    /// lack decisions (their getters give errors); if it says `true`, it must do so of everything that
    /// can follow. Samplers that go step by step never take such a step, the others are turned down.
    /// What only a complete network can tell is a
    /// [`constraint`](crate::study::StudyBuilder::constraint) of the study.
    pub fn forbid(
        mut self,
        name: &str,
        applies: impl Fn(&Network) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.forbidden.push(Forbidden { name: name.into(), applies: Arc::new(applies) });
        self
    }

    /// What a layer does, in words that are equal for layers that do the same; `None` for one that
    /// only passes on what it reads. It is given the layer's index and the layer; by default its
    /// decisions are what it does.
    ///
    /// ```
    /// use tunewright::nas::{Chain, Layer};
    ///
    /// let chain = Chain::new()
    ///     .decide("operation", ["identity", "conv3x3", "conv5x5"])
    ///     .computes_as(|_, layer: &Layer| match layer.text("operation") {
    ///         Ok("identity") => None,
    ///         _ => Some(layer.to_string()),
    ///     });
    /// ```
    pub fn computes_as(
        mut self,
        what: impl Fn(usize, &Layer) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.computes = Some(Arc::new(what));
        self
    }

    /// The search space of these networks.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`] with every mistake of the description.
    pub fn build(self) -> Result<DomainSpace<Chain>> {
        DomainSpace::new("", self)
    }

    fn check(&self, description: &mut Description) -> bool {
        let mut sound = true;
        let mut mistake = |description: &mut Description, name: &str, problem| {
            description.mistake(name, problem);
            sound = false;
        };
        for (name, problem) in &self.mistakes {
            mistake(description, name, problem.clone());
        }
        let wrong = |reason: &str| Problem::Architecture { reason: reason.into() };
        let (least, most) = self.depths();
        if self.depth.is_none() {
            mistake(
                description,
                "depth",
                wrong("nothing says how many layers; use depth(2..=8), say"),
            );
        } else if least > most {
            let (low, high) = (least as f64, most as f64);
            mistake(description, "depth", Problem::EmptyRange { low, high });
        } else if least == 0 {
            mistake(
                description,
                "depth",
                wrong("a network of 0 layers computes nothing; use 1 or more"),
            );
        }
        if self.skips == Skips::Within(0) {
            let reason = "skip connections within 0 layers reach none; use 1 or more";
            mistake(description, "skip_connections", wrong(reason));
        }
        if self.most_inputs == Some(0) {
            let reason = "a layer that reads at most 0 layers forbids everything; use 1 or more";
            mistake(description, "max_inputs", wrong(reason));
        }
        sound
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decisions = self.decisions.iter().map(|decision| decision.name.as_str());
        f.debug_struct("Chain")
            .field("decisions", &decisions.collect::<Vec<_>>())
            .field("depth", &self.depths())
            .finish_non_exhaustive()
    }
}
