//! A picture with its title and what it shows in words.

use std::fmt;
use std::sync::Arc;

use super::STYLE;
use crate::nas::{Cell, Network};
use crate::svg::{Anchor, Canvas, Document, FONT, LINE, fit, width};

/// A picture: a title, a sentence on what it shows, and a drawing that adapts to a width.
///
/// ```
/// # use tunewright::{Params, Study, Trial, space::{Scale, Space}};
/// # let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
/// # let study = Study::in_space(space).seed(1).build()?;
/// # study.optimize(|p: Params, _: &mut Trial| p.float("x").map(|x| x * x), 5)?;
/// let history = study.pictures()?.history();
/// println!("{}", history.caption());
/// let wide = history.to_svg();
/// let for_a_phone = history.width(380.0).to_svg();
/// # assert!(wide.starts_with("<svg") && for_a_phone.contains("width=\"380\""));
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone)]
pub struct Figure {
    title: String,
    caption: String,
    drawing: Drawing,
    width: f64,
}

#[derive(Clone)]
enum Drawing {
    Chart(Arc<dyn Chart>),
    /// A document that was drawn elsewhere.
    Svg(String),
    Nothing,
}

/// What can be drawn at any width.
pub(super) trait Chart: Send + Sync {
    /// Draws on an empty canvas, as wide as that is.
    fn draw(&self, canvas: Canvas) -> Canvas;

    /// The charts that it consists of, with their titles, where a page may arrange them itself.
    fn panels(&self) -> &[(String, Box<dyn Chart>)] {
        &[]
    }
}

/// Charts beside and below one another.
pub(super) struct Panels {
    pub(super) charts: Vec<(String, Box<dyn Chart>)>,
    /// Most columns.
    pub(super) columns: usize,
}

/// Narrowest picture, and the width of pictures unless told otherwise.
const NARROWEST: f64 = 300.0;
const WIDTH: f64 = 880.0;
/// Narrowest panel, and the room between two.
const PANEL: f64 = 240.0;
const GAP: f64 = 28.0;
/// Room around a picture.
const MARGIN: f64 = 20.0;

impl Figure {
    pub(super) fn new(title: &str, caption: String, chart: impl Chart + 'static) -> Self {
        Figure { drawing: Drawing::Chart(Arc::new(chart)), ..Figure::empty(title, caption) }
    }

    /// A picture without anything to show, and why.
    pub(super) fn empty(title: &str, reason: impl Into<String>) -> Self {
        let (title, caption) = (title.to_owned(), reason.into());
        Figure { title, caption, drawing: Drawing::Nothing, width: WIDTH }
    }

    pub(crate) fn drawn(title: &str, caption: String, svg: String) -> Self {
        Figure { drawing: Drawing::Svg(svg), ..Figure::empty(title, caption) }
    }

    /// What the picture is.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it shows, in a plain sentence or two; of an [empty](Self::is_empty) picture, why there
    /// is nothing to see.
    pub fn caption(&self) -> &str {
        &self.caption
    }

    /// Whether the trials have nothing for this picture yet.
    pub fn is_empty(&self) -> bool {
        matches!(self.drawing, Drawing::Nothing)
    }

    /// How wide the picture is, in pixels: 880 unless told otherwise, and at least 300. Text keeps
    /// its size, so that a picture of 380 pixels can be read on a phone.
    pub fn width(mut self, pixels: f64) -> Self {
        self.width = if pixels.is_finite() { pixels.clamp(NARROWEST, 10_000.0) } else { WIDTH };
        self
    }

    /// With another title.
    pub fn titled(mut self, title: &str) -> Self {
        self.title = title.to_owned();
        self
    }

