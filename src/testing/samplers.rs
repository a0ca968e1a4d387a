use rand_distr::{Beta, Cauchy, Gamma, Poisson};

use crate::error::{Error, Result};
use crate::sampler::Sampler;
use crate::space::{Choices, Float, Int, Key, Params, Point, Scale, SearchSpace, Space};
use crate::storage::MemoryStorage;
use crate::study::{StopReason, Study, StudyBuilder};
use crate::trial::{Outcome, Trial, TrialState};

/// Checks that a sampler keeps its contract: points belong to the space, suggestions depend on
/// space, history, seed and number only, the direction does not matter, failures, ties, extreme
/// values and running trials do no harm, constraints hold, and finite spaces are tried out without
/// repeats.
///
/// `make` makes a fresh sampler. A sampler may refuse unbounded parameters with
/// [`Error::UnboundedGrid`] in [`Sampler::check`]. Takes a few seconds for fast samplers.
///
/// # Panics
/// With a sentence that says what is broken.
pub fn sampler<S: Sampler + 'static>(make: impl Fn() -> S) {
    for (name, space) in spaces() {
        if matches!(make().check(&space), Err(Error::UnboundedGrid { .. })) {
            continue;
        }
        let case = Case { name, space, make: &make };
        case.suggests_points_of_the_space();
        case.depends_on_the_history_only();
        case.ignores_the_direction();
        case.survives_failures();
        case.survives_extreme_values();
        case.sees_running_trials();
        case.repeats_no_trial_of_others();
        case.respects_constraints();
    }
    tries_out_finite_spaces(&make);
    works_in_trivial_spaces(&make);
}

/// One space with the sampler under test.
struct Case<'a, F> {
    name: &'static str,
    space: Space,
    make: &'a F,
}

/// Trials per check: beyond the start-up design of model-based samplers, and still quick.
const TRIALS: usize = 16;

impl<S: Sampler + 'static, F: Fn() -> S> Case<'_, F> {
    fn study(&self) -> StudyBuilder<Params> {
        Study::in_space(self.space.clone()).seed(7).sampler((self.make)())
    }

    /// Runs trials one by one; what the objective is told depends on the trial's number.
    fn run(&self, study: &Study<Params>, tell: impl Fn(u64, f64) -> Outcome) -> Vec<Point> {
        let mut points = Vec::new();
        for _ in 0..TRIALS {
            let Some(asked) = self.ask(study) else { break };
            let record = study.store().trial(asked.number()).unwrap().unwrap();
            self.expect(self.space.check(record.point()), "leaves the space");
            points.push(record.point().clone());
            let loss = loss(asked.config());
            let told = study.tell(&asked, tell(asked.number(), loss));
            self.expect(told, "cannot take a result");
        }
        points
    }

    /// `None` where the sampler may refuse or has nothing left.
    fn ask(&self, study: &Study<Params>) -> Option<crate::study::AskedTrial<Params>> {
        match study.ask() {
            Ok(asked) => Some(asked),
            Err(Error::GridExhausted { .. }) => None,
            Err(Error::Exhausted { .. }) if self.space.cardinality().is_some() => None,
            Err(error) => panic!("{}: the sampler fails with: {error}", self.name),
        }
    }

    fn expect<T>(&self, result: Result<T>, does: &str) -> T {
        result.unwrap_or_else(|error| panic!("{}: the sampler {does}: {error}", self.name))
    }

    fn suggests_points_of_the_space(&self) {
        let study = self.study().build().unwrap();
        self.goes_on(self.run(&study, |_, loss| complete(loss)), "plain results");
    }

    /// It has suggested something, and says so where nothing is left.
    fn goes_on(&self, points: Vec<Point>, after: &str) {
        assert!(!points.is_empty(), "{}: the sampler suggests nothing with {after}", self.name);
    }

    fn depends_on_the_history_only(&self) {
        let study = self.study().build().unwrap();
        let path = self.run(&study, |_, loss| complete(loss));
        let again = self.study().build().unwrap();
        let same = self.run(&again, |_, loss| complete(loss));
        assert_eq!(path, same, "{}: the same seed must give the same path", self.name);
        // Fresh samplers take over in the middle of the path, as after a stop of the program.
        let storage = MemoryStorage::new();
        for (at, expected) in path.iter().enumerate() {
            let resumed = self.study().storage(storage.clone()).build().unwrap();
            let Some(asked) = self.ask(&resumed) else { break };
            let record = resumed.store().trial(asked.number()).unwrap().unwrap();
            assert_eq!(
                record.point(),
                expected,
                "{}: a fresh sampler with the same history must go on in the same way after \
                 {at} trials",
                self.name
            );
            let value = loss(asked.config());
            self.expect(resumed.tell(asked, value), "cannot take a result");
        }
    }

