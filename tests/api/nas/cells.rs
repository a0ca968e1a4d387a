use tunewright::nas::{
    Block, BlockKind, Cell, CellSpace, Edge, Node, Operation, Outputs, Place, Stack,
};
use tunewright::prelude::*;
use tunewright::sampler::Stream;
use tunewright::testing;

fn nb201() -> CellSpace {
    CellSpace::edges(3).operations([
        Operation::zero("none"),
        Operation::identity("skip"),
        Operation::new("conv1x1"),
        Operation::new("conv3x3"),
        Operation::without_weights("pool"),
    ])
}

fn names<S: SearchSpace>(space: &S) -> Vec<String> {
    space.space().axes().iter().map(|axis| axis.name().to_owned()).collect()
}

#[test]
fn edges_come_in_the_order_of_the_benchmark() {
    let space = nb201().build().unwrap();
    assert_eq!(
        names(&space),
        [
            "node0.from_input0",
            "node1.from_input0",
            "node1.from_node0",
            "node2.from_input0",
            "node2.from_node0",
            "node2.from_node1"
        ]
    );
    testing::space(&space);
    let values = [4.0, 2.0, 1.0, 2.0, 1.0, 0.0].map(Some);
    let point = space.space().point_at_values(values).unwrap();
    let cell = space.decode(&point).unwrap();
    assert_eq!(
        cell.to_string(),
        "node0 = pool(input0)\n\
         node1 = conv1x1(input0) add skip(node0)\n\
         node2 = conv1x1(input0) add skip(node0) add none(node1)\n\
         output = node2\n"
    );
    assert_eq!(cell.operation(Place::Node(0), 1), Some(&Operation::identity("skip")));
    assert_eq!(cell.operation(Place::Node(1), 1), None);
}

#[test]
fn pairs_have_inputs_operations_and_a_combination() {
    let pairs = CellSpace::pairs(2).operations(["a", "b", "c"]).combinations(["add", "concat"]);
    let space = pairs.clone().build().unwrap();
    assert_eq!(
        names(&space)[..5],
        [
            "node0.input0",
            "node0.input1",
            "node0.operation0",
            "node0.operation1",
            "node0.combination"
        ]
    );
    // Two and then three places, three operations, two combinations.
    assert_eq!(space.space().cardinality(), Some(4 * 9 * 2 * 9 * 9 * 2));
    for outputs in [Outputs::Unread, Outputs::All, Outputs::Last] {
        testing::space(&pairs.clone().outputs(outputs).build().unwrap());
    }
    let pair = pairs.with_reduction().build().unwrap();
    testing::space(&pair);
    assert_eq!(names(&pair)[10], "reduction.node0.input0");
}

#[test]
fn masks_leave_what_can_be_completed() {
    for space in [
        nb201().connected(),
        CellSpace::pairs(3).operations([Operation::zero("0"), "a".into(), "b".into()]).connected(),
        CellSpace::pairs(3)
            .operations([Operation::zero("0"), "a".into()])
            .connected()
            .distinct_inputs(),
        CellSpace::pairs(2)
            .operations([Operation::zero("0"), "a".into()])
            .outputs(Outputs::Last)
            .connected(),
    ] {
        let space = space.build().unwrap();
        testing::space(&space);
        let mut random = Stream::new(1, 0);
        for _ in 0..500 {
            let mask = |c: &[Option<f64>], a: usize, l: &mut [bool]| space.mask(c, a, l);
            let point = space.space().sample_masked(&mut random, mask).unwrap();
            assert_eq!(space.space().violated(&point), None, "{point:?}");
        }
    }
}

/// The masks allow a step if and only if a legal cell lies behind it.
#[test]
fn masks_forbid_dead_ends_and_nothing_else() {
    for space in [
        CellSpace::edges(2).operations([Operation::zero("0"), "a".into()]).connected(),
        CellSpace::pairs(2).operations([Operation::zero("0"), "a".into()]).connected(),
        CellSpace::pairs(2).operations(["a"]).distinct_inputs(),
        CellSpace::pairs(2)
            .operations([Operation::zero("0"), "a".into()])
            .outputs(Outputs::Last)
            .distinct_inputs()
            .connected(),
    ] {
        let space = space.build().unwrap();
        let axes = space.space().axes();
        let levels: Vec<usize> = axes.iter().map(|axis| axis.masked_levels().unwrap()).collect();
        completable(&space, &levels, &mut Vec::new());
    }
}