    /// The picture with its title and caption, as an SVG document of its own: without scripts and
    /// references, with hints for those who point at its marks. It follows the reader's light or
    /// dark setting; the attribute `data-theme`, `light` or `dark`, on the document or around it
    /// decides otherwise.
    pub fn to_svg(&self) -> String {
        let inner = self.width - 2.0 * MARGIN;
        let mut canvas = Canvas::new(self.width);
        canvas.fitted((MARGIN, MARGIN + 14.0), Anchor::Start, "h", &self.title, 0.92 * inner);
        let mut y = MARGIN + 18.0;
        for line in lines(&self.caption, inner) {
            y += LINE;
            canvas.text((MARGIN, y), Anchor::Start, "m", &line);
        }
        y += 14.0;
        match &self.drawing {
            Drawing::Chart(chart) => canvas.inset((MARGIN, y), chart.draw(Canvas::new(inner))),
            Drawing::Svg(svg) => return svg.clone(),
            Drawing::Nothing => canvas.height = y,
        }
        canvas.height += MARGIN;
        document(canvas, &self.title, &self.caption, true)
    }

    /// The drawing alone, for a page that has the style, title and caption, and that knows the
    /// trials.
    pub(crate) fn to_inline(&self, width: f64) -> Option<String> {
        match &self.drawing {
            Drawing::Chart(chart) => {
                let canvas = chart.draw(Canvas::on_page(width));
                Some(document(canvas, &self.title, &self.caption, false))
            }
            Drawing::Svg(svg) => Some(svg.clone()),
            Drawing::Nothing => None,
        }
    }

    /// The panels of the drawing one by one, each so wide, for a page that arranges them; empty if
    /// the drawing has no or just one panel.
    pub(crate) fn to_inline_panels(&self, width: f64) -> Vec<String> {
        let panels = match &self.drawing {
            Drawing::Chart(chart) => chart.panels(),
            Drawing::Svg(_) | Drawing::Nothing => &[],
        };
        if panels.len() < 2 {
            return Vec::new();
        }
        let draw = |(title, chart): &(String, Box<dyn Chart>)| {
            let canvas = panel(Canvas::on_page(width), title, chart.as_ref());
            document(canvas, title, &self.title, false)
        };
        panels.iter().map(draw).collect()
    }

    /// Whether the drawing is the same at every width.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self.drawing, Drawing::Svg(_))
    }
}

fn document(mut canvas: Canvas, title: &str, caption: &str, alone: bool) -> String {
    canvas.width = canvas.width.round();
    canvas.height = canvas.height.ceil();
    let document = Document {
        class: "tw",
        label: &format!("{title}. {caption}"),
        description: "",
        style: alone.then_some((STYLE, 0.0)),
        origin: (0.0, 0.0),
    };
    document.finish(canvas)
}

/// The text in lines that fit.
fn lines(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, FONT) + width(word, FONT) + 4.0 <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, FONT, room)),
        }
    }
    lines
}

/// A chart below its title.
fn panel(mut canvas: Canvas, title: &str, chart: &dyn Chart) -> Canvas {
    let width = canvas.width;
    let top = if title.is_empty() { 0.0 } else { 24.0 };
    canvas.fitted((0.0, 15.0), Anchor::Start, "n", title, width);
    let drawn = chart.draw(canvas.another(width));
    canvas.inset((0.0, top), drawn);
    canvas
}

impl Chart for Panels {
    fn panels(&self) -> &[(String, Box<dyn Chart>)] {
        &self.charts
    }

    fn draw(&self, mut canvas: Canvas) -> Canvas {
        let width = canvas.width;
        let fitting = ((width + GAP) / (PANEL + GAP)).floor().max(1.0) as usize;
        let columns = fitting.min(self.columns).min(self.charts.len()).max(1);
        let wide = (width - GAP * (columns - 1) as f64) / columns as f64;
        let mut top = 0.0;
        for row in self.charts.chunks(columns) {
            for (at, (title, chart)) in row.iter().enumerate() {
                let left = at as f64 * (wide + GAP);
                let inner = panel(canvas.another(wide), title, chart.as_ref());
                canvas.inset((left, top), inner);
            }
            top = canvas.height + 18.0;
        }
        canvas
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figure")
            .field("title", &self.title)
            .field("caption", &self.caption)
            .finish_non_exhaustive()
    }
}

impl From<&Network> for Figure {
    fn from(network: &Network) -> Self {
        Figure::drawn("Architecture", network.to_string(), network.to_svg())
    }
}

impl From<&Cell> for Figure {
    fn from(cell: &Cell) -> Self {
        Figure::drawn("Cell", cell.to_string(), cell.to_svg())
    }
}
