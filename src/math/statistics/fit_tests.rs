//! The tests of fit that other tests rest on, against their references.

mod chi_square {
    use super::super::fit::chi_square::{chi_square, upper_gamma};
    use super::super::tests::reference;

    #[test]
    fn tails_match_the_reference() {
        let mut worst = (0.0, Vec::new());
        for (arguments, expected) in reference("chi_square_tail") {
            let value = upper_gamma(arguments[0] / 2.0, arguments[1] / 2.0);
            let error = (value - expected).abs() / expected;
            assert!(!error.is_nan());
            if error > worst.0 {
                worst = (error, arguments);
            }
        }
        assert!(worst.0 < 1e-13, "{worst:?}");
    }

    #[test]
    fn p_value_matches_scipy() {
        for (numbers, expected) in reference("chi_square") {
            let (observed, expectation) = numbers.split_at(numbers.len() / 2);
            let observed: Vec<u64> = observed.iter().map(|&o| o as u64).collect();
            assert!((chi_square(&observed, expectation) - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn edge_cases() {
        assert_eq!(chi_square(&[5, 5], &[5.0, 5.0]), 1.0);
        assert_eq!(chi_square(&[5], &[7.0]), 1.0);
        assert_eq!(chi_square(&[5, 0, 5], &[5.0, 0.0, 5.0]), 1.0);
        assert_eq!(chi_square(&[5, 1, 5], &[5.0, 0.0, 5.0]), 0.0);
        assert_eq!(chi_square(&[u64::MAX, 1], &[f64::MIN_POSITIVE, 1.0]), 0.0);
        for expected in
            [&[1.0][..], &[1.0, -1.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY], &[0.0, 0.0]]
        {
            assert!(chi_square(&[0, 0], expected).is_nan(), "{expected:?}");
        }
        assert!(chi_square(&[], &[]).is_nan());
    }
}

mod kolmogorov {
    use super::super::fit::kolmogorov::{kolmogorov_smirnov, survival};
    use super::super::tests::reference;
    use crate::math::random::Stream;

    #[test]
    fn survival_matches_the_exact_distribution() {
        for (arguments, expected) in reference("kolmogorov") {
            let (n, d) = (arguments[0], arguments[1]);
            let error = (survival(n as usize, d) - expected).abs();
            // The bounds that the documentation states.
            let bound =
                if n <= 100.0 || n * d * d >= 4.0 { 1e-9 * expected } else { 0.1 / (n * n) };
            assert!(error <= bound, "n = {n}, d = {d}: {error:e} off {expected:e}");
        }
    }

    #[test]
    fn p_value_matches_scipy() {
        for (mut sample, expected) in reference("kolmogorov_uniform") {
            assert!((kolmogorov_smirnov(&mut sample, |x| x) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn p_values_of_the_true_distribution_are_uniform() {
        let mut s = Stream::new(17, 0);
        let mut p_values: Vec<f64> = (0..300)
            .map(|i| {
                let mut sample: Vec<f64> = (0..5 + i % 20).map(|_| s.unit()).collect();
                kolmogorov_smirnov(&mut sample, |x| x)
            })
            .collect();
        assert!(kolmogorov_smirnov(&mut p_values, |p| p) > 0.001);
    }

    #[test]
    fn edge_cases() {
        assert!(kolmogorov_smirnov(&mut [], |x| x).is_nan());
        assert!(kolmogorov_smirnov(&mut [0.5, f64::NAN], |_| 0.5).is_nan());
        assert!(kolmogorov_smirnov(&mut [0.5], |_| f64::NAN).is_nan());
        assert_eq!(kolmogorov_smirnov(&mut [0.5], |x| x), 1.0);
        assert_eq!(kolmogorov_smirnov(&mut [2.0, 3.0], |_| 1.0), 0.0);
    }

    #[test]
    fn branches_meet() {
        // Across n = 100 and across nd² = 4 the p-value moves no more than n or d do.
        for z in [0.5, 1.0, 1.5, 1.9] {
            let p = |n: usize| survival(n, z / (n as f64).sqrt());
            assert!((p(100) - p(101)).abs() < 5e-4, "{z}");
        }
        for n in [50, 500] {
            let p = |z: f64| survival(n, z / (n as f64).sqrt());
            assert!((p(2.0 - 1e-9) / p(2.0 + 1e-9) - 1.0).abs() < 1e-3);
        }
    }
}
