use super::axis::Axis;
use super::distribution::Distribution;
use super::integers::Exact;
use super::point::Point;
use super::space::Space;
use super::value::Value;
use crate::error::{Error, Result};

/// Hands out the values of a point in the order in which the parameters were described.
#[derive(Debug)]
pub struct Reader<'a> {
    space: &'a Space,
    point: &'a Point,
    next: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(space: &'a Space, point: &'a Point) -> Self {
        Reader { space, point, next: 0 }
    }

    /// The next parameter's value as a number: the index for choices.
    ///
    /// # Errors
    /// The point has no value there, because it belongs to another space.
    pub fn number(&mut self) -> Result<f64> {
        Ok(self.exact()?.nearest)
    }

    /// The next parameter's value as an integer, of any size.
    ///
    /// # Errors
    /// As [`number`](Self::number), and the parameter is no integer.
    pub fn integer(&mut self) -> Result<i64> {
        let axis = self.next;
        let value = self.exact()?;
        let distribution = self.space.axes().get(axis).map(Axis::distribution);
        match distribution.map(|distribution| distribution.exact_value(value)) {
            Some(Value::Int(integer)) => Ok(integer),
            other => Err(Error::NotOfType {
                value: other.unwrap_or(Value::Float(value.nearest)).to_string(),
                kind: "an integer",
            }),
        }
    }

    fn exact(&mut self) -> Result<Exact> {
        let axis = self.next;
        self.next += 1;
        self.point.exact(axis).ok_or_else(|| match self.space.axes().get(axis) {
            Some(axis) => Error::MissingParameter { name: axis.name.clone() },
            None => Error::ForeignPoint { axes: self.space.len(), coordinates: self.point.len() },
        })
    }

    /// The index that the next parameter, a choice without parameters of its own, has.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn index(&mut self) -> Result<usize> {
        Ok(self.number()? as usize)
    }

    /// Reads a choice, and with `read` the parameters of the variant that it is given the index of.
    ///
    /// # Errors
    /// As [`number`](Self::number), and what `read` fails with.
    pub fn branch<T>(&mut self, read: impl FnOnce(usize, &mut Self) -> Result<T>) -> Result<T> {
        let choice = self.next;
        let branch = self.index()?;
        let (mut start, mut end) = (choice + 1, choice + 1);
        if let Some(axis) = self.space.axes().get(choice) {
            start = axis.branches.get(branch).map_or(choice + 1, |range| range.start);
            end = axis.end(choice);
        }
        self.next = start;
        let value = read(branch, self)?;
        self.next = end;
        Ok(value)
    }

    /// The natural values of the next `axes` parameters, `None` where not active. For domains that
    /// read their parameters all at once.
    ///
    /// # Errors
    /// The point has fewer parameters, because it belongs to another space.
    pub fn values(&mut self, axes: usize) -> Result<Vec<Option<f64>>> {
        let end = self.next + axes;
        if end > self.point.len() {
            return Err(Error::ForeignPoint { axes: end, coordinates: self.point.len() });
        }
        let values = (self.next..end).map(|axis| self.point.get(axis)).collect();
        self.next = end;
        Ok(values)
    }

    /// What a type says of an index that is none of its choices.
    pub fn no_such_choice(&self, index: usize) -> Error {
        Error::NotOfType { value: format!("choice {index}"), kind: "one of the listed choices" }
    }
}

/// Takes the values of a config in the order in which its parameters were described.
#[derive(Debug)]
pub struct Writer<'a> {
    axes: &'a [Axis],
    first: usize,
    /// `None` where not active.
    values: Vec<Option<Exact>>,
}

impl<'a> Writer<'a> {
    /// Writes the axes from `first` on.
    pub(super) fn new(axes: &'a [Axis], first: usize) -> Self {
        Writer { axes, first, values: Vec::with_capacity(axes.len() - first) }
    }

