//! Arrays of bytes in the IDX format of the MNIST database.

use std::io::Read;

use flate2::read::GzDecoder;

use super::Failure;

/// The type of the values, as the header names it: bytes without sign.
const BYTES: u8 = 8;

/// An array of bytes, the last dimension fastest.
#[derive(Debug, PartialEq)]
pub(super) struct Idx {
    pub dimensions: Vec<usize>,
    pub values: Vec<u8>,
}

impl Idx {
    /// Reads a file that is compressed by gzip; `name` is for errors.
    pub(super) fn from_gzip(name: &str, compressed: &[u8]) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        GzDecoder::new(compressed)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("{name} is not a complete gzip file: {error}"))?;
        Self::parse(&bytes).map_err(|error| format!("{name}: {error}").into())
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let Some((&[0, 0, kind, rank], mut rest)) = bytes.split_first_chunk() else {
            return Err("not an IDX file: it begins with two zero bytes, type and rank".into());
        };
        if kind != BYTES {
            return Err(format!("values of type {kind:#04x}, where bytes (0x08) are expected"));
        }
        let mut dimensions = Vec::with_capacity(rank.into());
        for at in 1..=rank {
            let Some((size, after)) = rest.split_first_chunk() else {
                return Err(format!("the header ends before size {at} of {rank}"));
            };
            dimensions.push(u32::from_be_bytes(*size) as usize);
            rest = after;
        }
        let expected = dimensions.iter().try_fold(1_usize, |all, &size| all.checked_mul(size));
        if expected != Some(rest.len()) {
            let sizes: Vec<String> = dimensions.iter().map(usize::to_string).collect();
            let (sizes, found) = (sizes.join(" × "), rest.len());
            return Err(format!("the header announces {sizes} values, but {found} follow"));
        }
        Ok(Idx { dimensions, values: rest.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 12] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3];

    #[test]
    fn values_follow_their_sizes() {
        let read = Idx::parse(&[&HEADER[..], &[1, 2, 3, 4, 5, 255]].concat()).unwrap();
        assert_eq!(read, Idx { dimensions: vec![2, 3], values: vec![1, 2, 3, 4, 5, 255] });
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        let long = [&HEADER[..], &[0; 7]].concat();
        let mut floats = HEADER;
        floats[2] = 13;
        let huge = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        for (bytes, told) in [
            (&b""[..], "not an IDX file"),
            (b"\x1f\x8b\x08\x00", "not an IDX file"),
            (&floats, "type 0x0d"),
            (&HEADER[..7], "ends before size 1 of 2"),
            (&HEADER, "2 × 3 values, but 0 follow"),
            (&long, "2 × 3 values, but 7 follow"),
            (&huge, "values, but 0 follow"),
        ] {
            let message = Idx::parse(bytes).unwrap_err();
            assert!(message.contains(told), "{message}");
        }
        let message = Idx::from_gzip("digits.gz", &HEADER).unwrap_err().to_string();
        assert!(message.contains("digits.gz is not a complete gzip file"), "{message}");
    }
}
