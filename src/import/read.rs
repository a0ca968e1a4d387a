//! Tables as rows of cells.

use std::io::Read;

use serde_json::{Map, Value as Json};

use super::cell::Cell;
use super::refused;
use crate::error::Result;
use crate::space::Value;

/// A table before anything is known of its columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Whether numbers may have decimal commas.
    pub(super) comma: bool,
}

/// A field and whether it stood in quotes.
type Field = (String, bool);

pub(super) fn text(mut reader: impl Read) -> Result<String> {
    let mut text = String::new();
    reader
        .read_to_string(&mut text)
        .map_err(|error| refused(format!("the table cannot be read: {error}")))?;
    // Spreadsheets begin files with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

pub(super) fn csv(reader: impl Read) -> Result<Table> {
    let text = text(reader)?;
    let separator = separator(&text);
    let comma = separator == ';';
    let mut records = records(&text, separator)?.into_iter();
    let header = records.next().ok_or_else(|| refused("the table is empty".into()))?;
    let name = |(name, quoted): Field| if quoted { name } else { name.trim().to_owned() };
    let columns: Vec<String> = header.into_iter().map(name).collect();
    let mut rows = Vec::new();
    for (index, record) in records.enumerate() {
        if record.len() != columns.len() {
            return Err(refused(format!(
                "row {} has {} fields where the header has {}",
                index + 1,
                record.len(),
                columns.len()
            )));
        }
        let cell = |(text, quoted)| Cell::field(text, quoted, comma);
        rows.push(record.into_iter().map(cell).collect());
    }
    Ok(Table { columns, rows, comma })
}

/// What stands between the names of the header: a comma, or else a semicolon, as where commas are
/// decimal, or a tab.
fn separator(text: &str) -> char {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // Every other part is within quotes.
    let names: String = header.split('"').step_by(2).collect();
    [',', ';', '\t'].into_iter().find(|one| names.contains(*one)).unwrap_or(',')
}

/// The fields of each line that is not empty (RFC 4180).
///
/// The crate `csv` does not tell which fields stood in quotes. Here that keeps the text "007" apart from
/// a number, and an empty text apart from a missing value.
fn records(text: &str, separator: char) -> Result<Vec<Vec<Field>>> {
    let mut records: Vec<Vec<Field>> = Vec::new();
    let mut record: Vec<Field> = Vec::new();
    let mut field: Field = Field::default();
    let mut open = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if open && characters.peek() == Some(&'"') => {
                field.0.push('"');
                characters.next();
            }
            '"' if open => open = false,
            '"' if field.0.trim_start().is_empty() && !field.1 => {
                field = (String::new(), true);
                open = true;
            }
            c if c == separator && !open => record.push(std::mem::take(&mut field)),
            '\r' if !open && characters.peek() == Some(&'\n') => {}
            '\n' if !open => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.0.push(c),
        }
    }
    if open {
        return Err(refused("a quote is opened and not closed".into()));
    }
    if !(field.0.is_empty() && record.is_empty()) {
        record.push(field);
        records.push(record);
    }
    records.retain(|record| record.iter().any(|(field, _)| !field.trim().is_empty()));
    Ok(records)
}

/// A JSON array of objects.
pub(super) fn json(text: &str) -> Result<Table> {
    let parsed: Json = serde_json::from_str(text)
        .map_err(|error| refused(format!("the table is not JSON: {error}")))?;
    let Json::Array(objects) = parsed else {
        return Err(refused("the table is not a JSON array of objects".into()));
    };
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (index, object) in objects.into_iter().enumerate() {
        let Json::Object(object) = object else {
            return Err(refused(format!("row {} is not a JSON object", index + 1)));
        };
        let mut row = vec![Cell::default(); columns.len()];
        let mut fields = Vec::new();
        flatten("", object, &mut fields);
        for (name, value) in fields {
            let cell = cell(value)
                .map_err(|what| refused(format!("{name} in row {} is {what}", index + 1)))?;
            match columns.iter().position(|column| *column == name) {
                Some(at) => row[at] = cell,
                None => {
                    columns.push(name);
                    row.push(cell);
                }
            }
        }
        rows.push(row);
    }
    rows.iter_mut().for_each(|row| row.resize(columns.len(), Cell::default()));
    Ok(Table { columns, rows, comma: false })
}

