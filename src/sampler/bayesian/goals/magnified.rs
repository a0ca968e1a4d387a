//! One goal under outcome constraints, as seen from the feasible trials.
//!
//! Where infeasible trials have values of another size, what tells the feasible ones apart is lost in a
//! model of all. So every second suggestion is made from losses in units of the better half of the
//! feasible ones: what is better than all of them, or worse than half, grows with its logarithm, and
//! differences near the best feasible one are magnified.

use crate::math::statistics::median;

/// The fewest feasible trials that tell a scale. Not varied.
const FEWEST: usize = 3;
/// How much a difference at the worst counts less than one at the best.
const MAGNIFIED: f64 = 0.5;

/// The losses as the model sees them; `None` where the feasible ones tell no scale.
pub(super) fn magnified(losses: &[f64], is_feasible: &[bool]) -> Option<Vec<f64>> {
    let feasible = losses.iter().zip(is_feasible).filter(|(_, is_feasible)| **is_feasible);
    let feasible: Vec<f64> = feasible.map(|(loss, _)| *loss).collect();
    if feasible.len() < FEWEST {
        return None;
    }
    let (best, middle) = (feasible.iter().copied().fold(f64::MAX, f64::min), median(&feasible));
    let better = feasible.iter().filter(|loss| **loss < middle);
    let squares: Vec<f64> = better.map(|loss| (loss - middle).powi(2)).collect();
    let unit = (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt();
    if !(unit > 0.0 && unit.is_finite()) {
        return None;
    }
    let bent = |loss: f64| {
        if loss > middle {
            ((loss - middle) / unit).ln_1p()
        } else if loss < best {
            (best - middle) / unit - ((best - loss) / unit).ln_1p()
        } else {
            (loss - middle) / unit
        }
    };
    let lowest = bent(best) - 1.0;
    let magnify = |value: f64| {
        let above = MAGNIFIED * (value - lowest);
        if above > 0.0 { above.ln_1p() } else { above }
    };
    Some(losses.iter().map(|&loss| magnify(bent(loss))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_the_best_feasible_ones_are_told_apart() {
        let losses = [-12.0, -0.09, -0.05, -0.02, 0.0, 0.01, 5.0, 89.0, 1e200];
        let is_feasible = [false, true, true, true, true, true, false, false, false];
        let seen = magnified(&losses, &is_feasible).unwrap();
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        assert!(seen[2] - seen[1] > 0.02 * (seen[7] - seen[0]));
        assert_eq!(magnified(&losses, &[false; 9]), None);
        assert_eq!(magnified(&[1.0; 5], &[true; 5]), None);
    }
}
