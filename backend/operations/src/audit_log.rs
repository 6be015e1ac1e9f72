//! Reading the audit log, newest first: `GET /api/operations/audit?limit&cursor`.

use axum::{Router, extract::State, routing::get};
use jiff::Timestamp;
use rollcall_api::audit::{AuditEntry, AuditPage};
use rollcall_audit::AuditLog;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, Guarded, Operator},
    json::Json,
    page::{self, PageLimits, PageQuery},
    problem::ApiError,
    query::Query,
};

const LIMITS: PageLimits = PageLimits { default: 20, max: 100 };

pub(crate) fn route(audit: AuditLog, access: Access) -> Router {
    Router::new().route("/api/operations/audit", get(list)).with_state(Guarded::new(audit, access))
}

async fn list(
    _: Operator,
    State(audit): State<Guarded<AuditLog>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    let asked = query.parse(LIMITS)?;
    let found = audit.page(asked.limit, asked.after, Timestamp::now()).await.map_err(Error::from)?;
    Ok(Json(AuditPage {
        next_cursor: found.page.next.map(|key| page::cursor(&key)),
        unreadable: found.unreadable,
        entries: found.page.records.into_iter().map(AuditEntry::from).collect(),
    }))
}
