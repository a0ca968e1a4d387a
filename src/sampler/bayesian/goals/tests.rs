use super::outcomes::OutcomeModels;
use super::surface::{Gain, OutcomeSurface};
use crate::earlier::Believed;
use crate::math::random::Stream;
use crate::sampler::bayesian::acquisition::ExpectedImprovement;
use crate::sampler::bayesian::surface::Surface;
use crate::sampler::bayesian::training_data::{Outcomes, TrainingData};
use crate::sampler::bayesian::trust_box::TrustBox;
use crate::sampler::bayesian::user_prior::UserPrior;
use crate::space::{Scale, Space};
use crate::surrogate::{Encoding, Inputs, SurrogateOptions};
use crate::trial::{Direction, Goals};

/// Trials with some goals and two outcome constraints, one of which was not always told.
fn past(encoding: &Encoding, goals: usize) -> TrainingData {
    let mut random = Stream::new(8, 0);
    let mut past = TrainingData::none(encoding);
    for at in 0..14 {
        let codes = vec![random.unit(), random.unit()];
        let losses: Vec<f64> =
            (0..goals).map(|goal| (codes[0] - 0.3 * goal as f64).powi(2) + codes[1]).collect();
        let told = if at % 5 == 0 { f64::NAN } else { codes[0] - 0.8 };
        past.tried.push(&codes);
        past.losses.push(losses[0]);
        past.outcomes.push(Outcomes { losses, violations: vec![codes[1] - 0.6, told] });
        past.deviations.push(None);
        past.rows.push(codes.into());
    }
    past.running.push(vec![0.5, 0.1].into());
    past
}

#[test]
fn slopes_match_differences_and_heights() {
    let space = Space::builder()
        .float("x", 0.0..=1.0, Scale::Linear)
        .float("y", 0.0..=1.0, Scale::Linear)
        .build()
        .unwrap();
    let encoding = Encoding::new(&space);
    for (goals, prefers) in [(1, false), (2, false), (3, false), (6, false), (2, true), (3, true)] {
        let past = past(&encoding, goals);
        let directions = Goals::new(&vec![Direction::Minimize; goals]).unwrap();
        let mut models = OutcomeModels::default();
        let mut beliefs = models.update(
            SurrogateOptions::default(),
            &directions,
            6,
            &encoding,
            &past,
            &past.running,
        );
        assert_eq!((beliefs.goals.len(), beliefs.constraints.len()), (goals, 2));
        let mut random = Stream::new(9, 0);
        let reference = beliefs.reference(&directions, 6, &past.tried, &mut random);
        let acquisition = ExpectedImprovement::new();
        let all = (&directions, reference.as_slice());
        let gain = match prefers {
            false => Gain::new(&beliefs, all, &acquisition, &mut random),
            true => {
                // So many trials that the last of them move no end of the front.
                let known = beliefs.feasible.clone();
                (0..4).for_each(|_| beliefs.feasible.extend(known.clone()));
                let weights: Vec<f64> = (1..=goals).map(|weight| weight as f64).collect();
                Gain::of_compromise(&beliefs, &directions, &weights, &reference).unwrap()
            }
        };
        let region = TrustBox::whole(2);
        let believed = [Believed { axis: 1, at: 0.2, width: Some(0.3) }];
        let prior = UserPrior::new(&believed, &encoding, &past.best_first());
        let prior = prior.as_ref().filter(|_| goals % 2 == 0);
        let surface = OutcomeSurface::new(&beliefs, gain, None, None, prior, &region);
        for place in [[0.2, 0.3], [0.9, 0.9], [0.45, 0.02]] {
            let mut gradient = vec![0.0; 2];
            let height = surface.slope(&place, &mut gradient);
            let mut places = Inputs::new(2);
            places.push(&place);
            // The gain of a compromise is an integral in steps, which move with the place.
            let tolerance = if prefers { 0.06 } else { 0.03 };
            let close = |a: f64, b: f64| (a - b).abs() < tolerance * b.abs().max(1.0);
            let same = |other: f64| (other - height).abs() < 1e-6 * height.abs().max(1.0);
            let [at_once] = surface.heights(&places)[..] else { panic!() };
            assert!(same(at_once), "{goals} goals: {at_once} {height}");
            let [beside] = surface.heights_beside(&[0.5, 0.3], &places)[..] else { panic!() };
            assert!(same(beside), "{goals} goals: {beside} {height}");
            for at in 0..2 {
                let h = 1e-5;
                let moved = |by: f64| {
                    let mut place = place;
                    place[at] += by;
                    surface.slope(&place, &mut [0.0; 2])
                };
                let slope = (moved(h) - moved(-h)) / (2.0 * h);
                let case = format!("{goals} goals, {prefers}");
                assert!(close(slope, gradient[at]), "{case}: {slope} {gradient:?}");
            }
        }
    }
}
