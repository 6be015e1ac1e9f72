//! Who was told apart: two people who only share something, for good. One item for each two of them.

use std::collections::HashSet;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, Delete, Put, TransactWriteItem},
};
use rollcall_aws::{
    pages,
    records::{Key, carry_out},
};
use rollcall_error::Error;

use super::{
    store::People,
    stored::{hash, key_of},
};
use crate::{employee_id::EmployeeId, record::Item};

/// Two people, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pair(EmployeeId, EmployeeId);

impl Pair {
    pub(crate) fn of(one: &EmployeeId, other: &EmployeeId) -> Self {
        if one < other { Self(one.clone(), other.clone()) } else { Self(other.clone(), one.clone()) }
    }

    /// Each two of these people.
    pub(crate) fn all(ids: &[EmployeeId]) -> Vec<Self> {
        let others = |number: usize| ids.get(number + 1..).unwrap_or_default();
        let pairs = ids.iter().enumerate().flat_map(|(number, id)| {
            others(number).iter().filter(move |other| *other != id).map(move |other| Self::of(id, other))
        });
        pairs.collect()
    }

    /// Where it is stored. An id may be longer than a key.
    fn key(&self) -> Item {
        key_of(&Key::new(partition(&self.0), hash(self.1.as_str())))
    }
}

fn partition(id: &EmployeeId) -> String {
    format!("different/{}", hash(id.as_str()))
}

impl People {
    /// Those of these people who were told apart from one whose id stands before theirs.
    pub(crate) async fn different_from(
        &self,
        one: &EmployeeId,
        others: &[EmployeeId],
    ) -> Result<HashSet<Pair>, Error> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :one")
            .expression_attribute_values(":one", AttributeValue::S(partition(one)))
            .consistent_read(true);
        let items = pages::all("Query", query.into_paginator().items().send()).await?;
        let told: HashSet<&str> =
            items.iter().filter_map(|item| item.get("sk")?.as_s().ok()).map(String::as_str).collect();
        let apart =
            others.iter().filter(|other| *other > one && told.contains(hash(other.as_str()).as_str()));
        Ok(apart.map(|other| Pair::of(one, other)).collect())
    }

    /// Tells these apart, or takes that back, with what is written beside: all of it or nothing.
    pub(crate) async fn tell_apart(
        &self,
        pairs: &[Pair],
        different: bool,
        beside: TransactWriteItem,
    ) -> Result<(), Error> {
        let write = |pair: &Pair| {
            let item = TransactWriteItem::builder();
            let (table, key) = (&self.name, Some(pair.key()));
            Ok(if different {
                item.put(Put::builder().table_name(table).set_item(key).build()?).build()
            } else {
                item.delete(Delete::builder().table_name(table).set_key(key).build()?).build()
            })
        };
        let writes: Result<Vec<_>, BuildError> = pairs.iter().map(write).chain([Ok(beside)]).collect();
        Ok(carry_out(&self.client, writes.map_err(Error::broken)?).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_people_are_one_pair_whoever_is_named_first() {
        let id = |text: &str| EmployeeId::try_from(text.to_owned()).expect("an id");
        assert_eq!(Pair::of(&id("a"), &id("b")), Pair::of(&id("b"), &id("a")));
        let pairs = Pair::all(&[id("c"), id("a"), id("b"), id("a")]);
        let unique: HashSet<_> = pairs.iter().cloned().collect();
        assert_eq!(unique.len(), 3);
    }
}
