//! Text in pictures: how wide it is, and how it is escaped.

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
const NARROWEST: f64 = 0.34;

/// The text, or as much of its beginning and end as fits.
pub(crate) fn fit(text: &str, font: f64, room: f64) -> String {
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
    fn nothing_leaves_its_element() {
        assert_eq!(escaped("a<b & \"c\"\u{0}"), "a&lt;b &amp; &quot;c&quot;\u{FFFD}");
    }

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
