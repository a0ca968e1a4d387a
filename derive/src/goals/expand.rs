//! The implementations.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::attribute::{Key, Kind, Setting};
use super::input::{Field, Input};
use crate::expand::placed;
use crate::literal::as_f64;

pub(super) fn expand(input: &Input) -> TokenStream {
    let Input { ident, generics, krate, .. } = input;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let mut goals = input.of_kind(Kind::Goal).map(|field| goal(field, input));
    let first = goals.next();
    let constraints = input.of_kind(Kind::Constraint).map(|field| constraint(field, input));
    let values = input.of_kind(Kind::Goal).map(|field| measured(field, input));
    let recorded = input.fields.iter().flatten();
    let recorded = recorded
        .filter(|field| matches!(field.kind(), Some(Kind::Constraint | Kind::Metric)))
        .map(|field| {
            let (name, value) = (field.name(), measured(field, input));
            quote!((::std::string::String::from(#name), #value))
        });
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::trial::TypedGoals for #ident #type_generics #where_clause {
            fn goals() -> #krate::trial::Goals {
                #krate::trial::Goals::from(#first)
                    #(.with_goal(#goals))*
                    #(#constraints)*
            }
            fn values(&self) -> ::std::vec::Vec<::core::primitive::f64> {
                ::std::vec![#(#values),*]
            }
            fn metrics(
                &self,
            ) -> ::std::vec::Vec<(::std::string::String, ::core::primitive::f64)> {
                ::std::vec![#(#recorded),*]
            }
        }

        #[automatically_derived]
        impl #impl_generics #krate::trial::IntoOutcome for #ident #type_generics #where_clause {
            fn into_outcome(self) -> #krate::trial::Outcome {
                #krate::trial::Outcome::Complete(#krate::trial::Evaluation::of(&self))
            }
        }
    }
}

/// What is emitted beside mistakes.
pub(super) fn fallback(input: &Input) -> TokenStream {
    let Input { ident, generics, krate, .. } = input;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::trial::TypedGoals for #ident #type_generics #where_clause {
            fn goals() -> #krate::trial::Goals {
                ::core::unreachable!()
            }
            fn values(&self) -> ::std::vec::Vec<::core::primitive::f64> {
                ::core::unreachable!()
            }
            fn metrics(
                &self,
            ) -> ::std::vec::Vec<(::std::string::String, ::core::primitive::f64)> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #impl_generics #krate::trial::IntoOutcome for #ident #type_generics #where_clause {
            fn into_outcome(self) -> #krate::trial::Outcome {
                ::core::unreachable!()
            }
        }
    }
}

fn goal(field: &Field, input: &Input) -> TokenStream {
    let (krate, name) = (&input.krate, field.name());
    let setting = field.setting();
    let goal = match setting.is_some_and(|setting| setting.has(Key::Maximize)) {
        true => quote!(#krate::trial::maximize(#name)),
        false => quote!(#krate::trial::minimize(#name)),
    };
    match setting.and_then(|setting| setting.expr(Key::Limit)) {
        Some(limit) => {
            let limit = as_f64(limit);
            quote!(#goal.limit(#limit))
        }
        None => goal,
    }
}

fn constraint(field: &Field, input: &Input) -> TokenStream {
    let (krate, name) = (&input.krate, field.name());
    let bound =
        |key: Key| field.setting().and_then(|setting: &Setting| setting.expr(key)).map(as_f64);
    let bounds = match (bound(Key::AtLeast), bound(Key::AtMost)) {
        (Some(low), Some(high)) => quote!(#krate::trial::between(#low, #high)),
        (Some(low), None) => quote!(#krate::trial::at_least(#low)),
        (None, high) => quote!(#krate::trial::at_most(#high)),
    };
    quote!(.with_constraint(#name, #bounds))
}

/// A field's value as a number. What is none is reported where the type stands.
fn measured(field: &Field, input: &Input) -> TokenStream {
    let (ident, ty) = (&field.ident, &field.ty);
    let at = Span::mixed_site().located_at(ty.span());
    let krate = placed(&input.krate, at);
    // The keyword must be that of the method.
    let value = quote!(&self.#ident);
    quote_spanned!(at=> <#ty as #krate::trial::Measurement>::measured(#value))
}
