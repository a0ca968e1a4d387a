use std::fmt;
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::checkpoints::Checkpoints;
use super::guard::catch;
use super::learning::{Source, matched, placed};
use super::lease::{self, Leases};
use super::legal::{Constraint, IntoVerdict, Legal};
use super::pruning::{Learning, Pruning};
use super::rules::Rules;
use super::shared::{StudyCore, Watcher};
use super::suggest::{Repeats, Searcher};
use super::view::View;
use super::wanted::Wanted;
use super::{Observer, Study, clock, store};
use crate::earlier::{Belief, Matched};
use crate::error::{Error, Result};
use crate::pruner::{MarginalValuePruner, Pruner};
use crate::sampler::{BayesianSampler, Sampler};
use crate::space::{Point, SearchSpace, Tunable, TypedSpace};
use crate::storage::{IntoStorage, MemoryStorage, Opened, Storage};
use crate::trial::{Direction, Goals, StudyHeader, TieBreaker};

/// Options of a study. Nothing fails before [`build`](Self::build).
#[must_use = "options are no study yet: call `.build()?`"]
pub struct StudyBuilder<C> {
    space: Result<Arc<dyn SearchSpace<Config = C>>>,
    name: String,
    pub(super) goals: Result<Goals>,
    seed: Option<u64>,
    sampler: Box<dyn Sampler>,
    storage: Result<Box<dyn Storage>>,
    lease: Option<Duration>,
    constraints: Vec<Constraint<C>>,
    observers: Vec<Watcher>,
    starts: Vec<Starting<C>>,
    repeats: Repeats,
    workers: usize,
    pub(super) rules: Rules,
    pub(super) tie_breaker: Option<TieBreaker>,
    /// The default one until [`pruner`](Self::pruner) takes another.
    pruner: Option<Box<dyn Pruner>>,
    last_step: Option<u64>,
    pub(super) checkpoints: Option<PathBuf>,
    pub(super) earlier: Vec<Source>,
    /// With the parameters that they are about.
    pub(super) beliefs: Vec<(String, Belief)>,
}

enum Starting<C> {
    Config(C),
    Default,
}

impl<C> Starting<C> {
    /// The point to start from, if it may be tried.
    fn point(&self, legal: &Legal<C>) -> Result<Point> {
        match self {
            Starting::Config(config) => legal.encode(config),
            Starting::Default => {
                let point = legal.space.space().default_point();
                legal.check(&point)?;
                Ok(point)
            }
        }
    }
}

impl<C: Tunable + 'static> StudyBuilder<C> {
    pub(super) fn typed(goals: impl Into<Goals>) -> Self {
        let space = TypedSpace::<C>::new().map(|space| Arc::new(space) as Arc<_>);
        StudyBuilder::new(space, goals)
    }
}

impl<C> StudyBuilder<C> {
    pub(super) fn new(
        space: Result<Arc<dyn SearchSpace<Config = C>>>,
        goals: impl Into<Goals>,
    ) -> Self {
        StudyBuilder {
            space,
            name: "study".into(),
            goals: Ok(goals.into()),
            seed: None,
            sampler: Box::new(BayesianSampler::new()),
            storage: Ok(Box::new(MemoryStorage::new())),
            lease: None,
            constraints: Vec::new(),
            observers: Vec::new(),
            starts: Vec::new(),
            repeats: Repeats::Avoid,
            workers: 1,
            rules: Rules::default(),
            tie_breaker: None,
            pruner: Some(Box::new(MarginalValuePruner::new())),
            last_step: None,
            checkpoints: None,
            earlier: Vec::new(),
            beliefs: Vec::new(),
        }
    }

    /// The goal is to be low; the default.
    pub fn minimize(self) -> Self {
        self.direction(Direction::Minimize)
    }

    /// The goal is to be high.
    pub fn maximize(self) -> Self {
        self.direction(Direction::Maximize)
    }

