//! All goals of many trials at once: an axis for each, better at one end of all.

use super::figure::Figure;
use super::front::standings;
use super::legend::Key;
use super::parallel::{Line, Parallel, Row};
use super::runs::Runs;
use super::standing::{Judged, Standing};
use crate::trial::Direction;

const TITLE: &str = "Goals side by side";
/// Most axes, and most lines of a kind.
const AXES: usize = 12;
const LINES: usize = 250;

pub(super) fn figure(runs: &Runs<'_>) -> Figure {
    let standings = match standings(runs, TITLE) {
        Ok(standings) => standings,
        Err(empty) => return empty,
    };
    let mut lines: Vec<Line> = Vec::new();
    let line = |trial: &Judged, class| Line {
        trial: trial.trial,
        values: trial.values.iter().take(AXES).map(|value| Some(*value)).collect(),
        hint: trial.hint.clone(),
        class,
    };
    let layers = [
        (Standing::Infeasible, "missed"),
        (Standing::Dominated, "faded"),
        (Standing::Front, "good"),
    ];
    for (standing, class) in layers {
        let trials: Vec<&Judged> = standings.of(standing).collect();
        let step = trials.len().div_ceil(LINES).max(1);
        let some = trials.into_iter().step_by(step);
        lines.extend(some.map(|trial| line(trial, class)));
    }
    // The knee comes last, on top of the others.
    if let Some(knee) = standings.trials.iter().find(|trial| Some(trial.trial) == standings.knee) {
        lines.retain(|line| line.trial != knee.trial);
        lines.push(line(knee, "l1"));
    }
    let rows = standings.goals.iter().take(AXES).map(|goal| Row {
        flipped: goal.direction == Direction::Minimize,
        limit: goal.limit,
        ..Row::new(goal.name.clone(), goal.scale.clone())
    });
    let there = |standing, class, name| standings.has(standing).then_some((Key::Line, class, name));
    let limited = standings.goals.iter().any(|goal| goal.limit.is_some());
    let keys = [
        there(Standing::Front, "good", "on the front"),
        standings.knee.map(|_| (Key::Line, "l1", "knee")),
        there(Standing::Dominated, "faded", "dominated"),
        there(Standing::Infeasible, "missed", "infeasible"),
        limited.then_some((Key::Line, "bound", "limit")),
    ];
    let mut caption = standings.in_words();
    caption += " Each line is a trial; the better end of every axis is its top, or its right one \
                where axes lie below one another. Lines that cross between two axes are trades of one \
                goal for the other.";
    if standings.goals.len() > AXES {
        caption += &format!(" {AXES} of {} goals are shown.", standings.goals.len());
    }
    caption += &standings.outside_in_words();
    let (rows, keys) = (rows.collect(), keys.into_iter().flatten().collect());
    Figure::new(TITLE, caption, Parallel { rows, lines, keys })
}
