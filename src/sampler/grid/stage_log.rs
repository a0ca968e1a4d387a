//! The stages of a coarse-to-fine search, as the records of a study's trials tell them.

use std::collections::BTreeMap;

use crate::sampler::Suggestion;
use crate::space::{Point, Value};
use crate::trial::{History, Observed, Origin, TrialRecord, TrialState};

/// Number of the stage, from 1.
const STAGE: &str = "stage";
/// Number of the trial at the centre of the cell.
const CELL: &str = "cell";
/// All cells of the stage: number of the trial at the centre, a slash, and the depth.
const CELLS: &str = "cells";
/// For a point that combines the results of a cell: that cell, in the same form.
const COMBINED: &str = "combined";
/// How many trials the stage is to have, apart from combinations.
const SIZE: &str = "stage_size";

/// A stage after the first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stage {
    pub(super) number: u64,
    pub(super) size: u64,
    pub(super) cells: Vec<Cell>,
}

/// A part of the space that a stage looks at more closely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The trial at its centre.
    pub(super) trial: u64,
    /// How often the spacing of the first stage is halved.
    pub(super) depth: u32,
}

/// The results of a cell in one stage.
#[derive(Debug)]
pub(super) struct Results<'a> {
    pub(super) cell: Cell,
    pub(super) centre: Option<Observed<'a>>,
    pub(super) around: Vec<Observed<'a>>,
}

/// What is known of the stages.
#[derive(Clone, Debug, Default)]
pub(super) struct StageLog {
    /// The trials before this number are entered.
    next: u64,
    /// But for these, which had no record yet.
    gaps: Vec<u64>,
    /// The latest stage, and the trial that opened it.
    stage: Option<(Stage, u64)>,
    /// How many trials each stage has.
    asked: BTreeMap<u64, u64>,
    /// How deep each trial's surroundings are to be looked at next; 0 for trials not listed.
    depths: BTreeMap<u64, u32>,
    /// Trials that were run or are to be run.
    run: u64,
}

impl StageLog {
    /// Enters the trials that are new in the history. Interrupted ones have tried nothing.
    pub(super) fn update(&mut self, history: &History) {
        let end = history.trials().next_back().map_or(0, |trial| trial.number() + 1);
        let mut numbers = std::mem::take(&mut self.gaps);
        numbers.extend(self.next..end);
        self.next = self.next.max(end);
        for number in numbers {
            match history.trial(number) {
                Some(trial) if trial.state() == TrialState::Interrupted => {}
                Some(trial) => {
                    // What goes on after it was stopped was asked for once.
                    let earlier = match trial.origin() {
                        Origin::Continued { of } => history.trial(of),
                        _ => None,
                    };
                    let state = earlier.map(TrialRecord::state);
                    self.enter(trial, state != Some(TrialState::Pruned));
                }
                None => self.gaps.push(number),
            }
        }
    }

    /// The latest stage after the first.
    pub(super) fn stage(&self) -> Option<&Stage> {
        self.stage.as_ref().map(|(stage, _)| stage)
    }

    /// How many trials a stage has so far.
    pub(super) fn asked(&self, stage: u64) -> u64 {
        self.asked.get(&stage).copied().unwrap_or(0)
    }

    /// How deep the surroundings of a trial are to be looked at next.
    pub(super) fn depth(&self, trial: u64) -> u32 {
        self.depths.get(&trial).copied().unwrap_or(0)
    }

    /// How many trials were run or are to be run, whoever asked for them.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    fn enter(&mut self, trial: &TrialRecord, is_new: bool) {
        if trial.origin() != Origin::Added && is_new {
            self.run += 1;
        }
        let Some(number) = whole(trial, STAGE) else { return };
        *self.asked.entry(number).or_default() += u64::from(is_new);
        if let Some(cell) = text(trial, COMBINED).and_then(Cell::parse) {
            self.deepen(trial.number(), cell.depth + 1);
        }
        let Some(cells) = text(trial, CELLS) else { return };
        let cells: Vec<Cell> = cells.split(' ').filter_map(Cell::parse).collect();
        for cell in &cells {
            self.deepen(cell.trial, cell.depth + 1);
            if whole(trial, CELL) == Some(cell.trial) {
                self.deepen(trial.number(), cell.depth + 1);
            }
        }
        // Two processes may open the same stage at the same time; the lower number counts.
        let later = self.stage.as_ref().is_none_or(|(latest, opener)| {
            (number, std::cmp::Reverse(trial.number()))
                > (latest.number, std::cmp::Reverse(*opener))
        });
        if later {
            let size = whole(trial, SIZE).unwrap_or(u64::MAX);
            self.stage = Some((Stage { number, size, cells }, trial.number()));
        }
    }

    fn deepen(&mut self, trial: u64, depth: u32) {
        let known = self.depths.entry(trial).or_default();
        *known = depth.max(*known);
    }
}

impl Stage {
    /// The suggestion of a point that belongs to one of the stage's cells.
    pub(super) fn suggestion(&self, cell: Cell, point: Point) -> Suggestion {
        let cells: Vec<String> = self.cells.iter().map(|cell| cell.to_text()).collect();
        in_stage(self.number, point)
            .note(CELL, Value::Int(cell.trial as i64))
            .note(CELLS, cells.join(" "))
            .note(SIZE, Value::Int(self.size as i64))
    }

    /// The suggestion of a point that combines the results of one of the stage's cells.
    pub(super) fn combination(&self, cell: Cell, point: Point) -> Suggestion {
        in_stage(self.number, point).note(COMBINED, cell.to_text())
    }

    /// What is known of the stage's cells, in their order.
    pub(super) fn results<'a>(&self, history: &'a History) -> Vec<Results<'a>> {
        let known = |&cell: &Cell| Results { cell, centre: None, around: Vec::new() };
        let mut results: Vec<Results<'a>> = self.cells.iter().map(known).collect();
        let places: BTreeMap<u64, usize> =
            self.cells.iter().enumerate().map(|(place, cell)| (cell.trial, place)).collect();
        for trial in history.complete() {
            if let Some(&place) = places.get(&trial.number()) {
                results[place].centre = Some(trial);
            }
            if whole(trial.record(), STAGE) == Some(self.number)
                && let Some(cell) = whole(trial.record(), CELL)
                && let Some(&place) = places.get(&cell)
            {
                results[place].around.push(trial);
            }
        }
        results
    }
}

impl Cell {
    fn to_text(self) -> String {
        format!("{}/{}", self.trial, self.depth)
    }

    fn parse(text: &str) -> Option<Self> {
        let (trial, depth) = text.split_once('/')?;
        Some(Cell { trial: trial.parse().ok()?, depth: depth.parse().ok()? })
    }
}

/// The suggestion of a point that belongs to a stage, but to none of its cells.
pub(super) fn in_stage(number: u64, point: Point) -> Suggestion {
    Suggestion::from(point).note(STAGE, Value::Int(number as i64))
}

fn text<'a>(trial: &'a TrialRecord, note: &str) -> Option<&'a str> {
    match trial.notes().get(note)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn whole(trial: &TrialRecord, note: &str) -> Option<u64> {
    match trial.notes().get(note)? {
        Value::Int(value) => u64::try_from(*value).ok(),
        _ => None,
    }
}
