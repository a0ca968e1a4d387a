//! Spaces in which legal points are rare, and the masks that lead to them.

use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::{RandomSampler, testing};

/// All orders of `SIZE` things, one axis for what stands at each place: one point in a million is
/// an order.
struct Orders {
    axes: Space,
    /// Things that may stand nowhere.
    banned: usize,
}

const SIZE: usize = 11;

impl Orders {
    fn without(banned: usize) -> Self {
        let places = (0..SIZE).fold(Space::builder(), |builder, place| {
            builder.choices(&format!("place{place}"), (0..SIZE as i64).collect::<Vec<_>>())
        });
        Orders { axes: places.build().unwrap(), banned }
    }
}

impl SearchSpace for Orders {
    type Config = Vec<usize>;

    fn space(&self) -> &Space {
        &self.axes
    }

    fn decode(&self, point: &Point) -> Result<Vec<usize>> {
        self.axes.check(point)?;
        Ok(point.iter().flatten().map(|value| value as usize).collect())
    }

    fn encode(&self, order: &Vec<usize>) -> Result<Point> {
        self.axes.point_at_values(order.iter().map(|&at| Some(at as f64)))
    }

    fn violated(&self, order: &Vec<usize>) -> Option<&str> {
        let twice = (0..SIZE).any(|at| order[..at].contains(&order[at]));
        (twice || order.iter().any(|&thing| thing < self.banned)).then_some("an order")
    }

    fn mask(&self, chosen: &[Option<f64>], _: usize, legal: &mut [bool]) {
        for value in chosen.iter().flatten() {
            legal[*value as usize] = false;
        }
        legal[..self.banned].fill(false);
    }
}

#[test]
fn random_search_finds_rare_legal_points_by_masks() {
    let study =
        Study::in_space(Orders::without(0)).sampler(RandomSampler::new()).seed(3).build().unwrap();
    study.optimize(|order: Vec<usize>, _: &mut Trial| order[0] as f64, 50).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 50);
    // All first places occur about equally often.
    let firsts: std::collections::BTreeSet<u64> =
        study.trials().unwrap().iter().map(|trial| trial.values()[0] as u64).collect();
    assert!(firsts.len() >= 9, "{firsts:?}");
}

#[test]
fn masks_that_lead_nowhere_are_named() {
    let study = Study::in_space(Orders::without(1)).sampler(RandomSampler::new()).build().unwrap();
    let error = study.ask().unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::ConstraintUnsatisfied { .. }), "{text}");
    assert!(text.contains("the space's mask"), "{text}");
}

#[test]
fn masked_levels_keep_their_proportions() {
    let space = Space::builder()
        .field("kind", &tunewright::space::Choices::of(["a", "b", "c"]).weights([6.0, 3.0, 1.0]))
        .build()
        .unwrap();
    let mut random = Stream::new(1, 0);
    let mut counts = [0; 3];
    for _ in 0..10_000 {
        let point = space.sample_masked(&mut random, |_, _, legal| legal[0] = false).unwrap();
        counts[point.get(0).unwrap() as usize] += 1;
    }
    assert_eq!(counts[0], 0);
    // Binomial with probability 0.75: a deviation of 43.
    assert!((counts[1] - 7500_i64).abs() < 200, "{counts:?}");
}

/// A mask that forbids what the space allows.
struct Strict(Orders);

impl SearchSpace for Strict {
    type Config = Vec<usize>;

    fn space(&self) -> &Space {
        self.0.space()
    }

    fn decode(&self, point: &Point) -> Result<Vec<usize>> {
        self.0.decode(point)
    }

    fn encode(&self, order: &Vec<usize>) -> Result<Point> {
        self.0.encode(order)
    }

    fn mask(&self, _: &[Option<f64>], _: usize, legal: &mut [bool]) {
        legal[0] = false;
    }
}

#[test]
#[should_panic(expected = "forbids what a legal config has")]
fn the_suite_finds_masks_that_forbid_too_much() {
    testing::space(&Strict(Orders::without(0)));
}
