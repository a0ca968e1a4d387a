//! The policy's derivatives against central differences, and its probabilities over whole spaces.

use super::decisions::{Decisions, Mask, Move};
use super::policy::{Architecture, Policy, Squash, Weights};
use super::softmax::entropy;
use super::training::proximal_slope;
use crate::math::random::Stream;
use crate::space::{Point, Scale, Space};

/// Four layers with operations, inputs among earlier layers, and skips; a conditional number.
fn space() -> Space {
    let mut builder = Space::builder();
    for layer in 0..4 {
        builder = builder.choices(&format!("op{layer}"), ["a", "b", "c"]);
        if layer > 1 {
            let earlier: Vec<String> = (0..layer).map(|from| format!("op{from}")).collect();
            builder = builder
                .choices(&format!("input{layer}"), earlier.clone())
                .refers_to(earlier.iter().map(|name| Some(name.as_str())))
                .bool(&format!("skip{layer}"))
                .refers_to([None, Some("op0")]);
        }
    }
    builder
        .choice("kind", |kind| {
            kind.unit("plain").variant("deep", |deep| deep.float("x", 0.0..=1.0, Scale::Linear))
        })
        .build()
        .unwrap()
}

/// Never the same operation twice in a row.
fn mask(chosen: &[Option<f64>], axis: usize, legal: &mut [bool]) {
    let names = ["op0", "op1", "op2", "op3"];
    let space = space();
    let name = space.axes()[axis].name();
    if let Some(at) = names.iter().position(|other| *other == name).filter(|at| *at > 0)
        && let Some(Some(before)) = chosen.get(space.position(names[at - 1]).unwrap())
    {
        legal[*before as usize] = false;
    }
}

fn architectures() -> [Architecture; 4] {
    let squash = Squash { temperature: 2.0, limit: Some(1.5) };
    let new = |layers, units, squash| Architecture { layers, units, spread: 0.6, squash };
    [
        new(0, 0, Squash::NONE),
        new(1, 5, Squash::NONE),
        new(2, 4, squash),
        new(3, 3, Squash { temperature: 0.7, limit: None }),
    ]
}

struct Fixture {
    decisions: Decisions,
    policy: Policy,
    weights: Vec<f64>,
    sequences: Vec<Vec<Move>>,
}

fn fixture(architecture: Architecture) -> Fixture {
    let decisions = Decisions::new(&space());
    let policy = Policy::new(architecture, &decisions);
    let mut random = Stream::new(3, architecture.layers as u64);
    let weights: Vec<f64> =
        policy.initial(&mut random).iter().map(|w| w + 0.3 * random.normal()).collect();
    let sequences = (0..6)
        .map(|_| decisions.space().sample_masked(&mut random, mask).unwrap())
        .map(|point| decisions.moves(&point, &mask))
        .collect();
    Fixture { decisions, policy, weights, sequences }
}

/// Compares the derivatives of Σ over sequences of `value`, which `by_step` claims.
fn check(
    fixture: &Fixture,
    value: impl Fn(&[f64], &[Move], usize) -> f64,
    by_step: impl Fn(&[f64], &[Move], usize) -> Weights,
) {
    let Fixture { policy, weights, sequences, .. } = fixture;
    let total = |weights: &[f64]| -> f64 {
        sequences
            .iter()
            .map(|moves| {
                let tape = policy.forward(weights, moves);
                tape.steps().enumerate().map(|(at, (_, p))| value(p, moves, at)).sum::<f64>()
            })
            .sum()
    };
    let mut gradient = vec![0.0; policy.len()];
    for moves in sequences {
        let tape = policy.forward(weights, moves);
        let probabilities: Vec<Vec<f64>> = tape.steps().map(|(_, p)| p.to_vec()).collect();
        policy.backward(weights, &tape, |at| by_step(&probabilities[at], moves, at), &mut gradient);
    }
    let mut moved = weights.clone();
    let mut largest: f64 = 0.0;
    for at in 0..policy.len() {
        let step = 1e-5;
        moved[at] = weights[at] + step;
        let above = total(&moved);
        moved[at] = weights[at] - step;
        let slope = (above - total(&moved)) / (2.0 * step);
        moved[at] = weights[at];
        largest = largest.max(slope.abs());
        assert!((slope - gradient[at]).abs() < 1e-7, "{at}: {slope} {}", gradient[at]);
    }
    assert!(largest > 0.1, "the objective does not depend on the weights");
}

