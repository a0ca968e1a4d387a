//! What each parameter does to a metric, with how sure that is.

use super::axes::Axes;
use super::figure::{Chart, Figure, Panels};
use super::runs::{PANELS, count, left_out, short};
use super::scale::Scale;
use crate::analysis::{Effect, Effects, MetricScale};
use crate::space::Space;
use crate::svg::Canvas;
use crate::text::{DIGITS, number};

struct Curve {
    metric: String,
    x: Scale,
    y: Scale,
    ordered: bool,
    points: Vec<Point>,
}

struct Point {
    x: f64,
    mean: f64,
    low: f64,
    high: f64,
    tried: bool,
    hint: String,
}

const HEIGHT: f64 = 140.0;

/// The effects on one metric, of the parameters in this order; of many, the first ones.
pub(super) fn figure(
    effects: &Effects,
    metric: &str,
    space: &Space,
    axes: &[(usize, String)],
) -> Figure {
    let title = format!("Effects on {metric}");
    let of = |(axis, name): &(usize, String)| {
        let parameter = &space.axes()[*axis];
        let all = &effects.effects;
        let effect =
            all.iter().find(|one| one.parameter == parameter.name() && one.metric == metric)?;
        Some((parameter, name.clone(), effect))
    };
    let found: Vec<_> = axes.iter().filter_map(of).collect();
    if found.is_empty() {
        return Figure::empty(&title, "The trials do not yet show effects on this metric.");
    }
    let y = scale(found.iter().map(|(_, _, effect)| *effect));
    let shown = found.iter().filter(|(_, _, effect)| effect.is_shown()).count();
    let untried = found.iter().any(|(_, _, effect)| effect.points.iter().any(|point| !point.tried));
    let all = found.len();
    let panels = found.into_iter().take(PANELS).map(|(parameter, name, effect)| {
        let natural = |point: &crate::analysis::EffectPoint| {
            parameter.distribution().parse(&point.value).or_else(|| point.value.as_f64())
        };
        let points = effect.points.iter().filter_map(|point| {
            let parts = [point.mean, point.low, point.high];
            let x = natural(point).filter(|_| parts.iter().all(|part| part.is_finite()))?;
            Some(Point {
                x,
                mean: point.mean,
                low: point.low,
                high: point.high,
                tried: point.tried,
                hint: hint(&name, metric, point),
            })
        });
        let points: Vec<Point> = points.collect();
        let x = Scale::of(parameter, points.iter().map(|point| point.x));
        let curve =
            Curve { metric: metric.to_owned(), x, y: y.clone(), ordered: effect.ordered, points };
        (name, Box::new(curve) as Box<dyn Chart>)
    });
    let panels: Vec<_> = panels.collect();
    let mut caption = format!(
        "The {metric} over each parameter, averaged over the others, with bands that hold the \
         average with 95 %. Of {} the trials show what {shown} {}. All panels have the same \
         vertical scale.",
        count(all, "parameter"),
        if shown == 1 { "does" } else { "do" }
    );
    if untried {
        caption += " Dashes and rings: no trial there.";
    }
    caption += &left_out(panels.len(), all);
    Figure::new(&title, caption, Panels { charts: panels, columns: 3 })
}

fn hint(name: &str, metric: &str, point: &crate::analysis::EffectPoint) -> String {
    let text = |value| number(value, Some(4));
    format!(
        "{name} = {}\n{metric} {} ({} to {})",
        short(&point.value.rounded()),
        number(point.mean, Some(DIGITS)),
        text(point.low),
        text(point.high)
    )
}

/// One scale for all panels, so that they can be compared. Bands that reach far beyond all averages
/// are cut.
fn scale<'a>(effects: impl Iterator<Item = &'a Effect>) -> Scale {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut band_low, mut band_high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut is_log = false;
    for effect in effects {
        is_log |= effect.scale == MetricScale::Log;
        for point in effect.points.iter().filter(|point| point.mean.is_finite()) {
            (low, high) = (low.min(point.mean), high.max(point.mean));
            (band_low, band_high) = (band_low.min(point.low), band_high.max(point.high));
        }
    }
    if is_log && low > 0.0 {
        let reach = (high / low).powf(0.7).max(1.02);
        return Scale::log((low / reach).max(band_low), (high * reach).min(band_high));
    }
    let reach = 0.7 * (high - low).max(1e-12 * high.abs());
    Scale::linear((low - reach).max(band_low), (high + reach).min(band_high))
}

impl Chart for Curve {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let frame = Axes {
            x: self.x.clone(),
            y: self.y.clone(),
            x_title: "",
            y_title: &self.metric,
            height: HEIGHT,
            strip: false,
        }
        .draw(&mut canvas, 0.0);
        let means: Vec<(f64, f64)> =
            self.points.iter().map(|point| frame.place(point.x, point.mean)).collect();
        if self.ordered {
            let low = self.points.iter().rev().map(|point| frame.place(point.x, point.low));
            let high = self.points.iter().map(|point| frame.place(point.x, point.high));
            let band: Vec<(f64, f64)> = high.chain(low).collect();
            canvas.path(&band, "band", None, "");
            self.draw_line(&mut canvas, &means);
        } else {
            for (point, (x, _)) in self.points.iter().zip(&means) {
                let end = |value: f64| (*x, frame.place(point.x, value).1);
                canvas.line(end(point.low), end(point.high), "w");
            }
        }
        for (point, place) in self.points.iter().zip(&means) {
            let radius = if self.ordered { 2.2 } else { 4.0 };
            let class = if point.tried { "bar" } else { "o" };
            canvas.dot(*place, radius, class, None, &point.hint);
        }
        canvas
    }
}

impl Curve {
    /// Dashed where nothing was tried.
    fn draw_line(&self, canvas: &mut Canvas, means: &[(f64, f64)]) {
        let tried = |at: usize| self.points[at].tried;
        let mut start = 0;
        while start + 1 < means.len() {
            let inside = tried(start) && tried(start + 1);
            let mut end = start + 1;
            while end + 1 < means.len() && (tried(end) && tried(end + 1)) == inside {
                end += 1;
            }
            let class = if inside { "l" } else { "l dash" };
            canvas.path(&means[start..=end], class, None, "");
            start = end;
        }
    }
}
