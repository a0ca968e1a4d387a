//! JSON as Python writes and reads it: with `NaN` and `Infinity`, integers of any size, nesting of
//! any depth, and escapes that are no characters. What this crate does not need to understand stays
//! the text that it was.

mod scanner;
mod write;

use std::borrow::Cow;

use scanner::Scanner;
pub(crate) use write::{ObjectWriter, array, number, quoted};

/// One JSON value, as it stands in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The one value that the text consists of, blanks around it aside.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (value, rest) = Raw::first(text)?;
        rest.trim_start_matches(BLANKS).is_empty().then_some(value)
    }

    /// The value that the text begins with, and what follows it.
    pub(crate) fn first(text: &'a str) -> Option<(Self, &'a str)> {
        let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
        scanner.blanks();
        let start = scanner.at;
        scanner.value()?;
        Some((Raw(text.get(start..scanner.at)?), text.get(scanner.at..)?))
    }

    /// The value's own text.
    pub(crate) fn text(self) -> &'a str {
        self.0
    }

    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(crate) fn bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A whole number; `None` for other numbers, and for those that do not fit.
    pub(crate) fn int<T: std::str::FromStr>(self) -> Option<T> {
        self.0.parse().ok()
    }

    /// Any number, NaN and the infinities included.
    pub(crate) fn number(self) -> Option<f64> {
        match self.0 {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => text.parse().ok(),
            _ => None,
        }
    }

    /// A text. Escapes that are no characters stay escapes.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if !inner.contains('\\') {
            return Some(Cow::Borrowed(inner));
        }
        Some(match serde_json::from_str::<String>(self.0) {
            Ok(text) => Cow::Owned(text),
            Err(_) => Cow::Borrowed(inner),
        })
    }

    /// Whether the value is this text.
    pub(crate) fn is_text(self, text: &str) -> bool {
        let inner = self.0.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match inner {
            Some(inner) if inner.len() == text.len() => inner == text,
            Some(inner) if inner.len() > text.len() && inner.contains('\\') => {
                self.string().is_some_and(|known| known == text)
            }
            _ => false,
        }
    }

    /// The members of an object, in their order.
    pub(crate) fn members(self) -> Option<Vec<(Raw<'a>, Raw<'a>)>> {
        let mut scanner = Scanner { text: self.0.as_bytes(), at: 0 };
        self.scan_members(&mut scanner)
    }

    fn scan_members(self, scanner: &mut Scanner<'a>) -> Option<Vec<(Raw<'a>, Raw<'a>)>> {
        scanner.eat(b'{').then_some(())?;
        let mut members = Vec::with_capacity(12);
        scanner.blanks();
        if scanner.eat(b'}') {
            return Some(members);
        }
        loop {
            let start = scanner.at;
            scanner.string()?;
            let key = Raw(self.0.get(start..scanner.at)?);
            scanner.blanks();
            scanner.eat(b':').then_some(())?;
            scanner.blanks();
            members.push((key, self.part(scanner)?));
            scanner.blanks();
            if scanner.eat(b'}') {
                return Some(members);
            }
            scanner.eat(b',').then_some(())?;
            scanner.blanks();
        }
    }

    /// The elements of an array.
    pub(crate) fn elements(self) -> Option<Vec<Raw<'a>>> {
        let mut scanner = Scanner { text: self.0.as_bytes(), at: 0 };
        scanner.eat(b'[').then_some(())?;
        let mut elements = Vec::new();
        scanner.blanks();
        while !scanner.eat(b']') {
            elements.push(self.part(&mut scanner)?);
            scanner.blanks();
            scanner.eat(b',');
            scanner.blanks();
        }
        Some(elements)
    }

    fn part(self, scanner: &mut Scanner<'a>) -> Option<Raw<'a>> {
        let start = scanner.at;
        scanner.value()?;
        self.0.get(start..scanner.at).map(Raw)
    }
}

/// The members of an object by their names; of equal names the last one counts.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a>(Vec<(Raw<'a>, Raw<'a>)>);

impl<'a> Object<'a> {
    /// The object that a text consists of.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(BLANKS);
        let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
        let members = Raw(text).scan_members(&mut scanner)?;
        (scanner.at == text.len()).then_some(Object(members))
    }

    pub(crate) fn of(value: Raw<'a>) -> Option<Self> {
        value.members().map(Object)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Raw<'a>> {
        let named = |(key, _): &&(Raw<'a>, Raw<'a>)| key.is_text(name);
        self.0.iter().rev().find(named).map(|(_, value)| *value)
    }

    /// As [`get`](Self::get), without what is null.
    pub(crate) fn given(&self, name: &str) -> Option<Raw<'a>> {
        self.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn last(&self) -> Option<(Raw<'a>, Raw<'a>)> {
        self.0.last().copied()
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_reads_is_read() {
        for text in [
            "NaN",
            "-Infinity",
            "-0.0",
            "5e-324",
            "123456789012345678901234567890",
            "\"\\ud800\"",
            "{\"\":[1, 2 ,{}],\"b\":[]}",
            "[[],{},\"\\u00e9\\\"\",null,true]",
        ] {
            assert_eq!(Raw::parse(text).map(Raw::text), Some(text), "{text}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(Raw::parse(&deep).is_some());
    }

    #[test]
    fn what_python_refuses_is_refused() {
        let wrong = "|{|[|\"|\"\\x\"|\"\\u12\"|01|1.|.5|+1|-|1e|{\"a\"}|{\"a\":}|{\"a\":1,}|[1,]|[1 2]|nul|\
                     {a:1}|[1]]|\u{1}|\"\u{1}\"|inf|nan";
        for text in wrong.split('|') {
            assert_eq!(Raw::parse(text), None, "{text}");
        }
    }

    #[test]
    fn members_come_by_name() {
        let text = r#"{"a": 1, "b": {"c": [1, "x,]}"]}, "a": 2.5, "\u0064": "\ud800", "n": null}"#;
        let object = Object::of(Raw::parse(text).unwrap()).unwrap();
        assert_eq!(object.get("a").unwrap().number(), Some(2.5));
        let inner = Object::of(object.get("b").unwrap()).unwrap();
        let elements = inner.get("c").unwrap().elements().unwrap();
        assert_eq!(elements[1].string().unwrap(), "x,]}");
        assert_eq!(object.get("d").unwrap().string().unwrap(), "\\ud800");
        assert!(object.get("n").is_some() && object.given("n").is_none());
        assert_eq!(object.get("e"), None);
    }

    #[test]
    fn numbers_read_back() {
        for value in [0.1, -0.0, 5e-324, f64::MAX, 1.0, f64::NAN, f64::INFINITY, -1e-7] {
            let text = number(value);
            let back = Raw::parse(&text).unwrap().number().unwrap();
            assert_eq!(back.to_bits(), value.to_bits(), "{text}");
        }
    }
}