    fn ignores_the_direction(&self) {
        let low = self.study().minimize().build().unwrap();
        let high = self.study().maximize().build().unwrap();
        let minimized = self.run(&low, |_, loss| complete(loss));
        let maximized = self.run(&high, |_, loss| complete(-loss));
        assert_eq!(
            minimized, maximized,
            "{}: minimizing f and maximizing -f must walk the same path",
            self.name
        );
    }

    fn survives_failures(&self) {
        let some = self.study().build().unwrap();
        let points = self.run(&some, |number, loss| match number % 4 {
            0 => Outcome::Failed("on purpose".into()),
            1 => Outcome::Pruned(None),
            2 => complete(f64::NAN),
            _ => complete(loss),
        });
        self.goes_on(points, "failures");
        let all = self.study().build().unwrap();
        let points = self.run(&all, |_, _| Outcome::Failed("on purpose".into()));
        self.goes_on(points, "failures alone");
    }

    fn survives_extreme_values(&self) {
        let values: [fn(u64, f64) -> f64; 5] = [
            |_, _| 0.0,
            |number, _| if number % 2 == 0 { f64::MAX } else { f64::MIN },
            |_, loss| 1e-300 * loss,
            |number, loss| if number == 3 { 1e30 } else { loss },
            |number, _| f64::from(u32::from(number % 3 == 0)),
        ];
        for value in values {
            let study = self.study().build().unwrap();
            let points = self.run(&study, |number, loss| complete(value(number, loss)));
            self.goes_on(points, "extreme values");
        }
    }

    fn sees_running_trials(&self) {
        let study = self.study().build().unwrap();
        let mut running = Vec::new();
        for number in 0..TRIALS {
            let Some(asked) = self.ask(&study) else { break };
            running.push(asked);
            // Results come late and in the wrong order.
            if number % 4 == 3 {
                let told = running.swap_remove(running.len() / 2);
                let loss = loss(told.config());
                study.tell(told, loss).unwrap();
            }
        }
        let history = study.history().unwrap();
        assert_eq!(
            history.distinct(),
            history.trials().count(),
            "{}: running trials must not be suggested again",
            self.name
        );
    }

    fn repeats_no_trial_of_others(&self) {
        let study = self.study().build().unwrap();
        let mut random = crate::math::random::Stream::new(99, 0);
        for _ in 0..TRIALS {
            let config = self.config(&self.space.sample(&mut random));
            if study
                .history()
                .unwrap()
                .contains(Key::of_point(&self.space.encode(&config).unwrap()))
            {
                continue;
            }
            let value = loss(&config);
            study.add(config, value).unwrap();
        }
        let points = self.run(&study, |_, loss| complete(loss));
        self.goes_on(points, "results of others");
        let history = study.history().unwrap();
        assert_eq!(
            history.distinct(),
            history.trials().count(),
            "{}: what others have tried must not be suggested again",
            self.name
        );
    }

    fn config(&self, point: &Point) -> Params {
        self.space.decode(point).unwrap()
    }

    fn respects_constraints(&self) {
        // About half of the space, so that most samplers run into it.
        let legal = |config: &Params| loss(config) < 0.6;
        let study = self.study().constraint("low loss", legal).build().unwrap();
        for point in self.run(&study, |_, loss| complete(loss)) {
            assert!(legal(&self.config(&point)), "{}: an illegal config was suggested", self.name);
        }
    }
}

fn complete(value: f64) -> Outcome {
    Outcome::Complete(value.into())
}

/// A loss in `[0, 1]` that every parameter moves: the mean distance of the coordinates from 0.3.
fn loss(config: &Params) -> f64 {
    let space = config.space();
    let point = space.encode(config).unwrap();
    let coordinates = space.coordinates(&point);
    let active: Vec<f64> = coordinates.into_iter().filter(|unit| !unit.is_nan()).collect();
    let sum: f64 = active.iter().map(|unit| (unit - 0.3).abs() / 0.7).sum();
    sum / active.len().max(1) as f64
}

