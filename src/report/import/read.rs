//! Tables as rows of values.

use std::io::Read;

use serde_json::{Map, Value as Json};

use super::refused;
use crate::error::Result;
use crate::space::Value;

type Rows = (Vec<String>, Vec<Vec<Option<Value>>>);

fn text(mut reader: impl Read) -> Result<String> {
    let mut text = String::new();
    reader
        .read_to_string(&mut text)
        .map_err(|error| refused(format!("the table cannot be read: {error}")))?;
    // Spreadsheets begin files with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

pub(super) fn csv(reader: impl Read) -> Result<Rows> {
    let text = text(reader)?;
    let separator = separator(&text);
    let mut records = records(&text, separator)?.into_iter();
    let header = records.next().ok_or_else(|| refused("the table is empty".into()))?;
    let columns: Vec<String> = header.into_iter().map(|name| name.trim().to_owned()).collect();
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
        rows.push(record.iter().map(|field| value(field, separator)).collect());
    }
    Ok((columns, rows))
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
fn records(text: &str, separator: char) -> Result<Vec<Vec<String>>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            c if c == separator && !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.push(c),
        }
    }
    if quoted {
        return Err(refused("a quote is opened and not closed".into()));
    }
    if !(field.is_empty() && record.is_empty()) {
        record.push(field);
        records.push(record);
    }
    records.retain(|record| record.iter().any(|field| !field.trim().is_empty()));
    Ok(records)
}

/// How tables write that there is no value; NaN is another way.
const ABSENT: [&str; 6] = ["", "NA", "N/A", "n/a", "NULL", "null"];

fn value(field: &str, separator: char) -> Option<Value> {
    let field = field.trim();
    if ABSENT.contains(&field) {
        return None;
    }
    if let Ok(int) = field.parse::<i64>() {
        return Some(Value::Int(int));
    }
    let decimal = if separator == ';' { field.replacen(',', ".", 1) } else { field.to_owned() };
    if let Ok(float) = decimal.parse::<f64>() {
        return number(float);
    }
    Some(match field {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        text => Value::Text(text.to_owned()),
    })
}

fn number(float: f64) -> Option<Value> {
    (!float.is_nan()).then_some(Value::Float(float))
}

pub(super) fn json(reader: impl Read) -> Result<Rows> {
    let parsed: Json = serde_json::from_str(&text(reader)?)
        .map_err(|error| refused(format!("the table is no JSON: {error}")))?;
    let Json::Array(objects) = parsed else {
        return Err(refused("the table is no JSON array of objects".into()));
    };
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<Option<Value>>> = Vec::new();
    for (index, object) in objects.into_iter().enumerate() {
        let Json::Object(object) = object else {
            return Err(refused(format!("row {} is no JSON object", index + 1)));
        };
        let mut row = vec![None; columns.len()];
        let mut fields = Vec::new();
        flatten("", object, &mut fields);
        for (name, value) in fields {
            let value = scalar(value)
                .map_err(|what| refused(format!("{name} in row {} is {what}", index + 1)))?;
            match columns.iter().position(|column| *column == name) {
                Some(at) => row[at] = value,
                None => {
                    columns.push(name);
                    row.push(value);
                }
            }
        }
        rows.push(row);
    }
    rows.iter_mut().for_each(|row| row.resize(columns.len(), None));
    Ok((columns, rows))
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

fn scalar(value: Json) -> Result<Option<Value>, &'static str> {
    Ok(Some(match value {
        Json::Null => return Ok(None),
        Json::Bool(flag) => Value::Bool(flag),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => return Ok(number.as_f64().and_then(self::number)),
        },
        // As exports write what JSON has no number for.
        Json::String(text) if text == "NaN" => return Ok(None),
        Json::String(text) => Value::Text(text),
        Json::Array(_) => return Err("a list, which no parameter is; leave it out"),
        Json::Object(_) => return Err("an object"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_what_they_look_like() {
        let (columns, rows) =
            csv("a,b,\"c, d\"\r\n1,2.5,\"say \"\"hi\"\"\"\n\n,true,x\n".as_bytes()).unwrap();
        assert_eq!(columns, ["a", "b", "c, d"]);
        assert_eq!(
            rows[0],
            [Some(Value::Int(1)), Some(Value::Float(2.5)), Some(Value::Text("say \"hi\"".into()))]
        );
        assert_eq!(rows[1], [None, Some(Value::Bool(true)), Some(Value::Text("x".into()))]);
        let nested = r#"[{"p": {"lr": 0.1}, "loss": 2}, {"loss": "NaN", "new": null}]"#;
        let (columns, rows) = json(nested.as_bytes()).unwrap();
        assert_eq!(columns.len(), 3);
        assert_eq!(rows[0].len(), 3);
    }

    #[test]
    fn spreadsheets_of_other_countries_and_statistics_programs_are_read() {
        let text = "lr;\"a, b\";loss\r\n0,01;x;1,5\r\n0.1;\"y; z\";NA\r\n";
        let (columns, rows) = csv(text.as_bytes()).unwrap();
        assert_eq!(columns, ["lr", "a, b", "loss"]);
        let texts = ["x", "y; z"].map(|text| Some(Value::Text(text.into())));
        assert_eq!(rows[0], [Some(Value::Float(0.01)), texts[0].clone(), Some(Value::Float(1.5))]);
        assert_eq!(rows[1], [Some(Value::Float(0.1)), texts[1].clone(), None]);
        let (columns, rows) = csv("a\tb\n1\tnan\n".as_bytes()).unwrap();
        assert_eq!((columns.len(), &rows[0][1]), (2, &None));
        // A comma in a field of a table with commas is no decimal point.
        let (_, rows) = csv("a,b\n\"1,5\",2\n".as_bytes()).unwrap();
        assert_eq!(rows[0][0], Some(Value::Text("1,5".into())));
    }

    #[test]
    fn what_is_no_table_is_refused_with_the_place() {
        let message = |text: &str| csv(text.as_bytes()).unwrap_err().to_string();
        assert!(message("a,b\n1\n").contains("row 1 has 1 fields"));
        assert!(message("").contains("empty"));
        assert!(message("a\n\"1\n").contains("not closed"));
        let message = |text: &str| json(text.as_bytes()).unwrap_err().to_string();
        assert!(message("{}").contains("array"));
        assert!(message("[1]").contains("row 1"));
        assert!(message(r#"[{"a": [1]}]"#).contains("a in row 1 is a list"));
    }
}