    /// Writes the next parameter, a number.
    ///
    /// # Errors
    /// The value lies outside the parameter's range or between its steps.
    pub fn number(&mut self, value: f64) -> Result<()> {
        self.value(value.into(), || Value::Float(value))
    }

    /// Writes the next parameter, an integer of any size.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub fn integer(&mut self, value: i64) -> Result<()> {
        self.value(Exact::of(value), || Value::Int(value))
    }

    /// As [`number`](Self::number), for a value that the type of its field has rounded: up to
    /// `rounding`, in proportion to the value.
    pub(super) fn rounded(&mut self, value: f64, rounding: f64) -> Result<()> {
        let distribution = &self.next()?.distribution;
        let level = distribution
            .level_of(value)
            .filter(|_| matches!(distribution, Distribution::Numeric(_)));
        let nearest = level.and_then(|level| distribution.at_level(level));
        match nearest.filter(|nearest| (nearest - value).abs() <= rounding * value.abs()) {
            Some(nearest) => self.number(nearest),
            None => self.number(value),
        }
    }

    fn value(&mut self, value: Exact, shown: impl FnOnce() -> Value) -> Result<()> {
        let axis = self.next()?;
        let Some(taken) = axis.distribution.take(value) else {
            return Err(axis.distribution.refuse(&axis.name, &shown()));
        };
        self.values.push(Some(taken));
        Ok(())
    }

    /// What is said of a value that does not fit the 64-bit integers.
    pub(super) fn refuse(&self, value: String) -> Error {
        match self.next() {
            Ok(axis) => Error::OutsideSpace {
                parameter: axis.name.clone(),
                value,
                values: axis.distribution.values_in_words(),
            },
            Err(error) => error,
        }
    }

    /// Writes the next parameter, a choice without parameters of its own, as its index; `None` if
    /// the value is not among the choices, with the value in words.
    ///
    /// # Errors
    /// There is no such choice.
    pub fn index(&mut self, index: Option<usize>, value: impl FnOnce() -> String) -> Result<()> {
        let axis = self.next()?;
        match index.map(|index| index as f64).filter(|index| axis.distribution.contains(*index)) {
            Some(index) => {
                self.values.push(Some(index.into()));
                Ok(())
            }
            None => Err(axis.distribution.refuse(&axis.name, &Value::Text(value()))),
        }
    }

    /// Writes a choice as its index, and with `write` the parameters of its variant.
    ///
    /// # Errors
    /// There is no such choice, and what `write` fails with.
    pub fn branch(
        &mut self,
        index: usize,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let choice = self.first + self.values.len();
        self.index(Some(index), || format!("variant {index}"))?;
        let axes = self.axes;
        let Some(range) = axes[choice].branches.get(index) else { return write(self) };
        self.values.resize(range.start - self.first, None);
        write(self)?;
        self.values.resize(axes[choice].end(choice) - self.first, None);
        Ok(())
    }

    /// Writes the natural values of the next parameters, `None` where not active, for domains that
    /// write their parameters all at once. The caller sees to it that the choices activate those
    /// that have a value.
    ///
    /// # Errors
    /// A value lies outside its parameter's values.
    pub fn values(&mut self, values: &[Option<f64>]) -> Result<()> {
        for value in values {
            match value {
                Some(value) => self.number(*value)?,
                None => {
                    self.next()?;
                    self.values.push(None);
                }
            }
        }
        Ok(())
    }

    fn next(&self) -> Result<&'a Axis> {
        let next = self.first + self.values.len();
        self.axes
            .get(next)
            .ok_or(Error::ForeignPoint { axes: self.axes.len(), coordinates: next + 1 })
    }

    /// One value per axis, `None` where not active.
    pub(super) fn finish(self) -> Result<Vec<Option<Exact>>> {
        let written = self.first + self.values.len();
        if written == self.axes.len() {
            Ok(self.values)
        } else {
            Err(Error::ForeignPoint { axes: self.axes.len(), coordinates: written })
        }
    }
}
