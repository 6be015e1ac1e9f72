//! The one place that talks to Rollcall's API: a typed call for each route.

mod error;
mod once;

use std::{future::Future, pin::Pin};

use gloo_net::http::{Method, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use rollcall_api::{
    audit::{self, HistoryTextPage},
    conformance,
    duplicate::{Different, DuplicatePage, Merge, Same},
    employee::{Employee, EmployeeInput, EmployeePage},
    export::ExportInput,
    former::{Erasure, FormerTextPage},
    host,
    import::ImportReport,
    info::InfoText,
    plan::{self, PlanInput},
    relaunch::{self, RelaunchInput},
    reporting::{EmployeeChain, ReportPage},
    revision::{self, RevisionInput},
    schedule::{Schedule, ScheduleInput, ScheduleList},
    scim_token::{MadeScimToken, NewScimToken, ScimTokenPage},
    search_index::SearchIndexState,
    session,
    stress::NewStressTest,
    word::Lenient,
};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::{AbortSignal, Blob};

pub(crate) use self::error::{ApiError, sentence};
use crate::paths::api as routes;

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

/// The status of too many requests.
const TOO_MANY: u16 = 429;

/// How often it is waited when there were too many requests, and for how many seconds at the most.
const WAITS: u32 = 5;
const MAX_WAIT_SECONDS: u32 = 5;

/// How many entries of the audit log are read at once.
const AUDIT_PAGE: u32 = 50;

/// The API, as whoever is signed in may use it: the browser sends the session's cookie along by itself.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    /// How often a call was refused because nobody is signed in, or nobody any more.
    refusals: RwSignal<u32>,
}

/// Something that can be changed, and the tag by which a change says what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tagged<T> {
    pub(crate) shown: T,
    pub(crate) tag: Option<String>,
}

/// An answer that was a success, as text: what it says is read where it was asked for.
struct Answer {
    status: u16,
    text: String,
    tag: Option<String>,
    /// Where the next page is, for what comes as one text in several answers.
    next: Option<String>,
}

