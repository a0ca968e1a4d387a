//! The description of one field.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use super::{builder, domain, owned};
use crate::attribute::Key;
use crate::input::Field;

pub(super) fn describe(field: &Field, krate: &Path) -> TokenStream {
    if !field.is_tuned() {
        return TokenStream::new();
    }
    let (builder, domain) = (builder(), domain(field));
    let default = field.settings.expr(Key::Default).map(|default| {
        // A default of another type is wrong where it stands.
        let at = Span::mixed_site().located_at(default.span());
        let default = owned(default, &field.ty);
        quote_spanned!(at=> &(#default))
    });
    let described = match (&field.name, default) {
        (Some(name), Some(default)) => {
            quote!(#builder.add_with_default(#name, &#domain, #default);)
        }
        (Some(name), None) => quote!(#builder.add(#name, &#domain);),
        (None, Some(default)) => quote!(#builder.describe_with_default(&#domain, #default);),
        (None, None) => quote!(#krate::space::Domain::describe(&#domain, #builder);),
    };
    let Some(believed) = field.settings.expr(Key::Believed) else { return described };
    let at = Span::mixed_site().located_at(believed.span());
    let value = owned(believed, &field.ty);
    let value = quote_spanned!(at=> &(#value));
    let width = match field.settings.expr(Key::Width) {
        Some(width) => quote!(::core::option::Option::Some(#width)),
        None => quote!(::core::option::Option::None),
    };
    match &field.name {
        Some(name) => quote!(#described #builder.believe(#name, &#domain, #value, #width);),
        None => quote!(#described #builder.believe_here(&#domain, #value, #width);),
    }
}
