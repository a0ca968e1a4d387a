//! Boxes with text, and lines with arrowheads between them.

use crate::svg::{Anchor, Canvas, Document, size, width};

/// Height of a line of text, in pixels as all lengths here.
const LINE: f64 = 18.0;
/// Room between a box's text and its border.
const PADDING: f64 = 12.0;
/// Room around everything.
const MARGIN: f64 = 16.0;

/// Colours that are told apart in light and dark and by colour-blind people, after Okabe & Ito.
const STYLE: &str = "\
.nas{color-scheme:light dark;font:13px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,\
sans-serif;--ink:#1d2733;--faint:#6b7683;--paper:#fff;--box:#f3f6fa;--edge:#c3ccd7;--line:#8995a3;\
--end:#e7ecf2;--0:#0072b2;--1:#c2570c;--2:#00795a;--3:#a4478a;--4:#8a6d00;--5:#3b4cc0}\
@media(prefers-color-scheme:dark){.nas{--ink:#e8edf3;--faint:#93a0ae;--paper:#12161c;--box:#1e252e;\
--edge:#3b4653;--line:#768392;--end:#2a333f;--0:#56b4e9;--1:#f0934e;--2:#35c495;--3:#dd8fc4;\
--4:#e3c04a;--5:#98a5ff}}\
.nas .paper{fill:var(--paper)}.nas .box{fill:var(--box);stroke:var(--edge)}\
.nas .end{fill:var(--end);stroke:var(--edge)}.nas text{fill:var(--ink)}\
.nas .mark{fill:var(--faint)}.nas .line{fill:none;stroke:var(--line);stroke-width:1.5}\
.nas .head{fill:var(--line)}.nas .skip{fill:none;stroke-width:1.75}\
.nas .s0{stroke:var(--0)}.nas .s1{stroke:var(--1)}.nas .s2{stroke:var(--2)}.nas .s3{stroke:var(--3)}\
.nas .s4{stroke:var(--4)}.nas .s5{stroke:var(--5)}.nas .h0{fill:var(--0)}.nas .h1{fill:var(--1)}\
.nas .h2{fill:var(--2)}.nas .h3{fill:var(--3)}.nas .h4{fill:var(--4)}.nas .h5{fill:var(--5)}";
/// Colours of skips.
const COLOURS: usize = 6;

/// What has been drawn, and how far it reaches.
#[derive(Debug)]
pub(super) struct Diagram {
    canvas: Canvas,
    low: (f64, f64),
    high: (f64, f64),
}

/// A box with text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) lines: Vec<String>,
    /// Stands at the left border.
    pub(super) mark: String,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Label {
    pub(super) fn new(lines: Vec<String>) -> Self {
        let widest = lines.iter().map(|line| text_width(line)).fold(0.0, f64::max);
        let height = LINE * lines.len().max(1) as f64 + PADDING;
        let width = (widest + 2.0 * PADDING).max(34.0);
        Label { lines, mark: String::new(), width, height }
    }

    /// Adds a mark at the left border, and room for it at both sides so that the text stays central.
    pub(super) fn marked(mut self, mark: String) -> Self {
        self.width += 2.0 * (text_width(&mark) + PADDING);
        self.mark = mark;
        self
    }
}

/// Most that a text in a box is wide.
pub(super) fn text_width(text: &str) -> f64 {
    width(text, size("label"))
}

impl Diagram {
    pub(super) fn new() -> Self {
        Diagram { canvas: Canvas::new(0.0), low: (0.0, 0.0), high: (0.0, 0.0) }
    }

    /// A box with its text, around its centre.
    pub(super) fn label(&mut self, label: &Label, class: &str, (x, y): (f64, f64), title: &str) {
        let Label { width, height, .. } = *label;
        let (left, top) = (x - width / 2.0, y - height / 2.0);
        self.reach(left, top);
        self.reach(left + width, top + height);
        let radius = if class == "end" { height / 2.0 } else { 7.0 };
        // The middle of a line of text lies about a third of its size above the baseline.
        let baseline = y + 0.35 * size("label");
        self.canvas.group(title, |canvas| {
            canvas.rounded((left, top), (width, height), radius, class);
            if !label.mark.is_empty() {
                canvas.text((left + PADDING, baseline), Anchor::Start, "mark", &label.mark);
            }
            for (index, line) in label.lines.iter().enumerate() {
                let middle = index as f64 - label.lines.len().saturating_sub(1) as f64 / 2.0;
                canvas.text((x, baseline + middle * LINE), Anchor::Middle, "label", line);
            }
        });
    }

    /// A path with a name for those who point at it; `colour` numbers the colours of skips.
    pub(super) fn path(&mut self, path: &str, colour: Option<usize>, title: &str) {
        match colour {
            None => self.canvas.raw_path(path, "line", title),
            Some(colour) => {
                let class = format!("skip s{}", colour % COLOURS);
                self.canvas.raw_path(path, &class, title);
            }
        }
    }

    /// The head of an arrow with its tip here; the direction is a multiple of the axes' units.
    pub(super) fn head(&mut self, (x, y): (f64, f64), (dx, dy): (f64, f64), colour: Option<usize>) {
        const LENGTH: f64 = 8.0;
        const HALF: f64 = 4.0;
        let (back_x, back_y) = (x - LENGTH * dx, y - LENGTH * dy);
        let sides = [
            (x, y),
            (back_x + HALF * dy, back_y + HALF * dx),
            (back_x - HALF * dy, back_y - HALF * dx),
        ];
        match colour {
            None => self.canvas.path(&sides, "head", None, ""),
            Some(colour) => {
                self.canvas.path(&sides, &format!("head h{}", colour % COLOURS), None, "");
            }
        }
    }

    /// What is drawn reaches this place.
    pub(super) fn reach(&mut self, x: f64, y: f64) {
        self.low = (self.low.0.min(x), self.low.1.min(y));
        self.high = (self.high.0.max(x), self.high.1.max(y));
    }

    /// The document, with a name and a description in words.
    pub(super) fn finish(mut self, title: &str, description: &str) -> String {
        let origin = (self.low.0 - MARGIN, self.low.1 - MARGIN);
        self.canvas.width = self.high.0 - origin.0 + MARGIN;
        self.canvas.height = self.high.1 - origin.1 + MARGIN;
        let style = Some((STYLE, 10.0));
        let document = Document { class: "nas", label: title, description, style, origin };
        document.finish(self.canvas)
    }
}
