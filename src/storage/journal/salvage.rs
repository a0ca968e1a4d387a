//! The whole records in a line, be it damaged or not.

use super::line::{Line, START};
use crate::storage::optuna::json::Raw;

/// A record as it was written.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) text: &'a str,
    pub(super) line: Line<'a>,
    /// Whether a program of this crate wrote it.
    pub(super) is_ours: bool,
}

impl<'a> Record<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (line, is_ours) = Line::parse(text)?;
        Some(Record { text, line, is_ours })
    }
}

/// What a line holds.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) records: Vec<Record<'a>>,
    /// Whether there is anything else in the line.
    pub(super) is_damaged: bool,
}

/// Finds the whole records of a line: the one that it consists of, or those behind half a record,
/// which a writer had acknowledged, and those whose line end is lost.
pub(super) fn records(line: &[u8]) -> Found<'_> {
    let line = trimmed(line);
    if line.is_empty() {
        return Found::default();
    }
    if let Some(record) = std::str::from_utf8(line).ok().and_then(Record::parse) {
        return Found { records: vec![record], is_damaged: false };
    }
    let mut records = Vec::new();
    let mut end = 0;
    for start in starts(line) {
        if start < end {
            continue;
        }
        let rest = match std::str::from_utf8(&line[start..]) {
            Ok(rest) => rest,
            Err(error) => {
                std::str::from_utf8(&line[start..start + error.valid_up_to()]).unwrap_or("")
            }
        };
        if let Some((whole, after)) = Raw::first(rest)
            && let Some(record) = Record::parse(whole.text())
            && (record.is_ours || is_boundary(after))
        {
            end = start + rest.len() - after.len();
            records.push(record);
        }
    }
    Found { records, is_damaged: true }
}

/// Whether a record may have ended here. What another program wrote has no checksum, and with a
/// bracket too many its first half looks whole.
fn is_boundary(after: &str) -> bool {
    let after = after.trim_start();
    after.is_empty() || after.starts_with(START)
}

/// Where records may begin.
fn starts(line: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let places = line.windows(START.len()).enumerate();
    places.filter(|(_, part)| *part == START.as_bytes()).map(|(at, _)| at)
}

/// Whether a file in which there is no whole record may be a journal all the same: it is empty, or its
/// first writer was killed.
pub(super) fn may_begin_journal(head: &[u8]) -> bool {
    let (head, start) = (trimmed(head), START.as_bytes());
    head.starts_with(start) || start.starts_with(head)
}

/// A line without what editors and lost blocks of a disk put around it.
fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let is_empty = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    let start = line.iter().position(|byte| !is_empty(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !is_empty(byte)).map_or(start, |last| last + 1);
    &line[start..end]
}
