//! Equal keys if and only if equal computations. The reference executes networks on numbers: every
//! operation is a fixed random function of what it reads and of weights of its own. Two networks
//! compute the same if they give the same with the weights dealt in some order, which the
//! smallest result over all orders tells.

use std::collections::{BTreeMap, HashMap, HashSet};

use tunewright::RandomSampler;
use tunewright::nas::{Cell, CellSpace, Chain, Layer, Network, Operation, Place, Source};
use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::space::{Key, Lattice};

/// A random function of the numbers; zero of zero, as operations without offsets are.
fn function(name: &str, weights: u64, x: u64) -> u64 {
    let seed = name.bytes().fold(weights, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3).rotate_left(23)
    });
    let mut mixed = x ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for multiplier in [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB] {
        mixed = (mixed ^ (mixed >> 29)).wrapping_mul(multiplier);
    }
    if x == 0 { 0 } else { mixed ^ (mixed >> 31) }
}

/// What a concatenation holds does not depend on the order, but on every part, zeros included.
fn concatenate(parts: &[u64]) -> u64 {
    if parts.iter().all(|&part| part == 0) {
        return 0;
    }
    let part = |&part: &u64| function("part", 1, part ^ 0x5555_5555_5555_5555);
    function("concat", 0, parts.iter().map(part).fold(0, u64::wrapping_add))
}

/// The smallest result of `execute` over all orders in which operations of the same name can have
/// their weights. `names` names the operations that have weights; those whose weights change nothing
/// get none.
fn fingerprint(names: &[&str], execute: impl Fn(&[u64]) -> u64) -> u64 {
    let plain: Vec<u64> = (0..names.len() as u64).map(|at| 1000 + at).collect();
    let result = execute(&plain);
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let mut other = plain.clone();
        other[at] += 5000;
        if execute(&other) != result {
            by_name.entry(name).or_default().push(at);
        }
    }
    let groups: Vec<Vec<usize>> = by_name.into_values().collect();
    let mut weights = vec![0; names.len()];
    let mut least = u64::MAX;
    deal(&groups, &mut weights, &mut |weights| least = least.min(execute(weights)));
    least
}

/// All ways to deal each group the weights 1, 2, ….
fn deal(groups: &[Vec<usize>], weights: &mut Vec<u64>, visit: &mut dyn FnMut(&[u64])) {
    let Some((group, rest)) = groups.split_first() else { return visit(weights) };
    let mut group = group.clone();
    permute(&mut group, 0, &mut |order: &[usize]| {
        for (weight, &at) in order.iter().enumerate() {
            weights[at] = 1 + weight as u64;
        }
        deal(rest, weights, visit);
    });
}

fn permute(items: &mut Vec<usize>, from: usize, visit: &mut dyn FnMut(&[usize])) {
    if from == items.len() {
        return visit(items);
    }
    for other in from..items.len() {
        items.swap(from, other);
        permute(items, from + 1, visit);
        items.swap(from, other);
    }
}

const INPUTS: [u64; 2] = [0x1234_5678_9ABC_DEF1, 0x0FED_CBA9_8765_4321];

fn cell_fingerprint(cell: &Cell) -> u64 {
    let has_weights = |name: &str| name.starts_with("conv");
    let edges = || cell.nodes().iter().flat_map(|node| &node.edges);
    let names: Vec<&str> =
        edges().map(|edge| edge.operation.name()).filter(|name| has_weights(name)).collect();
    fingerprint(&names, |weights| {
        let mut weights = weights.iter();
        let mut nodes: Vec<u64> = Vec::new();
        for node in cell.nodes() {
            let parts: Vec<u64> = node
                .edges
                .iter()
                .map(|edge| {
                    let read = match edge.from {
                        Place::Input(input) => INPUTS[input],
                        Place::Node(node) => nodes[node],
                    };
                    match edge.operation.name() {
                        "none" => 0,
                        "skip" => read,
                        name if has_weights(name) => function(name, *weights.next().unwrap(), read),
                        name => function(name, 0, read),
                    }
                })
                .collect();
            nodes.push(match node.combination.as_str() {
                "add" => parts.iter().copied().fold(0, u64::wrapping_add),
                _ => concatenate(&parts),
            });
        }
        let outputs: Vec<u64> = cell.outputs().iter().map(|&output| nodes[output]).collect();
        if outputs.len() == 1 { outputs[0] } else { concatenate(&outputs) }
    })
}

