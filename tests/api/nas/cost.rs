use tunewright::nas::{
    BlockKind, CellSpace, Chain, Cost, Layer, Network, Op, Operation, Shape, Stack,
};
use tunewright::prelude::*;

const NAMES: [&str; 5] = ["none", "skip", "conv1x1", "conv3x3", "pool"];

/// What the benchmark's cells do with 16, 32 or 64 channels: activation, convolution, normalization.
fn operations(name: &str, channels: usize) -> Vec<Op> {
    match name {
        "conv1x1" => vec![Op::convolution(1, channels), Op::normalization()],
        "conv3x3" => vec![Op::convolution(3, channels), Op::normalization()],
        "pool" => vec![Op::pooling(3)],
        _ => vec![],
    }
}

/// The residual block between two stages: two convolutions, and a shortcut of pooling and 1x1.
fn residual(input: Shape) -> Result<(Shape, Cost)> {
    let channels = 2 * input.channels;
    let main = [
        Op::convolution(3, channels).stride(2),
        Op::normalization(),
        Op::convolution(3, channels),
        Op::normalization(),
    ];
    let shortcut = [Op::pooling(2).stride(2), Op::convolution(1, channels)];
    let (shape, main) = Op::sequential(&main, input)?;
    let (short, shortcut) = Op::sequential(&shortcut, input)?;
    assert_eq!(shape, short);
    Ok((shape, main + shortcut))
}

/// The recorded parameters of networks that stack a cell.
#[test]
fn parameters_of_the_benchmark() {
    let space = CellSpace::edges(3).operations(NAMES.map(Operation::new)).build().unwrap();
    let mut reader = csv::Reader::from_path("tests/reference/nb201_params.csv").unwrap();
    let mut seen = 0;
    for row in reader.records() {
        let row: Vec<u64> = row.unwrap().iter().map(|field| field.parse().unwrap()).collect();
        let values = row[..6].iter().map(|&code| Some(code as f64));
        let point = space.space().point_at_values(values).unwrap();
        let cell = space.decode(&point).unwrap();
        let stem = [Op::convolution(3, 16), Op::normalization()];
        let (shape, stem) = Op::sequential(&stem, Shape::new(3, 32, 32)).unwrap();
        let (shape, blocks) = Stack::new(3, 5)
            .unwrap()
            .cost(shape, |block, [_, last]| match block.kind {
                BlockKind::Normal => {
                    cell.cost(&[last], |name, _, read| Ok(operations(name, read.channels)))
                }
                BlockKind::Reduction => residual(last),
            })
            .unwrap();
        assert_eq!(shape, Shape::new(64, 8, 8));
        let head = [Op::normalization(), Op::global_pooling(), Op::dense(10)];
        let (_, head) = Op::sequential(&head, shape).unwrap();
        assert_eq!((stem + blocks + head).parameters, row[6], "{:?}", &row[..6]);
        seen += 1;
    }
    assert_eq!(seen, 42);
}

/// VGG-16 (Simonyan & Zisserman, 2015): the parameters that every implementation has, and the
/// multiply-adds that counters give, without those of the biases.
#[test]
fn vgg16() {
    let stages = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)];
    let mut layers = Vec::new();
    for (convolutions, filters) in stages {
        layers.extend((0..convolutions).map(|_| Layer::new().with("filters", filters as i64)));
        layers.push(Layer::new().with("filters", 0));
    }
    let network = Network::sequential(layers).unwrap();
    let ops = |layer: &Layer| {
        Ok(match layer.int("filters")? {
            0 => vec![Op::pooling(2).stride(2)],
            filters => vec![Op::convolution(3, filters).bias()],
        })
    };
    let head = [Op::dense(4096), Op::dense(4096), Op::dense(1000)];
    let cost = network.cost(Shape::new(3, 224, 224), ops, &head).unwrap();
    assert_eq!(cost, Cost::new(138_357_544, 15_470_264_320));
}

/// MobileNetV2 (Sandler et al., 2018) with 1000 classes.
#[test]
fn mobilenet_v2() {
    let mut ops = vec![Op::convolution(3, 32).stride(2), Op::normalization()];
    let mut channels = 32;
    let stages = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ];
    for (expansion, made, repeats, stride) in stages {
        for repeat in 0..repeats {
            if expansion > 1 {
                ops.extend([Op::convolution(1, expansion * channels), Op::normalization()]);
            }
            let stride = if repeat == 0 { stride } else { 1 };
            ops.extend([Op::depthwise(3).stride(stride), Op::normalization()]);
            ops.extend([Op::convolution(1, made), Op::normalization()]);
            channels = made;
        }
    }
    ops.extend([Op::convolution(1, 1280), Op::normalization()]);
    ops.extend([Op::global_pooling(), Op::dense(1000)]);
    let image = Shape::new(3, 224, 224);
    let (_, cost) = Op::sequential(&ops, image).unwrap();
    assert_eq!(cost.parameters, 3_504_872);
    let counted: Vec<Op> = ops.iter().copied().filter(|op| *op != Op::normalization()).collect();
    assert_eq!(Op::sequential(&counted, image).unwrap().1.multiply_adds, 300_774_272);
}

