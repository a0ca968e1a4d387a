//! The grammar of `#[goal(..)]`, `#[constraint(..)]` and `#[metric(..)]`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{
    Attribute, Error, Expr, Ident, LitStr, MacroDelimiter, Meta, Path, Result, Token, token,
};

use crate::attribute::{nearest, skip_entry};
use crate::mistakes::Mistakes;

/// What a field is, or that the attribute is one of the struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Goal,
    Constraint,
    Metric,
    Struct,
}

/// What can be written in the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Minimize,
    Maximize,
    Limit,
    AtMost,
    AtLeast,
    Name,
    Skip,
    Crate,
}

impl Kind {
    const OF_FIELDS: [Kind; 3] = [Kind::Goal, Kind::Constraint, Kind::Metric];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Goal | Kind::Struct => "goal",
            Kind::Constraint => "constraint",
            Kind::Metric => "metric",
        }
    }

    fn keys(self) -> &'static [Key] {
        match self {
            Kind::Goal => &[Key::Minimize, Key::Maximize, Key::Limit, Key::Name],
            Kind::Constraint => &[Key::AtMost, Key::AtLeast, Key::Name],
            Kind::Metric => &[Key::Name, Key::Skip],
            Kind::Struct => &[Key::Crate],
        }
    }

    fn example(self) -> &'static str {
        match self {
            Kind::Goal => "#[goal(minimize)] or #[goal(maximize)]",
            Kind::Constraint => "#[constraint(at_most = 1.0)]",
            Kind::Metric => "#[metric(name = \"name\")], or nothing",
            Kind::Struct => "#[goal(crate = path::to::tunewright)]",
        }
    }
}

impl Key {
    const ALL: [Key; 8] = [
        Key::Minimize,
        Key::Maximize,
        Key::Limit,
        Key::AtMost,
        Key::AtLeast,
        Key::Name,
        Key::Skip,
        Key::Crate,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Key::Minimize => "minimize",
            Key::Maximize => "maximize",
            Key::Limit => "limit",
            Key::AtMost => "at_most",
            Key::AtLeast => "at_least",
            Key::Name => "name",
            Key::Skip => "skip",
            Key::Crate => "crate",
        }
    }

    /// How it is written, for those who have written it otherwise.
    fn example(self) -> &'static str {
        match self {
            Key::Minimize => "minimize",
            Key::Maximize => "maximize",
            Key::Limit => "limit = 20.0",
            Key::AtMost => "at_most = 150.0",
            Key::AtLeast => "at_least = 0.9",
            Key::Name => "name = \"name\"",
            Key::Skip => "skip",
            Key::Crate => "crate = path::to::tunewright",
        }
    }
}

enum Value {
    Flag,
    Expr(Expr),
    Text(LitStr),
    Path(Path),
}

/// One attribute.
pub(super) struct Setting {
    pub(super) kind: Kind,
    /// Where its name stands.
    pub(super) span: Span,
    entries: Vec<(Key, Span, Value)>,
    /// Whether a part could not be read, so that nothing may be said to be missing.
    pub(super) incomplete: bool,
}

impl Setting {
    pub(super) fn span_of(&self, key: Key) -> Option<Span> {
        self.entries.iter().find(|(known, ..)| *known == key).map(|(_, span, _)| *span)
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.span_of(key).is_some()
    }

    fn value(&self, key: Key) -> Option<&Value> {
        self.entries.iter().find(|(known, ..)| *known == key).map(|(.., value)| value)
    }

