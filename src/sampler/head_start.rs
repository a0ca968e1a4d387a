//! A start with what was best in earlier studies.

use super::Context;
use crate::earlier::MatchedTrial;
use crate::space::Point;

/// The best config of the earlier studies that was not tried: of the best of each study, then the second best
/// of each, and so on, the first. `None` where there is none, and once there are `trials` trials.
pub(super) fn head_start(context: &Context<'_>, trials: usize) -> Option<Point> {
    if context.history().distinct() >= trials {
        return None;
    }
    let ranked: Vec<Vec<&MatchedTrial>> = context
        .earlier()
        .iter()
        .map(|study| {
            let mut trials: Vec<&MatchedTrial> = study.trials().iter().collect();
            trials.sort_by(|a, b| a.loss().total_cmp(&b.loss()));
            trials
        })
        .collect();
    let longest = ranked.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn =
        (0..longest).flat_map(|at| ranked.iter().filter_map(move |trials| trials.get(at)));
    let mut points = in_turn.filter_map(|trial| trial.point());
    points.find(|point| context.is_untried(point)).cloned()
}
