//! Ranges, steps and laws.

use syn::{Expr, ExprRange, RangeLimits};

use crate::attribute::Key;
use crate::input::{Field, Kind};
use crate::literal::{Literal, Number, bare, text};
use crate::mistakes::Mistakes;

pub(super) fn rules(field: &Field, mistakes: &mut Mistakes) {
    if let Some(range) = field.settings.expr(Key::Range) {
        let sound = match bounds(range, mistakes) {
            Bounds::Wrong => false,
            Bounds::Unknown => true,
            Bounds::Known(bounds) => {
                bounds_are_of_the_type(range, bounds, field, mistakes)
                    && range_holds_values(range, bounds, field, mistakes)
                    && bounds.iter().all(|bound| integer_fits(bound, mistakes))
            }
        };
        if !sound {
            return;
        }
    }
    step_fits(field, mistakes);
    law_is_one(field, mistakes);
}

enum Bounds<'a> {
    /// A mistake was found.
    Wrong,
    /// A constant, say.
    Unknown,
    Known([&'a Expr; 2]),
}

/// The two bounds of a literal range.
pub(super) fn literal_range(field: &Field) -> Option<(Number, Number)> {
    match bare(field.settings.expr(Key::Range)?) {
        Expr::Range(ExprRange { start: Some(low), end: Some(high), .. }) => {
            Number::of(low).zip(Number::of(high))
        }
        _ => None,
    }
}

/// A range has two bounds, and both are values.
fn bounds<'a>(range: &'a Expr, mistakes: &mut Mistakes) -> Bounds<'a> {
    match bare(range) {
        Expr::Range(ExprRange { start: Some(low), end: Some(high), limits, .. }) => {
            if let RangeLimits::HalfOpen(_) = limits {
                let (low, high) = (text(low), text(high));
                mistakes.on(
                    range,
                    format!("a range includes both of its bounds; write `{low}..={high}`"),
                );
                return Bounds::Wrong;
            }
            Bounds::Known([low, high])
        }
        Expr::Range(_) => {
            mistakes.on(range, "a range needs two bounds; write `low..=high`");
            Bounds::Wrong
        }
        Expr::Lit(_) | Expr::Unary(_) | Expr::Array(_) | Expr::Tuple(_) => {
            mistakes.on(range, "this is no range; write `low..=high`");
            Bounds::Wrong
        }
        _ => Bounds::Unknown,
    }
}

/// Whole numbers stand for integers, numbers with a decimal point for reals, as in all of Rust.
fn bounds_are_of_the_type(
    range: &Expr,
    bounds: [&Expr; 2],
    field: &Field,
    mistakes: &mut Mistakes,
) -> bool {
    let wrong = bounds.iter().any(|bound| !is_of_type(bound, &field.ty.kind));
    if wrong {
        let [low, high] = bounds.map(|bound| in_type(bound, &field.ty.kind));
        let (what, ty) = (spelling(&field.ty.kind), text(&field.ty.leaf));
        let remedy = match (low, high) {
            (Some(low), Some(high)) => format!("write `{low}..={high}`"),
            _ => "change the bounds, or the type".to_owned(),
        };
        mistakes.on(range, format!("the bounds of `{ty}` {what}; {remedy}"));
    }
    !wrong
}

/// The same for one number.
pub(super) fn number_is_of_the_type(
    what: &str,
    number: &Expr,
    field: &Field,
    mistakes: &mut Mistakes,
) -> bool {
    let right = is_of_type(number, &field.ty.kind);
    if !right {
        let (spelling, ty) = (spelling(&field.ty.kind), text(&field.ty.leaf));
        let remedy = match in_type(number, &field.ty.kind) {
            Some(number) => format!("write `{number}`"),
            None => "change it, or the type".to_owned(),
        };
        mistakes.on(number, format!("{what} of `{ty}` {spelling}; {remedy}"));
    }
    right
}

