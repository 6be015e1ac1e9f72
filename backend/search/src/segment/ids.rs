//! The ids by ordinal. Rollcall's own are UUIDs and take 16 bytes; an id of any other form stands in a list of its own.

use std::collections::HashMap;

use uuid::Uuid;

use super::format::{Damaged, Part, numbers, texts};

const BYTES: usize = 16;

/// Three parts: 16 bytes for each, the ordinals whose id is of another form, and those ids.
pub(super) fn write(ids: impl Iterator<Item = String>) -> [Vec<u8>; 3] {
    let (mut packed, mut odd, mut odd_ids) = (Vec::new(), Vec::new(), Vec::new());
    for (ordinal, id) in ids.enumerate() {
        match pack(&id) {
            Some(bytes) => packed.extend_from_slice(&bytes),
            None => {
                packed.extend_from_slice(&[0; BYTES]);
                odd.push(u32::try_from(ordinal).unwrap_or(u32::MAX));
                odd_ids.push(id);
            }
        }
    }
    [packed, numbers(&odd), texts(odd_ids.iter().map(String::as_str))]
}

/// The ids of a segment.
#[derive(Debug)]
pub(super) struct Ids {
    packed: Part,
    odd: HashMap<u32, String>,
}

impl Ids {
    pub(super) fn new(packed: Part, odd: &Part, odd_ids: &Part) -> Result<Self, Damaged> {
        let (ordinals, ids) = (odd.numbers(), odd_ids.texts()?);
        if ordinals.len() != ids.len() || packed.as_ref().len() % BYTES != 0 {
            return Err(Damaged::Layout);
        }
        Ok(Self { packed, odd: ordinals.into_iter().zip(ids).collect() })
    }

    pub(super) fn len(&self) -> usize {
        self.packed.as_ref().len() / BYTES
    }

    pub(super) fn get(&self, ordinal: u32) -> String {
        self.odd.get(&ordinal).cloned().unwrap_or_else(|| {
            let start = ordinal as usize * BYTES;
            unpack(self.packed.slice(start, start + BYTES))
        })
    }

    /// The ordinals of those of `ids` that are there. One look through all of them, since changes are few and come
    /// together: an index by id would be a tenth of the segment.
    pub(super) fn find<'a>(&self, ids: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
        let (mut wanted, mut odd) = (HashMap::new(), HashMap::new());
        for id in ids {
            match pack(id) {
                Some(bytes) => wanted.insert(bytes, id),
                None => odd.insert(id, id),
            };
        }
        let mut found: HashMap<&str, u32> =
            self.odd.iter().filter_map(|(ordinal, id)| Some((*odd.get(id.as_str())?, *ordinal))).collect();
        if !wanted.is_empty() {
            let packed = self.packed.as_ref().as_chunks::<BYTES>().0;
            for (ordinal, bytes) in (0_u32..).zip(packed) {
                if let Some(id) = wanted.get(bytes)
                    && !self.odd.contains_key(&ordinal)
                {
                    found.insert(id, ordinal);
                }
            }
        }
        found
    }
}

/// A UUID in the form that is written: lower-case, with hyphens. The nil UUID stands for an id of another form.
fn pack(id: &str) -> Option<[u8; BYTES]> {
    let uuid = Uuid::try_parse(id).ok().filter(|uuid| !uuid.is_nil())?;
    (unpack(uuid.as_bytes()) == id).then(|| uuid.into_bytes())
}

fn unpack(packed: &[u8]) -> String {
    Uuid::from_slice(packed).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_that_come_back_the_same_are_packed() {
        let id = "7f2d8a31-55c0-4c0e-9a53-0c8f2b1de9a7";
        assert_eq!(pack(id).map(|packed| unpack(&packed)).as_deref(), Some(id));
        for odd in
            ["", "emp7", "7F2D8A31-55C0-4C0E-9A53-0C8F2B1DE9A7", "7f2d8a3155c04c0e9a530c8f2b1de9a7", &id[1..]]
        {
            assert_eq!(pack(odd), None, "{odd:?}");
        }
        assert_eq!(pack("00000000-0000-0000-0000-000000000000"), None);
    }
}