/// Spaces of all kinds that a sampler meets.
fn spaces() -> Vec<(&'static str, Space)> {
    let builder = Space::builder;
    let build = |builder: crate::space::SpaceBuilder| builder.build().unwrap();
    vec![
        ("one number", build(builder().float("x", -5.0..=5.0, Scale::Linear))),
        (
            "numbers of all kinds",
            build(
                builder()
                    .float("log", 1e-6..=1e2, Scale::Log)
                    .field("step", &Float::range(0.0..=1.0).step(0.1))
                    .field("truncated", &Float::normal(0.0, 1.0).within(-1.0..=3.0))
                    .int("int", -3..=12, Scale::Linear)
                    .int("log int", 1..=1024, Scale::Log)
                    .field("even", &Int::range(2..=20).step(2)),
            ),
        ),
        (
            "unbounded laws",
            build(
                builder()
                    .field("normal", &Float::normal(3.0, 2.0))
                    .field("log normal", &Float::log_normal(-3.0, 1.0)),
            ),
        ),
        (
            "laws",
            build(
                builder()
                    .field("beta", &Float::law(Beta::new(2.0, 5.0)).within(0.0..=1.0))
                    .field("cauchy", &Float::law(Cauchy::new(0.0, 1.0)))
                    .field("poisson", &Int::<i64>::law(Poisson::new(3.0)))
                    .field("gamma", &Int::range(1..=40).with_law(Gamma::new(2.0, 5.0))),
            ),
        ),
        (
            "choices",
            build(
                builder()
                    .choices("many", (0..12).map(|i| format!("c{i}")))
                    .field("weighted", &Choices::of(["a", "b", "c"]).weights([0.7, 0.2, 0.1]))
                    .field("ordered", &Choices::of([16, 32, 64, 128]).ordered())
                    .bool("flag")
                    .float("x", 0.0..=1.0, Scale::Linear),
            ),
        ),
        (
            "conditions",
            build(builder().float("lr", 1e-5..=1e-1, Scale::Log).choice("model", |model| {
                model
                    .variant("forest", |forest| {
                        forest.int("trees", 10..=500, Scale::Log).bool("bootstrap")
                    })
                    .variant("svm", |svm| {
                        svm.float("c", 1e-3..=1e3, Scale::Log).choice("kernel", |kernel| {
                            kernel
                                .unit("linear")
                                .variant("rbf", |rbf| rbf.float("gamma", 1e-4..=1e1, Scale::Log))
                        })
                    })
                    .unit("mean")
            })),
        ),
        (
            "many parameters",
            build((0..50).fold(builder(), |builder, index| {
                builder.float(&format!("x{index}"), 0.0..=1.0, Scale::Linear)
            })),
        ),
    ]
}

fn tries_out_finite_spaces<S: Sampler + 'static>(make: &impl Fn() -> S) {
    let space = Space::builder()
        .int("a", 1..=3, Scale::Linear)
        .choice("b", |b| b.unit("x").variant("y", |y| y.bool("c").choices("d", ["p", "q", "r"])))
        .build()
        .unwrap();
    let points = space.cardinality().unwrap() as usize;
    let study = Study::in_space(space).seed(3).sampler(make()).build().unwrap();
    let objective = |config: Params, _: &mut Trial| loss(&config);
    let reason = study.optimize(objective, 10 * points).unwrap();
    let history = study.history().unwrap();
    assert_eq!(reason, StopReason::Exhausted, "a finite space must end as exhausted");
    assert_eq!(history.distinct(), points, "a finite space must be tried out");
    assert_eq!(history.trials().count(), points, "no point may be tried twice");
}

fn works_in_trivial_spaces<S: Sampler + 'static>(make: &impl Fn() -> S) {
    let one_point = Space::builder().float("x", 2.0..=2.0, Scale::Linear).choices("k", ["only"]);
    for space in [Space::builder(), one_point] {
        let space = space.build().unwrap();
        let study = Study::in_space(space).sampler(make()).build().unwrap();
        let reason = study.optimize(|_: Params, _: &mut Trial| 1.0, 5).unwrap();
        let history = study.history().unwrap();
        assert_eq!(reason, StopReason::Exhausted, "a space of one point ends after one trial");
        assert!(history.trials().all(|trial| trial.state() == TrialState::Complete));
        assert_eq!(history.trials().count(), 1, "a space of one point has one trial");
    }
}
