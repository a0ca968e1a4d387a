//! Tunewright finds good hyperparameters and architectures for a training routine of your own.
//!
//! You write the config of your training run as an ordinary Rust type and say what each field may
//! be; you plug in the function that trains with a config and returns how good it was; and you get
//! a better config back.
//!
//! # Five minutes
//!
//! ```
//! use tunewright::{Study, Trial, Tunable};
//!
//! #[derive(Tunable, Clone, Debug)]
//! struct Training {
//!     #[tune(range = 1e-5..=1e-1, log, default = 1e-3)]
//!     learning_rate: f64,
//!     #[tune(range = 1..=6)]
//!     layers: usize,
//!     #[tune(choices = [16, 32, 64, 128], ordered)]
//!     width: usize,
//!     optimizer: Optimizer,
//! }
//!
//! /// A variant's fields exist only when it is chosen.
//! #[derive(Tunable, Clone, Debug)]
//! enum Optimizer {
//!     Sgd {
//!         #[tune(range = 0.0..=0.99)]
//!         momentum: f64,
//!         nesterov: bool,
//!     },
//!     Adam,
//! }
//!
//! /// Stands for a real training run: trains, reports, and returns the validation loss.
//! fn train(config: Training, trial: &mut Trial) -> Result<f64, tunewright::Error> {
//!     let distance = (config.learning_rate.log10() + 2.5).abs();
//!     let slow = matches!(config.optimizer, Optimizer::Sgd { momentum, .. } if momentum < 0.5);
//!     let loss = 0.1 + 0.05 * distance + 0.02 * f64::from(u8::from(slow));
//!     for epoch in 0..3 {
//!         trial.report(epoch, loss + 0.1 / (1 + epoch) as f64)?; // leaves here when told to stop
//!     }
//!     trial.record("train_error", 0.8 * loss);
//!     Ok(loss)
//! }
//!
//! let study = Study::<Training>::minimize()
//!     .seed(7)
//!     .constraint("fits memory", |c: &Training| c.layers * c.width <= 512)
//!     .build()?;
//! study.optimize(train, 60)?;
//!
//! let best = study.best()?;
//! println!("loss {}, trial {}\n{:#?}", best.value(), best.number(), best.config());
//! assert!(best.value() < 0.15);
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! Four nouns are all there is:
//!
//! - a [**space**](space) says what may be tried: a config type with `#[derive(Tunable)]` (the
//!   attributes stand at [`trait@Tunable`]), or a [`Space`] built at run time;
//! - an [**objective**](objective) says what a config is worth: a function, a closure or a struct;
//! - a [**sampler**](sampler) decides where to look next;
//! - a [**study**](study) brings them together, and keeps the trials.
//!
//! # Choosing a sampler
//!
//! | sampler | when |
//! |---|---|
//! | [`BayesianSampler`] | the default: trials that take seconds or longer, ten to some thousand of them |
//! | [`GridSampler`] | to see a few parameters at values one can name; coarse to fine, to tune up to some five without a model |
//! | [`SobolSampler`] | as random search, but spread more evenly; for up to about ten parameters |
//! | [`ControllerSampler`] | many choices that go together, such as neural architectures; fifty trials and more |
//! | [`EvolutionSampler`] | the same, with trials by the thousand |
//! | [`NsgaSampler`] | numbers or several goals, with trials by the thousand; outcome constraints |
//! | [`LocalSearchSampler`] | a few dozen trials among choices, from a good start |
//! | [`RandomSampler`] | the baseline; trials as cheap as a suggestion; any number of workers |
//!
//! # Cookbook
//!
//! ## Start from what you know
//!
//! ```
//! # use tunewright::{Study, Tunable, Trial};
//! # #[derive(Tunable, Clone)]
//! # struct Net { #[tune(range = 0.0..=0.6)] dropout: f64 }
//! let study = Study::<Net>::minimize().start_from(Net { dropout: 0.1 }).build()?;
//! study.add(Net { dropout: 0.5 }, 0.081)?;       // a result from last week
//! study.enqueue(Net { dropout: 0.25 })?;         // to be tried before the sampler is asked
//! study.optimize(|net: Net, _: &mut Trial| (net.dropout - 0.2).abs(), 10)?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! ## A loop of your own
//!
//! [`Study::ask`] and [`Study::tell`] take `&self`, and any number of trials may be outstanding:
//! threads, async tasks, a cluster.
//!
//! ```
//! # use tunewright::{Study, space::{Scale, Space}};
//! # let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
//! # let study = Study::in_space(space).build()?;
//! let first = study.ask()?;
//! let second = study.ask()?;
//! study.tell(&second, second.config().float("x")?.abs())?;
//! study.fail(first, "out of memory")?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! ## A space that exists only at run time
//!
//! ```
//! use tunewright::space::{Params, Scale, Space};
//! use tunewright::{Study, Trial};
//!
//! let space = Space::builder()
//!     .float("lr", 1e-5..=1e-1, Scale::Log)
//!     .choice("kernel", |kernel| {
//!         kernel.unit("linear").variant("rbf", |rbf| rbf.float("gamma", 1e-3..=10.0, Scale::Log))
//!     })
//!     .build()?;
//! let score = |p: Params, _: &mut Trial| -> tunewright::Result<f64> {
//!     let penalty = match p.branch("kernel")? {
//!         "rbf" => p.float("kernel.rbf.gamma")?,
//!         _ => 1.0,
//!     };
//!     Ok(p.float("lr")? + penalty)
//! };
//! let study = Study::in_space(space).minimize().build()?;
//! study.optimize(score, 40)?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! ## Parameters that follow any distribution
//!
//! Any distribution of [`rand_distr`] may say how likely the values of a parameter are, and so may a
//! type of your own; the chapter [`guide::laws`] tells the rules.
//!
//! ```
//! use tunewright::rand_distr::{Beta, Poisson};
//! use tunewright::space::{Float, Int, Space};
//!
//! let space = Space::builder() // in a config type: #[tune(law = Beta::new(9.0, 2.0))]
//!     .field("momentum", &Float::law(Beta::new(9.0, 2.0)))
//!     .field("layers", &Int::range(1..=12).with_law(Poisson::new(4.0)))
//!     .build()?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! ## See what happened
//!
//! [`Study::summary`] and [`Study::trials`] print as text for the terminal; the trials can be saved
//! with [`to_csv`](trial::Trials::to_csv) and [`to_json`](trial::Trials::to_json), with what the
//! objective recorded ([`Trial::record`]) and noted ([`Trial::note`]), and read back with
//! [`from_csv`](trial::Trials::from_csv) and [`from_json`](trial::Trials::from_json). Tables of
//! Optuna, of MLflow and of your own become trials with [`Study::import`]. While a study runs, an
//! [`Observer`](study::Observer) is told of every trial: `.observer(progress_log())` writes a
//! [line](study::ProgressLog) for each, and the feature `progress` draws a bar.
//!
//! ```
//! # use tunewright::{Study, Trial, space::{Params, Scale, Space}};
//! # let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
//! # let study = Study::in_space(space).seed(1).build()?;
//! # study.optimize(|p: Params, _: &mut Trial| p.float("x").map(f64::abs), 5)?;
//! println!("{}", study.summary()?);
//! println!("{}", study.trials()?.table().sorted_by_value().limit(10));
//! study.trials()?.to_csv(std::io::sink())?;
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! ## Understand, and tune by hand
//!
//! [`Study::explain`] says what each hyperparameter does, and [`Study::advise`] what to move next; the
//! chapter [`guide::by_hand`] tells more.
//!
//! ## Noisy objectives
//!
//! Where the same config may give different values, tell the sampler, and take what
//! [`Study::recommend`] names, the config with the best expected value: the best value is a lucky
//! one. The chapter [`guide::noise`] tells of other statistics, repeats, and wins and losses.
//!
//! ```
//! use tunewright::{BayesianSampler, Params, Study, Trial, space::{Scale, Space}};
//! use tunewright::{surrogate::Noise, trial::NOISE};
//!
//! # let space = Space::builder().float("x", -1.0..=1.0, Scale::Linear).build()?;
//! let sampler = BayesianSampler::new().noise(Noise::PerTrial); // or Noise::Estimated, Noise::Known(0.1)
//! let study = Study::in_space(space).sampler(sampler).seed(1).build()?;
//! let train = |p: Params, trial: &mut Trial| {
//!     trial.record(NOISE, 0.1); // the standard deviation of the value, if it is known
//!     p.float("x").map(f64::abs)
//! };
//! study.optimize(train, 8)?;
//! let config = study.recommend(Noise::PerTrial)?.into_config();
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! ## Pictures, and a page for the browser
//!
//! [`Study::report`] writes all of it as one page, [`Study::pictures`] draws each picture as SVG; the
//! chapter [`guide::pictures`] shows which there are.
//!
//! ## Many workers, and trials that fail
//!
//! With `.workers(8)` on the study's builder, eight threads run trials. An error, a panic or a NaN
//! fails its trial, never the study; the reason is kept. `.retry(2)` tries again, and
//! `.stop_after_failures(10)` gives up. A trial that takes too long may be given up from elsewhere
//! with [`Study::fail`]; what its thread still returns is not counted.
//!
//! A constraint, observer, sampler or storage that panics ends the run with an error that names it,
//! and the results so far are kept.
//!
//! ## Objectives with data, with state, with async code
//!
//! A struct that holds the data implements [`Objective`]; pass it by reference,
//! `study.optimize(&data, 60)`. Closures that change what they have captured, and what is not `Sync`,
//! go to [`Study::optimize_local`]. Async code [drives the study itself](guide::ask_tell).
//!
//! ## Search architectures
//!
//! [`nas::Chain`] describes networks layer by layer, [`nas::CellSpace`] cells that a network repeats;
//! both stand alone or beside other parameters in a config. The guide has a [chapter](guide::architectures)
//! on them.
//!
//! ```
//! use tunewright::nas::{Chain, Network};
//! # use tunewright::{Study, Trial};
//!
//! let space = Chain::new()
//!     .decide("kernel", [1, 3, 5, 7])
//!     .decide("filters", [8, 16, 32, 64])
//!     .skip_connections()
//!     .depth(2..=8)
//!     .build()?;
//! let study = Study::in_space(space).maximize().seed(1).build()?;
//! # let train_child = |network: &Network| network.depth() as f64;
//! study.optimize(|network: Network, _: &mut Trial| train_child(&network), 10)?;
//! let picture = study.best()?.config().to_svg();
//! # Ok::<(), tunewright::Error>(())
//! ```
//!
//! # Features
//!
//! | feature | what it brings | default |
//! |---|---|---|
//! | `derive` | `#[derive(Tunable)]`, `#[derive(Goals)]` | yes |
//! | `sqlite` | studies in a SQLite database, `storage::SqliteStorage`; takes a C compiler | |
//! | `postgres` | studies in a PostgreSQL database, `storage::PostgresStorage` | |
//! | `progress` | a progress bar, `study::progress_bar`, and lines where there is no terminal | |
//! | `tracing` | trials as `tracing` events, `study::TracingObserver` | |
//!
//! # Reproducibility
//!
//! With one worker, the same version, platform and seed give the same suggestions. A suggestion
//! depends on the space, the history, the seed and the trial's number only, so that a study which
//! is resumed goes on as one that never stopped. Between versions, suggestions may change where the
//! changelog says so.

