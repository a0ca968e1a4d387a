//! What of an earlier study can be used, and what is said of the rest.

use tunewright::earlier::EarlierStudy;
use tunewright::import::Experiments;
use tunewright::sampler::RandomSampler;
use tunewright::space::{Float, Params, Scale, Space, SpaceBuilder};
use tunewright::storage::MemoryStorage;
use tunewright::trial::{Direction, at_most};
use tunewright::{Error, Result, Study, Trial};

fn space(edit: impl FnOnce(SpaceBuilder) -> SpaceBuilder) -> Space {
    edit(Space::builder().float("rate", 1e-4..=1.0, Scale::Log)).build().unwrap()
}

fn usual() -> Space {
    space(|space| space.int("layers", 1..=4, Scale::Linear).choices("kind", ["a", "b"]))
}

/// A study of ten random trials.
fn earlier(space: Space, name: &str) -> Study<Params> {
    let study =
        Study::in_space(space).name(name).sampler(RandomSampler::new()).seed(3).build().unwrap();
    let loss = |p: Params, _: &mut Trial| -> Result<f64> { Ok(p.float("rate")?.ln().abs()) };
    study.optimize(loss, 10).unwrap();
    study
}

/// What a study in the usual space says of an earlier one.
fn said(earlier: impl tunewright::earlier::IntoEarlierStudy) -> String {
    let study = Study::in_space(usual()).seed(1).learn_from(earlier).build().unwrap();
    let said = study.earlier()[0].to_string();
    // It starts, whatever could be used.
    study.optimize(|p: Params, _: &mut Trial| p.float("rate"), 5).unwrap();
    said
}

#[test]
fn the_same_space_can_be_used_whole() {
    assert_eq!(
        said(&earlier(usual(), "march")),
        "march: 10 trials; rate, layers, kind can be used"
    );
}

#[test]
fn other_ranges_choices_and_parameters_are_named() {
    let other = Space::builder()
        .float("rate", 1e-3..=10.0, Scale::Log)
        .choices("kind", ["b", "c"])
        .bool("warm")
        .build()
        .unwrap();
    assert_eq!(
        said(&earlier(other, "march")),
        "march: 10 trials; rate can be used in part: it was 0.001..=10 and is 0.0001..=1; kind can \
         be used in part: c is gone, a is new; nothing is known of layers; warm ignored, not in \
         this study"
    );
}

#[test]
fn a_parameter_without_a_common_value_is_not_used() {
    let space = |range, labels: [&'static str; 2]| {
        let space = Space::builder().float("x", range, Scale::Linear);
        space.float("y", 0.0..=1.0, Scale::Linear).choices("kind", labels).build().unwrap()
    };
    let march = Study::in_space(space(100.0..=200.0, ["a", "b"])).name("march").seed(1);
    let march = march.build().unwrap();
    march.optimize(|p: Params, _: &mut Trial| p.float("y"), 5).unwrap();
    let said = |new: Space| {
        let study = Study::<Params>::in_space(new).learn_from(&march).build().unwrap();
        study.earlier()[0].to_string()
    };
    assert_eq!(
        said(space(-5.0..=5.0, ["c", "d"])),
        "march: 5 trials; y can be used; x cannot be used: it was 100..=200 and is -5..=5; kind \
         cannot be used: it had other choices"
    );
    let other = Space::builder().float("x", 0.0..=1.0, Scale::Linear).build().unwrap();
    assert_eq!(said(other), "march: not used, because its parameters have no value of this study");
}

#[test]
fn values_are_mapped_by_value_and_not_by_place_in_the_range() {
    let wide = Space::builder().float("rate", 1e-8..=1.0, Scale::Log).build().unwrap();
    let study = Study::in_space(wide).build().unwrap();
    for (rate, loss) in [(1e-2, 1.0), (1e-6, 2.0), (1e-1, 3.0)] {
        let point = [study.space().space().axes()[0].distribution().to_unit(rate)];
        let config = study.space().decode(&study.space().space().point(&point).unwrap()).unwrap();
        study.add(config, loss).unwrap();
    }
    let learner = Study::in_space(usual()).learn_from(&study).build().unwrap();
    let rates: Vec<f64> = learner.earlier()[0]
        .trials()
        .iter()
        .map(|trial| trial.point().unwrap().get(0).unwrap())
        .collect();
    // What lies beyond the range becomes its nearest end.
    for (rate, expected) in rates.iter().zip([1e-2, 1e-4, 1e-1]) {
        assert!((rate / expected - 1.0).abs() < 1e-9, "{rates:?}");
    }
}

#[test]
fn renamed_parameters_are_found_and_misspelt_ones_refused() {
    let old = Space::builder().float("lr", 1e-4..=1.0, Scale::Log).build().unwrap();
    let study = Study::in_space(old).name("march").build().unwrap();
    study.optimize(|p: Params, _: &mut Trial| p.float("lr"), 5).unwrap();
    let renamed = EarlierStudy::new(study.trials().unwrap()).rename("lr", "rate").name("old");
    assert_eq!(said(renamed), "old: 5 trials; rate can be used; nothing is known of layers, kind");
    for (earlier, now, unknown) in [("lrr", "rate", "lrr"), ("lr", "ratte", "ratte")] {
        let renamed = EarlierStudy::new(study.trials().unwrap()).rename(earlier, now);
        let error = Study::in_space(usual()).learn_from(renamed).build().unwrap_err();
        assert!(
            matches!(&error, Error::UnknownParameter { name, .. } if name == unknown),
            "{error}"
        );
    }
}

