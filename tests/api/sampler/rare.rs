//! Spaces of which constraints leave almost nothing.

use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::{Choices, Key, Value};
use tunewright::storage::MemoryStorage;
use tunewright::study::StudyBuilder;
use tunewright::{
    ControllerSampler, EvolutionSampler, GridSampler, LocalSearchSampler, RandomSampler, Sampler,
    SobolSampler, StopReason,
};

use crate::fit::kolmogorov_smirnov;

/// A space, its constraints, and a config that meets them.
struct Rare {
    name: &'static str,
    space: Space,
    constraints: Vec<(String, Check)>,
    start: Params,
}

type Check = Box<dyn Fn(&Params) -> bool + Send + Sync>;

impl Rare {
    fn new(name: &'static str, space: Space, start: &[Option<f64>]) -> Self {
        let start = space.decode(&space.point_at_values(start.to_vec()).unwrap()).unwrap();
        Rare { name, space, constraints: Vec::new(), start }
    }

    fn when(mut self, name: &str, holds: impl Fn(&Params) -> bool + Send + Sync + 'static) -> Self {
        self.constraints.push((name.into(), Box::new(holds)));
        self
    }
}

fn numbers(count: usize) -> Space {
    let builder = (0..count).fold(Space::builder(), |builder, at| {
        builder.float(&format!("x{at}"), 0.0..=1.0, Scale::Linear)
    });
    builder.build().unwrap()
}

fn flags(count: usize) -> Space {
    (0..count)
        .fold(Space::builder(), |builder, at| builder.bool(&format!("f{at}")))
        .build()
        .unwrap()
}

/// The values of all numbers.
fn values(config: &Params) -> Vec<f64> {
    config.iter().filter_map(|(_, value)| value.as_f64()).collect()
}

fn on(config: &Params) -> usize {
    config.iter().filter(|(_, value)| *value == Value::Bool(true)).count()
}

/// A box with a share of 1e-5, somewhere.
fn a_box(seed: u64) -> Rare {
    let side = 1e-5f64.powf(1.0 / 6.0);
    let mut random = Stream::new(seed, 77);
    let low: Vec<f64> = (0..6).map(|_| random.unit() * (1.0 - side)).collect();
    let middle: Vec<Option<f64>> = low.iter().map(|low| Some(low + 0.5 * side)).collect();
    let inside = move |config: &Params| {
        values(config).iter().zip(&low).all(|(x, low)| (*low..=low + side).contains(x))
    };
    Rare::new("box", numbers(6), &middle).when("box", inside)
}

/// The corner that a sum leaves: a share of 1e-5.
fn a_simplex(seed: u64) -> Rare {
    let high = seed % 2 == 1;
    let most = (720.0 * 1e-5f64).powf(1.0 / 6.0);
    let inside = move |config: &Params| {
        let sum: f64 = values(config).iter().map(|x| if high { 1.0 - x } else { *x }).sum();
        sum <= most
    };
    let start = if high { 0.95 } else { 0.05 };
    Rare::new("simplex", numbers(6), &[Some(start); 6]).when("sum", inside)
}

/// Shares that add up to one: 1.7e-5 of all points.
fn some_shares(_: u64) -> Rare {
    let inside = |config: &Params| (values(config).iter().sum::<f64>() - 1.0).abs() <= 1e-3;
    Rare::new("shares", numbers(6), &[Some(1.0 / 6.0); 6]).when("add up", inside)
}

/// Three of thirty switches: 4060 of a thousand million points.
fn exactly_three(_: u64) -> Rare {
    let mut start = vec![Some(0.0); 30];
    start[..3].fill(Some(1.0));
    Rare::new("three of thirty", flags(30), &start).when("three", |config| on(config) == 3)
}

/// At most two of 24 switches: 301 points.
fn at_most_two(_: u64) -> Rare {
    Rare::new("two of 24", flags(24), &[Some(0.0); 24]).when("few", |config| on(config) <= 2)
}

/// A weighted sum of switches.
fn a_budget(_: u64) -> Rare {
    let cost = |config: &Params| {
        let costs = config.iter().zip(1..).map(|((_, value), cost)| (value, cost));
        costs.filter(|(value, _)| *value == Value::Bool(true)).map(|(_, cost)| cost).sum::<u64>()
    };
    Rare::new("budget", flags(24), &[Some(0.0); 24]).when("cost", move |config| cost(config) <= 28)
}

