use super::*;
use crate::math::improvement::log_improvement;
use crate::math::pareto::boxes::is_inside;
use crate::math::random::Stream;
use crate::math::special::{normal_cdf, normal_pdf};

const REFERENCE: &str = include_str!("../../../../tests/reference/hypervolume_improvement.csv");

const INF: f64 = f64::INFINITY;

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// Points on a sphere about the reference's side, so that none dominates another.
fn sphere(random: &mut Stream, count: usize, goals: usize) -> Vec<Vec<f64>> {
    (0..count)
        .map(|_| {
            let point: Vec<f64> = (0..goals).map(|_| random.unit()).collect();
            let length = point.iter().map(|x| x * x).sum::<f64>().sqrt();
            point.iter().map(|x| 1.0 - x / length).collect()
        })
        .collect()
}

fn with_gradient(
    improvement: &HypervolumeImprovement,
    means: &[f64],
    deviations: &[f64],
) -> (f64, Vec<f64>, Vec<f64>) {
    let mut scratch = Scratch::default();
    let (mut by_mean, mut by_deviation) = (vec![0.0; means.len()], vec![0.0; means.len()]);
    let value = improvement.log_expected_with_gradient(
        means,
        deviations,
        &mut by_mean,
        &mut by_deviation,
        &mut scratch,
    );
    assert_eq!(
        value.to_bits(),
        improvement.log_expected(means, deviations, &mut scratch).to_bits()
    );
    (value, by_mean, by_deviation)
}

#[test]
fn documented_accuracy_holds_for_two_goals() {
    let mut rows = 0;
    for line in REFERENCE.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let front: Vec<Vec<f64>> =
            fields[0].split(';').map(numbers).filter(|point| !point.is_empty()).collect();
        let improvement = HypervolumeImprovement::new(&front, &numbers(fields[1]));
        let (value, by_mean, by_deviation) =
            with_gradient(&improvement, &numbers(fields[2]), &numbers(fields[3]));
        let expected = numbers(fields[4])[0];
        let error = (value - expected).abs() / expected.abs().max(1.0);
        assert!(error < 1e-13, "{line}: {value} {error:e}");
        let close = |found: &[f64], expected: Vec<f64>| {
            let largest = expected.iter().fold(0.0f64, |largest, slope| largest.max(slope.abs()));
            for (found, expected) in found.iter().zip(expected) {
                let error = (found - expected).abs();
                assert!(error <= 1e-10 * expected.abs() + 1e-13 * largest, "{line}: {found}");
            }
        };
        close(&by_mean, numbers(fields[5]));
        close(&by_deviation, numbers(fields[6]));
        rows += 1;
    }
    assert!(rows > 80);
}

#[test]
fn one_goal_is_the_expected_improvement() {
    let mut random = Stream::new(31, 0);
    for reach in [0.1, 3.0, 100.0, 1e6] {
        for _ in 0..50 {
            let losses: Vec<[f64; 1]> = (0..4).map(|_| [random.normal()]).collect();
            let incumbent = losses.iter().map(|[loss]| *loss).fold(5.0, f64::min);
            let improvement = HypervolumeImprovement::new(&losses, &[5.0]);
            let (mean, deviation) = (reach * random.normal(), 0.01 + random.unit());
            let (value, by_mean, by_deviation) = with_gradient(&improvement, &[mean], &[deviation]);
            let z = (incumbent - mean) / deviation;
            let (log_h, slope) = log_improvement(z);
            let expected = deviation.ln() + log_h;
            assert!((value - expected).abs() < 1e-13 * expected.abs().max(1.0), "{value}");
            assert!((by_mean[0] * deviation / slope + 1.0).abs() < 1e-11);
            let expected = (1.0 - z * slope) / deviation;
            let allowed = 1e-11 * (1.0 + z.abs() * slope) / deviation;
            assert!((by_deviation[0] - expected).abs() < allowed, "{z}: {by_deviation:?}");
        }
    }
}

