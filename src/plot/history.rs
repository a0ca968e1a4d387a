//! The goal, trial by trial.

use super::axes::Axes;
use super::figure::{Chart, Figure};
use super::legend::Key;
use super::runs::{Goal, Mark, Runs, count, thin};
use super::scale::Scale;
use crate::svg::Canvas;
use crate::text::{DIGITS, number};
use crate::trial::{TrialRecord, TrialState};

struct History {
    goal: Goal,
    marks: Vec<Mark>,
    infeasible: Vec<Mark>,
    failed: Vec<Mark>,
    pruned: Vec<Mark>,
    best: Option<u64>,
    /// The best value so far, where it changes.
    steps: Vec<(f64, f64)>,
    last: f64,
}

const TITLE: &str = "Optimization history";
const HEIGHT: f64 = 250.0;
/// Most marks of a kind.
const MOST: usize = 1200;

pub(super) fn figure(runs: &Runs<'_>) -> Figure {
    let goal = runs.goal();
    let mark = |trial: &TrialRecord, y| {
        let hint = runs.hint(trial);
        Mark { trial: trial.number(), x: trial.number() as f64, y, hint }
    };
    let (feasible, infeasible): (Vec<_>, Vec<_>) =
        runs.complete().partition(|(trial, _)| runs.observed(trial).is_feasible());
    let marked = |trials: Vec<(&TrialRecord, f64)>| -> Vec<Mark> {
        trials.into_iter().map(|(trial, value)| mark(trial, value)).collect()
    };
    let (marks, infeasible) = (marked(feasible), marked(infeasible));
    let ended = |state| runs.in_state(state).map(|trial| mark(trial, 0.0)).collect();
    let (failed, pruned): (Vec<Mark>, Vec<Mark>) =
        (ended(TrialState::Failed), ended(TrialState::Pruned));
    if marks.is_empty() && infeasible.is_empty() && failed.is_empty() && pruned.is_empty() {
        return Figure::empty(TITLE, "No trial has ended yet.");
    }
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for mark in &marks {
        let better = |(_, so_far): &(f64, f64)| {
            runs.direction.orient(mark.y) < runs.direction.orient(*so_far)
        };
        if steps.last().is_none_or(better) {
            steps.push((mark.x, mark.y));
        }
    }
    let last = runs.trials.iter().next_back().map_or(0, TrialRecord::number) as f64;
    let caption = caption(&steps, [marks.len(), infeasible.len(), failed.len()], &goal);
    let best = runs.best;
    let history = History { goal, marks, infeasible, failed, pruned, best, steps, last };
    Figure::new(TITLE, caption, history)
}

fn caption(
    steps: &[(f64, f64)],
    [feasible, infeasible, failed]: [usize; 3],
    goal: &Goal,
) -> String {
    let Some((trial, value)) = steps.last() else {
        return match infeasible {
            0 => format!("All of {} ended without a result.", count(failed, "trial")),
            _ => {
                format!(
                    "No trial is feasible: each of {} misses a limit or an outcome constraint.",
                    count(infeasible, "complete trial")
                ) + &goal.beyond_in_words()
            }
        };
    };
    let (kind, missed) = match infeasible {
        0 => ("complete", String::new()),
        _ => {
            let verb = if infeasible == 1 { "misses" } else { "miss" };
            let trials = count(infeasible, "trial");
            let missed = format!(" {trials} {verb} a limit or an outcome constraint.");
            ("feasible", missed)
        }
    };
    let found = format!(
        "Trial {trial:.0} has the best value, {}; {} of {} improved on all before.{missed}",
        number(*value, Some(DIGITS)),
        steps.len(),
        count(feasible, &format!("{kind} trial"))
    );
    found + &goal.beyond_in_words()
}

impl Chart for History {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let mut keys = Vec::new();
        keys.extend((!self.marks.is_empty()).then_some((Key::Dot, "p", "trial")));
        keys.extend(self.best.map(|_| (Key::Dot, "best", "best trial")));
        keys.extend((self.steps.len() > 1).then_some((Key::Line, "l1", "best so far")));
        keys.extend((!self.infeasible.is_empty()).then_some((Key::Ring, "miss", "infeasible")));
        keys.extend((!self.failed.is_empty()).then_some((Key::Cross, "x", "failed")));
        keys.extend((!self.pruned.is_empty()).then_some((Key::Ring, "o", "pruned")));
        let top = canvas.legend((0.0, 0.0), &keys);
        let axes = Axes {
            x: Scale::linear(-0.02 * self.last.max(1.0), 1.02 * self.last.max(1.0)).whole(),
            y: self.goal.scale.clone(),
            x_title: "trial",
            y_title: &self.goal.title,
            height: HEIGHT,
            strip: !(self.failed.is_empty() && self.pruned.is_empty()),
        };
        let frame = axes.draw(&mut canvas, top);
        let place = |mark: &Mark| frame.place(mark.x, mark.y);
        let strip = |mark: &Mark| (frame.place(mark.x, 0.0).0, frame.strip);
        let radius = if self.marks.len() + self.infeasible.len() > 200 { 2.4 } else { 3.4 };
        // Below the marks: those of the trials that it follows must stay within reach.
        let mut line: Vec<(f64, f64)> = Vec::new();
        for (trial, value) in &self.steps {
            let (x, y) = frame.place(*trial, *value);
            line.extend(line.last().map(|(_, before)| (x, *before)));
            line.push((x, y));
        }
        line.extend(line.last().map(|(_, y)| (frame.place(self.last, 0.0).0, *y)));
        if self.last > 0.0 && !line.is_empty() {
            canvas.path(&line, "l1", None, "best so far");
        }
        for mark in thin(&self.infeasible, None, place, 2.5, MOST) {
            canvas.dot(place(mark), radius, "miss", Some(mark.trial), &mark.hint);
        }
        for mark in thin(&self.marks, None, place, 2.5, MOST) {
            canvas.dot(place(mark), radius, "p", Some(mark.trial), &mark.hint);
        }
        for mark in thin(&self.failed, None, strip, 5.0, MOST) {
            canvas.cross(strip(mark), Some(mark.trial), &mark.hint);
        }
        for mark in thin(&self.pruned, None, strip, 5.0, MOST) {
            canvas.dot(strip(mark), 3.0, "o", Some(mark.trial), &mark.hint);
        }
        for mark in self.marks.iter().filter(|mark| Some(mark.trial) == self.best) {
            canvas.dot(place(mark), 5.0, "best", Some(mark.trial), &mark.hint);
        }
        canvas
    }
}
