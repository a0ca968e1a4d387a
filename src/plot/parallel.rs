//! All parameters of many trials at once: an axis for each, and a line for every trial.

use super::figure::{Chart, Figure};
use super::legend::Key;
use super::runs::{Runs, left_out};
use super::scale::Scale;
use crate::svg::{Anchor, Canvas, SMALL, width as text_width};

struct Parallel {
    rows: Vec<Row>,
    lines: Vec<Line>,
}

struct Row {
    name: String,
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
/// Most axes of parameters, and most lines in the background and before it.
const AXES: usize = 12;
const LINES: usize = 250;
const GOOD: usize = 40;
/// The share of the trials that counts as good.
const BEST: f64 = 0.1;
/// Narrower pictures have their axes below one another instead of beside one another.
const NARROW: f64 = 560.0;
/// Height of axes that stand beside one another.
const HEIGHT: f64 = 300.0;
/// From an axis to the one below it.
const ROW: f64 = 74.0;
/// Where trials in which a parameter does not exist pass its axis, before its low end.
const ABSENT: f64 = 20.0;
/// Room for the labels of the last axis.
const LABELS: f64 = 58.0;
/// What a mark before an axis says.
const NOT_THERE: &str = "trials in which the parameter does not exist";

/// Over some parameters, in this order.
pub(super) fn figure(runs: &Runs<'_>, axes: &[(usize, String)]) -> Figure {
    let mut complete: Vec<_> = runs.complete().collect();
    if complete.is_empty() || axes.is_empty() {
        return Figure::empty(TITLE, "No trial is complete yet.");
    }
    let shown = &axes[..axes.len().min(AXES)];
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
            Row { name: name.clone(), scale, conditional: of.condition().is_some() }
        })
        .collect();
    rows.push(Row { name: "goal".into(), scale: goal.scale.clone(), conditional: false });
    let caption = format!(
        "Each line is a trial; the best {} of {} stand out. Where their lines meet on an axis, good \
         trials agree on that parameter.",
        good,
        complete.len()
    ) + &left_out(shown.len(), axes.len());
    Figure::new(TITLE, caption, Parallel { rows, lines })
}

impl Chart for Parallel {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let keys = [(Key::Line, "l1", "the best trials"), (Key::Line, "l", "others")];
        let top = canvas.legend((0.0, 0.0), &keys) + 14.0;
        if canvas.width < NARROW {
            self.draw_below(&mut canvas, top);
        } else {
            self.draw_beside(&mut canvas, top);
        }
        canvas
    }
}

impl Parallel {
    fn absent(&self) -> f64 {
        if self.rows.iter().any(|row| row.conditional) { ABSENT } else { 0.0 }
    }

    /// Upright axes from left to right, the low ends at the bottom.
    fn draw_beside(&self, canvas: &mut Canvas, top: f64) {
        let top = top + 22.0;
        let bottom = top + HEIGHT;
        let step = (canvas.width - LABELS - 8.0) / (self.rows.len() - 1).max(1) as f64;
        let x = |at: usize| 8.0 + at as f64 * step;
        self.draw_lines(canvas, |at, place| match place {
            Some(place) => (x(at), bottom - place * HEIGHT),
            None => (x(at), bottom + self.absent()),
        });
        for (at, row) in self.rows.iter().enumerate() {
            let room = if at + 1 < self.rows.len() { step - 12.0 } else { LABELS };
            canvas.line((x(at), top), (x(at), bottom), "a");
            canvas.fitted((x(at) - 6.0, top - 14.0), Anchor::Start, "n halo", &row.name, room);
            if row.conditional {
                canvas.dot((x(at), bottom + self.absent()), 3.5, "o", None, NOT_THERE);
            }
            for tick in row.scale.ticks(6) {
                let y = bottom - tick.at * HEIGHT;
                canvas.line((x(at), y), (x(at) + 4.0, y), "a");
                let place = (x(at) + 7.0, y + 0.36 * SMALL);
                canvas.fitted(place, Anchor::Start, "m halo", &tick.label, room.min(LABELS));
            }
        }
        canvas.height = bottom + self.absent() + 12.0;
    }

    /// Level axes from top to bottom, with their names above them.
    fn draw_below(&self, canvas: &mut Canvas, top: f64) {
        let (left, right) = (self.absent() + 8.0, canvas.width - 12.0);
        let y = |at: usize| top + 20.0 + at as f64 * ROW;
        self.draw_lines(canvas, |at, place| match place {
            Some(place) => (left + place * (right - left), y(at)),
            None => (left - self.absent(), y(at)),
        });
        for (at, row) in self.rows.iter().enumerate() {
            canvas.line((left, y(at)), (right, y(at)), "a");
            let room = right - left;
            canvas.fitted((left, y(at) - 6.0), Anchor::Start, "n halo", &row.name, room);
            if row.conditional {
                canvas.dot((left - self.absent(), y(at)), 3.5, "o", None, NOT_THERE);
            }
            row.draw_ticks(canvas, (left, right), y(at));
        }
        canvas.height = y(self.rows.len() - 1) + 26.0;
    }

    /// A line for each trial. `at` says where an axis has a place between 0 and 1, or none.
    fn draw_lines(&self, canvas: &mut Canvas, at: impl Fn(usize, Option<f64>) -> (f64, f64)) {
        for line in &self.lines {
            let place = |(axis, value): (usize, &Option<f64>)| {
                let scale = &self.rows[axis].scale;
                at(axis, value.map(|value| scale.place(value).clamp(0.0, 1.0)))
            };
            let places: Vec<(f64, f64)> = line.values.iter().enumerate().map(place).collect();
            let class = if line.best {
                "l1"
            } else if line.good {
                "good"
            } else {
                "thin"
            };
            canvas.path(&places, class, Some(line.trial), &line.hint);
        }
    }
}

impl Row {
    fn draw_ticks(&self, canvas: &mut Canvas, (left, right): (f64, f64), y: f64) {
        let ticks = self.scale.ticks_along(right - left, SMALL);
        let room = match (self.scale.is_bands(), ticks.as_slice()) {
            (true, [first, second, ..]) => (second.at - first.at) * (right - left) - 6.0,
            (true, _) => right - left,
            (false, _) => 90.0,
        };
        for tick in ticks {
            let x = left + tick.at * (right - left);
            canvas.line((x, y), (x, y + 4.0), "a");
            let half = text_width(&tick.label, SMALL).min(room) / 2.0;
            let x = x.min(canvas.width - half).max(half);
            canvas.fitted((x, y + 16.0), Anchor::Middle, "m halo", &tick.label, room);
        }
    }
}
