//! The types of numbers, and the domain that each has.

use std::ops::RangeInclusive;

use super::domain::Domain;
use super::drawn::Law;
use super::float::Float;
use super::int::Int;

/// The real types that a [`Float`] can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a real number, so it has no law without a range",
    label = "neither `f64` nor `f32`"
)]
pub trait Real: Copy {
    /// As a double.
    fn to_f64(self) -> f64;
    /// The nearest of this type.
    fn from_f64(value: f64) -> Self;

    /// The largest finite number, as a double. A law without bounds ends there.
    fn largest() -> f64 {
        f64::MAX
    }

    /// The smallest positive number at full precision, as a double. A law of logarithms without
    /// bounds ends there.
    fn smallest() -> f64 {
        f64::MIN_POSITIVE
    }

    /// How much a number may be off by rounding, in proportion to it.
    fn rounding() -> f64 {
        0.0
    }
}

impl Real for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn from_f64(value: f64) -> Self {
        value
    }
}

impl Real for f32 {
    /// By way of the decimal digits that stand for the number, so that 0.1 is the double 0.1 and
    /// not 0.10000000149011612, in tables and as a step.
    fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(self.into())
    }
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn largest() -> f64 {
        f32::MAX.to_f64()
    }
    fn smallest() -> f64 {
        f32::MIN_POSITIVE.to_f64()
    }
    fn rounding() -> f64 {
        f32::EPSILON.into()
    }
}

/// The types that a range may be given for: `f64`, `f32` and all integers.
///
/// Makes the type's own domain, so that whoever has only a type's name, as `#[derive(Tunable)]`
/// does, need not know whether it stands for a real or a whole number.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number, so it has no range",
    label = "no number",
    note = "list the values of other types: #[tune(choices = [..])]"
)]
pub trait Number: Copy {
    /// [`Float`] or [`Int`].
    type Domain: Domain<Value = Self>;

    /// Numbers from the lower to the upper bound, both included, equally likely.
    fn range(range: RangeInclusive<Self>) -> Self::Domain;

    /// Numbers that follow a law: rounded and from its lowest to its highest draw, if they are whole,
    /// and otherwise without bounds.
    fn typed_law(law: Law) -> Self::Domain;
}

macro_rules! number {
    ($domain:ident: $($type:ty),*) => {
        $(impl Number for $type {
            type Domain = $domain<$type>;

            fn range(range: RangeInclusive<Self>) -> Self::Domain {
                $domain::range(range)
            }

            fn typed_law(law: Law) -> Self::Domain {
                $domain::typed_law(law)
            }
        })*
    };
}
number!(Float: f32, f64);
number!(Int: i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
