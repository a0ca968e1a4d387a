//! The grammar of `#[tune(..)]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{
    Attribute, Error, Expr, Ident, LitStr, MacroDelimiter, Meta, Path, Result, Token, token,
};

use crate::mistakes::Mistakes;

/// What can be written in `#[tune(..)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Range,
    Log,
    Step,
    Normal,
    LogNormal,
    Law,
    Choices,
    Domain,
    Ordered,
    Weights,
    Default,
    Believed,
    Width,
    Fixed,
    Rename,
    Weight,
    Crate,
}

/// What carries the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Field,
    Variant,
    Enum,
    Struct,
}

impl Place {
    const ALL: [Place; 4] = [Place::Field, Place::Variant, Place::Enum, Place::Struct];

    fn name(self) -> &'static str {
        match self {
            Place::Field => "a field",
            Place::Variant => "a variant",
            Place::Enum => "an enum",
            Place::Struct => "a struct",
        }
    }
}

impl Key {
    const ALL: [Key; 17] = [
        Key::Range,
        Key::Log,
        Key::Step,
        Key::Normal,
        Key::LogNormal,
        Key::Law,
        Key::Choices,
        Key::Domain,
        Key::Ordered,
        Key::Weights,
        Key::Default,
        Key::Believed,
        Key::Width,
        Key::Fixed,
        Key::Rename,
        Key::Weight,
        Key::Crate,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Key::Range => "range",
            Key::Log => "log",
            Key::Step => "step",
            Key::Normal => "normal",
            Key::LogNormal => "log_normal",
            Key::Law => "law",
            Key::Choices => "choices",
            Key::Domain => "domain",
            Key::Ordered => "ordered",
            Key::Weights => "weights",
            Key::Default => "default",
            Key::Believed => "believed",
            Key::Width => "width",
            Key::Fixed => "fixed",
            Key::Rename => "rename",
            Key::Weight => "weight",
            Key::Crate => "crate",
        }
    }

    /// How it is written, for those who have written it otherwise.
    fn example(self, place: Place) -> &'static str {
        match self {
            Key::Range => "range = 0.0..=1.0",
            Key::Log => "log",
            Key::Step => "step = 0.1",
            Key::Normal => "normal(mean = 0.0, sd = 1.0)",
            Key::LogNormal => "log_normal(mean = 0.0, sd = 1.0)",
            Key::Law => "law = Beta::new(2.0, 5.0)",
            Key::Choices => "choices = [16, 32]",
            Key::Domain => "domain = Float::range(0.0..=1.0)",
            Key::Ordered => "ordered",
            Key::Weights => "weights = [1.0, 2.0]",
            Key::Default if place == Place::Variant => "default",
            Key::Default => "default = 0.5",
            Key::Believed => "believed = 0.5",
            Key::Width => "width = 0.1",
            Key::Fixed => "fixed = 0.5",
            Key::Rename => "rename = \"name\"",
            Key::Weight => "weight = 2.0",
            Key::Crate => "crate = path::to::tunewright",
        }
    }

    fn stands_on(self, place: Place) -> bool {
        match self {
            Key::Range | Key::Log | Key::Step | Key::Normal | Key::LogNormal | Key::Choices => {
                place == Place::Field
            }
            Key::Law | Key::Domain | Key::Weights | Key::Fixed | Key::Believed | Key::Width => {
                place == Place::Field
            }
            Key::Ordered => matches!(place, Place::Field | Place::Enum),
            Key::Default | Key::Rename => matches!(place, Place::Field | Place::Variant),
            Key::Weight => place == Place::Variant,
            Key::Crate => matches!(place, Place::Enum | Place::Struct),
        }
    }
}

/// One entry of an attribute.
pub(crate) struct Setting {
    pub(crate) key: Key,
    /// Where the key stands.
    pub(crate) span: Span,
    value: Value,
}

enum Value {
    Flag,
    Expr(Expr),
    Law(Law),
    Text(LitStr),
    Path(Path),
}

/// Mean and standard deviation.
pub(crate) struct Law {
    pub(crate) mean: Expr,
    pub(crate) sd: Expr,
}

/// All entries of all `#[tune(..)]` attributes in one place.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) entries: Vec<Setting>,
    /// Whether a part could not be read, so that nothing may be said to be missing.
    pub(crate) incomplete: bool,
}

impl Settings {
    pub(crate) fn read(attributes: &[Attribute], place: Place, mistakes: &mut Mistakes) -> Self {
        let mut settings = Settings::default();
        for attribute in attributes.iter().filter(|it| it.path().is_ident("tune")) {
            let list = match &attribute.meta {
                Meta::List(list) if matches!(list.delimiter, MacroDelimiter::Paren(_)) => list,
                meta => {
                    let keys = "write #[tune(range = 0.0..=1.0)], for example";
                    mistakes.on(meta, format!("`tune` takes attributes in parentheses; {keys}"));
                    settings.incomplete = true;
                    continue;
                }
            };
            let entries = |input: ParseStream<'_>| settings.read_entries(input, place, mistakes);
            if let Err(error) = list.parse_args_with(entries) {
                mistakes.add(error);
                settings.incomplete = true;
            }
        }
        settings
    }

