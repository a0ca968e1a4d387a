//! Where to look next.

mod bayesian;
mod coarse_to_fine;
mod conformance;
mod controller;
mod goals;
mod grid;
mod neighbours;
mod nsga;
mod options;
mod plateaus;
mod rare;
mod stability;
