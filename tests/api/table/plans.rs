//! Studies of all kinds, as their trials are planned.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use tunewright::Study;
use tunewright::space::{Optional, Params, Scale, Space, Value};
use tunewright::trial::{Evaluation, Event, Origin, Outcome, Timestamp, TrialState};

/// Texts that a program would take for a number, a boolean, a date or nothing, or would trim.
fn treacherous() -> impl Strategy<Value = String> {
    let known = [
        "",
        "1e-3",
        "True",
        "true",
        "FALSE",
        "007",
        "NA",
        "N/A",
        "null",
        "NaN",
        "nan",
        "inf",
        "-0",
        "0",
        "1",
        "1.0",
        "12.0",
        "+5",
        "0x10",
        " x",
        "x ",
        "\t",
        "a,b",
        "a;b",
        "\"",
        "\"\"",
        "'",
        "x\ny",
        "\r\n",
        "2026-01-31",
        "None",
        "none",
        "some",
        "=1+1",
        "é",
        "\u{feff}",
        "{\"text\": 1}",
    ];
    prop_oneof![
        3 => select(known.to_vec()).prop_map(str::to_owned),
        1 => "[ -~]{0,6}",
        1 => any::<String>(),
    ]
}

/// Names of parameters, those of other columns among them; they are neither empty nor end in a dot.
pub(super) fn name() -> impl Strategy<Value = String> {
    let known = [
        "lr",
        "number",
        "state",
        "value",
        "value_0",
        "value_1",
        "started",
        "seconds",
        "failure",
        "reason",
        "origin",
        "reports",
        "metric:a",
        "note:a",
        "parameter:value",
        "params_x",
        "goal",
        "run",
        "date",
        "train_error",
        "1",
        "True",
        " x",
        "a,b",
    ];
    let odd = treacherous().prop_map(|text| format!("{text}_"));
    prop_oneof![2 => select(known.to_vec()).prop_map(str::to_owned), 1 => odd]
}

fn number() -> impl Strategy<Value = f64> {
    let known = [
        0.0,
        -0.0,
        1.0,
        -3.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e300,
        5e-324,
        0.1 + 0.2,
    ];
    prop_oneof![select(known.to_vec()), any::<u64>().prop_map(f64::from_bits)]
}

fn finite() -> impl Strategy<Value = f64> {
    number().prop_filter("finite", |value| value.is_finite())
}

fn label() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => treacherous().prop_map(Value::Text),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => (-9_000_i64..9_000).prop_map(Value::Int),
        1 => number().prop_map(Value::Float),
    ]
}

fn note() -> impl Strategy<Value = Value> {
    prop_oneof![
        treacherous().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        number().prop_map(Value::Float),
    ]
}

#[derive(Clone, Debug)]
pub(super) struct Plan {
    number_gap: u64,
    state: TrialState,
    at: (u64, u64),
    values: (Index, f64, i64, f64),
    value: f64,
    constraints: Vec<f64>,
    metrics: BTreeMap<String, f64>,
    notes: BTreeMap<String, Value>,
    reports: BTreeMap<u64, f64>,
    reason: String,
    origin: Origin,
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let states = [
        TrialState::Waiting,
        TrialState::Running,
        TrialState::Complete,
        TrialState::Pruned,
        TrialState::Interrupted,
        TrialState::Failed,
    ];
    let origin = prop_oneof![
        select(vec![Origin::Sampler, Origin::Enqueued, Origin::Added]),
        (0..20_u64, 1..4_u32).prop_map(|(of, failures)| Origin::Retry { of, failures }),
        (0..20_u64).prop_map(|of| Origin::Continued { of }),
    ];
    let what = (
        prop_oneof![8 => Just(0_u64), 1 => 0..9_u64],
        select(states.to_vec()),
        (prop_oneof![Just(0_u64), 1..1_u64 << 61], 0..1_u64 << 50),
        (any::<Index>(), -1e9..1e9_f64, -20..400_i64, 1e-9..1.0_f64),
        (finite(), prop::collection::vec(finite(), 0..3)),
    );
    let beside = (
        prop::collection::btree_map(treacherous(), number(), 0..3),
        prop::collection::btree_map(treacherous(), note(), 0..3),
        prop::collection::btree_map(any::<u64>(), number(), 0..3),
        treacherous(),
        origin,
    );
    (what, beside).prop_map(
        |(
            (number_gap, state, at, values, (value, constraints)),
            (metrics, notes, reports, reason, origin),
        )| {
            Plan {
                number_gap,
                state,
                at,
                values,
                value,
                constraints,
                metrics,
                notes,
                reports,
                reason,
                origin,
            }
        },
    )
}