    /// Reads on behind an entry that cannot be read, so that all mistakes are found.
    fn read_entries(
        &mut self,
        input: ParseStream<'_>,
        place: Place,
        mistakes: &mut Mistakes,
    ) -> Result<()> {
        while !input.is_empty() {
            let entry = self.read_entry(input, place, mistakes).and_then(|()| {
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

    fn read_entry(
        &mut self,
        input: ParseStream<'_>,
        place: Place,
        mistakes: &mut Mistakes,
    ) -> Result<()> {
        let name = input.call(Ident::parse_any)?;
        let key = known(&name, place)?;
        let value = value(input, key, place, &name)?;
        if self.get(key).is_some() {
            mistakes.at(name.span(), format!("`{name}` stands twice; drop one"));
        } else {
            self.entries.push(Setting { key, span: name.span(), value });
        }
        Ok(())
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Setting> {
        self.entries.iter().find(|setting| setting.key == key)
    }

    pub(crate) fn has(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn expr(&self, key: Key) -> Option<&Expr> {
        match &self.get(key)?.value {
            Value::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    /// The normal law, and whether it is one of the logarithm.
    pub(crate) fn normal(&self) -> Option<(&Law, bool)> {
        [Key::Normal, Key::LogNormal].into_iter().find_map(|key| match &self.get(key)?.value {
            Value::Law(law) => Some((law, key == Key::LogNormal)),
            _ => None,
        })
    }

    pub(crate) fn rename(&self) -> Option<&LitStr> {
        match &self.get(Key::Rename)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn krate(&self) -> Option<&Path> {
        match &self.get(Key::Crate)?.value {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }
}

fn known(name: &Ident, place: Place) -> Result<Key> {
    let text = name.to_string();
    match Key::ALL.into_iter().find(|key| key.name() == text) {
        Some(key) if key.stands_on(place) => Ok(key),
        Some(key) => {
            let places: Vec<&str> =
                Place::ALL.into_iter().filter(|&it| key.stands_on(it)).map(Place::name).collect();
            let (places, place) = (places.join(" or "), place.name());
            Err(Error::new(name.span(), format!("`{text}` belongs on {places}, not on {place}")))
        }
        None => {
            let here = Key::ALL.into_iter().filter(|key| key.stands_on(place));
            let names: Vec<&str> = here.map(Key::name).collect();
            let remedy = match nearest(&text, &names) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("{} takes {}", place.name(), names.join(", ")),
            };
            Err(Error::new(name.span(), format!("there is no attribute `{text}`; {remedy}")))
        }
    }
}

fn value(input: ParseStream<'_>, key: Key, place: Place, name: &Ident) -> Result<Value> {
    let example = key.example(place);
    let other =
        |problem: &str| Error::new(name.span(), format!("`{name}` {problem}; write `{example}`"));
    match key {
        Key::Log | Key::Ordered => flag(input, other),
        Key::Default if place == Place::Variant => flag(input, other),
        Key::Normal | Key::LogNormal => {
            if !input.peek(token::Paren) {
                return Err(other("needs a mean and a standard deviation"));
            }
            let content;
            syn::parenthesized!(content in input);
            let law = law(&content, other).map(Value::Law);
            if law.is_err() {
                // What is left unread would be a mistake of its own.
                content.parse::<TokenStream>()?;
            }
            law
        }
        _ => {
            if !input.peek(Token![=]) || input.peek(Token![==]) {
                return Err(other("needs a value"));
            }
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(other("needs a value"));
            }
            Ok(match key {
                Key::Rename => Value::Text(input.parse().map_err(|_| other("needs a text"))?),
                Key::Crate => Value::Path(
                    input.call(Path::parse_mod_style).map_err(|_| other("needs a path"))?,
                ),
                _ => Value::Expr(input.parse()?),
            })
        }
    }
}

fn flag(input: ParseStream<'_>, other: impl Fn(&str) -> Error) -> Result<Value> {
    if input.peek(Token![=]) || input.peek(token::Paren) {
        return Err(other("takes no value"));
    }
    Ok(Value::Flag)
}

fn law(input: ParseStream<'_>, other: impl Fn(&str) -> Error) -> Result<Law> {
    let (mut mean, mut sd) = (None, None);
    while !input.is_empty() {
        let name: Ident = input.parse()?;
        let part = match name.to_string().as_str() {
            "mean" => &mut mean,
            "sd" => &mut sd,
            part => return Err(Error::new(name.span(), other(&format!("has no `{part}`")))),
        };
        input.parse::<Token![=]>()?;
        if part.replace(input.parse()?).is_some() {
            return Err(Error::new(name.span(), format!("`{name}` stands twice; drop one")));
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    match (mean, sd) {
        (Some(mean), Some(sd)) => Ok(Law { mean, sd }),
        _ => Err(other("needs a mean and a standard deviation")),
    }
}

/// Goes behind the next comma.
pub(crate) fn skip_entry(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        if matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            break;
        }
    }
    Ok(())
}

/// The name that was probably meant by a text.
pub(crate) fn nearest<'a>(text: &str, names: &[&'a str]) -> Option<&'a str> {
    let nearest = names.iter().min_by_key(|name| distance(name, text))?;
    (distance(nearest, text) <= nearest.len() / 3 + 1).then_some(nearest)
}

/// Edit distance of two names.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
