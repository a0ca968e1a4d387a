use crate::error::Error;
use crate::math::random::Stream;
use crate::space::{Point, SearchSpace};

/// Checks that a search space keeps its contract: what is sampled decodes, encodes back to what
/// counts as the same point, keys are stable, masks forbid no legal point, and points of other
/// spaces give errors.
///
/// # Panics
/// With a sentence that says what is broken.
pub fn space<S: SearchSpace>(space: &S) {
    let axes = space.space();
    let mut random = Stream::new(11, 0);
    let mut legal = 0;
    for _ in 0..1000 {
        let point = axes.sample(&mut random);
        if let Err(error) = axes.check(&point) {
            panic!("a sampled point must belong to the space: {error}");
        }
        let config = space
            .decode(&point)
            .unwrap_or_else(|error| panic!("every point must decode, but {point:?}: {error}"));
        assert_eq!(space.key(&point), space.key(&point), "a point's key must not change");
        let violated = space.violated(&config).map(str::to_owned);
        assert_eq!(
            space.violated(&config),
            violated.as_deref(),
            "whether a config is legal must not change"
        );
        if violated.is_none() && axes.violated(&point).is_none() {
            legal += 1;
            allows(space, &point);
        }
        let encoded = space.encode(&config).unwrap_or_else(|error| {
            panic!("a decoded config must encode, but that of {point:?}: {error}")
        });
        if let Err(error) = axes.check(&encoded) {
            panic!("an encoded config must be a point of the space: {error}");
        }
        assert_eq!(
            space.key(&encoded),
            space.key(&point),
            "encoding a decoded config must give a point that counts as the same: {point:?} came \
             back as {encoded:?}"
        );
    }
    assert!(legal > 0, "none of 1000 sampled configs is legal; samplers will not find one either");
    let default = axes.default_point();
    assert!(space.decode(&default).is_ok(), "the default point must decode");
    refuses_foreign_points(space);
}

/// Every step of the way to a legal point must be legal.
fn allows<S: SearchSpace>(space: &S, point: &Point) {
    let values: Vec<Option<f64>> = point.iter().collect();
    for (index, axis) in space.space().axes().iter().enumerate() {
        let level = values[index].and_then(|value| axis.distribution().level_of(value));
        let (Some(level), Some(levels)) = (level, axis.masked_levels()) else { continue };
        let mut legal = vec![true; levels];
        space.mask(&values[..index], index, &mut legal);
        assert!(
            legal[level as usize],
            "the mask of {} forbids what a legal config has: {point:?}",
            axis.name()
        );
    }
}

fn refuses_foreign_points<S: SearchSpace>(space: &S) {
    let axes = space.space();
    let foreign = vec![0.5; axes.len() + 1];
    assert!(
        matches!(axes.point(&foreign), Err(Error::ForeignPoint { .. })),
        "a point with too many coordinates must be refused"
    );
}
