//! The audit log: who asked for what, when, and what came of it.

use std::fmt;

use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor},
};

use crate::{
    time,
    word::{Exact, Vocabulary, Word, Words},
};

/// Who did something, or asked for it.
///
/// A person is one by the issuer's word, never by a name: someone who is called Rollcall is still told from Rollcall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(rename_all = "snake_case")]
#[strum_discriminants(name(ActorKind), vis(), derive(strum::EnumString), strum(serialize_all = "snake_case"))]
pub enum Actor {
    Person {
        /// The name people know.
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
    /// Whoever IAM allowed to invoke the function directly. Lambda does not tell the function who that is;
    /// CloudTrail does.
    DirectInvocation,
    Rollcall,
}

impl fmt::Display for Actor {
    /// A name that someone chose stands in quotes, and nothing else does: whoever is called "Rollcall itself" reads as
    /// a person.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name, .. } => write!(formatter, "{name:?}"),
            Self::Schedule { name } => write!(formatter, "the schedule {name:?}"),
            Self::DirectInvocation => formatter.write_str("a direct invocation"),
            Self::Rollcall => formatter.write_str("Rollcall itself"),
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
}

impl ActorDetails {
    /// The actor of this kind, or the kind itself where it is not known.
    fn with_kind(self, kind: String) -> Word<Actor> {
        let Self { name, issuer, subject } = self;
        match kind.parse() {
            Ok(ActorKind::Person) => Word::Known(Actor::Person { name, issuer, subject }),
            Ok(ActorKind::Schedule) => Word::Known(Actor::Schedule { name }),
            Ok(ActorKind::DirectInvocation) => Word::Known(Actor::DirectInvocation),
            Ok(ActorKind::Rollcall) => Word::Known(Actor::Rollcall),
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
#[serde(bound = "")]
pub struct AuditEntry<W: Words = Exact> {
    #[serde(deserialize_with = "time::read")]
    pub at: Timestamp,
    pub who: W::Word<Actor>,
    pub action: W::Word<AuditAction>,
    /// What it was about: a revision's number, a relaunch's id, a schedule's name, an instance's id.
    pub thing: String,
    /// What came of it, for people.
    pub outcome: String,
    /// The id under which the request, or the invocation, is logged; none where Rollcall acted by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
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
    /// What was kept of a former employee was erased for good.
    Erase,
}

/// One page of `GET /api/operations/audit`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct AuditPage<W: Words = Exact> {
    pub entries: Vec<AuditEntry<W>>,
    /// The ids of those that can't be read, such as what a newer Rollcall wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_is_taken_for_another_actor_by_a_name() {
        let person = |name: &str| Actor::Person { name: name.to_owned(), issuer: None, subject: None };
        let schedule = |name: &str| Actor::Schedule { name: name.to_owned() };
        let others = [Actor::Rollcall, Actor::DirectInvocation, schedule("nightly"), schedule("a\" b")];
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
