//! Settings: our own, found by measurement, and published ones.

use super::policy::{Architecture, Squash};
use super::{Advantage, Objective, Options, Proposing, Training};

/// One layer of 32 units.
const SMALL: Architecture =
    Architecture { layers: 1, units: 32, spread: 0.1, squash: Squash::NONE };

/// REINFORCE with a moving average, a step per result, and nothing else.
const PLAIN: Training = Training {
    rate: 1e-2,
    clip: None,
    advantage: Advantage::MovingAverage { decay: 0.9 },
    objective: Objective::Reinforce,
    batch: 1,
    start: 0,
    entropy: 0.0,
    replay: 0,
    elite: 0,
    elite_weight: 1.0,
    links: None,
};

/// What matters is priority-queue training with a short queue, then edits of the elite, a start of
/// 20 random trials and replay; rate and entropy hardly do within a factor of two.
const RANKED: Training = Training {
    rate: 0.02,
    clip: Some(5.0),
    advantage: Advantage::Rank,
    objective: Objective::Reinforce,
    batch: 1,
    start: 20,
    entropy: 0.05,
    replay: 4,
    elite: 5,
    elite_weight: 1.0,
    links: None,
};

pub(super) fn without_surrogate() -> Options {
    Options {
        architecture: SMALL,
        training: RANKED,
        proposing: Proposing::Direct { edits: 0.3 },
        grow_every: None,
    }
}

pub(super) fn screened() -> Options {
    Options {
        architecture: SMALL,
        training: Training { start: 10, ..RANKED },
        proposing: Proposing::Screened,
        grow_every: None,
    }
}

fn published(architecture: Architecture, training: Training) -> Options {
    let proposing = Proposing::Direct { edits: 0.0 };
    Options { architecture, training, proposing, grow_every: None }
}

pub(super) fn zoph2017() -> Options {
    published(
        Architecture { layers: 2, units: 35, spread: 0.08, squash: Squash::NONE },
        Training {
            rate: 6e-4,
            advantage: Advantage::MovingAverage { decay: 0.95 },
            batch: 8,
            ..PLAIN
        },
    )
}

pub(super) fn nasnet() -> Options {
    published(
        Architecture { layers: 1, units: 100, spread: 0.1, squash: Squash::NONE },
        Training {
            rate: 3.5e-4,
            advantage: Advantage::MovingAverage { decay: 0.95 },
            objective: Objective::Proximal { clip: 0.2, epochs: 4 },
            batch: 20,
            entropy: 1e-5,
            ..PLAIN
        },
    )
}

pub(super) fn enas() -> Options {
    published(
        Architecture {
            layers: 1,
            units: 64,
            spread: 0.1,
            squash: Squash { temperature: 1.0, limit: Some(1.1) },
        },
        Training {
            rate: 3.5e-3,
            advantage: Advantage::MovingAverage { decay: 0.999 },
            batch: 10,
            entropy: 1e-4,
            links: Some((0.8, 0.4)),
            ..PLAIN
        },
    )
}

pub(super) fn reinforce() -> Options {
    published(Architecture { layers: 0, units: 0, spread: 0.0, squash: Squash::NONE }, PLAIN)
}
