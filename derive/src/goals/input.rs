//! The struct with goals, as the other modules see it.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Generics, Ident, Path, Type, parse_quote};

use super::attribute::{Key, Kind, Setting};
use crate::mistakes::Mistakes;

pub(super) struct Input {
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    /// Path of the `tunewright` crate.
    pub(super) krate: Path,
    /// `None` for what is no struct with named fields.
    pub(super) fields: Option<Vec<Field>>,
}

pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) settings: Vec<Setting>,
}

impl Input {
    pub(super) fn read(derive: &DeriveInput, mistakes: &mut Mistakes) -> Input {
        let settings = Setting::read(&derive.attrs, true, mistakes);
        let krate = settings.iter().find_map(Setting::krate).cloned();
        let fields = match &derive.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) => Some(&named.named),
                _ => None,
            },
            Data::Enum(_) | Data::Union(_) => None,
        };
        if fields.is_none() {
            let what = match &derive.data {
                Data::Enum(_) => "an enum has no fields that are always there",
                Data::Union(_) => "a union has no fields that are always there",
                Data::Struct(_) => "the fields of this struct have no names",
            };
            mistakes.on(
                &derive.ident,
                format!("{what}; put the goals into a struct with named fields"),
            );
        }
        let fields = fields.map(|fields| {
            let named = fields.iter().filter_map(|field| {
                let settings = Setting::read(&field.attrs, false, mistakes);
                Some(Field { ident: field.ident.clone()?, ty: field.ty.clone(), settings })
            });
            named.collect()
        });
        Input {
            ident: derive.ident.clone(),
            generics: derive.generics.clone(),
            krate: krate.unwrap_or_else(|| parse_quote!(::tunewright)),
            fields,
        }
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Field> {
        self.fields.iter().flatten().filter(move |field| field.kind() == Some(kind))
    }
}

impl Field {
    /// What is said of it; of several attributes the first counts.
    pub(super) fn setting(&self) -> Option<&Setting> {
        self.settings.first()
    }

    /// What it is; `None` if it is left out.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self.setting() {
            None => Some(Kind::Metric),
            Some(setting) if setting.has(Key::Skip) => None,
            Some(setting) => Some(setting.kind),
        }
    }

    /// The name under which its value is known.
    pub(super) fn name(&self) -> String {
        match self.setting().and_then(Setting::name) {
            Some(name) => name.value(),
            None => self.ident.unraw().to_string(),
        }
    }

    pub(super) fn place_of_name(&self) -> Span {
        let name = self.setting().and_then(Setting::name);
        name.map_or_else(|| self.ident.span(), |name| name.span())
    }
}
