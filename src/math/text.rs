//! Text for people: numbers, and what pictures need to know of text.

/// Writes a number the short way: plain digits for everyday sizes, an exponent outside of them.
/// `significant` limits the digits shown; without it the number reads back exactly.
pub(crate) fn number(value: f64, significant: Option<usize>) -> String {
    let rounded = match significant {
        // The exponent form is the only one in which a precision counts significant digits.
        Some(digits) => format!("{:.*e}", digits.max(1) - 1, value).parse().unwrap_or(value),
        None => value,
    };
    let size = rounded.abs();
    if size == 0.0 || (1e-4..1e7).contains(&size) || !size.is_finite() {
        format!("{rounded}")
    } else {
        format!("{rounded:e}")
    }
}

/// Most that a text is wide in any usual font without serifs, in the units of the font's size.
pub(crate) fn width(text: &str, font: f64) -> f64 {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => NARROWEST,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '-' | '/' => 0.44,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        'A'..='Z' | '&' | '×' | '+' | '=' | '<' | '>' => 0.78,
        // Figures of one width.
        c if c.is_ascii() => 0.63,
        _ => 1.1,
    };
    font * text.chars().map(width).sum::<f64>()
}

/// The least [`width`] of a character, for a font of size 1.
pub(crate) const NARROWEST: f64 = 0.34;

/// Text within XML and HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What XML cannot hold, escaped or not.
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back() {
        assert_eq!(number(0.0, None), "0");
        assert_eq!(number(0.001, None), "0.001");
        assert_eq!(number(1e-5, None), "1e-5");
        assert_eq!(number(-2.5e12, None), "-2.5e12");
        assert_eq!(number(0.123456789, Some(3)), "0.123");
        assert_eq!(number(123456.0, Some(3)), "123000");
        assert_eq!(number(f64::NAN, Some(3)), "NaN");
        for value in [0.1 + 0.2, 1e300, f64::MIN_POSITIVE, 9007199254740993.0] {
            assert_eq!(number(value, None).parse::<f64>().unwrap(), value);
        }
    }

    #[test]
    fn nothing_leaves_its_element() {
        assert_eq!(escaped("a<b & \"c\"\u{0}"), "a&lt;b &amp; &quot;c&quot;\u{FFFD}");
    }
}
