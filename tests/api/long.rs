//! Checks that take too long for every test run: `cargo test --release --test api -- --ignored`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tunewright::sampler::Stream;
use tunewright::space::{Domain, Float, Int, Params, Point, Scale, SearchSpace, Space};
use tunewright::testing::problems;
use tunewright::trial::{Event, Origin, Outcome, Timestamp};
use tunewright::{
    BayesianSampler, ControllerSampler, LocalSearchSampler, RandomSampler, Sampler, SobolSampler,
    Study, Trial,
};

use crate::fit::{chi_square, kolmogorov_smirnov};
use crate::support::sample::{mean, normal_cdf};

const DRAWS: usize = 2_000_000;

fn draws(domain: &impl Domain) -> Vec<f64> {
    let space = Space::builder().field("p", domain).build().unwrap();
    let mut random = Stream::new(23, 5);
    (0..DRAWS).map(|_| space.sample(&mut random).get(0).unwrap()).collect()
}

#[test]
#[ignore = "long"]
fn two_million_draws_follow_their_laws() {
    let mut sample = draws(&Float::range(1e-6..=1e3).log());
    let width = (1e3f64 / 1e-6).ln();
    assert!(kolmogorov_smirnov(&mut sample, |x| (x / 1e-6).ln() / width) > 1e-6);
    let mut sample = draws(&Float::normal(-1.0, 2.0).within(0.0..=9.0));
    let law = |x: f64| normal_cdf((x + 1.0) / 2.0);
    assert!(
        kolmogorov_smirnov(&mut sample, |x| (law(x) - law(0.0)) / (law(9.0) - law(0.0))) > 1e-6
    );
    let sample = draws(&Int::range(1..=100).log());
    let cell = |value: f64| ((value + 0.5) / (value - 0.5)).ln() / (100.5f64 / 0.5).ln();
    let count = |value: f64| sample.iter().filter(|draw| **draw == value).count() as u64;
    let values: Vec<f64> = (1..=100).map(f64::from).collect();
    let observed: Vec<u64> = values.iter().map(|value| count(*value)).collect();
    let expected: Vec<f64> = values.iter().map(|value| cell(*value) * DRAWS as f64).collect();
    assert!(chi_square(&observed, &expected) > 1e-6);
}

#[test]
#[ignore = "long"]
fn eight_workers_keep_every_trial() {
    const TRIALS: usize = 200_000;
    let told = AtomicU64::new(0);
    let space = Space::builder().field("x", &Float::range(-1.0..=1.0)).build().unwrap();
    let study = Study::in_space(space)
        .sampler(RandomSampler::new())
        .workers(8)
        .seed(1)
        .retry(1)
        .build()
        .unwrap();
    let objective = |p: Params, trial: &mut Trial| -> Result<f64, String> {
        let x = p.float("x").map_err(|error| error.to_string())?;
        trial.report(1, x).map_err(|error| error.to_string())?;
        trial.record("x", x);
        told.fetch_add(1, Ordering::Relaxed);
        if trial.number().is_multiple_of(10) { Err("on purpose".into()) } else { Ok(x) }
    };
    study.optimize(objective, TRIALS).unwrap();
    let history = study.history().unwrap();
    assert_eq!(told.load(Ordering::Relaxed), TRIALS as u64);
    assert_eq!(history.complete_count() + history.failed_count(), TRIALS);
    assert!(history.complete().all(|trial| {
        trial.record().value() == trial.record().metrics().get("x").copied()
            && trial.record().reports().len() == 1
    }));
}

#[test]
#[ignore = "long"]
fn reports_and_suggestions_are_quick_beside_a_thousand_runs() {
    let space = (0..8).fold(Space::builder(), |space, at| {
        space.field(&format!("x{at}"), &Float::range(0.0..=1.0))
    });
    let study = Study::in_space(space.build().unwrap()).seed(1).build().unwrap();
    let end = |p: &Params| p.iter().map(|(_, x)| x.as_f64().unwrap_or(0.0)).sum::<f64>();
    let mut random = Stream::new(3, 0);
    for number in 0..1000 {
        let point = study.space().space().sample(&mut random);
        let loss = end(&study.space().decode(&point).unwrap());
        let mut events = vec![
            Event::created(point, Origin::Enqueued),
            Event::Started { at: Timestamp(1), lease: None },
        ];
        let value = |step: u64| loss + (-0.1 * step as f64).exp();
        events.extend((0..50).map(|step| Event::Reported { step, value: value(step) }));
        let outcome = match number % 10 {
            0 => Outcome::from(loss),
            _ => Outcome::Pruned(None),
        };
        events.push(Event::Finished { outcome, at: Timestamp(2) });
        study.store().add(None, events).unwrap();
    }
    let (mut asking, mut reporting) = (Vec::new(), vec![Vec::new(); 50]);
    for _ in 0..40 {
        let start = Instant::now();
        let mut asked = study.ask().unwrap();
        asking.push(start.elapsed().as_secs_f64());
        let loss = end(asked.config());
        for (step, times) in (0..).zip(&mut reporting) {
            let start = Instant::now();
            let told = asked.trial().report(step, loss + (-0.1 * step as f64).exp());
            times.push(start.elapsed().as_secs_f64());
            if told.is_err() {
                break;
            }
        }
        study.fail(asked, "it was only timed").unwrap();
    }
    // Medians, for the first ones read all trials, and other tests take the processor at times.
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(0.0)
    };
    let ask = median(&mut asking);
    let mut at_steps: Vec<f64> = reporting.iter_mut().map(median).collect();
    let longest = at_steps.iter().copied().fold(0.0, f64::max);
    let report = median(&mut at_steps);
    println!("a suggestion {ask:.2e} s, a report {report:.2e} s, at a rung {longest:.2e} s");
    // Some 3 and 1 thousandths on an idle machine.
    assert!(ask < 0.03 && longest < 0.005, "{ask} {longest}");
}

