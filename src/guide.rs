//! Chapters on what the tour leaves out, with code that is compiled and run.

#[doc = include_str!("../docs/custom_sampler.md")]
pub mod custom_sampler {}

#[doc = include_str!("../docs/custom_space.md")]
pub mod custom_space {}

#[doc = include_str!("../docs/space_file.md")]
pub mod space_file {}

// Its code derives a config type.
#[cfg_attr(feature = "derive", doc = include_str!("../docs/laws.md"))]
#[cfg_attr(not(feature = "derive"), doc = "Laws: a chapter that needs the feature `derive`.")]
pub mod laws {}

// Its code derives a config type.
#[cfg_attr(feature = "derive", doc = include_str!("../docs/several_goals.md"))]
#[cfg_attr(
    not(feature = "derive"),
    doc = "Several goals: a chapter that needs the feature `derive`."
)]
pub mod several_goals {}

// Its code derives a config type.
#[cfg_attr(feature = "derive", doc = include_str!("../docs/earlier_studies.md"))]
#[cfg_attr(
    not(feature = "derive"),
    doc = "Earlier studies: a chapter that needs the feature `derive`."
)]
pub mod earlier_studies {}

#[doc = include_str!("../docs/early_stopping.md")]
pub mod early_stopping {}

#[doc = include_str!("../docs/many_machines.md")]
pub mod many_machines {}

#[doc = include_str!("../docs/ask_tell.md")]
pub mod ask_tell {}

#[doc = include_str!("../docs/architectures.md")]
pub mod architectures {}

#[doc = include_str!("../docs/by_hand.md")]
pub mod by_hand {}

#[doc = include_str!("../docs/pictures.md")]
pub mod pictures {}

#[doc = include_str!("../docs/noise.md")]
pub mod noise {}
