//! Sealing the log: what [`crate::seal`] says, done.

use std::collections::HashSet;

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, primitives::ByteStream};
use jiff::Timestamp;
use rollcall_aws::{
    AwsError,
    records::{Key, RecordsError, Write},
};
use rollcall_error::Error;
use serde_json::Value;

use crate::{
    log::AuditLog,
    month::Month,
    page::{BEFORE_MONTHS, last_before},
    seal::{Block, Sealed, of_item},
};

/// The partition of the blocks.
const SEAL: &str = "audit-seal";

/// How many blocks are made at once, where much was written: more than a minute's worth of an import.
const MAX_BLOCKS: usize = 50;

/// How many blocks are read at once.
const AT_ONCE: u32 = 20;

/// How much of the log is read at once, in DynamoDB's pages of 1 MB.
const LOG_PAGES: usize = 2;

/// Seals the log.
#[derive(Debug, Clone)]
pub struct Sealer {
    log: AuditLog,
    s3: Client,
    bucket: String,
}

impl Sealer {
    /// For this log, with the bucket in which nothing can be changed. Calls nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, log: AuditLog, bucket: String) -> Self {
        Self { log, s3: Client::new(config), bucket }
    }

    /// Seals what was written since the last time, and answers how many blocks that took.
    ///
    /// # Errors
    /// When AWS does not answer; whatever is left is sealed the next time.
    pub async fn seal(&self, now: Timestamp) -> Result<usize, Error> {
        let (mut last, mut sealed) = self.sealed_lately().await?;
        let from = last.as_ref().map(Block::goes_on_from);
        let mut made = 0;
        for partition in partitions(from, now) {
            let mut behind = from.map_or_else(|| " ".to_owned(), |from| last_before(from).to_string());
            // To its end: what was sealed lately may be more than is read at once.
            while let Some((entries, end)) = self.entries(&partition, &behind).await? {
                behind = end;
                while let Some(block) = Block::behind(last.as_ref(), &sealed, entries.iter().cloned(), now) {
                    if made == MAX_BLOCKS || !self.add(&block).await? {
                        return Ok(made);
                    }
                    made += 1;
                    sealed.extend(block.ids().map(str::to_owned));
                    last = Some(block);
                }
            }
        }
        Ok(made)
    }

    /// Adds a block; `false` where someone else has sealed the log at the same moment.
    async fn add(&self, block: &Block) -> Result<bool, Error> {
        self.vouch_for(block).await?;
        match self.log.records.write(vec![Write::create(key(block.number), block)?]).await {
            Ok(()) => {
                // The function's log keeps it as well, in another system than the table and the bucket.
                tracing::info!(number = block.number, hash = block.hash, "audit log sealed");
                Ok(true)
            }
            Err(RecordsError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Some of the entries of a partition behind a sort key, and the sort key of the last of them; none at its end.
    async fn entries(&self, partition: &str, behind: &str) -> Result<Option<(Vec<Sealed>, String)>, Error> {
        let items: Vec<Value> = self.log.records.behind(partition, behind, LOG_PAGES).await?;
        let end = items.last().and_then(|item| Some(item.get("sk")?.as_str()?.to_owned()));
        Ok(end.map(|end| (items.iter().filter_map(sealed_as).collect(), end)))
    }

    /// The last block, and the ids of those that an entry may still be among which comes late.
    async fn sealed_lately(&self) -> Result<(Option<Block>, HashSet<String>), Error> {
        let mut newest: Option<Block> = None;
        let (mut sealed, mut after) = (HashSet::new(), None);
        loop {
            let page = self.log.records.newest::<Block>(SEAL, AT_ONCE, after).await?;
            for block in page.records {
                let newest = newest.get_or_insert_with(|| block.clone());
                if block.through < newest.goes_on_from() {
                    return Ok((Some(newest.clone()), sealed));
                }
                sealed.extend(block.ids().map(str::to_owned));
            }
            let Some(next) = page.next else { return Ok((newest, sealed)) };
            after = Some(next);
        }
    }

    /// Puts the hash of a block to where nobody can change it. It comes before the block: what was interrupted in between
    /// vouches for a block that never was, which whoever verifies it is told.
    async fn vouch_for(&self, block: &Block) -> Result<(), Error> {
        let put = self.s3.put_object().bucket(&self.bucket).key(block.head());
        let put =
            put.body(ByteStream::from(block.through.to_string().into_bytes())).content_type("text/plain");
        put.send().await.map_err(|error| AwsError::read("PutObject", error))?;
        Ok(())
    }
}

fn key(number: u64) -> Key {
    Key::new(SEAL, format!("{number:020}"))
}

/// The partitions of entries from a time on, the oldest first.
fn partitions(from: Option<Timestamp>, now: Timestamp) -> Vec<String> {
    let newest = Month::of(now).next();
    let first = from.map(Month::of);
    let months = newest
        .back_to_the_first(Month::of(now))
        .take_while(|month| first.is_none_or(|first| *month >= first));
    let mut partitions: Vec<String> = months.map(Month::partition).collect();
    if first.is_none_or(|first| first <= Month::FIRST) {
        partitions.push(BEFORE_MONTHS.to_owned());
    }
    partitions.reverse();
    partitions
}

/// An entry as it is sealed; none of what is no entry.
fn sealed_as(item: &Value) -> Option<Sealed> {
    let id = item.get("sk")?.as_str()?.to_owned();
    let at = item.get("at")?.as_str()?.parse().ok()?;
    Some(Sealed { id, at, hash: of_item(item) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_from_where_the_last_block_ends() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let now = time("2027-01-01T00:00:00Z");
        let all = ["audit", "audit/2026-11", "audit/2026-12", "audit/2027-01", "audit/2027-02"];
        assert_eq!(partitions(None, now), all);
        assert_eq!(
            partitions(Some(time("2026-12-31T23:59:00Z")), now),
            ["audit/2026-12", "audit/2027-01", "audit/2027-02"]
        );
    }

    #[test]
    fn an_id_of_a_time_comes_behind_what_comes_before_it() {
        let time: Timestamp = "2026-11-27T12:00:00Z".parse().expect("a time");
        let id = |time: Timestamp| {
            let seconds = u64::try_from(time.as_second()).expect("after 1970");
            uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0)).to_string()
        };
        let first = last_before(time).to_string();
        assert!(id(time) > first && id(time - jiff::SignedDuration::from_secs(1)) < first);
    }
}
