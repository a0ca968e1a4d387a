//! The implementation: a function that makes the domain of each field, and a call of it for each
//! use, so that what does not fit is reported once.
//!
//! Tokens get the place of the field's type, so that the compiler reports there what does not fit,
//! and the hygiene of a macro, so that a user's expressions see none of the local names. A constant
//! of a user would still be taken for a pattern of the same name; hence the underscores.

mod describe;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Generics, Ident, Lit, Path, Type, parse_quote_spanned};

use crate::attribute::Key;
use crate::input::{Field, FieldType, Input, Kind, Layer, Shape, Variant};
use crate::literal::{Literal, as_f64, bare, text};
use describe::describe;

pub(crate) fn expand(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let Bodies { describe, decode, encode } = match &input.shape {
        Shape::Product(fields) => product(fields, krate),
        Shape::Choice(variants) => choice(variants, input.settings.has(Key::Ordered), krate),
        Shape::Union(_) => return TokenStream::new(),
    };
    let generics = bounded(input);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let tuned = input.fields().filter(|field| field.is_tuned());
    let domains = tuned.map(|field| domain_function(field, krate));
    let (builder, reader, writer) = (builder(), reader(), writer());
    quote! {
        #[automatically_derived]
        impl #impl_generics #ident #type_generics #where_clause {
            #(#domains)*
        }

        #[automatically_derived]
        #[allow(unused_variables)]
        impl #impl_generics #krate::space::Tunable for #ident #type_generics #where_clause {
            fn describe(#builder: &mut #krate::space::Description) {
                #describe
            }
            fn decode(#reader: &mut #krate::space::Reader<'_>) -> #krate::Result<Self> {
                #decode
            }
            fn encode(&self, #writer: &mut #krate::space::Writer<'_>) -> #krate::Result<()> {
                #encode
            }
        }
    }
}

/// Of the three functions.
struct Bodies {
    describe: TokenStream,
    decode: TokenStream,
    encode: TokenStream,
}

fn builder() -> Ident {
    Ident::new("__builder", Span::mixed_site())
}

fn reader() -> Ident {
    Ident::new("__reader", Span::mixed_site())
}

fn writer() -> Ident {
    Ident::new("__writer", Span::mixed_site())
}

