//! What stands in pictures for text that is too wide.

use crate::math::text::{NARROWEST, width};

/// The text, or as much of its beginning and end as fits.
pub(super) fn fit(text: &str, font: f64, room: f64) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width(&plain, font) <= room {
        return plain;
    }
    let chars: Vec<char> = plain.chars().collect();
    // Names and paths differ at their ends, so that the middle goes.
    let most = (room.max(0.0) / (NARROWEST * font)) as usize + 1;
    for kept in (1..chars.len().min(most)).rev() {
        let (head, tail) = (kept - kept / 2, kept / 2);
        let short: String =
            chars[..head].iter().chain(&['…']).chain(&chars[chars.len() - tail..]).collect();
        if width(&short, font) <= room {
            return short;
        }
    }
    "…".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_loses_its_middle() {
        assert_eq!(fit("learning_rate", 12.0, 1000.0), "learning_rate");
        let short = fit("encoder.first.attention.learning_rate", 12.0, 100.0);
        assert!(
            short.starts_with("enc") && short.ends_with("te") && short.contains('…'),
            "{short}"
        );
        assert!(width(&short, 12.0) <= 100.0);
        assert_eq!(fit("abc", 12.0, 3.0), "…");
    }
}
