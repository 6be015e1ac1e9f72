//! What an invocation that is no HTTP request does, and what it answers.

use std::time::Duration;

use jiff::Timestamp;
use rollcall_api::{
    host::Host,
    relaunch::{Relaunch, RelaunchOutcome},
};
use rollcall_audit::Caller;
use rollcall_aws::records::RecordsError;
use rollcall_directory::{Followed, Follower, IndexKeeper, Kept, PhotoSweeper, Projected, Swept};
use rollcall_error::{Error, Kind, source_chain};
use rollcall_operations::{
    Operations, Waker,
    ids::RelaunchId,
    invocation::Invocation as Wake,
    relaunch::{
        Record,
        begin::{Begun, RelaunchRequest, parse_reason},
        drive::{Drive, StoodBy},
    },
};
use rollcall_web::{
    access::Access,
    metrics::{Measured, Unit},
};
use serde::Serialize;
use serde_json::json;

use crate::event::{Changes, Wanted};

/// How long to wait before looking again at a relaunch that another driver drives.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Why an invocation failed. Its text is the caller's answer, so that a failed run is a failed invocation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The relaunch could not be begun, or the host not be read.
    #[error("{0}")]
    Failed(#[from] Error),
    /// A record could not be read or written.
    #[error("the operations table could not be read or written; the next tick goes on")]
    Records(#[from] RecordsError),
    /// The relaunch is over, and the host is not the one asked for.
    #[error("the relaunch {id} ended {outcome}: {reason}")]
    NotRelaunched {
        id: RelaunchId,
        /// How it ended.
        outcome: &'static str,
        /// Which step failed, and why.
        reason: String,
    },
}

impl Failure {
    /// The kind of failure, as Lambda reports it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Failed(error) => name_of(error.kind()),
            Self::Records(_) => "Interrupted",
            Self::NotRelaunched { .. } => "NotRelaunched",
        }
    }
}

/// What an error of the domain is called as the type of a failed invocation: whoever invokes reads from it whether to ask
/// otherwise, to ask again, or to look into the log.
const fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::NotFound
        | Kind::Conflict
        | Kind::Invalid
        | Kind::TooLarge
        | Kind::Unsupported
        | Kind::TooMany => "Refused",
        Kind::Away => "Away",
        Kind::Broken => "Internal",
    }
}

/// The answer to `{"action":"status"}`.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    /// The host as EC2 sees it.
    host: Option<Host>,
    relaunch: Option<Relaunch>,
}

/// What a driver found and left behind.
#[derive(Debug, Serialize)]
pub(crate) struct Driven {
    /// `idle`, `elsewhere`, `ended`, `unfinished` or `waiting` for a person; `relieved` of one who stood by in vain.
    state: &'static str,
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
    pub until: Timestamp,
}

/// The host and the newest relaunch.
pub(crate) async fn status(operations: &Operations) -> Result<Status, Failure> {
    let (host, relaunches) =
        tokio::try_join!(operations.hosts.serving(), operations.relaunches.list(1, None))?;
    let host = host.map(Host::from);
    Ok(Status { host, relaunch: relaunches.page.records.into_iter().next().map(Relaunch::from) })
}

/// What happens each minute: tells whether a host is missing, and goes on with what is in progress.
pub(crate) async fn tick(operations: &Operations, invocation: Invocation<'_>) -> Result<Driven, Failure> {
    let (watched, driven) = tokio::join!(operations.sweeper.watch_host(), drive(operations, invocation));
    seal(operations).await;
    if let Err(error) = watched {
        tracing::error!(error = source_chain(&error), "it is not known whether a host is missing");
    }
    driven
}

/// Seals the audit log. What fails is tried again by the next tick, and told to the log, which an alarm watches.
async fn seal(operations: &Operations) {
    let Some(sealer) = &operations.sealer else { return };
    if let Err(error) = sealer.seal(Timestamp::now()).await {
        tracing::error!(error = source_chain(&error), "audit log not sealed");
    }
}

/// Goes on with the relaunch in progress. Without one, what an earlier one left behind is swept.
pub(crate) async fn drive(operations: &Operations, invocation: Invocation<'_>) -> Result<Driven, Failure> {
    let drive = operations.drivers.drive(invocation.request_id, invocation.until).await?;
    if matches!(drive, Drive::Idle) {
        let swept = operations.sweeper.sweep(Timestamp::now()).await?;
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
        Drive::Waiting(record) => driven("waiting", Some(record)),
        Drive::Unfinished(record) => {
            operations.relaunches.wake_driver().await;
            driven("unfinished", Some(record))
        }
    })
}

/// Waits until a driver is gone, and goes on in its place. One whose time is up has another one stand by.
pub(crate) async fn stand_by(
    operations: &Operations,
    (relaunch, epoch): (RelaunchId, u64),
    invocation: Invocation<'_>,
) -> Result<Driven, Failure> {
    match operations.drivers.stand_by(relaunch, epoch, invocation.until).await? {
        StoodBy::DriverGone => return drive(operations, invocation).await,
        StoodBy::TimeUp => operations.waker.wake(&Wake::StandBy { relaunch, epoch }).await,
        StoodBy::Relieved => {}
    }
    Ok(Driven { state: "relieved", relaunch: None, swept: Vec::new() })
}

/// What came of changes of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Heard {
    #[serde(flatten)]
    projected: Projected,
    #[serde(flatten)]
    followed: Followed,
}

