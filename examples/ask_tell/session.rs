//! What a driver has asked for so far, and the replies.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde_json::{Map, Value as Json, json};
use tunewright::earlier::EarlierStudy;
use tunewright::surrogate::Noise;
use tunewright::trial::{Event, NOISE, at_most};
use tunewright::{Params, Study};

use crate::NewSampler;
use crate::protocol::{Finished, Init, Request, Told, read};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) struct Session {
    new_sampler: NewSampler,
    running: Option<Running>,
}

struct Running {
    study: Study<Params>,
    new_sampler: NewSampler,
    init: Init,
    earlier: Vec<EarlierStudy>,
    /// What was told before the first ask.
    preloaded: Vec<Finished>,
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
        let running = self.running.as_mut().ok_or("there is no study yet; send init first")?;
        match request {
            Request::Earlier { name, trials } => running.learn_from(name, trials)?,
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
        let study = study(new_sampler, &init, &[])?;
        Ok(Running { study, new_sampler, init, earlier: Vec::new(), preloaded: Vec::new() })
    }

    /// Begins anew with one more earlier study.
    fn learn_from(&mut self, name: String, trials: Vec<Finished>) -> Result<()> {
        if self.study.history()?.trials().count() > self.preloaded.len() {
            return Err("earlier studies come before the first ask".into());
        }
        let finished = study(self.new_sampler, &self.init, &[])?;
        self.add(&finished, trials)?;
        let mut earlier = self.earlier.clone();
        earlier.push(EarlierStudy::new(finished.trials()?).name(name));
        let begun = study(self.new_sampler, &self.init, &earlier)?;
        self.add(&begun, self.preloaded.clone())?;
        (self.study, self.earlier) = (begun, earlier);
        Ok(())
    }

    fn ask(&self) -> Result<Json> {
        let asked = match self.study.ask() {
            // A grid that is used up starts over where points may be tried again.
            Err(tunewright::Error::Exhausted { .. } | tunewright::Error::GridExhausted { .. })
                if self.init.repeats =>
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
        Ok(json!({ "id": id, "params": self.init.space.to_json(config)? }))
    }

    fn tell(
        &self,
        id: u64,
        told: Told,
        noise: Option<f64>,
        text: &BTreeMap<String, String>,
    ) -> Result<()> {
        let constraints: Vec<_> = told.constraints(&self.init.outcome_constraints).collect();
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
    fn preload(&mut self, trials: Vec<Finished>) -> Result<()> {
        self.add(&self.study, trials.clone())?;
        self.preloaded.extend(trials);
        Ok(())
    }

    fn add(&self, study: &Study<Params>, trials: Vec<Finished>) -> Result<()> {
        let trials = trials.into_iter().enumerate().map(|(index, trial)| {
            let params = self.params(&trial.params);
            let at = |error: &dyn fmt::Display| format!("trials[{index}]: {error}");
            let params = params.map_err(|error| at(&error))?;
            let constraints = trial.told.constraints(&self.init.outcome_constraints);
            let constraints = constraints.map(|(name, value)| (name.to_owned(), value)).collect();
            Ok((params, trial.told.outcome().map_err(|error| at(&error))?, constraints))
        });
        for (params, outcome, constraints) in trials.collect::<Result<Vec<_>>>()? {
            study.add_with_metrics(params, outcome, constraints)?;
        }
        Ok(())
    }

    fn params(&self, given: &Map<String, Json>) -> Result<Params> {
        self.init.space.params(self.study.space().space(), given)
    }
}

fn study(new_sampler: NewSampler, init: &Init, earlier: &[EarlierStudy]) -> Result<Study<Params>> {
    let study =
        Study::in_space(init.space.space()?).goals(init.goals()?).sampler(new_sampler(init.budget));
    let names = init.outcome_constraints.iter();
    let study = names.fold(study, |study, name| study.outcome_constraint(name, at_most(0.0)));
    let study = earlier.iter().fold(study, |study, earlier| study.learn_from(earlier.clone()));
    let beliefs = init.space.beliefs().into_iter();
    let study = beliefs.fold(study, |study, (name, value)| study.believe(name, value));
    let study = if let Some(seed) = init.seed { study.seed(seed) } else { study };
    let study = if init.repeats { study.allow_repeats() } else { study };
    Ok(study.build()?)
}

/// An error with its causes.
fn in_full(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
