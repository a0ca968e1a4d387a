//! A model that follows a growing history at little cost.
//!
//! The constants are fitted anew only when the history has grown by a share; in between the
//! factorization is extended row by row. Both are functions of the observations in their order, to
//! the last bit: what was kept from the previous call is what a fresh tracker would compute.

use crate::surrogate::{
    Encoding, Inputs, Kernel, Noise, Output, OutputTransform, Posterior, fit, kernel_candidates,
    representative,
};

/// Up to this many observations the constants are fitted at every one.
const ALWAYS: usize = 50;
/// Beyond, when the observations have grown by a tenth …
const GROWTH: usize = 10;
/// … or by this many.
const LONGEST: usize = 100;
/// Most observations that the constants are fitted to.
const MOST_FITTED: usize = 300;
/// Up to this many observations all are modelled at a fit, beyond it …
const MOST_EXACT: usize = 1000;
/// … only so many of them.
const MOST_REPRESENTATIVE: usize = 500;

/// A posterior that is brought up to date.
#[derive(Debug)]
pub(super) struct Tracker {
    kernel: Option<Kernel>,
    noise: Noise,
    output: Output,
    pessimistic: bool,
    fitted: Option<Fitted>,
}

#[derive(Debug)]
struct Fitted {
    /// The observations at the time of the fit.
    rows: Vec<Vec<f64>>,
    targets: Vec<f64>,
    posterior: Posterior,
    /// The observations that are modelled, in the order of the posterior's rows.
    modelled: Vec<usize>,
}

impl Tracker {
    pub(super) fn new(
        kernel: Option<Kernel>,
        noise: Noise,
        output: Output,
        pessimistic: bool,
    ) -> Self {
        Tracker { kernel, noise, output, pessimistic, fitted: None }
    }

    /// The posterior given `targets` at `rows` of codes, without anything that was anticipated, and
    /// the transformed targets. `None` if there are none, or no covariance factorizes.
    pub(super) fn update(
        &mut self,
        encoding: &Encoding,
        rows: &[Vec<f64>],
        targets: &[f64],
    ) -> Option<(&mut Posterior, Vec<f64>)> {
        let count = last_fit(rows.len());
        let known = self.fitted.as_ref().is_some_and(|fitted| {
            fitted.rows == rows[..count] && fitted.targets == targets[..count]
        });
        if !known {
            self.fitted = self.fit(encoding, &rows[..count], &targets[..count]);
        }
        let fitted = self.fitted.as_mut()?;
        let same = fitted
            .modelled
            .iter()
            .enumerate()
            .take_while(|(at, row)| {
                rows.get(**row).is_some_and(|codes| *codes == fitted.posterior.inputs().row(*at))
            })
            .count();
        fitted.posterior.truncate(same);
        fitted.modelled.truncate(same);
        let next = fitted.modelled.last().map_or(0, |last| last + 1).max(count);
        for (index, codes) in rows.iter().enumerate().skip(next) {
            fitted.posterior.extend(codes);
            fitted.modelled.push(index);
        }
        let (_, values) = OutputTransform::fit(self.output, targets);
        let modelled: Vec<f64> = fitted.modelled.iter().map(|&index| values[index]).collect();
        fitted.posterior.observe(&modelled, self.pessimistic);
        Some((&mut fitted.posterior, values))
    }

    fn fit(&self, encoding: &Encoding, rows: &[Vec<f64>], targets: &[f64]) -> Option<Fitted> {
        if rows.is_empty() {
            return None;
        }
        let (_, values) = OutputTransform::fit(self.output, targets);
        let gather = |indices: &[usize]| {
            let mut inputs = Inputs::new(encoding.len());
            indices.iter().for_each(|&index| inputs.push(&rows[index]));
            inputs
        };
        let chosen = representative(targets, MOST_FITTED);
        let fitted_values: Vec<f64> = chosen.iter().map(|&index| values[index]).collect();
        let inputs = gather(&chosen);
        let kernels = kernel_candidates(&self.kernel);
        let (kernel, model) =
            fit(kernels, self.noise, encoding.features(), &inputs, &fitted_values);
        let most = if rows.len() > MOST_EXACT { MOST_REPRESENTATIVE } else { MOST_EXACT };
        let modelled = representative(targets, most);
        let posterior = Posterior::new(kernel, encoding, model, gather(&modelled))?;
        Some(Fitted { rows: rows.to_vec(), targets: targets.to_vec(), posterior, modelled })
    }
}

/// With how many observations the constants were fitted last when there are `n`.
fn last_fit(n: usize) -> usize {
    let mut at = n.min(ALWAYS);
    loop {
        let next = at + (at / GROWTH).clamp(1, LONGEST);
        if next > n {
            return at;
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random::Stream;
    use crate::space::{Scale, Space};

    #[test]
    fn fits_become_rarer() {
        assert_eq!((0..=50).map(last_fit).collect::<Vec<_>>(), (0..=50).collect::<Vec<_>>());
        assert_eq!([54, 55, 59, 60].map(last_fit), [50, 55, 55, 60]);
        assert_eq!(last_fit(100_000) % 100, last_fit(99_900) % 100);
        assert!((0..2000).all(|n| n - last_fit(n) <= (n / 10).max(1)));
    }

    #[test]
    fn a_tracker_that_ran_all_along_equals_a_fresh_one() {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .float("y", 0.0..=1.0, Scale::Linear)
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let mut random = Stream::new(5, 0);
        let rows: Vec<Vec<f64>> = (0..75).map(|_| vec![random.unit(), random.unit()]).collect();
        let targets: Vec<f64> = rows.iter().map(|row| (5.0 * row[0]).sin() + row[1]).collect();
        let new = || Tracker::new(None, Noise::Unknown, Output::Warped, true);
        let mut old = new();
        for n in 40..=75 {
            let place = [0.3, 0.8];
            let mut fresh = new();
            let (posterior, _) = fresh.update(&encoding, &rows[..n], &targets[..n]).unwrap();
            let expected = posterior.predict(&place);
            let (posterior, values) = old.update(&encoding, &rows[..n], &targets[..n]).unwrap();
            assert_eq!(posterior.predict(&place), expected, "{n}");
            assert_eq!(values.len(), n);
            // What was anticipated is forgotten.
            posterior.anticipate(&[0.5, 0.5]);
        }
        // A trial that ended late comes in between.
        let order: Vec<usize> = (0..60).chain(61..70).chain([60]).collect();
        let shuffled: Vec<Vec<f64>> = order.iter().map(|&i| rows[i].clone()).collect();
        let losses: Vec<f64> = order.iter().map(|&i| targets[i]).collect();
        let (posterior, _) = old.update(&encoding, &shuffled, &losses).unwrap();
        let kept = posterior.predict(&[0.1, 0.1]);
        let mut fresh = new();
        let (posterior, _) = fresh.update(&encoding, &shuffled, &losses).unwrap();
        assert_eq!(posterior.predict(&[0.1, 0.1]), kept);
    }
}
