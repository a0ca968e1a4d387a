use super::codec::{Reader, Writer};
use super::description::Description;
use super::domain::{Bool, Domain, Nested, Optional, Repeated};
use super::point::Point;
use super::search_space::SearchSpace;
use super::space::Space;
use crate::error::Result;

/// A config type that is its own search space; made by `#[derive(Tunable)]`.
///
/// A struct is the product of its fields, an enum a choice whose fields exist only when the variant
/// is chosen, `[T; N]` repeats, `Option<T>` may be absent, and `bool` is a boolean. Fields that are
/// tunable themselves need no attribute; numbers and everything else say in `#[tune(..)]` what they
/// may be.
///
#[cfg_attr(feature = "derive", doc = "```")]
#[cfg_attr(not(feature = "derive"), doc = "```ignore")]
/// use tunewright::Tunable;
///
/// #[derive(Tunable)]
/// struct Training {
///     #[tune(range = 1e-5..=1e-1, log, default = 1e-3)]
///     learning_rate: f64,
///     #[tune(choices = [16, 32, 64], ordered)]
///     width: usize,
///     optimizer: Optimizer,
/// }
///
/// #[derive(Tunable)]
/// enum Optimizer {
///     Sgd {
///         #[tune(range = 0.0..=0.99)]
///         momentum: f64,
///         nesterov: bool,
///     },
///     #[tune(default)]
///     Adam,
/// }
///
/// let space = Training::space()?;
/// let names: Vec<&str> = space.axes().iter().map(|axis| axis.name()).collect();
/// assert_eq!(
///     names,
///     [
///         "learning_rate",
///         "width",
///         "optimizer",
///         "optimizer.Sgd.momentum",
///         "optimizer.Sgd.nesterov",
///     ]
/// );
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// # Names
///
/// A parameter is called by the path to its field, with the variant's name in between. The only
/// field of a tuple struct or tuple variant adds nothing to the path. A type that is one parameter,
/// such as an enum, has its own name when it is the whole config.
///
/// # Attributes
///
/// Attributes apply to the innermost value: `#[tune(range = 1..=8)]` on an `Option<[u8; 2]>` is the
/// range of each `u8`. Only `default`, `believed` and `fixed` are of the field's whole type. Bounds and values
/// are any constant expressions. Mistakes that can be read off the source are compile errors; the
/// others come from [`space`](Self::space).
///
/// | key | where | meaning | default | example |
/// |---|---|---|---|---|
/// | `range` | number | lowest and highest value, both included | none: a number needs `range`, `choices` or a law | `range = 0.0..=1.0` |
/// | `log` | number | equal ratios of the range are equally likely | equal distances are | `range = 1e-5..=1e-1, log` |
/// | `step` | number | only the lowest value and what lies whole steps above it | 1 for integers, none for others | `range = 0.0..=0.6, step = 0.1` |
/// | `normal` | number | normally distributed, within `range` if there is one; integers need one | equally likely | `normal(mean = 0.0, sd = 1.0)` |
/// | `log_normal` | number | the natural logarithm is normally distributed, with this mean and deviation | equally likely | `log_normal(mean = -7.0, sd = 1.5)` |
/// | `law` | number | the numbers follow a [`Law`](super::Law), within `range` if there is one: any distribution of [`rand_distr`], or one of your own; a constructor that may fail needs no `?` | equally likely | `law = Beta::new(2.0, 5.0)` |
/// | `choices` | field | the values; literals are their own labels, paths are called by their last part, others as written | none | `choices = ["relu", "tanh"]` |
/// | `domain` | field | a [`Domain`] of the values, such as an architecture space of [`nas`](crate::nas) | none | `domain = networks()` |
/// | `ordered` | field with `choices`, enum of unit variants | neighbouring choices are alike | no order | `choices = [16, 32], ordered` |
/// | `weights` | field with `choices` | how likely each choice is before anything was tried, in proportion | equally likely | `choices = [1, 2], weights = [3.0, 1.0]` |
/// | `default` | field, variant | the value, or the variant, to begin with | the median | `default = Some(0.5)`; on a variant `default` |
/// | `believed` | field | good values are believed to be near this one ([`believe`](crate::study::StudyBuilder::believe)) | nothing is believed | `believed = 3e-4` |
/// | `width` | field with `believed` | how far off that may be, one standard deviation, as a share of the range on its scale | 0.1 | `believed = 3e-4, width = 0.05` |
/// | `fixed` | field | the field is not tuned and always has this value | tuned | `fixed = Vec::new()` |
/// | `rename` | field, variant | the name in paths, labels and tables | the name in the source | `rename = "lr"` |
/// | `weight` | variant | how likely the variant is before anything was tried, in proportion | 1 | `weight = 2.0` |
/// | `crate` | struct, enum | where this crate is found, if under another name | `::tunewright` | `crate = facade::tunewright` |
///
/// A list that is a constant, as in `choices = WIDTHS`, takes values that are their own labels. A
/// `String` can be given as a literal. Listed values need `Clone` and `PartialEq`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` says nothing about the values that it may take",
    label = "no search space",
    note = "a number needs a range: #[tune(range = 0.0..=1.0)]; other values a list: \
            #[tune(choices = [..])]; a value that is not tuned: #[tune(fixed = ..)]",
    note = "a struct or enum of your own needs #[derive(Tunable)]"
)]
pub trait Tunable: Sized {
    /// Adds the type's parameters at the current name.
    fn describe(description: &mut Description);

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
        let mut description = Description::of_type::<Self>();
        Self::describe(&mut description);
        description.finish()
    }
}

/// Types whose values need no attributes: they are tunable through a domain of their own.
macro_rules! tunable_by_domain {
    ($([$($generics:tt)*] $type:ty => $domain:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Tunable for $type {
            fn describe(description: &mut Description) {
                $domain.describe(description);
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
    [] bool => Bool::new();
    [T: Tunable] Option<T> => Optional::new(Nested::<T>::new());
    [T: Tunable, const N: usize] [T; N] => Repeated::<_, N>::new(Nested::<T>::new());
}

/// The search space of a config type.
#[derive(Debug)]
pub struct TypedSpace<T> {
    space: Space,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: Tunable> TypedSpace<T> {
    /// The space of `T`.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the description.
    pub fn new() -> Result<Self> {
        Ok(TypedSpace { space: T::space()?, of: std::marker::PhantomData })
    }
}

impl<T: Tunable> SearchSpace for TypedSpace<T> {
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
        Ok(Point::from_exact(&writer.finish()?))
    }
}
