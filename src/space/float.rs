//! The domain of real numbers.

use std::marker::PhantomData;
use std::ops::RangeInclusive;

use super::codec::{Reader, Writer};
use super::description::Description;
use super::distribution::Distribution;
use super::domain::Domain;
use super::drawn::{Cut, IntoLaw, Law};
use super::law::Scale;
use super::number::Real;
use super::numeric::{Numeric, NumericDescription, Values};
use crate::error::{Problem, Result};

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
    law: Option<Law>,
    of: PhantomData<fn() -> T>,
}

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

    /// Numbers that follow a [`Law`], such as a distribution of [`rand_distr`]; without bounds unless
    /// [`within`](Self::within) sets them.
    pub fn law<Drawn>(law: impl IntoLaw<Drawn>) -> Self {
        Self::typed_law(law)
    }
}

impl<T> Float<T> {
    /// Normally distributed numbers of any real type; [`normal`](Float::normal) is the short form.
    pub fn typed_normal(mean: f64, sd: f64) -> Self
    where
        T: Real,
    {
        Self::new().with_normal(mean, sd)
    }

    /// Numbers of any real type that follow a [`Law`]; [`law`](Float::law) is the short form.
    pub fn typed_law<Drawn>(law: impl IntoLaw<Drawn>) -> Self
    where
        T: Real,
    {
        Self::new().with_law(law)
    }
}

impl<T: Real> Float<T> {
    fn new() -> Self {
        let values = Values::Real { range: None, step: None };
        let numeric = NumericDescription { scale: Scale::Linear, normal: None, law: None, values };
        Float { numeric, law: None, of: PhantomData }
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
        self.law = None;
        self
    }

    /// A [`Law`] instead of equal probabilities: that of its draws within the range, if there is one.
    /// It says how likely each value is on any scale, and so takes no log scale.
    pub fn with_law<Drawn>(mut self, law: impl IntoLaw<Drawn>) -> Self {
        self.law = Some(law.into_law());
        self.numeric.normal = None;
        self
    }

    fn numeric(&self) -> Result<Numeric, Problem> {
        let (Some(law), Values::Real { range, step }) = (&self.law, self.numeric.values) else {
            return Numeric::new(self.within_type());
        };
        let mut numeric = self.numeric.clone();
        if let Some((low, high)) = range {
            // What is wrong with the range is told first, and of a single value a law says nothing.
            let without_law = Numeric::new(numeric.clone())?;
            if low == high {
                return Ok(without_law);
            }
        }
        let mut drawn = law.within(Cut::new(range, step))?;
        let (largest, (low, high)) = (T::largest(), drawn.quantiles.ends());
        if range.is_none() && largest < f64::MAX && low.abs().max(high.abs()) > largest {
            let range = Some((-largest, largest));
            numeric.values = Values::Real { range, step };
            drawn = law.within(Cut::new(range, step))?;
        }
        numeric.law = Some(drawn);
        Numeric::new(numeric)
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

    fn describe(&self, description: &mut Description) {
        description.leaf(self.numeric().map(Distribution::Numeric));
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T> {
        Ok(T::from_f64(reader.number()?))
    }

    fn encode(&self, value: &T, writer: &mut Writer<'_>) -> Result<()> {
        writer.rounded(value.to_f64(), T::rounding())
    }
}
