use super::*;
use crate::math::random::Stream;
use crate::space::{Scale, Space};
use crate::surrogate::Encoding;

const REFERENCE: &str = include_str!("../../../tests/reference/posterior.csv");

fn rows(kind: &str) -> Vec<Vec<f64>> {
    let of_kind = REFERENCE.lines().filter_map(|line| line.strip_prefix(kind));
    of_kind.map(|row| row.split(',').filter_map(|number| number.parse().ok()).collect()).collect()
}

fn square() -> Encoding {
    let space = Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build();
    Encoding::new(&space.unwrap())
}

fn reference() -> Posterior {
    with_noises(&[])
}

fn with_noises(noises: &[Option<f64>]) -> Posterior {
    let model = Hyperparameters { lengthscales: vec![0.4, 1.7], scale: 1.3, noise: 0.01 };
    let mut inputs = Inputs::new(2);
    rows("data").iter().for_each(|row| inputs.push(&row[..2]));
    let values: Vec<f64> = rows("data").iter().map(|row| row[2]).collect();
    let mut posterior =
        Posterior::new(Kernel::Matern52, square().features(), model, inputs, noises).unwrap();
    posterior.observe(&values, false);
    posterior
}

#[test]
fn predictions_match_scikit_learn_and_gpytorch() {
    let posterior = reference();
    let mut places = Inputs::new(2);
    let expected = rows("place");
    for row in &expected {
        places.push(&row[..2]);
        let (mean, variance) = posterior.predict(&row[..2]);
        assert!((mean - row[2]).abs() < 1e-10 && (variance - row[3]).abs() < 1e-10);
    }
    let (means, variances) = posterior.predict_many(&places);
    let (joint_means, covariance) = posterior.predict_jointly(&places);
    for (i, row) in expected.iter().enumerate() {
        assert!((means[i] - row[2]).abs() < 1e-10 && (variances[i] - row[3]).abs() < 1e-10);
        assert!((joint_means[i] - row[2]).abs() < 1e-10);
        assert!((covariance[(i, i)] - row[3]).abs() < 1e-10);
    }
}

/// Of the same constants, as a sum over features.
fn sum() -> Posterior {
    let Posterior { model, inputs, values, .. } = reference();
    let shape = Shape::sum(Kernel::Matern52);
    let mut sum = Posterior::new(shape, square().features(), model, inputs, &[]).unwrap();
    sum.observe(&values, false);
    sum
}

#[test]
fn a_sum_is_predicted_alike_in_all_ways_and_has_no_interactions() {
    let posterior = sum();
    let corners = [[0.1, 0.2], [0.1, 0.8], [0.7, 0.2], [0.7, 0.8]];
    let mut places = Inputs::new(2);
    corners.iter().for_each(|corner| places.push(corner));
    let (means, variances) = posterior.predict_many(&places);
    let (joint_means, covariance) = posterior.predict_jointly(&places);
    let beside = posterior.predict_beside(&posterior.place(&corners[0]), &places);
    for (i, corner) in corners.iter().enumerate() {
        let (mean, variance) = posterior.predict(corner);
        for other in [means[i], joint_means[i], beside.0[i]] {
            assert!((mean - other).abs() < 1e-10);
        }
        for other in [variances[i], covariance[(i, i)], beside.1[i]] {
            assert!((variance - other).abs() < 1e-10);
        }
    }
    assert!((means[0] + means[3] - means[1] - means[2]).abs() < 1e-10);
    // Of a function of both together nothing of the kind is known.
    let (means, _) = reference().predict_many(&places);
    assert!((means[0] + means[3] - means[1] - means[2]).abs() > 1e-3);
}

#[test]
fn places_beside_one_are_predicted_as_any() {
    let posterior = reference();
    let from = posterior.place(&[0.2, 0.9]);
    let mut places = Inputs::new(2);
    for place in [[0.2, 0.1], [0.7, 0.9], [0.2, 0.9], [0.5, 0.5]] {
        places.push(&place);
    }
    let (means, variances) = posterior.predict_many(&places);
    let (beside_means, beside_variances) = posterior.predict_beside(&from, &places);
    for i in 0..places.len() {
        assert!((means[i] - beside_means[i]).abs() < 1e-12);
        assert!((variances[i] - beside_variances[i]).abs() < 1e-12);
    }
}

#[test]
fn known_noise_matches_scikit_learn() {
    let noises: Vec<Option<f64>> = rows("data").iter().map(|row| row.get(3).copied()).collect();
    let posterior = with_noises(&noises);
    // Row by row it is the same.
    let mut extended = with_noises(&noises);
    extended.truncate(12);
    for (row, noise) in rows("data").iter().zip(&noises).skip(12) {
        extended.extend(&row[..2], *noise);
    }
    extended.observe(&rows("data").iter().map(|row| row[2]).collect::<Vec<_>>(), false);
    for row in rows("noisy") {
        for posterior in [&posterior, &extended] {
            let (mean, variance) = posterior.predict(&row[..2]);
            assert!((mean - row[2]).abs() < 1e-10 && (variance - row[3]).abs() < 1e-10);
        }
    }
}

