//! Pictures of architectures: SVG to look at, and DOT for Graphviz.

mod cell;
mod chain;
mod diagram;
mod dot;
mod layers;

use super::cell::Cell;
use super::network::Network;

impl Network {
    /// A picture of the network from the image at the top to the classifier at the bottom, with
    /// skip connections as arcs. A self-contained SVG document that follows the reader's light or
    /// dark setting, and has the network in words for those who do not see it.
    ///
    /// ```
    /// use tunewright::nas::{Layer, Network};
    ///
    /// let network = Network::new([
    ///     Layer::new().with("kernel", 3),
    ///     Layer::new().with("kernel", 5).with_inputs([0]),
    /// ])?;
    /// assert!(network.to_svg().contains("kernel 5"));
    /// # Ok::<(), tunewright::Error>(())
    /// ```
    pub fn to_svg(&self) -> String {
        chain::svg(self)
    }

    /// The network as a graph in the DOT language of Graphviz.
    pub fn to_dot(&self) -> String {
        dot::network(self)
    }
}

impl Cell {
    /// A picture of the cell from its inputs at the left to its output at the right: operations as
    /// boxes, identities as plain lines; zeros are left out. A self-contained SVG document that
    /// follows the reader's light or dark setting, and has the cell in words for those who do not see
    /// it.
    pub fn to_svg(&self) -> String {
        cell::svg(self)
    }

    /// The cell as a graph in the DOT language of Graphviz.
    pub fn to_dot(&self) -> String {
        dot::cell(self)
    }
}
