//! Reading the audit log, newest first: `GET /api/operations/audit?limit&cursor`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::audit::{AuditEntry, AuditPage};
use rollcall_audit::AuditLog;
use rollcall_error::Error;
use rollcall_web::{
    access::Operator,
    json::Json,
    page::{self, PageLimits, PageQuery},
    problem::ApiError,
    query::Query,
};

use crate::context::Context;

const LIMITS: PageLimits = PageLimits { default: 20, max: 100 };

pub(crate) fn route() -> Router<Context> {
    Router::new().route("/api/operations/audit", get(list))
}

async fn list(
    _: Operator,
    State(audit): State<AuditLog>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    let asked = query.parse(LIMITS)?;
    let found = audit.page(asked.limit, asked.after, Timestamp::now()).await.map_err(Error::from)?;
    Ok(Json(AuditPage {
        next_cursor: found.next.map(|key| page::cursor(&key)),
        entries: found.records.into_iter().map(AuditEntry::from).collect(),
    }))
}
