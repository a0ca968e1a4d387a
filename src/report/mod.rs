//! What a study has found, for people: an explanation in text, and a page for the browser.
//!
//! [`Study::explain`] says what each hyperparameter does, which ones matter and what to try next;
//! [`Study::report`] writes all of it as a [page](Page) with pictures. The parts stand in rooms of
//! their own: [`analysis`](crate::analysis), [`plot`](crate::plot) and [`table`](crate::table).
//!
//! [`Study::explain`]: crate::Study::explain
//! [`Study::report`]: crate::Study::report

mod explain;
mod page;
mod study;

pub use explain::Explanation;
pub use page::Page;