/// The sum over all cells of the grid that the front's coordinates make.
fn by_grid(front: &[Vec<f64>], reference: &[f64], means: &[f64], deviations: &[f64]) -> f64 {
    let psi = |threshold: f64, goal: usize| {
        let z = (threshold - means[goal]) / deviations[goal];
        if z == -INF { 0.0 } else { deviations[goal] * (z * normal_cdf(z) + normal_pdf(z)) }
    };
    let cuts: Vec<Vec<f64>> = (0..reference.len())
        .map(|goal| {
            let mut cuts = vec![-INF, reference[goal]];
            cuts.extend(front.iter().map(|point| point[goal]).filter(|&x| x < reference[goal]));
            cuts.sort_by(f64::total_cmp);
            cuts
        })
        .collect();
    let cells = cuts.iter().map(|cuts| cuts.len() - 1).product();
    let mut total = 0.0;
    for cell in 0..cells {
        let mut rest = cell;
        let (mut lower, mut product) = (Vec::new(), 1.0);
        for (goal, cuts) in cuts.iter().enumerate() {
            let at = rest % (cuts.len() - 1);
            rest /= cuts.len() - 1;
            lower.push(cuts[at]);
            product *= psi(cuts[at + 1], goal) - psi(cuts[at], goal);
        }
        let covered = front.iter().any(|point| point.iter().zip(&lower).all(|(x, l)| x <= l));
        if !covered {
            total += product;
        }
    }
    total
}

#[test]
fn the_sum_does_not_depend_on_the_boxes() {
    let mut random = Stream::new(32, 0);
    let mut scratch = Scratch::default();
    for (goals, count) in [(1, 4), (2, 12), (3, 8), (4, 6), (5, 4), (6, 3)] {
        for round in 0..12 {
            let mut front = sphere(&mut random, count, goals);
            if round % 3 == 0 {
                // Ties, duplicates, dominated points and points outside.
                front.iter_mut().flatten().for_each(|x| *x = (*x * 4.0).round() / 4.0 + 0.2);
            }
            let reference = vec![1.1; goals];
            let means: Vec<f64> = (0..goals).map(|_| random.unit() * 1.2).collect();
            let deviations: Vec<f64> = (0..goals).map(|_| 0.05 + random.unit()).collect();
            let improvement = HypervolumeImprovement::new(&front, &reference);
            let value = improvement.log_expected(&means, &deviations, &mut scratch);
            let expected = by_grid(&front, &reference, &means, &deviations).ln();
            assert!((value - expected).abs() < 1e-9, "{goals}: {value} {expected}");
            // Other goals first, other boxes.
            let turn = |point: &Vec<f64>| {
                let mut point = point.clone();
                point.rotate_left(1);
                point
            };
            let turned: Vec<Vec<f64>> = front.iter().map(turn).collect();
            let turned = HypervolumeImprovement::new(&turned, &reference).log_expected(
                &turn(&means),
                &turn(&deviations),
                &mut scratch,
            );
            assert!((value - turned).abs() < 1e-12 * value.abs().max(1.0), "{value} {turned}");
        }
    }
}

#[test]
fn three_and_four_goals_agree_with_simulation() {
    let mut random = Stream::new(33, 0);
    let mut scratch = Scratch::default();
    for (goals, count) in [(2, 10), (3, 15), (4, 12)] {
        for _ in 0..4 {
            let front = sphere(&mut random, count, goals);
            let improvement = HypervolumeImprovement::new(&front, &vec![1.1; goals]);
            let means: Vec<f64> = (0..goals).map(|_| 0.2 + 0.6 * random.unit()).collect();
            let deviations: Vec<f64> = (0..goals).map(|_| 0.1 + 0.3 * random.unit()).collect();
            let draws = 20_000;
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..draws {
                let losses: Vec<f64> = (means.iter().zip(&deviations))
                    .map(|(mean, deviation)| mean + deviation * random.normal())
                    .collect();
                let gain = improvement.gain(&losses);
                sum += gain;
                squares += gain * gain;
            }
            let mean = sum / f64::from(draws);
            let error = ((squares / f64::from(draws) - mean * mean) / f64::from(draws)).sqrt();
            let value = improvement.log_expected(&means, &deviations, &mut scratch).exp();
            assert!((value - mean).abs() < 4.0 * error, "{goals}: {value} {mean} ± {error}");
        }
    }
}

