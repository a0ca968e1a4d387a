//! Which parameters distinguish the best trials (Watanabe, Bansal and Hutter 2023, PED-ANOVA:
//! Efficiently quantifying hyperparameter importance in arbitrary subspaces, IJCAI).
//!
//! For each parameter, the density of the best trials is compared with that of all trials by their
//! Pearson divergence Σ p (q/p − 1)², where both are Parzen estimates on a grid with Scott's rule
//! for the bandwidth and one kernel for the prior (section 4 and the authors' implementation). Of a
//! parameter that does not exist in all trials, the divergence is taken among those where it does,
//! times α²/β with the share α of the best trials and β of all trials where it does.

use crate::math::special::normal_cdf;
use crate::surrogate::Feature;

/// Steps of the grid on a parameter with many values.
const STEPS: usize = 50;
/// Added to densities that are divided by.
const TINY: f64 = 1e-12;

/// The importance of one parameter, up to a factor that is the same for all. `codes` are those of
/// all trials, `None` where the parameter does not exist; `best` tells which trials are the best.
pub(super) fn importance(feature: Feature, codes: &[Option<f64>], best: &[bool]) -> f64 {
    let all: Vec<f64> = codes.iter().flatten().copied().collect();
    let chosen = codes.iter().zip(best).filter(|(_, best)| **best);
    let top: Vec<f64> = chosen.filter_map(|(code, _)| *code).collect();
    if all.len() < 2 || top.is_empty() {
        return 0.0;
    }
    let of_best = top.len() as f64 / best.iter().filter(|best| **best).count() as f64;
    let of_all = all.len() as f64 / codes.len() as f64;
    let (all, top) = (density(feature, &all), density(feature, &top));
    let pairs = all.iter().zip(&top).map(|(all, top)| (all + TINY, top + TINY));
    let divergence: f64 = pairs.map(|(all, top)| all * (top / all - 1.0).powi(2)).sum();
    of_best * of_best / of_all * divergence
}

/// The density of codes on the parameter's grid.
fn density(feature: Feature, codes: &[f64]) -> Vec<f64> {
    let (cells, index): (usize, Box<dyn Fn(f64) -> f64>) = match feature {
        Feature::Choice { choices } => (choices as usize, Box::new(|code| code)),
        // A level's code is the middle of its share.
        Feature::Discrete { levels } if levels <= STEPS as u64 => {
            (levels as usize, Box::new(move |code| (code * levels as f64 - 0.5).round()))
        }
        _ => (STEPS, Box::new(|code| (code * (STEPS - 1) as f64 - 0.5).ceil())),
    };
    let mut counts = vec![0.0; cells];
    for &code in codes {
        // A cast saturates, and what rounding has moved outside lands on the ends.
        counts[(index(code) as usize).min(cells - 1)] += 1.0;
    }
    match feature {
        Feature::Choice { .. } => of_choices(&counts),
        _ => of_numbers(&counts),
    }
}

fn of_choices(counts: &[f64]) -> Vec<f64> {
    let seen = counts.iter().filter(|count| **count > 0.0).count() as f64;
    let total: f64 = counts.iter().sum::<f64>() + 1.0;
    let k = counts.len() as f64;
    // Each kernel has a little of every choice, and the prior's kernel all alike.
    let little = 1.0 / (seen + 1.0);
    let row = 1.0 + k * little;
    let spread = (total - 1.0) * little / row + 1.0 / k;
    counts.iter().map(|count| (count / row + spread) / total).collect()
}

fn of_numbers(counts: &[f64]) -> Vec<f64> {
    let last = counts.len() as f64 - 1.0;
    let kernels: Vec<(f64, f64)> = (0..counts.len())
        .map(|at| (at as f64, counts[at]))
        .filter(|(_, count)| *count > 0.0)
        .collect();
    let total: f64 = counts.iter().sum();
    let width = bandwidth(&kernels, total);
    let prior = (0.5 * last, last + 1.0, 1.0);
    let kernels = kernels.iter().map(|&(at, count)| (at, width, count)).chain([prior]);
    let mut density = vec![0.0; counts.len()];
    for (centre, width, weight) in kernels {
        let below = |edge: f64| normal_cdf((edge - centre) / width);
        let inside = below(last + 0.5) - below(-0.5);
        for (at, density) in density.iter_mut().enumerate() {
            let part = below(at as f64 + 0.5) - below(at as f64 - 0.5);
            *density += weight * part / inside / (total + 1.0);
        }
    }
    density
}

/// Scott's rule, robust by the interquartile range; 90 % of a kernel within its cell at least.
fn bandwidth(kernels: &[(f64, f64)], total: f64) -> f64 {
    let mean = kernels.iter().map(|(at, count)| at * count).sum::<f64>() / total;
    let square = kernels.iter().map(|(at, count)| count * (at - mean).powi(2)).sum::<f64>();
    let deviation = (square / (total - 1.0).max(1.0)).sqrt();
    let mut sum = 0.0;
    let reached: Vec<f64> = kernels
        .iter()
        .map(|(_, count)| {
            sum += count;
            sum
        })
        .collect();
    let lower = reached.partition_point(|sum| *sum < (total / 4.0).floor());
    let upper = reached.partition_point(|sum| *sum <= (3.0 * total / 4.0).floor());
    let at =
        |index: usize| kernels.get(index.min(kernels.len() - 1)).map_or(0.0, |kernel| kernel.0);
    let range = at(upper) - at(lower);
    (1.059 * (range / 1.34).min(deviation) * total.powf(-0.2)).max(0.5 / 1.64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_sum_to_one_and_follow_the_codes() {
        for (feature, codes) in [
            (Feature::Continuous, vec![0.1, 0.12, 0.15, 0.9]),
            (Feature::Discrete { levels: 4 }, vec![0.125, 0.125, 0.375, 0.875]),
            (Feature::Discrete { levels: 900 }, vec![0.1, 0.1, 0.2, 0.9]),
            (Feature::Choice { choices: 3 }, vec![0.0, 0.0, 0.0, 2.0]),
        ] {
            let density = density(feature, &codes);
            assert!((density.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{feature:?}");
            assert!(density[0] > density[density.len() / 2], "{feature:?}");
        }
    }

    #[test]
    fn what_does_not_distinguish_the_best_has_no_importance() {
        let codes: Vec<Option<f64>> = (0..40).map(|i| Some(f64::from(i % 20) / 20.0)).collect();
        let all = vec![true; 40];
        assert!(importance(Feature::Continuous, &codes, &all) < 1e-12);
        let low: Vec<bool> = codes.iter().map(|code| code.unwrap() < 0.2).collect();
        let every: Vec<bool> = (0..40).map(|i| i % 5 == 0).collect();
        let of = |best: &[bool]| importance(Feature::Continuous, &codes, best);
        assert!(of(&low) > 5.0 * of(&every));
    }
}
