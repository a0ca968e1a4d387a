//! What the model of the goal says over two parameters.

use super::axes::{Axes, Frame};
use super::figure::{Chart, Figure, Panels};
use super::isobands::isobands;
use super::runs::{Mark, Runs, thin};
use super::scale::Scale;
use crate::analysis::Response;
use crate::space::Point;
use crate::surrogate::{Codes, Encoding, Inputs, Latent};
use crate::svg::{Anchor, Canvas, SMALL, width as text_width};
use crate::text::number;
use crate::trial::Direction;

/// The model of the goal, from which contours are drawn.
pub(super) struct Surface<'a> {
    pub(super) runs: &'a Runs<'a>,
    pub(super) encoding: &'a Encoding,
    pub(super) response: &'a Response,
    /// The other parameters are as in this point.
    pub(super) around: &'a Point,
}

struct Contour {
    x: Scale,
    y: Scale,
    names: (String, String),
    /// The model's mean, row by row from the lowest y, on the model's own scale: 0 is the lowest
    /// that is shown and 1 the highest.
    heights: Vec<Vec<f64>>,
    /// The values of x and y that these are for.
    values: (Vec<f64>, Vec<f64>),
    ends: (f64, f64),
    maximize: bool,
    marks: Vec<Mark>,
    best: Option<u64>,
}

pub(super) const TITLE: &str = "Contour";
const HEIGHT: f64 = 300.0;
/// Values of a parameter that can take many.
const VALUES: usize = 21;
/// Colours of the ramp.
const COLOURS: usize = 9;
const MOST: usize = 160;

impl Surface<'_> {
    /// Over two different parameters, each with a name to show.
    pub(super) fn figure(&self, x: (usize, &str), y: (usize, &str)) -> Figure {
        let contour = self.contour(x, y);
        let better = if contour.maximize { "higher" } else { "lower" };
        let (goal, best) = match self.runs.is_about_one_of_several() {
            true => (self.runs.goal_name(), "trial that is best in it"),
            false => ("the goal".to_owned(), "best trial"),
        };
        let caption = format!(
            "What the model expects of {goal} over {} and {}, with the other parameters as in the \
             {best}. Stronger colour is better ({better}); dots are trials, whose other \
             parameters differ.",
            x.1, y.1
        );
        let charts = vec![(String::new(), Box::new(contour) as Box<dyn Chart>)];
        Figure::new(TITLE, caption, Panels { charts, columns: 1 })
    }

    fn contour(&self, x: (usize, &str), y: (usize, &str)) -> Contour {
        let axes = self.runs.trials.space().axes();
        let tried = |axis: usize| {
            self.runs.complete().filter_map(move |(trial, _)| trial.point().get(axis))
        };
        let (x_scale, y_scale) =
            (Scale::of(&axes[x.0], tried(x.0)), Scale::of(&axes[y.0], tried(y.0)));
        let (columns, rows) = (values(&x_scale), values(&y_scale));
        let mut inputs = Inputs::new(self.encoding.len());
        for row in &rows {
            for column in &columns {
                inputs.push(&self.codes([(x.0, *column), (y.0, *row)]));
            }
        }
        let (means, _) = self.response.posterior.predict_many(&inputs);
        let low = means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let span = (high - low).max(1e-9);
        let heights = means
            .chunks(columns.len().max(1))
            .map(|row| row.iter().map(|mean| (mean - low) / span).collect())
            .collect();
        let marks = self.runs.complete().filter_map(|(trial, _)| {
            let place = (trial.point().get(x.0)?, trial.point().get(y.0)?);
            let hint = self.runs.hint(trial);
            Some(Mark { trial: trial.number(), x: place.0, y: place.1, hint })
        });
        Contour {
            names: (x.1.to_owned(), y.1.to_owned()),
            heights,
            values: (columns, rows),
            ends: (self.response.natural(low), self.response.natural(high)),
            maximize: self.runs.direction == Direction::Maximize,
            marks: marks.collect(),
            best: self.runs.best,
            x: x_scale,
            y: y_scale,
        }
    }

    /// The codes of the point in the middle with two values changed, and with the choices under
    /// which these parameters exist.
    fn codes(&self, changes: [(usize, f64); 2]) -> Codes {
        let mut latent = self.encoding.latent(&self.encoding.encode(self.around));
        for (axis, _) in changes {
            let mut condition = self.encoding.space().axes()[axis].condition();
            while let Some(needed) = condition {
                self.set(&mut latent, needed.axis, needed.choice as f64);
                condition = self.encoding.space().axes()[needed.axis].condition();
            }
        }
        for (axis, value) in changes {
            self.set(&mut latent, axis, value);
        }
        self.encoding.encode(&self.encoding.decode(&latent))
    }

    fn set(&self, latent: &mut Latent, axis: usize, value: f64) {
        let Some(feature) = self.encoding.feature(axis) else { return };
        let distribution = self.encoding.space().axes()[axis].distribution();
        latent[feature] = match self.encoding.features()[feature].is_choice() {
            true => value,
            false => distribution.to_unit(value),
        };
    }
}

