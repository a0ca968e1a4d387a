//! One axis as coarse-to-fine search sees it: a first spacing, and neighbours at half of it, a
//! quarter, and so on.

use super::levels::{Levels, has_bounds};
use crate::space::{AxisKind, Distribution};

/// First levels and ever finer neighbours on one axis.
#[derive(Clone, Debug)]
pub(super) struct AxisMesh {
    kind: Kind,
    /// Levels of the first stage.
    pub(super) first: Levels,
    /// Their distance in the unit interval.
    spacing: f64,
}

#[derive(Clone, Debug)]
enum Kind {
    Continuous { bounded: bool },
    Ranked(Levels),
    Unordered(Levels),
}

/// How often a spacing is halved at most. Coordinates are rounded to a quarter of the finest one,
/// so that neighbours of neighbours meet exactly, on every scale.
const DEEPEST: u32 = 30;

/// Levels of a continuous axis where all values are asked for.
const MANY: u64 = 1025;

impl AxisMesh {
    /// At most `count` first levels in the middles of equal parts of the unit interval; all choices
    /// of an unordered axis. `allowed` are the values of an axis on which a person lists them.
    pub(super) fn new(distribution: &Distribution, count: u64, allowed: Option<Levels>) -> Self {
        let all = |count| allowed.clone().unwrap_or(Levels::All { count });
        let spacing = 1.0 / count as f64;
        let kind = match distribution.kind() {
            AxisKind::Categorical { choices } => Kind::Unordered(all(choices)),
            AxisKind::Discrete { levels } => Kind::Ranked(all(levels)),
            AxisKind::Continuous => match &allowed {
                Some(values) => Kind::Ranked(values.clone()),
                None => Kind::Continuous { bounded: has_bounds(distribution) },
            },
        };
        let middles = (0..count).map(|level| (level as f64 + 0.5) * spacing);
        let first = match &kind {
            Kind::Continuous { .. } => {
                Levels::Even { count, low: 0.5 * spacing, high: 1.0 - 0.5 * spacing }
            }
            Kind::Unordered(levels) => levels.clone(),
            Kind::Ranked(levels) if levels.count() <= count => levels.clone(),
            Kind::Ranked(levels) => Levels::listed(
                middles
                    .map(|unit| levels.value(distribution, rank_at(levels, distribution, unit)))
                    .collect(),
            ),
        };
        AxisMesh { kind, first, spacing }
    }

    /// All values, and of a continuous axis many.
    pub(super) fn everything(&self, distribution: &Distribution) -> Levels {
        match &self.kind {
            Kind::Continuous { .. } => Levels::spread(distribution, MANY),
            Kind::Ranked(levels) | Kind::Unordered(levels) => levels.clone(),
        }
    }

    /// Whether a choice is one of those that the search may take.
    pub(super) fn allows(&self, choice: f64) -> bool {
        match &self.kind {
            Kind::Unordered(Levels::Listed(choices)) => choices.contains(&choice),
            _ => true,
        }
    }

    /// Whether the axis has neighbours at all.
    pub(super) fn is_ordered(&self) -> bool {
        !matches!(self.kind, Kind::Unordered(_))
    }

    /// Distance of two values in units of the spacing at this depth; of different choices infinite.
    pub(super) fn distance(&self, distribution: &Distribution, a: f64, b: f64, depth: u32) -> f64 {
        if a == b {
            0.0
        } else if self.is_ordered() {
            let away = (distribution.to_unit(a) - distribution.to_unit(b)).abs();
            away / self.width(depth)
        } else {
            f64::INFINITY
        }
    }

