//! Architectures: what a network may look like, as search spaces like any other.
//!
//! | space | config | what |
//! |---|---|---|
//! | [`Chain`] | [`Network`] | layer by layer: decisions about each, skip connections, depth |
//! | [`CellSpace`] | [`Cell`] | a small graph of operations, repeated by a [`Stack`] |
//! | [`CellPair`] | [`Cells`] | a normal cell and a reduction cell |
//!
//! They are [domains](crate::space::Domain): [`Chain::build`] makes one a search space of its own,
//! and `#[tune(domain = ..)]` a field of a config beside learning rates. Every sampler can
//! search them. Which steps are legal comes from masks, and networks that compute the same share one
//! key, so that none is trained twice.
//!
#![cfg_attr(feature = "derive", doc = "```")]
#![cfg_attr(not(feature = "derive"), doc = "```ignore")]
//! use tunewright::nas::{Chain, Network, Op, Shape};
//! use tunewright::{Study, Trial, Tunable};
//!
//! #[derive(Tunable, Clone, Debug)]
//! struct Training {
//!     #[tune(range = 1e-4..=1e-1, log)]
//!     learning_rate: f64,
//!     #[tune(domain = networks())]
//!     network: Network,
//! }
//!
//! fn networks() -> Chain {
//!     Chain::convolutional().skip_connections().max_inputs(2).depth(2..=6)
//! }
//!
//! /// Stands for training: returns the validation error.
//! fn train(config: Training, _: &mut Trial) -> Result<f64, tunewright::Error> {
//!     let widest = config.network.layers().iter().map(|layer| layer.float("filters"));
//!     let widest = widest.collect::<Result<Vec<f64>, _>>()?.into_iter().fold(0.0, f64::max);
//!     Ok((config.learning_rate.log10() + 2.0).abs() / widest)
//! }
//!
//! let small = |config: &Training| {
//!     let head = [Op::global_pooling(), Op::dense(10)];
//!     let cost = config.network.cost(Shape::new(1, 28, 28), Op::of_layer, &head);
//!     cost.is_ok_and(|cost| cost.parameters <= 1_000_000)
//! };
//! let study = Study::<Training>::minimize()
//!     .seed(1)
//!     .constraint("at most a million parameters", small)
//!     .build()?;
//! study.optimize(train, 10)?;
//!
//! let best = study.best()?;
//! println!("{}", best.config().network);
//! let picture = best.config().network.to_svg();
//! let json = serde_json::to_string(&best.config().network).unwrap();
//! # assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), best.config().network);
//! # assert!(picture.starts_with("<svg"));
//! # Ok::<(), tunewright::Error>(())
//! ```

mod cell;
mod cell_pair;
mod cell_space;
mod chain;
mod computation;
mod cost;
mod cost_goal;
mod draw;
mod network;
mod stack;

pub use cell::{Cell, Edge, Node, Operation, Place};
pub use cell_pair::{CellPair, Cells};
pub use cell_space::{CellSpace, Outputs};
pub use chain::Chain;
pub use cost::{Cost, Op, Shape};
pub use cost_goal::CostGoal;
pub use network::{Layer, Network, Source};
pub use stack::{Block, BlockKind, Stack};