/// Six constraints of which each leaves a twentieth of one parameter: 1.6e-8 of all.
fn a_chain(seed: u64) -> Rare {
    let mut random = Stream::new(seed, 78);
    let low: Vec<f64> = (0..6).map(|_| random.unit() * 0.95).collect();
    let middle: Vec<Option<f64>> = low.iter().map(|low| Some(low + 0.025)).collect();
    low.into_iter().enumerate().fold(
        Rare::new("six constraints", numbers(6), &middle),
        |rare, (at, low)| {
            rare.when(&format!("side {at}"), move |config| {
                (low..=low + 0.05).contains(&values(config)[at])
            })
        },
    )
}

/// A corner of one of four models; the choices are weighted.
fn one_model(_: u64) -> Rare {
    let models = Choices::of(["a", "b", "c"]).weights([0.9, 0.09, 0.01]);
    let space = Space::builder()
        .field("pre", &models)
        .choice("model", |model| {
            model
                .unit("mean")
                .variant("tree", |p| p.int("depth", 1..=40, Scale::Linear).bool("prune"))
                .variant("net", |p| {
                    p.float("lr", 1e-6..=1.0, Scale::Log)
                        .float("decay", 1e-6..=1.0, Scale::Log)
                        .float("drop", 0.0..=1.0, Scale::Linear)
                })
        })
        .build()
        .unwrap();
    let start = [Some(2.0), Some(2.0), None, None, Some(2e-6), Some(2e-6), Some(0.01)];
    Rare::new("one model", space, &start).when("small net", |config| {
        config.branch("model").unwrap() == "net"
            && config.text("pre").unwrap() == "c"
            && config.float("model.net.lr").unwrap() < 4e-6
            && config.float("model.net.decay").unwrap() < 4e-6
            && config.float("model.net.drop").unwrap() < 0.3
    })
}

type Make = fn() -> Box<dyn Sampler>;

fn samplers() -> Vec<(&'static str, Make)> {
    vec![
        ("random", || Box::new(RandomSampler::new())),
        ("sobol", || Box::new(SobolSampler::new())),
        ("grid", || Box::new(GridSampler::coarse_to_fine(100))),
        ("bayesian", || Box::new(BayesianSampler::new())),
        ("controller", || Box::new(ControllerSampler::new())),
        ("evolution", || Box::new(EvolutionSampler::new())),
        ("local", || Box::new(LocalSearchSampler::new())),
    ]
}

fn loss(config: Params, _: &mut Trial) -> f64 {
    let on = on(&config) as f64;
    on + values(&config).iter().map(|x| (x - 0.3).powi(2)).sum::<f64>()
}

/// The processor time of this thread in milliseconds, where the system tells.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0) / 1e6
}

/// How many trials a study can run, and the processor time of each suggestion.
fn run(
    rare: Rare,
    sampler: Box<dyn Sampler>,
    seed: u64,
    start: bool,
) -> (usize, Vec<f64>, Option<Error>) {
    let mut builder = Study::in_space(rare.space).sampler(sampler).seed(seed);
    for (name, holds) in rare.constraints {
        builder = builder.constraint(name, holds);
    }
    if start {
        builder = builder.start_from(rare.start);
    }
    let study = builder.build().unwrap();
    let mut times = Vec::new();
    for trial in 0..100 {
        let before = processor_time();
        let mut asked = match study.ask() {
            Ok(asked) => asked,
            Err(error) => return (trial, times, Some(error)),
        };
        times.push(processor_time() - before);
        let config = asked.config().clone();
        let loss = loss(config, asked.trial());
        study.tell(asked, loss).unwrap();
    }
    (100, times, None)
}

/// Runs some samplers in each space with and without a legal start, prints a row for each, and
/// returns the rows that finish too few of their runs or take too long.
pub(super) fn bars(runs: u64, few: &[&str]) -> Vec<String> {
    let spaces: [fn(u64) -> Rare; 8] =
        [a_box, a_simplex, some_shares, exactly_three, at_most_two, a_budget, a_chain, one_model];
    let mut fallen = Vec::new();
    for make in spaces {
        for (name, sampler) in samplers() {
            if !few.contains(&name) {
                continue;
            }
            for start in [true, false] {
                let mut finished = 0;
                let mut times = Vec::new();
                let mut last = None;
                for seed in 0..runs {
                    let (trials, time, error) = run(make(seed), sampler(), seed, start);
                    finished += u64::from(trials == 100);
                    times.extend(time);
                    last = error.map(|error| format!("{trials}: {error}")).or(last);
                }
                times.sort_by(f64::total_cmp);
                let median = times.get(times.len() / 2).copied().unwrap_or(0.0);
                let mean = times.iter().sum::<f64>() / times.len().max(1) as f64;
                let most = times.last().copied().unwrap_or(0.0);
                let row = format!(
                    "{:>16} {name:>10} {:>7} {finished:>3} of {runs}, median {median:5.1}, mean \
                     {mean:6.2}, most {most:7.1} ms {}",
                    make(0).name,
                    if start { "start" } else { "" },
                    last.unwrap_or_default()
                );
                println!("{row}");
                let enough = if start { runs } else { runs - runs / 10 };
                if finished < enough || median >= 50.0 {
                    fallen.push(row);
                }
            }
        }
    }
    fallen
}