    pub(super) fn expr(&self, key: Key) -> Option<&Expr> {
        match self.value(key)? {
            Value::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> Option<&LitStr> {
        match self.value(Key::Name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn krate(&self) -> Option<&Path> {
        match self.value(Key::Crate)? {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// The attributes of a field, or of the struct.
    pub(super) fn read(
        attributes: &[Attribute],
        of_struct: bool,
        mistakes: &mut Mistakes,
    ) -> Vec<Setting> {
        let mut settings = Vec::new();
        for attribute in attributes {
            let known =
                Kind::OF_FIELDS.into_iter().find(|kind| attribute.path().is_ident(kind.name()));
            let Some(kind) = known else { continue };
            if of_struct && kind != Kind::Goal {
                let message = format!("`{}` belongs on a field, not on a struct", kind.name());
                mistakes.on(attribute.path(), message);
                continue;
            }
            let kind = if of_struct { Kind::Struct } else { kind };
            settings.push(Setting::of(attribute, kind, mistakes));
        }
        settings
    }

    fn of(attribute: &Attribute, kind: Kind, mistakes: &mut Mistakes) -> Setting {
        let span = attribute.path().get_ident().map_or_else(Span::call_site, Ident::span);
        let mut setting = Setting { kind, span, entries: Vec::new(), incomplete: false };
        let list = match &attribute.meta {
            Meta::List(list) if matches!(list.delimiter, MacroDelimiter::Paren(_)) => list,
            meta => {
                let (name, example) = (kind.name(), kind.example());
                let message = format!("`{name}` takes attributes in parentheses; write {example}");
                mistakes.on(meta, message);
                setting.incomplete = true;
                return setting;
            }
        };
        let entries = |input: ParseStream<'_>| setting.read_entries(input, mistakes);
        if let Err(error) = list.parse_args_with(entries) {
            mistakes.add(error);
            setting.incomplete = true;
        }
        setting
    }

    /// Reads on behind an entry that cannot be read, so that all mistakes are found.
    fn read_entries(&mut self, input: ParseStream<'_>, mistakes: &mut Mistakes) -> Result<()> {
        while !input.is_empty() {
            let entry = self.read_entry(input, mistakes).and_then(|()| {
                if input.is_empty() {
                    return Ok(());
                }
                input.parse::<Token![,]>().map(drop).map_err(|error| {
                    Error::new(error.span(), "attributes are separated by commas; put one here")
                })
            });
            if let Err(error) = entry {
                mistakes.add(error);
                self.incomplete = true;
                skip_entry(input)?;
            }
        }
        Ok(())
    }

    fn read_entry(&mut self, input: ParseStream<'_>, mistakes: &mut Mistakes) -> Result<()> {
        let name = input.call(Ident::parse_any)?;
        let key = known(&name, self.kind)?;
        let value = value(input, key, &name)?;
        if self.has(key) {
            mistakes.at(name.span(), format!("`{name}` stands twice; drop one"));
        } else {
            self.entries.push((key, name.span(), value));
        }
        Ok(())
    }
}

fn known(name: &Ident, kind: Kind) -> Result<Key> {
    let text = name.to_string();
    let key = Key::ALL.into_iter().find(|key| key.name() == text);
    if let Some(key) = key.filter(|key| kind.keys().contains(key)) {
        return Ok(key);
    }
    let places: Vec<String> = Kind::OF_FIELDS
        .into_iter()
        .filter(|kind| key.is_some_and(|key| kind.keys().contains(&key)))
        .map(|kind| format!("`{}`", kind.name()))
        .collect();
    let here = match kind {
        Kind::Struct => "a struct".to_owned(),
        kind => format!("`{}`", kind.name()),
    };
    if key.is_some() {
        let places = if places.is_empty() { "a struct".to_owned() } else { places.join(" or ") };
        return Err(Error::new(
            name.span(),
            format!("`{text}` belongs to {places}, not to {here}"),
        ));
    }
    let names: Vec<&str> = kind.keys().iter().map(|key| key.name()).collect();
    let remedy = match nearest(&text, &names) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("{here} takes {}", names.join(", ")),
    };
    Err(Error::new(name.span(), format!("there is no attribute `{text}`; {remedy}")))
}

fn value(input: ParseStream<'_>, key: Key, name: &Ident) -> Result<Value> {
    let other = |problem: &str| {
        Error::new(name.span(), format!("`{name}` {problem}; write `{}`", key.example()))
    };
    if matches!(key, Key::Minimize | Key::Maximize | Key::Skip) {
        if input.peek(Token![=]) || input.peek(token::Paren) {
            return Err(other("takes no value"));
        }
        return Ok(Value::Flag);
    }
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        return Err(other("needs a value"));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(other("needs a value"));
    }
    Ok(match key {
        Key::Name => Value::Text(input.parse().map_err(|_| other("needs a text"))?),
        Key::Crate => {
            Value::Path(input.call(Path::parse_mod_style).map_err(|_| other("needs a path"))?)
        }
        _ => Value::Expr(input.parse()?),
    })
}
