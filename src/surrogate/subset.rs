//! Which observations speak for all when there are too many.

/// The indices of at most `count` of the losses, ascending: the best half, and as many of the
/// others, evenly spread over their order of arrival. The model must be exact where it is good, and
/// must not forget what is bad elsewhere.
pub(crate) fn representative(losses: &[f64], count: usize) -> Vec<usize> {
    let n = losses.len();
    if n <= count {
        return (0..n).collect();
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| losses[a].total_cmp(&losses[b]).then(a.cmp(&b)));
    let best = count / 2;
    let mut chosen = order[..best].to_vec();
    let mut others = order[best..].to_vec();
    others.sort_unstable();
    let wanted = count - best;
    chosen.extend((0..wanted).map(|i| others[i * others.len() / wanted]));
    chosen.sort_unstable();
    chosen
}

/// The same where values scatter: the best half would be the luckiest, and worse the more there are.
/// So the later half are taken, which a sampler chose knowing most, and as many of the others,
/// evenly spread.
pub(crate) fn unselected(n: usize, count: usize) -> Vec<usize> {
    if n <= count {
        return (0..n).collect();
    }
    let late = count / 2;
    let wanted = count - late;
    let others = n - late;
    (0..wanted).map(|i| i * others / wanted).chain(others..n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_a_spread_of_the_rest_are_kept() {
        let losses: Vec<f64> = (0..100).map(|i| f64::from((i * 37) % 100)).collect();
        let chosen = representative(&losses, 20);
        assert_eq!(chosen.len(), 20);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
        let best = chosen.iter().filter(|&&i| losses[i] < 10.0).count();
        assert_eq!(best, 10);
        assert_eq!(representative(&losses[..5], 20), [0, 1, 2, 3, 4]);
        assert_eq!(representative(&[1.0; 9], 4).len(), 4);
    }

    #[test]
    fn luck_does_not_decide_what_is_kept() {
        let chosen = unselected(100, 20);
        assert_eq!(chosen.len(), 20);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(chosen[10..], (90..100).collect::<Vec<_>>()[..]);
        assert_eq!(unselected(5, 20), [0, 1, 2, 3, 4]);
        assert_eq!(unselected(7, 3).len(), 3);
    }
}
