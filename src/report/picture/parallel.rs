//! All parameters of many trials at once: an axis below the other, and a line for every trial.

use super::canvas::{Anchor, Canvas, Key, SMALL};
use super::figure::{Chart, Figure};
use super::runs::{Runs, count};
use super::scale::Scale;
use crate::math::text::width as text_width;
use crate::space::Distribution;

struct Parallel {
    rows: Vec<Row>,
    lines: Vec<Line>,
}

struct Row {
    name: String,
    /// What lies between the ends of the axis.
    range: String,
    scale: Scale,
    /// Whether the parameter exists under some choice only.
    conditional: bool,
}

struct Line {
    trial: u64,
    /// One per row; `None` where the parameter does not exist.
    values: Vec<Option<f64>>,
    hint: String,
    good: bool,
    best: bool,
}

const TITLE: &str = "Parallel coordinates";
/// Most axes, and most lines in the background and before it.
const ROWS: usize = 24;
const LINES: usize = 250;
const GOOD: usize = 40;
/// The share of the trials that counts as good.
const BEST: f64 = 0.1;
/// Height of a row.
const ROW: f64 = 46.0;
/// Where trials in which a parameter does not exist pass its axis, left of it.
const ABSENT: f64 = 20.0;

/// Over some parameters, in this order.
pub(super) fn figure(runs: &Runs<'_>, axes: &[(usize, String)]) -> Figure {
    let mut complete: Vec<_> = runs.complete().collect();
    if complete.is_empty() || axes.is_empty() {
        return Figure::empty(TITLE, "No trial is complete yet.");
    }
    let shown = &axes[..axes.len().min(ROWS)];
    complete.sort_by(|(_, one), (_, other)| {
        runs.direction.orient(*one).total_cmp(&runs.direction.orient(*other))
    });
    let good = ((complete.len() as f64 * BEST).ceil() as usize).min(complete.len());
    let step = (complete.len() - good).div_ceil(LINES).max(1);
    let good_step = good.div_ceil(GOOD).max(1);
    let background = complete[good..].iter().step_by(step).map(|trial| (trial, false));
    let before = complete[..good].iter().step_by(good_step).map(|trial| (trial, true));
    let goal = runs.goal();
    // The best line comes last, on top of the others.
    let lines: Vec<Line> = background
        .chain(before.collect::<Vec<_>>().into_iter().rev())
        .map(|((trial, value), good)| {
            let values = shown.iter().map(|(axis, _)| trial.point().get(*axis));
            Line {
                trial: trial.number(),
                values: values.chain([Some(*value)]).collect(),
                hint: runs.hint(trial),
                good,
                best: Some(trial.number()) == runs.best,
            }
        })
        .collect();
    let space = runs.trials.space().axes();
    let mut rows: Vec<Row> = shown
        .iter()
        .map(|(axis, name)| {
            let of = &space[*axis];
            let tried = complete.iter().filter_map(|(trial, _)| trial.point().get(*axis));
            let scale = Scale::of(of, tried);
            let range = match of.distribution() {
                Distribution::Choice(choice) => count(choice.labels().len(), "choice"),
                Distribution::Numeric(_) => ends(&scale),
            };
            Row { name: name.clone(), range, scale, conditional: of.condition().is_some() }
        })
        .collect();
    rows.push(Row {
        name: "goal".into(),
        range: ends(&goal.scale),
        scale: goal.scale.clone(),
        conditional: false,
    });
    let mut caption = format!(
        "Each line is a trial; the best {} of {} stand out. Where their lines meet on an axis, good \
         trials agree on that parameter.",
        good,
        complete.len()
    );
    if shown.len() < axes.len() {
        caption += &format!(" {} of {} parameters are shown.", shown.len(), axes.len());
    }
    Figure::new(TITLE, caption, Parallel { rows, lines })
}

fn ends(scale: &Scale) -> String {
    let text = |at| crate::math::text::number(scale.value(at), Some(3));
    format!("{} to {}", text(0.0), text(1.0))
}

impl Chart for Parallel {
    fn draw(&self, width: f64) -> Canvas {
        let mut canvas = Canvas::new(width);
        let keys = [(Key::Line, "l1", "the best trials"), (Key::Line, "l", "others")];
        let top = canvas.legend((0.0, 0.0), &keys) + 14.0;
        let gutter = (0.3 * width).clamp(96.0, 210.0);
        let absent = if self.rows.iter().any(|row| row.conditional) { ABSENT } else { 0.0 };
        let (left, right) = (gutter + 14.0 + absent, width - 12.0);
        let y = |row: usize| top + 12.0 + row as f64 * ROW;
        let place = |row: usize, value: Option<f64>| match value {
            Some(value) => {
                let at = self.rows[row].scale.place(value).clamp(0.0, 1.0);
                (left + at * (right - left), y(row))
            }
            None => (left - absent, y(row)),
        };
        for line in &self.lines {
            let places: Vec<(f64, f64)> =
                line.values.iter().enumerate().map(|(row, value)| place(row, *value)).collect();
            let class = if line.best {
                "l1"
            } else if line.good {
                "good"
            } else {
                "thin"
            };
            canvas.path(&places, class, Some(line.trial), &line.hint);
        }
        for (at, row) in self.rows.iter().enumerate() {
            canvas.line((left, y(at)), (right, y(at)), "a");
            canvas.fitted((0.0, y(at) - 1.0), Anchor::Start, "n", &row.name, gutter);
            canvas.fitted((0.0, y(at) + 14.0), Anchor::Start, "m", &row.range, gutter);
            if row.conditional {
                let end = (left - absent, y(at));
                canvas.dot(end, 3.5, "o", None, "trials in which the parameter does not exist");
            }
            self.draw_ticks(&mut canvas, row, left, right, y(at));
        }
        canvas.height = y(self.rows.len() - 1) + 26.0;
        canvas
    }
}

impl Parallel {
    fn draw_ticks(&self, canvas: &mut Canvas, row: &Row, left: f64, right: f64, y: f64) {
        let ticks = row.scale.ticks_along(right - left, SMALL);
        let room = match (row.scale.is_bands(), ticks.as_slice()) {
            (true, [first, second, ..]) => (second.at - first.at) * (right - left) - 6.0,
            (true, _) => right - left,
            (false, _) => 90.0,
        };
        for tick in ticks {
            let x = left + tick.at * (right - left);
            canvas.line((x, y), (x, y + 4.0), "a");
            let half = text_width(&tick.label, SMALL).min(room) / 2.0;
            let x = x.min(canvas.width - half);
            canvas.fitted((x, y + 16.0), Anchor::Middle, "m halo", &tick.label, room);
        }
    }
}
