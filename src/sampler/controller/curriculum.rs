//! Start shallow and grow: which depths are open to a trial.

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
}

#[derive(Clone, Debug, PartialEq)]
enum Grown {
    /// Levels beyond the stage are closed.
    Levels { axis: usize, levels: u64 },
    /// The choice is closed before this stage.
    Choice { axis: usize, choice: usize, from: u64 },
}

impl Curriculum {
    /// The curriculum of a space: an axis called `depth`, whatever group it is in, opens one level
    /// after the other; in a chain of choices with the label `present`, each nested in the one before,
    /// one `present` opens after the other.
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
        Ok(Curriculum { every, grown })
    }

    /// The numbers of the first trials of the stages after that of a trial.
    pub(super) fn later_stages(&self, number: u64) -> impl Iterator<Item = u64> + use<> {
        let lasts = self.grown.iter().map(|grown| match grown {
            Grown::Levels { levels, .. } => levels.saturating_sub(1),
            Grown::Choice { from, .. } => *from,
        });
        let (every, last) = (self.every, lasts.max().unwrap_or(0));
        (number / every + 1..=last).map(move |stage| stage.saturating_mul(every))
    }

    /// Clears the levels of an axis that are closed to the trial with this number.
    pub(super) fn limit(&self, number: u64, axis: usize, legal: &mut [bool]) {
        let stage = number / self.every;
        for grown in &self.grown {
            match grown {
                Grown::Levels { axis: of, .. } if *of == axis => {
                    // Counted from the lowest level that is legal at all.
                    let lowest = legal.iter().position(|legal| *legal).unwrap_or(0) as u64;
                    let open = usize::try_from(lowest + stage + 1).unwrap_or(usize::MAX);
                    legal.iter_mut().skip(open).for_each(|legal| *legal = false);
                }
                Grown::Choice { axis: of, choice, from } if *of == axis && stage < *from => {
                    let closed = std::mem::replace(&mut legal[*choice], false);
                    // A layer that must be there stays.
                    if !legal.contains(&true) {
                        legal[*choice] = closed;
                    }
                }
                _ => {}
            }
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
        for (number, open) in [(0, 1), (9, 1), (10, 2), (25, 3), (30, 4), (1000, 4)] {
            let mut legal = [true; 4];
            curriculum.limit(number, 0, &mut legal);
            assert_eq!(legal.iter().filter(|legal| **legal).count(), open, "{number}");
            assert!(legal[..open].iter().all(|legal| *legal));
        }
        assert_eq!(curriculum.later_stages(12).collect::<Vec<_>>(), [20, 30]);
        assert_eq!(curriculum.later_stages(30).count(), 0);
    }

    #[test]
    fn a_chain_of_layers_opens_one_by_one() {
        fn layer(index: usize, builder: SpaceBuilder) -> SpaceBuilder {
            builder.choice(&format!("layer{index}"), |choice| {
                choice.unit("absent").variant("present", move |inner| {
                    if index < 3 { layer(index + 1, inner.flag("wide")) } else { inner }
                })
            })
        }
        let space = layer(1, Space::builder().flag("first")).build().unwrap();
        let curriculum = Curriculum::new(&space, 5).unwrap();
        let layers: Vec<usize> =
            (0..space.len()).filter(|&axis| present(&space.axes()[axis]).is_some()).collect();
        assert_eq!(layers.len(), 3);
        for number in 0..25 {
            for (from, &axis) in (1..).zip(&layers) {
                let mut legal = [true, true];
                curriculum.limit(number, axis, &mut legal);
                assert_eq!(legal, [true, number / 5 >= from]);
            }
        }
        assert_eq!(curriculum.later_stages(0).collect::<Vec<_>>(), [5, 10, 15]);
        let mut forced = [false, true];
        curriculum.limit(0, layers[0], &mut forced);
        assert_eq!(forced, [false, true]);
    }

    #[test]
    fn what_cannot_grow_is_refused() {
        let space = Space::builder().flag("x").build().unwrap();
        let message = Curriculum::new(&space, 5).unwrap_err().to_string();
        assert!(message.contains("no depth to grow"), "{message}");
        assert!(Curriculum::new(&space, 0).unwrap_err().to_string().contains("from 1"));
    }
}