/// Two branches of different resolution, concatenated for a third layer and for the classifier.
#[test]
fn branches_are_concatenated_and_padded() {
    let conv = |filters: i64, stride: i64| {
        Layer::new()
            .with("filter_height", 3)
            .with("filter_width", 1)
            .with("filters", filters)
            .with("stride", stride)
    };
    let network = Network::new([
        conv(4, 1),
        conv(6, 2),
        conv(5, 1).with_inputs([0, 1]),
        conv(2, 3).with_inputs([0]),
    ])
    .unwrap();
    let image = Shape::new(3, 9, 9);
    let layers = network.layer_costs(image, Op::of_layer).unwrap();
    let shapes: Vec<Shape> = layers.iter().map(|(shape, _)| *shape).collect();
    assert_eq!(
        shapes,
        [Shape::new(4, 9, 9), Shape::new(6, 5, 5), Shape::new(5, 9, 9), Shape::new(2, 3, 3)]
    );
    let parameters: Vec<u64> = layers.iter().map(|(_, cost)| cost.parameters).collect();
    assert_eq!(parameters, [3 * 3 * 4 + 4, 3 * 3 * 6 + 6, 3 * 10 * 5 + 5, 3 * 4 * 2 + 2]);
    let multiply_adds: Vec<u64> = layers.iter().map(|(_, cost)| cost.multiply_adds).collect();
    assert_eq!(multiply_adds, [36 * 81, 54 * 25, 150 * 81, 24 * 9]);
    let total = network.cost(image, Op::of_layer, &[Op::global_pooling(), Op::dense(10)]).unwrap();
    assert_eq!(total.parameters, 40 + 60 + 155 + 26 + (5 + 2) * 10 + 10);
}

#[test]
fn constraints_hold_before_training() {
    let space = Chain::convolutional().skip_connections().depth(1..=6).build().unwrap();
    let parameters = |network: &Network| {
        let head = [Op::global_pooling(), Op::dense(10)];
        network.cost(Shape::new(3, 32, 32), Op::of_layer, &head).unwrap().parameters
    };
    let study = Study::in_space(space)
        .seed(1)
        .constraint("at most 50,000 parameters", move |network| parameters(network) <= 50_000)
        .build()
        .unwrap();
    let train = |network: Network, _: &mut Trial| {
        assert!(parameters(&network) <= 50_000);
        network.depth() as f64
    };
    study.optimize(train, 20).unwrap();
    assert_eq!(study.history().unwrap().complete_count(), 20);
}

#[test]
fn impossible_operations_are_refused() {
    let shape = Shape::new(6, 8, 8);
    let message = |op: Op| op.apply(shape).unwrap_err().to_string();
    assert_eq!(message(Op::convolution(3, 0)), "filters is 0; use 1 or more");
    assert_eq!(message(Op::convolution(3, 8).stride(0)), "stride is 0; use 1 or more");
    assert_eq!(
        message(Op::convolution(3, 8).groups(4)),
        "groups is 4; use a divisor of the channels that are read and of those that are made"
    );
    assert!(Op::dense(3).apply(Shape::new(0, 1, 1)).is_err());
    let grouped = Op::convolution(3, 4).groups(2).apply(shape).unwrap().1;
    assert_eq!(grouped.parameters, 3 * 3 * 3 * 4);
    let error = Op::of_layer(&Layer::new().with("filters", 3)).unwrap_err().to_string();
    assert_eq!(error, "there is no parameter `filter_height`; the space has filters");
    let huge = Op::dense(usize::MAX).apply(shape).unwrap().1;
    assert_eq!(huge.parameters, u64::MAX);
    let space = CellSpace::pairs(1).operations(["a"]).build().unwrap();
    let cell = space.decode(&space.space().default_point()).unwrap();
    let error = cell.cost(&[shape], |_, _, _| Ok(vec![])).unwrap_err().to_string();
    assert_eq!(error, "inputs is 1 shapes; give one shape for each input of the cell");
}
