//! Finding someone by the id, by what one person has alone, or by an e-mail address: a few reads, and never the whole table.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use rollcall_api::{employee_address::from_segment, former::How};
use rollcall_error::Error;
use rollcall_scim::{Filter, Literal, Operator, user::EMAILS};
use rollcall_search::Position;

use super::person::{Person, user_name};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    record::Record,
    reporting::left_behind::ids,
    search::{NotSearchable, people::email_number},
    unique::{EMAIL_ADDRESS, PROVIDERS_ID, PROVIDERS_NAME, Unique},
};

/// How many are read at once.
const AT_ONCE: usize = 16;

/// By what someone is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Id(String),
    UserName(String),
    ExternalId(String),
    /// An address of whatever type, which several may have.
    Email(String),
}

impl Key {
    /// Those who can meet a filter, if it says by what they are found; none where anyone may.
    pub(super) fn of(filter: &Filter) -> Option<Vec<Self>> {
        match filter {
            Filter::Compare(path, Operator::Equal, Literal::Text(text)) => {
                let is_core =
                    path.schema.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(rollcall_scim::user::USER));
                let name = path.name.to_ascii_lowercase();
                let sub = path.sub.as_deref().map(str::to_ascii_lowercase);
                Self::named(&name, sub.as_deref(), text).filter(|_| is_core).map(|key| vec![key])
            }
            Filter::Within(path, filter) if path.name.eq_ignore_ascii_case(EMAILS) => {
                Self::of_an_address(filter).map(|key| vec![key])
            }
            Filter::And(one, other) => Self::of(one).or_else(|| Self::of(other)),
            Filter::Or(one, other) => {
                let (mut all, others) = (Self::of(one)?, Self::of(other)?);
                all.extend(others);
                Some(all)
            }
            _ => None,
        }
    }

    /// The address that a filter within e-mail addresses looks for.
    fn of_an_address(filter: &Filter) -> Option<Self> {
        let equal = filter.equalities()?;
        let named = equal.into_iter().find(|(path, _)| path.name.eq_ignore_ascii_case("value"));
        match named {
            Some((_, Literal::Text(address))) if !address.is_empty() => Some(Self::Email(address.clone())),
            _ => None,
        }
    }

    fn named(name: &str, sub: Option<&str>, text: &str) -> Option<Self> {
        let text = text.to_owned();
        match (name, sub) {
            ("id", None) => Some(Self::Id(text)),
            ("username", None) => Some(Self::UserName(text)),
            ("externalid", None) => Some(Self::ExternalId(text)),
            (EMAILS, None | Some("value")) if !text.is_empty() => Some(Self::Email(text)),
            _ => None,
        }
    }
}

impl Directory {
    /// All who may have this key, in the directory or among those whom the provider made inactive.
    ///
    /// # Errors
    /// When the tables, or for an address the index, can't be read.
    pub(super) async fn people_by(&self, key: &Key) -> Result<Vec<Person>, Error> {
        let Key::Email(address) = key else { return Ok(self.person_by(key).await?.into_iter().collect()) };
        let shown = async {
            let index = self.search.current(Position::default()).await;
            let not_known = |NotSearchable(reason)| {
                Error::away(format!("{reason} Until then it is not known who has an e-mail address."))
            };
            Ok(ids(index.map_err(not_known)?.index.with_email(email_number(address))))
        };
        let (claimed, shown, said) =
            tokio::try_join!(self.who_claimed(EMAIL_ADDRESS, address), shown, async {
                self.people()?.said_to_have(address).await
            })?;
        let those: BTreeSet<EmployeeId> = claimed.into_iter().chain(shown).chain(said).collect();
        let reads = those.into_iter().map(async |id| self.person(&id).await);
        let people = stream::iter(reads).buffered(AT_ONCE);
        Ok(people.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    /// Who has this key, in the directory or among those whom the provider made inactive: of an address, who is shown with it.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub(super) async fn person_by(&self, key: &Key) -> Result<Option<Person>, Error> {
        match key {
            Key::Id(segment) => match from_segment(segment).map(EmployeeId::try_from) {
                Some(Ok(id)) => self.person(&id).await,
                _ => Ok(None),
            },
            Key::ExternalId(text) => self.holder_of(PROVIDERS_ID, text).await,
            Key::Email(text) => self.holder_of(EMAIL_ADDRESS, text).await,
            Key::UserName(text) => self.person_called(text).await,
        }
    }

    /// Who has this id.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub(super) async fn person(&self, id: &EmployeeId) -> Result<Option<Person>, Error> {
        // Whoever leaves or comes back between the two looks is in the place that was looked at first.
        for _ in 0..2 {
            if let Some(record) = self.table.get(id).await? {
                return Ok(Some(Person { record, active: true }));
            }
            if let Some(record) = self.inactive(id).await? {
                return Ok(Some(Person { record, active: false }));
            }
        }
        Ok(None)
    }

