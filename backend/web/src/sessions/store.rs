//! Where sessions are kept: in a table of their own, which DynamoDB empties of what is over.

use std::time::Duration;

use aws_config::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use rollcall_api::field_rules::same_email;
use rollcall_aws::records::{Key, Page, Records, Write};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    cookie::Cookies,
    id::{SessionId, hash},
    record::{Limits, Session},
};
use crate::person::Person;

/// The list of all sessions.
const LIST: &str = "sessions";

/// How much is kept of what a browser calls itself, in characters.
const BROWSER_CHARACTERS: usize = 200;

/// How long somebody may take to ask the issuer, before another one does.
const ASKING: Duration = Duration::from_secs(8);

/// The sessions of a site. A clone shares connections.
#[derive(Debug, Clone)]
pub struct Sessions {
    pub(crate) records: Records,
    pub(crate) limits: Limits,
    pub(crate) cookies: Cookies,
    /// The site's own address, without a path.
    pub(crate) site: Url,
}

/// The longest that an access token counts anywhere: a day at
/// [Cognito](https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html).
const LONGEST_TOKEN: Duration = Duration::from_secs(24 * 60 * 60);

/// When somebody's tokens were ended: those from before count for nothing that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TokensEnded {
    at: Timestamp,
    expires_at: i64,
}

/// A session in the list of all or of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Where it stands there.
    pub(crate) place: String,
    /// By what the table knows it.
    pub(crate) hash: String,
    pub(crate) person: Person,
    pub(crate) expires_at: i64,
}

/// Someone who has just proved who they are.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) person: Person,
    /// None where the issuer does not tell.
    pub(crate) signed_in_at: Option<Timestamp>,
    pub(crate) refresh: Option<String>,
    pub(crate) browser: String,
}

