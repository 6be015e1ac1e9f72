//! The audit log: who asked for what, when, and what came of it.

use std::fmt;

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};

use crate::{
    time,
    values::Value,
    word::{Exact, Vocabulary, Word, Words},
};

/// Who did something, or asked for it.
///
/// A person is one by the issuer's word, never by a name: someone who is called Rollcall is still told from Rollcall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum_discriminants(name(ActorKind), vis(), derive(strum::EnumString), strum(serialize_all = "snake_case"))]
pub enum Actor {
    Person {
        /// The name people know. It is kept apart from the log, and empty where it is not known any more.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// The issuer that vouches for them, as its tokens spell it; not known of what was done before it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
        /// The issuer's own id of them, which nobody else ever gets; not known of what was done before it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    Schedule {
        /// The schedule's name.
        name: String,
    },
    /// An identity provider, over SCIM.
    Provider {
        /// What its token is called.
        name: String,
        /// The id of its token.
        token: String,
    },
    /// Whoever IAM allowed to invoke the function directly. Lambda does not tell the function who that is;
    /// CloudTrail does.
    DirectInvocation,
    Rollcall,
    /// Someone who did not show who they are.
    Anonymous,
}

impl fmt::Display for Actor {
    /// A name that someone chose stands in quotes, and nothing else does: whoever is called "Rollcall itself" reads as
    /// a person.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name, .. } => write!(formatter, "{name:?}"),
            Self::Schedule { name } => write!(formatter, "the schedule {name:?}"),
            Self::Provider { name, .. } => write!(formatter, "the identity provider {name:?}"),
            Self::DirectInvocation => formatter.write_str("a direct invocation"),
            Self::Rollcall => formatter.write_str("Rollcall itself"),
            Self::Anonymous => formatter.write_str("nobody known"),
        }
    }
}

/// What may be said of an actor of any kind.
#[derive(Default, Deserialize)]
struct ActorDetails {
    #[serde(default)]
    name: String,
    issuer: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    token: AnyValue,
}

/// A text, or whatever an actor that is newer than this build has in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyValue {
    Text(String),
    Other(IgnoredAny),
}

impl Default for AnyValue {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl AnyValue {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Other(_) => String::new(),
        }
    }
}

impl ActorDetails {
    /// The actor of this kind, or the kind itself where it is not known.
    fn with_kind(self, kind: String) -> Word<Actor> {
        let Self { name, issuer, subject, token } = self;
        match kind.parse() {
            Ok(ActorKind::Person) => Word::Known(Actor::Person { name, issuer, subject }),
            Ok(ActorKind::Schedule) => Word::Known(Actor::Schedule { name }),
            Ok(ActorKind::Provider) => Word::Known(Actor::Provider { name, token: token.into_text() }),
            Ok(ActorKind::DirectInvocation) => Word::Known(Actor::DirectInvocation),
            Ok(ActorKind::Rollcall) => Word::Known(Actor::Rollcall),
            Ok(ActorKind::Anonymous) => Word::Known(Actor::Anonymous),
            Err(_) if name.is_empty() => Word::Other(kind),
            Err(_) => Word::Other(format!("{kind} {name}")),
        }
    }
}

impl Vocabulary for Actor {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word<Self>, D::Error> {
        struct AnyActor;

        impl<'de> Visitor<'de> for AnyActor {
            type Value = Word<Actor>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an actor")
            }

