//! The routes of the operations, for operators only.

use axum::{
    Router,
    extract::{FromRef, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderName, StatusCode, header};
use jiff::Timestamp;
use rollcall_api::{
    host::HostAnswer,
    problem::FieldError,
    relaunch::{Relaunch, RelaunchInput, RelaunchPage},
    revision::{RecipeList, Revision, RevisionInput, RevisionPage},
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
    relaunch::{RelaunchId, start},
    requester::Requester,
    revision::RevisionNumber,
};

/// How many revisions or relaunches a page holds when the request does not say.
const DEFAULT_PAGE: u32 = 20;
/// The most a page may hold: a revision has up to 16 KB of user data, and a function's answer may have 6 MB
/// ([Lambda quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)).
const MAX_PAGE: u32 = 100;

/// The routes under `/api/operations`.
pub fn routes(operations: Operations, access: Access) -> Router {
    Router::new()
        .route("/api/operations/host", get(read_host))
        .route("/api/operations/recipes", get(list_recipes))
        .route("/api/operations/revisions", get(list_revisions).post(create_revision))
        .route("/api/operations/revisions/{number}", get(read_revision))
        .route("/api/operations/relaunches", get(list_relaunches).post(begin_relaunch))
        .route("/api/operations/relaunches/{id}", get(read_relaunch))
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

/// The body may be left out: a relaunch to the newest revision.
async fn begin_relaunch(
    operator: Operator,
    State(operations): State<Operations>,
    input: Option<Json<RelaunchInput>>,
) -> Result<Response, ApiError> {
    let Json(input) = input.unwrap_or_default();
    let request = start::Request {
        revision: input.revision.map(RevisionNumber),
        requested_by: requester(operator),
        invocation: None,
    };
    let record = operations.begin_relaunch(request, Timestamp::now()).await?;
    operations.wake().await;
    let location = format!("/api/operations/relaunches/{}", record.id);
    Ok(created(StatusCode::ACCEPTED, location, Json(Relaunch::from(record))))
}

async fn read_relaunch(
    _: Operator,
    State(operations): State<Operations>,
    Path(id): Path<RelaunchId>,
) -> Result<Json<Relaunch>, ApiError> {
    let record = operations.relaunch(id).await.map_err(ApiError::internal)?;
    record
        .map(|record| Json(record.into()))
        .ok_or_else(|| ApiError::not_found(format!("There is no relaunch {id}.")))
}
