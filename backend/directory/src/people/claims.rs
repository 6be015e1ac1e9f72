//! The claims of what one person has alone: who said last that it is theirs.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use rollcall_aws::{AwsError, records::Key};
use rollcall_error::Error;

use super::{
    store::People,
    stored::{hash, key_of},
};
use crate::{
    employee_id::EmployeeId,
    record::{Item, string},
};

/// Whose the claim is.
const HOLDER: &str = "holder";

/// Something that one person has alone. What it is stands nowhere in the table, which is nobody's business there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed(Key);

impl Claimed {
    /// A text of this kind, in the form in which it is compared.
    pub(crate) fn new(kind: &'static str, text: &str) -> Self {
        Self(Key::new(format!("{kind}/{}", hash(text)), "claim"))
    }

    fn key(&self) -> Item {
        key_of(&self.0)
    }
}

impl People {
    /// Who claimed something last.
    pub(crate) async fn holder(&self, claimed: &Claimed) -> Result<Option<EmployeeId>, Error> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(claimed.key()));
        let reply = get.consistent_read(true).send().await;
        let item = reply.map_err(|error| AwsError::read("GetItem", error))?.item;
        let holder = item.and_then(|mut item| item.remove(HOLDER)?.as_s().ok().cloned());
        Ok(holder.and_then(|id| EmployeeId::try_from(id).ok()))
    }

    /// Claims something for `whom`, provided that it is still as it was `seen`.
    pub(crate) fn claim(
        &self,
        claimed: &Claimed,
        whom: &EmployeeId,
        seen: Option<&EmployeeId>,
    ) -> Result<TransactWriteItem, Error> {
        let mut item = claimed.key();
        item.insert(HOLDER.to_owned(), string(whom.as_str()));
        let put = Put::builder().table_name(&self.name).set_item(Some(item));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put
                .condition_expression("holder = :seen")
                .expression_attribute_values(":seen", AttributeValue::S(seen.to_string())),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(Error::broken)?).build())
    }

    /// What gives something back that `whom` claimed; none where the claim is not theirs.
    pub(crate) async fn release(
        &self,
        claimed: Option<Claimed>,
        whom: &EmployeeId,
    ) -> Result<Option<TransactWriteItem>, Error> {
        let Some(claimed) = claimed else { return Ok(None) };
        if self.holder(&claimed).await?.as_ref() != Some(whom) {
            return Ok(None);
        }
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(claimed.key()))
            .condition_expression("holder = :whom")
            .expression_attribute_values(":whom", AttributeValue::S(whom.to_string()))
            .build();
        Ok(Some(TransactWriteItem::builder().delete(delete.map_err(Error::broken)?).build()))
    }
}
