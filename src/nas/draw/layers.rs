//! A graph drawn in columns from left to right, each vertex behind all that lead to it, as Sugiyama,
//! Tagawa & Toda (1981) do it: ranks, an order within each that makes lines cross little, places.

/// A graph whose edges lead from earlier vertices to later ones.
#[derive(Debug, Default)]
pub(super) struct Layered {
    /// Width and height of each vertex.
    sizes: Vec<(f64, f64)>,
    edges: Vec<(usize, usize)>,
}

/// Where everything lies.
#[derive(Debug)]
pub(super) struct Layout {
    /// Centres of the vertices.
    pub(super) centres: Vec<(f64, f64)>,
    /// For each edge the points of its line, from the side of one vertex to that of the other.
    pub(super) lines: Vec<Vec<(f64, f64)>>,
}

/// Between two columns.
const COLUMN_GAP: f64 = 44.0;
/// Between two vertices of a column.
const ROW_GAP: f64 = 16.0;
/// Height that a line takes where it passes through a column.
const LINE_HEIGHT: f64 = 6.0;
/// Passes over the columns that look for an order, and that move vertices towards each other.
const SWEEPS: usize = 24;
const SETTLING: usize = 200;

impl Layered {
    pub(super) fn vertex(&mut self, size: (f64, f64)) -> usize {
        self.sizes.push(size);
        self.sizes.len() - 1
    }

    pub(super) fn edge(&mut self, from: usize, to: usize) {
        self.edges.push((from, to));
    }

    /// The column of each vertex; the last vertex stands alone at the end.
    fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.sizes.len()];
        for vertex in 0..self.sizes.len() {
            let before = self.edges.iter().filter(|edge| edge.1 == vertex);
            ranks[vertex] = before.map(|edge| ranks[edge.0] + 1).max().unwrap_or(0);
        }
        if let Some((last, others)) = ranks.split_last_mut() {
            *last = others.iter().map(|rank| rank + 1).max().unwrap_or(0);
        }
        ranks
    }

    pub(super) fn layout(&self) -> Layout {
        let count = self.sizes.len();
        let mut ranks = self.ranks();
        let mut sizes = self.sizes.clone();
        // A line through several columns bends at a vertex of its own in each.
        let mut chains: Vec<Vec<usize>> = Vec::with_capacity(self.edges.len());
        for &(from, to) in &self.edges {
            let mut chain = vec![from];
            for rank in ranks[from] + 1..ranks[to] {
                chain.push(sizes.len());
                sizes.push((0.0, LINE_HEIGHT));
                ranks.push(rank);
            }
            chain.push(to);
            chains.push(chain);
        }
        let mut neighbours = vec![(Vec::new(), Vec::new()); sizes.len()];
        for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
            neighbours[pair[0]].1.push(pair[1]);
            neighbours[pair[1]].0.push(pair[0]);
        }
        let columns = order(&ranks, &neighbours);
        let ys = heights(&columns, &sizes, &neighbours, count);
        let (lefts, widths) = widths(&columns, &sizes);
        let x = |vertex: usize| lefts[ranks[vertex]] + widths[ranks[vertex]] / 2.0;
        let lines = chains.iter().map(|chain| {
            let mut line = Vec::with_capacity(2 * chain.len());
            for (at, &vertex) in chain.iter().enumerate() {
                let (column, y) = (ranks[vertex], ys[vertex]);
                // Through a column of others lines run straight, so that they meet no box.
                let (left, right) = match vertex < count {
                    true => (x(vertex) - sizes[vertex].0 / 2.0, x(vertex) + sizes[vertex].0 / 2.0),
                    false => (lefts[column], lefts[column] + widths[column]),
                };
                if at > 0 {
                    line.push((left, y));
                }
                if at + 1 < chain.len() {
                    line.push((right, y));
                }
            }
            line
        });
        let lines = lines.collect();
        Layout { centres: (0..count).map(|vertex| (x(vertex), ys[vertex])).collect(), lines }
    }
}

/// Vertices before and behind each vertex.
type Neighbours = [(Vec<usize>, Vec<usize>)];

/// The vertices of each column from top to bottom, by the mean place of their neighbours.
fn order(ranks: &[usize], neighbours: &Neighbours) -> Vec<Vec<usize>> {
    let last = ranks.iter().copied().max().unwrap_or(0);
    let mut columns = vec![Vec::new(); last + 1];
    for (vertex, &rank) in ranks.iter().enumerate() {
        columns[rank].push(vertex);
    }
    let mut best = columns.clone();
    let mut fewest = crossings(&columns, neighbours);
    for sweep in 0..SWEEPS {
        let forwards = sweep % 2 == 0;
        let mut place = vec![0.0; ranks.len()];
        for (vertex, at) in columns.iter().flat_map(|column| column.iter().zip(0..)) {
            place[*vertex] = f64::from(at);
        }
        for at in 0..=last {
            let column = &mut columns[if forwards { at } else { last - at }];
            let key = |vertex: &usize| {
                let (before, behind) = &neighbours[*vertex];
                let around = if forwards { before } else { behind };
                mean(around.iter().map(|&other| place[other])).unwrap_or(place[*vertex])
            };
            column.sort_by(|a, b| key(a).total_cmp(&key(b)));
            for (at, vertex) in column.iter().enumerate() {
                place[*vertex] = at as f64;
            }
        }
        let found = crossings(&columns, neighbours);
        if found < fewest {
            (fewest, best) = (found, columns.clone());
        }
    }
    best
}

