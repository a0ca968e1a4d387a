//! What may be tried.
//!
//! A config type says what its fields may be ([`Tunable`], [`Domain`]); the result is a [`Space`]
//! of [axes](Axis), each with a [`Distribution`] and perhaps a condition. Samplers work in the unit
//! cube of these axes and hand back a [`Point`], which the [`SearchSpace`] turns into a config.

mod axis;
mod believed;
mod builder;
mod choice;
mod codec;
pub(crate) mod crossover;
mod description;
mod distribution;
mod domain;
mod domain_space;
mod drawn;
pub(crate) mod edits;
mod file_objects;
mod fingerprint;
mod float;
mod int;
mod integers;
mod lattice;
mod law;
mod legality;
mod node;
mod number;
mod numeric;
mod params;
mod point;
mod quantiles;
mod rule;
mod search_space;
mod serialized;
mod serialized_point;
#[allow(clippy::module_inception, reason = "the room's central type has the room's name")]
mod space;
mod tunable;
mod value;
mod words;
mod written;

pub use axis::{Axis, Condition};
pub(crate) use believed::AxisBelief;
pub use builder::{ChoiceBuilder, SpaceBuilder};
pub use choice::Choice;
pub use codec::{Reader, Writer};
pub use description::Description;
pub use distribution::{AxisKind, Distribution};
pub use domain::{Bool, Choices, Domain, Nested, Optional, Repeated};
pub use domain_space::DomainSpace;
pub use drawn::{IntoLaw, Law};
pub use float::Float;
pub use int::Int;
pub(crate) use integers::Exact;
pub use lattice::Lattice;
pub use law::Scale;
pub(crate) use legality::Legality;
pub use number::{Number, Real};
pub use numeric::Numeric;
pub use params::Params;
pub(crate) use point::KeySet;
pub use point::{Key, Point};
pub use rule::Rule;
pub use search_space::SearchSpace;
pub use space::Space;
pub use tunable::{Tunable, TypedSpace};
pub use value::Value;

pub use crate::error::{Mistake, Problem};