fn flatten(path: &str, object: Map<String, Json>, fields: &mut Vec<(String, Json)>) {
    for (name, value) in object {
        let name = if path.is_empty() { name } else { format!("{path}.{name}") };
        match value {
            Json::Object(inner) => flatten(&name, inner, fields),
            value => fields.push((name, value)),
        }
    }
}

fn cell(value: Json) -> Result<Cell, &'static str> {
    Ok(Cell::typed(match value {
        Json::Null => None,
        Json::Bool(flag) => Some(Value::Bool(flag)),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Some(Value::Int(int)),
            None => number.as_f64().map(Value::Float),
        },
        // As exports write what JSON has no number for.
        Json::String(text) if text == "NaN" => return Ok(Cell { text, quoted: true, value: None }),
        Json::String(text) => Some(Value::Text(text)),
        Json::Array(_) => return Err("a list, and no parameter can be a list; leave it out"),
        Json::Object(_) => return Err("an object"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(table: &Table, row: usize) -> Vec<Option<Value>> {
        table.rows[row].iter().map(|cell| cell.value.clone()).collect()
    }

    #[test]
    fn fields_are_what_they_look_like() {
        let table =
            csv("a,b,\"c, d\"\r\n1,2.5,\"say \"\"hi\"\"\"\n\n,true,x\n".as_bytes()).unwrap();
        assert_eq!(table.columns, ["a", "b", "c, d"]);
        assert_eq!(
            values(&table, 0),
            [Some(Value::Int(1)), Some(Value::Float(2.5)), Some(Value::Text("say \"hi\"".into()))]
        );
        assert_eq!(
            values(&table, 1),
            [None, Some(Value::Bool(true)), Some(Value::Text("x".into()))]
        );
        let nested = r#"[{"p": {"lr": 0.1}, "loss": 2}, {"loss": "NaN", "new": null}]"#;
        let table = json(nested).unwrap();
        assert_eq!(table.columns.len(), 3);
        assert_eq!(table.rows[0].len(), 3);
    }

    #[test]
    fn spreadsheets_of_other_countries_and_statistics_programs_are_read() {
        let text = "lr;\"a, b\";loss\r\n0,01;x;1,5\r\n0.1;\"y; z\";NA\r\n";
        let table = csv(text.as_bytes()).unwrap();
        assert_eq!(table.columns, ["lr", "a, b", "loss"]);
        let texts = ["x", "y; z"].map(|text| Some(Value::Text(text.into())));
        let numbers = [0.01, 1.5, 0.1].map(|number| Some(Value::Float(number)));
        let first = [numbers[0].clone(), texts[0].clone(), numbers[1].clone()];
        assert_eq!(values(&table, 0), first);
        assert_eq!(values(&table, 1), [numbers[2].clone(), texts[1].clone(), None]);
        let table = csv("a\tb\n1\tnan\n".as_bytes()).unwrap();
        assert_eq!(values(&table, 0), [Some(Value::Int(1)), None]);
        // A comma in a field of a table with commas is no decimal point.
        let table = csv("a,b\n\"1,5\",2\n".as_bytes()).unwrap();
        assert_eq!(values(&table, 0)[0], Some(Value::Text("1,5".into())));
    }

    #[test]
    fn what_is_no_table_is_refused_with_the_place() {
        let message = |text: &str| csv(text.as_bytes()).unwrap_err().to_string();
        assert!(message("a,b\n1\n").contains("row 1 has 1 fields"));
        assert!(message("").contains("empty"));
        assert!(message("a\n\"1\n").contains("not closed"));
        let message = |text: &str| json(text).unwrap_err().to_string();
        assert!(message("{}").contains("array"));
        assert!(message("[1]").contains("row 1"));
        assert!(message(r#"[{"a": [1]}]"#).contains("a in row 1 is a list"));
    }
}
