//! Who waits for a manager of whom nobody knows yet: an identity provider sends people in no order.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use rollcall_aws::records::Key;
use rollcall_error::Error;
use serde::Deserialize;

use super::{
    store::People,
    stored::{hash, key_of},
};
use crate::{employee_id::EmployeeId, record::string};

/// The most who are told of one arrival; each of them is changed by itself.
const MAX_TOLD: u32 = 200;

#[derive(Deserialize)]
struct Waiting {
    id: String,
}

/// The partition of those who wait for someone who is called so: by an id, in any case.
fn partition(name: &str) -> String {
    format!("waiting/{}", hash(&name.to_lowercase()))
}

fn key(name: &str, who: &EmployeeId) -> Key {
    Key::new(partition(name), hash(who.as_str()))
}

impl People {
    /// What notes, in a transaction, that someone waits for a manager.
    pub(crate) fn wait_for(&self, name: &str, who: &EmployeeId) -> Result<TransactWriteItem, Error> {
        let mut item = key_of(&key(name, who));
        item.insert("id".to_owned(), string(who.as_str()));
        let put = Put::builder().table_name(&self.name).set_item(Some(item)).build();
        Ok(TransactWriteItem::builder().put(put.map_err(Error::broken)?).build())
    }

    /// Some of those who wait for someone who is called so. Whether they still do, their own row says.
    pub(crate) async fn who_waits_for(&self, name: &str) -> Result<Vec<EmployeeId>, Error> {
        if name.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.records.oldest::<Waiting>(&partition(name), MAX_TOLD, None).await?;
        Ok(found.records.into_iter().filter_map(|it| EmployeeId::try_from(it.id).ok()).collect())
    }

    /// Forgets that someone waits.
    pub(crate) async fn wait_no_more(&self, name: &str, who: &EmployeeId) -> Result<(), Error> {
        Ok(self.records.remove(&key(name, who)).await?)
    }
}
