//! The goal over one parameter at a time.

use super::axes::Axes;
use super::figure::{Chart, Figure, Panels};
use super::runs::{Goal, Mark, PANELS, Runs, count, left_out, thin};
use super::scale::Scale;
use crate::svg::Canvas;
use crate::trial::{TrialRecord, TrialState};

struct Slice {
    scale: Scale,
    goal: Goal,
    marks: Vec<Mark>,
    failed: Vec<Mark>,
    best: Option<u64>,
}

const TITLE: &str = "Slices";
const HEIGHT: f64 = 150.0;
/// Most marks of a panel.
const MOST: usize = 350;

/// The slices of some parameters, in this order; of many, the first ones.
pub(super) fn figure(runs: &Runs<'_>, axes: &[(usize, String)]) -> Figure {
    let complete = runs.complete().count();
    if complete == 0 || axes.is_empty() {
        return Figure::empty(TITLE, "No trial is complete yet.");
    }
    let goal = runs.goal();
    let shown = &axes[..axes.len().min(PANELS)];
    let panels = shown.iter().map(|(axis, name)| {
        let chart = slice(runs, *axis, goal.clone());
        (name.clone(), Box::new(chart) as Box<dyn Chart>)
    });
    let caption = format!(
        "{} of {} over each parameter{}. A parameter matters where the cloud has a slope or a \
         valley.{}{}",
        match goal.name.as_str() {
            "goal" => "The goal",
            name => name,
        },
        count(complete, "trial"),
        if runs.best.is_some() { "; the best trial stands out" } else { "" },
        goal.beyond_in_words(),
        left_out(shown.len(), axes.len())
    );
    Figure::new(TITLE, caption, Panels { charts: panels.collect(), columns: 3 })
}

fn slice(runs: &Runs<'_>, axis: usize, goal: Goal) -> Slice {
    let mark = |trial: &TrialRecord, y: f64| {
        let x = trial.point().get(axis)?;
        Some(Mark { trial: trial.number(), x, y, hint: runs.hint_at(trial, axis) })
    };
    let marks: Vec<Mark> =
        runs.complete().filter_map(|(trial, value)| mark(trial, value)).collect();
    let failed: Vec<Mark> =
        runs.in_state(TrialState::Failed).filter_map(|trial| mark(trial, 0.0)).collect();
    let tried = marks.iter().chain(&failed).map(|mark| mark.x);
    let scale = Scale::of(&runs.trials.space().axes()[axis], tried);
    Slice { scale, goal, marks, failed, best: runs.best }
}

impl Chart for Slice {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let axes = Axes {
            x: self.scale.clone(),
            y: self.goal.scale.clone(),
            x_title: "",
            y_title: &self.goal.name,
            height: HEIGHT,
            strip: !self.failed.is_empty(),
        };
        let frame = axes.draw(&mut canvas, 0.0);
        let place = |mark: &Mark| frame.spread(mark.x, mark.y, mark.trial);
        let strip = |mark: &Mark| (frame.spread(mark.x, 0.0, mark.trial).0, frame.strip);
        for mark in thin(&self.failed, None, strip, 5.0, MOST) {
            canvas.cross(strip(mark), Some(mark.trial), &mark.hint);
        }
        for mark in thin(&self.marks, None, place, 4.0, MOST) {
            canvas.dot(place(mark), 2.6, "p", Some(mark.trial), &mark.hint);
        }
        for mark in self.marks.iter().filter(|mark| Some(mark.trial) == self.best) {
            canvas.dot(place(mark), 4.5, "best", Some(mark.trial), &mark.hint);
        }
        canvas
    }
}
