//! Who may have children: survival and tournaments.

use super::Survival;
use super::crowding::Crowding;
use super::directions::Niches;
use super::pool::Pool;
use crate::math::random::Stream;
use crate::trial::History;

/// A survivor, and where it stands in tournaments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Member {
    /// Index in the pool.
    pub(super) index: usize,
    /// The front; infeasible ones follow, in the order of their violations.
    pub(super) rank: usize,
    /// How much room it has on its front: its crowding distance.
    pub(super) room: f64,
}

/// The best `size` individuals: by front, and in the last front that has survivors by how much room they
/// have on it; infeasible ones where the others do not suffice.
pub(super) fn survivors(
    pool: &Pool,
    history: &History,
    size: usize,
    survival: Survival,
) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::with_capacity(size);
    let mut rank = 0;
    let niches = match survival {
        Survival::Crowding => None,
        Survival::ReferenceDirections => Niches::of(pool, size),
    };
    for front in pool.fronts() {
        let left = size - members.len();
        if left == 0 {
            break;
        }
        let front = match &niches {
            _ if front.len() <= left => front,
            Some(niches) => {
                let before: Vec<usize> = members.iter().map(|member| member.index).collect();
                niches.choose(pool, &before, &front, left)
            }
            None => {
                let kept = Crowding::of(&losses(pool, &front)).thin(left);
                kept.into_iter().map(|at| front[at]).collect()
            }
        };
        let distances = Crowding::of(&losses(pool, &front)).distances();
        let ranked = front.into_iter().zip(distances);
        members.extend(ranked.map(|(index, room)| Member { index, rank, room }));
        rank += 1;
    }
    if members.len() == size {
        return members;
    }
    let mut last = None;
    for (index, violation) in pool.infeasible(history) {
        if members.len() == size {
            break;
        }
        if last.is_some_and(|last| last != violation) {
            rank += 1;
        }
        last = Some(violation);
        members.push(Member { index, rank, room: 0.0 });
    }
    members
}

fn losses<'a>(pool: &'a Pool, front: &[usize]) -> Vec<&'a [f64]> {
    front.iter().map(|&index| pool.get(index).losses.as_slice()).collect()
}

/// The better of two random members: that of the better front, in one front the one with more room, of
/// equals the first.
pub(super) fn tournament(members: &[Member], random: &mut Stream) -> Option<Member> {
    if members.is_empty() {
        return None;
    }
    let count = members.len() as u64;
    let first = members[random.below(count) as usize];
    let second = members[random.below(count) as usize];
    let better = second.rank < first.rank || second.rank == first.rank && second.room > first.room;
    Some(if better { second } else { first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wins(members: &[Member]) -> Vec<usize> {
        let mut random = Stream::new(2, 0);
        let mut wins = vec![0; members.len()];
        (0..3000).for_each(|_| wins[tournament(members, &mut random).unwrap().index] += 1);
        wins
    }

    #[test]
    fn the_better_front_wins_and_then_more_room() {
        let member = |index, rank, room| Member { index, rank, room };
        let members = [
            member(0, 0, 0.5),
            member(1, 0, f64::INFINITY),
            member(2, 1, f64::INFINITY),
            member(3, 2, 0.0),
        ];
        let wins = wins(&members);
        // Shares of 7, 5, 3 and 1 of 16.
        assert!(wins[1] > wins[0] && wins[0] > wins[2] && wins[2] > wins[3], "{wins:?}");
        assert!((wins[1] as f64 / 3000.0 - 7.0 / 16.0).abs() < 0.04, "{wins:?}");
        assert!((wins[3] as f64 / 3000.0 - 1.0 / 16.0).abs() < 0.02, "{wins:?}");
    }

    #[test]
    fn nothing_wins_among_nobody() {
        assert_eq!(tournament(&[], &mut Stream::new(1, 0)), None);
    }
}
