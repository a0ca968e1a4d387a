//! What the cells of tables say.

use crate::space::Value;
use crate::table::csv::bare;

/// A cell as it stands in the table, and what it looks like.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether the text stood in quotes.
    pub(super) quoted: bool,
    /// `None` where the table has no value.
    pub(super) value: Option<Value>,
}

/// How tables write that there is no value; NaN is another way.
const ABSENT: [&str; 8] = ["", "NA", "N/A", "n/a", "NULL", "null", "NaT", "<NA>"];

/// Whether a label may have become a cell without a value.
pub(super) fn is_nothing(label: &str) -> bool {
    ABSENT.contains(&label) || ["None", "nan", "NaN", "none"].contains(&label)
}

impl Cell {
    /// A field of a table that says nothing of types. `comma`: numbers may have decimal commas.
    pub(super) fn field(text: String, quoted: bool, comma: bool) -> Self {
        let value = looks_like(text.trim(), comma);
        Cell { text, quoted, value }
    }

    /// A value of a table that knows types.
    pub(super) fn typed(value: Option<Value>) -> Self {
        let text = value.as_ref().map(Value::to_string).unwrap_or_default();
        Cell { text, quoted: matches!(value, Some(Value::Text(_))), value }
    }

    /// As [`Trials::to_csv`](crate::trial::Trials::to_csv) means it: what stands in quotes is text,
    /// if quotes say anything.
    pub(super) fn take_exactly(&mut self, quotes: bool, comma: bool) {
        self.value = match quotes && self.quoted {
            true => Some(Value::Text(self.text.clone())),
            false => bare(&self.text, comma),
        };
    }

    /// The value as a number.
    pub(super) fn number(&self) -> Option<f64> {
        self.value.as_ref()?.as_f64()
    }
}

fn looks_like(text: &str, comma: bool) -> Option<Value> {
    if ABSENT.contains(&text) {
        return None;
    }
    match bare(text, comma) {
        Some(Value::Float(float)) if float.is_nan() => None,
        value => value,
    }
}

/// Seconds of a length of time: `0 days 00:01:02.5`, `00:01:02`, `1.2min`, `242 ms`, `62.5`.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let (days, clock) = match text.split_once(" day") {
        Some((days, rest)) => (days.trim().parse::<f64>().ok()?, rest.trim_start_matches('s')),
        None => (0.0, text),
    };
    let clock = clock.trim_start_matches([',', ' ']).trim();
    let of_day = if clock.contains(':') {
        let parts: Vec<f64> =
            clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        match parts[..] {
            [hours, minutes, seconds] => 3600.0 * hours + 60.0 * minutes + seconds,
            [minutes, seconds] => 60.0 * minutes + seconds,
            _ => return None,
        }
    } else if clock.is_empty() && text.contains(" day") {
        0.0
    } else {
        let unit = clock.find(|c: char| c.is_alphabetic() && c != 'e').unwrap_or(clock.len());
        let factor = match clock[unit..].trim() {
            "" | "s" | "sec" | "seconds" => 1.0,
            "ms" => 1e-3,
            "min" | "m" | "minutes" => 60.0,
            "h" | "hours" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        factor * clock[..unit].trim().parse::<f64>().ok()?
    };
    let seconds = days * 86_400.0 + of_day;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

/// Whether the text is a date, a time of day or both, as in `2026-01-31`, `31.01.2026 9:30`,
/// `2026-01-31T09:30:00Z`, `1/31/2026, 9:30 AM`.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.trim();
    let day = text.split(['T', ' ', ',']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(is_number) && parts.iter().any(|part| part.len() == 4)
}

/// Where a run stood when the table was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    Complete,
    Pruned,
    Failed,
    Running,
    Waiting,
    /// Stopped by somebody, which says nothing of its config.
    Stopped,
}

/// The words of Optuna, MLflow, Weights & Biases, Ray Tune and of our own.
pub(super) fn stand(text: &str) -> Option<Stand> {
    let word = text.trim().to_ascii_lowercase();
    let word = word.strip_prefix("trialstate.").unwrap_or(&word);
    Some(match word {
        "complete" | "completed" | "finished" | "terminated" | "succeeded" | "success" => {
            Stand::Complete
        }
        "pruned" => Stand::Pruned,
        "fail" | "failed" | "failure" | "error" | "errored" | "crashed" => Stand::Failed,
        "running" => Stand::Running,
        "waiting" | "pending" | "scheduled" | "queued" | "paused" => Stand::Waiting,
        "killed" | "canceled" | "cancelled" | "aborted" | "interrupted" | "preempted" => {
            Stand::Stopped
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_programs_write_them() {
        for (text, expected) in [
            ("0 days 00:00:00.014148", 0.014148),
            ("1 days 01:01:01", 90_061.0),
            ("2 days", 172_800.0),
            ("1 day, 0:00:30", 86_430.0),
            ("00:01:02.5", 62.5),
            ("1.5min", 90.0),
            ("242ms", 0.242),
            ("3.5 s", 3.5),
            ("1e3", 1000.0),
            ("7", 7.0),
        ] {
            let read = seconds(text).unwrap();
            assert!((read - expected).abs() < 1e-9, "{text}: {read}");
        }
        for text in ["", "soon", "1:x", "-1", "inf", "3 weeks"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_told_from_numbers_and_names() {
        let dates =
            ["2026-01-31", "2026-01-31 09:30:00.1+00:00", "31.01.2026", "1/31/2026, 9:30 AM"];
        assert!(dates.iter().all(|text| is_date(text)));
        assert!(["", "0.5", "1.2.3", "a-b-2026", "2026", "relu"].iter().all(|text| !is_date(text)));
    }

    #[test]
    fn cells_of_our_own_say_their_kind() {
        for (text, value) in [
            ("12", Value::Int(12)),
            ("-0", Value::Float(-0.0)),
            ("1e-3", Value::Float(1e-3)),
            ("inf", Value::Float(f64::INFINITY)),
            ("true", Value::Bool(true)),
            (" 12", Value::Text(" 12".into())),
            ("NA", Value::Text("NA".into())),
        ] {
            assert_eq!(bare(text, false), Some(value), "{text}");
        }
        let mut cell = Cell::field("007".into(), true, false);
        assert_eq!(cell.value, Some(Value::Int(7)));
        cell.take_exactly(true, false);
        assert_eq!(cell.value, Some(Value::Text("007".into())));
    }
}
