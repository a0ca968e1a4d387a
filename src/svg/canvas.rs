//! An SVG document that is drawn upon: shapes and text. Their colours are in the style of a document.

use std::fmt::Write;

use super::text::{escaped, fit};

/// Size of the text beside axes, and of all other text.
pub(crate) const SMALL: f64 = 11.0;
pub(crate) const FONT: f64 = 12.0;
/// Height of a line of text.
pub(crate) const LINE: f64 = 17.0;

/// What has been drawn so far.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Whether marks of trials say in words what they are. A page knows the trials by their
    /// numbers.
    in_words: bool,
    body: String,
}

/// Which side of a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    /// The canvas of a picture of its own.
    pub(crate) fn new(width: f64) -> Self {
        Canvas { width, height: 0.0, in_words: true, body: String::new() }
    }

    /// The canvas of a picture on a page that says by itself what each trial is.
    pub(crate) fn on_page(width: f64) -> Self {
        Canvas { in_words: false, ..Canvas::new(width) }
    }

    /// An empty canvas for a part of the same picture.
    pub(crate) fn another(&self, width: f64) -> Self {
        Canvas { in_words: self.in_words, ..Canvas::new(width) }
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = self.body.write_fmt(text);
    }

    /// Text on its baseline.
    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        self.titled_text((x, y), anchor, class, text, None);
    }

    /// Text that is shortened to the room it has, with all of it for those who point at it.
    pub(crate) fn fitted(
        &mut self,
        at: (f64, f64),
        anchor: Anchor,
        class: &str,
        text: &str,
        room: f64,
    ) {
        let short = fit(text, size(class), room);
        let whole = (short != text).then_some(text);
        self.titled_text(at, anchor, class, &short, whole);
    }

    fn titled_text(
        &mut self,
        (x, y): (f64, f64),
        anchor: Anchor,
        class: &str,
        text: &str,
        title: Option<&str>,
    ) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let title = titled(title.unwrap_or_default());
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{title}{}</text>\n",
            Px(x),
            Px(y),
            escaped(text)
        ));
    }

    pub(crate) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.push(format_args!(
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>\n",
            Px(x1),
            Px(y1),
            Px(x2),
            Px(y2)
        ));
    }

    /// A line through places, or a filled shape, as the class has it.
    pub(crate) fn path(
        &mut self,
        places: &[(f64, f64)],
        class: &str,
        trial: Option<u64>,
        title: &str,
    ) {
        if places.len() < 2 {
            return;
        }
        let mut path = String::with_capacity(places.len() * 10);
        for (at, (x, y)) in places.iter().enumerate() {
            let _ = write!(path, "{}{} {}", if at == 0 { 'M' } else { 'L' }, Px(*x), Px(*y));
        }
        self.element("path", class, format_args!(" d=\"{path}\""), trial, title);
    }

    pub(crate) fn raw_path(&mut self, path: &str, class: &str, title: &str) {
        self.element("path", class, format_args!(" d=\"{path}\""), None, title);
    }

    pub(crate) fn dot(
        &mut self,
        (x, y): (f64, f64),
        radius: f64,
        class: &str,
        trial: Option<u64>,
        title: &str,
    ) {
        let place = format_args!(" cx=\"{}\" cy=\"{}\" r=\"{}\"", Px(x), Px(y), Px(radius));
        self.element("circle", class, place, trial, title);
    }

    pub(crate) fn cross(&mut self, (x, y): (f64, f64), trial: Option<u64>, title: &str) {
        let place = format_args!(" d=\"M{} {}l6 6m0-6l-6 6\"", Px(x - 3.0), Px(y - 3.0));
        self.element("path", "x", place, trial, title);
    }

    pub(crate) fn rect(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        class: &str,
        trial: Option<u64>,
        title: &str,
    ) {
        let (width, height) = (Px(width.max(0.0)), Px(height.max(0.0)));
        let place =
            format_args!(" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"", Px(x), Px(y));
        self.element("rect", class, place, trial, title);
    }

    /// A rectangle with round corners.
    pub(crate) fn rounded(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        radius: f64,
        class: &str,
    ) {
        let place = format_args!(
            " x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"",
            Px(x),
            Px(y),
            Px(width),
            Px(height),
            Px(radius)
        );
        self.element("rect", class, place, None, "");
    }

    /// An element with its attributes, as they stand in the document.
    fn element(
        &mut self,
        name: &str,
        class: &str,
        attributes: std::fmt::Arguments<'_>,
        trial: Option<u64>,
        title: &str,
    ) {
        self.push(format_args!("<{name} class=\"{class}\"{attributes}"));
        if let Some(trial) = trial {
            self.push(format_args!(" data-n=\"{trial}\""));
        }
        if title.is_empty() || (trial.is_some() && !self.in_words) {
            self.push(format_args!("/>\n"));
        } else {
            self.push(format_args!(">{}</{name}>\n", titled(title)));
        }
    }

    /// Elements that share a title.
    pub(crate) fn group(&mut self, title: &str, draw: impl FnOnce(&mut Canvas)) {
        self.push(format_args!("<g>{}", titled(title)));
        draw(self);
        self.push(format_args!("</g>\n"));
    }

    /// What another canvas has, moved to a place.
    pub(crate) fn inset(&mut self, (x, y): (f64, f64), other: Canvas) {
        self.height = self.height.max(y + other.height);
        self.push(format_args!(
            "<g transform=\"translate({} {})\">\n{}</g>\n",
            Px(x),
            Px(y),
            other.body
        ));
    }
}

