//! Whose sessions there are: `GET /api/sessions?everyone&limit&cursor`, `DELETE /api/sessions/{place}`.

use axum::extract::{FromRef, State};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    session::{DEFAULT_PAGE_SESSIONS, MAX_PAGE_SESSIONS, OpenSession, SessionPage},
};
use rollcall_audit::{AuditLog, Entry};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    access::{Access, SignedIn},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery, PageRequest},
    path::Path,
    problem::ApiError,
    query::Query,
    sessions::{Sessions, id::SessionId, record::Step, store::Listed},
};

const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_SESSIONS, max: MAX_PAGE_SESSIONS };

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct SessionsQuery {
    /// Everyone's, for operators; one's own otherwise.
    #[serde(default)]
    everyone: bool,
    limit: Option<String>,
    cursor: Option<String>,
}

/// The route of all of them.
pub(super) fn route(access: Access) -> Route {
    Route::get("/api/sessions", list)
        .says(|it| {
            it.does("One's own sessions, or everyone's")
                .note("Everyone's are for members of the group `EC2Admins`.")
                .answers::<SessionPage>(StatusCode::OK, "A page.")
                .in_pages(LIMITS)
                .refuses(StatusCode::NOT_FOUND)
        })
        .with_state(access)
}

/// The route of one.
pub(super) fn route_of_one(access: Access, log: Option<AuditLog>) -> Route {
    Route::delete("/api/sessions/{place}", end)
        .says(|it| {
            it.does("End a session")
                .note("Somebody else's is there for members of the group `EC2Admins` alone.")
                .answers_nothing(StatusCode::NO_CONTENT, "It is over.")
        })
        .with_state(Ending { access, log })
}

/// Whose sessions may be ended, and the log that is told of it.
#[derive(Debug, Clone, FromRef)]
struct Ending {
    access: Access,
    log: Option<AuditLog>,
}

async fn list(
    person: SignedIn,
    State(access): State<Access>,
    headers: HeaderMap,
    Query(SessionsQuery { everyone, limit, cursor }): Query<SessionsQuery>,
) -> Result<Json<SessionPage>, ApiError> {
    let (_, sessions) = access.set_up_for_sessions()?;
    if everyone && !person.may_operate() {
        return Err(ApiError::forbidden("Everyone's sessions are for members of the group EC2Admins."));
    }
    let PageRequest { limit, after } = PageQuery::new(limit, cursor).parse::<Uuid>(LIMITS)?;
    let whose = (!everyone).then_some(&*person);
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
        signed_in_at: session.signed_in_at.unwrap_or(session.began_at).to_string(),
        seen_at: session.seen_at.to_string(),
        this: this == Some(listed.hash.as_str()),
    }))
}

async fn end(
    SignedIn(named): SignedIn,
    State(Ending { access, log }): State<Ending>,
    Path(place): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    let (_, sessions) = access.set_up_for_sessions()?;
    let whose = (!named.person.may_operate()).then_some(&named.person);
    let listed = sessions.at(whose, &place.to_string()).await?;
    let listed =
        listed.ok_or_else(|| ApiError::not_found("There is no such session; perhaps it has ended."))?;
    let is_own =
        (&listed.person.issuer, &listed.person.subject) == (&named.person.issuer, &named.person.subject);
    if !is_own {
        access.is_fresh(&named, Timestamp::now())?;
    }
    sessions.end(&listed.hash).await?;
    if let Some(log) = log {
        let outcome = if is_own { "their own" } else { "somebody else's" };
        let caller = named.person.caller(named.means);
        log.add(Entry::new(Timestamp::now(), caller, AuditAction::EndSession, place, outcome)).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
