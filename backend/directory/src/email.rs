//! Whose an e-mail address is: each belongs to one employee, whoever writes at the same time.
//!
//! An address is claimed in the transaction that writes it into a row. A claim counts only while the row of whoever made it
//! has the address, since other programs change and delete rows without a look at claims: any other one is taken over.

use aws_sdk_dynamodb::types::TransactWriteItem;
use rollcall_api::{field::EMAIL, field_rules::same_email, problem::FieldError};
use rollcall_error::Error;

use crate::{directory::Directory, employee_id::EmployeeId, record::Record};

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
        writes.extend(people.release(before, whom).await?);
        Ok(writes)
    }

    /// Whether an address that someone claimed is theirs no more.
    async fn has_not(&self, other: &EmployeeId, address: &str) -> Result<(), Error> {
        match self.table.get(other).await? {
            Some(record) if same_email(record.text(EMAIL)) == same_email(address) => {
                let detail = format!("is {address:?}, which belongs to {} already", record.called());
                Err(Error::invalid(vec![FieldError::new(EMAIL, detail)]))
            }
            _ => Ok(()),
        }
    }
}
