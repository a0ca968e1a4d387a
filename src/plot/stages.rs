//! How the stages of a grid narrow the ranges of the parameters.

use super::axes::Axes;
use super::figure::{Chart, Figure, Panels};
use super::legend::Key;
use super::runs::{Mark, Runs, thin};
use super::scale::Scale;
use crate::space::Value;
use crate::svg::Canvas;
use crate::trial::TrialRecord;

struct Stages {
    name: String,
    scale: Scale,
    last: u64,
    marks: Vec<Mark>,
    /// Lowest and highest value that each stage tried.
    spans: Vec<(u64, f64, f64)>,
    best: Option<u64>,
}

const TITLE: &str = "Stages of the grid";
const HEIGHT: f64 = 150.0;
const MOST: usize = 300;

/// The stage of a trial, as a coarse-to-fine grid notes it.
fn stage(trial: &TrialRecord) -> Option<u64> {
    match trial.notes().get("stage")? {
        Value::Int(stage) => u64::try_from(*stage).ok(),
        _ => None,
    }
}

pub(super) fn figure(runs: &Runs<'_>, axes: &[(usize, String)]) -> Figure {
    let staged: Vec<(&TrialRecord, u64)> =
        runs.trials.iter().filter_map(|trial| Some((trial, stage(trial)?))).collect();
    let Some(last) = staged.iter().map(|(_, stage)| *stage).max() else {
        return Figure::empty(TITLE, "No trial belongs to a stage of a coarse-to-fine grid.");
    };
    let panels = axes.iter().map(|(axis, name)| {
        let marks: Vec<Mark> = staged
            .iter()
            .filter_map(|(trial, stage)| {
                let (trial, x, y) = (*trial, *stage as f64, trial.point().get(*axis)?);
                Some(Mark { trial: trial.number(), x, y, hint: runs.hint_at(trial, *axis) })
            })
            .collect();
        let spans = (1..=last).filter_map(|stage| {
            let own = || marks.iter().filter(|mark| mark.x == stage as f64).map(|mark| mark.y);
            let (low, high) =
                (own().fold(f64::INFINITY, f64::min), own().fold(f64::NEG_INFINITY, f64::max));
            (low <= high).then_some((stage, low, high))
        });
        let stages = Stages {
            name: name.clone(),
            scale: Scale::of(&runs.trials.space().axes()[*axis], marks.iter().map(|mark| mark.y)),
            last,
            spans: spans.collect(),
            best: runs.best,
            marks,
        };
        (name.clone(), Box::new(stages) as Box<dyn Chart>)
    });
    let charts: Vec<_> = panels.collect();
    if charts.is_empty() {
        return Figure::empty(TITLE, "No parameter varies.");
    }
    let caption = format!(
        "What the {} tried of each parameter: bars run from the lowest to the highest value of a \
         stage. Where they become short, the grid has narrowed.",
        super::runs::count(usize::try_from(last).unwrap_or(usize::MAX), "stage")
    );
    Figure::new(TITLE, caption, Panels { charts, columns: 3 })
}

impl Chart for Stages {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let top = canvas.legend((0.0, 0.0), &[(Key::Box, "band", "range of a stage")]);
        let stages: Vec<String> = (1..=self.last).map(|stage| stage.to_string()).collect();
        let frame = Axes {
            x: Scale::bands(stages),
            y: self.scale.clone(),
            x_title: "stage",
            y_title: &self.name,
            height: HEIGHT,
            strip: false,
        }
        .draw(&mut canvas, top);
        let band = frame.x.band() * (frame.right - frame.left);
        let wide = (0.7 * band).min(46.0);
        // A band of choices reaches around its middle, a range of numbers from value to value.
        let around = 0.5 * frame.y.band() * (frame.bottom - frame.top);
        for (stage, low, high) in &self.spans {
            let (x, bottom) = frame.place(*stage as f64 - 1.0, *low);
            let (_, top) = frame.place(*stage as f64 - 1.0, *high);
            let (top, bottom) = (top - around.max(2.0), bottom + around.max(2.0));
            let hint = format!("stage {stage}");
            canvas.rect((x - wide / 2.0, top), (wide, bottom - top), "band", None, &hint);
        }
        let place = |mark: &Mark| {
            let (x, y) = frame.place(mark.x - 1.0, mark.y);
            let share = (mark.trial as f64 * 0.618_033_988_749_895).fract() - 0.5;
            (x + 0.7 * share * wide, y)
        };
        for mark in thin(&self.marks, self.best, place, 3.0, MOST) {
            let is_best = Some(mark.trial) == self.best;
            let (radius, class) = if is_best { (4.5, "best") } else { (2.2, "p") };
            canvas.dot(place(mark), radius, class, Some(mark.trial), &mark.hint);
        }
        canvas
    }
}
