//! Whose something is that one employee has alone: an e-mail address, and what an identity provider knows a person by. Each
//! belongs to one, whoever writes at the same time.
//!
//! It is claimed in the transaction that writes it into a row. A claim counts only while the row of whoever made it has the
//! same, since other programs change and delete rows without a look at claims: any other one is taken over. What a provider
//! knows someone by is also theirs while they are inactive, or nobody could be made active again.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use jiff::Timestamp;
use rollcall_api::{field::EMAIL, field_rules::same_email, former::How, problem::FieldError};
use rollcall_error::Error;

use crate::{
    attribute::written,
    directory::Directory,
    employee_id::EmployeeId,
    people::claims::Claimed,
    record::{EXTERNAL_ID, Record, USER_NAME},
};

/// An attribute that no two employees have with the same text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unique {
    pub(crate) attribute: &'static str,
    /// What people call it.
    label: &'static str,
    /// By which claims of it are told from those of others.
    kind: &'static str,
    /// The form in which two texts are compared.
    same: fn(&str) -> String,
    /// Whether someone keeps it whom the provider made inactive.
    outlasts: bool,
}

/// An e-mail address: nobody tells two people apart by its case.
pub(crate) const EMAIL_ADDRESS: Unique =
    Unique { attribute: EMAIL, label: "e-mail address", kind: "email", same: same_email, outlasts: false };

/// By what a provider knows someone; compared without case
/// ([RFC 7643, section 4.1.1](https://www.rfc-editor.org/rfc/rfc7643#section-4.1.1)).
pub(crate) const PROVIDERS_NAME: Unique = Unique {
    attribute: USER_NAME,
    label: "user name",
    kind: "user-name",
    same: str::to_lowercase,
    outlasts: true,
};

/// The id that a provider has for someone
/// ([RFC 7643, section 3.1](https://www.rfc-editor.org/rfc/rfc7643#section-3.1)).
pub(crate) const PROVIDERS_ID: Unique = Unique {
    attribute: EXTERNAL_ID,
    label: "external id",
    kind: "external-id",
    same: str::to_owned,
    outlasts: true,
};

/// All of them.
pub(crate) const UNIQUE: [Unique; 3] = [EMAIL_ADDRESS, PROVIDERS_NAME, PROVIDERS_ID];

impl Unique {
    /// The claim of a text; none of an empty one, which nobody has alone.
    pub(crate) fn claimed(self, text: &str) -> Option<Claimed> {
        (!text.is_empty()).then(|| Claimed::new(self.kind, &(self.same)(text)))
    }

    /// Whether someone has this text.
    pub(crate) fn is_of(self, record: &Record, text: &str) -> bool {
        (self.same)(record.text(self.attribute)) == (self.same)(text)
    }
}

/// Something is someone else's, and whose.
#[derive(Debug)]
pub(crate) struct Taken {
    attribute: &'static str,
    label: &'static str,
    detail: String,
}

impl Directory {
    /// What is to be written beside a row that is to have these texts in place of those that were `seen`.
    ///
    /// # Errors
    /// 422 when one is someone else's, and when the tables can't be read.
    pub(crate) async fn claims<N: AsRef<str>>(
        &self,
        whom: &EmployeeId,
        seen: Option<&Record>,
        writes: &[(N, Option<AttributeValue>)],
    ) -> Result<Vec<TransactWriteItem>, Error> {
        self.claims_from(whom, seen, writes, None).await
    }

    /// The same for someone who gets what another one has, who leaves in the same transaction.
    ///
    /// # Errors
    /// As [`Directory::claims`].
    pub(crate) async fn claims_from<N: AsRef<str>>(
        &self,
        whom: &EmployeeId,
        seen: Option<&Record>,
        writes: &[(N, Option<AttributeValue>)],
        leaving: Option<&EmployeeId>,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut beside = Vec::new();
        for unique in UNIQUE {
            let Some(wanted) = written(writes, unique.attribute) else { continue };
            let before = seen.map(|seen| seen.text(unique.attribute)).unwrap_or_default();
            if (unique.same)(before) == (unique.same)(wanted) {
                continue;
            }
            beside.extend(self.claim(unique, whom, wanted, leaving).await?.map_err(Taken::refused)?);
            beside.extend(self.people()?.release(unique.claimed(before), whom).await?);
        }
        Ok(beside)
    }

