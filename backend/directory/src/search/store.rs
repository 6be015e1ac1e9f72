//! Where the search index is kept: the log of changes and the pointer in a table of their own, the segments in S3.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use jiff::Timestamp;
use rollcall_aws::{
    AwsError, Meaning,
    records::{Key, Records, Write},
};
use rollcall_error::Error;
use rollcall_search::{Batch, Changes, Person, Pointer, Position, Rebuild, SegmentName, Store};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::people::badge_names;

/// Where the segments are in the bucket.
pub(crate) const FOLDER: &str = "search-index/";

/// What an item is in the table, by its partition key.
const CHANGES: &str = "changes";
const INDEX: &str = "index";

/// The sort keys of what there is one of.
const POINTER: &str = "pointer";
const REBUILD: &str = "rebuild";
const CURSOR_KEY: &str = "cursor-key";
const TURN: &str = "turn";
const FORGETTING: &str = "forgetting";

/// How long it takes until nobody can be about to use what they wrote or read before: an invocation lasts 15 minutes at
/// most ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
const LATELY: Duration = Duration::from_secs(60 * 60);

/// How much of the log is read at once, in DynamoDB's pages of 1 MB: far more than is written between two segments.
const LOG_PAGES: usize = 32;

/// What is read of a segment by one call, in bytes. S3 answers several calls faster than one for all of it
/// ([performance](https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html)).
const PART: u64 = 4 * 1024 * 1024;

/// A segment of a million people takes 31 MB; what is many times larger is none.
const MAX_SEGMENT: u64 = 256 * 1024 * 1024;

/// The search index as it is stored. A clone shares its connections.
#[derive(Debug, Clone)]
pub(crate) struct IndexStore {
    records: Records,
    s3: Client,
    bucket: String,
}

/// A batch of the log, as an item of the table.
#[derive(Debug, Serialize, Deserialize)]
struct StoredBatch {
    sk: String,
    /// In milliseconds of Unix time.
    written_at: u64,
    changes: Vec<StoredChange>,
}

/// What became of someone. Names of one letter, since there are many of them.
#[derive(Debug, Serialize, Deserialize)]
struct StoredChange {
    /// The id.
    i: String,
    /// What they are now; none when they are gone.
    p: Option<StoredPerson>,
}

/// Someone's name, location and job title, the ids of their badges, and what else they are found by.
#[derive(Debug, Serialize, Deserialize)]
struct StoredPerson {
    n: String,
    l: String,
    j: String,
    b: Vec<String>,
    /// Batches of before there were more fields have none: there it was the names of the badges alone.
    #[serde(default)]
    a: Option<Vec<String>>,
    /// The manager's id.
    #[serde(default)]
    m: String,
    /// The number of the e-mail address.
    #[serde(default)]
    e: u32,
}

/// The same as [`Pointer`], which has its version beside it.
#[derive(Debug, Serialize, Deserialize)]
struct StoredPointer {
    version: u64,
    segment: String,
    position: u64,
    previous: Option<String>,
    people: u64,
    bytes: u64,
    made_at: u64,
    rebuilt_at: u64,
}

/// The same as [`Rebuild`].
#[derive(Debug, Serialize, Deserialize)]
struct StoredRebuild {
    version: u64,
    from: u64,
    after: Option<String>,
    partial: Option<String>,
    began_at: u64,
}

/// The key that cursors are signed with, in hex.
#[derive(Debug, Serialize, Deserialize)]
struct StoredKey {
    key: String,
}

/// Whose turn it is to make segments, until when.
#[derive(Debug, Serialize, Deserialize)]
struct Turn {
    version: u64,
    /// In milliseconds of Unix time.
    until: u64,
}

/// Until when each look at the index makes a segment.
#[derive(Debug, Serialize, Deserialize)]
struct Forgetting {
    /// In milliseconds of Unix time.
    until: u64,
}