#[test]
fn log_probability_gradients_match_differences() {
    for architecture in architectures() {
        let weights = Weights { log_probability: 0.7, ..Weights::default() };
        let value = |p: &[f64], moves: &[Move], at: usize| 0.7 * p[moves[at].option].ln();
        check(&fixture(architecture), value, |_, _, _| weights);
    }
}

#[test]
fn entropy_gradients_match_differences() {
    for architecture in architectures() {
        let weights = Weights { entropy: 1.3, ..Weights::default() };
        check(&fixture(architecture), |p, _, _| 1.3 * entropy(p), |_, _, _| weights);
    }
}

#[test]
fn divergence_gradients_match_differences() {
    for architecture in &architectures()[1..] {
        let fixture = fixture(*architecture);
        let links: Vec<Vec<Option<usize>>> =
            fixture.decisions.all().iter().map(|decision| decision.links.clone()).collect();
        let value = |p: &[f64], moves: &[Move], at: usize| {
            let links = &links[moves[at].decision];
            if links.iter().all(Option::is_none) {
                return 0.0;
            }
            let target = |option: usize| if links[option].is_some() { 0.4 } else { 0.6 };
            let terms = p.iter().enumerate().filter(|(_, p)| **p > 0.0);
            -0.8 * terms.map(|(option, p)| p * (p / target(option)).ln()).sum::<f64>()
        };
        let weights = Weights { divergence: Some((0.8, 0.4)), ..Weights::default() };
        check(&fixture, value, |_, _, _| weights);
    }
}

#[test]
fn proximal_gradients_match_differences() {
    for architecture in architectures() {
        let fixture = fixture(architecture);
        // Ratios from 0.4 to 2.2, on both sides of the clip, with advantages of both signs.
        let old = |p: f64, at: usize| p / (0.4 + 0.3 * (at % 7) as f64);
        let before: Vec<Vec<f64>> = fixture
            .sequences
            .iter()
            .map(|moves| {
                let tape = fixture.policy.forward(&fixture.weights, moves);
                tape.steps().enumerate().map(|(at, (taken, p))| old(p[taken.option], at)).collect()
            })
            .collect();
        let ratio = |p: &[f64], moves: &[Move], at: usize| {
            let sequence = fixture.sequences.iter().position(|other| other == moves).unwrap();
            p[moves[at].option] / before[sequence][at]
        };
        for advantage in [0.9, -1.4] {
            let value = |p: &[f64], moves: &[Move], at: usize| {
                let ratio = ratio(p, moves, at);
                (ratio * advantage).min(ratio.clamp(0.8, 1.2) * advantage)
            };
            check(&fixture, value, |p, moves, at| Weights {
                log_probability: proximal_slope(ratio(p, moves, at), advantage, 0.2),
                ..Weights::default()
            });
        }
    }
}

#[test]
fn unreached_decisions_have_no_gradient() {
    let fixture = fixture(architectures()[0]);
    // Independent decisions: the weights are the biases, decision after decision.
    let decisions = fixture.decisions.all();
    let plain = fixture.sequences.iter().find(|moves| moves.len() + 2 == decisions.len()).unwrap();
    let tape = fixture.policy.forward(&fixture.weights, plain);
    let mut gradient = vec![0.0; fixture.policy.len()];
    let wanted = Weights { log_probability: 1.0, entropy: 1.0, divergence: None };
    fixture.policy.backward(&fixture.weights, &tape, |_| wanted, &mut gradient);
    // The number behind `deep` has two decisions of eight options.
    let (reached, unreached) = gradient.split_at(gradient.len() - 16);
    assert!(unreached.iter().all(|slope| *slope == 0.0), "{unreached:?}");
    assert!(reached.iter().filter(|slope| **slope != 0.0).count() > 10);
}

