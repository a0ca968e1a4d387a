//! JSON as Python writes it.

use std::fmt::Write as _;

/// A text as JSON, in ASCII as Python writes it: some characters end a line for some readers.
pub(crate) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    push_quoted(&mut json, text);
    json
}

fn push_quoted(json: &mut String, text: &str) {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        json.reserve(text.len() + text.len() / 4 + 2);
        json.push('"');
        for part in text.split_inclusive(['"', '\\']) {
            match part.as_bytes() {
                [.., mark @ (b'"' | b'\\')] => {
                    json.push_str(&part[..part.len() - 1]);
                    json.push('\\');
                    json.push((*mark).into());
                }
                _ => json.push_str(part),
            }
        }
        json.push('"');
        return;
    }
    for unit in serde_json::Value::from(text).to_string().encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => json.push(byte.into()),
            // Writing to a string does not fail.
            _ => drop(write!(json, "\\u{unit:04x}")),
        }
    }
}

/// A number as JSON in Python's dialect, with the fewest digits that read back to it.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else {
        format!("{value:?}")
    }
}

/// How many bytes the text of an object has room for at first.
const USUAL: usize = 128;

/// An object of members whose values are JSON already.
#[derive(Debug)]
pub(crate) struct ObjectWriter(String);

impl ObjectWriter {
    pub(crate) fn new() -> Self {
        ObjectWriter::with_capacity(USUAL)
    }

    /// One whose text will probably have as many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        ObjectWriter(text)
    }

    /// Begins a member.
    fn name(&mut self, name: &str) {
        self.separate();
        push_quoted(&mut self.0, name);
        self.0.push(':');
    }

    fn separate(&mut self) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
    }

    /// Adds a member under a name.
    pub(crate) fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// Adds a member whose name is JSON already.
    pub(crate) fn member(&mut self, name: &str, json: &str) -> &mut Self {
        self.separate();
        self.0.push_str(name);
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.name(name);
        push_quoted(&mut self.0, text);
        self
    }

    pub(crate) fn int(&mut self, name: &str, value: impl std::fmt::Display) -> &mut Self {
        self.name(name);
        // Writing to a string does not fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// Ends the object.
    pub(crate) fn end(&mut self) -> String {
        self.0.push('}');
        std::mem::take(&mut self.0)
    }
}

/// An array of elements that are JSON already.
pub(crate) fn array(elements: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (at, element) in elements.into_iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        // Writing to a string does not fail.
        let _ = write!(text, "{comma}{element}");
    }
    text.push(']');
    text
}
