//! When someone was added by Rollcall. It stands beside the trail of their leaving, since a row has what the original app
//! knows and the fields that are described, and nothing else.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use jiff::Timestamp;
use rollcall_aws::{AwsError, records::Key};
use rollcall_error::Error;

use super::{
    store::People,
    stored::{key, key_of},
};
use crate::{
    employee_id::EmployeeId,
    record::{Item, string},
};

const ADDED_AT: &str = "added_at";

fn place(id: &EmployeeId) -> Item {
    key_of(&Key::new(key(id).kind, "added"))
}

impl People {
    /// Notes that someone was added now.
    pub(crate) async fn note_added(&self, id: &EmployeeId, now: Timestamp) -> Result<(), Error> {
        let mut item = place(id);
        item.insert(ADDED_AT.to_owned(), string(&now.to_string()));
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        put.map_err(|error| AwsError::read("PutItem", error))?;
        Ok(())
    }

    /// When someone was added; none where another program did, and where it is not known.
    pub(crate) async fn added_at(&self, id: &EmployeeId) -> Result<Option<Timestamp>, Error> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(place(id)));
        let item = get.send().await.map_err(|error| AwsError::read("GetItem", error))?.item;
        Ok(item.and_then(|item| item.get(ADDED_AT)?.as_s().ok()?.parse().ok()))
    }

    /// What forgets it, in a transaction.
    pub(crate) fn forget_added(&self, id: &EmployeeId) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(&self.name).set_key(Some(place(id)));
        Ok(TransactWriteItem::builder().delete(delete.build().map_err(Error::broken)?).build())
    }
}
