//! A stored study, read by a program that does not know its config type.

use tunewright::space::{Params, Scale, Space};
use tunewright::storage::{MemoryStorage, Storage};
use tunewright::trial::{Trials, metric};
use tunewright::{Error, Result, Study, Trial};

fn study(storage: &MemoryStorage) -> Study<Params> {
    let space = Space::builder()
        .float("lr", 1e-4..=1.0, Scale::Log)
        .int("layers", 1..=6, Scale::Linear)
        .choice("optimizer", |optimizer| optimizer.unit("adam").unit("sgd"))
        .build()
        .unwrap();
    let study = Study::in_space(space).minimize().name("nets").seed(5);
    study.storage(storage.clone()).build().unwrap()
}

fn train(net: Params, trial: &mut Trial) -> Result<f64> {
    let layers = net.float("layers")?;
    let error = (net.float("lr")?.log10() + 2.0).powi(2) + 1.0 / layers;
    trial.record(metric::TRAIN_ERROR, 0.5 * error);
    trial.report(1, 2.0 * error)?;
    if error > 4.0 {
        return Err(Error::Import("diverged".into()));
    }
    Ok(error + 0.02 * layers)
}

/// As a command-line tool reads it.
fn stored(storage: &dyn Storage, name: &str) -> Result<Option<Trials>> {
    storage.find(name)?.map(|store| Trials::read(&*store)).transpose()
}

#[test]
fn a_stored_study_says_all_that_the_study_says() {
    let storage = MemoryStorage::new();
    let study = study(&storage);
    study.optimize(train, 14).unwrap();
    let values = [("lr", 0.1.into()), ("layers", 3.into()), ("optimizer", "sgd".into())];
    study.enqueue(study.space().space().params(values).unwrap()).unwrap();
    let _running = study.ask().unwrap();

    let trials = stored(&storage, "nets").unwrap().unwrap();
    assert_eq!(trials, study.trials().unwrap());
    assert_eq!(trials.best(), study.trials().unwrap().best());
    assert_eq!(trials.to_string(), study.trials().unwrap().to_string());
    assert_eq!(trials.summary().to_string(), study.summary().unwrap().to_string());
    let analysis = trials.analysis();
    assert_eq!(analysis.effects().unwrap().to_string(), study.effects().unwrap().to_string());
    assert_eq!(analysis.explain().unwrap().to_string(), study.explain().unwrap().to_string());
    assert_eq!(analysis.page().to_html().unwrap(), study.page().unwrap().to_html().unwrap());
}

#[test]
fn a_search_by_name_finds_what_is_there_and_creates_nothing() {
    let storage = MemoryStorage::new();
    assert_eq!(stored(&storage, "nets").unwrap(), None);
    assert!(storage.names().unwrap().is_empty());
    let study = study(&storage);
    let trials = stored(&storage, "nets").unwrap().unwrap();
    assert_eq!(trials.header(), study.store().header());
    assert!(trials.is_empty());
    assert_eq!(storage.names().unwrap(), ["nets"]);
}
