//! Where a grid of heights lies above a level.

use crate::svg::Px;
use std::fmt::Write;

/// The outline of the places above a level, as an SVG path: cell by cell, with heights linear along
/// the cells' edges (marching squares). `heights` has a row for each y; places are in cells.
pub(super) fn isobands(
    heights: &[Vec<f64>],
    level: f64,
    place: impl Fn((f64, f64)) -> (f64, f64),
) -> String {
    let mut path = String::new();
    for (y, pair) in heights.windows(2).enumerate() {
        let (below, above) = (&pair[0], &pair[1]);
        let columns = below.len().min(above.len());
        let mut x = 0;
        while x + 1 < columns {
            let whole = |x: usize| {
                x + 1 < columns
                    && [below[x], below[x + 1], above[x], above[x + 1]]
                        .iter()
                        .all(|height| *height >= level)
            };
            let end = (x..columns).find(|x| !whole(*x)).unwrap_or(x);
            if end > x {
                let (low, high) = (y as f64, y as f64 + 1.0);
                let (left, right) = (x as f64, end as f64);
                push(
                    &mut path,
                    [(left, low), (right, low), (right, high), (left, high)].map(&place),
                );
                x = end;
                continue;
            }
            let corners = [
                ((x as f64, y as f64), below[x]),
                ((x as f64 + 1.0, y as f64), below[x + 1]),
                ((x as f64 + 1.0, y as f64 + 1.0), above[x + 1]),
                ((x as f64, y as f64 + 1.0), above[x]),
            ];
            push(&mut path, clipped(&corners, level).into_iter().map(&place));
            x += 1;
        }
    }
    path
}

/// The part of a cell above the level (Sutherland and Hodgman 1974, with the height as the side).
fn clipped(corners: &[((f64, f64), f64); 4], level: f64) -> Vec<(f64, f64)> {
    let mut outline = Vec::with_capacity(6);
    for at in 0..4 {
        let (place, height) = corners[at];
        let (next, next_height) = corners[(at + 1) % 4];
        if height >= level {
            outline.push(place);
        }
        if (height >= level) != (next_height >= level) {
            let share = (level - height) / (next_height - height);
            outline
                .push((place.0 + share * (next.0 - place.0), place.1 + share * (next.1 - place.1)));
        }
    }
    outline
}

fn push(path: &mut String, outline: impl IntoIterator<Item = (f64, f64)>) {
    let before = path.len();
    for (x, y) in outline {
        let step = if path.len() == before { 'M' } else { 'L' };
        // Writing to a text cannot fail.
        let _ = write!(path, "{step}{} {}", Px(x), Px(y));
    }
    if path.len() > before {
        path.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The area of a path of straight lines, with the sign of its turn.
    fn area(path: &str) -> f64 {
        let outlines = path.split('Z').filter(|outline| !outline.is_empty());
        let area = |outline: &str| {
            let places: Vec<(f64, f64)> = outline
                .split(['M', 'L'])
                .filter(|place| !place.is_empty())
                .map(|place| {
                    let (x, y) = place.split_once(' ').unwrap();
                    (x.parse().unwrap(), y.parse().unwrap())
                })
                .collect();
            let turns = (0..places.len()).map(|at| {
                let ((x, y), (next_x, next_y)) = (places[at], places[(at + 1) % places.len()]);
                x * next_y - next_x * y
            });
            turns.sum::<f64>() / 2.0
        };
        outlines.map(area).sum()
    }

    #[test]
    fn the_area_above_a_level_is_right() {
        // A plane that rises from 0 to 1 along x, on a grid of 10 × 4 cells.
        let heights: Vec<Vec<f64>> =
            (0..5).map(|_| (0..11).map(|x| f64::from(x) / 10.0).collect()).collect();
        for level in [0.05, 0.33, 0.5, 0.98] {
            let path = isobands(&heights, level, |(x, y)| (100.0 * x, 100.0 * y));
            let expected = (1.0 - level) * 10.0 * 4.0 * 1e4;
            assert!((area(&path) - expected).abs() < 50.0, "{level}: {}", area(&path));
        }
        assert!(isobands(&heights, 1.5, |place| place).is_empty());
    }
}