    /// What makes all that a row has someone's: one that comes into the table.
    ///
    /// # Errors
    /// When the tables can't be read. Whose something is, if it is anyone else's, inside.
    pub(crate) async fn claims_of(
        &self,
        record: &Record,
        leaving: impl Fn(&str) -> Option<EmployeeId>,
    ) -> Result<Result<Vec<TransactWriteItem>, Taken>, Error> {
        let claim = async |unique: Unique| {
            let text = record.text(unique.attribute);
            self.claim(unique, &record.id, text, leaving(unique.attribute).as_ref()).await
        };
        let [email, name, id] = UNIQUE;
        let (email, name, id) = tokio::try_join!(claim(email), claim(name), claim(id))?;
        let claims: Result<Vec<_>, Taken> = [email, name, id].into_iter().collect();
        Ok(claims.map(|claims| claims.into_iter().flatten().collect()))
    }

    /// What makes a text someone's in a transaction in which `leaving` gives it up, if that one has it; whose it is, if that
    /// is anyone else.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub(crate) async fn claim(
        &self,
        unique: Unique,
        whom: &EmployeeId,
        text: &str,
        leaving: Option<&EmployeeId>,
    ) -> Result<Result<Option<TransactWriteItem>, Taken>, Error> {
        let Some(claimed) = unique.claimed(text) else { return Ok(Ok(None)) };
        let people = self.people()?;
        let holder = people.holder(&claimed).await?;
        if let Some(other) = holder.as_ref().filter(|holder| *holder != whom && Some(*holder) != leaving)
            && let Some(taken) = self.has(unique, other, text).await?
        {
            return Ok(Err(taken));
        }
        Ok(Ok(Some(people.claim(&claimed, whom, holder.as_ref())?)))
    }

    /// Who has this text; none where nobody does, or only someone who claimed nothing.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub(crate) async fn who_has(&self, unique: Unique, text: &str) -> Result<Option<Record>, Error> {
        let Some(holder) = self.who_claimed(unique, text).await? else { return Ok(None) };
        Ok(self.table.get(&holder).await?.filter(|record| unique.is_of(record, text)))
    }

    /// Who claimed this text last, whether it is still theirs or not.
    ///
    /// # Errors
    /// When the table can't be read.
    pub(crate) async fn who_claimed(&self, unique: Unique, text: &str) -> Result<Option<EmployeeId>, Error> {
        match unique.claimed(text) {
            Some(claimed) => self.people()?.holder(&claimed).await,
            None => Ok(None),
        }
    }

    /// Whether a text that someone claimed is still theirs.
    async fn has(&self, unique: Unique, other: &EmployeeId, text: &str) -> Result<Option<Taken>, Error> {
        let record = match self.table.get(other).await? {
            Some(record) => Some(record),
            None if unique.outlasts => self.inactive(other).await?,
            None => None,
        };
        let record = record.filter(|record| unique.is_of(record, text));
        Ok(record.map(|record| Taken {
            attribute: unique.attribute,
            label: unique.label,
            detail: format!("is {text:?}, which belongs to {} already", record.called()),
        }))
    }

    /// Someone whom the provider made inactive, as they were when they left.
    ///
    /// # Errors
    /// When the table can't be read.
    pub(crate) async fn inactive(&self, id: &EmployeeId) -> Result<Option<Record>, Error> {
        let former = self.people()?.trail(id, Timestamp::now()).await?.former;
        Ok(former.filter(|former| former.how == How::Provider).map(|former| former.record))
    }
}

impl Taken {
    /// 422, with the field.
    pub(crate) fn refused(self) -> Error {
        Error::invalid(vec![FieldError::new(self.attribute, self.detail)])
    }

    /// What is wrong, as a sentence.
    pub(crate) fn sentence(&self) -> String {
        format!("The {} {}.", self.label, self.detail)
    }
}