/// Literals that are no numbers are left to the compiler.
fn is_of_type(number: &Expr, kind: &Kind) -> bool {
    !matches!(
        (kind, Literal::of(number)),
        (Kind::Int, Some(Literal::Float(_))) | (Kind::Float, Some(Literal::Int(_)))
    )
}

fn spelling(kind: &Kind) -> &'static str {
    if *kind == Kind::Int { "must be whole" } else { "must have a decimal point" }
}

/// The number as a literal of the type; `None` if it is none.
fn in_type(number: &Expr, kind: &Kind) -> Option<String> {
    match (kind, Literal::of(number)) {
        (Kind::Float, Some(Literal::Int(value))) => Some(format!("{value}.0")),
        (Kind::Int, Some(Literal::Float(value))) if value.fract() == 0.0 => {
            Some(format!("{value:.0}"))
        }
        (_, Some(Literal::Bool(_) | Literal::Text(_))) => None,
        (Kind::Int, Some(Literal::Float(_))) => None,
        _ => Some(text(number)),
    }
}

/// The lower bound is not above the upper one, nor 0 or below on a log scale.
fn range_holds_values(
    range: &Expr,
    bounds: [&Expr; 2],
    field: &Field,
    mistakes: &mut Mistakes,
) -> bool {
    let log = field.settings.has(Key::Log) || field.settings.has(Key::LogNormal);
    match bounds.map(Number::of) {
        [Some(low), Some(high)] if low > high => mistakes.on(
            range,
            format!(
                "the range {low}..={high} holds no value, because low is above high; swap the \
                 bounds"
            ),
        ),
        [Some(low), _] if log && low.value <= 0.0 => mistakes.on(
            bounds[0],
            format!("log scale needs low > 0, but low is {low}; raise it or use a linear scale"),
        ),
        _ => return true,
    }
    false
}

/// Integers stay where the 64-bit ones are.
fn integer_fits(bound: &Expr, mistakes: &mut Mistakes) -> bool {
    let fits = !is_too_large(bound);
    if !fits {
        mistakes.on(bound, "a bound lies outside the 64-bit signed integers; narrow the range");
    }
    fits
}

fn is_too_large(number: &Expr) -> bool {
    matches!(Literal::of(number), Some(Literal::Int(value)) if i64::try_from(value).is_err())
}

/// A step is above 0 and not wider than the range.
fn step_fits(field: &Field, mistakes: &mut Mistakes) {
    let Some(expr) = field.settings.expr(Key::Step) else { return };
    if !number_is_of_the_type("the step", expr, field, mistakes) {
        return;
    }
    if is_too_large(expr) {
        mistakes.on(expr, "the step lies outside the 64-bit signed integers; use a smaller one");
        return;
    }
    match (Number::of(expr), literal_range(field)) {
        (Some(step), _) if step.value <= 0.0 => {
            mistakes.on(expr, format!("the step is {step}, but it must be above 0"));
        }
        (Some(step), Some((low, high))) if low < high && is_wider(&step, &low, &high) => {
            mistakes.on(
                expr,
                format!(
                    "the step {step} is wider than the range {low}..={high}; use a smaller step \
                     or a wider range"
                ),
            );
        }
        _ => {}
    }
}

fn is_wider(step: &Number, low: &Number, high: &Number) -> bool {
    match (step.whole, low.whole, high.whole) {
        (Some(step), Some(low), Some(high)) => step > high - low,
        _ => step.value > high.value - low.value,
    }
}

/// A standard deviation is above 0, and steps, which integers have, need bounds.
fn law_is_one(field: &Field, mistakes: &mut Mistakes) {
    let Some((law, _)) = field.settings.normal() else { return };
    if let Some(sd) = Number::of(&law.sd).filter(|sd| sd.value <= 0.0) {
        mistakes.on(&law.sd, format!("the standard deviation is {sd}, but it must be above 0"));
    } else if field.ty.kind == Kind::Int && !field.settings.has(Key::Range) {
        mistakes
            .on(&field.ty.leaf, "values in steps need bounds under a law; give a range as well");
    }
}
