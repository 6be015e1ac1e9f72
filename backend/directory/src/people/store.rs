//! The only place that calls DynamoDB for the table of people, and for what is written to it and to the employees at once.

use std::collections::HashSet;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    types::{Delete, Put, TransactWriteItem},
};
use jiff::Timestamp;
use rollcall_aws::{
    AwsError, Meaning, dynamodb,
    records::{Page, Records, carry_out},
};
use rollcall_error::Error;
use serde::Deserialize;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::{
    stored,
    trail::{Former, Trail},
};
use crate::{
    employee_id::EmployeeId,
    held::deletion,
    photo_key::{PhotoKey, PhotoNumber},
    record::{Item, Record},
};

/// The table of people.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(super) client: Client,
    pub(super) records: Records,
    pub(super) name: String,
    employees: String,
}

/// What became of a write that held on to what was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Done,
    /// Someone else changed the row or the trail meanwhile; nothing was written.
    Overtaken,
}

/// What happens to the row of an employee in the transaction that writes their trail.
#[derive(Debug)]
pub(crate) enum Row<'a> {
    /// It is deleted, provided that it is as it was seen.
    Delete(&'a Record),
    /// It is put back, provided that there is none.
    Put(Item),
    /// It stays as it is.
    Keep,
}

/// An item of the list of those who left.
#[derive(Debug, Deserialize)]
struct Listed {
    sk: String,
    id: String,
}

impl People {
    pub(crate) fn new(config: &SdkConfig, name: String, employees: String) -> Self {
        let records = Records::new(config, name.clone());
        Self { client: dynamodb::client(config), records, name, employees }
    }

