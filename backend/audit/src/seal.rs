//! The seal of the log: blocks of the hashes of entries, each with the hash of the block before it, whose newest hash goes to
//! where nobody can change it. An entry that is changed, taken out, put in afterwards or moved no longer fits it.
//!
//! Entries are written by many at once, and each in the transaction of what it tells: a chain from entry to entry would have
//! all of them wait for each other. So the log is sealed once a minute, behind those who write.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::hash;

/// How old an entry has to be: whoever writes one at the same time, by a clock that is a little behind, has written it.
pub(crate) const SETTLED: SignedDuration = SignedDuration::from_secs(60);

/// How much later than those sealed already an entry may come, by a slow transaction or a clock that is behind.
pub(crate) const LATE: SignedDuration = SignedDuration::from_mins(10);

/// The most entries of one block: with 102 bytes for each it fits into an item of 400 KB.
const MAX_ENTRIES: usize = 2_000;

/// An entry, as a block names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) hash: String,
}

/// One block, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    /// The first one is 1.
    pub(crate) number: u64,
    /// The hash of the block before it; empty in the first one.
    pub(crate) previous: String,
    /// A line for each entry: its id, a space, its hash.
    pub(crate) entries: String,
    /// The SHA-256 of `previous`, a line feed, and `entries`.
    pub(crate) hash: String,
    /// The time of the newest entry that is sealed.
    pub(crate) through: Timestamp,
}

impl Block {
    /// What comes behind `last`: those of these entries, which are in order, that are not `sealed` yet. None where all are.
    pub(crate) fn behind(
        last: Option<&Self>,
        sealed: &HashSet<String>,
        entries: impl Iterator<Item = Sealed>,
        now: Timestamp,
    ) -> Option<Self> {
        let until = now.checked_sub(SETTLED).unwrap_or(now);
        let new = entries.filter(|entry| entry.at <= until && !sealed.contains(&entry.id));
        let new: Vec<Sealed> = new.take(MAX_ENTRIES).collect();
        let newest = new.iter().map(|entry| entry.at).max()?;
        let lines: Vec<String> = new.iter().map(|entry| format!("{} {}", entry.id, entry.hash)).collect();
        let (number, previous) = last.map_or((1, String::new()), |last| (last.number + 1, last.hash.clone()));
        let entries = lines.join("\n");
        let hash = hash(&[previous.as_bytes(), b"\n", entries.as_bytes()]);
        let through = last.map_or(newest, |last| last.through.max(newest));
        Some(Self { number, previous, entries, hash, through })
    }

    /// The ids of the entries that it seals.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.lines().filter_map(|line| line.split(' ').next())
    }

    /// What of the log the next block is made from: from this time on.
    pub(crate) fn goes_on_from(&self) -> Timestamp {
        self.through.checked_sub(LATE).unwrap_or(Timestamp::MIN)
    }

    /// What vouches for it where nobody can change it: its name tells the number and the hash.
    pub(crate) fn head(&self) -> String {
        format!("audit-seal/{:020}-{}", self.number, self.hash)
    }
}

/// The hash of an entry as it stands in the table: over its JSON, with the names in order and no space between.
pub(crate) fn of_item(item: &Value) -> String {
    hash(&[in_order(item).as_bytes()])
}

fn in_order(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::String(name.clone()), in_order(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(values) => {
            format!("[{}]", values.iter().map(in_order).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn entry(id: usize, seconds: i64) -> Sealed {
        Sealed { id: format!("e-{id}"), at: at(seconds), hash: format!("h-{id}") }
    }

    #[test]
    fn the_hash_of_an_entry_is_that_of_its_text_whatever_order_its_names_come_in() {
        let one =
            json!({"sk": "1", "who": {"person": {"subject": "ü\n\u{1}", "issuer": "i"}}, "pk": "audit"});
        let text = r#"{"pk":"audit","sk":"1","who":{"person":{"issuer":"i","subject":"ü\n\u0001"}}}"#;
        assert_eq!(in_order(&one), text);
        assert_eq!(of_item(&one), hash(&[text.as_bytes()]));
    }

    #[test]
    fn what_is_written_at_this_moment_is_left_to_the_next_block() {
        let entries = || [entry(1, 0), entry(2, 50), entry(3, 90)].into_iter();
        let block = Block::behind(None, &HashSet::new(), entries(), at(110)).expect("a block");
        assert_eq!(block.entries, "e-1 h-1\ne-2 h-2");
        assert_eq!((block.number, block.previous.as_str(), block.through), (1, "", at(50)));
        let sealed = block.ids().map(str::to_owned).collect();
        let next = Block::behind(Some(&block), &sealed, entries(), at(150)).expect("a block");
        assert_eq!((next.number, &next.previous, next.entries.as_str()), (2, &block.hash, "e-3 h-3"));
        let sealed = sealed.into_iter().chain(next.ids().map(str::to_owned)).collect();
        assert_eq!(Block::behind(Some(&next), &sealed, entries(), at(1_000)), None);
    }

    proptest! {
        #[test]
        fn every_entry_is_sealed_once_however_late_it_comes(
            // When each entry was written by its own clock, and how long after that it is there, up to the nine minutes that
            // a slow one takes; and when the log is sealed.
            written in prop::collection::vec((0_i64..3_000, 0_i64..540), 0..60),
            looks in prop::collection::vec(0_i64..400, 1..40),
        ) {
            let mut blocks: Vec<Block> = Vec::new();
            let mut now = 0;
            for pause in looks.into_iter().chain([4_000, 4_000]) {
                now += pause;
                let from = blocks.last().map_or(Timestamp::MIN, Block::goes_on_from);
                let sealed: HashSet<String> = blocks.iter().flat_map(Block::ids).map(str::to_owned).collect();
                let mut there: Vec<Sealed> = written.iter().enumerate()
                    .filter(|(_, (time, late))| time + late <= now && at(*time) >= from)
                    .map(|(id, (time, _))| entry(id, *time))
                    .collect();
                there.sort_by_key(|entry| entry.at);
                blocks.extend(Block::behind(blocks.last(), &sealed, there.into_iter(), at(now)));
            }
            let mut ids: Vec<&str> = blocks.iter().flat_map(Block::ids).collect();
            prop_assert_eq!(ids.len(), written.len());
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), written.len());
            for pair in blocks.windows(2) {
                if let [one, next] = pair {
                    prop_assert_eq!((&one.hash, one.number + 1), (&next.previous, next.number));
                }
            }
        }
    }
}
