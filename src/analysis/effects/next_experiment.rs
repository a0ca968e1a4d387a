use super::NextExperiment;
use super::curve::Curve;
use crate::analysis::Analysis;
use crate::space::Point;
use crate::surrogate::Encoding;

/// Which trial would tell most about a curve: that which leaves least of the deviation of its
/// widest difference. Among the candidates, and the last trials with the parameter at its ends.
pub(super) fn most_informative(
    analysis: &Analysis<'_>,
    encoding: &Encoding,
    curve: &Curve<'_>,
    candidates: &[Point],
    points: &[&Point],
) -> Option<NextExperiment> {
    let last = curve.len() - 1;
    let deviation = |&(a, b): &(usize, usize)| curve.contrast(a, b).1;
    let pairs = match curve.is_ordered() {
        true => vec![(last, 0)],
        false => (0..=last).flat_map(|a| (0..a).map(move |b| (a, b))).collect(),
    };
    let (a, b) =
        pairs.into_iter().max_by(|one, other| deviation(one).total_cmp(&deviation(other)))?;
    let before = curve.averages.contrast(a, b).1;
    if before <= 0.0 {
        return None;
    }
    let changed = points.iter().rev().take(RECENT).flat_map(|point| {
        let row = encoding.latent(&encoding.encode(point));
        [a, b].map(|end| {
            let mut row = row.clone();
            row[curve.feature] = curve.code(end);
            encoding.decode(&row)
        })
    });
    let changed = changed.filter(|point| analysis.may_propose(point));
    let after = |point: &Point| curve.averages.contrast_after(a, b, &encoding.encode(point));
    let mut candidates: Vec<Point> = candidates.iter().cloned().chain(changed).collect();
    // What has the best goal already leaves nothing to be seen, unless there is nothing else.
    if let Some(plateau) = analysis.plateau()
        && candidates.iter().any(|point| !plateau.holds(point))
    {
        candidates.retain(|point| !plateau.holds(point));
    }
    let best = candidates
        .into_iter()
        .map(|point| (after(&point), point))
        .min_by(|one, other| one.0.total_cmp(&other.0))?;
    let parameters = analysis.space().describe(&best.1);
    Some(NextExperiment {
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).collect(),
        deviation_reduction: 1.0 - best.0 / before,
    })
}

/// Trials whose neighbours are looked at.
const RECENT: usize = 4;