    /// Whom the provider knows by this name; of those whom none knows yet, by what stands for it.
    async fn person_called(&self, name: &str) -> Result<Option<Person>, Error> {
        let goes_by = |person: &Person| user_name(&person.record).to_lowercase() == name.to_lowercase();
        let (by_name, by_email) =
            tokio::try_join!(self.holder_of(PROVIDERS_NAME, name), self.holder_of(EMAIL_ADDRESS, name))?;
        match (by_name.or(by_email.filter(goes_by)), EmployeeId::try_from(name.to_owned())) {
            (None, Ok(id)) => Ok(self.person(&id).await?.filter(goes_by)),
            (found, _) => Ok(found),
        }
    }

    async fn holder_of(&self, unique: Unique, text: &str) -> Result<Option<Person>, Error> {
        let Some(holder) = self.who_claimed(unique, text).await? else { return Ok(None) };
        let has = |record: &Record| unique.is_of(record, text);
        Ok(self.person(&holder).await?.filter(|person| has(&person.record)))
    }

    /// What is kept of someone who is inactive, with the trail that it stands in.
    ///
    /// # Errors
    /// When the table can't be read.
    pub(super) async fn trail_of_inactive(
        &self,
        id: &EmployeeId,
    ) -> Result<Option<crate::people::trail::Trail>, Error> {
        let trail = self.people()?.trail(id, Timestamp::now()).await?;
        let is_inactive = trail.former.as_ref().is_some_and(|former| former.how == How::Provider);
        Ok(is_inactive.then_some(trail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_one_person_is_looked_up() {
        let keys = |filter: &str| Key::of(&filter.parse().expect(filter));
        let ada = || "ada".to_owned();
        for (filter, expected) in [
            ("userName eq \"ada\"", Some(vec![Key::UserName(ada())])),
            ("USERNAME EQ \"ada\" and active eq true", Some(vec![Key::UserName(ada())])),
            ("active eq true and id eq \"ada\"", Some(vec![Key::Id(ada())])),
            ("externalId eq \"ada\" or id eq \"ada\"", Some(vec![Key::ExternalId(ada()), Key::Id(ada())])),
            ("emails eq \"ada\"", Some(vec![Key::Email(ada())])),
            ("emails.value eq \"ada\"", Some(vec![Key::Email(ada())])),
            ("emails[primary eq true and value eq \"ada\"]", Some(vec![Key::Email(ada())])),
            ("emails[type eq \"Work\" and value eq \"ada\"]", Some(vec![Key::Email(ada())])),
            ("emails[type eq \"home\"].value eq \"ada\"", Some(vec![Key::Email(ada())])),
            ("emails[value sw \"ada\"]", None),
            ("emails eq \"\"", None),
            ("emails eq \"ada\" and title eq \"x\"", Some(vec![Key::Email(ada())])),
            ("emails[type eq \"home\" and value eq \"ada\"] and id eq \"x\"", Some(vec![Key::Email(ada())])),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ada\"",
                Some(vec![Key::UserName(ada())]),
            ),
            ("urn:stranger:userName eq \"ada\"", None),
            ("userName sw \"ada\"", None),
            ("not (userName eq \"ada\")", None),
            ("userName eq \"ada\" or active eq true", None),
            ("title eq \"ada\"", None),
        ] {
            assert_eq!(keys(filter), expected, "{filter}");
        }
    }
}
