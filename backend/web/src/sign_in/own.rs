//! Whose sessions there are: `GET /api/sessions?everyone&limit&cursor`, `DELETE /api/sessions/{place}`.

use axum::{Router, extract::State, routing};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    session::{DEFAULT_PAGE_SESSIONS, MAX_PAGE_SESSIONS, OpenSession, SessionPage},
};
use rollcall_audit::{AuditLog, Entry};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    access::Access,
    issuer::Named,
    json::Json,
    page::{self, PageLimits, PageQuery, PageRequest},
    path::Path,
    problem::ApiError,
    query::Query,
    sessions::{Sessions, id::SessionId, record::Step, store::Listed},
};

const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_SESSIONS, max: MAX_PAGE_SESSIONS };

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionsQuery {
    /// Everyone's, for operators; one's own otherwise.
    #[serde(default)]
    everyone: bool,
    limit: Option<String>,
    cursor: Option<String>,
}

/// The route of all of them.
pub(super) fn route(access: Access) -> Router {
    Router::new().route("/api/sessions", routing::get(list)).with_state(access)
}

/// The route of one.
pub(super) fn route_of_one(access: Access, log: Option<AuditLog>) -> Router {
    Router::new().route("/api/sessions/{place}", routing::delete(end)).with_state(Ending { access, log })
}

/// Whose sessions may be ended, and the log that is told of it.
#[derive(Debug, Clone)]
struct Ending {
    access: Access,
    log: Option<AuditLog>,
}

async fn list(
    State(access): State<Access>,
    headers: HeaderMap,
    Query(SessionsQuery { everyone, limit, cursor }): Query<SessionsQuery>,
) -> Result<Json<SessionPage>, ApiError> {
    let (named, sessions) = signed_in(&access, &Method::GET, &headers).await?;
    if everyone && !named.person.may_operate() {
        return Err(ApiError::forbidden("Everyone's sessions are for members of the group EC2Admins."));
    }
    let PageRequest { limit, after } = PageQuery::new(limit, cursor).parse::<Uuid>(LIMITS)?;
    let whose = (!everyone).then_some(&named.person);
    let found = sessions.of(whose, limit, after.map(|place| place.to_string())).await?;
    let this = sessions.cookies.session(&headers).and_then(SessionId::parse).map(|id| id.hash());
    let mut open = Vec::new();
    for listed in found.records {
        open.extend(shown(sessions, listed, this.as_deref()).await?);
    }
    Ok(Json(SessionPage { sessions: open, next_cursor: found.next.map(|place| page::cursor(&place)) }))
}

async fn shown(
    sessions: &Sessions,
    listed: Listed,
    this: Option<&str>,
) -> Result<Option<OpenSession>, ApiError> {
    let Some(session) = sessions.get(&listed.hash).await? else { return Ok(None) };
    if session.step(sessions.limits, false, Timestamp::now()) == Step::End {
        return Ok(None);
    }
    Ok(Some(OpenSession {
        id: listed.place,
        name: session.person.name,
        browser: session.browser,
        signed_in_at: session.signed_in_at.to_string(),
        seen_at: session.seen_at.to_string(),
        this: this == Some(listed.hash.as_str()),
    }))
}

async fn end(
    State(Ending { access, log }): State<Ending>,
    headers: HeaderMap,
    Path(place): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    let (named, sessions) = signed_in(&access, &Method::DELETE, &headers).await?;
    let whose = (!named.person.may_operate()).then_some(&named.person);
    let listed = sessions.at(whose, &place.to_string()).await?;
    let listed =
        listed.ok_or_else(|| ApiError::not_found("There is no such session; perhaps it has ended."))?;
    sessions.end(&listed.hash).await?;
    if let Some(log) = log {
        let outcome =
            if listed.person.subject == named.person.subject { "their own" } else { "somebody else's" };
        let caller = named.person.caller(named.means);
        log.add(Entry::new(Timestamp::now(), caller, AuditAction::EndSession, place, outcome)).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn signed_in<'a>(
    access: &'a Access,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(Named, &'a Sessions), ApiError> {
    let (_, sessions) = access.set_up_for_sessions()?;
    let named = access.person(method, headers).await?;
    Ok((named.ok_or_else(|| ApiError::unauthorized("Sign in first."))?, sessions))
}
