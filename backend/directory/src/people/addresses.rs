//! Who was said to have an e-mail address, of whatever type: an identity provider asks for people by any of theirs, and only
//! the one that is shown is claimed, and known to the search index.
//!
//! A note only says where to look. It is written before the row is, and nobody is found by it whose row does not say so.

use std::collections::BTreeSet;

use rollcall_api::field_rules::same_email;
use rollcall_aws::records::{Key, MAX_WRITES, Write};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};

use super::{store::People, stored::hash};
use crate::employee_id::EmployeeId;

/// The most who are looked at for one address: many more than share one.
const MAX_SHARERS: u32 = 100;

#[derive(Serialize, Deserialize)]
struct Noted {
    id: String,
}

/// The partition of an address, in the form in which two are compared.
fn partition(address: &str) -> String {
    format!("address/{}", hash(address))
}

fn key(address: &str, whose: &EmployeeId) -> Key {
    Key::new(partition(address), hash(whose.as_str()))
}

impl People {
    /// Notes that these addresses are someone's, each in the form in which two are compared.
    pub(crate) async fn note_addresses(
        &self,
        addresses: impl Iterator<Item = &String>,
        whose: &EmployeeId,
    ) -> Result<(), Error> {
        let noted = Noted { id: whose.to_string() };
        let puts = addresses.map(|address| Write::put(key(address, whose), &noted));
        self.write_all(puts.collect::<Result<_, _>>()?).await
    }

    /// Forgets that these addresses are someone's.
    pub(crate) async fn forget_addresses(
        &self,
        addresses: &BTreeSet<String>,
        whose: &EmployeeId,
    ) -> Result<(), Error> {
        self.write_all(addresses.iter().map(|address| Write::delete(key(address, whose))).collect()).await
    }

    /// Those who were said to have an address.
    pub(crate) async fn said_to_have(&self, address: &str) -> Result<Vec<EmployeeId>, Error> {
        let found = self.records.oldest::<Noted>(&partition(&same_email(address)), MAX_SHARERS, None).await?;
        Ok(found.records.into_iter().filter_map(|it| EmployeeId::try_from(it.id).ok()).collect())
    }

    async fn write_all(&self, mut writes: Vec<Write>) -> Result<(), Error> {
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(MAX_WRITES));
            self.records.write(writes).await?;
            writes = rest;
        }
        Ok(())
    }
}