/// Whether a legal point begins with these values; checks the masks behind them.
fn completable<S: SearchSpace>(space: &S, levels: &[usize], chosen: &mut Vec<Option<f64>>) -> bool {
    let axis = chosen.len();
    if axis == levels.len() {
        return {
            let point = space.space().point_at_values(chosen.clone()).unwrap();
            space.space().violated(&point).is_none()
        };
    }
    let mut legal = vec![true; levels[axis]];
    space.mask(chosen, axis, &mut legal);
    let mut any = false;
    for level in 0..levels[axis] {
        chosen.push(Some(level as f64));
        let possible = completable(space, levels, chosen);
        any |= possible;
        // Behind what is forbidden already the masks need say nothing more.
        if !possible {
            assert!(!legal[level] || !reachable(space, &chosen[..axis]), "{chosen:?}");
        } else {
            assert!(legal[level], "{chosen:?}");
        }
        chosen.pop();
    }
    any
}

fn reachable<S: SearchSpace>(space: &S, chosen: &[Option<f64>]) -> bool {
    (0..chosen.len()).all(|axis| {
        let levels = space.space().axes()[axis].masked_levels().unwrap();
        let mut legal = vec![true; levels];
        space.mask(&chosen[..axis], axis, &mut legal);
        legal[chosen[axis].unwrap() as usize]
    })
}

#[test]
fn mistakes_say_what_to_do() {
    let mistake = |space: CellSpace| space.build().map(|it| names(&it)).unwrap_err().to_string();
    assert_eq!(
        mistake(CellSpace::edges(0).operations(["a"])),
        "nodes: a cell of 0 nodes computes nothing; use 1 or more"
    );
    assert_eq!(mistake(CellSpace::edges(2)), "operations: there is no choice; give at least one");
    assert_eq!(
        mistake(CellSpace::edges(2).operations(["a", "a"])),
        "operations: the choice `a` stands twice; remove one, or give it another label"
    );
    assert_eq!(
        mistake(CellSpace::edges(2).operations([Operation::zero("0")]).connected()),
        "connected: every operation is zero, so that no cell is connected; add one"
    );
    let none: [&str; 0] = [];
    assert_eq!(
        mistake(CellSpace::pairs(2).operations(["a"]).combinations(none)),
        "combinations: there is no combination; give at least one, such as `add`"
    );
    assert_eq!(
        mistake(CellSpace::edges(2).operations(["a"]).combinations(["concat"])),
        "combinations: nodes of cells by edges always add; leave combinations out"
    );
    assert_eq!(
        mistake(CellSpace::pairs(2).operations(["a"]).inputs(1).distinct_inputs()),
        "distinct_inputs: the first node has only one place to read, so that no two are distinct; \
         use 2 inputs"
    );
    assert_eq!(
        mistake(CellSpace::pairs(2).operations(["a"]).inputs(0)),
        "inputs: a cell of 0 inputs reads nothing; use 1 or more"
    );
    assert!(Stack::new(0, 1).is_err() && Stack::new(1, 0).is_err());
}

#[test]
fn impossible_cells_are_refused() {
    let late = Cell::new(1, [Node::adding([Edge::new("a", Place::Node(0))])], [0]);
    assert_eq!(
        late.unwrap_err().to_string(),
        "the network cannot be built: node0 reads node0, which does not come before it; read an \
         earlier place"
    );
    let node = || Node::adding([Edge::new("a", Place::Input(0))]);
    assert!(Cell::new(0, [node()], [0]).is_err());
    assert!(Cell::new(1, [node()], [1]).is_err());
    assert!(Cell::new(1, [node()], [0, 0]).is_err());
    assert!(Cell::new(1, [node()], []).is_err());
    let space = CellSpace::edges(2).operations(["a", "b"]).build().unwrap();
    assert!(space.encode(&Cell::new(1, [node()], [0]).unwrap()).is_err());
    let missing = Cell::new(1, [node(), node()], [1]).unwrap();
    assert_eq!(
        space.encode(&missing).unwrap_err().to_string(),
        "the network cannot be built: node1 needs one edge from every place before it"
    );
    let both = ["a", "c"].into_iter().zip([Place::Input(0), Place::Node(0)]);
    let both = Node::adding(both.map(|(operation, from)| Edge::new(operation, from)));
    let unknown = Cell::new(1, [node(), both], [1]).unwrap();
    assert_eq!(
        space.encode(&unknown).unwrap_err().to_string(),
        "node1.from_node0 = c lies outside a or b; widen the parameter or change the value"
    );
}

