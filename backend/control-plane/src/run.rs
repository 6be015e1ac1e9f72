//! What an invocation that is no HTTP request does, and what it answers.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{
    host::Host,
    relaunch::{Relaunch, RelaunchOutcome},
};
use rollcall_operations::{
    Operations,
    relaunch::{
        Record, RelaunchId,
        drive::{Drive, DriveError},
        start,
    },
    requester::Requester,
    revision::RevisionNumber,
    table::TableError,
};
use rollcall_web::problem::ApiError;
use serde::Serialize;
use thiserror::Error;
use tokio::time::Instant;

/// How long to wait before looking again at a relaunch that another driver drives.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why an invocation failed. Its text is the caller's answer, so that a failed run is a failed invocation.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The relaunch could not be begun, or the host not be read.
    #[error("{0}")]
    Refused(#[from] ApiError),
    /// The relaunch could not be driven.
    #[error("the relaunch could not be driven; the next tick goes on")]
    Drive(#[from] DriveError),
    /// A record could not be read.
    #[error("the operations table could not be read")]
    Table(#[from] TableError),
    /// The relaunch is over, and the host is not the one asked for.
    #[error("the relaunch {id} ended {outcome}: {reason}")]
    NotRelaunched {
        /// The relaunch.
        id: RelaunchId,
        /// How it ended.
        outcome: String,
        /// Which step failed, and why.
        reason: String,
    },
}

impl Failure {
    /// The kind of failure, as Lambda reports it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "Refused",
            Self::Drive(_) | Self::Table(_) => "Interrupted",
            Self::NotRelaunched { .. } => "NotRelaunched",
        }
    }
}

/// The answer to `{"action":"status"}`.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    /// The host as EC2 sees it.
    host: Option<Host>,
    /// The newest relaunch.
    relaunch: Option<Relaunch>,
}

/// What a driver found and left behind.
#[derive(Debug, Serialize)]
pub(crate) struct Driven {
    /// `idle`, `elsewhere`, `ended` or `unfinished`.
    state: &'static str,
    /// The relaunch that was driven.
    relaunch: Option<Relaunch>,
}

/// Who invokes, and how long the invocation may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Invocation<'a> {
    /// Lambda's request id; the same when Lambda repeats a failed asynchronous invocation.
    pub request_id: &'a str,
    /// When nothing new may be begun.
    pub until: Instant,
}

/// The host and the newest relaunch.
pub(crate) async fn status(operations: &Operations) -> Result<Status, Failure> {
    let relaunches = async { operations.relaunches(1, None).await.map_err(Failure::from) };
    let host = async { operations.host().await.map_err(Failure::from) };
    let (host, relaunches) = tokio::try_join!(host, relaunches)?;
    Ok(Status { host, relaunch: relaunches.records.into_iter().next().map(Relaunch::from) })
}

/// Goes on with the relaunch in progress.
pub(crate) async fn drive(operations: &Operations, invocation: Invocation<'_>) -> Result<Driven, Failure> {
    let drive = operations.drive(invocation.request_id, invocation.until).await?;
    let driven = |state, record: Option<Box<Record>>| Driven {
        state,
        relaunch: record.map(|record| Relaunch::from(*record)),
    };
    Ok(match drive {
        Drive::Idle => driven("idle", None),
        Drive::Elsewhere => driven("elsewhere", None),
        Drive::Ended(record) => driven("ended", Some(record)),
        Drive::Unfinished(record) => {
            operations.wake().await;
            driven("unfinished", Some(record))
        }
    })
}

/// Begins a relaunch and sees it through, or as far as the time allows.
pub(crate) async fn relaunch(
    operations: &Operations,
    revision: Option<RevisionNumber>,
    requested_by: Requester,
    invocation: Invocation<'_>,
) -> Result<Relaunch, Failure> {
    let request =
        start::Request { revision, requested_by, invocation: Some(invocation.request_id.to_owned()) };
    let begun = operations.begin_relaunch(request, Timestamp::now()).await?;
    let record = follow(operations, begun, invocation).await?;
    match record.outcome() {
        Some(RelaunchOutcome::Succeeded) => Ok(record.into()),
        None => {
            operations.wake().await;
            Ok(record.into())
        }
        Some(outcome) => Err(not_relaunched(&record, outcome)),
    }
}

/// Drives the relaunch, or watches it while another driver does.
async fn follow(
    operations: &Operations,
    mut record: Record,
    invocation: Invocation<'_>,
) -> Result<Record, Failure> {
    while record.outcome().is_none() && Instant::now() < invocation.until {
        match operations.drive(invocation.request_id, invocation.until).await? {
            Drive::Ended(driven) | Drive::Unfinished(driven) if driven.id == record.id => record = *driven,
            _ => {
                tokio::time::sleep(LOOK_AGAIN).await;
                record = operations.relaunch(record.id).await?.unwrap_or(record);
            }
        }
    }
    Ok(record)
}

fn not_relaunched(record: &Record, outcome: RelaunchOutcome) -> Failure {
    let outcome = match outcome {
        RelaunchOutcome::Succeeded => "succeeded",
        RelaunchOutcome::Failed => "failed",
        RelaunchOutcome::RolledBack => "rolled_back",
        RelaunchOutcome::Cancelled => "cancelled",
    };
    let reason = record.failed_step().map_or_else(
        || "it was stopped".to_owned(),
        |step| format!("{}: {}", step.name.as_str(), step.message.as_deref().unwrap_or("no message")),
    );
    Failure::NotRelaunched { id: record.id, outcome: outcome.to_owned(), reason }
}
