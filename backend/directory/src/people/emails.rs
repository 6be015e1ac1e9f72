//! The claims of e-mail addresses: who said last that an address is theirs.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rollcall_api::field_rules::same_email;
use rollcall_aws::{AwsError, records::Key};
use rollcall_error::Error;
use sha2::{Digest, Sha256};

use super::{store::People, stored::key_of};
use crate::{
    employee_id::EmployeeId,
    record::{Item, string},
};

/// Whose the claim is.
const HOLDER: &str = "holder";

/// Where the claim of an address stands. The address itself is nobody's business there.
fn key(address: &str) -> Item {
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(same_email(address)));
    key_of(&Key::new(format!("email/{hash}"), "claim"))
}

impl People {
    /// Who claimed an address last.
    pub(crate) async fn holder(&self, address: &str) -> Result<Option<EmployeeId>, Error> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key(address)));
        let reply = get.consistent_read(true).send().await;
        let item = reply.map_err(|error| AwsError::read("GetItem", error))?.item;
        let holder = item.and_then(|mut item| item.remove(HOLDER)?.as_s().ok().cloned());
        Ok(holder.and_then(|id| EmployeeId::try_from(id).ok()))
    }

    /// Claims an address for `whom`, provided that it is still as it was `seen`.
    pub(crate) fn claim(
        &self,
        address: &str,
        whom: &EmployeeId,
        seen: Option<&EmployeeId>,
    ) -> Result<TransactWriteItem, Error> {
        let mut item = key(address);
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

    /// What gives an address back that `whom` claimed; none where the claim is not theirs.
    pub(crate) async fn release(
        &self,
        address: &str,
        whom: &EmployeeId,
    ) -> Result<Option<TransactWriteItem>, Error> {
        if address.is_empty() || self.holder(address).await?.as_ref() != Some(whom) {
            return Ok(None);
        }
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(key(address)))
            .condition_expression("holder = :whom")
            .expression_attribute_values(":whom", AttributeValue::S(whom.to_string()))
            .build();
        Ok(Some(TransactWriteItem::builder().delete(delete.map_err(Error::broken)?).build()))
    }
}