    /// What is known of someone's leaving at this time; the default of someone of whom nothing is.
    pub(crate) async fn trail(&self, id: &EmployeeId, now: Timestamp) -> Result<Trail, Error> {
        let reply = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(stored::key_of(&stored::key(id))))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| AwsError::read("GetItem", error))?;
        let Some(item) = reply.item else { return Ok(Trail::default()) };
        let trail = stored::trail(item);
        let trail = trail.ok_or_else(|| Error::broken(format!("what is kept of {id} can't be read")))?;
        Ok(trail.at(now))
    }

    /// Stores what becomes of a trail that was `seen`, with what happens to the row and whatever else is written `beside`,
    /// all or nothing.
    pub(crate) async fn write(
        &self,
        id: &EmployeeId,
        (seen, now): (&Trail, Trail),
        row: Row<'_>,
        beside: Vec<TransactWriteItem>,
    ) -> Result<Written, Error> {
        let now = Trail { version: seen.version.saturating_add(1), ..now };
        let mut writes = vec![self.put_trail(id, seen.version, &now)?];
        writes.extend(self.row_write(row)?);
        writes.extend(self.list_writes(id, seen, &now)?);
        writes.extend(beside);
        self.write_all_or_none(writes).await
    }

    /// Carries out all of these writes or none.
    pub(crate) async fn write_all_or_none(&self, writes: Vec<TransactWriteItem>) -> Result<Written, Error> {
        match carry_out(&self.client, writes).await {
            Ok(()) => Ok(Written::Done),
            Err(error) if error.meaning == Meaning::ConditionFailed => Ok(Written::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Those who left, newest first, behind a place of the list. Whoever is restored or erased meanwhile is left out.
    pub(crate) async fn former(
        &self,
        limit: u32,
        after: Option<String>,
        now: Timestamp,
    ) -> Result<Page<(Former, Option<Timestamp>)>, Error> {
        let Page { records, next } = self.records.newest::<Listed>(stored::LIST, limit, after).await?;
        Ok(Page { records: self.still_former(records, now).await?, next })
    }

    /// Those whom a provider made inactive, the longest gone first, behind a place of their list: whoever comes to it comes at
    /// its end.
    pub(crate) async fn inactive(
        &self,
        limit: u32,
        after: Option<String>,
        now: Timestamp,
    ) -> Result<Page<Former>, Error> {
        let found = self.records.oldest::<Listed>(stored::INACTIVE, limit, after).await?;
        let records = self.still_former(found.records, now).await?;
        Ok(Page { records: records.into_iter().map(|(former, _)| former).collect(), next: found.next })
    }

    /// How many those are.
    pub(crate) async fn count_inactive(&self) -> Result<usize, Error> {
        Ok(self.records.count(stored::INACTIVE).await?)
    }

    /// Those of a list who are still where it says that they are.
    async fn still_former(
        &self,
        listed: Vec<Listed>,
        now: Timestamp,
    ) -> Result<Vec<(Former, Option<Timestamp>)>, Error> {
        let mut reads = JoinSet::new();
        for (number, Listed { sk, id }) in listed.into_iter().enumerate() {
            let people = self.clone();
            let read = async move { (number, sk, people.trail_of(id, now).await) };
            reads.spawn(read.in_current_span());
        }
        let mut found = Vec::new();
        for (number, place, trail) in reads.join_all().await {
            let Trail { former, expires_at, .. } = trail?;
            let former = former.filter(|former| former.place.to_string() == place);
            found.extend(former.map(|former| (number, (former, expires_at))));
        }
        found.sort_by_key(|(number, _)| *number);
        Ok(found.into_iter().map(|(_, former)| former).collect())
    }

    /// Every photo that is known of someone who left.
    pub(crate) async fn photos(&self) -> Result<HashSet<PhotoNumber>, Error> {
        let names = stored::photo_names();
        let scan = self.client.scan().table_name(&self.name);
        let scan = scan.projection_expression(names.keys().cloned().collect::<Vec<_>>().join(", "));
        let mut items = scan.set_expression_attribute_names(Some(names)).into_paginator().items().send();
        let mut found = HashSet::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| AwsError::read("Scan", error))?;
            found.extend(stored::photos(&item).iter().map(PhotoKey::number));
        }
        Ok(found)
    }

    async fn trail_of(&self, id: String, now: Timestamp) -> Result<Trail, Error> {
        self.trail(&EmployeeId::try_from(id).map_err(Error::broken)?, now).await
    }

    fn put_trail(&self, id: &EmployeeId, seen: u64, now: &Trail) -> Result<TransactWriteItem, Error> {
        let put = Put::builder().table_name(&self.name).set_item(Some(stored::item(id, now)));
        let put = match seen {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            seen => put
                .condition_expression("version = :seen")
                .expression_attribute_values(":seen", stored::number(seen)),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(Error::broken)?).build())
    }

    fn row_write(&self, row: Row<'_>) -> Result<Option<TransactWriteItem>, Error> {
        let write = TransactWriteItem::builder();
        Ok(match row {
            Row::Keep => None,
            Row::Put(item) => {
                let put = Put::builder()
                    .table_name(&self.employees)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(id)")
                    .build();
                Some(write.put(put.map_err(Error::broken)?).build())
            }
            Row::Delete(seen) => Some(deletion(&self.employees, seen).map_err(Error::broken)?),
        })
    }

    /// What makes the lists say where they stand now.
    fn list_writes(
        &self,
        id: &EmployeeId,
        seen: &Trail,
        now: &Trail,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let places = |trail: &Trail| trail.former.as_ref().map(stored::places).unwrap_or_default();
        let (before, after) = (places(seen), places(now));
        let mut writes = Vec::new();
        for gone in before.iter().filter(|gone| !after.contains(gone)) {
            let key = Some(stored::key_of(gone));
            let delete = Delete::builder().table_name(&self.name).set_key(key).build();
            writes.push(TransactWriteItem::builder().delete(delete.map_err(Error::broken)?).build());
        }
        for new in after.iter().filter(|new| !before.contains(new)) {
            let item = Some(stored::listed(new, id, now.expires_at));
            let put = Put::builder().table_name(&self.name).set_item(item).build();
            writes.push(TransactWriteItem::builder().put(put.map_err(Error::broken)?).build());
        }
        Ok(writes)
    }
}
