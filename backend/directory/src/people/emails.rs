//! Whose an e-mail address is: each belongs to one employee, whoever writes at the same time.
//!
//! An address is claimed in the transaction that writes it into a row. A claim counts only while the row of whoever made it
//! has the address, since other programs change and delete rows without a look at claims: any other one is taken over.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rollcall_api::{
    field::{EMAIL, FULL_NAME},
    field_rules::same_email,
    problem::FieldError,
};
use rollcall_aws::{AwsError, records::Key};
use rollcall_error::Error;
use sha2::{Digest, Sha256};

use super::{store::People, stored::key_of};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    record::{Item, Record, string},
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
    async fn holder(&self, address: &str) -> Result<Option<EmployeeId>, Error> {
        let get = self.client.get_item().table_name(&self.name).set_key(Some(key(address)));
        let reply = get.consistent_read(true).send().await;
        let item = reply.map_err(|error| AwsError::read("GetItem", error))?.item;
        let holder = item.and_then(|mut item| item.remove(HOLDER)?.as_s().ok().cloned());
        Ok(holder.and_then(|id| EmployeeId::try_from(id).ok()))
    }

    /// Claims an address for `whom`, provided that it is still as it was `seen`.
    fn claim(
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

    /// Gives an address back that `whom` claimed, and has no more.
    fn release(&self, address: &str, whom: &EmployeeId) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(key(address)))
            .condition_expression("holder = :whom")
            .expression_attribute_values(":whom", AttributeValue::S(whom.to_string()))
            .build();
        Ok(TransactWriteItem::builder().delete(delete.map_err(Error::broken)?).build())
    }
}

impl Directory {
    /// What is to be written beside a row that is to have this e-mail address in place of the one that was `seen`.
    ///
    /// # Errors
    /// 422 when the address is someone else's, and when the tables can't be read.
    pub(crate) async fn claim_of_email(
        &self,
        whom: &EmployeeId,
        seen: Option<&Record>,
        wanted: &str,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let before = seen.map(|seen| seen.text(EMAIL)).unwrap_or_default();
        if same_email(before) == same_email(wanted) {
            return Ok(Vec::new());
        }
        let people = self.people()?;
        let mut writes = Vec::new();
        if !wanted.is_empty() {
            let holder = people.holder(wanted).await?;
            if let Some(other) = holder.as_ref().filter(|holder| *holder != whom) {
                self.has_not(other, wanted).await?;
            }
            writes.push(people.claim(wanted, whom, holder.as_ref())?);
        }
        if !before.is_empty() && people.holder(before).await?.as_ref() == Some(whom) {
            writes.push(people.release(before, whom)?);
        }
        Ok(writes)
    }

    /// Whether an address that someone claimed is theirs no more.
    async fn has_not(&self, other: &EmployeeId, address: &str) -> Result<(), Error> {
        match self.table.get(other).await? {
            Some(record) if same_email(record.text(EMAIL)) == same_email(address) => {
                let name = record.text(FULL_NAME);
                let name = if name.is_empty() { other.as_str() } else { name };
                let detail = format!("is {address:?}, which belongs to {name} already");
                Err(Error::invalid(vec![FieldError::new(EMAIL, detail)]))
            }
            _ => Ok(()),
        }
    }
}