    /// Whether the goal is to be low or high, for directions that come from elsewhere.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.goals = self.goals.and_then(|before| before.with_goals([direction.into()]));
        self
    }

    /// What decides between trials with the same best value: the lowest metric of this name, or a
    /// [`TieBreaker`]. By default the first is the best.
    ///
    /// It says which trial is the best and does not change where samplers look. A trial that ties
    /// with the best is no new best one to observers and stop rules, whatever its metric. Each
    /// process that works on a study may have another tie breaker.
    ///
    /// ```
    /// use tunewright::{Params, Study, Trial};
    /// use tunewright::space::{Scale, Space};
    ///
    /// let space = Space::builder().float("x", -5.0..=5.0, Scale::Linear).build()?;
    /// let study = Study::in_space(space).seed(1).tie_breaker("size").build()?;
    /// let objective = |p: Params, trial: &mut Trial| {
    ///     let x = p.float("x")?;
    ///     trial.record("size", x.abs());
    ///     Ok::<_, tunewright::Error>(if x > 0.0 { 0.1 } else { 0.3 })
    /// };
    /// study.optimize(objective, 30)?;
    /// let best = study.best()?;
    /// let smaller = |size: &f64| *size < best.record().metrics()["size"];
    /// let tied = study.history()?;
    /// let tied = tied.tied_for_best();
    /// assert!(tied.len() > 1 && tied.iter().all(|t| !smaller(&t.record().metrics()["size"])));
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn tie_breaker(mut self, tie_breaker: impl Into<TieBreaker>) -> Self {
        self.tie_breaker = Some(tie_breaker.into());
        self
    }

    /// Seed of all random decisions; drawn afresh by default. With one worker, the same seed gives
    /// the same run.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Who decides where to look next; [`BayesianSampler`] by default.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.sampler = Box::new(sampler);
        self
    }

    /// Who decides whether a trial is worth going on when it [reports](crate::Trial::report);
    /// [`MarginalValuePruner`] by default. Without reports nothing is stopped. With several goals a trial is
    /// judged by the front on which it is at its step, as soon as
    /// [all of them are known](crate::Trial::report_goals).
    pub fn pruner(mut self, pruner: impl Pruner + 'static) -> Self {
        self.pruner = Some(Box::new(pruner));
        self
    }

    /// Lets every trial come to its end, whatever it reports.
    pub fn no_pruning(mut self) -> Self {
        self.pruner = None;
        self
    }

    /// The step that a whole run reports last, for pruners. By default it is learned: the highest step
    /// of a complete trial.
    pub fn last_step(mut self, step: u64) -> Self {
        self.last_step = Some(step);
        self
    }

    /// How many threads run trials at the same time; 1 by default, which is the calling thread.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Lets the same point be run more than once, as noisy objectives may want it.
    pub fn allow_repeats(mut self) -> Self {
        self.repeats = Repeats::Allow;
        self
    }

    /// A condition that every config must meet, under a name that messages can give. Samplers
    /// respect it. Must be cheap: it is asked of thousands of configs.
    ///
    /// Returns `bool`, or a `Result<bool>` with any error. An error or a panic is no verdict: then
    /// [`Study::ask`], and with it [`Study::optimize`], fails with a message that names the
    /// constraint.
    ///
    /// ```
    /// use tunewright::space::{Params, Scale, Space};
    /// use tunewright::{Result, Study};
    ///
    /// let sides = ["a", "b"].iter().fold(Space::builder(), |space, side| {
    ///     space.float(*side, 0.0..=1.0, Scale::Linear)
    /// });
    /// let study = Study::in_space(sides.build()?)
    ///     .constraint("a <= b", |p: &Params| -> Result<bool> { Ok(p.float("a")? <= p.float("b")?) })
    ///     .build()?;
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    ///
    /// Where less than about one config in a thousand is legal, a first one is searched for, with up
    /// to 600,000 questions, and others are found around it. A legal config of
    /// [`start_from`](Self::start_from) saves the search. Several constraints, each with its name,
    /// are easier to meet than one that joins them, since they are checked in their order and the
    /// search sees how many hold. A finite space counts as exhausted only after all its configs were
    /// looked at, up to 33 million of them.
    pub fn constraint<R: IntoVerdict>(
        mut self,
        name: impl Into<String>,
        holds: impl Fn(&C) -> R + Send + Sync + 'static,
    ) -> Self {
        self.constraints.push(Constraint::new(name, holds));
        self
    }

    /// Tells an observer what happens; may be called repeatedly.
    pub fn observer<O: Observer + 'static>(mut self, observer: O) -> Self {
        let name = std::any::type_name::<O>();
        self.observers.push(Watcher { name, observer: Box::new(observer) });
        self
    }

    /// Tries a person's own config first; may be called repeatedly.
    pub fn start_from(mut self, config: C) -> Self {
        self.starts.push(Starting::Config(config));
        self
    }

    /// Tries the defaults of the space's description first, with medians where there are none.
    pub fn start_from_default(mut self) -> Self {
        self.starts.push(Starting::Default);
        self
    }

    /// Name of the study within its storage; `study` by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Where trials are kept: a storage, or a text such as `journal:runs.log` that
    /// [`storage::open`](crate::storage::open) understands; in memory by default. A study of this name
    /// that the storage has is continued.
    pub fn storage(mut self, storage: impl IntoStorage) -> Self {
        self.storage = storage.into_storage();
        self
    }

    /// For how long a running trial belongs to its worker without a sign of life; two minutes by
    /// default, and for ever in memory. The next `ask`, of any worker, fails a trial whose lease
    /// has run out, and [retries](Self::retry) it.
    ///
    /// A study renews the leases of its running trials by itself, from a thread of its own, as long as
    /// its process lives. A report from another process is a sign of life, too. Where processes end between
    /// `ask` and `tell`, as in a script for each step, take longer than a training and its reports may last.
    ///
    /// Leases end by the clock of the storage ([`StudyStore::time`](crate::storage::StudyStore::time)).
    /// Where it has none, the clocks of the machines should differ by less than this.
    pub fn lease(mut self, length: Duration) -> Self {
        self.lease = Some(length);
        self
    }

    /// Makes the study, as one that the storage must not have yet.
    ///
    /// # Errors
    /// [`Error::StudyExists`] if the storage has a study of this name, and as [`build`](Self::build).
    pub fn create(self) -> Result<Study<C>> {
        self.open(Wanted::New)
    }

    /// Continues a study that the storage must have.
    ///
    /// # Errors
    /// [`Error::NoSuchStudy`] if the storage has no study of this name, and as
    /// [`build`](Self::build).
    pub fn resume(self) -> Result<Study<C>> {
        self.open(Wanted::Known)
    }

    /// Makes the study, or continues it if the storage has it.
    ///
    /// # Errors
    /// The description of the space has mistakes, an option of the study or its sampler makes no sense, a config to start from
    /// lies outside the space or violates a constraint, or the storage has a study of this name
    /// with another space or direction.
    pub fn build(self) -> Result<Study<C>> {
        self.open(Wanted::Any)
    }

    fn open(self, wanted: Wanted) -> Result<Study<C>> {
        if let Some(goals) = self.goals.as_ref().ok().filter(|goals| goals.len() > 1) {
            self.refuse_one_goal_options(goals)?;
        }
        let storage = self.storage?;
        let legal = Legal::new(self.space?, self.constraints)?;
        let space = legal.space.space();
        check_options(self.workers, &self.rules, self.lease)?;
        let goals = self.goals?;
        goals.check()?;
        let earlier = matched(self.earlier, storage.as_ref(), &self.name, (space, &goals))?;
        let earlier: Arc<[Matched]> = earlier.into();
        let believed = placed(&self.beliefs, space)?;
        let initial_design = catch(
            || "the sampler".into(),
            || self.sampler.check(space).map(|()| self.sampler.initial_design(space)),
        )??;
        if let Some(pruner) = &self.pruner {
            catch(|| "the pruner".into(), || pruner.check())??;
        }
        // Before the storage has a study that would have lost them.
        let starts = self.starts.iter().map(|start| start.point(&legal));
        let starts = starts.collect::<Result<Vec<_>>>()?;
        let seed = self.seed.unwrap_or_else(clock::any_seed);
        let header = StudyHeader::new(self.name, goals, space, seed);
        let known = match wanted {
            Wanted::Any => Vec::new(),
            _ => store::names(storage.as_ref())?,
        };
        wanted.check(known.contains(&header.name), &header.name, &known)?;
        let lasting = storage.outlives_process();
        let checkpoints = self.checkpoints.as_deref();
        let checkpoints = checkpoints.map(|at| Checkpoints::new(at, &header.name, lasting));
        let checkpoints = checkpoints.transpose()?;
        let Opened { store, created } = store::open(storage.as_ref(), header.clone())?;
        // Another process may have been faster.
        wanted.check(!created, &header.name, &known)?;
        check_header(&header, self.seed, store.header())?;
        let usual = storage.outlives_process().then_some(lease::USUAL);
        let worker = format!("{}-{:016x}", process::id(), clock::any_seed());
        let leases = Leases::new(worker, self.lease.or(usual));
        let goals = header.goals.with_names_of(&store.header().goals);
        let curves = Learning::new(&goals, self.last_step, checkpoints.is_some());
        let pruning = self.pruner.map(|pruner| Pruning::new(pruner, curves));
        let searcher =
            Searcher::new(self.sampler, space, self.repeats, (earlier.clone(), believed));
        let view = View::new(&goals);
        let study = Study {
            legal,
            searcher: Mutex::new(searcher),
            shared: Arc::new(StudyCore::new(
                store,
                goals,
                self.observers,
                leases,
                pruning,
                checkpoints,
            )),
            view,
            rules: self.rules,
            tie_breaker: self.tie_breaker,
            workers: self.workers,
            initial_design,
            earlier,
        };
        let history = study.history()?;
        let leading = match history.goals().len() {
            1 => history.best().into_iter().collect(),
            _ => history.front(),
        };
        for trial in leading {
            study.shared.stands(trial.record());
        }
        if created {
            for point in starts {
                study.enqueue_point(point)?;
            }
        }
        Ok(study)
    }
}

