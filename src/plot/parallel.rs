//! All parameters of many trials at once: an axis for each, and a line for every trial.

use super::figure::{Chart, Figure};
use super::legend::Key;
use super::runs::{Runs, left_out};
use super::scale::Scale;
use crate::svg::{Anchor, Canvas, SMALL, width as text_width};

pub(super) struct Parallel {
    pub(super) rows: Vec<Row>,
    pub(super) lines: Vec<Line>,
    pub(super) keys: Vec<(Key, &'static str, &'static str)>,
}

pub(super) struct Row {
    pub(super) name: String,
    pub(super) scale: Scale,
    /// Whether the parameter exists under some choice only.
    pub(super) conditional: bool,
    /// Whether high values stand where low ones do otherwise.
    pub(super) flipped: bool,
    /// A value that is marked.
    pub(super) limit: Option<f64>,
}

pub(super) struct Line {
    pub(super) trial: u64,
    /// One per row; `None` where the parameter does not exist.
    pub(super) values: Vec<Option<f64>>,
    pub(super) hint: String,
    pub(super) class: &'static str,
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
                class: match good {
                    _ if Some(trial.number()) == runs.best => "l1",
                    true => "good",
                    false => "thin",
                },
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
            Row { conditional: of.condition().is_some(), ..Row::new(name.clone(), scale) }
        })
        .collect();
    rows.push(Row::new(goal.name.clone(), goal.scale.clone()));
    let of_goal =
        if runs.has_several_goals() { format!(" in {}", goal.name) } else { String::new() };
    let caption = format!(
        "Each line is a trial; the best {} of {}{of_goal} stand out. Where their lines meet on an axis, good \
         trials agree on that parameter.",
        good,
        complete.len()
    ) + &left_out(shown.len(), axes.len());
    let keys = vec![(Key::Line, "l1", "the best trials"), (Key::Line, "l", "others")];
    Figure::new(TITLE, caption, Parallel { rows, lines, keys })
}

impl Chart for Parallel {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let top = canvas.legend((0.0, 0.0), &self.keys) + 14.0;
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
            if let Some(limit) = row.limit {
                let y = bottom - row.place(limit) * HEIGHT;
                canvas.line((x(at) - 9.0, y), (x(at) + 9.0, y), "bound");
            }
            for tick in row.scale.ticks(6) {
                let y = bottom - row.turned(tick.at) * HEIGHT;
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
            if let Some(limit) = row.limit {
                let x = left + row.place(limit) * (right - left);
                canvas.line((x, y(at) - 9.0), (x, y(at) + 9.0), "bound");
            }
            row.draw_ticks(canvas, (left, right), y(at));
        }
        canvas.height = y(self.rows.len() - 1) + 26.0;
    }

    /// A line for each trial. `at` says where an axis has a place between 0 and 1, or none.
    fn draw_lines(&self, canvas: &mut Canvas, at: impl Fn(usize, Option<f64>) -> (f64, f64)) {
        for line in &self.lines {
            let place = |(axis, value): (usize, &Option<f64>)| {
                at(axis, value.map(|value| self.rows[axis].place(value)))
            };
            let places: Vec<(f64, f64)> = line.values.iter().enumerate().map(place).collect();
            canvas.path(&places, line.class, Some(line.trial), &line.hint);
        }
    }
}

impl Row {
    pub(super) fn new(name: String, scale: Scale) -> Self {
        Row { name, scale, conditional: false, flipped: false, limit: None }
    }

    /// Where a value lies between the ends.
    fn place(&self, value: f64) -> f64 {
        self.turned(self.scale.place(value).clamp(0.0, 1.0))
    }

    fn turned(&self, place: f64) -> f64 {
        if self.flipped { 1.0 - place } else { place }
    }

    fn draw_ticks(&self, canvas: &mut Canvas, (left, right): (f64, f64), y: f64) {
        let ticks = self.scale.ticks_along(right - left, SMALL);
        let room = match (self.scale.is_bands(), ticks.as_slice()) {
            (true, [first, second, ..]) => (second.at - first.at) * (right - left) - 6.0,
            (true, _) => right - left,
            (false, _) => 90.0,
        };
        for tick in ticks {
            let x = left + self.turned(tick.at) * (right - left);
            canvas.line((x, y), (x, y + 4.0), "a");
            let half = text_width(&tick.label, SMALL).min(room) / 2.0;
            let x = x.min(canvas.width - half).max(half);
            canvas.fitted((x, y + 16.0), Anchor::Middle, "m halo", &tick.label, room);
        }
    }
}