impl IndexStore {
    /// Calls nothing yet.
    pub(crate) fn new(config: &SdkConfig, table: String, bucket: String) -> Self {
        Self { records: Records::new(config, table), s3: rollcall_aws::s3::client(config), bucket }
    }

    /// The key that cursors are signed with; none before the first segment was begun.
    pub(crate) async fn cursor_key(&self) -> Result<Option<String>, Error> {
        let stored: Option<StoredKey> = self.records.get(&one(CURSOR_KEY)).await?;
        Ok(stored.map(|stored| stored.key))
    }

    /// Keeps a key to sign cursors with, unless there is one.
    pub(crate) async fn offer_cursor_key(&self, key: String) -> Result<(), Error> {
        self.records.put_version(&one(CURSOR_KEY), &StoredKey { key }, 1).await?;
        Ok(())
    }

    /// The position of the newest batch, and when it was written in milliseconds of Unix time.
    pub(crate) async fn newest_change(&self) -> Result<Option<(Position, u64)>, Error> {
        let newest = self.records.newest::<BatchKey>(CHANGES, 1, None).await?;
        Ok(newest.records.first().map(|batch| (position(&batch.sk), batch.written_at)))
    }

    /// Takes the turn to make segments until a moment: `false` when someone else has it. It only saves work: two who make
    /// segments at once do no harm.
    pub(crate) async fn take_turn(&self, now: u64, until: u64) -> Result<bool, Error> {
        let seen: Option<Turn> = self.records.get(&one(TURN)).await?;
        if seen.as_ref().is_some_and(|turn| turn.until > now) {
            return Ok(false);
        }
        let turn = Turn { version: seen.map_or(0, |turn| turn.version) + 1, until };
        Ok(self.records.put_version(&one(TURN), &turn, turn.version).await?)
    }

    /// Gives the turn back before its time.
    pub(crate) async fn give_turn_back(&self) -> Result<(), Error> {
        Ok(self.records.remove(&one(TURN)).await?)
    }

    /// Has a segment made at each look until this time.
    pub(crate) async fn forget_until(&self, until: u64) -> Result<(), Error> {
        Ok(self.records.write(vec![Write::put(one(FORGETTING), &Forgetting { until })?]).await?)
    }

    /// Whether a segment is to be made whatever has changed.
    pub(crate) async fn is_forgetting(&self, now: u64) -> Result<bool, Error> {
        let seen: Option<Forgetting> = self.records.get(&one(FORGETTING)).await?;
        Ok(seen.is_some_and(|seen| now < seen.until))
    }

    async fn range(self, key: String, first: u64) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let range = format!("bytes={first}-{}", first + PART - 1);
        let reply = self.s3.get_object().bucket(&self.bucket).key(key).range(range).send().await;
        let reply = match reply.map_err(|error| AwsError::read("GetObject", error)) {
            Ok(reply) => reply,
            // Without the right to list the bucket, S3 denies what is not there.
            Err(error) if matches!(error.meaning, Meaning::NotFound | Meaning::Denied) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let whole = reply.content_range().and_then(|range| range.rsplit('/').next()?.parse().ok());
        let body = reply.body.collect().await.map_err(|_| AwsError::incomplete("GetObject", "broke off"))?;
        let body = body.to_vec();
        Ok(Some((whole.unwrap_or(body.len() as u64), body)))
    }
}

impl Store for IndexStore {
    type Error = Error;

    async fn newest(&self) -> Result<Position, Error> {
        Ok(self.newest_change().await?.map_or(Position::default(), |(position, _)| position))
    }

    async fn after(&self, after: Position) -> Result<Vec<Batch>, Error> {
        let stored: Vec<StoredBatch> = self.records.behind(CHANGES, &sort_key(after), LOG_PAGES).await?;
        Ok(stored.into_iter().map(StoredBatch::into_batch).collect())
    }

    async fn append(&self, batch: &Batch) -> Result<bool, Error> {
        let stored = StoredBatch::new(batch, now());
        Ok(self.records.put_version(&change(batch.position), &stored, 1).await?)
    }

