//! What an expression says before anything is compiled.

use std::cmp::Ordering;
use std::fmt;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprUnary, Lit, UnOp};

/// A literal, perhaps with a minus sign.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
}

impl Literal {
    /// `None` for everything that only the compiler can evaluate.
    pub(crate) fn of(expr: &Expr) -> Option<Literal> {
        match bare(expr) {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Bool(value) => Some(Literal::Bool(value.value)),
                Lit::Str(value) => Some(Literal::Text(value.value())),
                Lit::Char(value) => Some(Literal::Text(value.value().into())),
                // What is too large for 128 bits is too large for every rule.
                Lit::Int(value) => Some(Literal::Int(value.base10_parse().unwrap_or(i128::MAX))),
                Lit::Float(value) => value.base10_parse().ok().map(Literal::Float),
                _ => None,
            },
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match Literal::of(expr)? {
                Literal::Int(value) => Some(Literal::Int(-value)),
                Literal::Float(value) => Some(Literal::Float(-value)),
                Literal::Bool(_) | Literal::Text(_) => None,
            },
            _ => None,
        }
    }
}

/// A literal that is a number.
pub(crate) struct Number {
    pub(crate) value: f64,
    /// The same of an integer, exactly.
    pub(crate) whole: Option<i128>,
    text: String,
}

impl Number {
    pub(crate) fn of(expr: &Expr) -> Option<Number> {
        let literal = Literal::of(expr)?;
        let value = match literal {
            Literal::Int(value) => value as f64,
            Literal::Float(value) => value,
            Literal::Bool(_) | Literal::Text(_) => return None,
        };
        let whole = match literal {
            Literal::Int(value) => Some(value),
            _ => None,
        };
        Some(Number { value, whole, text: literal.to_string() })
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

/// Exact between integers.
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.whole, other.whole) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ => self.value.partial_cmp(&other.value),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Numbers read as `tunewright` writes them.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Bool(value) => value.fmt(f),
            Literal::Int(value) => value.fmt(f),
            Literal::Float(value) => {
                let size = value.abs();
                if size == 0.0 || (1e-4..1e7).contains(&size) {
                    write!(f, "{value}")
                } else {
                    write!(f, "{value:e}")
                }
            }
            Literal::Text(value) => value.fmt(f),
        }
    }
}

/// An expression without the parentheses around it.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        Expr::Paren(paren) => bare(&paren.expr),
        _ => expr,
    }
}

/// An expression where an `f64` must stand: whole numbers need no decimal point there.
pub(crate) fn as_f64(expr: &Expr) -> TokenStream {
    match Literal::of(expr) {
        Some(Literal::Int(value)) => {
            let value = value as f64;
            quote_spanned!(expr.span()=> #value)
        }
        _ => expr.to_token_stream(),
    }
}

/// An expression as a person would write it, for messages and labels.
pub(crate) fn text(tokens: &impl ToTokens) -> String {
    // The compiler's own spacing puts blanks around `::`, parentheses and the like.
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, tight) in [(" :: ", "::"), (" (", "("), ("( ", "("), (" )", ")"), (" ,", ",")] {
        text = text.replace(spaced, tight);
    }
    for (spaced, tight) in [(" . ", "."), ("- ", "-"), ("& ", "&"), (" ..= ", "..=")] {
        text = text.replace(spaced, tight);
    }
    text
}