/// Mean of the best of 60 values over 40 seeds.
fn quality(problem: &problems::Problem, make: &dyn Fn() -> Box<dyn Sampler>) -> f64 {
    let bests: Vec<f64> = (0..40)
        .map(|seed| {
            let study = Study::in_space(problem.space().clone())
                .seed(seed)
                .sampler(make())
                .build()
                .unwrap();
            study.optimize(|p: Params, _: &mut Trial| problem.evaluate(&p), 60).unwrap();
            study.best().unwrap().value()
        })
        .collect();
    mean(&bests)
}

#[test]
#[ignore = "long"]
fn sobol_points_are_no_worse_than_random_ones() {
    for problem in [problems::branin(), problems::hartmann6(), problems::levy(4)] {
        let random = quality(&problem, &|| Box::new(RandomSampler::new()));
        let sobol = quality(&problem, &|| Box::new(SobolSampler::new()));
        let slack = 0.1 * (random - problem.optimum());
        assert!(sobol <= random + slack, "{}: {sobol} against {random}", problem.name());
    }
}

/// The processor time of this thread in seconds; `None` where the system does not tell.
fn processor_time() -> Option<f64> {
    // The account is brought up to date when the system looks for another thread to run.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(1e-9 * text.split(' ').next()?.parse::<f64>().ok()?)
}

/// The longest of six asks after 48 random trials, in seconds of processor time.
fn longest_ask(space: &Space, sampler: Box<dyn Sampler>) -> Option<f64> {
    let study = Study::in_space(space.clone()).seed(1).sampler(sampler).build().unwrap();
    let mut random = Stream::new(1, 0);
    let loss = |point: &Point| {
        let parts = point.iter().zip(1..);
        parts.map(|(value, at)| (value.unwrap_or(0.5) - 0.3).powi(2) / f64::from(at)).sum::<f64>()
    };
    for _ in 0..48 {
        let point = space.sample(&mut random);
        study.add(space.decode(&point).unwrap(), loss(&point)).unwrap();
    }
    let mut longest: f64 = 0.0;
    for _ in 0..6 {
        let before = processor_time()?;
        let asked = study.ask().unwrap();
        longest = longest.max(processor_time()? - before);
        let found = loss(&space.encode(asked.config()).unwrap());
        study.tell(asked, found).unwrap();
    }
    Some(longest)
}

#[test]
#[ignore = "long"]
fn asks_in_spaces_with_choices_do_not_grow_as_the_cube_of_the_parameters() {
    let space = |size: usize, choices: usize| {
        let mut builder = Space::builder();
        for at in 0..size {
            let name = format!("p{at}");
            builder = match at < choices {
                true => builder.choices(&name, ["a", "b", "c", "d"]),
                false => builder.float(&name, 0.0..=1.0, Scale::Linear),
            };
        }
        builder.build().unwrap()
    };
    type Make = fn() -> Box<dyn Sampler>;
    let samplers: [Make; 3] = [
        || Box::new(BayesianSampler::new()),
        || Box::new(ControllerSampler::new()),
        || Box::new(LocalSearchSampler::new()),
    ];
    for make in samplers {
        for all_choices in [false, true] {
            let time = |size: usize| {
                let choices = if all_choices { size } else { 1 };
                longest_ask(&space(size, choices), make())
            };
            let (Some(small), Some(large)) = (time(60), time(360)) else { return };
            // Six times as many: linear growth is 6, that of the square 36, of the cube 216.
            assert!(large < 18.0 * small.max(0.005), "{all_choices}: {large} after {small}");
        }
    }
}
