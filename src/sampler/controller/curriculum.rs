//! Start shallow and grow: which depths are open to a trial.
//!
//! Depth is fixed for a stage and one more in the next, and after the last one every depth is open
//! (after Zoph and Le 2017, whose networks grow by schedule). Depths up to that of the stage would
//! not do: a policy that has settled on what was deepest gives a depth that opens later no chance.

use crate::error::{Error, Result};
use crate::space::{Axis, Distribution, Space, Value};

/// Name of an axis that says how deep a network is.
const DEPTH: &str = "depth";
/// Label of the choice that adds one more layer to a chain of choices.
const PRESENT: &str = "present";

/// The axes that decide about depth, and how fast they open.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curriculum {
    every: u64,
    grown: Vec<Grown>,
    /// The stage in which all depths are open.
    last: u64,
}

#[derive(Clone, Debug, PartialEq)]
enum Grown {
    /// The level is that of the stage.
    Levels { axis: usize, levels: u64 },
    /// The choice is closed before this stage, and the only one from then on.
    Choice { axis: usize, choice: usize, from: u64 },
}

impl Curriculum {
    /// The curriculum of a space: an axis called `depth`, whatever group it is in, has one level
    /// after the other; in a chain of choices with the label `present`, each nested in the one before,
    /// one after the other is `present`.
    pub(super) fn new(space: &Space, every: u64) -> Result<Self> {
        if every == 0 {
            return Err(Error::InvalidOption {
                option: "grow_depth_every",
                value: "0".into(),
                remedy: "give the number of trials after which depth grows, from 1",
            });
        }
        let axes = space.axes();
        let grown: Vec<Grown> = axes
            .iter()
            .enumerate()
            .filter_map(|(axis, description)| {
                if is_called_depth(description)
                    && let Some(levels) = description.masked_levels()
                {
                    return Some(Grown::Levels { axis, levels: levels as u64 });
                }
                let choice = present(description)?;
                let from =
                    1 + ancestors(axes, axis).filter(|at| present(&axes[*at]).is_some()).count();
                Some(Grown::Choice { axis, choice, from: from as u64 })
            })
            .collect();
        if grown.is_empty() {
            return Err(Error::InvalidOption {
                option: "grow_depth_every",
                value: every.to_string(),
                remedy: "this space has no depth to grow: it needs a parameter `depth`, or layers \
                         that are `absent` or `present`",
            });
        }
        let lasts = grown.iter().map(|grown| match grown {
            Grown::Levels { levels, .. } => levels.saturating_sub(1),
            Grown::Choice { from, .. } => *from,
        });
        let last = lasts.max().unwrap_or(0);
        Ok(Curriculum { every, grown, last })
    }

    /// Whether depths are closed to the trial with this number.
    pub(super) fn grows(&self, number: u64) -> bool {
        number / self.every < self.last
    }

    /// The numbers of the first trials of the stages after that of a trial.
    pub(super) fn later_stages(&self, number: u64) -> impl Iterator<Item = u64> + use<> {
        let every = self.every;
        (number / self.every + 1..=self.last).map(move |stage| stage.saturating_mul(every))
    }

    /// Clears the levels of an axis that are closed to the trial with this number. What must be
    /// there stays.
    pub(super) fn limit(&self, number: u64, axis: usize, legal: &mut [bool]) {
        let stage = number / self.every;
        if !self.grows(number) {
            return;
        }
        for grown in &self.grown {
            match grown {
                Grown::Levels { axis: of, levels } if *of == axis => {
                    // Counted from the lowest level that is legal at all.
                    let lowest = legal.iter().position(|legal| *legal).unwrap_or(0);
                    let level = (lowest as u64 + stage).min(levels - 1) as usize;
                    keep(legal, |at| at == level);
                }
                Grown::Choice { axis: of, choice, from } if *of == axis => {
                    keep(legal, |at| (at == *choice) == (stage >= *from));
                }
                _ => {}
            }
        }
    }
}

/// Clears the flags of all others, unless nothing would be left.
fn keep(legal: &mut [bool], kept: impl Fn(usize) -> bool) {
    if (0..legal.len()).any(|at| legal[at] && kept(at)) {
        for (at, flag) in legal.iter_mut().enumerate() {
            *flag &= kept(at);
        }
    }
}

fn is_called_depth(axis: &Axis) -> bool {
    axis.name().rsplit('.').next() == Some(DEPTH)
}

fn present(axis: &Axis) -> Option<usize> {
    let Distribution::Choice(choice) = axis.distribution() else { return None };
    choice.labels().iter().position(|label| *label == Value::Text(PRESENT.into()))
}

fn ancestors(axes: &[Axis], axis: usize) -> impl Iterator<Item = usize> + '_ {
    let parent = |at: &usize| axes[*at].condition().map(|condition| condition.axis);
    std::iter::successors(parent(&axis), parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Scale, SpaceBuilder};

    #[test]
    fn a_depth_opens_level_by_level() {
        let space = Space::builder().group("net", |net| net.int("depth", 2..=5, Scale::Linear));
        let curriculum = Curriculum::new(&space.build().unwrap(), 10).unwrap();
        for (number, open) in
            [(0, 0..1), (9, 0..1), (10, 1..2), (25, 2..3), (30, 0..4), (999, 0..4)]
        {
            let mut legal = [true; 4];
            curriculum.limit(number, 0, &mut legal);
            for (level, legal) in legal.iter().enumerate() {
                assert_eq!(*legal, open.contains(&level), "{number} {level}");
            }
        }
        // A level that a mask forbids leaves the others.
        let mut legal = [true, false, true, false];
        curriculum.limit(10, 0, &mut legal);
        assert_eq!(legal, [true, false, true, false]);
        assert_eq!(curriculum.later_stages(12).collect::<Vec<_>>(), [20, 30]);
        assert_eq!(curriculum.later_stages(30).count(), 0);
    }

    #[test]
    fn a_chain_of_layers_opens_one_by_one() {
        fn layer(index: usize, builder: SpaceBuilder) -> SpaceBuilder {
            builder.choice(&format!("layer{index}"), |choice| {
                choice.unit("absent").variant("present", move |inner| {
                    if index < 3 { layer(index + 1, inner.bool("wide")) } else { inner }
                })
            })
        }
        let space = layer(1, Space::builder().bool("first")).build().unwrap();
        let curriculum = Curriculum::new(&space, 5).unwrap();
        let layers: Vec<usize> =
            (0..space.len()).filter(|&axis| present(&space.axes()[axis]).is_some()).collect();
        assert_eq!(layers.len(), 3);
        for number in 0..25 {
            for (from, &axis) in (1..).zip(&layers) {
                let mut legal = [true, true];
                curriculum.limit(number, axis, &mut legal);
                let present = number / 5 >= from;
                assert_eq!(legal, [!present || number >= 15, present], "{number} {from}");
            }
        }
        assert_eq!(curriculum.later_stages(0).collect::<Vec<_>>(), [5, 10, 15]);
        let mut forced = [false, true];
        curriculum.limit(0, layers[0], &mut forced);
        assert_eq!(forced, [false, true]);
    }

    #[test]
    fn what_cannot_grow_is_refused() {
        let space = Space::builder().bool("x").build().unwrap();
        let message = Curriculum::new(&space, 5).unwrap_err().to_string();
        assert!(message.contains("no depth to grow"), "{message}");
        assert!(Curriculum::new(&space, 0).unwrap_err().to_string().contains("from 1"));
    }
}
