//! The routes of the operations, for operators only.

use axum::{
    Router,
    extract::{FromRef, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderName, StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    audit::{AuditEntry, AuditPage},
    conformance::Conformance,
    host::HostAnswer,
    plan::{Plan, PlanInput},
    problem::FieldError,
    relaunch::{BootLog, Relaunch, RelaunchInput, RelaunchPage},
    revision::{RecipeList, Revision, RevisionInput, RevisionPage},
    schedule::{Schedule, ScheduleInput, ScheduleList},
};
use rollcall_web::{
    access::{Access, Operator},
    json::Json,
    path::Path,
    problem::ApiError,
    query::Query,
};
use serde::Deserialize;

use crate::{
    Operations, recipe,
    relaunch::{
        Record, RelaunchId,
        start::{self, Begun},
    },
    requester::Requester,
    revision::RevisionNumber,
    schedule::ScheduleName,
};

/// How many revisions or relaunches a page holds when the request does not say.
const DEFAULT_PAGE: u32 = 20;
/// The most a page may hold: a revision has up to 16 KB of user data, and a function's answer may have 6 MB
/// ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
const MAX_PAGE: u32 = 100;

/// The routes under `/api/operations`.
pub fn routes(operations: Operations, access: Access) -> Router {
    Router::new()
        .route("/api/operations/host", get(read_host).delete(terminate_host))
        .route("/api/operations/recipes", get(list_recipes))
        .route("/api/operations/revisions", get(list_revisions).post(create_revision))
        .route("/api/operations/revisions/{number}", get(read_revision))
        .route("/api/operations/relaunches", get(list_relaunches).post(begin_relaunch))
        .route("/api/operations/relaunches/{id}", get(read_relaunch))
        .route("/api/operations/relaunches/{id}/cancel", post(cancel_relaunch))
        .route("/api/operations/relaunches/{id}/boot-log", get(read_boot_log))
        .route("/api/operations/plans", post(plan))
        .route("/api/operations/schedules", get(list_schedules).post(create_schedule))
        .route(
            "/api/operations/schedules/{name}",
            get(read_schedule).put(change_schedule).delete(delete_schedule),
        )
        .route("/api/operations/audit", get(read_audit_log))
        .route("/api/operations/conformance", get(read_conformance))
        .with_state(Context { operations, access })
}

#[derive(Clone, FromRef)]
struct Context {
    operations: Operations,
    access: Access,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

impl PageQuery {
    fn limit(&self) -> Result<u32, ApiError> {
        match self.limit.unwrap_or(DEFAULT_PAGE) {
            limit @ 1..=MAX_PAGE => Ok(limit),
            limit => Err(invalid("limit", format!("is {limit}; it must be 1 to {MAX_PAGE}"))),
        }
    }

    /// The cursor is the number or id of the last one of the page before.
    fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, ApiError> {
        let parse = |text: &String| {
            text.parse().map_err(|_| {
                invalid("cursor", format!("{text:?} is none; pass the next_cursor of the page before"))
            })
        };
        self.cursor.as_ref().map(parse).transpose()
    }
}

fn invalid(field: &str, detail: String) -> ApiError {
    ApiError::invalid(vec![FieldError::new(field, detail)])
}

fn requester(operator: Operator) -> Requester {
    Requester::Person { name: operator.0.name }
}

fn created(status: StatusCode, location: String, body: impl IntoResponse) -> Response {
    let location: [(HeaderName, String); 1] = [(header::LOCATION, location)];
    (status, location, body).into_response()
}

async fn read_host(_: Operator, State(operations): State<Operations>) -> Result<Json<HostAnswer>, ApiError> {
    Ok(Json(HostAnswer { host: operations.host().await? }))
}

async fn list_recipes(_: Operator, State(operations): State<Operations>) -> Json<RecipeList> {
    Json(recipe::list(&operations.settings().variable_defaults))
}

async fn list_revisions(
    _: Operator,
    State(operations): State<Operations>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RevisionPage>, ApiError> {
    let before = query.cursor()?.map(RevisionNumber);
    let page = operations.revisions(query.limit()?, before).await.map_err(ApiError::internal)?;
    let next_cursor = page.next.and(page.records.last().map(|last| last.number.to_string()));
    let revisions = page.records.into_iter().map(Revision::from).collect();
    Ok(Json(RevisionPage { revisions, next_cursor }))
}

async fn create_revision(
    operator: Operator,
    State(operations): State<Operations>,
    Json(input): Json<RevisionInput>,
) -> Result<Response, ApiError> {
    let revision = operations.create_revision(input, requester(operator), Timestamp::now()).await?;
    let location = format!("/api/operations/revisions/{}", revision.number);
    Ok(created(StatusCode::CREATED, location, Json(Revision::from(revision))))
}

async fn read_revision(
    _: Operator,
    State(operations): State<Operations>,
    Path(number): Path<u32>,
) -> Result<Json<Revision>, ApiError> {
    let revision = operations.revision(RevisionNumber(number)).await.map_err(ApiError::internal)?;
    revision
        .map(|revision| Json(revision.into()))
        .ok_or_else(|| ApiError::not_found(format!("There is no revision {number}.")))
}

async fn list_relaunches(
    _: Operator,
    State(operations): State<Operations>,
    Query(query): Query<PageQuery>,
) -> Result<Json<RelaunchPage>, ApiError> {
    let before = query.cursor::<RelaunchId>()?;
    let page = operations.relaunches(query.limit()?, before).await.map_err(ApiError::internal)?;
    let relaunches = page.records.into_iter().map(Relaunch::from).collect();
    Ok(Json(RelaunchPage { relaunches, next_cursor: page.next }))
}

async fn terminate_host(
    operator: Operator,
    State(operations): State<Operations>,
) -> Result<Response, ApiError> {
    let record = operations.begin_termination(requester(operator), Timestamp::now()).await?;
    Ok(accepted(&operations, record).await)
}

/// The body may be left out: a relaunch to the newest revision.
async fn begin_relaunch(
    operator: Operator,
    State(operations): State<Operations>,
    input: Option<Json<RelaunchInput>>,
) -> Result<Response, ApiError> {
    let Json(input) = input.unwrap_or_default();
    let request = start::Request {
        revision: input.revision.map(RevisionNumber),
        force: input.force,
        requested_by: requester(operator),
        invocation: None,
    };
    match operations.begin_relaunch(request, Timestamp::now()).await? {
        Begun::Recorded(record) => Ok(accepted(&operations, *record).await),
        Begun::Skipped { reason } => Err(ApiError::conflict(reason)),
    }
}

/// Wakes a driver, and says where to look.
async fn accepted(operations: &Operations, record: Record) -> Response {
    operations.wake().await;
    let location = format!("/api/operations/relaunches/{}", record.id);
    created(StatusCode::ACCEPTED, location, Json(Relaunch::from(record)))
}

async fn cancel_relaunch(
    operator: Operator,
    State(operations): State<Operations>,
    Path(id): Path<RelaunchId>,
) -> Result<Response, ApiError> {
    let record = operations.cancel_relaunch(id, requester(operator), Timestamp::now()).await?;
    Ok(accepted(&operations, record).await)
}

async fn read_boot_log(
    _: Operator,
    State(operations): State<Operations>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<BootLog>, ApiError> {
    let log = operations.boot_log(id).await?;
    log.map(|log| Json(log.into())).ok_or_else(|| no_such_relaunch(id))
}

/// The body may be left out: a plan for the newest revision.
async fn plan(
    _: Operator,
    State(operations): State<Operations>,
    input: Option<Json<PlanInput>>,
) -> Result<Json<Plan>, ApiError> {
    let Json(input) = input.unwrap_or_default();
    Ok(Json(operations.plan(input.revision.map(RevisionNumber), Timestamp::now()).await?))
}

async fn list_schedules(
    _: Operator,
    State(operations): State<Operations>,
) -> Result<Json<ScheduleList>, ApiError> {
    Ok(Json(operations.schedules(Timestamp::now()).await?))
}

async fn create_schedule(
    operator: Operator,
    State(operations): State<Operations>,
    Json(input): Json<ScheduleInput>,
) -> Result<Response, ApiError> {
    let schedule = operations.create_schedule(input, requester(operator), Timestamp::now()).await?;
    let location = format!("/api/operations/schedules/{}", schedule.name);
    Ok(created(StatusCode::CREATED, location, Json(schedule)))
}

async fn read_schedule(
    _: Operator,
    State(operations): State<Operations>,
    Path(name): Path<String>,
) -> Result<Json<Schedule>, ApiError> {
    Ok(Json(operations.schedule(&known_name(name)?, Timestamp::now()).await?))
}

async fn change_schedule(
    operator: Operator,
    State(operations): State<Operations>,
    Path(name): Path<String>,
    Json(input): Json<ScheduleInput>,
) -> Result<Json<Schedule>, ApiError> {
    let (name, now) = (known_name(name)?, Timestamp::now());
    Ok(Json(operations.change_schedule(&name, input, requester(operator), now).await?))
}

async fn delete_schedule(
    operator: Operator,
    State(operations): State<Operations>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    operations.delete_schedule(&known_name(name)?, requester(operator), Timestamp::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What can't be a name names no schedule.
fn known_name(name: String) -> Result<ScheduleName, ApiError> {
    ScheduleName::try_from(name).map_err(|_| ApiError::not_found("There is no schedule of that name."))
}

async fn read_audit_log(
    _: Operator,
    State(operations): State<Operations>,
    Query(query): Query<PageQuery>,
) -> Result<Json<AuditPage>, ApiError> {
    let before = query.cursor::<uuid::Uuid>()?;
    let page = operations.audit_log(query.limit()?, before).await.map_err(ApiError::internal)?;
    let entries = page.records.into_iter().map(AuditEntry::from).collect();
    Ok(Json(AuditPage { entries, next_cursor: page.next }))
}

async fn read_conformance(_: Operator, State(operations): State<Operations>) -> Json<Conformance> {
    Json(operations.conformance(Timestamp::now()).await)
}

fn no_such_relaunch(id: RelaunchId) -> ApiError {
    ApiError::not_found(format!("There is no relaunch {id}."))
}

async fn read_relaunch(
    _: Operator,
    State(operations): State<Operations>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<Relaunch>, ApiError> {
    let record = operations.relaunch(id).await.map_err(ApiError::internal)?;
    record.map(|record| Json(record.into())).ok_or_else(|| no_such_relaunch(id))
}