fn points(space: &Space) -> impl Iterator<Item = Point> + '_ {
    let levels = space.axes().iter().map(|axis| axis.distribution().levels().unwrap());
    let lattice = Lattice::new(space, levels.collect());
    (0..lattice.len()).map(move |number| space.point_at_levels(&lattice.get(number)))
}

/// Keys and fingerprints divide the points in the same way; returns into how many.
fn agree<S: SearchSpace>(space: &S, fingerprint: impl Fn(&S::Config) -> u64) -> usize {
    let mut by_key: HashMap<Key, (u64, Point)> = HashMap::new();
    let mut fingerprints = HashSet::new();
    for point in points(space.space()) {
        let print = fingerprint(&space.decode(&point).unwrap());
        fingerprints.insert(print);
        let (known, of) = by_key.entry(space.key(&point)).or_insert_with(|| (print, point.clone()));
        assert_eq!(*known, print, "{of:?} and {point:?} have one key but compute different things");
    }
    assert_eq!(by_key.len(), fingerprints.len(), "different keys for the same computation");
    by_key.len()
}

fn nb201(operations: usize) -> CellSpace {
    let all = [
        Operation::zero("none"),
        Operation::identity("skip"),
        Operation::new("conv1x1"),
        Operation::new("conv3x3"),
        Operation::without_weights("pool"),
    ];
    CellSpace::edges(3).operations(all.into_iter().take(operations))
}

/// The rule of the benchmark's own code, by expressions: `zeros` says whether it knows zeros.
fn expression(cell: &Cell, zeros: bool) -> String {
    let mut nodes: Vec<String> = Vec::new();
    for node in cell.nodes() {
        let mut terms: Vec<String> = node
            .edges
            .iter()
            .map(|edge| {
                let read = match edge.from {
                    Place::Input(_) => "0",
                    Place::Node(node) => &nodes[node],
                };
                match edge.operation.name() {
                    "none" if zeros => "#".into(),
                    "skip" => read.into(),
                    _ if zeros && read == "#" => "#".into(),
                    name => format!("({read})@{name}"),
                }
            })
            .collect();
        terms.sort();
        nodes.push(terms.join("+"));
    }
    nodes.pop().unwrap()
}

/// The benchmark counts 6,466 different cells by expressions, or 12,751 if zeros are not known.
/// Its expressions keep zeros within sums apart, so that many equal cells count as different, and
/// write an operation that is read twice like two operations, so that some different cells
/// count as equal. By what is computed there are 5,260.
#[test]
fn cells_of_the_benchmark() {
    let space = nb201(5).build().unwrap();
    let cells: Vec<Cell> = points(space.space()).map(|it| space.decode(&it).unwrap()).collect();
    let distinct =
        |zeros| cells.iter().map(|it| expression(it, zeros)).collect::<HashSet<_>>().len();
    assert_eq!((distinct(true), distinct(false)), (6466, 12751));
    assert_eq!(agree(&space, cell_fingerprint), 5260);
}

#[test]
fn cells_with_two_inputs() {
    let operations = [
        Operation::zero("none"),
        Operation::identity("skip"),
        Operation::new("conv"),
        Operation::without_weights("pool"),
    ];
    let pairs = CellSpace::pairs(2).operations(operations);
    let both = pairs.clone().combinations(["add", "concat"]).build().unwrap();
    let distinct = agree(&both, cell_fingerprint);
    assert!((500..20_000).contains(&distinct), "{distinct}");
}

