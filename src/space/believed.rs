//! What a config type says of good values.

use super::codec::Writer;
use super::description::Description;
use super::domain::Domain;
use crate::error::Problem;

/// That good values of an axis are near this natural value, and how near, as a share of its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct AxisBelief {
    pub(crate) axis: usize,
    pub(crate) value: f64,
    pub(crate) width: Option<f64>,
}

impl Description {
    /// Says that good values of the parameter that was described as `name` are near this one, as
    /// [`StudyBuilder::believe`](crate::study::StudyBuilder::believe) does; `width` is that of a
    /// [`Belief`](crate::earlier::Belief).
    pub fn believe<D: Domain>(
        &mut self,
        name: &str,
        domain: &D,
        value: &D::Value,
        width: Option<f64>,
    ) {
        self.enter(name, |description| description.believe_here(domain, value, width));
    }

    /// The same of the parameter that was described at the current name.
    pub fn believe_here<D: Domain>(&mut self, domain: &D, value: &D::Value, width: Option<f64>) {
        let Some(first) = self.first_axis() else { return };
        if let Some(width) = width.filter(|width| !(*width > 0.0 && *width <= 1.0)) {
            return self.refuse(Problem::BadWidth { width });
        }
        let mut writer = Writer::new(&self.axes, first);
        match domain.encode(value, &mut writer).and_then(|()| writer.finish()) {
            Ok(values) => self.beliefs.extend((first..).zip(values).filter_map(|(axis, value)| {
                Some(AxisBelief { axis, value: value?.nearest, width })
            })),
            Err(error) => self.refuse(Problem::BadBelief { reason: error.to_string() }),
        }
    }

    /// The first axis at or below the current name; a parameter with mistakes has none.
    fn first_axis(&self) -> Option<usize> {
        let here = if self.path.is_empty() { self.root } else { &self.path };
        self.axes.iter().position(|axis| {
            let rest = axis.name.strip_prefix(here);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}
