//! The one place that talks to Rollcall's API: a typed call for each route.

mod error;

use std::{future::Future, pin::Pin};

use gloo_net::http::{Method, RequestBuilder};
use leptos::prelude::*;
use rollcall_api::{
    audit, conformance,
    employee::{Employee, EmployeeInput, EmployeePage},
    former::{Erasure, FormerTextPage},
    host,
    import::ImportReport,
    info::InfoText,
    plan::{self, PlanInput},
    relaunch::{self, RelaunchInput},
    reporting::{EmployeeChain, ReportPage},
    revision::{self, RevisionInput},
    schedule::{Schedule, ScheduleInput, ScheduleList},
    search_index::SearchIndexState,
    session,
    word::Lenient,
};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::{AbortSignal, File};

pub(crate) use self::error::{ApiError, sentence};
use crate::{json, oidc::Keyring, paths::api as routes};

// What the API answers, read so that a word this build doesn't know leaves the rest readable.
#[cfg(test)]
pub(crate) type Approval = relaunch::Approval<Lenient>;
pub(crate) type AuditEntry = audit::AuditEntry<Lenient>;
type AuditPage = audit::AuditPage<Lenient>;
pub(crate) type BootLog = relaunch::BootLog<Lenient>;
pub(crate) type BootReport = relaunch::BootReport<Lenient>;
pub(crate) type Check = plan::Check<Lenient>;
pub(crate) type Conformance = conformance::Conformance<Lenient>;
pub(crate) type DiffHunk = plan::DiffHunk<Lenient>;
#[cfg(test)]
pub(crate) type DiffLine = plan::DiffLine<Lenient>;
pub(crate) type Fact = conformance::Fact<Lenient>;
pub(crate) type Host = host::Host<Lenient>;
type HostAnswer = host::HostAnswer<Lenient>;
pub(crate) type Plan = plan::Plan<Lenient>;
pub(crate) type PlannedStep = plan::PlannedStep<Lenient>;
pub(crate) type Recipe = revision::Recipe<Lenient>;
type RecipeList = revision::RecipeList<Lenient>;
pub(crate) type Relaunch = relaunch::Relaunch<Lenient>;
type RelaunchPage = relaunch::RelaunchPage<Lenient>;
pub(crate) type Revision = revision::Revision<Lenient>;
type RevisionPage = revision::RevisionPage<Lenient>;
pub(crate) type Session = session::Session<Lenient>;
pub(crate) type Step = relaunch::Step<Lenient>;

/// How long a call may take, in milliseconds: HTTP API itself gives up after 30 s.
const CALL_MS: u32 = 31_000;

/// How long sending a photo may take, in milliseconds: the largest over a slow mobile link.
const UPLOAD_MS: u32 = 120_000;

/// How many entries of the audit log are read at once.
const AUDIT_PAGE: u32 = 50;

/// The API, as whoever is signed in may use it.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    keyring: Keyring,
}

/// An answer that was a success, as text: what it says is read where it was asked for.
struct Answer {
    status: u16,
    text: String,
    /// Where the next page is, for what comes as one text in several answers.
    next: Option<String>,
}

