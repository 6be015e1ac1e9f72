//! Whom a row of a file is about: by id, else by e-mail, else by name and place.

use rollcall_api::{
    field::{EMAIL, FULL_NAME, LOCATION},
    field_rules::same_email,
    problem::FieldError,
};
use rollcall_error::Error;
use rollcall_search::{Index, Position, fold};
use sha2::{Digest, Sha256};

use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    record::Record,
    search::{NotSearchable, Searchable, people::email_number},
    unique::EMAIL_ADDRESS,
};

/// By what a row names someone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Id(EmployeeId),
    Email(String),
    NameAndPlace { full_name: String, location: String },
}

/// Whom a row is about.
#[derive(Debug)]
pub(crate) enum Match {
    Someone(Box<Record>),
    /// Nobody who is there; with the id that they are to have, if the row has one.
    Nobody(Option<EmployeeId>),
    /// It can't be told, and why.
    Unclear(FieldError),
}

impl Named {
    /// By what these cells name someone.
    ///
    /// # Errors
    /// What is wrong with the id.
    pub(crate) fn by(id: &str, email: &str, full_name: &str, location: &str) -> Result<Self, FieldError> {
        let id = id.trim();
        if !id.is_empty() {
            let id = EmployeeId::try_from(id.to_owned());
            return id.map(Self::Id).map_err(|error| FieldError::new("id", error.to_string()));
        }
        if !email.trim().is_empty() {
            return Ok(Self::Email(same_email(email.trim())));
        }
        Ok(Self::NameAndPlace { full_name: fold(full_name.trim()), location: fold(location.trim()) })
    }

    /// Who it may be, as the index knows them.
    fn found_in(&self, index: &Index) -> Vec<String> {
        match self {
            Self::Id(id) => vec![id.to_string()],
            Self::Email(email) => index.with_email(email_number(email)),
            Self::NameAndPlace { full_name, location } => index.with_name_and_place(full_name, location),
        }
    }

    fn is(&self, record: &Record) -> bool {
        match self {
            Self::Id(id) => record.id == *id,
            Self::Email(email) => same_email(record.text(EMAIL)) == *email,
            Self::NameAndPlace { full_name, location } => {
                fold(record.text(FULL_NAME).trim()) == *full_name
                    && fold(record.text(LOCATION).trim()) == *location
            }
        }
    }

    /// The id of someone who is added under this name and place: the same each time, as a UUID of version 8 has it
    /// ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#section-5.8)). Nobody is added by it twice, whoever sends their row
    /// at the same time.
    fn own_id(&self) -> Option<EmployeeId> {
        let Self::NameAndPlace { full_name, location } = self else { return None };
        let hash = Sha256::digest(format!("{}:{full_name}{location}", full_name.len()));
        let (bytes, _) = hash.as_slice().split_first_chunk::<16>()?;
        EmployeeId::try_from(uuid::Builder::from_custom_bytes(*bytes).into_uuid().to_string()).ok()
    }

    fn several(&self, count: usize) -> FieldError {
        let (field, what) = match self {
            Self::Id(_) => ("id", "id"),
            Self::Email(_) => (EMAIL, "e-mail address"),
            Self::NameAndPlace { .. } => (FULL_NAME, "name and place"),
        };
        FieldError::new(
            field,
            format!("is shared by {count} people with this {what}; name the one by a column id"),
        )
    }
}

impl Directory {
    /// Whom the directory has by that name. The index says who it may be, the table who it is.
    ///
    /// # Errors
    /// When table or index can't be read.
    pub(crate) async fn matching(&self, named: &Named) -> Result<Match, Error> {
        if let Named::Id(id) = named {
            let record = self.table.get(id).await?;
            let nobody = || Match::Nobody(Some(id.clone()));
            return Ok(record.map_or_else(nobody, |record| Match::Someone(Box::new(record))));
        }
        let searchable = self.search.current(Position::default()).await;
        let Searchable { index, .. } = searchable.map_err(|NotSearchable(reason)| {
            Error::away(format!("{reason} Until then it is not known who is there already."))
        })?;
        let found = named.found_in(&index).into_iter().filter_map(|id| EmployeeId::try_from(id).ok());
        let ids: Vec<EmployeeId> = found.collect();
        drop(index);
        let mut those: Vec<Record> =
            self.table.get_all(&ids).await?.into_values().filter(|record| named.is(record)).collect();
        Ok(match (those.pop(), those.len()) {
            (None, _) => return self.not_indexed_yet(named).await,
            (Some(one), 0) => Match::Someone(Box::new(one)),
            (Some(_), others) => Match::Unclear(named.several(others + 1)),
        })
    }

    /// Whoever was added a moment ago, whom the index does not know yet: a file that is taken in again at once adds nobody
    /// twice.
    async fn not_indexed_yet(&self, named: &Named) -> Result<Match, Error> {
        let Some(id) = named.own_id() else {
            let Named::Email(email) = named else { return Ok(Match::Nobody(None)) };
            let holder = self.who_has(EMAIL_ADDRESS, email).await?;
            return Ok(holder.map_or(Match::Nobody(None), |record| Match::Someone(Box::new(record))));
        };
        Ok(match self.table.get(&id).await? {
            None => Match::Nobody(Some(id)),
            Some(record) if named.is(&record) => Match::Someone(Box::new(record)),
            // They have another name or place by now, and this is someone new.
            Some(_) => Match::Nobody(None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn someone_new_gets_the_same_id_whenever_their_row_is_taken_in() {
        let id = |name: &str, place: &str| Named::by("", "", name, place).expect("named").own_id();
        assert_eq!(id("Zoë Müller", "Köln"), id(" zoe muller ", "KÖLN"));
        assert_ne!(id("Zoë", "Köln"), id("Zoë", "Bonn"));
        assert_ne!(id("a b", "c"), id("a", "b c"));
        assert_eq!(Named::by("", "a@example.org", "a", "b").expect("named").own_id(), None);
    }
}
