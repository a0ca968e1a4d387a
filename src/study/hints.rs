//! What the compiler says of two frequent slips. The methods are there for their messages: nothing
//! implements the traits, so that nobody can call them.

use super::{AskedTrial, StopReason, Study, StudyBuilder};
use crate::error::Result;

/// What a builder lacks.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this study is not built yet",
    label = "a `StudyBuilder` only holds options",
    note = "call `build` first: `let study = Study::<Config>::minimize().build()?;`"
)]
pub trait Built<C> {
    #[doc(hidden)]
    fn run(&self) -> Result<StopReason>;

    #[doc(hidden)]
    fn ask(&self) -> Result<AskedTrial<C>>;
}

/// What a study cannot begin with.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a study begins with a builder, not with `new`",
    label = "say whether the goal is to be low or high",
    note = "write `Study::<Config>::minimize().build()?` or `Study::<Config>::maximize().build()?`",
    note = "in a space that is no config type: `Study::in_space(space).build()?`"
)]
pub trait MadeByNew: Sized {
    #[doc(hidden)]
    fn make() -> Self;
}

impl<C> Study<C> {
    #[doc(hidden)]
    #[allow(clippy::new_without_default, reason = "nobody can call it")]
    pub fn new() -> Self
    where
        Self: MadeByNew,
    {
        Self::make()
    }
}

impl<C> StudyBuilder<C> {
    // Whatever is given here, the message is about the builder.
    #[doc(hidden)]
    pub fn optimize<O>(&self, _: O, _: usize) -> Result<StopReason>
    where
        Self: Built<C>,
    {
        Built::run(self)
    }

    #[doc(hidden)]
    pub fn ask(&self) -> Result<AskedTrial<C>>
    where
        Self: Built<C>,
    {
        Built::ask(self)
    }
}