fn product(fields: &[Field], krate: &Path) -> Bodies {
    let describe = fields.iter().map(|field| describe(field, krate));
    let decoded = decoded(fields, krate);
    let encode = fields.iter().map(|field| {
        let member = &field.member;
        encode(field, quote!(&self.#member), krate)
    });
    Bodies {
        describe: quote!(#(#describe)*),
        decode: quote!(::core::result::Result::Ok(Self #decoded)),
        encode: quote!(#(#encode)* ::core::result::Result::Ok(())),
    }
}

fn choice(variants: &[Variant], ordered: bool, krate: &Path) -> Bodies {
    let (builder, reader, writer) = (builder(), reader(), writer());
    let branch = Ident::new("__branch", Span::mixed_site());
    let labels = variants.iter().map(Variant::label);
    let weights = variants.iter().any(|variant| variant.settings.has(Key::Weight)).then(|| {
        let weights = variants.iter().map(|variant| match variant.settings.expr(Key::Weight) {
            Some(weight) => as_f64(weight),
            None => quote!(1.0),
        });
        quote!(.weights([#(#weights),*]))
    });
    let ordered = ordered.then(|| quote!(.ordered()));
    let describe = variants.iter().enumerate().map(|(index, variant)| {
        let default =
            variant.settings.has(Key::Default).then(|| quote!(#builder.default_branch();));
        let fields = variant.fields.iter().map(|field| describe(field, krate));
        quote!(#index => { #default #(#fields)* })
    });
    let decode = variants.iter().enumerate().map(|(index, variant)| {
        let (ident, decoded) = (&variant.ident, decoded(&variant.fields, krate));
        quote!(#index => ::core::result::Result::Ok(Self::#ident #decoded))
    });
    let encode = variants.iter().enumerate().map(|(index, variant)| {
        let ident = &variant.ident;
        let tuned = variant.fields.iter().filter(|field| field.is_tuned());
        let (bindings, encode): (Vec<_>, Vec<_>) = tuned
            .enumerate()
            .map(|(index, field)| {
                let value = format_ident!("__value{index}", span = Span::mixed_site());
                let member = &field.member;
                (quote!(#member: #value), encode(field, quote!(#value), krate))
            })
            .unzip();
        quote! {
            Self::#ident { #(#bindings,)* .. } => #writer.branch(#index, |#writer| {
                #(#encode)*
                ::core::result::Result::Ok(())
            })
        }
    });
    Bodies {
        describe: quote! {
            #builder.branches(
                #krate::space::Choices::of([#(#labels),*]) #weights #ordered.distribution(),
                |#branch, #builder| match #branch {
                    #(#describe)*
                    _ => {}
                },
            );
        },
        decode: quote! {
            #reader.branch(|#branch, #reader| match #branch {
                #(#decode,)*
                _ => ::core::result::Result::Err(#reader.no_such_choice(#branch)),
            })
        },
        encode: quote!(match self { #(#encode),* }),
    }
}

/// The braces of a struct expression, which serve tuples and units as well.
fn decoded(fields: &[Field], krate: &Path) -> TokenStream {
    let reader = reader();
    let values = fields.iter().map(|field| {
        let member = &field.member;
        match field.settings.expr(Key::Fixed) {
            Some(fixed) => {
                let value = owned(fixed, &field.ty);
                quote!(#member: #value)
            }
            None => {
                let domain = domain(field);
                quote!(#member: #krate::space::Domain::decode(&#domain, #reader)?)
            }
        }
    });
    quote!({ #(#values),* })
}

fn encode(field: &Field, value: TokenStream, krate: &Path) -> TokenStream {
    if !field.is_tuned() {
        return TokenStream::new();
    }
    let (writer, domain) = (writer(), domain(field));
    quote!(#krate::space::Domain::encode(&#domain, #value, #writer)?;)
}

/// A call of the field's function.
fn domain(field: &Field) -> TokenStream {
    let function = function(field);
    quote!(Self::#function())
}

fn function(field: &Field) -> Ident {
    format_ident!("__domain_{}", field.id, span = Span::mixed_site())
}

/// The function that makes a field's domain. Its signature promises that it is one, whatever
/// becomes of the body, and so keeps the callers free of errors.
fn domain_function(field: &Field, krate: &Path) -> TokenStream {
    let (function, FieldType { whole, leaf, .. }) = (function(field), &field.ty);
    let at = field.ty.span();
    let krate = &placed(krate, at);
    let inner = if let Some(domain) = field.settings.expr(Key::Domain) {
        domain.to_token_stream()
    } else if let Some(choices) = field.settings.expr(Key::Choices) {
        listed(choices, field, krate)
    } else if let Some(number) = number(field, krate) {
        number
    } else {
        quote_spanned!(at=> #krate::space::Nested::<#leaf>::new())
    };
    let domain = field.ty.layers.iter().rev().fold(inner, |inner, layer| match layer {
        Layer::Option => quote_spanned!(at=> #krate::space::Optional::new(#inner)),
        Layer::Array(length) => {
            quote_spanned!(at=> #krate::space::Repeated::<_, { #length }>::new(#inner))
        }
    });
    quote_spanned! {at=>
        fn #function() -> impl #krate::space::Domain<Value = #whole> { #domain }
    }
}

/// The path to the crate as if it stood elsewhere.
pub(crate) fn placed(krate: &Path, at: Span) -> Path {
    let mut krate = krate.clone();
    if let Some(colons) = &mut krate.leading_colon {
        colons.spans = [at; 2];
    }
    for segment in &mut krate.segments {
        segment.ident.set_span(segment.ident.span().located_at(at));
    }
    krate
}

fn number(field: &Field, krate: &Path) -> Option<TokenStream> {
    let (settings, leaf, at) = (&field.settings, &field.ty.leaf, field.ty.span());
    let law = settings.normal().map(|(law, log)| (as_f64(&law.mean), as_f64(&law.sd), log));
    let drawn = settings.expr(Key::Law).map(|law| drawn_law(law, krate, at));
    let mut domain = match (settings.expr(Key::Range), &law) {
        (None, _) if drawn.is_some() => {
            quote_spanned!(at=> <#leaf as #krate::space::Number>::typed_law(#drawn))
        }
        (Some(range), _) => {
            let range = bare(range);
            quote_spanned!(at=> <#leaf as #krate::space::Number>::range(#range))
        }
        (None, Some((mean, sd, _))) => {
            quote_spanned!(at=> #krate::space::Float::<#leaf>::typed_normal(#mean, #sd))
        }
        (None, None) => return None,
    };
    if settings.has(Key::Log) || matches!(law, Some((_, _, true))) {
        domain.extend(quote_spanned!(at=> .log()));
    }
    if let Some(step) = settings.expr(Key::Step) {
        domain.extend(quote_spanned!(at=> .step(#step)));
    }
    if let (true, Some((mean, sd, _))) = (settings.has(Key::Range), law) {
        domain.extend(quote_spanned!(at=> .with_normal(#mean, #sd)));
    }
    if let (true, Some(drawn)) = (settings.has(Key::Range), drawn) {
        domain.extend(quote_spanned!(at=> .with_law(#drawn)));
    }
    Some(domain)
}

/// A law under the name that it has in the source. With a `?` in it, it is what a function of its own
/// returns, so that the error goes where the space is built.
fn drawn_law(law: &Expr, krate: &Path, at: Span) -> TokenStream {
    let text = text(law);
    let name = text.trim_end_matches(['?', ' ']);
    let law = if asks(law.to_token_stream()) {
        quote_spanned! {at=>
            (|| -> ::core::result::Result<
                _,
                ::std::boxed::Box<
                    dyn ::std::error::Error + ::core::marker::Send + ::core::marker::Sync,
                >,
            > { ::core::result::Result::Ok(#law) })()
        }
    } else {
        law.to_token_stream()
    };
    quote_spanned!(at=> #krate::space::Law::of(#law).named(#name))
}

/// Whether there is a `?` in an expression.
fn asks(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => asks(group.stream()),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    })
}

fn listed(choices: &Expr, field: &Field, krate: &Path) -> TokenStream {
    let (settings, leaf, at) = (&field.settings, &field.ty.leaf, field.ty.span());
    let mut domain = match bare(choices) {
        Expr::Array(array) => {
            let values: Vec<&Expr> = array.elems.iter().collect();
            let pairs = values.iter().zip(labels(&values)).map(|(value, label)| {
                let (label, value) = (label_value(label, krate), owned_leaf(value, &field.ty));
                quote!((#label, #value))
            });
            let (number, pair) = (values.len(), quote!((#krate::space::Value, #leaf)));
            // The type is written out, so that a value of another one is wrong where it stands.
            quote_spanned! {at=>
                #krate::space::Choices::<#leaf>::labelled({
                    let __choices: [#pair; #number] = [#(#pairs),*];
                    __choices
                })
            }
        }
        _ => quote_spanned!(at=> #krate::space::Choices::<#leaf>::of(#choices)),
    };
    if settings.has(Key::Ordered) {
        domain.extend(quote_spanned!(at=> .ordered()));
    }
    if let Some(weights) = settings.expr(Key::Weights) {
        let weights = match bare(weights) {
            Expr::Array(array) => {
                let weights = array.elems.iter().map(as_f64);
                quote!([#(#weights),*])
            }
            weights => weights.to_token_stream(),
        };
        domain.extend(quote_spanned!(at=> .weights(#weights)));
    }
    domain
}

/// What the choices are called: literals by their value, paths by their last part unless another
/// one ends alike, and everything else as it is written.
pub(crate) fn labels(values: &[&Expr]) -> Vec<Literal> {
    let short: Vec<Option<String>> = values
        .iter()
        .map(|value| match bare(value) {
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        })
        .collect();
    let label = |(value, name): (&&Expr, &Option<String>)| {
        if let Some(literal) = Literal::of(receiver(value)) {
            return literal;
        }
        let alone = short.iter().filter(|other| *other == name).count() == 1;
        match name.as_ref().filter(|_| alone) {
            Some(name) => Literal::Text(name.trim_start_matches("r#").to_owned()),
            None => Literal::Text(text(value)),
        }
    };
    values.iter().zip(&short).map(label).collect()
}

/// `"relu"` of `"relu".into()`.
fn receiver(value: &Expr) -> &Expr {
    match bare(value) {
        Expr::MethodCall(call) if call.args.is_empty() => match bare(&call.receiver) {
            text @ Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => text,
            _ => value,
        },
        _ => value,
    }
}

fn label_value(label: Literal, krate: &Path) -> TokenStream {
    let value = quote!(#krate::space::Value);
    match label {
        Literal::Bool(label) => quote!(#value::Bool(#label)),
        Literal::Float(label) => quote!(#value::Float(#label)),
        Literal::Int(label) => match i64::try_from(label) {
            Ok(label) => quote!(#value::Int(#label)),
            Err(_) => label_value(Literal::Text(label.to_string()), krate),
        },
        Literal::Text(label) => quote!(<#value as ::core::convert::From<&str>>::from(#label)),
    }
}

/// An expression of the field's type; a `String` may be given as a literal.
fn owned(expr: &Expr, ty: &FieldType) -> TokenStream {
    if ty.layers.is_empty() { owned_leaf(expr, ty) } else { expr.to_token_stream() }
}

fn owned_leaf(expr: &Expr, ty: &FieldType) -> TokenStream {
    match bare(expr) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if ty.kind == Kind::Owned => {
            quote_spanned!(text.span()=> ::std::string::String::from(#text))
        }
        _ => expr.to_token_stream(),
    }
}

impl FieldType {
    /// Where the innermost type stands, with the hygiene of a macro.
    fn span(&self) -> Span {
        Span::mixed_site().located_at(self.leaf.span())
    }
}

/// The generics with what each field needs of a type that depends on a type parameter.
fn bounded(input: &Input) -> Generics {
    let mut generics = input.generics.clone();
    let parameters: Vec<&Ident> = input.generics.type_params().map(|it| &it.ident).collect();
    let krate = &input.krate;
    for field in input.fields().filter(|field| field.is_tuned()) {
        let (settings, leaf, at) = (&field.settings, &field.ty.leaf, field.ty.span());
        // A domain brings what it needs of the type.
        if !mentions(leaf, &parameters) || settings.has(Key::Domain) {
            continue;
        }
        let krate = &placed(krate, at);
        generics.make_where_clause().predicates.push(if settings.has(Key::Choices) {
            parse_quote_spanned!(at=> #leaf: ::core::clone::Clone + ::core::cmp::PartialEq)
        } else if settings.has(Key::Range) || settings.has(Key::Law) {
            parse_quote_spanned!(at=> #leaf: #krate::space::Number)
        } else if settings.normal().is_some() {
            parse_quote_spanned!(at=> #leaf: #krate::space::Real)
        } else {
            parse_quote_spanned!(at=> #leaf: #krate::space::Tunable)
        });
    }
    generics
}

fn mentions(ty: &Type, parameters: &[&Ident]) -> bool {
    fn any(tokens: TokenStream, parameters: &[&Ident]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => parameters.contains(&&ident),
            TokenTree::Group(group) => any(group.stream(), parameters),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    any(ty.to_token_stream(), parameters)
}
