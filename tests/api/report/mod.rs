//! The explanation and the page.

mod browser;
mod page;
pub(crate) mod studies;