#[test]
fn gradients_agree_with_differences() {
    let mut random = Stream::new(34, 0);
    let mut scratch = Scratch::default();
    for goals in 1..=4 {
        for (reach, width, gap) in [
            (0.5, 0.3, 0.0),
            (5.0, 0.3, 0.0),
            (300.0, 0.5, 0.0),
            (0.5, 0.3, 1e-6),
            (4.0, 0.1, 1e-4),
        ] {
            for _ in 0..6 {
                let mut front = sphere(&mut random, 8, goals);
                if gap > 0.0 {
                    // A neighbour for each, so that boxes are thin.
                    for at in 0..front.len() {
                        let mut near = front[at].clone();
                        near[0] += gap;
                        near[goals - 1] -= gap;
                        front.push(near);
                    }
                }
                let improvement = HypervolumeImprovement::new(&front, &vec![1.1; goals]);
                let means: Vec<f64> = (0..goals).map(|_| 0.5 + reach * random.normal()).collect();
                let deviations: Vec<f64> =
                    (0..goals).map(|_| width * (0.5 + random.unit())).collect();
                let (_, by_mean, by_deviation) = with_gradient(&improvement, &means, &deviations);
                for goal in 0..goals {
                    for of_mean in [true, false] {
                        let mut value = |shift: f64| {
                            let (mut means, mut deviations) = (means.clone(), deviations.clone());
                            if of_mean {
                                means[goal] += shift
                            } else {
                                deviations[goal] += shift
                            }
                            improvement.log_expected(&means, &deviations, &mut scratch)
                        };
                        let step = 1e-4 * deviations[goal];
                        let slope = if of_mean { by_mean[goal] } else { by_deviation[goal] };
                        let difference = (value(-2.0 * step) - 8.0 * value(-step)
                            + 8.0 * value(step)
                            - value(2.0 * step))
                            / (12.0 * step);
                        let rounding = 1e-14 * value(0.0).abs().max(1.0) / step;
                        let allowed = 1e-7 * slope.abs() + 10.0 * rounding;
                        assert!((slope - difference).abs() < allowed, "{slope} {difference}");
                    }
                }
            }
        }
    }
}

#[test]
fn gains_are_what_a_point_adds() {
    let improvement = HypervolumeImprovement::new(&[[1.0, 3.0], [2.0, 1.0]], &[4.0, 4.0]);
    assert_eq!((improvement.goals(), improvement.boxes()), (2, 3));
    // (1, 3) to (2, 2), and what lies below (2, 1) to (4, 1).
    assert_eq!(improvement.gain(&[1.0, 2.0]), 1.0);
    assert_eq!(improvement.gain(&[0.0, 0.0]), 16.0 - 7.0);
    for none in [[1.0, 3.0], [2.0, 1.0], [3.0, 3.0], [0.0, 4.0], [5.0, 0.0], [INF, -INF]] {
        assert_eq!(improvement.gain(&none), 0.0);
    }
    assert_eq!(improvement.gain(&[-INF, 2.0]), INF);
    assert_eq!(improvement.gain(&[1.0, 2.9999999999]), 3.0 - 2.9999999999);
    assert!(improvement.gain(&[f64::NAN, 0.0]).is_nan());
    assert!(improvement.gain(&[0.0]).is_nan());
}

#[test]
fn an_empty_front_leaves_all_below_the_reference() {
    let mut scratch = Scratch::default();
    for outside in [vec![], vec![vec![1.0, 0.0]], vec![vec![INF, 0.0], vec![3.0, 3.0]]] {
        let improvement = HypervolumeImprovement::new(&outside, &[1.0, 2.0]);
        assert_eq!(improvement.boxes(), 1);
        let value = improvement.log_expected(&[0.5, 9.0], &[0.5, 0.1], &mut scratch);
        let expected =
            0.5f64.ln() + log_improvement(1.0).0 + 0.1f64.ln() + log_improvement(-70.0).0;
        assert!((value - expected).abs() < 1e-12 * expected.abs(), "{value} {expected}");
    }
}

