//! The table for terminals.

use std::fmt;

use super::{Importance, ParameterImportance};
use crate::analysis::GOAL;
use crate::analysis::effects::flat_in_words as in_words;
use crate::analysis::known::stopped_in_words;
use crate::analysis::reading::MetricScale;
use crate::text::{self, Align};

/// Widest name, and how many interactions and candidates are shown.
const NAME: usize = 30;
const SHOWN: usize = 5;
const CANDIDATES: usize = 4;

impl fmt::Display for Importance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.parameters.iter().map(|one| text::fit(&one.parameter, NAME));
        let width = names.map(|name| text::width(&name)).max().unwrap_or(0).max(9);
        if let Some(goal) = &self.goal {
            writeln!(f, "for {goal}")?;
        }
        let title = text::pad("parameter", width, Align::Left);
        write!(f, "{title}  of variance  for the best")?;
        let row = |f: &mut fmt::Formatter<'_>, one: &ParameterImportance| {
            let name = text::pad(&text::fit(&one.parameter, NAME), width, Align::Left);
            let share = format!("{} ± {:2.0}", percent(one.share), 100.0 * one.deviation);
            write!(f, "\n{name}  {share:>11}  {:>12}", percent(one.best_region))
        };
        let mut branches: Vec<&str> = Vec::new();
        for one in &self.parameters {
            match &one.within {
                Some(within) if !branches.contains(&within.as_str()) => branches.push(within),
                Some(_) => {}
                None => row(f, one)?,
            }
        }
        for branch in branches {
            write!(f, "\nof the variance where {branch}:")?;
            for one in &self.parameters {
                if one.within.as_deref() == Some(branch) {
                    row(f, one)?;
                }
            }
        }
        for pair in self.interactions.iter().take(SHOWN) {
            let (first, second) = (text::fit(&pair.first, NAME), text::fit(&pair.second, NAME));
            write!(f, "\n{first} with {second}: {} more", percent(pair.share))?;
        }
        write!(f, "\n{}", self.verdict())?;
        if self.out_of_bag_r2.is_some() {
            write!(f, "\n{}", self.treatment())?;
        }
        if let Some(flat) = in_words(&self.flat_parts) {
            write!(f, "\n{flat}")?;
        }
        Ok(())
    }
}

impl Importance {
    /// Whether the trials tell which parameter matters most, and what they tell at all.
    pub(crate) fn verdict(&self) -> String {
        let Some(r2) = self.out_of_bag_r2 else {
            return match self.trials {
                0 => format!("no complete trial has {}", self.called()),
                1 | 2 => {
                    "at least three complete trials are needed to show what matters".to_owned()
                }
                _ => format!("{} is the same in all trials", self.called()),
            };
        };
        if !self.is_shown() {
            return "the trials do not yet show what matters: a forest predicts those left out no better than their mean"
                .to_owned();
        }
        let known = format!("a forest predicts {} of the variance of trials left out", percent(r2));
        match &self.leading[..] {
            [] | [_] => known,
            several => {
                let more = several.len() > CANDIDATES;
                let names = several.iter().take(CANDIDATES).map(|name| text::fit(name, NAME));
                let mut names: Vec<String> = names.collect();
                let last = match more {
                    true => "another".to_owned(),
                    false => names.pop().unwrap_or_default(),
                };
                let names = format!("{} or {last}", names.join(", "));
                format!("the trials cannot tell which matters most: {names}\n{known}")
            }
        }
    }

    /// What the shares are shares of.
    pub(crate) fn treatment(&self) -> String {
        let of = match self.scale {
            MetricScale::Linear => self.called().to_owned(),
            MetricScale::Log => format!("the logarithm of {}", self.called()),
        };
        let mut text = format!("shares are those of {of} over the whole space");
        match self.moved {
            0 => {}
            1 => text.push_str("; one extreme value was moved towards the others"),
            many => {
                text.push_str(&format!("; {many} extreme values were moved towards the others"));
            }
        }
        match self.outliers {
            0 => {}
            1 => text.push_str("; one trial is unlike its neighbours and counts for little"),
            many => text.push_str(&format!(
                "; {many} trials are unlike their neighbours and count for little"
            )),
        }
        if let Some(stopped) = stopped_in_words(self.stopped) {
            text.push_str("; ");
            text.push_str(&stopped);
        }
        text
    }

    fn called(&self) -> &str {
        match &self.goal {
            Some(goal) => goal,
            None if self.metric == GOAL => "the goal",
            None => &self.metric,
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