#[test]
fn json_keeps_cells() {
    let operations = ["a".into(), Operation::zero("b"), Operation::without_weights("c")];
    let space = CellSpace::pairs(4).operations(operations).combinations(["add", "concat"]);
    let space = space.build().unwrap();
    let mut random = Stream::new(9, 0);
    for _ in 0..50 {
        let cell = space.decode(&space.space().sample(&mut random)).unwrap();
        let text = serde_json::to_string(&cell).unwrap();
        assert_eq!(serde_json::from_str::<Cell>(&text).unwrap(), cell);
    }
    let small = [Node::adding([
        Edge::new("conv", Place::Input(0)),
        Edge::new(Operation::zero("none"), Place::Input(1)),
    ])];
    assert_eq!(
        serde_json::to_string(&Cell::new(2, small, [0]).unwrap()).unwrap(),
        concat!(
            r#"{"inputs":2,"nodes":[{"combination":"add","edges":["#,
            r#"{"operation":"conv","from":{"input":0}},"#,
            r#"{"operation":{"zero":"none"},"from":{"input":1}}]}],"outputs":[0]}"#
        )
    );
    assert!(serde_json::from_str::<Cell>(r#"{"inputs":1,"nodes":[],"outputs":[]}"#).is_err());
}

#[test]
fn stacks_name_what_each_block_reads() {
    let blocks: Vec<Block> = Stack::new(2, 2).unwrap().blocks().collect();
    let read: Vec<_> = blocks.iter().map(|block| (block.stage, block.inputs)).collect();
    assert_eq!(
        read,
        [
            (0, [None, None]),
            (0, [None, Some(0)]),
            (1, [Some(0), Some(1)]),
            (1, [Some(1), Some(2)]),
            (1, [Some(2), Some(3)]),
        ]
    );
    assert!(blocks.iter().all(|it| (it.kind == BlockKind::Reduction) == (it.inputs[1] == Some(1))));
}

#[test]
fn inputs_refer_to_the_end_of_the_node_that_they_read() {
    let links = |cells: CellSpace, axis: &str| -> Vec<Option<String>> {
        let space = cells.operations(["a", "b"]).with_reduction().build().unwrap();
        let axes = space.space().axes();
        let axis = axes.iter().find(|known| known.name() == axis).unwrap();
        axis.refers_to().iter().map(|link| link.map(|to| axes[to].name().to_owned())).collect()
    };
    let last = |name: &str| Some(name.to_owned());
    let cells = || CellSpace::pairs(3);
    assert_eq!(links(cells(), "normal.node0.input0"), [None, None]);
    assert_eq!(
        links(cells(), "reduction.node2.input1"),
        [None, None, last("reduction.node0.operation1"), last("reduction.node1.operation1")]
    );
    assert_eq!(
        links(cells().combinations(["add", "concat"]), "normal.node1.input0"),
        [None, None, last("normal.node0.combination")]
    );
    assert!(links(cells(), "normal.node1.operation0").is_empty());
}

#[test]
fn cells_are_found_by_what_stands_at_a_place() {
    let space = CellSpace::pairs(2).operations(["a", "b"]).with_reduction().build().unwrap();
    let cells = space.decode(&space.space().sample(&mut Stream::new(1, 0))).unwrap();
    assert_eq!(cells.of(BlockKind::Normal), &cells.normal);
    assert_eq!(cells.of(BlockKind::Reduction), &cells.reduction);
    assert_eq!(
        cells.to_string(),
        format!("normal\n{}reduction\n{}", cells.normal, cells.reduction)
    );
}
