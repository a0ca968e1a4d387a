//! The report: one page for the browser that has everything in itself.

mod data;
mod sections;
mod space;

use std::path::Path;

use crate::analysis::Analysis;
use crate::error::{Error, Result};
use crate::plot::{Figure, STYLE};
use crate::svg::escaped;

/// A page for the browser: what the trials say, all pictures, and a table of the trials that can be
/// sorted and searched. One file without references to others, for screens of any size.
///
/// ```no_run
/// # use tunewright::{Params, Study, Trial, nas, analysis::Role, space::{Scale, Space}};
/// # let space = Space::builder().float("nu", 1e-5..=1e-1, Scale::Log).build()?;
/// # let study = Study::in_space(space).build()?;
/// # let network = nas::Network::new([nas::Layer::new()])?;
/// study.report("report.html")?; // all that the trials have
///
/// let page = study.analysis()?.with_role("nu", Role::LearningRate).page();
/// page.picture(&network).write("report.html")?; // with a role, and a picture of one's own
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Page<'s> {
    analysis: Analysis<'s>,
    pictures: Vec<Figure>,
}

const TEMPLATE: &str = include_str!("page.html");
const CSS: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Only of pages that have a picture in space.
const SPACE: &str = include_str!("space.js");

impl<'s> Analysis<'s> {
    /// A page for the browser.
    pub fn page(&self) -> Page<'s> {
        Page { analysis: self.clone(), pictures: Vec::new() }
    }
}

impl Page<'_> {
    /// Adds a picture: a [`Figure`], or an architecture or a policy to be drawn.
    pub fn picture(mut self, picture: impl Into<Figure>) -> Self {
        self.pictures.push(picture.into());
        self
    }

    /// The page as a text.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] for a role of a parameter that does not exist.
    pub fn to_html(&self) -> Result<String> {
        let header = self.analysis.trials().header();
        let name = escaped(&header.name);
        let body = sections::body(&self.analysis, &self.pictures)?;
        let data = data::json(self.analysis.trials()).map_err(|e| Error::Export(Box::new(e)))?;
        let space = if body.contains("<svg class=\"tw space\"") { SPACE } else { "" };
        let script = format!("{SCRIPT}{space}");
        let parts = [
            ("{{title}}", name.as_str()),
            ("{{style}}", STYLE),
            ("{{css}}", CSS),
            ("{{body}}", body.as_str()),
            ("{{data}}", data.as_str()),
            ("{{script}}", script.as_str()),
        ];
        Ok(filled(TEMPLATE, &parts))
    }

    /// Writes the page into a file.
    ///
    /// # Errors
    /// As [`to_html`](Self::to_html), and [`Error::Export`] if the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.to_html()?).map_err(|error| {
            let text = format!("{}: {error}", path.display());
            Error::Export(Box::new(std::io::Error::new(error.kind(), text)))
        })
    }
}

/// The template with its places filled, each once and in order, so that what is filled in is never
/// taken for a place.
fn filled(template: &str, parts: &[(&str, &str)]) -> String {
    let length: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let mut out = String::with_capacity(template.len() + length);
    let mut rest = template;
    while let Some((at, place, text)) = parts
        .iter()
        .filter_map(|(place, text)| Some((rest.find(place)?, place, text)))
        .min_by_key(|(at, _, _)| *at)
    {
        out.push_str(&rest[..at]);
        out.push_str(text);
        rest = &rest[at + place.len()..];
    }
    out.push_str(rest);
    out
}
