//! The front of three goals in space, for pages that can turn it.

use super::front::standings;
use super::runs::Runs;
use super::standing::{Judged, Standing, class};
use crate::trial::Direction;

/// The complete trials of a study with three goals, as places in a cube.
pub(crate) struct Rotatable {
    pub(crate) names: [String; 3],
    pub(crate) caption: String,
    /// Those that lie on top come last.
    pub(crate) marks: Vec<Spot>,
}

/// A trial in the cube.
pub(crate) struct Spot {
    pub(crate) trial: u64,
    /// From 0, the best value of the goal, to 1, the worst one.
    pub(crate) at: [f64; 3],
    pub(crate) class: &'static str,
    pub(crate) is_knee: bool,
}

/// Most marks of a kind; a script moves all of them.
const MOST: usize = 400;

/// Nothing unless there are three goals and a complete trial.
pub(super) fn rotatable(runs: &Runs<'_>) -> Option<Rotatable> {
    let standings = standings(runs, "").ok().filter(|standings| standings.goals.len() == 3)?;
    let goals = &standings.goals;
    let at = |trial: &Judged| {
        let place = |goal: usize| {
            let place = goals[goal].scale.place(trial.values[goal]).clamp(0.0, 1.0);
            match goals[goal].direction {
                Direction::Minimize => place,
                Direction::Maximize => 1.0 - place,
            }
        };
        [place(0), place(1), place(2)]
    };
    let mut marks = Vec::new();
    for standing in [Standing::Infeasible, Standing::Dominated, Standing::Front] {
        let trials: Vec<&Judged> = standings.of(standing).collect();
        let step = trials.len().div_ceil(MOST).max(1);
        for (index, trial) in trials.into_iter().enumerate() {
            let is_knee = Some(trial.trial) == standings.knee;
            if index % step == 0 || is_knee {
                let (trial, at) = (trial.trial, at(trial));
                marks.push(Spot { trial, at, class: class(standing), is_knee });
            }
        }
    }
    let mut caption = standings.in_words();
    caption += " The front is in colour";
    let more = [
        (standings.has(Standing::Dominated), "dominated trials grey"),
        (standings.has(Standing::Infeasible), "infeasible ones hollow"),
        (standings.knee.is_some(), "a ring around the knee"),
    ];
    for (_, words) in more.iter().filter(|(there, _)| *there) {
        caption += &format!(", {words}");
    }
    caption += ". All axes begin in the corner that is best in every goal; along each, its goal gets \
                worse. Drag to turn it, or use the arrow keys.";
    caption += &standings.outside_in_words();
    let names = [0, 1, 2].map(|at| goals[at].name.clone());
    Some(Rotatable { names, caption, marks })
}
