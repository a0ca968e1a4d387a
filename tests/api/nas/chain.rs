use std::collections::BTreeMap;

use tunewright::nas::{Chain, Layer, Network, Source};
use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::{Choices, DomainSpace, Float};
use tunewright::{RandomSampler, SobolSampler, testing};

fn names(space: &DomainSpace<Chain>) -> Vec<&str> {
    space.space().axes().iter().map(|axis| axis.name()).collect()
}

fn mistake(chain: Chain) -> String {
    chain.build().map(|space| format!("{:?}", names(&space))).unwrap_err().to_string()
}

#[test]
fn layers_have_decisions_and_skips() {
    let space = Chain::new()
        .decide("kernel", [1, 3])
        .decide("activation", ["relu", "tanh"])
        .skip_connections()
        .depth(1..=3)
        .build()
        .unwrap();
    assert_eq!(
        names(&space),
        [
            "layer0.kernel",
            "layer0.activation",
            "layer1",
            "layer1.kernel",
            "layer1.activation",
            "layer1.from0",
            "layer2",
            "layer2.kernel",
            "layer2.activation",
            "layer2.from0",
            "layer2.from1",
        ]
    );
    // 4 + 4² · 2 + 4³ · 2 · 4
    assert_eq!(space.space().cardinality(), Some(4 + 32 + 512));
    testing::space(&space);
}

#[test]
fn every_kind_of_space_keeps_the_contract() {
    let decided = || Chain::new().decide("kernel", [1, 3]);
    for chain in [
        decided().depth(3..=3),
        decided().depth(1..=9),
        Chain::new().depth(1..=4),
        Chain::new().skip_connections().depth(4..=5),
        Chain::convolutional().stride([1, 2]).skip_connections_within(2).depth(2..=5),
        decided().skip_connections().keep_previous().depth(2..=5),
        decided().keep_previous().depth(2..=5),
        decided().decide_in("rate", &Float::range(0.0..=0.5)).skip_connections().depth(2..=4),
        decided().skip_connections().max_inputs(1).depth(3..=6),
    ] {
        testing::space(&chain.build().unwrap());
    }
}

#[test]
fn all_depths_are_equally_likely() {
    let space = Chain::new().decide("kernel", [1, 3]).depth(2..=8).build().unwrap();
    let mut random = Stream::new(1, 0);
    let mut depths = BTreeMap::new();
    for _ in 0..7000 {
        let network = space.decode(&space.space().sample(&mut random)).unwrap();
        *depths.entry(network.depth()).or_insert(0.0) += 1.0;
    }
    assert_eq!(depths.keys().copied().collect::<Vec<_>>(), (2..=8).collect::<Vec<_>>());
    // 6 degrees of freedom: above 22.5 with probability 0.001.
    let statistic: f64 = depths.values().map(|count: &f64| (count - 1000.0).powi(2) / 1000.0).sum();
    assert!(statistic < 22.5, "{depths:?}");
}

#[test]
fn networks_are_repaired_as_published() {
    let space =
        Chain::new().decide("kernel", [1, 3]).skip_connections().depth(4..=4).build().unwrap();
    let mut values = vec![0.0; space.space().len()];
    for name in ["layer2.from0", "layer3.from0", "layer3.from2"] {
        values[space.space().position(name).unwrap()] = 1.0;
    }
    let point = space.space().point_at_values(values.into_iter().map(Some)).unwrap();
    let network = space.decode(&point).unwrap();
    // Layer 1 reads nothing, and nothing reads it.
    assert_eq!(network.layer(1).unwrap().inputs(), [Source::Image]);
    assert_eq!(network.layer(3).unwrap().inputs(), [Source::Layer(0), Source::Layer(2)]);
    assert_eq!(network.outputs(), [1, 3]);
    assert_eq!(network.skips(), 2);
    assert_eq!(space.encode(&network).unwrap(), point);
    assert_eq!(
        network.to_string(),
        "0: kernel 1 <- image\n1: kernel 1 <- image\n2: kernel 1 <- 0\n3: kernel 1 <- 0, 2\n\
         classifier <- 1, 3\n"
    );
}

