//! `#[derive(Goals)]`: the struct that an objective returns says what its fields are.

mod attribute;
mod check;
mod expand;
mod input;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use self::input::Input;
use crate::mistakes::Mistakes;

pub(crate) fn derived(derive: &DeriveInput) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let input = Input::read(derive, &mut mistakes);
    check::check(&input, &mut mistakes);
    match mistakes.finish() {
        Ok(()) => expand::expand(&input),
        Err(error) => {
            let errors = error.into_compile_error();
            // So that each mistake gives its own message alone.
            let fallback = expand::fallback(&input);
            quote!(#errors #fallback)
        }
    }
}
