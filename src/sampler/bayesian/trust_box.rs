use crate::surrogate::{Codes, Encoding, Latent};

/// Half the width of a region in each parameter, in the unit cube, where all have the same lengthscale. With
/// 0.1, 0.3 and 0.4 the losses beside eight workers are somewhat higher (`benches/bayesian.md`).
const REACH: f64 = 0.2;

/// The part of the space that is searched for a suggestion: all of it, or what is near the
/// incumbent in its ordered parameters, nearer in those that matter more.
#[derive(Clone, Debug)]
pub(super) struct TrustBox {
    /// For each feature; `None` where any code will do.
    sides: Vec<Option<Side>>,
}

#[derive(Clone, Copy, Debug)]
struct Side {
    low: f64,
    high: f64,
    centre: f64,
}

impl Side {
    fn contains(&self, code: f64) -> bool {
        (self.low..=self.high).contains(&code)
    }
}

impl TrustBox {
    pub(super) fn whole(features: usize) -> Self {
        TrustBox { sides: vec![None; features] }
    }

    /// What is near `incumbent`: half the width of a side is proportional to the lengthscale. Sides
    /// of choices and of what is inactive in the incumbent are not bounded.
    pub(super) fn around(incumbent: &Codes, encoding: &Encoding, lengthscales: &[f64]) -> Self {
        let active = encoding.movable(incumbent);
        let logs: f64 = lengthscales.iter().map(|length| length.ln()).sum();
        let mean = (logs / lengthscales.len().max(1) as f64).exp();
        let side = |at: usize| {
            let half = REACH * lengthscales[at] / mean;
            let centre = incumbent[at];
            (active[at] && !encoding.features()[at].is_choice()).then(|| Side {
                low: (centre - half).max(0.0),
                high: (centre + half).min(1.0),
                centre,
            })
        };
        TrustBox { sides: (0..encoding.len()).map(side).collect() }
    }

    pub(super) fn contains(&self, feature: usize, code: f64) -> bool {
        self.sides[feature].is_none_or(|side| side.contains(code))
    }

    /// The part of an interval of codes that is in the region.
    pub(super) fn bound(&self, feature: usize, (low, high): (f64, f64)) -> (f64, f64) {
        match self.sides[feature] {
            Some(side) => (low.max(side.low), high.min(side.high)),
            None => (low, high),
        }
    }

    /// The code at a share of the region's width.
    pub(super) fn at_share(&self, encoding: &Encoding, feature: usize, share: f64) -> f64 {
        match self.sides[feature] {
            Some(side) => self
                .inside(feature, encoding.snap(feature, side.low + share * (side.high - side.low))),
            None => encoding.snap(feature, share),
        }
    }

    /// The same place, with the incumbent's codes where it is outside.
    pub(super) fn moved_inside(&self, latent: Latent) -> Latent {
        latent.iter().enumerate().map(|(at, code)| self.inside(at, code)).collect()
    }

    /// A code that is in the region, or the incumbent's.
    fn inside(&self, feature: usize, code: f64) -> f64 {
        match self.sides[feature] {
            Some(side) if !side.contains(code) => side.centre,
            _ => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, Space};

    #[test]
    fn a_region_bounds_what_is_ordered_and_active() {
        let space = Space::builder()
            .float("x", 0.0..=1.0, Scale::Linear)
            .int("n", 1..=3, Scale::Linear)
            .choice("k", |k| k.unit("a").variant("b", |b| b.float("y", 0.0..=1.0, Scale::Linear)))
            .build()
            .unwrap();
        let encoding = Encoding::new(&space);
        let place = [0.9, 0.5, 0.0, 0.5].into_iter().collect();
        let incumbent = encoding.codes(&place);
        let region = TrustBox::around(&incumbent, &encoding, &[0.5; 4]);
        let (low, high) = region.bound(0, (0.0, 1.0));
        assert!((low - 0.7).abs() < 1e-12 && high == 1.0);
        assert!((region.at_share(&encoding, 0, 0.5) - 0.85).abs() < 1e-12);
        assert_eq!((region.inside(0, 0.6), region.inside(0, 0.8)), (0.9, 0.8));
        // The next level of `n` is too far.
        assert_eq!([0.0, 0.5, 0.99].map(|share| region.at_share(&encoding, 1, share)), [0.5; 3]);
        // A choice, and what is inactive.
        assert_eq!(region.at_share(&encoding, 2, 0.99), 1.0);
        assert!(region.contains(3, 0.01) && !region.contains(0, 0.01));
        // What matters more has shorter sides.
        let region = TrustBox::around(&incumbent, &encoding, &[0.125, 2.0, 0.5, 0.5]);
        assert!(region.contains(0, 0.86) && !region.contains(0, 0.84) && region.contains(1, 0.1));
        assert_eq!(TrustBox::whole(4).bound(0, (0.1, 0.9)), (0.1, 0.9));
    }
}