/// Tells the search index of those who changed, keeps those who were deleted, and gives those their manager who waited for
/// someone who came. A new segment is another invocation's work, so that the next changes needn't wait for it.
pub(crate) async fn changed(
    (index, follower): (&IndexKeeper, Option<&Follower>),
    access: &Access,
    waker: &Waker,
    changes: Changes,
    invocation: Invocation<'_>,
) -> Result<Heard, Failure> {
    // Both to their end, so that neither stands in the other's way.
    let (projected, followed) = tokio::join!(
        index.project(changes.ids.clone(), invocation.until),
        part_with(follower, access, &changes, invocation)
    );
    let projected = projected?;
    tell_lag(&changes, projected, invocation);
    let followed = followed?;
    if let Some(follower) = follower {
        follower.bring_along(&followed).await;
        follower.welcome(changes.added, &changes.changed, &changes.removals).await?;
    }
    if projected.segment_is_due {
        waker.wake(&Wake::KeepIndex {}).await;
    }
    Ok(Heard { projected, followed })
}

/// Tells how far behind the table the search index was, now that it knows of these changes: as long as its oldest change
/// waited, which the stream tells to the second. Whoever searches reads the index up to here within a second.
fn tell_lag(changes: &Changes, projected: Projected, invocation: Invocation<'_>) {
    let Some(oldest_at) = changes.oldest_at else { return };
    let seconds = (Timestamp::now().as_duration().as_secs_f64() - oldest_at).max(0.0);
    Measured::new(module_path!(), "the search index follows the table")
        .with("span", json!({ "request_id": invocation.request_id }))
        .with("people", projected.people)
        .measures("SearchIndexLag", Unit::Milliseconds, (seconds * 1_000.0).round())
        .tell();
}

/// Keeps those who were deleted, and signs out who is gone, or has another e-mail address than they signed in with.
async fn part_with(
    follower: Option<&Follower>,
    access: &Access,
    changes: &Changes,
    invocation: Invocation<'_>,
) -> Result<Followed, Error> {
    let Some(follower) = follower else { return Ok(Followed::default()) };
    let followed = follower.follow(&changes.removals, invocation.until).await?;
    let given_up = follower.given_up(&changes.changed).await?;
    for email in followed.gone.iter().chain(&given_up) {
        access.end_sessions_with(email).await?;
    }
    Ok(followed)
}

/// Makes the search index anew, of the whole table.
pub(crate) async fn reindex(
    index: &IndexKeeper,
    waker: &Waker,
    invocation: Invocation<'_>,
) -> Result<Kept, Failure> {
    go_on(index.reindex(invocation.until).await?, waker).await
}

/// Makes the segment of the search index that is due.
pub(crate) async fn keep_index(
    index: &IndexKeeper,
    waker: &Waker,
    invocation: Invocation<'_>,
) -> Result<Kept, Failure> {
    go_on(index.keep(invocation.until).await?, waker).await
}

async fn go_on(kept: Kept, waker: &Waker) -> Result<Kept, Failure> {
    if matches!(kept, Kept::Unfinished { .. }) {
        waker.wake(&Wake::KeepIndex {}).await;
    }
    Ok(kept)
}

/// Puts away pictures that nobody names. What is left when the time is up is another invocation's work.
pub(crate) async fn sweep_photos(
    sweeper: &PhotoSweeper,
    waker: &Waker,
    after: Option<String>,
    invocation: Invocation<'_>,
) -> Result<Swept, Failure> {
    let swept = sweeper.sweep(after, invocation.until).await?;
    if swept.after.is_some() {
        waker.wake(&Wake::SweepPhotos { after: swept.after.clone() }).await;
    }
    Ok(swept)
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
        reason: String,
    },
}

/// Begins a relaunch and sees it through, or as far as the time allows.
pub(crate) async fn relaunch(
    operations: &Operations,
    wanted: Wanted,
    invocation: Invocation<'_>,
) -> Result<Relaunched, Failure> {
    let request_id = invocation.request_id.to_owned();
    let request = RelaunchRequest {
        revision: wanted.revision,
        force: wanted.force,
        reason: parse_reason(wanted.reason)?,
        taken_up_after: wanted.taken_up_after,
        caller: Caller::of(wanted.requested_by, request_id.clone()),
        invocation: Some(request_id),
    };
    let begun = match operations.relaunches.begin(request).await? {
        Begun::Recorded(record) => *record,
        Begun::Skipped { reason } => return Ok(Relaunched::Skipped { state: "skipped", reason }),
    };
    let record = follow(operations, begun, invocation).await?;
    match record.outcome() {
        Some(RelaunchOutcome::Succeeded) => {}
        None if record.waits_for_a_person() => {}
        None => operations.relaunches.wake_driver().await,
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
    while record.outcome().is_none() && Timestamp::now() < invocation.until {
        match operations.drivers.drive(invocation.request_id, invocation.until).await? {
            Drive::Waiting(driven) if driven.id == record.id => return Ok(*driven),
            Drive::Ended(driven) | Drive::Unfinished(driven) if driven.id == record.id => record = *driven,
            _ => {
                tokio::time::sleep(LOOK_AGAIN).await;
                record = operations.relaunches.get(record.id).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_invocation_tells_a_refusal_from_what_is_away_and_from_what_is_broken() {
        for (error, name) in [
            (Error::not_found("There is no revision 9."), "Refused"),
            (Error::conflict("Nothing would change."), "Refused"),
            (Error::invalid_field("revision", "is 9"), "Refused"),
            (Error::away("AWS does not answer."), "Away"),
            (Error::broken("disk 7 is full"), "Internal"),
        ] {
            assert_eq!(Failure::from(error).kind(), name);
        }
    }
}