#[test]
#[ignore = "long"]
fn rare_legal_configs_are_found_in_every_run() {
    // The others take minutes for 20 runs of each space.
    let fallen = bars(20, &["random", "sobol", "evolution", "local"]);
    assert!(fallen.is_empty(), "{}", fallen.join("\n"));
}

fn study(rare: Rare, sampler: Box<dyn Sampler>, seed: u64, start: bool) -> StudyBuilder<Params> {
    let mut builder = Study::in_space(rare.space).sampler(sampler).seed(seed);
    for (name, holds) in rare.constraints {
        builder = builder.constraint(name, holds);
    }
    if start { builder.start_from(rare.start) } else { builder }
}

#[test]
fn every_sampler_finds_rare_legal_configs() {
    for make in [a_simplex as fn(u64) -> Rare, exactly_three, a_chain] {
        for (name, sampler) in samplers() {
            let rare = make(1);
            let study = study(make(1), sampler(), 1, false).build().unwrap();
            let reason = study.optimize(loss, 12);
            assert!(matches!(reason, Ok(StopReason::Trials)), "{}, {name}: {reason:?}", rare.name);
            let history = study.history().unwrap();
            assert_eq!(history.distinct(), 12, "{}, {name}", rare.name);
            for trial in history.trials() {
                let config = study.config_of(trial).unwrap();
                assert!(rare.constraints.iter().all(|(_, holds)| holds(&config)), "{name}");
            }
        }
    }
}

#[test]
fn a_search_among_rare_configs_goes_on_where_it_stopped() {
    for make in [a_simplex as fn(u64) -> Rare, at_most_two, one_model] {
        for (name, sampler) in samplers() {
            let whole = study(make(3), sampler(), 5, false).build().unwrap();
            whole.optimize(loss, 16).unwrap();
            let storage = MemoryStorage::new();
            for _ in 0..16 {
                let part =
                    study(make(3), sampler(), 5, false).storage(storage.clone()).build().unwrap();
                part.optimize(loss, 1).unwrap();
            }
            let parts = study(make(3), sampler(), 5, false).storage(storage).build().unwrap();
            let points = |study: &Study<Params>| -> Vec<Point> {
                study.trials().unwrap().iter().map(|trial| trial.point().clone()).collect()
            };
            assert_eq!(points(&whole), points(&parts), "{}, {name}", make(3).name);
        }
    }
}

#[test]
fn all_legal_configs_of_a_finite_space_are_run_and_no_more() {
    let few = ["random", "controller", "local"];
    for (name, sampler) in samplers().into_iter().filter(|(name, _)| few.contains(name)) {
        let few = |config: &Params| on(config) <= 1;
        let builder = Study::in_space(flags(17)).sampler(sampler()).seed(4);
        let study = builder.constraint("few", few).build().unwrap();
        let reason = study.optimize(loss, 400).unwrap();
        assert_eq!(reason, StopReason::Exhausted, "{name}");
        let history = study.history().unwrap();
        assert_eq!((history.trials().count(), history.distinct()), (18, 18), "{name}");
    }
}

#[test]
#[ignore = "long"]
fn all_301_of_16_million_configs_are_run_and_no_more() {
    let few = ["random", "bayesian"];
    for (name, sampler) in samplers().into_iter().filter(|(name, _)| few.contains(name)) {
        let before = processor_time();
        let study = study(at_most_two(1), sampler(), 1, false).build().unwrap();
        let reason = study.optimize(loss, 400).unwrap();
        println!("{name}: {:.1} s", (processor_time() - before) / 1e3);
        assert_eq!(reason, StopReason::Exhausted, "{name}");
        assert_eq!(study.history().unwrap().trials().count(), 301, "{name}");
    }
}

/// Points count by how many switches are on, and few may be.
struct Counted(Space);

impl SearchSpace for Counted {
    type Config = Params;

    fn space(&self) -> &Space {
        &self.0
    }

