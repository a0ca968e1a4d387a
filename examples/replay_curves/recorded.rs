//! Recorded configs as a search space.

use std::collections::HashMap;

use tunewright::space::{Key, Point, Space};
use tunewright::{Error, Result, SearchSpace};

use crate::table::Task;

/// The recorded configs, of which samplers choose: a config is its place in the table.
pub(crate) struct RecordedSpace {
    space: Space,
    points: Vec<Point>,
    by_key: HashMap<Key, usize>,
}

impl RecordedSpace {
    pub(crate) fn new(task: &Task) -> Self {
        let points: Vec<Point> = task.configs.iter().map(|config| config.point.clone()).collect();
        let by_key = points.iter().enumerate().map(|(at, point)| (Key::of_point(point), at));
        RecordedSpace { space: task.space.clone(), by_key: by_key.collect(), points }
    }
}

impl SearchSpace for RecordedSpace {
    type Config = usize;

    fn space(&self) -> &Space {
        &self.space
    }

    fn points(&self) -> Option<&[Point]> {
        Some(&self.points)
    }

    fn decode(&self, point: &Point) -> Result<usize> {
        let config = self.by_key.get(&Key::of_point(point)).copied();
        config.ok_or_else(|| Error::Sampler("a config that the table lacks".into()))
    }

    fn encode(&self, config: &usize) -> Result<Point> {
        let point = self.points.get(*config).cloned();
        point.ok_or_else(|| Error::Sampler("a config that the table lacks".into()))
    }
}
