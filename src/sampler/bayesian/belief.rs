use super::past::Past;
use super::tracker::Tracker;
use crate::surrogate::{Encoding, Posterior};

/// How much better than believed a running trial is taken to be, in standard deviations.
const HOPE: f64 = 0.3;

/// What is believed of losses, running trials included.
pub(super) struct Belief<'a> {
    pub(super) posterior: &'a Posterior,
    /// The transformed losses.
    pub(super) values: Vec<f64>,
    /// The loss to beat.
    pub(super) incumbent: f64,
}

impl<'a> Belief<'a> {
    /// `None` where nothing can be believed.
    pub(super) fn new(tracker: &'a mut Tracker, encoding: &Encoding, past: &Past) -> Option<Self> {
        let doubts_the_best = tracker.noise().doubts_the_best();
        let (posterior, values) =
            tracker.update(encoding, &past.rows, &past.losses, &past.deviations)?;
        let mut incumbent = match doubts_the_best {
            true => posterior.believed().fold(f64::INFINITY, f64::min),
            false => values.iter().copied().fold(f64::INFINITY, f64::min),
        };
        for codes in &past.pruned {
            incumbent = incumbent.min(posterior.anticipate(codes));
        }
        for codes in &past.running {
            let (_, variance) = posterior.predict(codes);
            let believed = posterior.anticipate(codes);
            incumbent = incumbent.min(believed - HOPE * variance.sqrt());
        }
        Some(Belief { posterior, values, incumbent })
    }
}
