//! What is counted, and how much of it anyone may have.

use std::{num::NonZeroU32, str::FromStr};

use http::Method;

use super::bucket::Bucket;

/// The most requests a minute that a setting may allow: more than any function answers.
const MAX_PER_MINUTE: u32 = 1_000_000;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// What changes something.
    Write,
    /// What looks through many people.
    Search,
    /// Beginning a session.
    SignIn,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// A person's.
    Person(String),
    /// An identity provider's: it does what a whole company's people do.
    Provider(String),
    /// A visitor's address: a whole company may have one.
    Address(String),
    /// The address of whoever connects: a proxy may be many companies', and whoever is none can claim any visitor's address.
    Peer(String),
}

/// How many requests of each kind a person may make in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    writes: NonZeroU32,
    searches: NonZeroU32,
    sign_ins: NonZeroU32,
    /// Whether many processes count together; else each counts for itself.
    pub(crate) together: bool,
}

/// A variable holds no number of requests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {value:?}; it must be a number of requests from 1 to {MAX_PER_MINUTE}")]
pub struct NotRequests {
    variable: &'static str,
    value: String,
}

impl Kind {
    /// As what a request is counted, by the route that answers it; `None` where it is not.
    pub(crate) fn of(method: &Method, route: &str) -> Option<Self> {
        let changes = !method.is_safe();
        match route {
            "/auth/sign-in" | "/auth/callback" => Some(Self::SignIn),
            "/api/employees/export" | "/scim/v2/.search" | "/scim/v2/Users/.search" => Some(Self::Search),
            "/api/employees" | "/scim/v2/Users" if !changes => Some(Self::Search),
            _ => changes.then_some(Self::Write),
        }
    }

    /// What the answer's headers call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Write => "writes",
            Self::Search => "searches",
            Self::SignIn => "sign-ins",
        }
    }
}

impl Whose {
    /// How many persons' worth they have.
    const fn times(&self) -> u32 {
        match self {
            Self::Person(_) => 1,
            Self::Provider(_) | Self::Address(_) => 10,
            Self::Peer(_) => 100,
        }
    }

    /// How they are told from others in the table.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Person(id) => format!("person/{id}"),
            Self::Provider(id) => format!("provider/{id}"),
            Self::Address(id) => format!("address/{id}"),
            Self::Peer(id) => format!("peer/{id}"),
        }
    }
}

impl Rules {
    /// How many a person may make where nothing is said: no person reaches that by hand, nor the front end when it changes
    /// a thousand people, four at a time.
    #[must_use]
    pub const fn usual() -> Self {
        const fn some(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(some) => some,
                None => NonZeroU32::MIN,
            }
        }
        Self { writes: some(600), searches: some(1_200), sign_ins: some(30), together: false }
    }

    /// Reads `WRITES_PER_MINUTE` (600), `SEARCHES_PER_MINUTE` (1,200) and `SIGN_INS_PER_MINUTE` (30). Of a function of
    /// Lambda there are many, which count together; of a host's program there is one.
    ///
    /// # Errors
    /// The first variable that is not usable, with what it should be.
    pub(crate) fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Self, NotRequests> {
        let usual = Self::usual();
        let requests = |name: &'static str, usual| requests(name, variable(name), usual);
        Ok(Self {
            writes: requests("WRITES_PER_MINUTE", usual.writes)?,
            searches: requests("SEARCHES_PER_MINUTE", usual.searches)?,
            sign_ins: requests("SIGN_INS_PER_MINUTE", usual.sign_ins)?,
            together: variable("AWS_LAMBDA_FUNCTION_NAME").is_some(),
        })
    }

    pub(super) fn bucket(self, kind: Kind, whose: &Whose) -> Bucket {
        let each = match kind {
            Kind::Write => self.writes,
            Kind::Search => self.searches,
            Kind::SignIn => self.sign_ins,
        };
        Bucket { per_minute: NonZeroU32::new(whose.times()).map_or(each, |times| each.saturating_mul(times)) }
    }
}

fn requests(
    variable: &'static str,
    value: Option<String>,
    usual: NonZeroU32,
) -> Result<NonZeroU32, NotRequests> {
    let Some(value) = value else { return Ok(usual) };
    let number = NonZeroU32::from_str(value.trim()).ok().filter(|number| number.get() <= MAX_PER_MINUTE);
    number.ok_or(NotRequests { variable, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_a_write_and_what_asks_for_many_a_search() {
        for (method, route, kind) in [
            (Method::PUT, "/api/employees/{id}", Some(Kind::Write)),
            (Method::POST, "/api/employees", Some(Kind::Write)),
            (Method::POST, "/scim/v2/Users", Some(Kind::Write)),
            (Method::POST, "/auth/sign-out", Some(Kind::Write)),
            (Method::GET, "/api/employees", Some(Kind::Search)),
            (Method::GET, "/api/employees/export", Some(Kind::Search)),
            (Method::POST, "/api/employees/export", Some(Kind::Search)),
            (Method::GET, "/scim/v2/Users", Some(Kind::Search)),
            (Method::GET, "/auth/sign-in", Some(Kind::SignIn)),
            (Method::GET, "/api/employees/{id}", None),
            (Method::GET, "/api/operations/host", None),
        ] {
            assert_eq!(Kind::of(&method, route), kind, "{method} {route}");
        }
    }

    #[test]
    fn how_many_is_a_setting_within_reason() {
        let read = |value: &'static str| {
            Rules::parse(|name| (name == "WRITES_PER_MINUTE").then(|| value.to_owned()))
        };
        assert_eq!(Rules::parse(|_| None), Ok(Rules::usual()));
        let writes = |rules: Rules| rules.bucket(Kind::Write, &Whose::Person(String::new())).per_minute.get();
        assert_eq!(read(" 60 ").map(writes), Ok(60));
        for bad in ["0", "-1", "many", "1000001"] {
            let refused = NotRequests { variable: "WRITES_PER_MINUTE", value: bad.to_owned() };
            assert_eq!(read(bad), Err(refused));
        }
    }

    #[test]
    fn an_address_has_what_several_people_have() {
        let of = |whose: Whose| Rules::usual().bucket(Kind::Write, &whose).per_minute.get();
        let id = String::new;
        assert_eq!(
            [
                of(Whose::Person(id())),
                of(Whose::Provider(id())),
                of(Whose::Address(id())),
                of(Whose::Peer(id()))
            ],
            [600, 6_000, 6_000, 60_000],
        );
    }
}
