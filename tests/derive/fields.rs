//! Fields of generic types, of types that are written by hand, and of domains.

use super::*;

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Generic<'a, T, U: Default + Clone, const N: usize>
where
    U: PartialEq,
{
    inner: T,
    several: [Option<T>; N],
    #[tune(range = 1..=N)]
    number: usize,
    #[tune(fixed = U::default())]
    fixed: U,
    #[tune(choices = ["a", "b"])]
    borrowed: &'a str,
    #[tune(choices = [U::default()])]
    listed: U,
    #[tune(fixed = std::marker::PhantomData)]
    marker: std::marker::PhantomData<fn() -> U>,
}

#[test]
fn types_may_be_generic() {
    assert_eq!(
        names::<Generic<'_, Rate, Vec<u8>, 2>>(),
        ["inner", "several.0", "several.0.some", "several.1", "several.1.some", "number"]
            .into_iter()
            .chain(["borrowed", "listed"])
            .collect::<Vec<_>>()
    );
}

/// A type of a user's own whose values are listed by hand.
#[derive(Clone, Debug, PartialEq)]
struct Even(u8);

impl Tunable for Even {
    fn describe(description: &mut Description) {
        tunewright::space::Domain::describe(&tunewright::space::Int::range(0..=4u8), description);
    }
    fn decode(reader: &mut Reader<'_>) -> tunewright::Result<Self> {
        Ok(Even(reader.number()? as u8 * 2))
    }
    fn encode(&self, writer: &mut tunewright::space::Writer<'_>) -> tunewright::Result<()> {
        writer.number(f64::from(self.0 / 2))
    }
}

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Mixed {
    #[tune(default = Some([Even(2), Even(8)]))]
    by_hand: Option<[Even; 2]>,
    everything: Everything,
    training: Option<Training>,
}

fn networks() -> Chain {
    Chain::new().decide("kernel", [3, 5]).skip_connections().max_inputs(1).depth(2..=3)
}

fn smallest() -> Network {
    Network::sequential([nas::Layer::new().with("kernel", 5), nas::Layer::new().with("kernel", 3)])
        .unwrap()
}

#[derive(Tunable, Clone, Debug, PartialEq)]
struct Architectures {
    #[tune(range = 1e-4..=1e-1, log)]
    learning_rate: f64,
    #[tune(domain = networks(), default = smallest())]
    network: Network,
    #[tune(domain = networks())]
    others: Option<[Network; 2]>,
    head: Head,
}

#[derive(Tunable, Clone, Debug, PartialEq)]
enum Head {
    Pooling,
    Attention(#[tune(domain = Float::range(0.0..=0.5).step(0.1))] f64),
}

#[test]
fn a_domain_describes_its_field() {
    let names = names::<Architectures>();
    assert_eq!(names[..3], ["learning_rate", "network.layer0.kernel", "network.layer1.kernel"]);
    assert!(names.contains(&"others.some.1.layer2.from1".to_owned()), "{names:?}");
    assert_eq!(names.last().unwrap(), "head.Attention");
    assert_eq!(default::<Architectures>().network, smallest());
}

/// Masks and keys come with a domain, wherever it stands.
#[test]
fn rules_hold_in_the_mix() {
    let typed = TypedSpace::<Architectures>::new().unwrap();
    tunewright::testing::space(&typed);
    let space = typed.space();
    let mut random = Stream::new(3, 0);
    let mut refused = 0;
    for _ in 0..300 {
        let loose = space.sample(&mut random);
        let config = typed.decode(&loose).unwrap();
        let networks = std::iter::once(&config.network).chain(config.others.iter().flatten());
        let legal = networks.flat_map(|it| it.layers()).all(|layer| layer.inputs().len() <= 1);
        assert_eq!(space.violated(&loose).is_none(), legal);
        refused += usize::from(!legal);
        let masked = space.sample_masked(&mut random, |c, a, l| typed.mask(c, a, l)).unwrap();
        assert_eq!(space.violated(&masked), None);
    }
    assert!((30..270).contains(&refused), "{refused}");

    let branches = |kernels: [i64; 2]| {
        Network::new(kernels.map(|kernel| nas::Layer::new().with("kernel", kernel))).unwrap()
    };
    let config = |network, others, learning_rate| {
        let head = Head::Pooling;
        typed.encode(&Architectures { learning_rate, network, others, head }).unwrap()
    };
    let key = |point| typed.key(&point);
    let (one, other) = (branches([3, 5]), branches([5, 3]));
    let pair = Some([one.clone(), other.clone()]);
    let swapped = Some([other.clone(), one.clone()]);
    assert_eq!(
        key(config(one.clone(), pair.clone(), 0.01)),
        key(config(other.clone(), swapped.clone(), 0.01))
    );
    assert_ne!(key(config(one.clone(), pair, 0.01)), key(config(one.clone(), swapped, 0.02)));
    assert_ne!(key(config(one.clone(), None, 0.01)), key(config(smallest(), None, 0.01)));
}

/// The levels of a step are decimal numbers in single precision too.
#[test]
fn single_precision_keeps_decimals() {
    let dropout = axis::<Training>("dropout");
    assert_eq!(dropout.distribution().values_in_words(), "0..=0.6 in steps of 0.1");
    assert_eq!(dropout.distribution().at_level(3), Some(0.3));
}

proptest! {
    #[test]
    fn configs_and_points_round_trip(seed: u64, number: u64) {
        let typed = TypedSpace::<Mixed>::new().unwrap();
        let point = typed.space().sample(&mut Stream::new(seed, number));
        let config = typed.decode(&point).unwrap();
        let back = typed.encode(&config).unwrap();
        typed.space().check(&back).unwrap();
        prop_assert_eq!(typed.decode(&back).unwrap(), config);
        // All axes but one hold what their fields hold; a single-precision field rounds.
        let rounded = typed.space().position("everything.n").unwrap();
        for (axis, (given, back)) in point.iter().zip(back.iter()).enumerate() {
            match (given, back) {
                (Some(given), Some(back)) if axis == rounded => {
                    prop_assert!((given - back).abs() <= f64::from(f32::EPSILON) * given)
                }
                _ => prop_assert_eq!(given, back),
            }
        }
    }

    #[test]
    fn generic_configs_round_trip(seed: u64) {
        let typed = TypedSpace::<Generic<'_, Optimizer, u8, 3>>::new().unwrap();
        let point = typed.space().sample(&mut Stream::new(seed, 0));
        let config = typed.decode(&point).unwrap();
        prop_assert_eq!(typed.encode(&config).unwrap(), point);
    }

    #[test]
    fn single_precision_keeps_its_values(bits: u32) {
        use tunewright::space::Real;
        let value = f32::from_bits(bits);
        let back = f32::from_f64(value.to_f64());
        prop_assert!(back.to_bits() == bits || (back.is_nan() && value.is_nan()));
    }
}