/// The values at which the model is asked: all, or evenly over the scale.
fn values(scale: &Scale) -> Vec<f64> {
    let evenly = || (0..VALUES).map(|at| scale.value(at as f64 / (VALUES - 1) as f64)).collect();
    scale.values(VALUES).filter(|values| values.len() > 1).unwrap_or_else(evenly)
}

/// The place on a scale that lies at a share of the way from one of the values to the next.
fn between(scale: &Scale, values: &[f64], at: f64) -> f64 {
    let last = values.len() - 1;
    let before = (at as usize).min(last);
    let (from, to) = (scale.place(values[before]), scale.place(values[(before + 1).min(last)]));
    from + (at - before as f64) * (to - from)
}

impl Chart for Contour {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        // Wider than high it says no more.
        canvas.width = canvas.width.min(560.0);
        let top = self.draw_ramp(&mut canvas);
        let frame = Axes {
            x: self.x.clone(),
            y: self.y.clone(),
            x_title: &self.names.0,
            y_title: &self.names.1,
            height: HEIGHT,
            strip: false,
        }
        .draw(&mut canvas, top);
        if self.x.is_bands() || self.y.is_bands() {
            self.draw_fields(&mut canvas, &frame);
        } else {
            self.draw_bands(&mut canvas, &frame);
        }
        let place = |mark: &Mark| frame.spread(mark.x, mark.y, mark.trial);
        for mark in thin(&self.marks, None, place, 5.0, MOST) {
            canvas.dot(place(mark), 2.4, "spot", Some(mark.trial), &mark.hint);
        }
        for mark in self.marks.iter().filter(|mark| Some(mark.trial) == self.best) {
            canvas.dot(place(mark), 5.0, "best", Some(mark.trial), &mark.hint);
        }
        canvas
    }
}

impl Contour {
    /// Of a height between 0 and 1; the better, the stronger.
    fn colour(&self, height: f64) -> usize {
        let weight = if self.maximize { height } else { 1.0 - height };
        ((weight * COLOURS as f64) as usize).min(COLOURS - 1)
    }

    /// The ramp from the worst to the best value. Returns where it ends.
    fn draw_ramp(&self, canvas: &mut Canvas) -> f64 {
        const CELL: f64 = 16.0;
        let (worst, best) = if self.maximize { self.ends } else { (self.ends.1, self.ends.0) };
        let baseline = 11.0;
        let worst = number(worst, Some(4));
        canvas.text((0.0, baseline), Anchor::Start, "m", &worst);
        let left = text_width(&worst, SMALL) + 6.0;
        for colour in 0..COLOURS {
            let class = format!("s{colour}");
            canvas.rect((left + CELL * colour as f64, 2.0), (CELL, 10.0), &class, None, "");
        }
        let end = left + CELL * COLOURS as f64 + 6.0;
        canvas.text((end, baseline), Anchor::Start, "m", &number(best, Some(4)));
        18.0
    }

    /// Choices as fields of one colour.
    fn draw_fields(&self, canvas: &mut Canvas, frame: &Frame) {
        let columns = self.heights.first().map_or(0, Vec::len);
        let (wide, high) = (
            (frame.right - frame.left) / columns.max(1) as f64,
            (frame.bottom - frame.top) / self.heights.len().max(1) as f64,
        );
        for (row, heights) in self.heights.iter().enumerate() {
            let mut start = 0;
            while start < columns {
                let colour = self.colour(heights[start]);
                let same = heights[start..].iter().take_while(|one| self.colour(**one) == colour);
                let end = start + same.count();
                let place =
                    (frame.left + start as f64 * wide, frame.bottom - (row + 1) as f64 * high);
                let size = ((end - start) as f64 * wide, high);
                canvas.rect(place, size, &format!("s{colour}"), None, "");
                start = end;
            }
        }
    }

    fn draw_bands(&self, canvas: &mut Canvas, frame: &Frame) {
        let (columns, rows) = &self.values;
        let place = |(x, y): (f64, f64)| {
            let (x, y) = (between(&self.x, columns, x), between(&self.y, rows, y));
            (
                frame.left + x * (frame.right - frame.left),
                frame.bottom - y * (frame.bottom - frame.top),
            )
        };
        let area = (frame.right - frame.left, frame.bottom - frame.top);
        canvas.rect((frame.left, frame.top), area, "s0", None, "");
        let weights: Vec<Vec<f64>> = self
            .heights
            .iter()
            .map(|row| row.iter().map(|one| if self.maximize { *one } else { 1.0 - one }).collect())
            .collect();
        for colour in 1..COLOURS {
            let path = isobands(&weights, colour as f64 / COLOURS as f64, place);
            if !path.is_empty() {
                canvas.raw_path(&path, &format!("s{colour}"), "");
            }
        }
    }
}