    fn decode(&self, point: &Point) -> Result<Params> {
        self.0.decode(point)
    }

    fn encode(&self, config: &Params) -> Result<Point> {
        self.0.encode(config)
    }

    fn violated(&self, config: &Params) -> Option<&str> {
        (on(config) > 2).then_some("few")
    }

    fn key(&self, point: &Point) -> Key {
        Key::of(&point.iter().flatten().filter(|value| *value == 1.0).count())
    }
}

#[test]
fn equal_keys_end_a_study_when_all_were_met() {
    let few = ["random", "grid", "bayesian"];
    for (name, sampler) in samplers().into_iter().filter(|(name, _)| few.contains(name)) {
        let study = Study::in_space(Counted(flags(18))).sampler(sampler()).seed(2).build().unwrap();
        let reason = study.optimize(loss, 10).unwrap();
        assert_eq!(reason, StopReason::Exhausted, "{name}");
        assert_eq!(study.history().unwrap().trials().count(), 3, "{name}");
    }
}

#[test]
fn what_cannot_be_is_told_with_how_much_was_looked_at() {
    let never = |space: Space| {
        let builder = Study::in_space(space).sampler(RandomSampler::new()).seed(1);
        builder.constraint("never", |_: &Params| false).build().unwrap()
    };
    // All were looked at.
    let error = never(flags(6)).ask().unwrap_err();
    assert_eq!(
        error.to_string(),
        "constraint `never` rejected 64 of all 64 configs of the space, and no other config was \
         allowed; loosen it or widen the ranges"
    );
    // There are more.
    let study = never(numbers(2));
    let error = study.ask().unwrap_err();
    let Error::ConstraintUnsatisfied { rejected, sampled, complete: false, .. } = error else {
        panic!("{error}");
    };
    assert!(rejected == sampled && sampled > 300_000, "{error}");
    assert!(!error.to_string().contains("no other config"), "{error}");
    assert!(error.to_string().contains("start_from"), "{error}");
    // Asked again, it need not search again, and says the same.
    assert_eq!(study.ask().unwrap_err().to_string(), error.to_string());
    // A grid has no points but its own.
    let builder = Study::in_space(numbers(2)).sampler(GridSampler::new().levels(3)).seed(1);
    let between = |config: &Params| values(config).iter().all(|x| (0.1..0.4).contains(x));
    let error = builder.constraint("between", between).build().unwrap().ask().unwrap_err();
    assert_eq!(
        error.to_string(),
        "none of the 9 combinations of the grid is legal: constraint `between` rejected 9; give \
         the grid other levels or values, or take `GridSampler::coarse_to_fine` or another sampler"
    );
}

#[test]
fn a_single_legal_place_among_infinitely_many_ends_a_run_truthfully() {
    let space = numbers(3);
    let start = space.decode(&space.point_at_values([Some(0.5); 3]).unwrap()).unwrap();
    let only = |config: &Params| values(config).iter().all(|x| *x == 0.5);
    for (name, sampler) in samplers() {
        let builder = Study::in_space(space.clone()).sampler(sampler()).seed(1);
        let study = builder.constraint("only", only).start_from(start.clone()).build().unwrap();
        assert_eq!(study.optimize(loss, 5).unwrap(), StopReason::NothingNew, "{name}");
        let error = study.ask().unwrap_err();
        assert!(matches!(error, Error::NothingNew { tried: 1, .. }), "{name}: {error}");
    }
}

#[test]
fn workers_share_rare_configs() {
    let study = study(at_most_two(1), Box::new(RandomSampler::new()), 6, false);
    let study = study.workers(4).build().unwrap();
    assert_eq!(study.optimize(loss, 60).unwrap(), StopReason::Trials);
    assert_eq!(study.history().unwrap().distinct(), 60);
}

#[test]
fn random_search_covers_all_that_is_legal() {
    // Changes of single numbers would hardly move along a thin strip.
    let space = numbers(4);
    let strip = |config: &Params| {
        let values = values(config);
        values.iter().all(|x| (x - values[0]).abs() < 0.01)
    };
    let builder = Study::in_space(space).sampler(RandomSampler::new()).seed(8);
    let study = builder.constraint("strip", strip).build().unwrap();
    study.optimize(loss, 100).unwrap();
    let trials = study.trials().unwrap();
    let mut places: Vec<f64> = trials.iter().filter_map(|trial| trial.point().get(0)).collect();
    assert!(kolmogorov_smirnov(&mut places, |x| x) > 1e-3, "{places:?}");
}
