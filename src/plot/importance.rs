//! Which parameters matter.

use super::figure::{Chart, Figure};
use super::legend::Key;
use super::runs::count;
use crate::analysis::{Importance, flat_in_words};
use crate::svg::{Anchor, Canvas, SMALL};

struct Bars {
    rows: Vec<Row>,
    largest: f64,
}

struct Row {
    name: String,
    share: f64,
    deviation: f64,
    /// Of pairs, `None`.
    best_region: Option<f64>,
}

const TITLE: &str = "Importance";
/// Most parameters, and most pairs.
const PARAMETERS: usize = 24;
const PAIRS: usize = 6;
const ROW: f64 = 30.0;
/// Narrower pictures have no room for names beside bars.
const NARROW: f64 = 520.0;

pub(super) fn figure(importance: &Importance, name: impl Fn(&str) -> String) -> Figure {
    let parameters: Vec<Row> = importance
        .parameters
        .iter()
        .take(PARAMETERS)
        .map(|one| Row {
            name: name(&one.parameter),
            share: one.share,
            deviation: one.deviation,
            best_region: Some(one.best_region),
        })
        .collect();
    let none = parameters.iter().all(|row| row.share <= 0.0 && row.best_region <= Some(0.0));
    if parameters.is_empty() || none {
        return Figure::empty(TITLE, "The trials do not yet show which parameters matter.");
    }
    let caption = caption(importance, &parameters);
    let pairs =
        importance.interactions.iter().filter(|pair| pair.share >= 0.01).take(PAIRS).map(|pair| {
            Row {
                name: format!("{} × {}", name(&pair.first), name(&pair.second)),
                share: pair.share,
                deviation: 0.0,
                best_region: None,
            }
        });
    let rows: Vec<Row> = parameters.into_iter().chain(pairs).collect();
    let reach = |row: &Row| (row.share + row.deviation).max(row.best_region.unwrap_or(0.0));
    let largest = rows.iter().map(reach).filter(|reach| reach.is_finite()).fold(0.05, f64::max);
    Figure::new(TITLE, caption, Bars { rows, largest })
}

fn caption(importance: &Importance, parameters: &[Row]) -> String {
    if !importance.is_shown() {
        return format!("{}. All of it may be chance.", sentence(&importance.verdict()));
    }
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let top = &parameters[0];
    let within = |at: usize| importance.parameters[at].within.as_deref();
    let where_it_is = within(0).map_or_else(String::new, |within| format!(" where {within}"));
    let mut caption = format!(
        "{} makes {} of the variation of the {}{where_it_is} in {}",
        top.name,
        percent(top.share),
        importance.metric,
        count(importance.trials, "trial")
    );
    // Of parameters that exist under a choice only, shares are of another whole.
    let comparable = |second: &&Row| second.share >= 0.005 && within(0) == within(1);
    if let Some(second) = parameters.get(1).filter(comparable) {
        caption += &format!(", {} {}", second.name, percent(second.share));
    }
    caption += ". ";
    if importance.leading.len() > 1 {
        let verdict = importance.verdict();
        caption += &format!("{}. ", sentence(verdict.lines().next().unwrap_or_default()));
    }
    if importance.parameters.iter().any(|one| one.within.is_some()) {
        caption += "Shares of parameters that exist only under a choice are shares of the variance there. ";
    }
    let treatment = sentence(&importance.treatment());
    caption += &format!(
        "{treatment}. The second bar is the share in what distinguishes the best tenth from the rest."
    );
    if let Some(flat) = flat_in_words(&importance.flat_parts) {
        caption += &format!(" {}.", sentence(&flat));
    }
    caption
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Chart for Bars {
    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let width = canvas.width;
        let mut keys = vec![
            (Key::Box, "bar", "share of the variance"),
            (Key::Box, "bar2", "share for the best tenth"),
        ];
        if self.rows.iter().any(|row| row.best_region.is_none()) {
            keys.push((Key::Box, "pair", "only together"));
        }
        if self.rows.iter().any(|row| row.deviation > 0.0) {
            keys.push((Key::Line, "w", "± one standard deviation"));
        }
        let top = canvas.legend((0.0, 0.0), &keys) + 4.0;
        // On a phone names stand above their bars.
        let above = width < NARROW;
        let gutter = if above { 0.0 } else { (0.34 * width).min(240.0) };
        let (left, right) = if above { (0.0, width - 52.0) } else { (gutter + 12.0, width - 52.0) };
        let (step, shift) = if above { (ROW + 17.0, 17.0) } else { (ROW, 0.0) };
        let long = |share: f64| (share / self.largest).clamp(0.0, 1.0) * (right - left);
        for (at, row) in self.rows.iter().enumerate() {
            let y = top + at as f64 * step + shift;
            match above {
                true => canvas.fitted((0.0, y - 2.0), Anchor::Start, "t", &row.name, width),
                false => canvas.fitted((gutter, y + 15.0), Anchor::End, "t", &row.name, gutter),
            }
            let percent = format!("{:.0} %", 100.0 * row.share);
            let hint = format!("{}: {percent} of the variance", row.name);
            let class = if row.best_region.is_some() { "bar" } else { "pair" };
            canvas.rect((left, y + 3.0), (long(row.share).max(1.0), 11.0), class, None, &hint);
            let mut end = left + long(row.share);
            if row.deviation > 0.0 {
                let low = left + long(row.share - row.deviation);
                end = left + long(row.share + row.deviation);
                canvas.line((low, y + 8.5), (end, y + 8.5), "w");
            }
            if let Some(best) = row.best_region.filter(|best| best.is_finite()) {
                let hint = format!("{}: {:.0} % for the best tenth", row.name, 100.0 * best);
                canvas.rect((left, y + 16.0), (long(best).max(1.0), 5.0), "bar2", None, &hint);
            }
            let place = (end + 6.0, y + 8.5 + 0.36 * SMALL);
            canvas.text(place, Anchor::Start, "m", &percent);
        }
        canvas.height = top + self.rows.len() as f64 * step;
        canvas.line((left, top), (left, canvas.height - 4.0), "a");
        canvas
    }
}
