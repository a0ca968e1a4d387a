use crate::error::{Error, Result};
use crate::space::{Axis, AxisBelief, AxisKind, Distribution, Space, Value};

/// The width of a belief, in shares of the parameter's range on its scale.
const WIDTH: f64 = 0.1;

/// What a person believes of one parameter: that good values are near this one.
///
/// ```
/// use tunewright::earlier::Belief;
/// use tunewright::space::{Scale, Space};
/// use tunewright::Study;
///
/// let space = Space::builder()
///     .float("learning_rate", 1e-5..=1e-1, Scale::Log)
///     .choices("optimizer", ["sgd", "adam"])
///     .build()?;
/// let study = Study::in_space(space)
///     .believe("learning_rate", Belief::near(3e-4).width(0.05)) // a fifth of a decade
///     .believe("optimizer", "adam")
///     .build()?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Belief {
    value: Value,
    width: f64,
}

impl Belief {
    /// Good values are near this one; for a choice, this one is good.
    pub fn near(value: impl Into<Value>) -> Self {
        Belief { value: value.into(), width: WIDTH }
    }

    /// How far off the person may be, one standard deviation, as a share of the parameter's range on its
    /// scale: 0.1 by default, which is four tenths of a decade of a log scale from 1e-5 to 1e-1. Above 0, at
    /// most 1. Of a choice without an order it says nothing.
    pub fn width(mut self, share: f64) -> Self {
        self.width = share;
        self
    }

    /// The belief as the space sees it.
    pub(crate) fn placed(&self, parameter: &str, space: &Space) -> Result<Believed> {
        if !(self.width > 0.0 && self.width <= 1.0) {
            return Err(Error::InvalidOption {
                option: "width",
                value: self.width.to_string(),
                remedy: "a share of the parameter's range above 0 and at most 1, such as 0.1",
            });
        }
        let Some(axis) = space.position(parameter) else {
            let known: Vec<&str> = space.axes().iter().map(Axis::name).collect();
            let (name, known) = (parameter.into(), known.join(", "));
            return Err(Error::UnknownParameter { name, known });
        };
        let distribution = space.axes()[axis].distribution();
        // Any number of a range may be believed, be it between two steps.
        let inside = match (distribution, self.value.as_f64()) {
            (Distribution::Numeric(numeric), Some(number)) => {
                let unit = numeric.continued(number);
                unit.filter(|unit| (0.0..=1.0).contains(unit))
            }
            _ => distribution.parse(&self.value).map(|value| distribution.to_unit(value)),
        };
        let Some(unit) = inside else {
            return Err(distribution.refuse(parameter, &self.value));
        };
        Ok(Believed::new(space, axis, unit, self.width))
    }
}

impl Believed {
    /// What the config type says of an axis.
    pub(crate) fn of_type(belief: &AxisBelief, space: &Space) -> Self {
        let AxisBelief { axis, value, width } = *belief;
        let unit = space.axes()[axis].distribution().to_unit(value);
        Believed::new(space, axis, unit, width.unwrap_or(WIDTH))
    }

    fn new(space: &Space, axis: usize, unit: f64, width: f64) -> Self {
        let distribution = space.axes()[axis].distribution();
        let is_choice = matches!(distribution.kind(), AxisKind::Categorical { .. });
        let at = if is_choice { distribution.from_unit(unit) } else { unit };
        Believed { axis, at, width: (!is_choice).then_some(width) }
    }
}

impl<V: Into<Value>> From<V> for Belief {
    /// Good values are near this one.
    fn from(value: V) -> Self {
        Belief::near(value)
    }
}

/// A belief about an axis: the coordinate of good values and its standard deviation, or the index of a good
/// choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Believed {
    pub(crate) axis: usize,
    pub(crate) at: f64,
    pub(crate) width: Option<f64>,
}
