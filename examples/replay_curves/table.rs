//! Recorded learning curves, task by task.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tunewright::Space;
use tunewright::space::{Point, Scale};

/// The recorded configs of one task.
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) space: Space,
    pub(crate) configs: Vec<Config>,
    /// The lowest final loss, and how far the median of those that are numbers is above it.
    best: f64,
    spread: f64,
}

pub(crate) struct Config {
    pub(crate) point: Point,
    /// The losses up to the first that is no number; that one included, as infinity.
    pub(crate) curve: Vec<f64>,
}

impl Config {
    /// The final loss; infinite for a run that has diverged.
    pub(crate) fn end(&self) -> f64 {
        self.curve.last().copied().unwrap_or(f64::INFINITY)
    }
}

impl Task {
    /// From 0 for the best config to 1 for the median and all that is worse.
    pub(crate) fn regret(&self, config: usize) -> f64 {
        ((self.configs[config].end() - self.best) / self.spread).clamp(0.0, 1.0)
    }
}

/// A row of the file.
struct Row {
    parameters: Vec<String>,
    curve: Vec<f64>,
}

pub(crate) fn read(path: &Path) -> Result<Vec<Task>, String> {
    let named = |problem: String| format!("{}: {problem}", path.display());
    let file = File::open(path).map_err(|error| named(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(BufReader::new(file)));
    let header = reader.headers().map_err(|error| named(error.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let task = column("task").ok_or_else(|| named("there is no column `task`".into()))?;
    let parameters: Vec<usize> =
        (0..header.len()).filter(|&at| header[at].starts_with("p_")).collect();
    let losses: Vec<usize> =
        (0..).map(|step| column(&format!("l_{step}"))).map_while(|column| column).collect();
    if parameters.is_empty() || losses.is_empty() {
        return Err(named(
            "it needs columns p_… with parameters and l_0, l_1, … with losses".into(),
        ));
    }
    let mut order: Vec<String> = Vec::new();
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| named(error.to_string()))?;
        let curve = curve(losses.iter().map(|&at| record[at].trim()))
            .map_err(|problem| named(format!("line {line}: {problem}")))?;
        let parameters = parameters.iter().map(|&at| record[at].trim().to_owned()).collect();
        let name = record[task].to_owned();
        if !order.contains(&name) {
            order.push(name.clone());
        }
        rows.entry(name).or_default().push(Row { parameters, curve });
    }
    if order.is_empty() {
        return Err(named("there are no curves".into()));
    }
    let names: Vec<&str> = parameters.iter().map(|&at| &header[at]["p_".len()..]).collect();
    let task = |name: String| {
        let rows = rows.remove(&name).unwrap_or_default();
        of_rows(name, &names, rows).map_err(|error| named(error.to_string()))
    };
    order.into_iter().map(task).collect()
}

/// The losses until a run has diverged.
fn curve<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<f64>, String> {
    let mut curve = Vec::new();
    for cell in cells {
        let loss: f64 = match cell {
            "" => f64::NAN,
            _ => cell.parse().map_err(|_| format!("the loss `{cell}` is no number"))?,
        };
        if !loss.is_finite() {
            curve.push(f64::INFINITY);
            break;
        }
        curve.push(loss);
    }
    Ok(curve)
}

fn of_rows(name: String, names: &[&str], rows: Vec<Row>) -> tunewright::Result<Task> {
    let columns: Vec<Column> = (0..names.len()).map(|at| Column::of(&rows, at)).collect();
    let space = names.iter().zip(&columns).fold(Space::builder(), |builder, (name, column)| {
        match column {
            // The place among the recorded values, which are draws from the parameter's own law.
            Column::Numbers(_) => builder.float(name, 0.0..=1.0, Scale::Linear),
            Column::Names(names) => builder.choices(name, names.iter().map(String::as_str)),
        }
    });
    let space = space.build()?;
    let point = |row: &Row| {
        let unit = columns.iter().zip(&row.parameters).map(|(column, cell)| column.unit(cell));
        space.point(&unit.collect::<Vec<f64>>())
    };
    let configs = rows
        .iter()
        .map(|row| Ok(Config { point: point(row)?, curve: row.curve.clone() }))
        .collect::<tunewright::Result<Vec<Config>>>()?;
    let mut ends: Vec<f64> =
        configs.iter().map(Config::end).filter(|end| end.is_finite()).collect();
    ends.sort_by(f64::total_cmp);
    let middle = |share: usize| ends.get(share / 2).copied().unwrap_or(f64::NAN);
    let median = 0.5 * (middle(ends.len().saturating_sub(1)) + middle(ends.len()));
    let best = middle(0);
    Ok(Task { name, space, configs, best, spread: median - best })
}

/// The values of a parameter in a table.
enum Column {
    /// The different values, ascending.
    Numbers(Vec<f64>),
    Names(Vec<String>),
}

impl Column {
    fn of(rows: &[Row], at: usize) -> Self {
        let numbers: Option<Vec<f64>> =
            rows.iter().map(|row| row.parameters[at].parse().ok()).collect();
        match numbers {
            Some(mut numbers) => {
                numbers.sort_by(f64::total_cmp);
                numbers.dedup();
                Column::Numbers(numbers)
            }
            None => {
                let mut names: Vec<String> =
                    rows.iter().map(|row| row.parameters[at].clone()).collect();
                names.sort();
                names.dedup();
                Column::Names(names)
            }
        }
    }

    /// The coordinate of a value.
    fn unit(&self, cell: &str) -> f64 {
        let (place, count) = match self {
            Column::Numbers(numbers) => {
                let value = cell.parse().unwrap_or(f64::NAN);
                (numbers.partition_point(|number| *number < value), numbers.len())
            }
            Column::Names(names) => {
                (names.partition_point(|name| name.as_str() < cell), names.len())
            }
        };
        (place as f64 + 0.5) / count as f64
    }
}