    async fn forget(&self, up_to: Position) -> Result<(), Error> {
        let lately = now().saturating_sub(millis(LATELY));
        let mut deletions = JoinSet::new();
        for batch in
            self.records.behind::<BatchKey>(CHANGES, &sort_key(Position::default()), LOG_PAGES).await?
        {
            let position = position(&batch.sk);
            if position > up_to || batch.written_at >= lately {
                break;
            }
            let records = self.records.clone();
            deletions.spawn(async move { records.remove(&change(position)).await }.in_current_span());
            if deletions.len() >= 16 {
                joined(&mut deletions).await?;
            }
        }
        while !deletions.is_empty() {
            joined(&mut deletions).await?;
        }
        Ok(())
    }

    async fn pointer(&self) -> Result<Option<Pointer>, Error> {
        let stored: Option<StoredPointer> = self.records.get(&one(POINTER)).await?;
        stored.map(StoredPointer::into_pointer).transpose()
    }

    async fn exchange(&self, pointer: &Pointer) -> Result<bool, Error> {
        Ok(self.records.put_version(&one(POINTER), &StoredPointer::from(pointer), pointer.version).await?)
    }

    async fn rebuild(&self) -> Result<Option<Rebuild>, Error> {
        let stored: Option<StoredRebuild> = self.records.get(&one(REBUILD)).await?;
        stored.map(StoredRebuild::into_rebuild).transpose()
    }

    async fn go_on(&self, rebuild: &Rebuild) -> Result<bool, Error> {
        Ok(self.records.put_version(&one(REBUILD), &StoredRebuild::from(rebuild), rebuild.version).await?)
    }

    async fn finish(&self, rebuild: &Rebuild) -> Result<(), Error> {
        Ok(self.records.remove_version(&one(REBUILD), rebuild.version).await?)
    }

    async fn read_segment(&self, name: SegmentName) -> Result<Option<Vec<u8>>, Error> {
        let Some((whole, mut content)) = self.clone().range(object_key(name), 0).await? else {
            return Ok(None);
        };
        if whole > MAX_SEGMENT {
            return Err(Error::broken(format!("{} is larger than any segment", object_key(name))));
        }
        let mut parts = Vec::new();
        for first in (PART..whole).step_by(usize::try_from(PART).unwrap_or(usize::MAX)) {
            let part = self.clone().range(object_key(name), first).in_current_span();
            parts.push(tokio::spawn(part));
        }
        content.reserve_exact(usize::try_from(whole).unwrap_or_default().saturating_sub(content.len()));
        for part in parts {
            let Some((_, part)) = part.await.map_err(Error::broken)?? else { return Ok(None) };
            content.extend_from_slice(&part);
        }
        Ok(Some(content))
    }

    async fn write_segment(&self, name: SegmentName, content: Vec<u8>) -> Result<(), Error> {
        let put = self.s3.put_object().bucket(&self.bucket).key(object_key(name)).body(content.into());
        put.send().await.map_err(|error| AwsError::read("PutObject", error))?;
        Ok(())
    }

    async fn clear(&self, needed: &[SegmentName]) -> Result<(), Error> {
        let needed: Vec<String> = needed.iter().map(|name| object_key(*name)).collect();
        let lately = Timestamp::now() - LATELY;
        let list = self.s3.list_objects_v2().bucket(&self.bucket).prefix(FOLDER);
        let mut pages = list.into_paginator().send();
        while let Some(page) =
            pages.try_next().await.map_err(|error| AwsError::read("ListObjectsV2", error))?
        {
            let old =
                page.contents.unwrap_or_default().into_iter().filter(|object| {
                    object.last_modified().is_some_and(|time| time.secs() < lately.as_second())
                });
            for key in old.filter_map(|object| object.key).filter(|key| !needed.contains(key)) {
                let deleted = self.s3.delete_object().bucket(&self.bucket).key(key).send().await;
                deleted.map_err(|error| AwsError::read("DeleteObject", error))?;
            }
        }
        Ok(())
    }
}

