use super::codec::{Reader, Writer};
use super::description::Description;
use super::domain::Domain;
use super::point::Point;
use super::search_space::SearchSpace;
use super::space::Space;
use crate::error::Result;

/// A domain that is a whole search space: its values are the configs.
///
/// ```
/// use tunewright::space::{Float, DomainSpace};
/// use tunewright::{Study, Trial};
///
/// let rates = DomainSpace::new("rate", Float::range(1e-4..=1.0).log())?;
/// let study = Study::in_space(rates).seed(1).build()?;
/// study.optimize(|rate: f64, _: &mut Trial| (rate.log10() + 2.0).abs(), 20)?;
/// # Ok::<(), tunewright::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DomainSpace<D> {
    space: Space,
    domain: D,
}

impl<D: Domain> DomainSpace<D> {
    /// The space of the domain, whose parameters are named after `name`; it may be empty if the
    /// domain names its parameters itself, as those of [`nas`](crate::nas) do.
    ///
    /// # Errors
    /// [`Error::InvalidSpace`](crate::Error::InvalidSpace) with every mistake of the domain.
    pub fn new(name: &str, domain: D) -> Result<Self> {
        let mut description = Description::default();
        description.add(name, &domain);
        Ok(DomainSpace { space: description.finish()?, domain })
    }

    /// The domain.
    pub fn domain(&self) -> &D {
        &self.domain
    }
}

impl<D: Domain + Send + Sync> SearchSpace for DomainSpace<D> {
    type Config = D::Value;

    fn space(&self) -> &Space {
        &self.space
    }

    fn decode(&self, point: &Point) -> Result<D::Value> {
        self.domain.decode(&mut Reader::new(&self.space, point))
    }

    fn encode(&self, config: &D::Value) -> Result<Point> {
        let mut writer = Writer::new(self.space.axes(), 0);
        self.domain.encode(config, &mut writer)?;
        Ok(Point::from_exact(&writer.finish()?))
    }
}
