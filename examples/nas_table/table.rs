//! A recorded table as a search space: what it lacks is illegal, and masked step by step.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tunewright::space::{Choices, Key, Point};
use tunewright::{Error, Result, SearchSpace, Space};

/// The label of a decision that is not reached.
const NOT_REACHED: &str = "-";

pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    /// The highest `valid`.
    pub(crate) best: f64,
    space: Space,
    /// Nodes of the prefix tree: per level of the next decision, the node that follows, or at the
    /// end the row.
    tree: Vec<Vec<Option<usize>>>,
    canonical: bool,
}

pub(crate) struct Row {
    levels: Vec<usize>,
    pub(crate) valid: f64,
    /// The scores of single training seeds.
    pub(crate) single: Vec<f64>,
    key: String,
}

impl Table {
    pub(crate) fn read(path: &Path, canonical: bool) -> Result<Self, String> {
        let named = |problem: String| format!("{}: {problem}", path.display());
        let file = File::open(path).map_err(|error| named(error.to_string()))?;
        let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(BufReader::new(file)));
        let header = reader.headers().map_err(|error| named(error.to_string()))?.clone();
        let columns = Columns::of(&header).map_err(named)?;
        if canonical && columns.key.is_none() {
            return Err(named("--canonical needs a column `key`".into()));
        }
        let mut rows = Vec::new();
        let mut labels: Vec<Vec<String>> = vec![Vec::new(); columns.decisions.len()];
        let mut texts = Vec::new();
        for (line, record) in (2..).zip(reader.records()) {
            let record = record.map_err(|error| named(error.to_string()))?;
            let row = columns.row(&record);
            let (decisions, row) =
                row.map_err(|problem| named(format!("line {line}: {problem}")))?;
            for (labels, label) in labels.iter_mut().zip(&decisions) {
                if !labels.contains(label) {
                    labels.push(label.clone());
                }
            }
            texts.push(decisions);
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(named("there are no architectures".into()));
        }
        labels.iter_mut().for_each(|labels| {
            labels.sort_by_key(|label| (label.parse::<i64>().is_err(), label.parse::<i64>().ok()));
        });
        let builder = labels.iter().enumerate().fold(Space::builder(), |builder, (at, labels)| {
            builder.field(&format!("d_{at}"), &Choices::of(labels.iter().map(String::as_str)))
        });
        let space = builder.build().map_err(|error| named(error.to_string()))?;
        let mut tree = vec![vec![None; labels[0].len()]];
        for (index, (row, decisions)) in rows.iter_mut().zip(&texts).enumerate() {
            let levels = labels.iter().zip(decisions);
            let levels = levels.map(|(labels, text)| labels.iter().position(|label| label == text));
            row.levels = levels.flatten().collect();
            let mut node = 0;
            for (depth, &level) in row.levels.iter().enumerate() {
                let last = depth + 1 == labels.len();
                let next = match (tree[node][level], last) {
                    (Some(_), true) => {
                        return Err(named(format!("line {}: a repeated architecture", index + 2)));
                    }
                    (Some(next), false) => next,
                    (None, true) => index,
                    (None, false) => {
                        tree.push(vec![None; labels[depth + 1].len()]);
                        tree.len() - 1
                    }
                };
                tree[node][level] = Some(next);
                node = next;
            }
        }
        let best = rows.iter().map(|row| row.valid).fold(f64::NEG_INFINITY, f64::max);
        Ok(Table { rows, best, space, tree, canonical })
    }

    /// Whether a row has no scores of single training seeds.
    pub(crate) fn lacks_single_scores(&self) -> bool {
        self.rows.iter().any(|row| row.single.is_empty())
    }

    /// What the levels lead to: a node, or a row if there is one for each decision.
    fn follow(&self, levels: impl Iterator<Item = Option<f64>>) -> Option<usize> {
        let mut node = 0;
        for level in levels {
            node = (*self.tree.get(node)?.get(level? as usize)?)?;
        }
        Some(node)
    }
}

/// Where what stands.
struct Columns {
    decisions: Vec<usize>,
    valid: usize,
    single: Vec<usize>,
    key: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let find = |name: &str| header.iter().position(|column| column == name);
        let numbered = |prefix: &str| {
            let columns = (0..).map(|at| find(&format!("{prefix}_{at}")));
            columns.map_while(|column| column).collect::<Vec<_>>()
        };
        let decisions = numbered("d");
        if decisions.is_empty() {
            return Err("there is no column `d_0`; the decisions are d_0, d_1, …".into());
        }
        let valid = find("valid").ok_or("there is no column `valid`, the score to maximise")?;
        Ok(Columns { decisions, valid, single: numbered("valid"), key: find("key") })
    }

    fn row(&self, record: &csv::StringRecord) -> Result<(Vec<String>, Row), String> {
        let text = |column: usize| record.get(column).unwrap_or_default().trim();
        let score = |column: usize| match text(column).parse::<f64>() {
            Ok(score) if score.is_finite() => Ok(score),
            _ => Err(format!("the score `{}` is no number", text(column))),
        };
        let decision = |&column: &usize| match text(column) {
            "" => Ok(NOT_REACHED.to_owned()),
            number if number.parse::<u32>().is_ok() => Ok(number.to_owned()),
            other => Err(format!("the decision `{other}` is no small number")),
        };
        let decisions = self.decisions.iter().map(decision).collect::<Result<Vec<_>, String>>()?;
        let present = self.single.iter().filter(|column| !text(**column).is_empty());
        let row = Row {
            levels: Vec::new(),
            valid: score(self.valid)?,
            single: present.map(|&column| score(column)).collect::<Result<_, String>>()?,
            key: self.key.map(text).unwrap_or_default().to_owned(),
        };
        Ok((decisions, row))
    }
}

/// The table as the space of a study; clones share it.
#[derive(Clone)]
pub(crate) struct TableSpace(pub(crate) Arc<Table>);

impl SearchSpace for TableSpace {
    /// The number of a row; `None` for what the table lacks.
    type Config = Option<usize>;

    fn space(&self) -> &Space {
        &self.0.space
    }

    fn decode(&self, point: &Point) -> Result<Self::Config> {
        self.0.space.check(point)?;
        Ok(self.0.follow(point.iter()))
    }

    fn encode(&self, config: &Self::Config) -> Result<Point> {
        let row =
            config.and_then(|row| self.0.rows.get(row)).ok_or_else(|| Error::OutsideSpace {
                parameter: "architecture".into(),
                value: format!("{config:?}"),
                values: format!("the {} rows of the table", self.0.rows.len()),
            })?;
        let levels: Vec<_> = row.levels.iter().map(|&level| Some(level as u64)).collect();
        Ok(self.0.space.point_at_levels(&levels))
    }

    fn violated(&self, config: &Self::Config) -> Option<&str> {
        config.is_none().then_some("in the table")
    }

    fn mask(&self, chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
        let next = self.0.follow(chosen[..axis].iter().copied());
        for (level, legal) in legal.iter_mut().enumerate() {
            *legal = next.is_some_and(|node| self.0.tree[node][level].is_some());
        }
    }

    fn key(&self, point: &Point) -> Key {
        match self.0.follow(point.iter()) {
            Some(row) if self.0.canonical => Key::of(&self.0.rows[row].key),
            _ => Key::of_point(point),
        }
    }
}
