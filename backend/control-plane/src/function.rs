//! The function: its settings, its routes, and what it does with each kind of event.

use std::{sync::Arc, time::Duration};

use axum::Router;
use lambda_runtime::{Diagnostic, Error, LambdaEvent};
use rollcall_api::info::RunsOn;
use rollcall_aws::{records::Records, spans::Daemon};
use rollcall_directory::{Directory, DirectorySettings, Erasing, Follower, IndexKeeper, PhotoSweeper, Wake};
use rollcall_error::source_chain;
use rollcall_operations::{Operations, OperationsSettings, invocation::Invocation as Wakeup};
use rollcall_web::{
    Routes,
    access::{Access, AccessSettings},
    openapi, safe_headers,
    sessions::Sessions,
    trace_id::TraceId,
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tracing::Instrument;

use crate::{
    deadline,
    document::DOCUMENT,
    event::{Event, UnknownEvent},
    http,
    run::{self, Failure, Invocation},
};

/// How soon Lambda is asked for an event, once all is set up.
const ASKED_WITHIN: Duration = Duration::from_millis(5);

/// All a running function holds on to.
pub(crate) struct Function {
    router: Router,
    access: Access,
    operations: Operations,
    /// None where no search index is set up.
    index: Option<IndexKeeper>,
    /// None where there is no table of people.
    follower: Option<Follower>,
    /// None where there is no table of people.
    photo_sweeper: Option<PhotoSweeper>,
    /// None where nobody takes traces.
    tracer: Option<Daemon>,
}

impl Function {
    /// The function as its environment sets it up.
    ///
    /// # Errors
    /// The first setting that is missing or not valid.
    pub(crate) async fn from_env() -> Result<Self, Error> {
        let config = rollcall_aws::config().await;
        let access = Access::new(AccessSettings::from_env()?, Sessions::from_env(&config)?);
        let settings = OperationsSettings::from_env()?;
        let audit_table = settings.operations_table.clone();
        let operations = Operations::new(&config, settings)?;
        let directory = Directory::from_settings(&config, DirectorySettings::from_env()?)
            .with_audit(operations.audit.clone())
            .with_erasing(Erasing::new(wake_to_keep_index(&operations)));
        // After Lambda was asked for the first event, and beside all else: whoever came first waits for this start, and to
        // read the system's certificates takes milliseconds.
        let connecting = directory.clone();
        tokio::spawn(async move {
            tokio::time::sleep(ASKED_WITHIN).await;
            connecting.warm_up().await;
        });
        let routes = routes(&directory, &operations, &access, Records::new(&config, audit_table));
        let app =
            rollcall_web::app_with(routes.into_router(&access), http::REQUEST, safe_headers::add_over_tls);
        let router = rollcall_web::audited(app, operations.audit.clone());
        let (index, follower) = (directory.index_keeper(), directory.follower());
        let photo_sweeper = directory.photo_sweeper();
        let tracer = Daemon::from_env();
        Ok(Self { router, access, operations, index, follower, photo_sweeper, tracer })
    }

    fn index(&self) -> Result<&IndexKeeper, Diagnostic> {
        self.index.as_ref().ok_or_else(no_index)
    }

    /// Handles one invocation. Whatever is logged of it has its ids, by the names that lines of requests have them by; whatever
    /// it asks AWS for is a part of its trace, where that is sampled.
    ///
    /// # Errors
    /// When the event is of no known kind, or what it asked for failed: Lambda counts it as failed.
    pub(crate) async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Box<RawValue>, Diagnostic> {
        let context = &event.context;
        let trace = context.xray_trace_id.as_deref().and_then(TraceId::parse);
        let trace_id = trace.as_ref().map(TraceId::as_str);
        let span = tracing::error_span!("invocation", request_id = context.request_id, trace_id);
        if let (Some(tracer), Some(header)) = (&self.tracer, &context.xray_trace_id) {
            tracer.follow(header, &span);
        }
        self.act(event).instrument(span).await
    }

    async fn act(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let invocation = Invocation { request_id: &context.request_id, until: deadline::of(&context) };
        let operations = &self.operations;
        match Event::parse(&payload).map_err(|error| refused(&error))? {
            Event::Http(request) => {
                let response = http::answer(self.router.clone(), *request, context).await;
                to_raw_value(&response).map_err(|error| unreadable(&error))
            }
            Event::Status => answer(run::status(operations).await),
            Event::Tick => answer(run::tick(operations, invocation).await),
            Event::Drive => answer(run::drive(operations, invocation).await),
            Event::StandBy { relaunch, epoch } => {
                answer(run::stand_by(operations, (relaunch, epoch), invocation).await)
            }
            Event::Changed(changes) => {
                let keepers = (self.index()?, self.follower.as_ref());
                answer(run::changed(keepers, &self.access, &operations.waker, changes, invocation).await)
            }
            Event::Reindex => answer(run::reindex(self.index()?, &operations.waker, invocation).await),
            Event::KeepIndex => answer(run::keep_index(self.index()?, &operations.waker, invocation).await),
            Event::SweepPhotos { after } => {
                let sweeper = self.photo_sweeper.as_ref().ok_or_else(no_people)?;
                answer(run::sweep_photos(sweeper, &operations.waker, after, invocation).await)
            }
            Event::Relaunch(wanted) => answer(run::relaunch(operations, wanted, invocation).await),
        }
    }
}

/// Has another invocation make the segment of the search index that is due.
fn wake_to_keep_index(operations: &Operations) -> Wake {
    let waker = operations.waker.clone();
    Arc::new(move || {
        let waker = waker.clone();
        Box::pin(async move { waker.wake(&Wakeup::KeepIndex {}).await })
    })
}

/// Every route that the function answers.
pub(crate) fn routes(
    directory: &Directory,
    operations: &Operations,
    access: &Access,
    audit_table: Records,
) -> Routes {
    rollcall_directory::routes(directory, access, RunsOn::Lambda)
        .merge(rollcall_operations::routes(operations, access))
        .merge(rollcall_web::sign_in::routes(access, Some(&operations.audit)))
        .merge(rollcall_web::scim_tokens::routes(access, audit_table))
        .merge(rollcall_web::session::routes(access.clone()))
        .merge(openapi::routes(DOCUMENT))
}

fn no_index() -> Diagnostic {
    let failure = Failure::from(rollcall_error::Error::not_found(
        "No search index is set up: SEARCH_INDEX_TABLE and ARTIFACTS_BUCKET must name its table and its bucket.",
    ));
    failed(&failure)
}

fn no_people() -> Diagnostic {
    failed(&Failure::from(rollcall_error::Error::not_found(
        "No table of people is set up (PEOPLE_TABLE), so that nobody knows which photos former employees have.",
    )))
}

fn answer(result: Result<impl Serialize, Failure>) -> Result<Box<RawValue>, Diagnostic> {
    match result {
        Ok(value) => to_raw_value(&value).map_err(|error| unreadable(&error)),
        Err(failure) => Err(failed(&failure)),
    }
}

fn failed(failure: &Failure) -> Diagnostic {
    tracing::error!(error = source_chain(failure), "the invocation failed");
    Diagnostic { error_type: failure.kind().to_owned(), error_message: failure.to_string() }
}

fn refused(error: &UnknownEvent) -> Diagnostic {
    tracing::error!(error = source_chain(error), "the event was refused");
    let error_message = source_chain(error);
    Diagnostic { error_type: "UnknownEvent".to_owned(), error_message }
}

fn unreadable(error: &serde_json::Error) -> Diagnostic {
    tracing::error!(error = source_chain(error), "an answer could not be written");
    Diagnostic {
        error_type: "Internal".to_owned(),
        error_message: "the answer could not be written".to_owned(),
    }
}