fn check_options(workers: usize, rules: &Rules, lease: Option<Duration>) -> Result<()> {
    let zero = |option, remedy| Err(Error::InvalidOption { option, value: "0".into(), remedy });
    if workers == 0 {
        return zero("workers", "use at least 1, the calling thread");
    }
    if lease == Some(Duration::ZERO) {
        return zero("lease", "give running trials some time, such as two minutes");
    }
    if rules.patience == Some(0) {
        return zero("stop_after_no_improvement", "use at least 1 trial, or leave it out");
    }
    if rules.failures == Some(0) {
        return zero("stop_after_failures", "use at least 1 trial, or leave it out");
    }
    rules.check()
}

/// A study that is continued must be the same one.
fn check_header(wanted: &StudyHeader, seed: Option<u64>, found: &StudyHeader) -> Result<()> {
    found.check_format()?;
    let mut details = String::new();
    let difference = if wanted.space != found.space {
        details = wanted.space.difference_from(&found.space, |_| true);
        "space"
    } else if wanted.rules != found.rules {
        "set of rules in its space"
    } else if !wanted.goals.iter().eq(found.goals.iter()) {
        "direction"
    } else if !wanted.goals.are_the_same(&found.goals) {
        "set of goal names"
    } else if let Some(seed) = seed.filter(|seed| *seed != found.seed) {
        details =
            format!("{} and not {seed}; it goes on with its own where none is given", found.seed);
        "seed"
    } else {
        return Ok(());
    };
    Err(Error::StudyMismatch { name: found.name.clone(), difference, details })
}

impl<C> fmt::Debug for StudyBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StudyBuilder")
            .field("name", &self.name)
            .field("goals", &self.goals)
            .field("seed", &self.seed)
            .field("workers", &self.workers)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