/// How a document introduces itself and its canvas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    /// The root of the rules in `style`.
    pub(crate) class: &'a str,
    /// For those who do not see it.
    pub(crate) label: &'a str,
    /// A longer description in words, or nothing.
    pub(crate) description: &'a str,
    /// Rules of style, and the radius of the paper's corners; not within a page that has both.
    pub(crate) style: Option<(&'a str, f64)>,
    /// The corner at the top left.
    pub(crate) origin: (f64, f64),
}

impl Document<'_> {
    /// The document, from its origin as far as the canvas goes.
    pub(crate) fn finish(self, canvas: Canvas) -> String {
        let ((x, y), label) = (self.origin, escaped(self.label));
        let (width, height) = (Px(canvas.width), Px(canvas.height));
        let (x, y, mut head) = (Px(x), Px(y), String::new());
        if !self.description.is_empty() {
            let words = escaped(self.description);
            head = format!("<title>{label}</title>\n<desc>{words}</desc>\n");
        }
        let mut space = "";
        if let Some((style, radius)) = self.style {
            space = " xmlns=\"http://www.w3.org/2000/svg\"";
            let radius = Px(radius);
            head += &format!(
                "<style>{style}</style>\n<rect class=\"paper\" x=\"{x}\" y=\"{y}\" width=\"{width}\" \
                 height=\"{height}\" rx=\"{radius}\"/>\n"
            );
        }
        format!(
            "<svg{space} class=\"{}\" role=\"img\" aria-label=\"{label}\" width=\"{width}\" \
             height=\"{height}\" viewBox=\"{x} {y} {width} {height}\">\n{head}{}</svg>\n",
            self.class, canvas.body
        )
    }
}

/// The size of a class of text.
pub(crate) fn size(class: &str) -> f64 {
    match class.split(' ').next() {
        Some("m") => SMALL,
        Some("h") => 16.0,
        // Bold text is wider than what its size says.
        Some("n" | "label" | "mark") => 13.0,
        _ => FONT,
    }
}

fn titled(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(title)) }
}

/// A length with a tenth of a pixel, as short as it can be written.
pub(crate) struct Px(pub(crate) f64);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round() as i64 } else { 0 };
        let sign = if tenths < 0 { "-" } else { "" };
        let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        if tenth == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{tenth}") }
    }
}