#[test]
fn one_legal_option_contributes_nothing() {
    for architecture in architectures() {
        let fixture = fixture(architecture);
        let forced: Vec<Move> = fixture.sequences[0]
            .iter()
            .map(|taken| Move { legal: 1 << taken.option, ..*taken })
            .collect();
        let tape = fixture.policy.forward(&fixture.weights, &forced);
        assert_eq!(tape.log_probability(), 0.0);
        let mut gradient = vec![0.0; fixture.policy.len()];
        let wanted = Weights { log_probability: 1.0, entropy: 1.0, divergence: None };
        fixture.policy.backward(&fixture.weights, &tape, |_| wanted, &mut gradient);
        assert!(gradient.iter().all(|slope| *slope == 0.0));
    }
}

/// All points of a space without continuous axes that the mask leaves.
fn enumerate(space: &Space, mask: &Mask<'_>) -> Vec<Point> {
    let mut partial: Vec<Vec<Option<f64>>> = vec![Vec::new()];
    for (index, axis) in space.axes().iter().enumerate() {
        let mut longer = Vec::new();
        for chosen in partial {
            if !axis.is_active(&chosen) {
                longer.push([chosen.as_slice(), &[None]].concat());
                continue;
            }
            let mut legal = vec![true; axis.masked_levels().unwrap()];
            mask(&chosen, index, &mut legal);
            for level in (0..legal.len()).filter(|level| legal[*level]) {
                let value = axis.distribution().at_level(level as u64);
                longer.push([chosen.as_slice(), &[value]].concat());
            }
        }
        partial = longer;
    }
    partial.into_iter().map(Point::from_values).collect()
}

#[test]
fn probabilities_sum_to_one_over_the_legal_points() {
    let space = Space::builder()
        .choices("a", ["x", "y", "z"])
        .choice("b", |b| {
            b.unit("none").variant("some", |some| some.bool("c").choices("d", ["p", "q", "r"]))
        })
        .int("e", 1..=4, Scale::Log)
        .build()
        .unwrap();
    let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| match axis {
        1 if chosen[0] == Some(1.0) => legal[1] = false,
        3 if chosen[2] == Some(1.0) => legal[0] = false,
        4 => legal[chosen[0].map_or(0, |a| a as usize)] = false,
        _ => {}
    };
    let points = enumerate(&space, &mask);
    assert_eq!(points.len(), 2 * (1 + 5) * 3 + 3);
    let decisions = Decisions::new(&space);
    for architecture in architectures() {
        let policy = Policy::new(architecture, &decisions);
        let mut random = Stream::new(8, 0);
        let weights: Vec<f64> = (0..policy.len()).map(|_| random.normal()).collect();
        let sum: f64 = points
            .iter()
            .map(|point| policy.forward(&weights, &decisions.moves(point, &mask)))
            .map(|tape| tape.log_probability().exp())
            .sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }
}

#[test]
fn samples_follow_the_probabilities() {
    use super::tree::Tree;
    use crate::math::statistics::fit::chi_square;

    let space =
        Space::builder().choices("a", ["x", "y", "z"]).choices("b", ["p", "q"]).build().unwrap();
    let mask = |chosen: &[Option<f64>], axis: usize, legal: &mut [bool]| {
        if axis == 1 && chosen[0] == Some(2.0) {
            legal[0] = false;
        }
    };
    let decisions = Decisions::new(&space);
    let policy = Policy::new(architectures()[1], &decisions);
    let mut random = Stream::new(5, 0);
    let weights = policy.initial(&mut random);
    let points = enumerate(&space, &mask);
    let n = 20_000.0;
    let expected: Vec<f64> = points
        .iter()
        .map(|point| {
            n * policy.forward(&weights, &decisions.moves(point, &mask)).log_probability().exp()
        })
        .collect();
    let mut counts = vec![0; points.len()];
    let mut tree = Tree::new(&policy, &weights, &decisions);
    for _ in 0..n as usize {
        let point = tree.sample(&mask, &mut random).unwrap();
        counts[points.iter().position(|other| *other == point).unwrap()] += 1;
    }
    assert!(chi_square(&counts, &expected) > 0.001, "{counts:?} {expected:?}");
    let likely = tree.most_likely(&mask).unwrap();
    let count = counts[points.iter().position(|other| *other == likely).unwrap()];
    assert!(count > n as u64 / 8, "{count}");
}
