//! Everything that the trials say, on one page of a terminal.

use std::fmt;

use serde::Serialize;

use crate::analysis::{
    Analysis, AtBound, CapacityTable, Effects, FitDiagnosis, GOAL, Importance, Luck, Proposal,
    Proposals, Reading, ends_in_words, fit_in_words, stopped_in_words,
};
use crate::earlier::{BELIEF, BELIEVED};
use crate::error::{Error, Result};
use crate::text::{counted, number};
use crate::trial::{Direction, TrialRecord};

/// What the trials say of the hyperparameters, and what to move next. Made to be displayed; the
/// parts are there to be read one by one.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Name of the study.
    pub name: String,
    /// The goals, where there are several. All that follows is about the one that `effects` names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<String>,
    /// How many trials are on the front, where there are several goals.
    #[serde(skip_serializing_if = "is_zero")]
    pub on_front: usize,
    /// Which trial comes nearest where none keeps all limits, and what it misses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nothing_feasible: Option<String>,
    /// The best value of the goal, and its trial's number.
    pub best: Option<(f64, u64)>,
    /// How the best trial fits.
    pub fit: FitDiagnosis,
    /// What was done to goals before they were modelled, where some are far from the others or only
    /// expected; and how much earlier studies and what was believed of parameters count.
    pub notes: Vec<String>,
    /// That the best trial was lucky, where the trials speak for noise.
    pub luck: Option<Luck>,
    /// Where the best trial lies at the end of a range.
    pub ends: Vec<AtBound>,
    /// What each hyperparameter does.
    pub effects: Effects,
    /// In which direction each moves the capacity.
    pub capacity: CapacityTable,
    /// Which ones matter for the goal.
    pub importance: Importance,
    /// What to move next; `None` before the first result, or when nothing is left.
    pub next: Option<Proposal>,
    /// Two hyperparameters to move at once, where that promises clearly more than one and an
    /// improvement is not unlikely.
    pub together: Option<Proposal>,
}

impl Analysis<'_> {
    /// What the trials say, as [`Study::explain`](crate::Study::explain).
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] for a role of a parameter that does not exist.
    pub fn explain(&self) -> Result<Explanation> {
        let effects = self.effects()?;
        let capacity = self.table();
        let (next, together) = match self.proposals(&effects, &capacity) {
            Ok(Proposals { single, pair }) => {
                let pair = pair.map(|(_, pair)| pair);
                (Some(single.1), pair.filter(Proposal::is_worth_a_try))
            }
            Err(Error::NoCompleteTrial { .. } | Error::NothingToAdvise | Error::Goals(_)) => {
                (None, None)
            }
            Err(error) => return Err(error),
        };
        let best = self.of_the_goal().best();
        let goals = &self.trials().header().goals;
        let several = goals.len() > 1;
        Ok(Explanation {
            goals: if several { goals.names() } else { Vec::new() },
            on_front: if several { self.trials().front().len() } else { 0 },
            nothing_feasible: match best {
                Some(_) => None,
                None => self.of_the_goal().summary().nearest_in_words().map(str::to_owned),
            },
            name: self.trials().header().name.clone(),
            best: best.and_then(|best| Some((best.value()?, best.number()))),
            fit: best.map_or(FitDiagnosis::Unknown, |best| self.fit_of(best)),
            notes: self.notes(),
            luck: self.luck(),
            ends: self.ends(&effects),
            importance: self.importance(GOAL),
            effects,
            capacity,
            next,
            together,
        })
    }
}

impl Explanation {
    /// Sentences on the best trial and on what was done to the goals.
    pub(super) fn of_the_best(&self) -> Vec<String> {
        let luck = self.luck.iter().zip(self.best).map(|(luck, (_, best))| luck.in_words(best));
        luck.chain(ends_in_words(&self.ends)).chain(self.notes.iter().cloned()).collect()
    }
}

