//! The one place that talks to Rollcall's API: a typed call for each route.

mod error;

use gloo_net::http::{Method, RequestBuilder, Response};
use leptos::prelude::*;
use rollcall_api::{
    employee::{Employee, EmployeeInput, EmployeePage, MAX_PAGE_EMPLOYEES},
    host::HostAnswer,
    info::Info,
    relaunch::{Relaunch, RelaunchInput, RelaunchPage},
    revision::{RecipeList, Revision, RevisionInput, RevisionPage},
    session::Session,
};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::{AbortSignal, File};

pub(crate) use self::error::{ApiError, sentence};
use crate::{paths::api as routes, session::Keyring};

/// How long a call may take, in milliseconds: HTTP API itself gives up after 30 s.
const CALL_MS: u32 = 31_000;

/// How long sending a photo may take, in milliseconds: 4 MB over a slow mobile link.
const UPLOAD_MS: u32 = 120_000;

/// The API, as whoever is signed in may use it.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    keyring: Keyring,
}

enum Body<'a> {
    None,
    Json(String),
    File(&'a File),
}

impl Api {
    /// The API, called with the tokens of `keyring`.
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self { keyring }
    }

    /// The API this page uses.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// Who is signed in, what they may do, and how to sign in.
    pub(crate) async fn session(self) -> Result<Session, ApiError> {
        self.get(routes::SESSION).await
    }

    /// Which Rollcall answers, and where it runs.
    pub(crate) async fn info(self) -> Result<Info, ApiError> {
        self.get(routes::INFO).await
    }

    /// One page of employees, the first one without a cursor.
    pub(crate) async fn employees(self, cursor: Option<String>) -> Result<EmployeePage, ApiError> {
        self.get(&routes::employees(MAX_PAGE_EMPLOYEES, cursor.as_deref())).await
    }

    /// One employee.
    pub(crate) async fn employee(self, id: &str) -> Result<Employee, ApiError> {
        self.get(&routes::employee(id)).await
    }

    /// Adds an employee.
    pub(crate) async fn create_employee(self, input: &EmployeeInput) -> Result<Employee, ApiError> {
        self.send(Method::POST, routes::EMPLOYEES, input).await
    }

    /// Replaces an employee's details.
    pub(crate) async fn replace_employee(
        self,
        id: &str,
        input: &EmployeeInput,
    ) -> Result<Employee, ApiError> {
        self.send(Method::PUT, &routes::employee(id), input).await
    }

    /// Removes an employee, photo included.
    pub(crate) async fn delete_employee(self, id: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::employee(id), Body::None).await.map(drop)
    }

    /// Gives an employee this photo in place of the one there was.
    pub(crate) async fn put_photo(self, id: &str, photo: &File) -> Result<(), ApiError> {
        self.call(Method::PUT, &routes::photo(id), Body::File(photo)).await.map(drop)
    }

    /// Removes an employee's photo.
    pub(crate) async fn delete_photo(self, id: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::photo(id), Body::None).await.map(drop)
    }

    /// The host as EC2 sees it now.
    pub(crate) async fn host(self) -> Result<HostAnswer, ApiError> {
        self.get(routes::HOST).await
    }

    /// The recipes.
    pub(crate) async fn recipes(self) -> Result<RecipeList, ApiError> {
        self.get(routes::RECIPES).await
    }

    /// One page of revisions, newest first.
    pub(crate) async fn revisions(self, cursor: Option<String>) -> Result<RevisionPage, ApiError> {
        self.get(&routes::revisions(cursor.as_deref())).await
    }

    /// One revision.
    pub(crate) async fn revision(self, number: u32) -> Result<Revision, ApiError> {
        self.get(&routes::revision(number)).await
    }

    /// Makes a revision.
    pub(crate) async fn create_revision(self, input: &RevisionInput) -> Result<Revision, ApiError> {
        self.send(Method::POST, routes::REVISIONS, input).await
    }

    /// Starts a relaunch.
    pub(crate) async fn start_relaunch(self, input: &RelaunchInput) -> Result<Relaunch, ApiError> {
        self.send(Method::POST, routes::RELAUNCHES, input).await
    }

    /// One page of relaunches, newest first.
    pub(crate) async fn relaunches(self, cursor: Option<String>) -> Result<RelaunchPage, ApiError> {
        self.get(&routes::relaunches(cursor.as_deref())).await
    }

    /// One relaunch.
    pub(crate) async fn relaunch(self, id: &str) -> Result<Relaunch, ApiError> {
        self.get(&routes::relaunch(id)).await
    }

    async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T, ApiError> {
        parse(self.call(Method::GET, path, Body::None).await?).await
    }

    async fn send<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        input: &impl Serialize,
    ) -> Result<T, ApiError> {
        // Serialising a wire type cannot fail; were it to, the API would name what an empty body lacks.
        let body = serde_json::to_string(input).unwrap_or_default();
        parse(self.call(method, path, Body::Json(body)).await?).await
    }

    /// One call; a token that the API no longer takes is renewed once.
    async fn call(self, method: Method, path: &str, body: Body<'_>) -> Result<Response, ApiError> {
        let bearer = self.keyring.bearer().await;
        let answer = attempt(method.clone(), path, &body, bearer.as_deref()).await;
        match (answer, bearer) {
            (Err(error), Some(stale)) if error.asks_for_sign_in() => {
                match self.keyring.renew_unless_changed(&stale).await {
                    Some(fresh) => attempt(method, path, &body, Some(&fresh)).await,
                    None => Err(error),
                }
            }
            (answer, _) => answer,
        }
    }
}

async fn attempt(
    method: Method,
    path: &str,
    body: &Body<'_>,
    bearer: Option<&str>,
) -> Result<Response, ApiError> {
    let time = if matches!(body, Body::File(_)) { UPLOAD_MS } else { CALL_MS };
    let mut builder = RequestBuilder::new(path)
        .method(method)
        .header("accept", "application/json")
        .abort_signal(Some(&AbortSignal::timeout_with_u32(time)));
    if let Some(bearer) = bearer {
        builder = builder.header("authorization", &format!("Bearer {bearer}"));
    }
    let request = match body {
        Body::None => builder.build(),
        Body::Json(text) => builder.header("content-type", "application/json").body(text),
        Body::File(file) => builder.header("content-type", &file.type_()).body(*file),
    };
    let response = request.map_err(transport)?.send().await.map_err(transport)?;
    if response.ok() {
        return Ok(response);
    }
    let text = response.text().await.map_err(transport)?;
    Err(ApiError::from_answer(response.status(), &text))
}

async fn parse<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let text = response.text().await.map_err(transport)?;
    serde_json::from_str(&text).map_err(|_| ApiError::Unintelligible(response.status()))
}

fn transport(error: gloo_net::Error) -> ApiError {
    match error {
        gloo_net::Error::JsError(error) if error.name == "TimeoutError" => ApiError::TimedOut,
        _ => ApiError::Unreachable,
    }
}
