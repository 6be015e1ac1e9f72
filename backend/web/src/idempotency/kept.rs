//! Where keys are kept: beside the sessions, whose table DynamoDB empties of what is over and whose process is the function's.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderName, HeaderValue, StatusCode, header, response::Parts};
use jiff::Timestamp;
use rollcall_aws::records::{Key, Records};
use rollcall_error::Error;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    body::Read,
    record::{Record, Step},
};
use crate::sessions::{Sessions, id::SessionId};

/// The largest body that is kept, in bytes; an item of DynamoDB has 400 KB at most, and sealing takes a third more.
const MAX_KEPT_BYTES: usize = 100 * 1024;

/// How often a key is looked at that somebody else took or let go of in between.
const LOOKS: u32 = 5;

/// The headers that are a part of an answer; all others belong to its way.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// An answer as it is kept, and what it was an answer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) read: Read,
    status: u16,
    headers: Vec<(String, String)>,
    /// None where it was too large to be kept.
    body: Option<String>,
}

impl Answer {
    /// What is kept of an answer.
    pub(super) fn of(read: Read, parts: &Parts, body: &Bytes) -> Self {
        let text = |name: HeaderName| {
            Some((name.as_str().to_owned(), parts.headers.get(&name)?.to_str().ok()?.to_owned()))
        };
        let fits = body.len() <= MAX_KEPT_BYTES;
        let body = std::str::from_utf8(body).ok().filter(|_| fits).map(str::to_owned);
        let headers = KEPT_HEADERS.into_iter().filter_map(text).collect();
        Self { read, status: parts.status.as_u16(), headers, body }
    }

    /// The answer once more; it says so, and whether its body was too large to be kept.
    pub(super) fn replayed(self) -> Response {
        const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
        const WITHOUT_BODY: HeaderName = HeaderName::from_static("idempotency-body-omitted");
        const TRUE: HeaderValue = HeaderValue::from_static("true");
        let is_without = self.body.is_none();
        let mut response = Response::new(Body::from(self.body.unwrap_or_default()));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers.insert(REPLAYED, TRUE);
        if is_without {
            headers.remove(header::CONTENT_TYPE);
            headers.insert(WITHOUT_BODY, TRUE);
        }
        response
    }
}

/// What becomes of a request with a key.
pub(super) enum Begun {
    /// It is to be done, and holds its key until it is answered or lets go.
    Go(Held),
    /// It is being done.
    Wait,
    /// Its key was for another request.
    Refuse,
    /// It was done.
    Answer(Answer),
}

/// A key that a request holds.
pub(super) struct Held {
    records: Records,
    secret: SessionId,
    record: Record,
}

/// Takes a key for a request, or tells what became of the one that has it.
///
/// # Errors
/// When the table can't be asked: then it is not known whether the request was done.
pub(super) async fn begin(sessions: &Sessions, secret: SessionId, request: &str) -> Result<Begun, Error> {
    let (records, key, owner) = (sessions.records.clone(), key(&secret), Uuid::new_v4());
    // Most keys are new ones, so that the first look is a write.
    let mut version = 1;
    for _ in 0..LOOKS {
        let record = Record::taken(owner, request.to_owned(), version, Timestamp::now());
        if records.put_version(&key, &record, version).await? {
            return Ok(Begun::Go(Held { records, secret, record }));
        }
        let Some(seen) = records.get::<Record>(&key).await? else {
            version = 1;
            continue;
        };
        match seen.step(owner, request, Timestamp::now()) {
            Step::Take(next) => version = next,
            Step::Go => return Ok(Begun::Go(Held { records, secret, record: seen })),
            Step::Wait => return Ok(Begun::Wait),
            Step::Refuse => return Ok(Begun::Refuse),
            Step::Answer(sealed) => return opened(&secret, sealed).map(Begun::Answer),
        }
    }
    Ok(Begun::Wait)
}

fn opened(secret: &SessionId, sealed: &str) -> Result<Answer, Error> {
    let text = secret.open(sealed).ok_or_else(|| Error::broken("an answer is sealed by another key"))?;
    serde_json::from_str(&text).map_err(Error::broken)
}

impl Held {
    /// Keeps the answer for whoever sends the request again.
    ///
    /// # Errors
    /// When it can't be sealed or written.
    pub(super) async fn answered(self, answer: &Answer) -> Result<(), Error> {
        let text = serde_json::to_string(answer).map_err(Error::broken)?;
        let sealed = self.secret.seal(&text).map_err(Error::broken)?;
        let version = self.record.version.saturating_add(1);
        let record = Record { answer: Some(sealed), version, ..self.record };
        // Where it is of another version, this one came too late, and somebody else has done it again.
        self.records.put_version(&key(&self.secret), &record, version).await?;
        Ok(())
    }

    /// Lets go of the key, so that the request can be sent again.
    ///
    /// # Errors
    /// When the table can't be written; the key is free after half a minute then.
    pub(super) async fn let_go(self) -> Result<(), Error> {
        Ok(self.records.remove_version(&key(&self.secret), self.record.version).await?)
    }
}

fn key(secret: &SessionId) -> Key {
    Key::new(format!("idempotency/{}", secret.hash()), "answer")
}

#[cfg(test)]
mod tests {
    use super::{super::body::Reading, *};

    fn answer(body: &'static str) -> Answer {
        let response = Response::builder()
            .status(201)
            .header("content-type", "application/json")
            .header("location", "/api/employees/7")
            .header("x-request-id", "1");
        let (parts, ()) = response.body(()).expect("a response").into_parts();
        Answer::of(Reading::of(Body::empty()).1.so_far(), &parts, &Bytes::from(body))
    }

    #[tokio::test]
    async fn an_answer_comes_back_as_it_was_and_says_that_it_does() {
        let replayed = answer("{}").replayed();
        assert_eq!(replayed.status(), 201);
        assert_eq!(replayed.headers()["location"], "/api/employees/7");
        assert_eq!(replayed.headers()["content-type"], "application/json");
        assert_eq!(replayed.headers()["idempotency-replayed"], "true");
        assert!(!replayed.headers().contains_key("x-request-id"));
        assert_eq!(axum::body::to_bytes(replayed.into_body(), 9).await.expect("a body"), "{}");
    }

    #[test]
    fn a_body_that_is_too_large_is_left_out_and_said_to_be() {
        let large: &'static str = "a".repeat(MAX_KEPT_BYTES + 1).leak();
        let replayed = answer(large).replayed();
        assert_eq!(replayed.status(), 201);
        assert_eq!(replayed.headers()["location"], "/api/employees/7");
        assert_eq!(replayed.headers()["idempotency-body-omitted"], "true");
        assert!(!replayed.headers().contains_key("content-type"));
    }

    #[test]
    fn only_the_key_opens_what_is_kept_under_it() {
        let (own, other) = (SessionId::made_of("own"), SessionId::made_of("other"));
        let sealed = own.seal(&serde_json::to_string(&answer("{}")).expect("JSON")).expect("sealed");
        assert_eq!(opened(&own, &sealed).expect("opened"), answer("{}"));
        assert!(opened(&other, &sealed).is_err());
    }
}
