//! The volume of a union of boxes that all have a corner in the origin.
//!
//! Two sides: a staircase. Three: boxes in the order of their last side, from the largest, with a
//! staircase of the sections (dimension sweep: Fonseca, Paquete and López-Ibáñez 2006, IEEE Congress
//! on Evolutionary Computation, 1157–1163). More: boxes in the order of their last side, from the
//! largest, each counted by what it adds in the other sides to those before it; what it shares with
//! them is the union of their intersections with it, of one side less (walking fish group: While,
//! Bradstreet and Barone 2012, IEEE Transactions on Evolutionary Computation 16, 86–95).

/// Computes volumes, and keeps the memory for it.
#[derive(Clone, Debug, Default)]
pub struct Union {
    base: Base,
    /// One for each number of sides from five on.
    levels: Vec<Level>,
}

/// What boxes of up to four sides need.
#[derive(Clone, Debug, Default)]
struct Base {
    order: Vec<usize>,
    /// The first three sides of boxes that do not contain each other, by their last side.
    boxes: Vec<[f64; 3]>,
    steps: Staircase,
}

#[derive(Clone, Debug, Default)]
struct Level {
    order: Vec<usize>,
    kept: Vec<f64>,
    limited: Vec<f64>,
}

impl Union {
    /// The volume of the union of boxes with `sides` sides each, given one after another. All
    /// numbers are in [0, 1], so that nothing overflows.
    pub fn volume(&mut self, boxes: &[f64], sides: usize) -> f64 {
        let needed = sides.saturating_sub(4);
        if self.levels.len() < needed {
            self.levels.resize_with(needed, Level::default);
        }
        volume(boxes, sides, &mut self.base, &mut self.levels[..needed])
    }
}

fn volume(boxes: &[f64], sides: usize, base: &mut Base, levels: &mut [Level]) -> f64 {
    let (level, levels) = match (sides, levels.split_last_mut()) {
        (0, _) => return 0.0,
        (1, _) => return boxes.iter().copied().fold(0.0, f64::max),
        (2, _) => return base.two(boxes),
        (3, _) => return base.three(boxes),
        (4, _) => return base.four(boxes),
        (_, None) => return f64::NAN,
        (_, Some(split)) => split,
    };
    let last = sides - 1;
    let Level { order, kept, limited } = level;
    by_last_side(order, boxes, sides);
    kept.clear();
    let mut total = 0.0;
    'boxes: for &at in order.iter() {
        let (sections, length) = boxes[at * sides..(at + 1) * sides].split_at(last);
        limited.clear();
        for other in kept.chunks_exact(last) {
            if other.iter().zip(sections).all(|(other, side)| other >= side) {
                continue 'boxes;
            }
            limited.extend(other.iter().zip(sections).map(|(other, side)| other.min(*side)));
        }
        let shared = volume(limited, last, base, levels);
        total += length[0] * (sections.iter().product::<f64>() - shared).max(0.0);
        let mut end = 0;
        for start in (0..kept.len()).step_by(last) {
            let other = &kept[start..start + last];
            if !other.iter().zip(sections).all(|(other, side)| other <= side) {
                kept.copy_within(start..start + last, end);
                end += last;
            }
        }
        kept.truncate(end);
        kept.extend_from_slice(sections);
    }
    total
}

/// The places of boxes, from the largest last side.
fn by_last_side(order: &mut Vec<usize>, boxes: &[f64], sides: usize) {
    order.clear();
    order.extend(0..boxes.len() / sides);
    let last = |at: usize| boxes[at * sides + sides - 1];
    order.sort_unstable_by(|&left, &right| last(right).total_cmp(&last(left)));
}

impl Base {
    fn two(&mut self, boxes: &[f64]) -> f64 {
        self.steps.clear();
        boxes.chunks_exact(2).map(|sides| self.steps.insert(sides[0], sides[1])).sum()
    }

    fn three(&mut self, boxes: &[f64]) -> f64 {
        self.boxes.clear();
        self.boxes.extend(boxes.chunks_exact(3).map(|sides| [sides[0], sides[1], sides[2]]));
        self.boxes.sort_unstable_by(|left, right| right[2].total_cmp(&left[2]));
        self.steps.shared(&self.boxes, [f64::MAX; 3]).unwrap_or(0.0)
    }

