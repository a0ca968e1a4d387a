//! Goals in units of the front, so that no choice depends on the units of a goal.

/// Digits that count: what differs by less differs by rounding.
const DIGITS: f64 = 1e12;

/// Losses scaled so that each goal goes from 0 to 1 over the points; 0 where a goal is the same in all
/// of them.
pub(super) fn in_units_of_the_front(points: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let goals = points.first().map_or(0, Vec::len);
    let ends: Vec<(f64, f64)> = (0..goals).map(|goal| ends(points, goal)).collect();
    let scale = |(&loss, &(low, high)): (&f64, &(f64, f64))| {
        if loss == f64::INFINITY {
            return loss;
        }
        // In halves, because the difference of two numbers may overflow.
        let (above, range) = (0.5 * loss - 0.5 * low, 0.5 * high - 0.5 * low);
        if range > 0.0 { (DIGITS * (above / range)).round() / DIGITS } else { 0.0 }
    };
    points.iter().map(|point| point.iter().zip(&ends).map(scale).collect()).collect()
}

/// The lowest and the highest finite loss of a goal.
fn ends(points: &[Vec<f64>], goal: usize) -> (f64, f64) {
    let losses = points.iter().map(|point| point[goal]).filter(|loss| loss.is_finite());
    losses.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), loss| {
        (low.min(loss), high.max(loss))
    })
}
