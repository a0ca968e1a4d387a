//! Words and numbers for people: short numbers, durations, and columns of a terminal.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

/// Significant digits of the numbers that people read; exports have them all.
pub(crate) const DIGITS: usize = 6;

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

/// How many columns of a terminal a text takes.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text on one line of at most `columns`: control characters are escaped, and what is too long
/// loses its middle, because names and paths differ at their ends.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    if width(&plain) <= columns {
        return plain;
    }
    let room = columns.saturating_sub(1);
    format!("{}…{}", head(&plain, room - room / 2), tail(&plain, room / 2))
}

/// As much of the beginning as fits into the columns.
fn head(text: &str, columns: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| width(&text[..end]) <= columns).last();
    &text[..end.unwrap_or(0)]
}

/// As much of the end as fits into the columns.
fn tail(text: &str, columns: usize) -> &str {
    let starts = text.char_indices().rev().map(|(at, _)| at);
    let start = starts.take_while(|&start| width(&text[start..]) <= columns).last();
    &text[start.unwrap_or(text.len())..]
}

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// The text padded to a column's width.
pub(crate) fn pad(text: &str, columns: usize, align: Align) -> String {
    let space = " ".repeat(columns.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{text}{space}"),
        Align::Right => format!("{space}{text}"),
    }
}

/// A duration in the two units that matter.
pub(crate) fn duration(time: Duration) -> String {
    let (seconds, micros) = (time.as_secs(), time.as_micros());
    match seconds {
        0 if micros < 1000 => format!("{micros} µs"),
        0 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        1..60 => format!("{:.2} s", time.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// How many of a noun there are: `1 trial`, `2 trials`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// How many more of a noun there are: `1 more trial`, `2 more trials`.
pub(crate) fn more(count: usize, noun: &str) -> String {
    format!("{count} more {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn wide_and_combining_characters_count_as_terminals_show_them() {
        assert_eq!(width("learning_rate"), 13);
        assert_eq!(width("学習率"), 6);
        assert_eq!(width("e\u{301}te\u{301}"), 3);
        assert_eq!(width("lr 🚀"), 5);
        assert_eq!(width("ﾊﾟﾗﾒｰﾀ"), 6);
        assert_eq!(width("👩\u{200d}🔬"), 2);
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(fit("encoder.first.width", 11), "encod…width");
        assert_eq!(fit("学習率の初期値", 7), "学…値");
        assert_eq!(fit("two\nlines\t", 20), "two\\nlines\\t");
        assert_eq!(fit("abc", 3), "abc");
        assert_eq!(fit("abcd", 1), "…");
    }

    #[test]
    fn durations_name_the_units_that_matter() {
        let texts =
            [0, 999, 1500, 1_000_000, 59_990_000, 61_000_000, 3_725_000_000, 90_000_000_000]
                .map(|micros| duration(Duration::from_micros(micros)));
        assert_eq!(
            texts,
            [
                "0 µs",
                "999 µs",
                "1.5 ms",
                "1.00 s",
                "59.99 s",
                "1 min 01 s",
                "1 h 02 min",
                "1 d 01 h"
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_column(text in any::<String>(), columns in 1..40_usize) {
            let fitted = fit(&text, columns);
            prop_assert!(width(&fitted) <= columns, "{fitted:?}");
            prop_assert!(!fitted.contains(char::is_control));
        }
    }
}
