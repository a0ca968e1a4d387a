//! What people read: text, pictures, pages.

mod browser;
mod page;
mod pictures;
mod studies;
mod terminal;
