//! The rules that a type and its attributes must keep, one function each.
//!
//! Only what can be read off the source is judged here. Values that only the compiler knows are
//! judged when the space is built, in the same words.

mod choice;
mod default;
mod number;

use proc_macro2::Span;
use syn::spanned::Spanned;

use crate::attribute::{Key, Settings};
use crate::input::{Field, Input, Kind, Shape, Variant};
use crate::literal::text;
use crate::mistakes::Mistakes;

/// The keys that belong to numbers.
const OF_NUMBERS: [Key; 6] =
    [Key::Range, Key::Log, Key::Step, Key::Normal, Key::LogNormal, Key::Law];

pub(crate) fn check(input: &Input, mistakes: &mut Mistakes) {
    match &input.shape {
        Shape::Product(fields) => product(fields, mistakes),
        Shape::Choice(variants) => {
            choice::variants(input, variants, mistakes);
            variants.iter().for_each(|variant| product(&variant.fields, mistakes));
        }
        Shape::Union(keyword) => mistakes.at(
            *keyword,
            "a union cannot be tuned, because nothing tells which field it holds; use an enum",
        ),
    }
}

fn product(fields: &[Field], mistakes: &mut Mistakes) {
    let named = fields.iter().filter(|field| field.is_tuned());
    let named = named.filter_map(|field| Some((field.name.clone()?, field.place_of_name())));
    distinct_names(named, "field", mistakes);
    fields.iter().for_each(|field| field_rules(field, mistakes));
}

/// Names are neither empty nor given twice.
fn distinct_names(
    names: impl Iterator<Item = (String, Span)>,
    what: &str,
    mistakes: &mut Mistakes,
) {
    let mut seen = Vec::new();
    for (name, span) in names {
        if name.is_empty() {
            mistakes.at(span, format!("the name is empty; give the {what} a name"));
        } else if seen.contains(&name) {
            mistakes.at(span, format!("another {what} has the name `{name}`; rename one of them"));
        } else {
            seen.push(name);
        }
    }
}

/// One mistake gives one message: what contradicts itself is judged no further.
fn field_rules(field: &Field, mistakes: &mut Mistakes) {
    let settings = &field.settings;
    let sound = fixed_is_alone(settings, mistakes)
        && domain_is_alone(settings, mistakes)
        && numbers_have_numeric_attributes(field, mistakes)
        && one_way_to_list_values(settings, mistakes)
        && one_law(settings, mistakes)
        && refinements_have_their_base(settings, mistakes)
        && values_are_known(field, mistakes);
    if !sound || !field.is_tuned() {
        return;
    }
    let before = mistakes.count();
    number::rules(field, mistakes);
    choice::rules(field, mistakes);
    if mistakes.count() == before {
        default::rules(field, mistakes);
    }
}

/// `fixed` leaves nothing that another attribute could say.
fn fixed_is_alone(settings: &Settings, mistakes: &mut Mistakes) -> bool {
    if !settings.has(Key::Fixed) {
        return true;
    }
    let others: Vec<_> =
        settings.entries.iter().filter(|setting| setting.key != Key::Fixed).collect();
    for other in &others {
        let name = other.key.name();
        mistakes
            .at(other.span, format!("`fixed` leaves nothing to tune; drop `{name}`, or `fixed`"));
    }
    others.is_empty()
}

/// A domain says all of the values that other attributes could say.
fn domain_is_alone(settings: &Settings, mistakes: &mut Mistakes) -> bool {
    if !settings.has(Key::Domain) {
        return true;
    }
    let with = [Key::Domain, Key::Default, Key::Believed, Key::Width, Key::Rename];
    let others: Vec<_> =
        settings.entries.iter().filter(|setting| !with.contains(&setting.key)).collect();
    for other in &others {
        let name = other.key.name();
        mistakes.at(
            other.span,
            format!("`domain` says which values there are, so `{name}` says nothing; drop one"),
        );
    }
    others.is_empty()
}

/// Ranges, scales, steps and laws are for numbers.
fn numbers_have_numeric_attributes(field: &Field, mistakes: &mut Mistakes) -> bool {
    let (what, remedy) = match &field.ty.kind {
        Kind::Bool => ("a `bool`", "drop it, because a boolean needs no attribute"),
        Kind::Owned | Kind::Text => ("a text", "list the values: choices = [\"..\"]"),
        Kind::List(_) => ("a list", "use an array `[T; N]`"),
        Kind::Tuple => ("a tuple", "use a struct, whose fields have names"),
        Kind::Reference => ("a reference", "use a value"),
        Kind::Int | Kind::Float | Kind::Other => return true,
    };
    let first = field.settings.entries.iter().find(|setting| OF_NUMBERS.contains(&setting.key));
    let Some(setting) = first else { return true };
    let name = setting.key.name();
    mistakes.at(setting.span, format!("`{name}` is for numbers, but this is {what}; {remedy}"));
    false
}

