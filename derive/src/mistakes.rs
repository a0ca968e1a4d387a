//! All mistakes of a type, for one compilation.

use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Error;

/// Collects mistakes until the whole type was read.
#[derive(Default)]
pub(crate) struct Mistakes {
    error: Option<Error>,
    count: usize,
}

impl Mistakes {
    /// A mistake at a place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.add(Error::new(span, message));
    }

    /// A mistake that some tokens make together.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    /// A mistake that `syn` has found.
    pub(crate) fn add(&mut self, error: Error) {
        self.count += 1;
        match &mut self.error {
            Some(all) => all.combine(error),
            None => self.error = Some(error),
        }
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// All of them, if there are any.
    pub(crate) fn finish(self) -> Result<(), Error> {
        self.error.map_or(Ok(()), Err)
    }
}
