//! What a driver has asked for so far, and the replies.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde_json::{Map, Value as Json, json};
use tunewright::surrogate::Noise;
use tunewright::trial::{Event, NOISE, at_most};
use tunewright::{Params, Study};

use crate::NewSampler;
use crate::protocol::{Described, Finished, Init, Request, Told, read};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) struct Session {
    new_sampler: NewSampler,
    running: Option<Running>,
}

struct Running {
    study: Study<Params>,
    described: Described,
    repeats: bool,
    /// The names of the outcome constraints.
    constraints: Vec<String>,
}

impl Session {
    pub(crate) fn new(new_sampler: NewSampler) -> Self {
        Session { new_sampler, running: None }
    }

    /// The reply to one line.
    pub(crate) fn answer(&mut self, line: &[u8]) -> Json {
        self.serve(line).unwrap_or_else(|error| json!({ "error": in_full(&*error) }))
    }

    fn serve(&mut self, line: &[u8]) -> Result<Json> {
        let request = read(line)?;
        if let Request::Init(init) = request {
            self.running = Some(Running::start(self.new_sampler, init)?);
            return Ok(json!({ "ok": true }));
        }
        let running = self.running.as_ref().ok_or("there is no study yet; send init first")?;
        match request {
            Request::Ask => return running.ask(),
            Request::Tell { id, told, noise, text } => running.tell(id, told, noise, &text)?,
            Request::Recommend => return running.recommend(),
            Request::Preload { trials } => running.preload(trials)?,
            Request::Init(_) => {}
        }
        Ok(json!({ "ok": true }))
    }
}

impl Running {
    fn start(new_sampler: NewSampler, init: Init) -> Result<Self> {
        let study = Study::in_space(init.space.space()?)
            .goals(init.goals()?)
            .sampler(new_sampler(init.budget));
        let study = init
            .outcome_constraints
            .iter()
            .fold(study, |study, name| study.outcome_constraint(name, at_most(0.0)));
        let study = if let Some(seed) = init.seed { study.seed(seed) } else { study };
        let study = if init.repeats { study.allow_repeats() } else { study };
        let study = study.build()?;
        let Init { space: described, repeats, outcome_constraints: constraints, .. } = init;
        Ok(Running { study, described, repeats, constraints })
    }

    fn ask(&self) -> Result<Json> {
        let asked = match self.study.ask() {
            // A grid that is used up starts over where points may be tried again.
            Err(tunewright::Error::Exhausted { .. } | tunewright::Error::GridExhausted { .. })
                if self.repeats =>
            {
                self.enqueue_again()?;
                self.study.ask()?
            }
            asked => asked?,
        };
        self.named(asked.number(), asked.config())
    }

    /// Has the point tried next that was tried the longest ago.
    fn enqueue_again(&self) -> Result<()> {
        let history = self.study.history()?;
        let mut points: Vec<_> = Vec::new();
        for trial in history.trials() {
            if !points.contains(&trial.point()) {
                points.push(trial.point());
            }
        }
        let next = history.trials().count() % points.len().max(1);
        let point = points.get(next).ok_or("there is no trial yet that could be tried again")?;
        let config = self.study.space().decode(point)?;
        self.study.enqueue(config)?;
        Ok(())
    }

    /// The config to take in the end, where values are noisy.
    fn recommend(&self) -> Result<Json> {
        let best = self.study.recommend(Noise::PerTrial)?;
        self.named(best.number(), best.config())
    }

    fn named(&self, id: u64, config: &Params) -> Result<Json> {
        Ok(json!({ "id": id, "params": self.described.to_json(config)? }))
    }

    fn tell(
        &self,
        id: u64,
        told: Told,
        noise: Option<f64>,
        text: &BTreeMap<String, String>,
    ) -> Result<()> {
        let constraints: Vec<_> = told.constraints(&self.constraints).collect();
        // Before anything is kept.
        let outcome = told.outcome()?;
        for (name, text) in text {
            self.study.store().append(id, vec![Event::noted(name, text)])?;
        }
        if let Some(noise) = noise {
            self.study.store().append(id, vec![Event::recorded(NOISE, noise)])?;
        }
        for (name, value) in constraints {
            self.study.store().append(id, vec![Event::recorded(name, value)])?;
        }
        self.study.tell(self.study.trial_id(id), outcome)?;
        Ok(())
    }

    /// Adds all trials, or none if one is refused.
    fn preload(&self, trials: Vec<Finished>) -> Result<()> {
        let trials = trials.into_iter().enumerate().map(|(index, trial)| {
            let params = self.params(&trial.params);
            let at = |error: &dyn fmt::Display| format!("trials[{index}]: {error}");
            let params = params.map_err(|error| at(&error))?;
            let constraints = trial.told.constraints(&self.constraints);
            let constraints = constraints.map(|(name, value)| (name.to_owned(), value)).collect();
            Ok((params, trial.told.outcome().map_err(|error| at(&error))?, constraints))
        });
        for (params, outcome, constraints) in trials.collect::<Result<Vec<_>>>()? {
            self.study.add_with_metrics(params, outcome, constraints)?;
        }
        Ok(())
    }

    fn params(&self, given: &Map<String, Json>) -> Result<Params> {
        self.described.params(self.study.space().space(), given)
    }
}

/// An error with its causes.
fn in_full(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
