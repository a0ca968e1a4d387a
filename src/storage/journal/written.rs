//! What a process has written itself, which it need not read to know.

use std::sync::Arc;

use super::line::Written;
use super::replay::Replay;
use crate::storage::optuna::json::quoted;
use crate::storage::optuna::{Param, StoredTrial};

impl Replay {
    /// Enters a line that this process has just written behind those it knows.
    pub(super) fn enter_written(&mut self, line: &str, written: Written) {
        match written {
            Written::Trial { study, id, trial } if self.is_next(study, id, trial.number) => {
                self.lines += 1;
                self.add(study, trial);
            }
            Written::Change { id, change } => {
                self.lines += 1;
                self.change(id, change);
            }
            Written::Trial { .. } | Written::Other => self.enter(line.as_bytes()),
        }
    }

    /// Whether the next trial has these numbers, in a study that is kept.
    fn is_next(&self, study: usize, id: usize, number: u64) -> bool {
        let count = self.studies.get(study).and_then(Option::as_ref).map(|study| study.count);
        count == Some(number) && id == self.trials.len() && self.keeps(study)
    }

    fn add(&mut self, study: usize, mut trial: StoredTrial) {
        for param in &mut trial.params {
            self.share(param);
            self.see(study, param);
        }
        let id = self.trials.len();
        self.trials.push(Some((study, trial.number)));
        self.place(study, id, Some(trial));
    }

    /// Has a parameter share name and distribution with those that were read.
    fn share(&mut self, param: &mut Param) {
        let name = self.names.entry(quoted(&param.name).into());
        param.name = Arc::clone(name.or_insert_with(|| Arc::clone(&param.name)));
        let text = param.distribution.quoted();
        if let Some(known) = self.distributions.get(text) {
            param.distribution = Arc::clone(known);
        } else {
            self.distributions.insert(text.into(), Arc::clone(&param.distribution));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::storage::journal::line::LineWriter;
    use crate::storage::optuna::{Change, Distribution, Internal, StoredState};
    use crate::trial::Timestamp;

    fn numbers() -> impl Strategy<Value = f64> {
        let special = [0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, 1e22];
        prop_oneof![any::<f64>(), proptest::sample::select(special.to_vec())]
    }

    fn states() -> impl Strategy<Value = StoredState> {
        (0..5_usize).prop_filter_map("a state", StoredState::from_code)
    }

    fn moments() -> impl Strategy<Value = Timestamp> {
        prop_oneof![Just(Timestamp::default()), (0..4_000_000_000_000_000_u64).prop_map(Timestamp)]
    }

    fn attributes() -> impl Strategy<Value = Vec<(String, String)>> {
        let value = any::<String>().prop_map(|text| quoted(&text));
        proptest::collection::vec((any::<String>(), value), 0..3)
    }

    fn params() -> impl Strategy<Value = Vec<Param>> {
        let float = Distribution::Float { low: 0.0, high: 1.0, step: None, log: false };
        let choice = Distribution::Categorical { choices: vec!["\"a\"".into(), "null".into()] };
        let int = Distribution::Int { low: 0, high: 9, step: 1, log: false };
        let distributions = proptest::sample::select(vec![float, choice, int]);
        let value = prop_oneof![
            any::<f64>().prop_map(Internal::Number),
            any::<i64>().prop_map(Internal::Whole),
        ];
        let param = ("[a-c\"]", value, distributions).prop_map(|(name, value, distribution)| {
            Param { name: name.into(), value, distribution: Arc::new(distribution.into()) }
        });
        proptest::collection::vec(param, 0..4).prop_map(|mut params| {
            params.sort_by(|a, b| a.name.cmp(&b.name));
            params.dedup_by(|a, b| a.name == b.name);
            params
        })
    }

    fn trials() -> impl Strategy<Value = StoredTrial> {
        let values = proptest::collection::vec(numbers(), 0..3);
        let steps = proptest::collection::btree_map(any::<i64>(), numbers(), 0..3);
        let attributes = (attributes(), attributes());
        (states(), values, params(), steps, attributes, (moments(), moments())).prop_map(
            |(state, values, params, intermediate, (user, system), (started, finished))| {
                let mut trial = StoredTrial {
                    state,
                    values,
                    params,
                    intermediate,
                    started,
                    finished,
                    ..StoredTrial::default()
                };
                user.iter().for_each(|(name, json)| trial.user_attrs.put(name, json));
                system.iter().for_each(|(name, json)| trial.system_attrs.put(name, json));
                trial
            },
        )
    }

    fn changes() -> impl Strategy<Value = Change> {
        let text = || any::<String>().prop_map(|text| quoted(&text));
        let param = params().prop_filter_map("a parameter", |params| params.into_iter().next());
        prop_oneof![
            param.prop_map(Change::Param),
            (states(), proptest::collection::vec(numbers(), 0..3), moments())
                .prop_map(|(state, values, at)| Change::State { state, values, at }),
            (any::<i64>(), numbers())
                .prop_map(|(step, value)| Change::Intermediate { step, value }),
            (text(), text()).prop_map(|(key, value)| Change::UserAttr(key, value)),
            (text(), text()).prop_map(|(key, value)| Change::SystemAttr(key, value)),
        ]
    }

    /// All that a replay knows, with every NaN the same.
    fn known(replay: &Replay) -> String {
        let studies: Vec<_> = replay
            .studies()
            .map(|study| {
                let first: BTreeMap<_, _> = study.first.iter().collect();
                format!("{:?}", (&study.trials, &study.waiting, first, &study.seen, &study.changed))
            })
            .collect();
        format!("{studies:?} {:?} {} {}", replay.trials, replay.lines, replay.is_shared)
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// What is taken in as it was written is what another process reads.
        #[test]
        fn lines_need_not_be_read_to_be_known(
            steps in proptest::collection::vec(
                prop_oneof![
                    trials().prop_map(|trial| (0, Some(trial), None)),
                    (0..6_usize, changes()).prop_map(|(id, change)| (id, None, Some(change))),
                ],
                1..12,
            ),
        ) {
            let (mut own, mut other) = (Replay::of("study"), Replay::of("study"));
            let mut writer = LineWriter::new("tunewright-1");
            writer.create_study(0, "study", &[1]);
            let mut count = 0;
            for (id, trial, change) in steps {
                if let Some(trial) = trial {
                    let trial = StoredTrial { number: count as u64, ..trial };
                    writer.create_trial(0, count, &trial);
                    count += 1;
                }
                if let Some(change) = change {
                    writer.change(id, &change);
                }
            }
            let (lines, says) = writer.finish();
            prop_assert_eq!(lines.lines().count(), says.len());
            for (line, written) in lines.lines().zip(says) {
                own.enter_written(line, written);
                other.enter(line.as_bytes());
            }
            prop_assert_eq!(known(&own), known(&other));
            prop_assert!(other.damage.is_empty(), "{:?}", other.damage);
        }
    }
}
