use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::integers::Exact;

/// One place of a space: a value for every active axis.
///
/// Points come from a [`Space`](super::Space), which snaps values to steps and leaves out the axes
/// that are not active. Cloning is cheap. In serialized form a point is an array of numbers with
/// `null` for inactive axes; [`Space::read_point`](super::Space::read_point) reads it.
#[derive(Clone)]
pub struct Point {
    /// Natural values in the order of the axes, choices as indices; NaN where not active.
    values: Arc<[f64]>,
    /// What the values lack to be the integers that they stand for; `None` if nothing does, which is
    /// so up to ±2^53.
    rests: Option<Arc<[i16]>>,
}

impl Point {
    pub(super) fn new(values: impl Into<Arc<[f64]>>) -> Self {
        Point { values: values.into(), rests: None }
    }

    /// Natural values, NaN where not active, and what they lack; nothing if `rests` is empty.
    pub(super) fn with_rests(values: Vec<f64>, rests: Vec<i16>) -> Self {
        let exact = rests.iter().all(|rest| *rest == 0);
        Point { values: values.into(), rests: (!exact).then(|| rests.into()) }
    }

    /// Natural values, `None` where not active. Only [`Space::point_at_values`] checks them.
    ///
    /// [`Space::point_at_values`]: super::Space::point_at_values
    pub(crate) fn from_values(values: impl IntoIterator<Item = Option<f64>>) -> Self {
        Point::new(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect::<Vec<_>>())
    }

    /// Natural values of any size, `None` where not active.
    pub(crate) fn from_exact(values: &[Option<Exact>]) -> Self {
        let rest = |value: &Option<Exact>| value.map_or(0, |value| value.rest);
        let exact = values.iter().all(|value| rest(value) == 0);
        Point {
            values: values.iter().map(|v| v.map_or(f64::NAN, |value| value.nearest)).collect(),
            rests: (!exact).then(|| values.iter().map(rest).collect()),
        }
    }

    /// The value on an axis, of any size; `None` as for [`get`](Self::get).
    pub(super) fn exact(&self, axis: usize) -> Option<Exact> {
        let rest = self.rests.as_ref().and_then(|rests| rests.get(axis)).copied().unwrap_or(0);
        Some(Exact { nearest: self.get(axis)?, rest })
    }

    /// The number of axes, active or not.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the space has no axes.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value on an axis: the number itself for numeric parameters, the index for choices;
    /// `None` where the axis is not active or does not exist. For integers beyond ±2^53 it is the
    /// nearest double.
    pub fn get(&self, axis: usize) -> Option<f64> {
        self.values.get(axis).copied().filter(|value| !value.is_nan())
    }

    /// Whether the axis is active.
    pub fn is_active(&self, axis: usize) -> bool {
        self.get(axis).is_some()
    }

    /// The values of all axes, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<f64>> + '_ {
        self.values.iter().map(|&value| (!value.is_nan()).then_some(value))
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Point")?;
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        let same = Arc::ptr_eq(&self.values, &other.values)
            || (self.len() == other.len() && self.iter().eq(other.iter()));
        same && self.rests == other.rests
    }
}

impl From<Point> for Vec<Option<f64>> {
    fn from(point: Point) -> Self {
        point.iter().collect()
    }
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.len()).map(|axis| self.exact(axis)))
    }
}

/// What tells points apart: two points with the same key count as one and are not both tried.
///
/// A hash of 64 bits. Two of a million different points share one with probability 3e-8; then one
/// of them is not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u64);

impl Key {
    /// The key of anything that hashes, such as the canonical form of a network.
    pub fn of(identity: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        Key(hasher.finish())
    }

    /// The key of a point that no other spelling equals.
    pub fn of_point(point: &Point) -> Self {
        let mut hasher = DefaultHasher::new();
        for &value in point.values.iter() {
            // Adding zero turns -0 into +0.
            hasher.write_u64((value + 0.0).to_bits());
        }
        for &rest in point.rests.iter().flat_map(|rests| rests.iter()) {
            hasher.write_i16(rest);
        }
        Key(hasher.finish())
    }
}

/// A set of keys. Keys are hashes already and need no second hashing.
pub(crate) type KeySet = HashSet<Key, BuildHasherDefault<KeyHasher>>;

/// Passes a key through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys write one u64; anything else is only mixed in somehow.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inactive_axes_are_null_in_json() {
        let point = Point::new(vec![0.1, f64::NAN, 3.0]);
        let text = serde_json::to_string(&point).unwrap();
        assert_eq!(text, "[0.1,null,3.0]");
        assert_eq!(point.get(1), None);
        assert_eq!(point.get(7), None);
    }

    #[test]
    fn keys_see_values_and_activity_but_no_sign_of_zero() {
        let key = |values: &[f64]| Key::of_point(&Point::new(values.to_vec()));
        assert_eq!(key(&[0.0, 1.0]), key(&[-0.0, 1.0]));
        assert_ne!(key(&[0.0, 1.0]), key(&[1.0, 0.0]));
        assert_ne!(key(&[0.0, f64::NAN]), key(&[0.0, 0.0]));
        assert_ne!(key(&[0.0]), key(&[0.0, 0.0]));
    }
}
