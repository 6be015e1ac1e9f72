//! Finding one person: by the id, or by what one person has alone. One or two reads, and never the whole table: see
//! [`Key::is_of_an_address`] for what is not found so.

use jiff::Timestamp;
use rollcall_api::{employee_address::from_segment, former::How};
use rollcall_error::Error;
use rollcall_scim::{Filter, Literal, Operator};

use super::person::{Person, user_name};
use crate::{
    directory::Directory,
    employee_id::EmployeeId,
    record::Record,
    unique::{EMAIL_ADDRESS, PROVIDERS_ID, PROVIDERS_NAME, Unique},
};

/// By what someone is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Id(String),
    UserName(String),
    ExternalId(String),
    /// An address of whatever type. Looked up is only who is shown with it: where that is nobody, anyone may have it.
    Email(String),
    /// An address of type work, which is mostly the one that is shown.
    WorkEmail(String),
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
            Filter::Within(path, filter) if path.name.eq_ignore_ascii_case("emails") => {
                Self::of_an_address(filter).map(|key| vec![key])
            }
            Filter::And(one, other) => match (Self::of(one), Self::of(other)) {
                // By an address others may be found than who is shown with it.
                (Some(one), Some(other)) if one.iter().any(Self::is_of_an_address) => Some(other),
                (one, other) => one.or(other),
            },
            Filter::Or(one, other) => {
                let (mut all, others) = (Self::of(one)?, Self::of(other)?);
                all.extend(others);
                Some(all)
            }
            _ => None,
        }
    }

    /// By what a filter within e-mail addresses looks for people; none where they are not those that are shown.
    fn of_an_address(filter: &Filter) -> Option<Self> {
        let equal = filter.equalities()?;
        let text = |name: &str| {
            let named = equal.iter().find(|(path, _)| path.name.eq_ignore_ascii_case(name));
            named.map(|(_, literal)| if let Literal::Text(text) = literal { text } else { "" })
        };
        match (text("value").filter(|text| !text.is_empty())?, text("type")) {
            (address, None) => Some(Self::Email(address.to_owned())),
            (address, Some(kind)) if kind.eq_ignore_ascii_case("work") => {
                Some(Self::WorkEmail(address.to_owned()))
            }
            _ => None,
        }
    }

    /// Whether others may be meant than who is found by it.
    pub(super) fn is_of_an_address(&self) -> bool {
        matches!(self, Self::Email(_) | Self::WorkEmail(_))
    }

    fn named(name: &str, sub: Option<&str>, text: &str) -> Option<Self> {
        let text = text.to_owned();
        match (name, sub) {
            ("id", None) => Some(Self::Id(text)),
            ("username", None) => Some(Self::UserName(text)),
            ("externalid", None) => Some(Self::ExternalId(text)),
            ("emails", None | Some("value")) => Some(Self::Email(text)),
            _ => None,
        }
    }
}

impl Directory {
    /// Who has this key, in the directory or among those whom the provider made inactive.
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
            Key::Email(text) | Key::WorkEmail(text) => self.holder_of(EMAIL_ADDRESS, text).await,
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
        let Some(claimed) = unique.claimed(text) else { return Ok(None) };
        let Some(holder) = self.people()?.holder(&claimed).await? else { return Ok(None) };
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
            ("emails[type eq \"Work\" and value eq \"ada\"]", Some(vec![Key::WorkEmail(ada())])),
            ("emails[type eq \"work\"].value eq \"ada\"", Some(vec![Key::WorkEmail(ada())])),
            ("emails[type eq \"home\"].value eq \"ada\"", None),
            ("emails[type eq null and value eq \"ada\"]", None),
            ("emails eq \"x\" and userName eq \"ada\"", Some(vec![Key::UserName(ada())])),
            ("emails eq \"ada\" and title eq \"x\"", Some(vec![Key::Email(ada())])),
            ("emails[type eq \"home\" and value eq \"x\"] and id eq \"ada\"", Some(vec![Key::Id(ada())])),
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