/// A space with parameters of all kinds, and conditions.
fn space(names: &BTreeSet<String>, labels: &[Value]) -> Space {
    let names: Vec<&String> = names.iter().collect();
    Space::builder()
        .choices(names[0], labels.to_vec())
        .float(names[1], -1e9..=1e9, Scale::Linear)
        .int(names[2], -20..=400, Scale::Linear)
        .choice("kind of thing", |kind| {
            kind.unit("007")
                .variant(" a, b", |given| given.float("inner", 1e-9..=1.0, Scale::Log).bool("True"))
                .unit("NA")
        })
        .field("optional", &Optional::new(tunewright::space::Float::range(0.0..=1.0).step(0.1)))
        .build()
        .unwrap()
}

/// Keeps a trial as a storage would have it after all that the plan says.
fn keep(study: &Study<Params>, plan: &Plan, number: u64) {
    let space = study.space().space();
    let unit = |axis: usize| match plan.values.0.index(3) {
        0 => 0.0,
        1 => 0.5,
        _ => (axis as f64 * 0.37 + plan.values.3).fract(),
    };
    let units: Vec<f64> = (0..space.len()).map(unit).collect();
    let mut point: Vec<Option<f64>> = space.point(&units).unwrap().iter().collect();
    point[0] =
        Some(plan.values.0.index(space.axes()[0].distribution().levels().unwrap() as usize) as f64);
    point[1] = Some(plan.values.1);
    point[2] = Some(plan.values.2 as f64);
    let (point, notes) = (space.point_at_values(point).unwrap(), plan.notes.clone());
    let mut events = vec![Event::Created { point, origin: plan.origin, notes }];
    events.extend(plan.metrics.iter().map(|(name, value)| Event::recorded(name, *value)));
    let reported = |(step, value): (&u64, &f64)| Event::Reported { step: *step, value: *value };
    events.extend(plan.reports.iter().map(reported));
    let (started, lasted) = plan.at;
    if plan.state != TrialState::Waiting {
        events.push(Event::Started { at: Timestamp(started), lease: None });
    }
    let at = Timestamp(if started == 0 { 0 } else { started + lasted });
    let outcome = match plan.state {
        TrialState::Waiting | TrialState::Running => None,
        TrialState::Complete => Some(Outcome::Complete(
            Evaluation::from(plan.value).with_constraints(&plan.constraints),
        )),
        TrialState::Pruned => {
            let reason = Some(plan.reason.clone()).filter(|reason| !reason.is_empty());
            Some(Outcome::Pruned(reason))
        }
        TrialState::Interrupted => Some(Outcome::Interrupted),
        TrialState::Failed => Some(Outcome::Failed(plan.reason.clone())),
        state => panic!("{state} is no state of these plans"),
    };
    events.extend(outcome.map(|outcome| Event::Finished { outcome, at }));
    study.store().add(Some(number), events).unwrap();
}

/// A study of the plans.
pub(super) fn planned(names: &BTreeSet<String>, labels: &[Value], plans: &[Plan]) -> Study<Params> {
    let study = Study::in_space(space(names, labels)).maximize().seed(9).build().unwrap();
    let mut number = 0;
    for plan in plans {
        number += plan.number_gap;
        keep(&study, plan, number);
        number += 1;
    }
    study
}

/// Labels of which no two are written alike.
pub(super) fn labels() -> impl Strategy<Value = Vec<Value>> {
    let by_text = prop::collection::vec(label(), 1..6);
    by_text.prop_map(|labels| {
        let unique: BTreeMap<String, Value> =
            labels.into_iter().map(|label| (label.to_string(), label)).collect();
        // Zeros of both signs are written differently and are equal.
        let mut labels: Vec<Value> = Vec::new();
        for label in unique.into_values() {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    })
}
