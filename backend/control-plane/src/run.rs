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
        drive::Drive,
        start::{self, Begun},
    },
    table::TableError,
};
use rollcall_web::problem::ApiError;
use serde::Serialize;
use thiserror::Error;
use tokio::time::Instant;

use crate::event::Wanted;

/// How long to wait before looking again at a relaunch that another driver drives.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why an invocation failed. Its text is the caller's answer, so that a failed run is a failed invocation.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The relaunch could not be begun, or the host not be read.
    #[error("{0}")]
    Refused(#[from] ApiError),
    /// A record could not be read or written.
    #[error("the operations table could not be read or written; the next tick goes on")]
    Table(#[from] TableError),
    /// The relaunch is over, and the host is not the one asked for.
    #[error("the relaunch {id} ended {outcome}: {reason}")]
    NotRelaunched {
        /// The relaunch.
        id: RelaunchId,
        /// How it ended.
        outcome: &'static str,
        /// Which step failed, and why.
        reason: String,
    },
}

impl Failure {
    /// The kind of failure, as Lambda reports it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Refused(_) => "Refused",
            Self::Table(_) => "Interrupted",
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
    /// The instances that belonged to no relaunch and are being terminated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    swept: Vec<String>,
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

/// What happens each minute: tells whether a host is missing, and goes on with what is in progress.
pub(crate) async fn tick(operations: &Operations, invocation: Invocation<'_>) -> Result<Driven, Failure> {
    operations.watch_host().await?;
    drive(operations, invocation).await
}

/// Goes on with the relaunch in progress. Without one, what an earlier one left behind is swept.
pub(crate) async fn drive(operations: &Operations, invocation: Invocation<'_>) -> Result<Driven, Failure> {
    let drive = operations.drive(invocation.request_id, invocation.until).await?;
    if matches!(drive, Drive::Idle) {
        let swept = operations.sweep(Timestamp::now()).await?;
        return Ok(Driven {
            state: "idle",
            relaunch: None,
            swept: swept.into_iter().map(String::from).collect(),
        });
    }
    let driven = |state, record: Option<Box<Record>>| Driven {
        state,
        relaunch: record.map(|record| Relaunch::from(*record)),
        swept: Vec::new(),
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

/// What came of an invocation that asks for a relaunch.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Relaunched {
    /// The relaunch: done, or as far as the time allowed.
    Record(Box<Relaunch>),
    /// A schedule met another relaunch in progress; the audit log says so.
    Skipped {
        /// Always `skipped`.
        state: &'static str,
        /// Why.
        reason: String,
    },
}

/// Begins a relaunch and sees it through, or as far as the time allows.
pub(crate) async fn relaunch(
    operations: &Operations,
    wanted: Wanted,
    invocation: Invocation<'_>,
) -> Result<Relaunched, Failure> {
    let request = start::Request {
        revision: wanted.revision,
        force: wanted.force,
        requested_by: wanted.requested_by,
        invocation: Some(invocation.request_id.to_owned()),
    };
    let begun = match operations.begin_relaunch(request, Timestamp::now()).await? {
        Begun::Recorded(record) => *record,
        Begun::Skipped { reason } => return Ok(Relaunched::Skipped { state: "skipped", reason }),
    };
    let record = follow(operations, begun, invocation).await?;
    match record.outcome() {
        Some(RelaunchOutcome::Succeeded) => {}
        None => operations.wake().await,
        Some(outcome) => return Err(not_relaunched(&record, outcome)),
    }
    Ok(Relaunched::Record(Box::new(record.into())))
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
    let reason = record.failed_step().map_or_else(
        || record.ending().unwrap_or_default(),
        |step| format!("{}: {}", step.name.as_str(), step.message.as_deref().unwrap_or("no message")),
    );
    Failure::NotRelaunched { id: record.id, outcome: outcome.as_str(), reason }
}