#[test]
fn what_is_believed_of_observations_is_the_mean_where_noise_is_known() {
    let noises: Vec<Option<f64>> = rows("data").iter().map(|row| row.get(3).copied()).collect();
    let posterior = with_noises(&noises);
    let believed: Vec<f64> = posterior.believed().collect();
    assert_eq!(believed.len(), 20);
    for (i, row) in rows("data").iter().enumerate() {
        let (mean, _) = posterior.predict(&row[..2]);
        match noises[i] {
            Some(_) => assert!((believed[i] - mean).abs() < 1e-6, "{i}"),
            None => assert!((believed[i] - 0.5 * (mean + row[2])).abs() < 1e-6, "{i}"),
        }
    }
}

#[test]
fn gradients_match_differences() {
    let (joint, sum) = (reference(), sum());
    let places = [[0.2, 0.9], [0.5, 0.5], [0.99, 0.01]];
    let all = [&joint, &sum].into_iter().flat_map(|posterior| places.map(|at| (posterior, at)));
    for (posterior, place) in all {
        let (mut by_mean, mut by_variance) = ([0.0; 2], [0.0; 2]);
        let (mean, variance) =
            posterior.predict_with_gradient(&place, &mut by_mean, &mut by_variance);
        assert_eq!((mean, variance), posterior.predict(&place));
        for i in 0..2 {
            let moved = |step: f64| {
                let mut place = place;
                place[i] += step;
                posterior.predict(&place)
            };
            let (above, below) = (moved(1e-5), moved(-1e-5));
            assert!(((above.0 - below.0) / 2e-5 - by_mean[i]).abs() < 1e-6);
            assert!(((above.1 - below.1) / 2e-5 - by_variance[i]).abs() < 1e-6);
        }
    }
}

#[test]
fn what_is_anticipated_changes_variances_and_no_mean() {
    let mut posterior = reference();
    let (near, far) = ([0.31, 0.62], [0.9, 0.1]);
    let before = [posterior.predict(&near), posterior.predict(&far)];
    let believed = posterior.condition_on_mean(&[0.3, 0.6]);
    let after = [posterior.predict(&near), posterior.predict(&far)];
    assert!((after[0].0 - before[0].0).abs() < 1e-12);
    assert!((after[1].0 - before[1].0).abs() < 1e-12);
    assert!(after[0].1 < 0.9 * before[0].1 && after[1].1 <= before[1].1 + 1e-15);
    // Observing what was believed gives the same mean.
    let mut values: Vec<f64> = rows("data").iter().map(|row| row[2]).collect();
    values.push(believed);
    let mean = posterior.mean;
    posterior.observe(&values, false);
    assert!((posterior.mean - mean).abs() < 1e-10);
    assert!((posterior.predict(&near).0 - before[0].0).abs() < 1e-10);
    posterior.truncate(20);
    posterior.observe(&values[..20], false);
    let again = posterior.predict(&near);
    assert!((again.0 - before[0].0).abs() < 1e-12 && (again.1 - before[0].1).abs() < 1e-12);
}

#[test]
fn pessimism_lifts_the_mean_far_from_observations() {
    let mut posterior = reference();
    let values: Vec<f64> = rows("data").iter().map(|row| row[2]).collect();
    let neutral = posterior.mean;
    posterior.observe(&values, true);
    let worst = values.iter().copied().fold(f64::MIN, f64::max);
    assert!((posterior.mean - 0.5 * (neutral + worst)).abs() < 1e-12);
}

#[test]
fn covariances_with_inactive_parameters_are_positive_definite() {
    let space = Space::builder()
        .choice("k", |k| {
            k.variant("a", |a| a.float("x", 0.0..=1.0, Scale::Linear).bool("f"))
                .variant("b", |b| b.float("y", 0.0..=1.0, Scale::Linear))
                .unit("c")
        })
        .build()
        .unwrap();
    let encoding = Encoding::new(&space);
    let mut random = Stream::new(1, 0);
    let mut inputs = Inputs::new(encoding.len());
    (0..60).for_each(|_| inputs.push(&encoding.encode(&space.sample(&mut random))));
    let distinct: std::collections::BTreeSet<_> =
        (0..60).map(|i| format!("{:?}", inputs.row(i))).collect();
    for kernel in [Kernel::Matern32, Kernel::Matern52, Kernel::SquaredExponential] {
        let model = Hyperparameters::isotropic(encoding.len(), 0.3, 1.0, 1e-6);
        let posterior =
            Posterior::new(kernel, encoding.features(), model, inputs.clone(), &[]).unwrap();
        assert_eq!(posterior.factor.jitter(), 0.0, "{kernel:?} {}", distinct.len());
    }
}