impl Analysis<'_> {
    /// What was done to goals that are far from the others.
    fn notes(&self) -> Vec<String> {
        let short = |value: f64| number(value, Some(crate::text::DIGITS));
        let goal = |trial: &TrialRecord| self.measured(trial, GOAL);
        let mut notes = Vec::new();
        let complete = self.complete();
        for trial in complete.iter().filter(|trial| self.diverged().contains(&trial.number())) {
            let value = goal(trial).map(short).unwrap_or_default();
            notes.push(format!(
                "trial {} counts as failed: its goal is {value}, and configs like it are far better",
                trial.number()
            ));
        }
        let goals: Vec<f64> = self.usable().into_iter().filter_map(goal).collect();
        let losses: Vec<f64> = goals.iter().map(|goal| self.direction().orient(*goal)).collect();
        let reading = Reading::of(GOAL, &losses);
        let far = losses.iter().filter(|loss| reading.is_far_above(**loss)).count();
        if let Some(limit) = reading.limit().filter(|_| far > 0) {
            let (limit, side) = match self.direction() {
                Direction::Minimize => (limit, "above"),
                Direction::Maximize => (-limit, "below"),
            };
            let (counts, their) = if far == 1 { ("counts", "its") } else { ("count", "their") };
            notes.push(format!(
                "{} {side} {} {counts} by the logarithm of {their} distance from it",
                counted(far, "goal"),
                short(limit)
            ));
        }
        notes.extend(stopped_in_words(self.stopped()));
        if let Some(promising) = self.promising(false) {
            let expected = self.direction().orient(promising.loss);
            let last = promising.last_step.map_or(String::new(), |last| format!(" of {last}"));
            notes.push(format!(
                "trial {} has not ended and stands at step {}{last}; {} ± {} is expected at its end, better than \
                 the best: `Study::recommend` takes it",
                promising.number,
                promising.step,
                short(expected),
                short(promising.deviation)
            ));
        }
        notes.extend(self.beliefs());
        notes.extend(self.belief());
        notes
    }

    /// How much earlier studies were believed when they were last asked.
    fn beliefs(&self) -> Option<String> {
        let believed = |trial: &TrialRecord| {
            let notes = trial.notes().iter();
            let notes =
                notes.filter_map(|(name, value)| Some((name.strip_prefix(BELIEVED)?, value)));
            let all: Vec<String> =
                notes.map(|(study, weight)| format!("{study} {weight}")).collect();
            (!all.is_empty()).then(|| (trial.number(), all.join(", ")))
        };
        let (number, all) = self.trials().iter().rev().find_map(believed)?;
        Some(format!(
            "weights of what earlier studies predict, from 0 to about 1, at trial {number}: {all}"
        ))
    }

    /// How probably a person's beliefs are right, as it was last asked.
    fn belief(&self) -> Option<String> {
        let believed =
            |trial: &TrialRecord| Some((trial.number(), trial.notes().get(BELIEF)?.clone()));
        let (number, probability) = self.trials().iter().rev().find_map(believed)?;
        Some(format!(
            "what was believed of parameters is right with a probability of {probability}, by how many of the best \
             trials lie near it at trial {number}"
        ))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trials = self.effects.trials;
        let Some((value, number_of)) = self.best else {
            return match &self.nothing_feasible {
                Some(nearest) => write!(f, "{}: no trial keeps all limits; {nearest}", self.name),
                None => write!(f, "{}: no trial is complete yet", self.name),
            };
        };
        let plural = if trials == 1 { "trial" } else { "trials" };
        let value = number(value, Some(crate::text::DIGITS));
        match &self.effects.goal {
            Some(goal) if self.goals.is_empty() => write!(
                f,
                "{}: {trials} {plural}\nwhat follows is about {goal}, of which the best is {value} in trial \
                 {number_of}",
                self.name,
            )?,
            Some(goal) => write!(
                f,
                "{}: {trials} {plural}, {} on the front of {}\nwhat follows is about {goal}, of which the \
                 best is {value} in trial {number_of}",
                self.name,
                self.on_front,
                self.goals.join(", ")
            )?,
            None => {
                write!(
                    f,
                    "{}: {trials} {plural}, the best {value} in trial {number_of}",
                    self.name
                )?;
            }
        }
        if let Some(fit) = fit_in_words(self.fit) {
            write!(f, "\n{fit}")?;
        }
        for line in self.of_the_best() {
            write!(f, "\n{line}")?;
        }
        if !self.effects.sentences.is_empty() {
            section(f, "what each parameter does")?;
        }
        for (name, text) in self.effects.lines() {
            match name {
                Some(name) => write!(f, "\n{name}: {text}")?,
                None => write!(f, "\n{text}")?,
            }
        }
        if self.capacity.rows.iter().any(|row| row.found.is_some()) {
            section(f, "capacity")?;
            write!(f, "\n{}", self.capacity)?;
        }
        if self.importance.parameters.iter().any(|one| one.share > 0.0) {
            let goal = self.effects.goal.as_deref().unwrap_or("the goal");
            section(f, &format!("importance for {goal}"))?;
            write!(f, "\n{}", self.importance)?;
        }
        if let Some(next) = &self.next {
            section(f, "next")?;
            write!(f, "\n{}", next.text)?;
        }
        if let Some(together) = &self.together {
            write!(f, "\nor two at a time: {}", together.text)?;
        }
        Ok(())
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn section(f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
    write!(f, "\n\n{title}")
}
