//! SVG documents: the canvas that all pictures are drawn upon, and what they need to know of text.

mod canvas;
mod text;

pub(crate) use canvas::{Anchor, Canvas, Document, FONT, LINE, Px, SMALL, size};
pub(crate) use text::{escaped, fit, width};
