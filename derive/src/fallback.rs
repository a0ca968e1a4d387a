//! What is emitted beside mistakes: an implementation that type-checks, so that each mistake gives
//! its own message and not also those of everything that uses the type.

use proc_macro2::TokenStream;
use quote::quote;

use crate::input::Input;

pub(crate) fn fallback(input: &Input) -> TokenStream {
    let Input { ident, generics, krate, .. } = input;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::space::Tunable for #ident #type_generics #where_clause {
            fn describe(_: &mut #krate::space::Description) {}
            fn decode(_: &mut #krate::space::Reader<'_>) -> #krate::Result<Self> {
                ::core::unreachable!()
            }
            fn encode(&self, _: &mut #krate::space::Writer<'_>) -> #krate::Result<()> {
                ::core::unreachable!()
            }
        }
    }
}