fn crossings(columns: &[Vec<usize>], neighbours: &Neighbours) -> usize {
    let mut count = 0;
    for pair in columns.windows(2) {
        let place = |vertex: usize| pair[1].iter().position(|&other| other == vertex);
        let ends: Vec<(usize, usize)> = pair[0]
            .iter()
            .enumerate()
            .flat_map(|(at, vertex)| neighbours[*vertex].1.iter().map(move |&end| (at, end)))
            .filter_map(|(at, end)| Some((at, place(end)?)))
            .collect();
        for (at, one) in ends.iter().enumerate() {
            let crosses = |other: &&(usize, usize)| {
                (one.0 < other.0 && one.1 > other.1) || (one.0 > other.0 && one.1 < other.1)
            };
            count += ends[at + 1..].iter().filter(crosses).count();
        }
    }
    count
}

/// The middle of each vertex: near its neighbours, in the order of its column, without overlap.
/// Vertices from number `bends` on are bends of lines, which weigh more, so that long lines are
/// straight; the weights are those of Gansner et al. (1993, section 4).
fn heights(
    columns: &[Vec<usize>],
    sizes: &[(f64, f64)],
    neighbours: &Neighbours,
    bends: usize,
) -> Vec<f64> {
    let weight = |one: usize, other: usize| match (one >= bends, other >= bends) {
        (true, true) => 8.0,
        (false, false) => 1.0,
        _ => 2.0,
    };
    let mut ys = vec![0.0; sizes.len()];
    for column in columns {
        let wanted = vec![(0.0, 1.0); column.len()];
        spread(column, &wanted, sizes, &mut ys);
    }
    for sweep in 0..SETTLING {
        for at in 0..columns.len() {
            let column = &columns[if sweep % 2 == 0 { at } else { columns.len() - 1 - at }];
            let wanted = column.iter().map(|&vertex| {
                let (before, behind) = &neighbours[vertex];
                let around = before.iter().chain(behind);
                let (sum, total) = around.fold((0.0, 0.0), |(sum, total), &other| {
                    let weight = weight(vertex, other);
                    (sum + weight * ys[other], total + weight)
                });
                if total > 0.0 { (sum / total, total) } else { (ys[vertex], 1.0) }
            });
            let wanted: Vec<(f64, f64)> = wanted.collect();
            spread(column, &wanted, sizes, &mut ys);
        }
    }
    ys
}

/// Puts the vertices of a column as near to where they are wanted, each with a weight, as their
/// order and sizes allow, in the sense of least squares: those that would overlap become a block
/// that lies at its mean.
fn spread(column: &[usize], wanted: &[(f64, f64)], sizes: &[(f64, f64)], ys: &mut [f64]) {
    // Distances from the first vertex when all stand as close as they may.
    let mut offsets = Vec::with_capacity(column.len());
    let mut offset = 0.0;
    for (at, &vertex) in column.iter().enumerate() {
        if at > 0 {
            offset += (sizes[column[at - 1]].1 + sizes[vertex].1) / 2.0 + ROW_GAP;
        }
        offsets.push(offset);
    }
    // Without the distances, places must only not descend: blocks with mean, weight and length.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for ((want, weight), offset) in wanted.iter().zip(&offsets) {
        let mut block = (want - offset, *weight, 1);
        while let Some(&(mean, weight, length)) = blocks.last() {
            if mean <= block.0 {
                break;
            }
            let total = weight + block.1;
            let mean = (mean * weight + block.0 * block.1) / total;
            block = (mean, total, length + block.2);
            blocks.pop();
        }
        blocks.push(block);
    }
    let places = blocks.iter().flat_map(|&(mean, _, length)| std::iter::repeat_n(mean, length));
    for ((place, offset), &vertex) in places.zip(&offsets).zip(column) {
        ys[vertex] = place + offset;
    }
}

/// Left end and width of each column.
fn widths(columns: &[Vec<usize>], sizes: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
    let width = |column: &Vec<usize>| column.iter().map(|&it| sizes[it].0).fold(0.0, f64::max);
    let widths: Vec<f64> = columns.iter().map(width).collect();
    let mut left = 0.0;
    let lefts = widths.iter().map(|width| {
        let own = left;
        left += width + COLUMN_GAP;
        own
    });
    (lefts.collect(), widths)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
