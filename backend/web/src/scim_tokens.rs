//! The tokens by which identity providers keep the directory:
//! `GET /api/scim-tokens?limit&cursor`, `POST /api/scim-tokens`, `DELETE /api/scim-tokens/{id}`: for operators.

use axum::{
    extract::{FromRef, State},
    response::IntoResponse,
};
use http::{StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    scim_token::{
        DEFAULT_PAGE_TOKENS, MAX_PAGE_TOKENS, MAX_TOKEN_NAME, MadeScimToken, NewScimToken, ScimToken,
        ScimTokenPage,
    },
    text::{Rules, Text},
};
use rollcall_audit::Entry;
use rollcall_aws::records::{Records, Write};
use rollcall_error::Error;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Routes,
    access::{Access, FreshOperator, Operator},
    declared::Route,
    json::Json,
    page::{self, PageLimits, PageQuery},
    path::Path,
    problem::ApiError,
    query::Query,
    sessions::{Sessions, tokens::Stored},
};

const LIMITS: PageLimits = PageLimits { default: DEFAULT_PAGE_TOKENS, max: MAX_PAGE_TOKENS };

/// Who may make tokens, and the table with the audit log.
#[derive(Debug, Clone, FromRef)]
struct Keeping {
    access: Access,
    log: Records,
}

/// The routes of tokens; what is done with them is told to the audit log in this table.
pub fn routes(access: &Access, log: Records) -> Routes {
    let keeping = Keeping { access: access.clone(), log };
    let list = Route::get("/api/scim-tokens", list).says(|it| {
        it.does("Tokens by which identity providers keep the directory")
            .answers::<ScimTokenPage>(StatusCode::OK, "A page.")
            .in_pages(LIMITS)
            .refuses(StatusCode::NOT_FOUND)
    });
    let make = Route::post("/api/scim-tokens", make).says(|it| {
        it.does("Make a token for SCIM, which is shown once")
            .answers::<MadeScimToken>(StatusCode::CREATED, "The token.")
            .located(StatusCode::CREATED)
            .refuses(StatusCode::NOT_FOUND)
            .for_example(json!({"name": "Okta"}))
    });
    let revoke = Route::delete("/api/scim-tokens/{id}", revoke).says(|it| {
        it.does("Revoke a token for SCIM")
            .answers_nothing(StatusCode::NO_CONTENT, "It opens nothing any more.")
    });
    let others = [make, revoke].map(|route| route.with_state(keeping.clone()));
    Routes::default().without_query(others).with_query([list.with_state(keeping)])
}

impl Keeping {
    fn sessions(&self) -> Result<&Sessions, ApiError> {
        self.access.sessions().ok_or_else(|| {
            ApiError::not_found(
                "There is no table for tokens where this runs (SESSIONS_TABLE), and so no SCIM.",
            )
        })
    }
}

/// What tells the audit log of a token.
fn entry(operator: &Operator, stored: &Stored, action: AuditAction) -> Result<Write, Error> {
    let outcome = match action {
        AuditAction::RevokeScimToken => "it opens nothing any more",
        _ => "it opens SCIM until it is revoked",
    };
    let thing = format!("{:?} ({})", stored.name, stored.place);
    Ok(Entry::new(Timestamp::now(), operator.caller(), action, thing, outcome).write()?)
}

async fn list(
    _: Operator,
    State(keeping): State<Keeping>,
    Query(query): Query<PageQuery>,
) -> Result<Json<ScimTokenPage>, ApiError> {
    let sessions = keeping.sessions()?;
    let asked = query.parse::<Uuid>(LIMITS)?;
    let found = sessions.tokens(asked.limit, asked.after.map(|place| place.to_string())).await?;
    let mut tokens = Vec::new();
    for listed in found.records {
        tokens.extend(sessions.token_with_hash(&listed.hash).await?.map(shown));
    }
    Ok(Json(ScimTokenPage { tokens, next_cursor: found.next.map(|place| page::cursor(&place)) }))
}

async fn make(
    FreshOperator(operator): FreshOperator,
    State(keeping): State<Keeping>,
    Json(NewScimToken { name }): Json<NewScimToken>,
) -> Result<impl IntoResponse, ApiError> {
    let sessions = keeping.sessions()?;
    let name = Text::parse(&name, Rules::line(MAX_TOKEN_NAME)).map(String::from);
    let name = name.map_err(|fault| Error::invalid_field("name", fault.to_string()))?;
    let entry = |stored: &Stored| entry(&operator, stored, AuditAction::CreateScimToken);
    let named = (name, operator.0.clone());
    let (token, stored) = sessions.make_token(named, Timestamp::now(), (&keeping.log, entry)).await?;
    let location = [(header::LOCATION, format!("/api/scim-tokens/{}", stored.place))];
    let made = MadeScimToken {
        token: token.to_text(),
        base_url: sessions.scim().to_string(),
        described: shown(stored),
    };
    Ok((StatusCode::CREATED, location, Json(made)))
}

async fn revoke(
    operator: Operator,
    State(keeping): State<Keeping>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    let entry = |stored: &Stored| entry(&operator, stored, AuditAction::RevokeScimToken);
    match keeping.sessions()?.revoke_token(id, (&keeping.log, entry)).await? {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(ApiError::not_found("There is no such token; perhaps it was revoked.")),
    }
}

fn shown(stored: Stored) -> ScimToken {
    ScimToken {
        id: stored.place.to_string(),
        name: stored.name,
        made_by: stored.by.name,
        made_at: stored.made_at.to_string(),
        last_used_at: stored.used_at.map(|at| at.to_string()),
    }
}