enum Body<'a> {
    None,
    Json(String),
    File(&'a Blob),
    Csv(&'a str),
}

impl Api {
    pub(crate) fn new() -> Self {
        Self { refusals: RwSignal::new(0) }
    }

    /// The API this page uses.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// How often a call was refused because nobody is signed in, or nobody any more; tracked.
    pub(crate) fn refusals(self) -> u32 {
        self.refusals.get()
    }

    /// Signs out of this session, or out of every one of the same person's.
    pub(crate) async fn sign_out(self, everywhere: bool) -> Result<session::SignedOut, ApiError> {
        self.send(Method::POST, routes::SIGN_OUT, &session::SignOut { everywhere }).await
    }

    /// One page of the sessions that count, newest first: one's own, or for operators everyone's.
    pub(crate) async fn sessions(
        self,
        everyone: bool,
        cursor: Option<String>,
    ) -> Result<session::SessionPage, ApiError> {
        self.get(&routes::sessions(everyone, cursor.as_deref())).await
    }

    pub(crate) async fn end_session(self, id: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::session(id), Body::None).await.map(drop)
    }

    /// Who is signed in, and what they may do.
    pub(crate) async fn session(self) -> Result<Session, ApiError> {
        self.get(routes::SESSION).await
    }

    /// Which Rollcall answers at a path, and where it runs.
    pub(crate) async fn info(self, path: &'static str) -> Result<InfoText, ApiError> {
        self.get(path).await
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

    /// The same for who is going to change them.
    pub(crate) async fn employee_to_change(self, id: &str) -> Result<Tagged<Employee>, ApiError> {
        tagged(self.call(Method::GET, &routes::employee(id), Body::None).await?)
    }

    /// An employee as a card for an address book.
    pub(crate) async fn vcard(self, id: &str) -> Result<String, ApiError> {
        self.call(Method::GET, &routes::vcard(id), Body::None).await.map(|answer| answer.text)
    }

    /// A part of a file of people who were picked one by one.
    pub(crate) async fn export_picked(self, input: &ExportInput) -> Result<String, ApiError> {
        self.call(Method::POST, routes::EXPORT, json(input)).await.map(|answer| answer.text)
    }

    pub(crate) async fn create_employee(self, input: &EmployeeInput) -> Result<Tagged<Employee>, ApiError> {
        tagged(self.call(Method::POST, routes::EMPLOYEES, json(input)).await?)
    }

    /// Changes an employee, provided that they are as the tag says.
    pub(crate) async fn replace_employee(
        self,
        id: &str,
        input: &EmployeeInput,
        tag: Option<&str>,
    ) -> Result<Tagged<Employee>, ApiError> {
        tagged(self.call_for(tag, Method::PUT, &routes::employee(id), json(input)).await?)
    }

    /// Removes an employee, photo included.
    pub(crate) async fn delete_employee(self, id: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::employee(id), Body::None).await.map(drop)
    }

    /// One page of those who share something.
    pub(crate) fn duplicates(
        self,
        same: Same,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<DuplicatePage, ApiError>> + use<> {
        let route = routes::duplicates(same, cursor);
        async move { self.get(&route).await }
    }

    /// Tells people apart who share something, for good, or takes that back.
    pub(crate) async fn tell_apart(self, ids: Vec<String>, different: bool) -> Result<(), ApiError> {
        self.call(Method::PUT, routes::DIFFERENT, json(&Different { ids, different })).await.map(drop)
    }

    /// Merges someone into an employee.
    pub(crate) async fn merge(self, id: &str, merge: &Merge) -> Result<Employee, ApiError> {
        self.send(Method::POST, &routes::merge(id), merge).await
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
        self.call(Method::POST, &routes::erase(id), json(&Erasure { confirm })).await.map(drop)
    }

    /// Gives an employee this photo in place of the one there was, provided that they are as the tag says.
    pub(crate) async fn put_photo(self, id: &str, photo: &Blob, tag: Option<&str>) -> Result<(), ApiError> {
        self.call_for(tag, Method::PUT, &routes::photo(id), Body::File(photo)).await.map(drop)
    }

    /// Removes an employee's photo, provided that they are as the tag says.
    pub(crate) async fn delete_photo(self, id: &str, tag: Option<&str>) -> Result<(), ApiError> {
        self.call_for(tag, Method::DELETE, &routes::photo(id), Body::None).await.map(drop)
    }

    /// Those above an employee.
    pub(crate) async fn chain(self, id: &str) -> Result<EmployeeChain, ApiError> {
        self.get(&routes::chain(id)).await
    }

    /// The employee who is signed in.
    pub(crate) async fn me(self) -> Result<Employee, ApiError> {
        self.get(routes::ME).await
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

    /// One page of the tokens by which identity providers keep the directory, newest first.
    pub(crate) async fn scim_tokens(self, cursor: Option<String>) -> Result<ScimTokenPage, ApiError> {
        self.get(&routes::scim_tokens(cursor.as_deref())).await
    }

    /// Makes one, which is told this once.
    pub(crate) async fn make_scim_token(self, name: String) -> Result<MadeScimToken, ApiError> {
        self.send(Method::POST, routes::SCIM_TOKENS, &NewScimToken { name }).await
    }

    pub(crate) async fn revoke_scim_token(self, id: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, &routes::scim_token(id), Body::None).await.map(drop)
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

    /// Begins a stress test of so many minutes, or stops the one that goes on.
    pub(crate) async fn stress_host(self, minutes: Option<u8>) -> Result<InfoText, ApiError> {
        let (method, body) = match minutes {
            Some(minutes) => (Method::POST, json(&NewStressTest { minutes })),
            None => (Method::DELETE, Body::None),
        };
        parse(&self.call(method, routes::STRESS, body).await?)
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

    /// Changes a schedule, provided that it is as the tag says.
    pub(crate) async fn replace_schedule(
        self,
        name: &str,
        input: &ScheduleInput,
        tag: Option<&str>,
    ) -> Result<Schedule, ApiError> {
        parse(&self.call_for(tag, Method::PUT, &routes::schedule(name), json(input)).await?)
    }

    /// Removes a schedule, provided that it is as the tag says.
    pub(crate) async fn delete_schedule(self, name: &str, tag: Option<&str>) -> Result<(), ApiError> {
        self.call_for(tag, Method::DELETE, &routes::schedule(name), Body::None).await.map(drop)
    }

    /// Lets the runs of a schedule be made again that a rollback holds.
    pub(crate) async fn take_up_schedule(self, name: &str) -> Result<Schedule, ApiError> {
        parse(&self.call(Method::POST, &routes::take_up_schedule(name), Body::None).await?)
    }

    /// One page of the audit log, newest first.
    pub(crate) async fn audit(self, query: &str, cursor: Option<String>) -> Result<AuditPage, ApiError> {
        self.get(&routes::audit(query, AUDIT_PAGE, cursor.as_deref())).await
    }

    /// One page of what was done to an employee, newest first.
    pub(crate) async fn history(self, id: &str, cursor: Option<String>) -> Result<HistoryTextPage, ApiError> {
        self.get(&routes::history(id, cursor.as_deref())).await
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
        parse(&self.call(method, path, json(input)).await?)
    }

    fn call<'a>(
        self,
        method: Method,
        path: &'a str,
        body: Body<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + 'a>> {
        self.call_for(None, method, path, body)
    }

    /// One call, for what has this tag if there is one.
    ///
    /// In a box, so that each kind of answer adds only its own reading to the download.
    fn call_for<'a>(
        self,
        tag: Option<&'a str>,
        method: Method,
        path: &'a str,
        body: Body<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + 'a>> {
        Box::pin(async move {
            let key = (method == Method::POST).then(once::new_key);
            let ask = || ask((tag, key.as_deref()), method.clone(), path, &body);
            let mut answer = ask().await;
            // It is not known whether it was done, and by its key it is done once.
            if key.is_some() && matches!(answer, Err((ApiError::Unreachable, _))) {
                answer = ask().await;
            }
            // Whoever changes many people asks for much, and waits a second rather than be told of it.
            for _ in 0..WAITS {
                let Err((_, Some(seconds @ ..=MAX_WAIT_SECONDS))) = answer else { break };
                TimeoutFuture::new(seconds * 1_000).await;
                answer = ask().await;
            }
            let answer = answer.map_err(|(error, _)| error);
            if answer.as_ref().is_err_and(ApiError::asks_for_sign_in) {
                self.refusals.update(|refusals| *refusals = refusals.wrapping_add(1));
            }
            answer
        })
    }
}

/// Asks for what has this tag if there is one, and is to be done once if it has a key. Whoever asked too much is told in how many
/// seconds to come again.
async fn ask(
    (tag, key): (Option<&str>, Option<&str>),
    method: Method,
    path: &str,
    body: &Body<'_>,
) -> Result<Answer, (ApiError, Option<u32>)> {
    let unreachable = |error| (transport(error), None);
    let time = if matches!(body, Body::File(_)) { UPLOAD_MS } else { CALL_MS };
    let mut builder =
        RequestBuilder::new(path).method(method).abort_signal(Some(&AbortSignal::timeout_with_u32(time)));
    if let Some(tag) = tag {
        builder = builder.header("if-match", tag);
    }
    if let Some(key) = key {
        builder = builder.header(once::IDEMPOTENCY_KEY, key);
    }
    let request = match body {
        Body::None => builder.build(),
        Body::Json(text) => builder.header("content-type", "application/json").body(text.as_str()),
        Body::File(file) => builder.header("content-type", &file.type_()).body(*file),
        Body::Csv(text) => builder.header("content-type", "text/csv; charset=utf-8").body(*text),
    };
    let response = request.map_err(unreachable)?.send().await.map_err(unreachable)?;
    let next = response
        .headers()
        .get("link")
        .and_then(|link| Some(link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")?.to_owned()));
    let tag = response.headers().get("etag");
    let text = response.text().await.map_err(unreachable)?;
    let status = response.status();
    if response.ok() {
        Ok(Answer { status, text, tag, next })
    } else {
        let wait = response.headers().get("retry-after").filter(|_| status == TOO_MANY);
        Err((ApiError::from_answer(status, &text), wait.and_then(|wait| wait.parse().ok())))
    }
}

/// What is sent as JSON. Serialising a wire type cannot fail; were it to, the API would name what an empty body lacks.
fn json(input: &impl Serialize) -> Body<'static> {
    Body::Json(serde_json::to_string(input).unwrap_or_default())
}

fn tagged<T: DeserializeOwned>(answer: Answer) -> Result<Tagged<T>, ApiError> {
    Ok(Tagged { shown: parse(&answer)?, tag: answer.tag })
}

fn parse<T: DeserializeOwned>(answer: &Answer) -> Result<T, ApiError> {
    crate::json::read(&answer.text).ok_or(ApiError::Foreign(answer.status))
}

fn transport(error: gloo_net::Error) -> ApiError {
    match error {
        gloo_net::Error::JsError(error) if error.name == "TimeoutError" => ApiError::TimedOut,
        _ => ApiError::Unreachable,
    }
}