pub mod analysis;
pub mod curves;
pub mod earlier;
mod error;
pub mod guide;
pub mod import;
#[cfg(not(feature = "internals"))]
#[allow(unreachable_pub, reason = "the feature `internals` opens all of it to the benchmarks")]
mod math;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod math;
pub mod nas;
pub mod objective;
pub mod plot;
pub mod prelude;
pub mod pruner;
pub mod report;
pub mod sampler;
pub mod space;
pub mod storage;
pub mod study;
pub mod surrogate;
mod svg;
pub mod table;
pub mod testing;
mod text;
pub mod trial;

pub use error::{Error, Result};
pub use objective::Objective;
/// For [`Distribution`](rand_distr::Distribution)s of your own, which draw from a `rand::Rng`.
pub use rand;
/// Distributions that a parameter may follow, as a [`Law`](space::Law).
pub use rand_distr;
pub use sampler::{
    BayesianSampler, ControllerSampler, EvolutionSampler, GridSampler, LocalSearchSampler,
    NsgaSampler, RandomSampler, Sampler, SobolSampler,
};
pub use space::{Params, SearchSpace, Space, Tunable};
pub use study::{StopReason, Study};
pub use trial::Trial;
/// Makes a config type its own search space; the trait [`trait@Tunable`] lists the attributes.
#[cfg(feature = "derive")]
#[doc(inline)]
pub use tunewright_derive::Tunable;

/// The README's program is compiled and run with the documentation's examples.
#[cfg(all(doctest, feature = "derive"))]
#[doc = include_str!("../README.md")]
struct Readme;
