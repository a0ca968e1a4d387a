//! Laws that are known by what they draw: distributions of `rand_distr`, or of a user's own.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::sync::{Arc, Mutex, PoisonError};

use rand::TryRng;
use rand_distr::Distribution;

use super::quantiles::{NamedLaw, Quantiles};
use crate::error::Problem;
use crate::math::random::Stream;
use crate::math::sobol::Sobol;

/// How likely each value of a parameter is before anything was tried, as something that draws
/// numbers says it: any distribution of [`rand_distr`], or a type of your own that implements
/// [`Distribution`].
///
/// ```
/// use tunewright::rand_distr::{Beta, Distribution, Poisson, StandardNormal};
/// use tunewright::space::{Float, Int, Space};
///
/// let space = Space::builder()
///     .field("momentum", &Float::law(Beta::new(8.0, 2.0)))
///     .field("weight_decay", &Float::law(StandardNormal.map(|z: f64| 10f64.powf(z - 4.0))))
///     .field("layers", &Int::range(1..=12).with_law(Poisson::new(4.0)))
///     .build()?;
/// assert_eq!(space.axes()[2].to_string(), "layers: 1..=12, law Poisson");
/// # Ok::<(), tunewright::Error>(())
/// ```
///
/// A constructor that may fail needs no `?`: its error becomes a mistake of the parameter.
/// Distributions of whole numbers as `u64`, such as [`Geometric`](rand_distr::Geometric), are taken
/// as well.
///
/// The space keeps quantiles of 131,072 draws, which are always made from the same random numbers, so
/// that all samplers see the law and a stored space describes itself. What a range and steps do to a law,
/// how well it is kept, and what is refused: the chapter [`laws`](crate::guide::laws) of the guide.
#[derive(Clone)]
pub struct Law {
    name: String,
    source: Arc<Source>,
}

/// What draws, and the quantiles that were computed last: an array of fields asks for the same ones
/// again and again.
struct Source {
    draw: Result<Draw, String>,
    known: Mutex<Option<(Cut, Result<Quantiles, Problem>)>>,
}

/// Draws a number.
type Draw = Box<dyn Fn(&mut Words) -> f64 + Send + Sync>;

/// What of a law a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut {
    /// The interval that draws must fall into.
    pub(super) edges: Option<(f64, f64)>,
    pub(super) step: Option<f64>,
}

impl Cut {
    /// Draws within a range; with steps, each value stands for half a step to both sides.
    pub(super) fn new(range: Option<(f64, f64)>, step: Option<f64>) -> Self {
        let reach = 0.5 * step.unwrap_or(0.0);
        Cut { edges: range.map(|(low, high)| (low - reach, high + reach)), step }
    }
}

impl fmt::Debug for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Law").field(&self.name).finish()
    }
}

/// What a [`Law`] is made from: a distribution of `f64` or `u64`, what a constructor of one returns,
/// or a law.
///
/// `Drawn` tells these apart, and the compiler finds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no law of a parameter",
    label = "does not draw numbers",
    note = "a law is a distribution of `rand_distr`, or a type of your own that implements \
            `rand_distr::Distribution<f64>`, is `Send` and `Sync`, and borrows nothing"
)]
pub trait IntoLaw<Drawn> {
    /// The law.
    fn into_law(self) -> Law;
}

impl IntoLaw<Law> for Law {
    fn into_law(self) -> Law {
        self
    }
}

/// Distributions, and what their constructors return.
macro_rules! into_law {
    ($($drawn:ty => $number:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<D: Distribution<$drawn> + Send + Sync + 'static> IntoLaw<$drawn> for D {
            fn into_law(self) -> Law {
                Law::drawing(short_name::<D>(), Ok(Box::new(move |words: &mut Words| {
                    $number(self.sample(words))
                })))
            }
        }

        #[diagnostic::do_not_recommend]
        impl<D, E> IntoLaw<Result<$drawn, E>> for Result<D, E>
        where
            D: Distribution<$drawn> + Send + Sync + 'static,
            E: Display,
        {
            fn into_law(self) -> Law {
                match self {
                    Ok(distribution) => IntoLaw::<$drawn>::into_law(distribution),
                    Err(error) => Law::drawing(short_name::<D>(), Err(error.to_string())),
                }
            }
        }
    )*};
}
into_law! {
    f64 => |number: f64| number;
    u64 => |number: u64| number as f64;
}

/// The name of a type without the modules that it stands in and the types that it is made of.
fn short_name<T>() -> String {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name).to_owned()
}

impl Law {
    /// A law from a distribution, or from what its constructor returns.
    pub fn of<Drawn>(distribution: impl IntoLaw<Drawn>) -> Self {
        distribution.into_law()
    }

    /// Another name for people; by default the name of the distribution's type.
    pub fn named(self, name: &str) -> Self {
        Law { name: name.to_owned(), ..self }
    }

    fn drawing(name: String, draw: Result<Draw, String>) -> Self {
        Law { name, source: Arc::new(Source { draw, known: Mutex::new(None) }) }
    }

    /// The law's quantiles under a condition.
    pub(super) fn within(&self, cut: Cut) -> Result<NamedLaw, Problem> {
        let mut known = self.source.known.lock().unwrap_or_else(PoisonError::into_inner);
        let quantiles = match &*known {
            Some((of, quantiles)) if *of == cut => quantiles.clone(),
            _ => {
                let quantiles = self.quantiles(cut);
                *known = Some((cut, quantiles.clone()));
                quantiles
            }
        };
        Ok(NamedLaw { name: self.name.clone(), quantiles: quantiles? })
    }