/// Three nodes that read inputs only can change places; so can the operands of each.
#[test]
fn symmetric_nodes() {
    let space = CellSpace::pairs(3).operations(["conv"]).build().unwrap();
    agree(&space, cell_fingerprint);
}

/// In a reduction cell an identity on an input halves the resolution, and is no identity.
#[test]
fn strided_identities_count() {
    let distinct = |space: CellSpace| {
        let space = space.build().unwrap();
        points(space.space()).map(|point| space.key(&point)).collect::<HashSet<_>>().len()
    };
    assert!(distinct(nb201(3)) < distinct(nb201(3).strided()));
}

fn network_fingerprint(network: &Network) -> u64 {
    let names: Vec<String> = network.layers().iter().map(Layer::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    fingerprint(&names, |weights| {
        let part = |value: u64| function("part", 1, value);
        let mut layers: Vec<u64> = Vec::new();
        for (index, layer) in network.layers().iter().enumerate() {
            let read = layer.inputs().iter().map(|source| match source {
                Source::Image => part(INPUTS[0]),
                Source::Layer(layer) => layers[*layer],
            });
            let read = read.fold(0, u64::wrapping_add);
            layers.push(match names[index] {
                "op skip" => read,
                name => part(function(name, weights[index], read)),
            });
        }
        network.outputs().into_iter().map(|layer| layers[layer]).fold(0, u64::wrapping_add)
    })
}

#[test]
fn chains_with_skips() {
    let chain = Chain::new().decide("op", ["a", "b"]).skip_connections().depth(1..=4);
    let distinct = agree(&chain.build().unwrap(), network_fingerprint);
    assert!(distinct < 2 + 8 + 64 + 1024, "{distinct}");
    let plain = Chain::new().decide("op", ["a", "b"]).depth(1..=5).build().unwrap();
    assert_eq!(agree(&plain, network_fingerprint), 2 + 4 + 8 + 16 + 32);
}

#[test]
fn chains_with_identities() {
    let computes = |_: usize, layer: &Layer| match layer.text("op") {
        Ok("skip") => None,
        _ => Some(layer.to_string()),
    };
    let chain = Chain::new().decide("op", ["a", "b", "skip"]).computes_as(computes);
    agree(&chain.clone().skip_connections().depth(1..=4).build().unwrap(), network_fingerprint);
    // All sequences of at most five operations.
    let plain = chain.depth(1..=5).build().unwrap();
    assert_eq!(agree(&plain, network_fingerprint), 1 + 2 + 4 + 8 + 16 + 32);
}

/// NAS-Bench-Macro (Su et al., CVPR 2021): stages of 2, 3 and 3 layers, of which the first changes the
/// resolution. Behind it an identity may stand anywhere, which leaves 3,969 networks.
#[test]
fn chains_in_stages() {
    let begins = |index: usize| [0, 2, 5].contains(&index);
    let chain = Chain::new().decide("op", [0, 1, 2]).depth(8..=8).computes_as(
        move |index, layer: &Layer| match layer.int::<u8>("op") {
            Ok(0) if !begins(index) => None,
            _ => Some(format!("{layer} {}", begins(index))),
        },
    );
    let space = chain.build().unwrap();
    let mut codes = HashMap::new();
    for point in points(space.space()) {
        let digits: Vec<u8> = point.iter().map(|value| value.unwrap() as u8).collect();
        let mut code = Vec::new();
        for stage in [0..2, 2..5, 5..8] {
            code.push(digits[stage.start]);
            let mut rest: Vec<u8> = digits[stage.start + 1..stage.end].to_vec();
            rest.sort_by_key(|&digit| digit == 0);
            code.extend(rest);
        }
        let key = space.key(&point);
        assert_eq!(*codes.entry(code).or_insert(key), key);
    }
    assert_eq!(codes.len(), 3969);
    assert_eq!(codes.values().collect::<HashSet<_>>().len(), 3969);
}

/// A network whose layers stand in another order.
fn reordered(network: &Network, random: &mut Stream) -> Network {
    let mut left: Vec<usize> = (0..network.depth()).collect();
    let mut place = vec![usize::MAX; network.depth()];
    let mut layers = Vec::new();
    while !left.is_empty() {
        let ready: Vec<usize> = left
            .iter()
            .copied()
            .filter(|&layer| {
                network.layers()[layer].inputs().iter().all(|source| match source {
                    Source::Image => true,
                    Source::Layer(from) => place[*from] != usize::MAX,
                })
            })
            .collect();
        let next = ready[random.below(ready.len() as u64) as usize];
        left.retain(|&layer| layer != next);
        place[next] = layers.len();
        let layer = &network.layers()[next];
        let reads = layer.inputs().iter().filter_map(|source| match source {
            Source::Image => None,
            Source::Layer(from) => Some(place[*from]),
        });
        layers.push(layer.clone().with_inputs(reads));
    }
    Network::new(layers).unwrap()
}

#[test]
fn the_order_of_layers_does_not_matter() {
    let chain = Chain::new().decide("op", ["a", "b"]).skip_connections().depth(1..=12);
    let space = chain.build().unwrap();
    let key = |network: &Network| space.key(&space.encode(network).unwrap());
    let mut random = Stream::new(4, 0);
    let mut moved = 0;
    for round in 0..200 {
        let mut point = space.space().sample(&mut random);
        if round % 2 == 0 {
            // Few skips leave much freedom.
            let sparse = |(at, value): (usize, Option<f64>)| {
                let is_skip = space.space().axes()[at].name().contains("from");
                value.map(|value| if is_skip && random.unit() < 0.7 { 0.0 } else { value })
            };
            let values = point.iter().enumerate().map(sparse);
            point = space.space().point_at_values(values).unwrap();
        }
        let network = space.decode(&point).unwrap();
        let other = reordered(&network, &mut random);
        moved += usize::from(other != network);
        assert_eq!(key(&network), key(&other), "{network}\n{other}");
    }
    assert!(moved > 50, "{moved}");
}

/// Rings of layers: every sink reads two sources, and all look alike from wherever one stands.
/// A ring of six is not two rings of three.
#[test]
fn networks_that_look_alike_everywhere_are_told_apart() {
    let chain = Chain::new().decide("op", ["a"]).skip_connections().depth(12..=12);
    let space = chain.build().unwrap();
    let key = |network: &Network| space.key(&space.encode(network).unwrap());
    let layer = || Layer::new().with("op", "a");
    let rings = |next: [usize; 6]| {
        let sources = (0..6).map(|_| layer());
        let sinks = (0..6).map(|at| layer().with_inputs([at, next[at]]));
        Network::new(sources.chain(sinks)).unwrap()
    };
    let one = rings([1, 2, 3, 4, 5, 0]);
    let two = rings([1, 2, 0, 4, 5, 3]);
    assert_ne!(key(&one), key(&two));
    let mut random = Stream::new(6, 0);
    for network in [one, two] {
        for _ in 0..20 {
            assert_eq!(key(&network), key(&reordered(&network, &mut random)));
        }
    }
    // All layers side by side: 12! orders, which are not tried one by one.
    let parallel = Network::new((0..12).map(|_| layer())).unwrap();
    assert_eq!(key(&parallel), key(&reordered(&parallel, &mut random)));
}

#[test]
fn equal_networks_are_tried_once() {
    let chain = Chain::new().decide("op", ["a", "b"]).skip_connections().depth(1..=3);
    let space = chain.build().unwrap();
    let distinct = agree(&space, network_fingerprint);
    let study = Study::in_space(space).sampler(RandomSampler::new()).seed(1);
    let study = study.build().unwrap();
    let reason =
        study.optimize(|network: Network, _: &mut Trial| network.depth() as f64, 1000).unwrap();
    assert_eq!(reason, StopReason::Exhausted);
    assert_eq!(study.trials().unwrap().len(), distinct);
}
