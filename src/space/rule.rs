use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use super::point::{Key, Point};
use super::space::Space;

/// What holds between the parameters of one domain and no range can say: which values may follow
/// others, and which are two spellings of the same.
///
/// A [domain](super::Domain) of a user's own gives its rule to
/// [`Description::with_rule`](super::Description::with_rule), and it is kept wherever the domain is used:
/// alone, as a field of a config type, repeated, or under a choice. The architecture spaces of
/// [`nas`](crate::nas) are made this way.
///
/// Values are natural values of the domain's own axes in the order in which it describes them,
/// `None` where not active. Rules are code, and so not part of a serialized space.
pub trait Rule: Debug + Send + Sync {
    /// A name for the rule. A stored study keeps it, so that it is not continued in a space whose
    /// rules differ. A rule that comes to allow other values should get another name.
    fn name(&self) -> &str {
        "rule"
    }

    /// The name of what the values break; `None` if they may be tried.
    fn violated(&self, values: &[Option<f64>]) -> Option<String> {
        let _ = values;
        None
    }

    /// Clears the flags of those levels of the domain's axis number `axis` that cannot be completed
    /// to legal values; `chosen` holds the values of the axes before it. See
    /// [`SearchSpace::mask`](super::SearchSpace::mask).
    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        let _ = (chosen, axis, legal);
    }

    /// What tells the values apart from others; equal for two spellings of the same. `None` if no
    /// others are the same.
    fn key(&self, values: &[Option<f64>]) -> Option<Key> {
        let _ = values;
        None
    }

    /// A picture of what the values describe, as an SVG document, for reports. `None` if there is
    /// nothing to draw.
    fn drawing(&self, values: &[Option<f64>]) -> Option<String> {
        let _ = values;
        None
    }
}

/// A rule and the axes that it is about.
#[derive(Clone, Debug)]
pub(super) struct Ruled {
    pub(super) axes: Range<usize>,
    pub(super) rule: Arc<dyn Rule>,
}

impl Space {
    /// The rule that a point breaks, by name; `None` if it may be tried as far as the space can
    /// tell. Points of other spaces break none.
    pub fn violated(&self, point: &Point) -> Option<String> {
        self.rules().iter().find_map(|ruled| {
            let values = values(point, &ruled.axes);
            values.iter().any(Option::is_some).then(|| ruled.rule.violated(&values)).flatten()
        })
    }

    /// Clears the flags of those levels of an axis that the rules of the space forbid after the
    /// values before it, as [`SearchSpace::mask`](super::SearchSpace::mask) describes it.
    pub fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        for Ruled { axes, rule } in self.rules() {
            if let (true, Some(own)) = (axes.contains(&axis), chosen.get(axes.start..axis)) {
                rule.mask(own, axis - axes.start, legal);
            }
        }
    }

    /// What tells a point apart from others: its values, or what a rule says of those that it is
    /// about.
    pub fn key(&self, point: &Point) -> Key {
        let settled = self.settled(point);
        let point = settled.as_ref().unwrap_or(point);
        if self.rules().is_empty() {
            return Key::of_point(point);
        }
        let mut parts = Vec::with_capacity(point.len());
        let mut next = 0;
        for Ruled { axes, rule } in self.rules() {
            // A rule within another one has been spoken for.
            if axes.start < next {
                continue;
            }
            parts.push(Key::of_point(&Point::from_values(values(point, &(next..axes.start)))));
            let own = values(point, axes);
            let ruled = own.iter().any(Option::is_some).then(|| rule.key(&own)).flatten();
            parts.push(ruled.unwrap_or_else(|| Key::of_point(&Point::from_values(own))));
            next = axes.end;
        }
        parts.push(Key::of_point(&Point::from_values(values(point, &(next..point.len())))));
        Key::of(&parts)
    }
}

impl Space {
    /// The pictures that the rules have of a point, each with the name of the field that it shows;
    /// the name of a domain that is a space of its own is empty.
    pub(crate) fn drawings(&self, point: &Point) -> Vec<(String, String)> {
        let drawn = self.rules().iter().filter_map(|Ruled { axes, rule }| {
            let values = values(point, axes);
            let any = values.iter().any(Option::is_some);
            let svg = any.then(|| rule.drawing(&values)).flatten()?;
            Some((self.field_of(axes), svg))
        });
        drawn.collect()
    }

    /// The longest path that the names of these axes share.
    fn field_of(&self, axes: &Range<usize>) -> String {
        let mut names = self.axes().get(axes.clone()).unwrap_or_default().iter();
        let parts = |name: &str| name.split('.').map(str::to_owned).collect::<Vec<String>>();
        let Some(mut shared) = names.next().map(|axis| parts(axis.name())) else {
            return String::new();
        };
        // The last part names the parameter itself.
        shared.pop();
        for axis in names {
            let same = parts(axis.name()).iter().zip(&shared).take_while(|(a, b)| a == b).count();
            shared.truncate(same);
        }
        shared.join(".")
    }
}

fn values(point: &Point, axes: &Range<usize>) -> Vec<Option<f64>> {
    axes.clone().map(|axis| point.get(axis)).collect()
}