/// Values are either listed or described as numbers.
fn one_way_to_list_values(settings: &Settings, mistakes: &mut Mistakes) -> bool {
    if !settings.has(Key::Choices) {
        return true;
    }
    let first = settings.entries.iter().find(|setting| OF_NUMBERS.contains(&setting.key));
    let Some(setting) = first else { return true };
    let remedy = match setting.key {
        Key::Range | Key::Normal | Key::LogNormal | Key::Law => "drop one of them",
        _ => "drop it",
    };
    let name = setting.key.name();
    mistakes.at(
        setting.span,
        format!("`choices` lists the values, so `{name}` says nothing; {remedy}"),
    );
    false
}

/// There is one law, and `log_normal` is the normal one on a log scale.
fn one_law(settings: &Settings, mistakes: &mut Mistakes) -> bool {
    if settings.has(Key::Law) {
        return law_is_alone(settings, mistakes);
    }
    let message = match (settings.get(Key::Normal), settings.get(Key::LogNormal)) {
        (Some(normal), Some(log)) if settings.has(Key::Log) || normal.key != log.key => {
            Some((log.span, "`normal` and `log_normal` are two laws; drop one"))
        }
        (Some(_), None) => settings.get(Key::Log).map(|log| {
            (log.span, "`normal` is a law on the linear scale; write `log_normal(..)` for both")
        }),
        (None, Some(_)) => settings
            .get(Key::Log)
            .map(|log| (log.span, "`log_normal` is on a log scale already; drop `log`")),
        _ => None,
    };
    if let Some((span, message)) = message {
        mistakes.at(span, message);
    }
    message.is_none()
}

/// A law of its own says how likely each value is, whatever the scale.
fn law_is_alone(settings: &Settings, mistakes: &mut Mistakes) -> bool {
    let other = [Key::Normal, Key::LogNormal].into_iter().find_map(|key| settings.get(key));
    if let Some(other) = other {
        let name = other.key.name();
        mistakes.at(other.span, format!("`law` and `{name}` are two laws; drop one"));
        return false;
    }
    if let Some(log) = settings.get(Key::Log) {
        mistakes.at(
            log.span,
            "`law` says how likely each value is, on any scale; drop `log`, and for a law of the \
             logarithm take the exponential of what it draws: `.map(f64::exp)`",
        );
        return false;
    }
    true
}

/// `log` and `step` refine a range, `ordered` and `weights` a list of choices.
fn refinements_have_their_base(settings: &Settings, mistakes: &mut Mistakes) -> bool {
    if settings.incomplete {
        return true;
    }
    let rules = [
        (Key::Log, Key::Range, "`log` needs a range; add `range = 1e-5..=1e-1`, for example"),
        (Key::Step, Key::Range, "`step` needs a range; add `range = 0.0..=1.0`, for example"),
        (Key::Ordered, Key::Choices, "`ordered` is for choices; add `choices = [16, 32]`"),
        (Key::Weights, Key::Choices, "`weights` are for choices; add `choices = [16, 32]`"),
        (Key::Width, Key::Believed, "`width` is how far off a belief may be; add `believed = 0.5`"),
    ];
    let mut sound = true;
    for (refinement, base, message) in rules {
        if let Some(setting) = settings.get(refinement).filter(|_| !settings.has(base)) {
            mistakes.at(setting.span, message);
            sound = false;
        }
    }
    sound
}

/// Types that do not say themselves which values they may take need an attribute that does.
fn values_are_known(field: &Field, mistakes: &mut Mistakes) -> bool {
    let settings = &field.settings;
    let base = [Key::Range, Key::Normal, Key::LogNormal, Key::Law];
    let mut base = base.into_iter().chain([Key::Choices, Key::Domain, Key::Fixed]);
    if settings.incomplete || base.any(|key| settings.has(key)) {
        return true;
    }
    let name = text(&field.ty.leaf);
    let message = match &field.ty.kind {
        Kind::Bool | Kind::Other => return true,
        Kind::Int => format!("a `{name}` needs its values; add #[tune(range = 1..=10)]"),
        Kind::Float => format!("a `{name}` needs its values; add #[tune(range = 0.0..=1.0)]"),
        Kind::Owned | Kind::Text => {
            format!("a `{name}` needs its values; add #[tune(choices = [..])]")
        }
        Kind::List(list) => format!(
            "the length of a `{list}` is not known; use an array `[T; N]`, or list whole values \
             with #[tune(choices = [..])]"
        ),
        Kind::Tuple => "the parts of a tuple have no names; use a struct, or list whole values \
                        with #[tune(choices = [..])]"
            .to_owned(),
        Kind::Reference => "a reference cannot be made from a point; use a value, or list the \
                            references with #[tune(choices = [..])]"
            .to_owned(),
    };
    mistakes.on(&field.ty.leaf, format!("{message}, or #[tune(fixed = ..)] if it is not tuned"));
    false
}

impl Field {
    fn place_of_name(&self) -> Span {
        self.settings.rename().map_or_else(|| self.member.span(), |name| name.span())
    }
}

impl Variant {
    fn place_of_name(&self) -> Span {
        self.settings.rename().map_or_else(|| self.ident.span(), |name| name.span())
    }
}
