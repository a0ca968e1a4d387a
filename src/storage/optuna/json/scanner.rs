//! Where a JSON value ends.

/// Passes over JSON without keeping it.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// Passes a value. Nested ones are kept on a stack of their closing brackets and not on the
    /// program's, so that no depth is too great.
    pub(super) fn value(&mut self) -> Option<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.blanks();
            match self.peek()? {
                b'{' => {
                    self.at += 1;
                    self.blanks();
                    if !self.eat(b'}') {
                        self.key()?;
                        open.push(b'}');
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    self.blanks();
                    if !self.eat(b']') {
                        open.push(b']');
                        continue;
                    }
                }
                b'"' => self.string()?,
                _ => self.scalar()?,
            }
            // A value has ended, and with it perhaps those around it.
            loop {
                let Some(&close) = open.last() else { return Some(()) };
                self.blanks();
                if self.eat(b',') {
                    if close == b'}' {
                        self.blanks();
                        self.key()?;
                    }
                    break;
                }
                self.eat(close).then_some(())?;
                open.pop();
            }
        }
    }

    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.blanks();
        self.eat(b':').then_some(())
    }

    pub(super) fn string(&mut self) -> Option<()> {
        self.eat(b'"').then_some(())?;
        loop {
            self.at += plain(&self.text[self.at..]);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => {
                    let escape = *self.text.get(self.at + 1)?;
                    self.at += 2;
                    match escape {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.text.get(self.at..self.at + 4)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                            self.at += 4;
                        }
                        _ => return None,
                    }
                }
                // Control characters must be escaped.
                _ => return None,
            }
        }
    }

    fn scalar(&mut self) -> Option<()> {
        for word in ["true", "false", "null", "NaN", "Infinity", "-Infinity"] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Some(());
            }
        }
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

/// How many bytes of a text come before one that ends it, escapes, or must not stand in it. Most of a
/// journal are texts, so that eight bytes are looked at together (Warren, Hacker's Delight, 6-1).
fn plain(text: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, end: u8| word.wrapping_sub(EACH * u64::from(end)) & !word & HIGH;
    let mut at = 0;
    while let Some(Ok(bytes)) = text.get(at..at + 8).map(<[u8; 8]>::try_from) {
        let word = u64::from_le_bytes(bytes);
        let quote = below(word ^ (EACH * u64::from(b'"')), 1);
        let escape = below(word ^ (EACH * u64::from(b'\\')), 1);
        let special = quote | escape | below(word, 0x20);
        if special != 0 {
            // The lowest mark is right; higher ones may come from a borrow.
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = &text[at..];
    let special = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    at + special.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_the_same_wherever_it_stands() {
        for special in 0..=u8::MAX {
            let is_special = matches!(special, b'"' | b'\\' | 0..0x20);
            for at in 0..20 {
                let mut text = *b"abcdefghi\x7f\xff\x80jklmnop!";
                text[at] = special;
                let expected = if is_special { at } else { text.len() };
                assert_eq!(plain(&text), expected, "{special} at {at}");
            }
        }
    }
}