    fn quantiles(&self, cut: Cut) -> Result<Quantiles, Problem> {
        let law = self.name.clone();
        let mut draws = self.draws(cut.edges)?;
        draws.sort_unstable_by(f64::total_cmp);
        let (low, high) = (draws[0], draws[draws.len() - 1]);
        if low == high {
            return Err(Problem::ConstantLaw { law, value: low });
        }
        let values = 1 + draws.windows(2).filter(|pair| pair[0] < pair[1]).count();
        let is_whole = are_whole(&draws);
        if cut.step.is_none() && (values <= MOST_ATOMS || is_whole) {
            return Err(Problem::DiscreteLaw { law, is_whole });
        }
        let atoms = values <= MOST_ATOMS;
        if !atoms && is_whole && cut.step.is_some_and(|step| step >= 1.0) {
            spread(&mut draws, cut.edges);
        }
        Ok(Quantiles::of_draws(&draws, atoms))
    }

    /// Draws that fall between the edges, at least [`LEAST_DRAWS`].
    fn draws(&self, edges: Option<(f64, f64)>) -> Result<Vec<f64>, Problem> {
        let law = self.name.clone();
        let draw = match &self.source.draw {
            Ok(draw) => draw,
            Err(reason) => return Err(Problem::ImpossibleLaw { law, reason: reason.clone() }),
        };
        let mut draws = Vec::with_capacity(DRAWS);
        let mut words = Words::new();
        let mut number = 0;
        while draws.len() < DRAWS && number < MOST_DRAWS {
            words.start(number);
            number += 1;
            // So that there is one zero only.
            let value = draw(&mut words) + 0.0;
            let is_inside = match edges {
                Some((low, high)) => (low..=high).contains(&value),
                None => value.is_finite(),
            };
            if value.is_nan() || !is_inside && edges.is_none() {
                return Err(Problem::LawNotFinite { law, value });
            }
            if is_inside {
                draws.push(value);
            }
        }
        match edges {
            Some((low, high)) if draws.len() < LEAST_DRAWS => {
                let (inside, of) = (draws.len(), number);
                Err(Problem::LawOutsideRange { law, low, high, inside, of })
            }
            _ => Ok(draws),
        }
    }
}

/// So many draws describe a law; if a range excludes some of them, up to 16 times as many are made.
const DRAWS: usize = 1 << 17;
const MOST_DRAWS: u32 = 1 << 21;
/// From fewer draws within its range a law cannot be told.
const LEAST_DRAWS: usize = 1 << 10;

/// A law with at most this many values is discrete; the draws of a continuous one hardly ever repeat.
const MOST_ATOMS: usize = 1024;

/// Larger doubles are whole numbers in any case.
const MOST_WHOLE: f64 = 4_503_599_627_370_496.0;

/// Whether a law draws whole numbers only.
fn are_whole(draws: &[f64]) -> bool {
    let told = |draw: &&f64| draw.abs() < MOST_WHOLE;
    let count = draws.iter().filter(told).count();
    2 * count > draws.len() && draws.iter().all(|draw| draw.fract() == 0.0)
}

/// A whole number that is drawn so often is an atom even among many others.
const OFTEN: usize = 128;

/// Spreads each whole number that is drawn seldom over the interval that rounds to it.
fn spread(draws: &mut [f64], edges: Option<(f64, f64)>) {
    let (low, high) = edges.unwrap_or((f64::MIN, f64::MAX));
    let mut start = 0;
    while start < draws.len() {
        let value = draws[start];
        let count = draws[start..].partition_point(|draw| *draw <= value);
        let run = &mut draws[start..start + count];
        start += count;
        if run.len() >= OFTEN {
            continue;
        }
        for (at, draw) in run.iter_mut().enumerate() {
            *draw = (value - 0.5 + (at as f64 + 0.5) / count as f64).clamp(low, high);
        }
    }
}

/// The source of random numbers that laws draw from. The first of them for each draw come from a
/// scrambled Sobol sequence, so that all draws together are spread evenly: a distribution that turns
/// one number into one value has its quantiles to 1e-5, and others gain in part.
struct Words {
    design: Sobol,
    random: Stream,
    draw: u32,
    used: usize,
}

/// The seed that all laws are drawn with.
const SEED: u64 = 0x006c_6177;
/// Coordinates of the sequence that a draw takes; one number takes two.
const EVEN: usize = 16;

impl Words {
    fn new() -> Self {
        Words { design: Sobol::new(EVEN, SEED), random: Stream::new(SEED, 0), draw: 0, used: EVEN }
    }

    /// Goes to the beginning of a draw.
    fn start(&mut self, draw: u32) {
        (self.draw, self.used) = (draw, 0);
    }

    fn next(&mut self) -> u64 {
        if self.used == EVEN {
            return self.random.bits();
        }
        let mut even = || {
            let coordinate = self.design.coordinate(self.draw, self.used) * 2f64.powi(32);
            self.used += 1;
            coordinate as u32
        };
        // Some laws choose a case by the lowest bits and a value by the highest, so the lower half is
        // another coordinate, backwards.
        let (high, low) = (even(), even());
        (u64::from(high) << 32) | u64::from(low.reverse_bits())
    }
}

impl TryRng for Words {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}