enum Body<'a> {
    None,
    Json(String),
    File(&'a File),
    Csv(&'a str),
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
    pub(crate) async fn info(self) -> Result<InfoText, ApiError> {
        self.get(routes::INFO).await
    }

    /// One page of the employees who are looked for, the first one without a cursor.
    pub(crate) fn employees(
        self,
        parameters: &[(&str, &str)],
        limit: u32,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<EmployeePage, ApiError>> + use<> {
        let route = routes::employees(parameters, limit, cursor);
        async move { self.get(&route).await }
    }

    /// Those who are looked for, as a CSV file.
    pub(crate) async fn export(self, parameters: &[(&str, &str)]) -> Result<String, ApiError> {
        let mut file = String::new();
        let mut next = Some(routes::export(parameters));
        while let Some(page) = next.take() {
            let answer = self.call(Method::GET, &page, Body::None).await?;
            file.push_str(&answer.text);
            next = answer.next;
        }
        Ok(file)
    }

    pub(crate) async fn employee(self, id: &str) -> Result<Employee, ApiError> {
        self.get(&routes::employee(id)).await
    }

    pub(crate) async fn create_employee(self, input: &EmployeeInput) -> Result<Employee, ApiError> {
        self.send(Method::POST, routes::EMPLOYEES, input).await
    }

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

    /// One page of those who left, newest first.
    pub(crate) async fn former(self, cursor: Option<String>) -> Result<FormerTextPage, ApiError> {
        self.get(&routes::former(cursor.as_deref())).await
    }

    /// Brings someone back who left.
    pub(crate) async fn restore_employee(self, id: &str) -> Result<Employee, ApiError> {
        parse(&self.call(Method::POST, &routes::restore(id), Body::None).await?)
    }

    /// Erases what is kept of someone who left; `confirm` is what was typed to confirm it.
    pub(crate) async fn erase_former(self, id: &str, confirm: String) -> Result<(), ApiError> {
        let body = serde_json::to_string(&Erasure { confirm }).unwrap_or_default();
        self.call(Method::POST, &routes::erase(id), Body::Json(body)).await.map(drop)
    }

    /// Gives an employee this photo in place of the one there was.
    pub(crate) async fn put_photo(self, id: &str, photo: &File) -> Result<(), ApiError> {
        self.call(Method::PUT, &routes::photo(id), Body::File(photo)).await.map(drop)
    }

    /// Removes an employee's photo.
    pub(crate) async fn delete_photo(self, id: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::photo(id), Body::None).await.map(drop)
    }

    /// Those above an employee.
    pub(crate) async fn chain(self, id: &str) -> Result<EmployeeChain, ApiError> {
        self.get(&routes::chain(id)).await
    }

    /// One page of those who report to an employee; without one, of those at the top.
    pub(crate) async fn reports(
        self,
        of: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<ReportPage, ApiError> {
        self.get(&routes::reports(of, cursor)).await
    }

    /// The first of those whose manager is not there.
    pub(crate) async fn lost(self) -> Result<ReportPage, ApiError> {
        self.get(routes::LOST).await
    }

    /// Takes in a piece of a file, or only asks what would come of it.
    pub(crate) async fn import(
        self,
        piece: &str,
        writes: bool,
        columns: &str,
    ) -> Result<ImportReport, ApiError> {
        parse(&self.call(Method::POST, &routes::import(writes, columns), Body::Csv(piece)).await?)
    }

    /// How the search index is.
    pub(crate) async fn search_index(self) -> Result<SearchIndexState, ApiError> {
        self.get(routes::SEARCH_INDEX).await
    }

    /// The host as EC2 sees it now.
    pub(crate) async fn host(self) -> Result<HostAnswer, ApiError> {
        self.get(routes::HOST).await
    }

    pub(crate) async fn recipes(self) -> Result<RecipeList, ApiError> {
        self.get(routes::RECIPES).await
    }

    /// One page of revisions, newest first.
    pub(crate) async fn revisions(self, cursor: Option<String>) -> Result<RevisionPage, ApiError> {
        self.get(&routes::revisions(cursor.as_deref())).await
    }

    pub(crate) async fn revision(self, number: u32) -> Result<Revision, ApiError> {
        self.get(&routes::revision(number)).await
    }

    pub(crate) async fn create_revision(self, input: &RevisionInput) -> Result<Revision, ApiError> {
        self.send(Method::POST, routes::REVISIONS, input).await
    }

    pub(crate) async fn start_relaunch(self, input: &RelaunchInput) -> Result<Relaunch, ApiError> {
        self.send(Method::POST, routes::RELAUNCHES, input).await
    }

    /// One page of relaunches, newest first.
    pub(crate) async fn relaunches(self, cursor: Option<String>) -> Result<RelaunchPage, ApiError> {
        self.get(&routes::relaunches(cursor.as_deref())).await
    }

    pub(crate) async fn relaunch(self, id: &str) -> Result<Relaunch, ApiError> {
        self.get(&routes::relaunch(id)).await
    }

    pub(crate) async fn cancel_relaunch(self, id: &str) -> Result<Relaunch, ApiError> {
        parse(&self.call(Method::POST, &routes::cancel_relaunch(id), Body::None).await?)
    }

    /// Lets a relaunch go on that waits for a person to look at its new host.
    pub(crate) async fn approve_relaunch(self, id: &str) -> Result<Relaunch, ApiError> {
        parse(&self.call(Method::POST, &routes::approve_relaunch(id), Body::None).await?)
    }

    /// What is kept of the start of a relaunch's new host.
    pub(crate) async fn boot_log(self, id: &str) -> Result<BootLog, ApiError> {
        self.get(&routes::boot_log(id)).await
    }

    /// Terminates the host, as a relaunch without a successor.
    pub(crate) async fn terminate_host(self, reason: Option<&str>) -> Result<Relaunch, ApiError> {
        parse(&self.call(Method::DELETE, &routes::terminate_host(reason), Body::None).await?)
    }

    /// What launching a revision would do.
    pub(crate) async fn plan(self, input: &PlanInput) -> Result<Plan, ApiError> {
        self.send(Method::POST, routes::PLANS, input).await
    }

    pub(crate) async fn schedules(self) -> Result<ScheduleList, ApiError> {
        self.get(routes::SCHEDULES).await
    }

    pub(crate) async fn schedule(self, name: &str) -> Result<Schedule, ApiError> {
        self.get(&routes::schedule(name)).await
    }

    pub(crate) async fn create_schedule(self, input: &ScheduleInput) -> Result<Schedule, ApiError> {
        self.send(Method::POST, routes::SCHEDULES, input).await
    }

    pub(crate) async fn replace_schedule(
        self,
        name: &str,
        input: &ScheduleInput,
    ) -> Result<Schedule, ApiError> {
        self.send(Method::PUT, &routes::schedule(name), input).await
    }

    pub(crate) async fn delete_schedule(self, name: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::schedule(name), Body::None).await.map(drop)
    }

    /// Lets the runs of a schedule be made again that a rollback holds.
    pub(crate) async fn take_up_schedule(self, name: &str) -> Result<Schedule, ApiError> {
        parse(&self.call(Method::POST, &routes::take_up_schedule(name), Body::None).await?)
    }

    /// One page of the audit log, newest first.
    pub(crate) async fn audit(self, cursor: Option<String>) -> Result<AuditPage, ApiError> {
        self.get(&routes::audit(AUDIT_PAGE, cursor.as_deref())).await
    }

    /// The account held against what is declared.
    pub(crate) async fn conformance(self) -> Result<Conformance, ApiError> {
        self.get(routes::CONFORMANCE).await
    }

    async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T, ApiError> {
        parse(&self.call(Method::GET, path, Body::None).await?)
    }

    async fn send<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        input: &impl Serialize,
    ) -> Result<T, ApiError> {
        // Serialising a wire type cannot fail; were it to, the API would name what an empty body lacks.
        let body = serde_json::to_string(input).unwrap_or_default();
        parse(&self.call(method, path, Body::Json(body)).await?)
    }

    /// One call; a token that the API no longer takes is renewed once.
    ///
    /// In a box, so that each kind of answer adds only its own reading to the download.
    fn call<'a>(
        self,
        method: Method,
        path: &'a str,
        body: Body<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + 'a>> {
        Box::pin(async move {
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
        })
    }
}

async fn attempt(
    method: Method,
    path: &str,
    body: &Body<'_>,
    bearer: Option<&str>,
) -> Result<Answer, ApiError> {
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
        Body::Csv(text) => builder.header("content-type", "text/csv; charset=utf-8").body(*text),
    };
    let response = request.map_err(transport)?.send().await.map_err(transport)?;
    let next = response
        .headers()
        .get("link")
        .and_then(|link| Some(link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?.to_owned()));
    let text = response.text().await.map_err(transport)?;
    let status = response.status();
    if response.ok() { Ok(Answer { status, text, next }) } else { Err(ApiError::from_answer(status, &text)) }
}

fn parse<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    json::read(&answer.text).ok_or(ApiError::Foreign(answer.status))
}

fn transport(error: gloo_net::Error) -> ApiError {
    match error {
        gloo_net::Error::JsError(error) if error.name == "TimeoutError" => ApiError::TimedOut,
        _ => ApiError::Unreachable,
    }
}