#[test]
fn without_skips_each_layer_reads_the_one_before() {
    let space = Chain::new().decide("kernel", [1, 3]).depth(3..=3).build().unwrap();
    let network = space.decode(&space.space().default_point()).unwrap();
    let reads: Vec<_> = network.layers().iter().map(|layer| layer.inputs().to_vec()).collect();
    assert_eq!(reads, [[Source::Image], [Source::Layer(0)], [Source::Layer(1)]]);
    let kept = Chain::new().skip_connections_within(2).keep_previous().depth(5..=5).build();
    let kept = kept.unwrap();
    assert_eq!(names(&kept), ["layer2.from0", "layer3.from1", "layer4.from2"]);
}

#[test]
fn decisions_have_types() {
    let layer =
        Layer::new().with("kernel", 3).with("rate", 0.5).with("op", "conv").with("on", true);
    assert_eq!(layer.int::<u8>("kernel").unwrap(), 3);
    assert_eq!(layer.float("kernel").unwrap(), 3.0);
    assert_eq!(layer.float("rate").unwrap(), 0.5);
    assert_eq!(layer.text("op").unwrap(), "conv");
    assert!(layer.bool("on").unwrap());
    let message = |error: Error| error.to_string();
    assert_eq!(
        message(layer.int::<u8>("kernal").unwrap_err()),
        "there is no parameter `kernal`; the space has kernel, rate, op, on"
    );
    assert_eq!(
        message(layer.int::<u8>("op").unwrap_err()),
        "op = conv is a text, not an integer; use the getter of its own type"
    );
    assert!(layer.clone().with("kernel", 300).int::<u8>("kernel").is_err());
    assert!(layer.text("rate").is_err() && layer.bool("op").is_err() && layer.float("op").is_err());
}

#[test]
fn masks_leave_what_can_be_completed() {
    let space = Chain::new()
        .decide("operation", ["conv", "pool"])
        .skip_connections()
        .max_inputs(2)
        .forbid("no pooling twice in a row", |network: &Network| {
            let pools = |layer: &Layer| layer.text("operation").is_ok_and(|name| name == "pool");
            network.layers().windows(2).any(|pair| pair.iter().all(pools))
        })
        .depth(2..=7)
        .build()
        .unwrap();
    testing::space(&space);
    let mut random = Stream::new(5, 0);
    let mut seen = [false; 3];
    for _ in 0..500 {
        let point =
            space.space().sample_masked(&mut random, |c, a, l| space.mask(c, a, l)).unwrap();
        assert_eq!(space.space().violated(&point), None);
        let network = space.decode(&point).unwrap();
        for layer in network.layers() {
            seen[layer.inputs().len()] = true;
        }
    }
    assert!(seen[1] && seen[2]);
    let pools = [0, 1].map(|_| Layer::new().with("operation", "pool"));
    let study = Study::in_space(space).build().unwrap();
    assert_eq!(
        study.enqueue(Network::new(pools).unwrap()).unwrap_err().to_string(),
        "the config violates the constraint `no pooling twice in a row`; change one of them"
    );
}

#[test]
fn masks_that_forbid_everything_are_named() {
    let chain = Chain::new().decide("kernel", [1, 3]).depth(2..=3).forbid("nothing goes", |_| true);
    let study = Study::in_space(chain.build().unwrap()).sampler(RandomSampler::new()).build();
    let error = study.unwrap().ask().map(|asked| asked.number()).unwrap_err().to_string();
    assert!(error.starts_with("constraint `"), "{error}");
}

#[test]
fn every_sampler_searches_legal_networks() {
    fn run(sampler: impl Sampler + 'static) {
        let space = Chain::convolutional().skip_connections().max_inputs(2).depth(2..=5).build();
        let study = Study::in_space(space.unwrap()).maximize().seed(2).sampler(sampler);
        let study = study.build().unwrap();
        let score = |network: Network, _: &mut Trial| -> Result<f64> {
            assert!(network.layers().iter().all(|layer| layer.inputs().len() <= 2));
            let filters = network.layers().iter().map(|layer| layer.float("filters"));
            Ok(filters.collect::<Result<Vec<f64>>>()?.iter().sum())
        };
        study.optimize(score, 15).unwrap();
        assert_eq!(study.history().unwrap().complete_count(), 15);
    }
    run(RandomSampler::new());
    run(SobolSampler::new());
    run(GridSampler::new());
    run(BayesianSampler::new());
}