            fn visit_str<E: Error>(self, kind: &str) -> Result<Self::Value, E> {
                Ok(ActorDetails::default().with_kind(kind.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (kind, details) =
                    map.next_entry::<String, ActorDetails>()?.ok_or_else(|| A::Error::custom("no actor"))?;
                Ok(details.with_kind(kind))
            }
        }

        deserializer.deserialize_any(AnyActor)
    }
}

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditEntry, bound = ""))]
#[serde(bound = "")]
pub struct AuditEntry<W: Words = Exact> {
    #[serde(deserialize_with = "time::read")]
    pub at: Timestamp,
    #[cfg_attr(feature = "openapi", schema(value_type = Actor))]
    pub who: W::Word<Actor>,
    /// By what means it was asked for; not known of what was written before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Means>))]
    pub how: Option<W::Word<Means>>,
    #[cfg_attr(feature = "openapi", schema(value_type = AuditAction))]
    pub action: W::Word<AuditAction>,
    /// What it was about: an employee's id, a revision's number, a relaunch's id, a schedule's name, an instance's id; of what
    /// was refused, the method and the address.
    pub thing: String,
    /// What came of it, for people.
    pub outcome: String,
    /// The id under which the request, or the invocation, is logged; none where Rollcall acted by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// By what means something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Means {
    /// A session of a browser.
    Browser,
    /// A bearer access token, as scripts have it.
    Token,
    /// A token of an identity provider.
    Scim,
    /// A direct invocation of the function.
    Direct,
    Schedule,
    /// Rollcall acted by itself.
    System,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AuditAction {
    CreateRevision,
    Relaunch,
    /// The host was to be terminated.
    Terminate,
    /// A relaunch was to be stopped.
    Cancel,
    /// The new host of a relaunch was looked at and found good.
    Approve,
    EndRelaunch,
    CreateSchedule,
    ChangeSchedule,
    DeleteSchedule,
    /// An instance that belonged to no relaunch was terminated.
    Sweep,
    AddEmployee,
    ChangeEmployee,
    /// An employee was taken out; they can be restored.
    DeleteEmployee,
    /// An identity provider said that someone left.
    DeactivateEmployee,
    RestoreEmployee,
    /// Someone was merged into the employee whom it is about.
    MergeEmployees,
    ChangePhoto,
    DeletePhoto,
    /// Employees who may be one were marked as different people, or no longer as that.
    TellApart,
    /// What was kept of a former employee was erased for good.
    Erase,
    /// Something was asked for and not done.
    Refuse,
    /// A token was made by which an identity provider keeps the directory.
    CreateScimToken,
    RevokeScimToken,
    /// A session was ended by someone.
    EndSession,
    /// The host's processors were to be kept busy, or no longer.
    StressHost,
}

/// One page of `GET /api/operations/audit`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditPage, bound = ""))]
#[serde(bound = "")]
pub struct AuditPage<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<AuditEntry>))]
    pub entries: Vec<AuditEntry<W>>,
    /// The ids of those that can't be read, such as what a newer Rollcall wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// What one attribute of an employee was before, and what it was afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttributeChange {
    /// The attribute, as the table has it: a field's name, `badges`, `object_key` of a photo.
    pub name: String,
    /// None where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What was done to an employee, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = HistoryEntry, bound = ""))]
#[serde(bound = "")]
pub struct HistoryEntry<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = AuditEntry))]
    pub entry: AuditEntry<W>,
    pub changes: Vec<AttributeChange>,
}

/// One page of `GET /api/employees/{id}/history`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = HistoryPage, bound = ""))]
#[serde(bound = "")]
pub struct HistoryPage<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<HistoryEntry>))]
    pub entries: Vec<HistoryEntry<W>>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// A [`HistoryPage`] as a page reads it: the browser knows times by their texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HistoryTextPage {
    pub entries: Vec<HistoryText>,
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A [`HistoryEntry`] as a page reads it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HistoryText {
    pub entry: EntryText,
    pub changes: Vec<AttributeChange>,
}

/// What a page shows of an [`AuditEntry`] about an employee.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EntryText {
    pub at: String,
    #[serde(deserialize_with = "Actor::read")]
    pub who: Word<Actor>,
    #[serde(deserialize_with = "AuditAction::read")]
    pub action: Word<AuditAction>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_is_taken_for_another_actor_by_a_name() {
        let person = |name: &str| Actor::Person { name: name.to_owned(), issuer: None, subject: None };
        let schedule = |name: &str| Actor::Schedule { name: name.to_owned() };
        let okta = Actor::Provider { name: "Okta".to_owned(), token: "7".to_owned() };
        let others = [Actor::Rollcall, Actor::DirectInvocation, schedule("nightly"), schedule("a\" b"), okta];
        let mut texts: BTreeSet<String> = others.iter().map(Actor::to_string).collect();
        let named_like_them: Vec<_> = texts.iter().map(|text| person(text)).collect();
        let partly = [person("nightly"), person("a\", the schedule \"nightly"), person("Rollcall")];
        texts.extend(named_like_them.iter().chain(&partly).map(Actor::to_string));
        assert_eq!(texts.len(), others.len() + named_like_them.len() + partly.len(), "{texts:?}");
    }

    #[test]
    fn a_name_of_any_script_is_read_as_it_is() {
        let zoe = Actor::Person { name: "Zoë 語".to_owned(), issuer: None, subject: None };
        assert_eq!(zoe.to_string(), "\"Zoë 語\"");
    }
}