impl Sessions {
    /// The sessions of the site at this address, in the table of this name. Calls nothing yet.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String, site: Url, limits: Limits) -> Self {
        let cookies = Cookies::new(site.scheme() == "http");
        Self { records: Records::new(config, table), limits, cookies, site }
    }

    /// Where the issuer sends a browser back to.
    pub(crate) fn callback(&self) -> Url {
        self.site.join("/auth/callback").unwrap_or_else(|_| self.site.clone())
    }

    /// Where a provider finds SCIM.
    pub(crate) fn scim(&self) -> Url {
        self.site.join("/scim/v2").unwrap_or_else(|_| self.site.clone())
    }

    /// Begins a session, under an id that no other one ever had.
    pub(crate) async fn begin(&self, arrival: Arrival, now: Timestamp) -> Result<SessionId, Error> {
        let id = SessionId::random().map_err(Error::broken)?;
        let refresh = arrival.refresh.map(|token| id.seal(&token)).transpose().map_err(Error::broken)?;
        let session = Session {
            signed_in_at: arrival.signed_in_at,
            began_at: now,
            seen_at: now,
            vouched_at: now,
            asking_until: None,
            silent_at: None,
            refresh,
            browser: arrival.browser.chars().take(BROWSER_CHARACTERS).collect(),
            place: Uuid::now_v7().to_string(),
            version: 1,
            expires_at: now.as_second().saturating_add(seconds(self.limits.lifetime)),
            person: arrival.person,
        };
        let listed = Listed {
            place: session.place.clone(),
            hash: id.hash(),
            person: session.person.clone(),
            expires_at: session.expires_at,
        };
        let mut writes = vec![Write::create(key(&id.hash()), &session)?];
        for list in lists_of(&session.person) {
            writes.push(Write::create(Key::new(list, listed.place.clone()), &listed)?);
        }
        self.records.write(writes).await?;
        Ok(id)
    }

    pub(crate) async fn get(&self, hash: &str) -> Result<Option<Session>, Error> {
        Ok(self.records.get(&key(hash)).await?)
    }

    /// Stores what becomes of a session that was `seen`; `false` where somebody else did meanwhile.
    async fn change(&self, hash: &str, seen: &Session, now: Session) -> Result<bool, Error> {
        let version = seen.version.saturating_add(1);
        Ok(self.records.put_version(&key(hash), &Session { version, ..now }, version).await?)
    }

    /// Notes that a session is in use. Whoever comes second has nothing to add.
    pub(crate) async fn note(&self, hash: &str, seen: &Session, now: Timestamp) -> Result<(), Error> {
        self.change(hash, seen, Session { seen_at: now, ..seen.clone() }).await.map(drop)
    }

    /// Takes it upon oneself to ask the issuer; `None` where somebody else did.
    pub(crate) async fn take_asking(
        &self,
        hash: &str,
        seen: &Session,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let until = now.checked_add(SignedDuration::try_from(ASKING).unwrap_or_default()).ok();
        let asking = Session { asking_until: until, version: seen.version.saturating_add(1), ..seen.clone() };
        Ok(self.change(hash, seen, asking.clone()).await?.then_some(asking))
    }

    /// Stores what the issuer said, or that it said nothing; none where the session was ended meanwhile.
    pub(crate) async fn answered(
        &self,
        id: &SessionId,
        asking: &Session,
        said: Option<(Option<Person>, Option<String>)>,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let silent_at = said.is_none().then_some(now);
        let mut session = Session { asking_until: None, silent_at, seen_at: now, ..asking.clone() };
        if let Some((person, refresh)) = said {
            session.vouched_at = now;
            // By the address with which it began, it stands in a list.
            let email = session.person.email.take();
            session.person = Person { email, ..person.unwrap_or(session.person) };
            if let Some(token) = refresh {
                session.refresh = Some(id.seal(&token).map_err(Error::broken)?);
            }
        }
        // Someone who ended it meanwhile has deleted it, and it stays so.
        if self.change(&id.hash(), asking, session.clone()).await? {
            return Ok(Some(session));
        }
        self.get(&id.hash()).await
    }

    /// Ends a session.
    pub(crate) async fn end(&self, hash: &str) -> Result<(), Error> {
        let Some(session) = self.records.take::<Session>(&key(hash)).await? else { return Ok(()) };
        self.take_off_lists(&session.person, &session.place).await
    }

    /// Ends every session of someone, and has no token count that they have by now.
    pub(crate) async fn end_all(&self, person: &Person) -> Result<(), Error> {
        self.end_tokens(person).await?;
        self.end_all_in(&list_of(person)).await
    }

    /// The same for whoever began a session with this e-mail address.
    pub(crate) async fn end_all_with(&self, email: &str) -> Result<(), Error> {
        self.end_all_in(&list_with(email)).await
    }

    async fn end_all_in(&self, list: &str) -> Result<(), Error> {
        loop {
            let Page::<Listed> { records, .. } = self.records.newest(list, 50, None).await?;
            if records.is_empty() {
                return Ok(());
            }
            for listed in records {
                self.end_tokens(&listed.person).await?;
                self.end(&listed.hash).await?;
                // What is over already stands in the lists alone.
                self.take_off_lists(&listed.person, &listed.place).await?;
            }
        }
    }

    /// Since when access tokens count that were given out to someone; none where all do.
    pub(crate) async fn tokens_count_since(&self, person: &Person) -> Result<Option<Timestamp>, Error> {
        Ok(self.records.get::<TokensEnded>(&tokens_of(person)).await?.map(|it| it.at))
    }

    async fn end_tokens(&self, person: &Person) -> Result<(), Error> {
        let at = Timestamp::now();
        let expires_at = at.as_second().saturating_add(seconds(LONGEST_TOKEN));
        let ended = Write::put(tokens_of(person), &TokensEnded { at, expires_at })?;
        Ok(self.records.write(vec![ended]).await?)
    }

    async fn take_off_lists(&self, person: &Person, place: &str) -> Result<(), Error> {
        for list in lists_of(person) {
            self.records.remove(&Key::new(list, place)).await?;
        }
        Ok(())
    }

    /// The sessions of someone, or of everyone, newest first, behind a place of the list.
    pub(crate) async fn of(
        &self,
        person: Option<&Person>,
        limit: u32,
        after: Option<String>,
    ) -> Result<Page<Listed>, Error> {
        let list = person.map_or_else(|| LIST.to_owned(), list_of);
        Ok(self.records.newest(&list, limit, after).await?)
    }

    /// The session at a place of the list of someone, or of everyone.
    pub(crate) async fn at(&self, person: Option<&Person>, place: &str) -> Result<Option<Listed>, Error> {
        let list = person.map_or_else(|| LIST.to_owned(), list_of);
        Ok(self.records.get(&Key::new(list, place)).await?)
    }
}

fn key(hash: &str) -> Key {
    Key::new(format!("session/{hash}"), "session")
}

/// The lists in which a session of someone stands.
fn lists_of(person: &Person) -> impl Iterator<Item = String> {
    [LIST.to_owned(), list_of(person)].into_iter().chain(person.email.as_deref().map(list_with))
}

/// The list of whoever has this e-mail address; the address itself is nobody's business there.
fn list_with(email: &str) -> String {
    format!("sessions-with/{}", hash(same_email(email).as_bytes()))
}

/// Where it stands that somebody's tokens were ended.
fn tokens_of(person: &Person) -> Key {
    Key::new("tokens ended", hash(format!("{}\n{}", person.issuer, person.subject).as_bytes()))
}

fn list_of(person: &Person) -> String {
    let who = format!("{}\n{}", person.issuer, person.subject);
    format!("sessions-of/{}", hash(who.as_bytes()))
}

pub(super) fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
