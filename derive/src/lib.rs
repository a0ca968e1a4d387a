//! The derive macros of `tunewright`, which re-exports them.

mod attribute;
mod check;
mod expand;
mod fallback;
mod goals;
mod input;
mod literal;
mod mistakes;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

use input::Input;
use mistakes::Mistakes;

/// Implements `tunewright::Tunable`: the fields' ranges, choices and defaults come from their
/// `#[tune(..)]` attributes, which the documentation of the trait lists.
#[proc_macro_derive(Tunable, attributes(tune))]
pub fn tunable(tokens: TokenStream) -> TokenStream {
    let derive = parse_macro_input!(tokens as DeriveInput);
    let mut mistakes = Mistakes::default();
    let input = Input::read(&derive, &mut mistakes);
    check::check(&input, &mut mistakes);
    match mistakes.finish() {
        Ok(()) => expand::expand(&input),
        Err(error) => {
            let errors = error.into_compile_error();
            let fallback = fallback::fallback(&input);
            quote!(#errors #fallback)
        }
    }
    .into()
}

/// Implements `tunewright::trial::TypedGoals` and `IntoOutcome` for the struct that an objective returns:
/// what its fields are stands in their attributes `#[goal(..)]`, `#[constraint(..)]` and `#[metric(..)]`, which
/// the documentation of the trait lists.
#[proc_macro_derive(Goals, attributes(goal, constraint, metric))]
pub fn goals(tokens: TokenStream) -> TokenStream {
    goals::derived(&parse_macro_input!(tokens as DeriveInput)).into()
}
