//! The type that is to be tunable, as the other modules see it.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Expr, Fields, GenericArgument, Generics, Ident, Index, Member, Path,
    PathArguments, Type, TypePath, parse_quote,
};

use crate::attribute::{Key, Place, Settings};
use crate::mistakes::Mistakes;

/// A struct, enum or union.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// Path of the `tunewright` crate.
    pub(crate) krate: Path,
    pub(crate) settings: Settings,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    /// A struct: all fields.
    Product(Vec<Field>),
    /// An enum: one of the variants.
    Choice(Vec<Variant>),
    /// A union, where the keyword stands.
    Union(Span),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<Field>,
    pub(crate) settings: Settings,
}

pub(crate) struct Field {
    /// Tells it apart from all other fields of the type, as `0` or, in a variant, `2_0`.
    pub(crate) id: String,
    pub(crate) member: Member,
    /// Its part of parameter names; `None` for the only field of a newtype, which goes by the name
    /// of what it stands in.
    pub(crate) name: Option<String>,
    pub(crate) ty: FieldType,
    pub(crate) settings: Settings,
}

/// A field's type, with the innermost value to which attributes apply.
pub(crate) struct FieldType {
    pub(crate) whole: Type,
    /// From the outside to the inside.
    pub(crate) layers: Vec<Layer>,
    pub(crate) leaf: Type,
    pub(crate) kind: Kind,
}

pub(crate) enum Layer {
    Option,
    Array(Expr),
}

/// What a type's spelling tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Bool,
    /// `String`.
    Owned,
    /// `&str` or `char`.
    Text,
    /// A list of any length, by its name.
    List(String),
    Tuple,
    Reference,
    /// Anything else, which the compiler must judge.
    Other,
}

impl Input {
    pub(crate) fn read(derive: &DeriveInput, mistakes: &mut Mistakes) -> Input {
        let place = if matches!(derive.data, Data::Enum(_)) { Place::Enum } else { Place::Struct };
        let settings = Settings::read(&derive.attrs, place, mistakes);
        let shape = match &derive.data {
            Data::Struct(data) => Shape::Product(fields(&data.fields, "", mistakes)),
            Data::Enum(data) => Shape::Choice(
                data.variants
                    .iter()
                    .enumerate()
                    .map(|(index, variant)| Variant {
                        ident: variant.ident.clone(),
                        settings: Settings::read(&variant.attrs, Place::Variant, mistakes),
                        fields: fields(&variant.fields, &format!("{index}_"), mistakes),
                    })
                    .collect(),
            ),
            Data::Union(data) => Shape::Union(data.union_token.span),
        };
        Input {
            ident: derive.ident.clone(),
            generics: derive.generics.clone(),
            krate: settings.krate().cloned().unwrap_or_else(|| parse_quote!(::tunewright)),
            settings,
            shape,
        }
    }

    /// All fields, of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        let (product, choice) = match &self.shape {
            Shape::Product(fields) => (fields.as_slice(), [].as_slice()),
            Shape::Choice(variants) => ([].as_slice(), variants.as_slice()),
            Shape::Union(_) => ([].as_slice(), [].as_slice()),
        };
        product.iter().chain(choice.iter().flat_map(|variant| &variant.fields))
    }
}

impl Variant {
    pub(crate) fn label(&self) -> String {
        match self.settings.rename() {
            Some(name) => name.value(),
            None => self.ident.unraw().to_string(),
        }
    }
}

impl Field {
    /// Whether there is anything to tune.
    pub(crate) fn is_tuned(&self) -> bool {
        !self.settings.has(Key::Fixed)
    }
}

fn fields(fields: &Fields, prefix: &str, mistakes: &mut Mistakes) -> Vec<Field> {
    let newtype = matches!(fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    let mut read = Vec::with_capacity(fields.len());
    for (index, field) in fields.iter().enumerate() {
        let settings = Settings::read(&field.attrs, Place::Field, mistakes);
        let own = match &field.ident {
            Some(ident) => Some(ident.unraw().to_string()),
            None => (!newtype).then(|| index.to_string()),
        };
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index { index: index as u32, span: field.ty.span() }),
        };
        read.push(Field {
            id: format!("{prefix}{index}"),
            member,
            name: settings.rename().map(|name| name.value()).or(own),
            ty: FieldType::new(&field.ty),
            settings,
        });
    }
    read
}

impl FieldType {
    fn new(whole: &Type) -> FieldType {
        let mut layers = Vec::new();
        let mut leaf = whole;
        loop {
            leaf = match leaf {
                Type::Group(group) => &group.elem,
                Type::Paren(paren) => &paren.elem,
                Type::Array(array) => {
                    layers.push(Layer::Array(array.len.clone()));
                    &array.elem
                }
                _ => match option_of(leaf) {
                    Some(inner) => {
                        layers.push(Layer::Option);
                        inner
                    }
                    None => break,
                },
            };
        }
        FieldType { whole: whole.clone(), layers, leaf: leaf.clone(), kind: Kind::of(leaf) }
    }
}

/// The `T` of `Option<T>`, however the path to it is written.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return None };
    let last = path.segments.last().filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}

impl Kind {
    fn of(ty: &Type) -> Kind {
        match ty {
            Type::Path(TypePath { qself: None, path, .. }) => {
                let name = path.segments.last().map(|segment| segment.ident.to_string());
                match name.as_deref() {
                    Some(
                        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32"
                        | "u64" | "u128" | "usize",
                    ) => Kind::Int,
                    Some("f32" | "f64") => Kind::Float,
                    Some("bool") => Kind::Bool,
                    Some("String") => Kind::Owned,
                    Some("char") => Kind::Text,
                    Some(
                        list @ ("Vec" | "VecDeque" | "HashMap" | "HashSet" | "BTreeMap"
                        | "BTreeSet"),
                    ) => Kind::List(list.to_owned()),
                    _ => Kind::Other,
                }
            }
            Type::Reference(reference) => match &*reference.elem {
                Type::Path(path) if path.path.is_ident("str") => Kind::Text,
                _ => Kind::Reference,
            },
            Type::Slice(_) => Kind::List("slice".to_owned()),
            Type::Tuple(tuple) if !tuple.elems.is_empty() => Kind::Tuple,
            _ => Kind::Other,
        }
    }
}