    fn four(&mut self, boxes: &[f64]) -> f64 {
        let Base { order, boxes: kept, steps } = self;
        by_last_side(order, boxes, 4);
        kept.clear();
        let mut total = 0.0;
        for &at in order.iter() {
            let [x, y, z, length] = [0, 1, 2, 3].map(|side| boxes[4 * at + side]);
            let Some(shared) = steps.shared(kept, [x, y, z]) else { continue };
            total += length * (x * y * z - shared).max(0.0);
            kept.retain(|other| other[0] > x || other[1] > y || other[2] > z);
            let place = kept.partition_point(|other| other[2] >= z);
            kept.insert(place, [x, y, z]);
        }
        total
    }
}

/// The union of rectangles: their outer corners, from left to right and from top to bottom.
#[derive(Clone, Debug, Default)]
struct Staircase {
    corners: Vec<(f64, f64)>,
}

impl Staircase {
    fn clear(&mut self) {
        self.corners.clear();
    }

    /// Adds a rectangle, and gives the area that it adds.
    fn insert(&mut self, x: f64, y: f64) -> f64 {
        let corners = &mut self.corners;
        let right = corners.partition_point(|corner| corner.0 < x);
        let (reach, mut height) = corners.get(right).copied().unwrap_or((f64::INFINITY, 0.0));
        if y <= height {
            return 0.0;
        }
        let end = if reach == x { right + 1 } else { right };
        let (mut start, mut edge, mut area) = (right, x, 0.0);
        while start > 0 && corners[start - 1].1 <= y {
            let (left, top) = corners[start - 1];
            area += (edge - left) * (y - height);
            (edge, height) = (left, top);
            start -= 1;
        }
        let left = if start > 0 { corners[start - 1].0 } else { 0.0 };
        area += (edge - left) * (y - height);
        if start < end {
            corners[start] = (x, y);
            corners.drain(start + 1..end);
        } else {
            corners.insert(start, (x, y));
        }
        area
    }

    /// The volume that boxes, given from the largest last side, share with `limit`; none if one of
    /// them contains it.
    fn shared(&mut self, boxes: &[[f64; 3]], limit: [f64; 3]) -> Option<f64> {
        self.clear();
        let (mut volume, mut area, mut height) = (0.0, 0.0, 0.0);
        for sides in boxes {
            let [x, y, z] = [0, 1, 2].map(|side: usize| sides[side].min(limit[side]));
            volume += area * (height - z);
            height = z;
            if x == limit[0] && y == limit[1] {
                // Nothing is left below this box.
                return (z < limit[2]).then_some(volume + x * y * z);
            }
            area += self.insert(x, y);
        }
        Some(volume + area * height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;

    /// By inclusion and exclusion.
    fn expected(boxes: &[f64], sides: usize) -> f64 {
        let count = boxes.len() / sides;
        (1u32..1 << count)
            .map(|chosen| {
                let common: f64 = (0..sides)
                    .map(|side| {
                        (0..count)
                            .filter(|at| chosen >> at & 1 == 1)
                            .map(|at| boxes[at * sides + side])
                            .fold(1.0, f64::min)
                    })
                    .product();
                if chosen.count_ones() % 2 == 1 { common } else { -common }
            })
            .sum()
    }

    #[test]
    fn volumes_are_those_of_inclusion_and_exclusion() {
        let mut random = Stream::new(41, 0);
        let mut union = Union::default();
        for sides in 1..=7 {
            for count in 0..=8 {
                for levels in [2, 4, 1 << 20] {
                    let boxes: Vec<f64> = (0..count * sides)
                        .map(|_| random.below(levels + 1) as f64 / levels as f64)
                        .collect();
                    let volume = union.volume(&boxes, sides);
                    let expected = expected(&boxes, sides);
                    assert!((volume - expected).abs() < 1e-13, "{boxes:?} {volume} {expected}");
                }
            }
        }
    }
}
