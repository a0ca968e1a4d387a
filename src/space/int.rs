//! The domain of whole numbers.

use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::RangeInclusive;

use super::codec::{Reader, Writer};
use super::description::Description;
use super::distribution::Distribution;
use super::domain::Domain;
use super::drawn::{Cut, IntoLaw, Law};
use super::integers::whole;
use super::law::Scale;
use super::numeric::{Numeric, NumericDescription, Values};
use super::quantiles::NamedLaw;
use crate::error::{Error, Problem, Result};

/// Whole numbers of any integer type, within the 64-bit signed integers. All of these are exact.
#[derive(Clone, Debug)]
pub struct Int<T = i64> {
    scale: Scale,
    normal: Option<(f64, f64)>,
    law: Option<Law>,
    range: Whole<Option<(i64, i64)>>,
    step: Whole<i64>,
    of: PhantomData<fn() -> T>,
}

/// Whole numbers, if they fit.
type Whole<T> = Result<T, Problem>;

impl Int {
    /// Whole numbers that follow a [`Law`], such as a distribution of [`rand_distr`], rounded to the
    /// nearest: from its lowest to its highest draw unless [`within`](Self::within) sets bounds.
    pub fn law<Drawn>(law: impl IntoLaw<Drawn>) -> Self {
        Self::typed_law(law)
    }
}

impl<T: Copy + TryInto<i64>> Int<T> {
    fn new() -> Self {
        let (scale, normal, law) = (Scale::Linear, None, None);
        Int { scale, normal, law, range: Ok(None), step: Ok(1), of: PhantomData }
    }

    /// Whole numbers from the lower to the upper bound, both included, equally likely.
    pub fn range(range: RangeInclusive<T>) -> Self {
        Self::new().within(range)
    }

    /// Whole numbers of any type that follow a [`Law`]; [`law`](Int::law) is the short form.
    pub fn typed_law<Drawn>(law: impl IntoLaw<Drawn>) -> Self {
        Self::new().with_law(law)
    }

    /// Bounds, both included.
    pub fn within(mut self, range: RangeInclusive<T>) -> Self {
        let (low, high) = ((*range.start()).try_into(), (*range.end()).try_into());
        self.range = low.ok().zip(high.ok()).map(Some).ok_or(Problem::IntegerOverflow);
        self
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
        self.law = None;
        self
    }

    /// A [`Law`] instead of equal probabilities: that of its draws within the range. Each value has
    /// the probability of what is nearest to it.
    pub fn with_law<Drawn>(mut self, law: impl IntoLaw<Drawn>) -> Self {
        self.law = Some(law.into_law());
        self.normal = None;
        self
    }
}

impl<T: Copy + TryInto<i64> + TryFrom<i64>> Int<T> {
    fn numeric(&self) -> Result<Numeric, Problem> {
        let (range, step) = (self.range.clone()?, self.step.clone()?);
        let (scale, normal, values) = (self.scale, self.normal, Values::Whole { range, step });
        let mut numeric = NumericDescription { scale, normal, law: None, values };
        let Some(law) = &self.law else { return Numeric::new(numeric) };
        if let Some((low, high)) = range {
            // What is wrong with the range is told first, and of a single value a law says nothing.
            let without_law = Numeric::new(numeric.clone())?;
            if low == high {
                return Ok(without_law);
            }
        }
        let edges = range.map(|(low, high)| (low as f64, high as f64));
        let drawn = law.within(Cut::new(edges, Some(step as f64)))?;
        if range.is_none() {
            let range = Some(self.drawn_range(&drawn)?);
            numeric.values = Values::Whole { range, step };
        }
        numeric.law = Some(drawn);
        Numeric::new(numeric)
    }

    /// The whole numbers nearest to the lowest and the highest draw.
    fn drawn_range(&self, law: &NamedLaw) -> Result<(i64, i64), Problem> {
        let (low, high) = law.quantiles.ends();
        let fit = |value: f64| {
            let whole = whole(value.round()).and_then(|whole| i64::try_from(whole).ok())?;
            T::try_from(whole).ok().map(|_| whole)
        };
        let (law, kind) = (law.name.clone(), std::any::type_name::<T>());
        match (fit(low), fit(high)) {
            (Some(low), Some(high)) if low == high => {
                Err(Problem::ConstantLaw { law, value: low as f64 })
            }
            (Some(low), Some(high)) => Ok((low, high)),
            _ => Err(Problem::LawBeyondType { law, low, high, kind }),
        }
    }
}

impl<T: Copy + TryInto<i64> + TryFrom<i64> + Display> Domain for Int<T> {
    type Value = T;

    fn describe(&self, description: &mut Description) {
        description.leaf(self.numeric().map(Distribution::Numeric));
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
