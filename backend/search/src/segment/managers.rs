//! Whom each person reports to, by ordinal. A manager whom the segment does not know stands in a list by their id.

use std::collections::HashMap;

use super::format::{Damaged, Part, numbers, texts};

/// Stands for nobody.
const NOBODY: u32 = u32::MAX;

/// Stands for someone whom the segment does not know.
const UNKNOWN: u32 = u32::MAX - 1;

/// Whom someone reports to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager<'a> {
    Nobody,
    /// The person with this ordinal.
    Known(u32),
    /// Someone with this id, whom the segment does not know.
    Unknown(&'a str),
}

/// Three parts: a number for each, the ordinals of those whose manager is not known here, and the ids of these managers.
pub(super) fn write<I, M>(ids: impl Fn() -> I, managers: impl Fn() -> M) -> [Vec<u8>; 3]
where
    I: Iterator<Item = String>,
    M: Iterator<Item = Option<String>>,
{
    // There are far fewer managers than people: only their ordinals are looked up.
    let mut ordinals: HashMap<String, Option<u32>> =
        managers().flatten().map(|manager| (manager, None)).collect();
    for (ordinal, id) in (0..).zip(ids()) {
        ordinals.get_mut(&id).into_iter().for_each(|place| *place = Some(ordinal));
    }
    let (mut column, mut unknown, mut unknown_ids) = (Vec::new(), Vec::new(), Vec::new());
    for (ordinal, manager) in (0..).zip(managers()) {
        column.push(match manager {
            None => NOBODY,
            Some(id) => ordinals.get(&id).copied().flatten().unwrap_or_else(|| {
                unknown.push(ordinal);
                unknown_ids.push(id);
                UNKNOWN
            }),
        });
    }
    [numbers(&column), numbers(&unknown), texts(unknown_ids.iter().map(String::as_str))]
}

/// The managers of a segment's people.
#[derive(Debug)]
pub(super) struct Managers {
    column: Part,
    unknown: HashMap<u32, String>,
}

impl Managers {
    pub(super) fn new(column: Part, unknown: &Part, ids: &Part, count: u32) -> Result<Self, Damaged> {
        let (ordinals, ids) = (unknown.numbers(), ids.texts()?);
        let known = column.as_ref().as_chunks::<4>();
        let is_whole = known.1.is_empty() && known.0.len() == count as usize;
        let are_there = known.0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let mut are_there = are_there.filter(|manager| *manager < UNKNOWN);
        if !is_whole || ordinals.len() != ids.len() || are_there.any(|manager| manager >= count) {
            return Err(Damaged::Layout);
        }
        Ok(Self { column, unknown: ordinals.into_iter().zip(ids).collect() })
    }

    pub(super) fn of(&self, ordinal: u32) -> Manager<'_> {
        let bytes = self.column.as_ref().as_chunks::<4>().0.get(ordinal as usize);
        match bytes.map_or(NOBODY, |bytes| u32::from_le_bytes(*bytes)) {
            NOBODY => Manager::Nobody,
            UNKNOWN => self.unknown.get(&ordinal).map_or(Manager::Nobody, |id| Manager::Unknown(id)),
            manager => Manager::Known(manager),
        }
    }
}
