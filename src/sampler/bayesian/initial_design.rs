//! The first trials, before there is anything to model.

use crate::error::Result;
use crate::math::sobol::Sobol;
use crate::math::special::{normal_cdf, normal_quantile};
use crate::sampler::Context;
use crate::space::{AxisKind, Point};

/// Most trials of the initial design. A model of many parameters learns more from its own choices.
const LONGEST_START: usize = 20;
/// Keeps the initial design's scrambling apart from that of the candidates.
const START_KEY: u64 = 0x7374_6172_7400_0000;

/// How many trials the initial design has, if not as many as asked for.
pub(super) fn design_trials(asked: Option<usize>, features: usize) -> usize {
    asked.unwrap_or((features + 1).min(LONGEST_START))
}

/// Point number `index` of the initial design: the defaults or middles of all parameters with
/// choices at random, then a scrambled Sobol sequence.
pub(super) fn design(context: &Context<'_>, index: usize) -> Result<Point> {
    let space = context.space();
    let mut random = context.random();
    let unit: Vec<f64> = if index == 0 && context.attempt() == 0 {
        let middle = space.axes().iter().map(|axis| match (axis.default(), axis.kind()) {
            (Some(value), _) => axis.distribution().to_unit(value),
            (None, AxisKind::Categorical { .. }) => random.unit(),
            (None, _) => 0.5,
        });
        middle.collect()
    } else {
        let sobol = Sobol::new(space.len(), context.seed() ^ START_KEY);
        // Later attempts look far along the sequence, which has 2^32 points.
        let jump = context.attempt() * ((1 << 24) + 1);
        sobol.point((index as u64 + jump) as u32)
    };
    let unit = match index % 2 {
        0 => near_beliefs(context, index == 0, unit),
        _ => unit,
    };
    let point = space.point(&unit)?;
    if let Some(nearest) = nearest_listed(context, &point) {
        return Ok(nearest);
    }
    if context.is_legal(&point) { Ok(point) } else { context.sample(&mut random) }
}

/// Coordinates at what a person believes, or drawn by it: a coordinate is the quantile of a normal distribution.
fn near_beliefs(context: &Context<'_>, exactly: bool, mut unit: Vec<f64>) -> Vec<f64> {
    for believed in context.believed() {
        let coordinate = &mut unit[believed.axis];
        *coordinate = match believed.width {
            None => context.space().axes()[believed.axis].distribution().to_unit(believed.at),
            Some(_) if exactly => believed.at,
            Some(width) => {
                let share = |z: f64| normal_cdf((z - believed.at) / width);
                let (low, high) = (share(0.0), share(1.0));
                let quantile = normal_quantile(low + *coordinate * (high - low));
                (believed.at + width * quantile).clamp(0.0, 1.0)
            }
        };
    }
    unit
}

/// The untried point that is nearest to this one, where the space lists its points.
fn nearest_listed(context: &Context<'_>, point: &Point) -> Option<Point> {
    let axes = context.space().axes();
    let unit = |point: &Point, at: usize| {
        point.get(at).map(|value| axes[at].distribution().to_unit(value))
    };
    let apart = |other: &Point, at: usize| match (unit(point, at), unit(other, at), axes[at].kind())
    {
        (Some(left), Some(right), AxisKind::Categorical { .. }) => {
            f64::from(u8::from(left != right))
        }
        (Some(left), Some(right), _) => (left - right).powi(2),
        (left, right, _) => f64::from(u8::from(left != right)),
    };
    let distance = |other: &Point| (0..axes.len()).map(|at| apart(other, at)).sum::<f64>();
    let untried = context.points()?.iter().filter(|point| context.is_untried(point));
    let nearest = untried.map(|point| (distance(point), point));
    nearest.min_by(|(left, _), (right, _)| left.total_cmp(right)).map(|(_, point)| point.clone())
}