#[test]
fn known_losses_gain_what_they_gain() {
    let mut random = Stream::new(35, 0);
    for goals in 1..=4 {
        let front = sphere(&mut random, 9, goals);
        let improvement = HypervolumeImprovement::new(&front, &vec![1.1; goals]);
        for _ in 0..20 {
            let losses: Vec<f64> = (0..goals).map(|_| random.unit()).collect();
            let gain = improvement.gain(&losses);
            let (value, by_mean, by_deviation) =
                with_gradient(&improvement, &losses, &vec![0.0; goals]);
            assert!((value.exp() - gain).abs() <= 1e-14 * gain.max(1.0), "{value} {gain}");
            assert!(by_mean.iter().all(|slope| *slope <= 0.0));
            assert!(by_deviation.iter().all(|slope| *slope == 0.0));
            for tiny in [1e-12, 1e-300, 5e-324] {
                let near = with_gradient(&improvement, &losses, &vec![tiny; goals]).0;
                if gain > 1e-9 {
                    assert!((near - value).abs() < 1e-2, "{near} {value}");
                } else {
                    assert!(near <= -15.0, "{near}");
                }
            }
        }
    }
    // One goal known and one not.
    let improvement = HypervolumeImprovement::new(&[[0.5, 0.5]], &[1.0, 1.0]);
    let (value, ..) = with_gradient(&improvement, &[0.25, 0.5], &[0.0, 0.1]);
    let h = log_improvement(0.0).0;
    let psi = 0.1 * h.exp();
    let expected = (0.25 * (0.5 + 0.1 * log_improvement(-5.0).0.exp()) + 0.5 * psi).ln();
    assert!((value - expected).abs() < 1e-13, "{value} {expected}");
}

#[test]
fn extremes_and_nan_do_no_harm() {
    let fronts: [&[[f64; 3]]; 4] = [
        &[],
        &[[0.1, 0.5, 0.5], [0.5, 0.1, 0.2], [0.5, 0.1, 0.2]],
        &[[-INF, 0.5, 0.5], [0.2, -INF, 0.0]],
        &[[-INF, -INF, -INF]],
    ];
    let odd = [0.0, 1.0, -1.0, 1e-300, 1e300, -1e300, INF, -INF, f64::NAN];
    for front in fronts {
        for reference in [[1.0; 3], [1.0, INF, 1.0], [1.0, f64::NAN, 1.0], [-INF; 3]] {
            let improvement = HypervolumeImprovement::new(front, &reference);
            for mean in odd {
                for deviation in odd {
                    let (value, ..) =
                        with_gradient(&improvement, &[mean, 0.5, 0.5], &[deviation, 0.2, 0.2]);
                    let nan = mean.is_nan() || !(0.0..INF).contains(&deviation);
                    assert!(value.is_nan() || !nan);
                    let finite = mean.is_finite() && reference.iter().all(|x| x.is_finite());
                    assert!(!value.is_nan() || nan || !finite, "{front:?} {mean} {deviation}");
                }
            }
        }
    }
    let improvement = HypervolumeImprovement::new(fronts[1], &[1.0; 3]);
    let mut scratch = Scratch::default();
    assert!(improvement.log_expected(&[0.0; 2], &[1.0; 2], &mut scratch).is_nan());
    let far = improvement.log_expected(&[1e15; 3], &[1.0; 3], &mut scratch);
    assert!(far.is_finite() && far < -1e30);
    let none = HypervolumeImprovement::new::<[f64; 0]>(&[], &[]);
    assert!(none.log_expected(&[], &[], &mut scratch).is_nan());
    assert!(!is_inside(&[0.0], &[f64::NAN]));
}