#[test]
fn mistakes_say_what_to_do() {
    let decided = || Chain::new().decide("kernel", [1, 3]);
    assert_eq!(mistake(decided()), "depth: nothing says how many layers; use depth(2..=8), say");
    assert_eq!(
        mistake(decided().depth(0..=3)),
        "depth: a network of 0 layers computes nothing; use 1 or more"
    );
    #[allow(clippy::reversed_empty_ranges, reason = "the mistake that is tested")]
    let reversed = decided().depth(4..=3);
    assert_eq!(
        mistake(reversed),
        "depth: the range 4..=3 holds no value, because low is above high; swap the bounds"
    );
    assert_eq!(
        mistake(Chain::new().decide("kernel", [0; 0]).depth(1..=2)),
        "kernel: there is no choice; give at least one"
    );
    assert_eq!(
        mistake(decided().decide("kernel", [5]).decide("from0", [1]).depth(1..=2)),
        "kernel: another parameter has this name; rename one of them\n\
         from0: another parameter has this name; rename one of them"
    );
    assert_eq!(
        mistake(Chain::new().decide("", [5]).decide("a", [1, 1]).depth(1..=2)),
        ": the name is empty; give the parameter a name\n\
         a: the choice `1` stands twice; remove one, or give it another label"
    );
    assert_eq!(
        mistake(decided().max_inputs(0).skip_connections_within(0).depth(2..=2)),
        "skip_connections: skip connections within 0 layers reach none; use 1 or more\n\
         max_inputs: a layer that reads at most 0 layers forbids everything; use 1 or more"
    );
    let two = tunewright::space::Optional::new(Choices::of([1, 2]));
    assert_eq!(
        mistake(decided().decide_in("two", &two).depth(2..=2)),
        "two: a decision is one parameter, but this is 2; make each a decision"
    );
}

#[test]
fn networks_of_other_spaces_are_refused() {
    let space =
        Chain::new().decide("kernel", [1, 3]).skip_connections_within(1).depth(2..=3).build();
    let space = space.unwrap();
    let kernel = |kernel: i64| Layer::new().with("kernel", kernel);
    let error = |network: Network| space.encode(&network).unwrap_err().to_string();
    assert_eq!(
        error(Network::new([kernel(1)]).unwrap()),
        "depth = 1 lies outside 2..=3; widen the parameter or change the value"
    );
    assert_eq!(
        error(Network::new([kernel(1), kernel(2)]).unwrap()),
        "layer1.kernel = 2 lies outside `1` or `3`; widen the parameter or change the value"
    );
    assert_eq!(
        error(Network::new([kernel(1), Layer::new()]).unwrap()),
        "layer1.kernel has no value; give it one"
    );
    assert_eq!(
        error(Network::new([kernel(1), kernel(1).with("side", 1)]).unwrap()),
        "there is no parameter `layer1.side`; the space has kernel"
    );
    let far = Network::new([kernel(1), kernel(1), kernel(1).with_inputs([0])]).unwrap();
    assert!(error(far).starts_with("layer2.from = 0 lies outside the layers that it may read"));
    let sequential = Chain::new().decide("kernel", [1, 3]).depth(2..=3).build().unwrap();
    let parallel = Network::new([kernel(1), kernel(1)]).unwrap();
    assert!(sequential.encode(&parallel).is_err());
}

#[test]
fn impossible_networks_are_refused() {
    let error = |layers: Vec<Layer>| Network::new(layers).unwrap_err().to_string();
    let refused = "the network cannot be built: ";
    assert_eq!(error(vec![]), format!("{refused}it has no layer; give it at least one"));
    assert_eq!(
        error(vec![Layer::new(), Layer::new().with_inputs([1])]),
        format!(
            "{refused}layer 1 reads layer 1, which does not come before it; read an earlier one"
        )
    );
    assert!(error(vec![Layer::new(), Layer::new().with_inputs([0, 0])]).contains("reads 0 twice"));
    assert!(Network::new([Layer::new()]).unwrap().layer(1).is_err());
}

