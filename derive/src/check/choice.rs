//! Listed choices and variants.

use syn::Expr;

use super::{distinct_names, number};
use crate::attribute::Key;
use crate::expand::labels;
use crate::input::{Field, Input, Variant};
use crate::literal::{Literal, Number, bare};
use crate::mistakes::Mistakes;

pub(super) fn variants(input: &Input, variants: &[Variant], mistakes: &mut Mistakes) {
    if variants.is_empty() {
        mistakes.on(&input.ident, "an enum without variants has no value; give it at least one");
    }
    let names = variants.iter().map(|variant| (variant.label(), variant.place_of_name()));
    distinct_names(names, "variant", mistakes);
    one_default(variants, mistakes);
    ordered_variants_are_plain(input, variants, mistakes);
    for variant in variants {
        if let Some(weight) = variant.settings.expr(Key::Weight) {
            weight_is_positive(weight, &variant.label(), mistakes);
        }
    }
}

/// At most one variant is the default.
fn one_default(variants: &[Variant], mistakes: &mut Mistakes) {
    let mut defaults = variants.iter().filter_map(|it| it.settings.get(Key::Default));
    let first = defaults.next();
    for second in defaults.filter(|_| first.is_some()) {
        mistakes.at(second.span, "another variant is the default; drop one of them");
    }
}

/// An order is of values, and variants with parameters are more than that.
fn ordered_variants_are_plain(input: &Input, variants: &[Variant], mistakes: &mut Mistakes) {
    let Some(ordered) = input.settings.get(Key::Ordered) else { return };
    if variants.iter().any(|variant| variant.fields.iter().any(Field::is_tuned)) {
        mistakes.at(
            ordered.span,
            "choices that have parameters of their own cannot be ordered; drop `ordered`",
        );
    }
}

pub(super) fn rules(field: &Field, mistakes: &mut Mistakes) {
    let Some(choices) = field.settings.expr(Key::Choices) else { return };
    let Expr::Array(array) = bare(choices) else {
        if !matches!(
            bare(choices),
            Expr::Path(_) | Expr::Call(_) | Expr::Macro(_) | Expr::Repeat(_)
        ) {
            mistakes.on(choices, "choices are a list; write `choices = [16, 32]`");
        }
        return;
    };
    let values: Vec<&Expr> = array.elems.iter().collect();
    if values.is_empty() {
        mistakes.at(array.bracket_token.span.join(), "there is no choice; give at least one");
        return;
    }
    for value in &values {
        if !number::number_is_of_the_type("the choices", value, field, mistakes) {
            return;
        }
    }
    let labels = labels(&values);
    choices_differ(&values, &labels, mistakes);
    if let Some(weights) = field.settings.expr(Key::Weights) {
        one_weight_for_each(weights, &labels, mistakes);
    }
}

/// No choice stands twice.
fn choices_differ(values: &[&Expr], labels: &[Literal], mistakes: &mut Mistakes) {
    let labels: Vec<String> = labels.iter().map(Literal::to_string).collect();
    for (index, label) in labels.iter().enumerate() {
        if labels[..index].contains(label) {
            mistakes.on(
                values[index],
                format!("the choice `{label}` stands twice; remove one, or give it another label"),
            );
        }
    }
}

/// Each choice has a weight, and it is above 0.
fn one_weight_for_each(weights: &Expr, labels: &[Literal], mistakes: &mut Mistakes) {
    let Expr::Array(array) = bare(weights) else { return };
    let (given, wanted) = (array.elems.len(), labels.len());
    if given != wanted {
        mistakes.on(
            weights,
            format!("there are {given} weights for {wanted} choices; give one for each"),
        );
        return;
    }
    for (weight, label) in array.elems.iter().zip(labels) {
        weight_is_positive(weight, &label.to_string(), mistakes);
    }
}

fn weight_is_positive(weight: &Expr, label: &str, mistakes: &mut Mistakes) {
    if let Some(number) = Number::of(weight).filter(|number| number.value <= 0.0) {
        mistakes.on(
            weight,
            format!(
                "the weight of `{label}` is {number}, but it must be above 0; to leave a choice \
                 out, remove it"
            ),
        );
    }
}