    /// The values at half a spacing of this depth below and above, as far as there are any.
    pub(super) fn neighbours(
        &self,
        distribution: &Distribution,
        value: f64,
        depth: u32,
    ) -> Vec<f64> {
        let unit = distribution.to_unit(value);
        let reach = 0.5 * self.width(depth);
        let mut values = Vec::with_capacity(2);
        match &self.kind {
            Kind::Unordered(_) => {}
            Kind::Continuous { bounded } => {
                let centre = self.round(unit);
                let (mut below, mut above) = (centre - reach, centre + reach);
                if !bounded {
                    // Half the way to the end that is never reached.
                    below = below.max(0.5 * centre);
                    above = above.min(0.5 * (1.0 + centre));
                }
                for unit in [below.max(0.0), above.min(1.0)] {
                    values.push(distribution.tidy_from_unit(self.round(unit)));
                }
            }
            Kind::Ranked(levels) => {
                let rank = rank_at(levels, distribution, unit);
                let last = levels.count() - 1;
                let below = rank_at(levels, distribution, unit - reach).min(rank.saturating_sub(1));
                let above = rank_at(levels, distribution, unit + reach).max((rank + 1).min(last));
                for rank in [below, above] {
                    values.push(levels.value(distribution, rank));
                }
            }
        }
        values.retain(|&neighbour| neighbour != value);
        values.dedup();
        values
    }

    fn width(&self, depth: u32) -> f64 {
        self.spacing * 0.5_f64.powi(depth.min(DEEPEST) as i32)
    }

    fn round(&self, unit: f64) -> f64 {
        let finest = 0.25 * self.width(DEEPEST);
        (unit / finest).round() * finest
    }
}

/// The rank of the level nearest to a place of the unit interval.
fn rank_at(levels: &Levels, distribution: &Distribution, unit: f64) -> u64 {
    if let Levels::All { .. } = levels {
        return distribution.level_of(distribution.from_unit(unit)).unwrap_or(0);
    }
    let away = |rank: &u64| (distribution.to_unit(levels.value(distribution, *rank)) - unit).abs();
    (0..levels.count()).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Choices, Domain, Float, Int, Space};

    fn distribution(domain: &impl Domain) -> Distribution {
        Space::builder().field("x", domain).build().unwrap().axes()[0].distribution().clone()
    }

    #[test]
    fn neighbours_halve_their_distance_on_the_scale() {
        let log = distribution(&Float::range(1e-4..=1.0).log());
        let mesh = AxisMesh::new(&log, 4, None);
        let centre = mesh.first.value(&log, 1);
        let tenth = |value: f64| (value.log10() * 1e9).round() / 1e9;
        assert_eq!(tenth(centre), -2.5);
        for (depth, reach) in [(0, 0.5), (1, 0.25), (2, 0.125)] {
            let around = mesh.neighbours(&log, centre, depth);
            assert_eq!(
                around.iter().map(|&x| tenth(x)).collect::<Vec<_>>(),
                [-2.5 - reach, -2.5 + reach]
            );
        }
        // Neighbours of two levels meet in one value, the outer ones at the bounds.
        let edges: Vec<f64> = (0..4)
            .flat_map(|level| mesh.neighbours(&log, mesh.first.value(&log, level), 0))
            .collect();
        assert_eq!((edges[0], edges[7]), (1e-4, 1.0));
        assert_eq!((edges[1], edges[3]), (edges[2], edges[4]));
    }

    #[test]
    fn neighbours_of_whole_numbers_are_others() {
        let int = distribution(&Int::range(1..=6));
        let mesh = AxisMesh::new(&int, 3, None);
        assert_eq!(mesh.neighbours(&int, 3.0, 0), [2.0, 4.0]);
        assert_eq!(mesh.neighbours(&int, 3.0, 9), [2.0, 4.0]);
        assert_eq!(mesh.neighbours(&int, 1.0, 0), [2.0]);
        let listed = AxisMesh::new(&int, 3, Some(Levels::listed(vec![1.0, 2.0, 6.0])));
        assert_eq!(listed.neighbours(&int, 2.0, 5), [1.0, 6.0]);
        let choice = distribution(&Choices::of(["a", "b"]));
        assert!(AxisMesh::new(&choice, 2, None).neighbours(&choice, 0.0, 0).is_empty());
    }

    #[test]
    fn ends_of_unbounded_axes_are_not_reached() {
        let normal = distribution(&Float::normal(0.0, 1.0));
        let mesh = AxisMesh::new(&normal, 2, None);
        let mut value = mesh.first.value(&normal, 1);
        for depth in 0..20 {
            value = mesh.neighbours(&normal, value, depth)[1];
            assert!(value.is_finite() && value < 8.0, "{value}");
        }
    }
}