#[test]
fn json_keeps_networks() {
    let space = Chain::convolutional()
        .decide("name", ["a", "b"])
        .decide_in("rate", &Float::range(0.0..=0.5))
        .skip_connections()
        .depth(2..=6)
        .build()
        .unwrap();
    let mut random = Stream::new(9, 0);
    for _ in 0..50 {
        let network = space.decode(&space.space().sample(&mut random)).unwrap();
        let text = serde_json::to_string(&network).unwrap();
        assert_eq!(serde_json::from_str::<Network>(&text).unwrap(), network);
    }
    let small = Network::new([Layer::new().with("k", 3), Layer::new().with_inputs([0])]).unwrap();
    assert_eq!(
        serde_json::to_string(&small).unwrap(),
        r#"{"layers":[{"decisions":{"k":3},"inputs":["image"]},{"decisions":{},"inputs":[0]}],"outputs":[1]}"#
    );
    let late = r#"{"layers":[{"decisions":{},"inputs":[4]}]}"#;
    let error = serde_json::from_str::<Network>(late).unwrap_err().to_string();
    assert!(error.contains("does not come before it"), "{error}");
}

/// The names of what the last choice of an axis refers to.
fn linked<'a>(space: &'a Space, axis: &str) -> Vec<Option<&'a str>> {
    let axes = space.axes();
    let axis = axes.iter().find(|known| known.name() == axis).unwrap();
    axis.refers_to().iter().map(|link| link.map(|to| axes[to].name())).collect()
}

#[test]
fn skips_refer_to_the_end_of_the_layer_that_they_read() {
    let builder = Space::builder().group("net", |net| {
        net.field("chain", &Chain::new().decide("kernel", [1, 3]).skip_connections().depth(1..=3))
    });
    let space = builder.build().unwrap();
    let links = |layer| linked(&space, layer);
    assert_eq!(links("net.chain.layer1.from0"), [None, Some("net.chain.layer0.kernel")]);
    assert_eq!(links("net.chain.layer2.from1"), [None, Some("net.chain.layer1.from0")]);
    assert!(links("net.chain.layer2.kernel").is_empty());
    // Layers about which nothing is decided but that they are there.
    let bare = Chain::new().skip_connections().keep_previous().depth(1..=4).build().unwrap();
    assert_eq!(linked(bare.space(), "layer2.from0"), [None, None]);
    assert_eq!(linked(bare.space(), "layer3.from1"), [None, Some("layer1")]);
}

#[test]
fn depth_grows_from_the_shallowest_network() {
    const EVERY: u64 = 25;
    let chain = Chain::new().decide("kernel", [1, 3, 5, 7]).skip_connections().depth(1..=4);
    // Kernels of 5 are good wherever they stand, and a skip over one layer.
    let reward = |network: Network, _: &mut Trial| -> Result<f64> {
        let mut good = network.skips() as f64 * 0.1;
        for layer in network.layers() {
            good += f64::from(u8::from(layer.int::<i64>("kernel")? == 5));
        }
        Ok(good / network.depth() as f64)
    };
    let sampler = ControllerSampler::new().start_trials(5).grow_depth_every(EVERY);
    let space = chain.build().unwrap();
    let study = Study::in_space(space).maximize().sampler(sampler).seed(3).build().unwrap();
    study.optimize(reward, 4 * EVERY as usize).unwrap();
    let history = study.history().unwrap();
    let trials: Vec<(u64, Network)> = history
        .trials()
        .map(|record| {
            let network = study.config_of(record).unwrap();
            (record.number(), network)
        })
        .collect();
    for (number, network) in &trials {
        // There are only 4 networks of one layer and 26 of two, after which the next depth opens
        // early.
        let early = [4, 30].iter().filter(|&&tried| *number >= tried).count();
        let open = 1 + early.max((number / EVERY) as usize);
        assert!(network.depth() <= open, "trial {number} has {} layers", network.depth());
    }
    for depth in 1..=4 {
        assert!(trials.iter().any(|(_, network)| network.depth() == depth), "{depth}");
    }
    // What was learned of two layers holds for the first networks of three.
    let first: Vec<f64> = trials
        .iter()
        .filter(|(_, network)| network.depth() == 3)
        .take(10)
        .map(|(_, network)| {
            let good =
                network.layers().iter().filter(|layer| layer.int::<i64>("kernel").unwrap() == 5);
            good.count() as f64 / 3.0
        })
        .collect();
    let share = first.iter().sum::<f64>() / first.len() as f64;
    assert!(share > 0.45, "{share}; by chance 0.25");
}
