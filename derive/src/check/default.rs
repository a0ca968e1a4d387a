//! Defaults that can be read off the source.

use syn::{Expr, ExprCall};

use super::number;
use crate::attribute::Key;
use crate::expand::labels;
use crate::input::{Field, Layer};
use crate::literal::{Literal, Number, bare, text};
use crate::mistakes::Mistakes;

/// A default is one of the field's values; so is each value in an option or array.
pub(super) fn rules(field: &Field, mistakes: &mut Mistakes) {
    let Some(default) = field.settings.expr(Key::Default) else { return };
    let mut leaves = vec![default];
    for layer in &field.ty.layers {
        if let Some(leaf) = leaves.iter().find(|leaf| Literal::of(leaf).is_some()) {
            let value = text(leaf);
            let (what, remedy) = match layer {
                Layer::Option => ("an option", format!("Some({value})")),
                Layer::Array(length) => ("an array", format!("[{value}; {}]", text(length))),
            };
            mistakes.on(leaf, format!("this is the default of {what}; write `{remedy}`"));
            return;
        }
        leaves = leaves.into_iter().flat_map(|value| inner(layer, value)).collect();
    }
    let mut leaves = leaves.into_iter();
    // Of an array with many wrong values one is enough.
    let _ = leaves.any(|leaf| {
        !number::number_is_of_the_type("the default", leaf, field, mistakes)
            || !lies_in_range(leaf, field, mistakes)
            || !is_a_choice(leaf, field, mistakes)
    });
}

/// The values within `Some(..)` or `[..]`; none if they are written otherwise.
fn inner<'a>(layer: &Layer, value: &'a Expr) -> Vec<&'a Expr> {
    match (layer, bare(value)) {
        (Layer::Option, Expr::Call(ExprCall { func, args, .. })) => match bare(func) {
            Expr::Path(path) if path.path.segments.last().is_some_and(|it| it.ident == "Some") => {
                args.iter().collect()
            }
            _ => Vec::new(),
        },
        (Layer::Array(_), Expr::Array(array)) => array.elems.iter().collect(),
        (Layer::Array(_), Expr::Repeat(repeat)) => vec![&repeat.expr],
        _ => Vec::new(),
    }
}

fn lies_in_range(value: &Expr, field: &Field, mistakes: &mut Mistakes) -> bool {
    let (Some(default), Some((low, high))) = (Number::of(value), number::literal_range(field))
    else {
        return true;
    };
    let step = field.settings.expr(Key::Step).and_then(Number::of);
    let message = match step {
        _ if default < low || default > high => format!(
            "the default {default} lies outside {low}..={high}; widen the range or change the \
             default"
        ),
        Some(step) if !is_on_a_step(&default, &low, &step) => format!(
            "the default {default} lies between the steps of {step} from {low} on; change one of \
             them"
        ),
        _ => return true,
    };
    mistakes.on(value, message);
    false
}

/// Exactly for integers; for others up to what rounding does to decimal steps.
fn is_on_a_step(default: &Number, low: &Number, step: &Number) -> bool {
    if let (Some(default), Some(low), Some(step)) = (default.whole, low.whole, step.whole) {
        return step <= 0 || (default - low) % step == 0;
    }
    let steps = (default.value - low.value) / step.value;
    (steps - steps.round()).abs() <= 1e-6
}

fn is_a_choice(value: &Expr, field: &Field, mistakes: &mut Mistakes) -> bool {
    let (Some(default), Some(Expr::Array(array))) =
        (Literal::of(value), field.settings.expr(Key::Choices).map(bare))
    else {
        return true;
    };
    let values: Vec<&Expr> = array.elems.iter().collect();
    // A constant among the choices may have any value.
    if values.iter().any(|value| Literal::of(value).is_none()) {
        return true;
    }
    let labels = labels(&values);
    if labels.contains(&default) {
        return true;
    }
    let words: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
    let words = words.join(" or ");
    mistakes.on(
        value,
        format!("the default `{default}` is none of {words}; list it, or change the default"),
    );
    false
}
