//! Numbers as people read them.

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
}