/// What is looked at of a batch when its changes don't matter.
#[derive(Debug, Deserialize)]
struct BatchKey {
    sk: String,
    written_at: u64,
}

impl StoredBatch {
    fn new(batch: &Batch, written_at: u64) -> Self {
        let change = |(id, person): (&String, &Option<Person>)| StoredChange {
            i: id.clone(),
            p: person.as_ref().map(|person| StoredPerson {
                n: person.name.clone(),
                l: person.location.clone(),
                j: person.job_title.clone(),
                b: person.badges.clone(),
                a: Some(person.also.clone()),
                m: person.manager.clone(),
                e: person.email,
            }),
        };
        let changes = batch.changes.iter().map(change).collect();
        Self { sk: sort_key(batch.position), written_at, changes }
    }

    fn into_batch(self) -> Batch {
        let change = |StoredChange { i: id, p: person }: StoredChange| {
            let person = person.map(
                |StoredPerson {
                     n: name,
                     l: location,
                     j: job_title,
                     b: badges,
                     a: also,
                     m: manager,
                     e: email,
                 }| {
                    let also = also.unwrap_or_else(|| badge_names(&badges));
                    Person { id: id.clone(), name, location, job_title, badges, manager, email, also }
                },
            );
            (id, person)
        };
        let changes: Changes = self.changes.into_iter().map(change).collect();
        Batch { position: position(&self.sk), changes }
    }
}

impl From<&Pointer> for StoredPointer {
    fn from(pointer: &Pointer) -> Self {
        Self {
            version: pointer.version,
            segment: pointer.segment.to_string(),
            position: pointer.position.0,
            previous: pointer.previous.map(|name| name.to_string()),
            people: pointer.people,
            bytes: pointer.bytes,
            made_at: pointer.made_at,
            rebuilt_at: pointer.rebuilt_at,
        }
    }
}

impl StoredPointer {
    fn into_pointer(self) -> Result<Pointer, Error> {
        Ok(Pointer {
            version: self.version,
            segment: segment_name(&self.segment)?,
            position: Position(self.position),
            previous: self.previous.as_deref().map(segment_name).transpose()?,
            people: self.people,
            bytes: self.bytes,
            made_at: self.made_at,
            rebuilt_at: self.rebuilt_at,
        })
    }
}

impl From<&Rebuild> for StoredRebuild {
    fn from(rebuild: &Rebuild) -> Self {
        Self {
            version: rebuild.version,
            from: rebuild.from.0,
            after: rebuild.after.clone(),
            partial: rebuild.partial.map(|name| name.to_string()),
            began_at: rebuild.began_at,
        }
    }
}

impl StoredRebuild {
    fn into_rebuild(self) -> Result<Rebuild, Error> {
        Ok(Rebuild {
            version: self.version,
            from: Position(self.from),
            after: self.after,
            partial: self.partial.as_deref().map(segment_name).transpose()?,
            began_at: self.began_at,
        })
    }
}

/// The time, in milliseconds of Unix time.
pub(crate) fn now() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

async fn joined(
    deletions: &mut JoinSet<Result<(), rollcall_aws::records::RecordsError>>,
) -> Result<(), Error> {
    match deletions.join_next().await {
        Some(deleted) => Ok(deleted.map_err(Error::broken)??),
        None => Ok(()),
    }
}

fn one(what: &'static str) -> Key {
    Key::new(INDEX, what)
}

fn change(position: Position) -> Key {
    Key::new(CHANGES, sort_key(position))
}

/// Positions of 20 digits are in the order of their texts.
fn sort_key(position: Position) -> String {
    format!("{:020}", position.0)
}

fn position(sort_key: &str) -> Position {
    Position(sort_key.parse().unwrap_or_default())
}

fn object_key(name: SegmentName) -> String {
    format!("{FOLDER}{name}")
}

fn segment_name(text: &str) -> Result<SegmentName, Error> {
    text.parse().map_err(Error::broken)
}