#[test]
fn what_says_nothing_is_refused_in_one_sentence() {
    let empty = |name: &str| Study::in_space(usual()).name(name).seed(1).build().unwrap();
    assert_eq!(said(&empty("none")), "none: not used, because it has no trials");
    let failed = empty("failed");
    failed.optimize(|_: Params, _: &mut Trial| Err::<f64, _>("out of memory"), 4).unwrap();
    assert_eq!(said(&failed), "failed: not used, because none of its trials is complete");
    let constant = empty("constant");
    constant.optimize(|_: Params, _: &mut Trial| 0.5, 4).unwrap();
    assert_eq!(said(&constant), "constant: not used, because all its trials have the same value");
    let one = empty("one");
    one.optimize(|_: Params, _: &mut Trial| 0.5, 1).unwrap();
    let sentence = "one: not used, because one trial says nothing of which configs are better";
    assert_eq!(said(&one), sentence);
    let foreign = Space::builder().field("x", &Float::range(0.0..=1.0)).build().unwrap();
    let foreign = Study::in_space(foreign).name("foreign").build().unwrap();
    foreign.optimize(|p: Params, _: &mut Trial| p.float("x"), 3).unwrap();
    assert_eq!(said(&foreign), "foreign: not used, because it has no parameter of this study");
}

#[test]
fn studies_of_one_name_are_told_apart() {
    let (one, two) = (earlier(usual(), "study"), earlier(usual(), "study"));
    let study = Study::in_space(usual()).seed(1).learn_from(&one).learn_from(&two).build().unwrap();
    let names: Vec<&str> = study.earlier().iter().map(|study| study.name()).collect();
    assert_eq!(names, ["study", "study (2)"]);
    study.optimize(|p: Params, _: &mut Trial| p.float("rate"), 1).unwrap();
    let history = study.history().unwrap();
    assert_eq!(history.trial(0).unwrap().notes().len(), 2);
}

#[test]
fn another_direction_is_turned() {
    let accuracy = Study::in_space(usual()).name("accuracy").maximize().seed(2).build().unwrap();
    accuracy.optimize(|p: Params, _: &mut Trial| p.float("rate"), 6).unwrap();
    let study = Study::in_space(usual()).learn_from(&accuracy).build().unwrap();
    let said = study.earlier()[0].to_string();
    assert!(said.ends_with("its goal has the other direction, so that its better configs count"));
    // The highest rate is the best.
    let trials = study.earlier()[0].trials();
    let best = trials.iter().min_by(|a, b| a.loss().total_cmp(&b.loss())).unwrap();
    let best = best.point().unwrap().get(0).unwrap();
    assert!(trials.iter().all(|trial| trial.point().unwrap().get(0).unwrap() <= best));
}

#[test]
fn trials_that_did_not_end_are_counted_apart() {
    let march = Study::in_space(usual()).name("march").seed(1).build().unwrap();
    let train = |_: Params, trial: &mut Trial| match trial.number() {
        0..3 => Ok(trial.number() as f64),
        _ => Err(Error::Sampler("no more".into())),
    };
    march.optimize(train, 5).unwrap();
    let said = said(&march);
    assert!(said.starts_with("march: 3 complete trials of 5; "), "{said}");
}

#[test]
fn infeasible_trials_are_left_out() {
    let limited = |name: &str, limit: f64| {
        let study = Study::in_space(usual()).name(name).seed(1);
        let study = study.outcome_constraint("memory", at_most(limit)).build().unwrap();
        let train = |_: Params, trial: &mut Trial| {
            let number = trial.number() as f64;
            trial.record("memory", number);
            10.0 - number
        };
        study.optimize(train, 8).unwrap();
        study
    };
    let march = limited("march", 4.5);
    let line = said(&march);
    assert!(line.starts_with("march: 5 complete trials of 8; "), "{line}");
    assert!(line.ends_with("; 3 left out, which were infeasible"), "{line}");
    let line = said(&limited("april", -1.0));
    assert_eq!(line, "april: not used, because none of its trials is feasible");
}

#[test]
fn stored_studies_are_found_by_name_or_all() {
    let storage = MemoryStorage::new();
    let stored = |name: &str, space: Space| {
        let study = Study::in_space(space).name(name).storage(storage.clone()).seed(1);
        let study = study.sampler(RandomSampler::new()).build().unwrap();
        study
            .optimize(
                |p: Params, _: &mut Trial| p.iter().count() as f64 + p.float("rate").unwrap_or(0.0),
                4,
            )
            .unwrap();
    };
    stored("march", usual());
    stored("april", space(|space| space));
    stored("foreign", Space::builder().bool("flag").build().unwrap());
    let new = || Study::in_space(usual()).name("may").storage(storage.clone());
    let one = new().learn_from_stored("march").build().unwrap();
    assert_eq!(one.earlier().iter().map(|study| study.name()).collect::<Vec<_>>(), ["march"]);
    let all = new().learn_from_all_stored().build().unwrap();
    let mut names: Vec<&str> = all.earlier().iter().map(|study| study.name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["april", "march"]);
    let error = new().learn_from_stored("marhc").build().unwrap_err();
    assert!(matches!(error, Error::NoSuchStudy { .. }), "{error}");
    let error = new().learn_from_stored("may").build().unwrap_err();
    assert!(error.to_string().contains("it is the study itself"), "{error}");
}

#[test]
fn a_table_of_experiments_can_be_learned_from() {
    let csv = "rate,layers,loss\n0.1,2,0.9\n0.01,3,0.4\n0.001,3,0.6\n";
    let table = Experiments::from_csv(csv.as_bytes()).unwrap().goal("loss");
    let trials = table.trials("sheet", Direction::Minimize).unwrap();
    let said = said(trials);
    assert!(
        said.starts_with("sheet: 3 trials; ") && said.contains("rate can be used in part"),
        "{said}"
    );
}
