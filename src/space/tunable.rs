use super::builder::SpaceBuilder;
use super::codec::{Reader, Writer};
use super::domain::{Domain, Flag, Nested, Optional, Repeated};
use super::point::Point;
use super::search_space::SearchSpace;
use super::space::Space;
use crate::error::Result;

/// A config type that is its own search space; made by `#[derive(Tunable)]`.
///
/// A struct is the product of its fields, an enum a choice whose fields exist only when the variant
/// is chosen, `[T; N]` repeats, `Option<T>` may be absent, and `bool` is a switch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` says nothing about the values that it may take",
    label = "no search space",
    note = "a number needs a range: #[tune(range = 0.0..=1.0)]; other values a list: \
            #[tune(choices = [..])]; a value that is not tuned: #[tune(fixed = ..)]",
    note = "a struct or enum of your own needs #[derive(Tunable)]"
)]
pub trait Tunable: Sized {
    /// Adds the type's parameters at the builder's current name.
    fn describe(builder: &mut SpaceBuilder);

    /// Reads a config in the order of [`describe`](Self::describe).
    ///
    /// # Errors
    /// The point belongs to another space.
    fn decode(reader: &mut Reader<'_>) -> Result<Self>;

    /// Writes a config in the order of [`describe`](Self::describe).
    ///
    /// # Errors
    /// A value lies outside its range.
    fn encode(&self, writer: &mut Writer<'_>) -> Result<()>;

    /// The space of the type.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the description.
    fn space() -> Result<Space> {
        let mut builder = SpaceBuilder::of_type::<Self>();
        Self::describe(&mut builder);
        builder.build()
    }
}

/// Types whose values need no attributes: they are tunable through a domain of their own.
macro_rules! tunable_by_domain {
    ($([$($generics:tt)*] $type:ty => $domain:expr;)*) => {$(
        impl<$($generics)*> Tunable for $type {
            fn describe(builder: &mut SpaceBuilder) {
                $domain.describe(builder);
            }
            fn decode(reader: &mut Reader<'_>) -> Result<Self> {
                $domain.decode(reader)
            }
            fn encode(&self, writer: &mut Writer<'_>) -> Result<()> {
                $domain.encode(self, writer)
            }
        }
    )*};
}
tunable_by_domain! {
    [] bool => Flag::new();
    [T: Tunable] Option<T> => Optional::new(Nested::<T>::new());
    [T: Tunable, const N: usize] [T; N] => Repeated::<_, N>::new(Nested::<T>::new());
}

/// The search space of a config type.
#[derive(Debug)]
pub struct Typed<T> {
    space: Space,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: Tunable> Typed<T> {
    /// The space of `T`.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the description.
    pub fn new() -> Result<Self> {
        Ok(Typed { space: T::space()?, of: std::marker::PhantomData })
    }
}

impl<T: Tunable> SearchSpace for Typed<T> {
    type Config = T;

    fn space(&self) -> &Space {
        &self.space
    }

    fn decode(&self, point: &Point) -> Result<T> {
        T::decode(&mut Reader::new(&self.space, point))
    }

    fn encode(&self, config: &T) -> Result<Point> {
        let mut writer = Writer::new(self.space.axes(), 0);
        config.encode(&mut writer)?;
        Ok(Point::new(writer.finish()?))
    }
}
