//! Doing what was decided: one call, or what is to be kept of a host's start.

use std::time::Duration;

use rollcall_aws::{AwsError, Meaning, records::RecordsError};
use rollcall_error::source_chain;

use super::{
    Record,
    cloud::Cloud,
    decide::{Action, Event, Observation, Replaced},
    look::Looker,
    preflight::Verdict,
    record::{Launch, Stage},
    store::Journal,
};
use crate::{
    boot_report::{StoredBootLog, end_of},
    ids::InstanceId,
};

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    /// Something that moves the record on; nothing when only another look can tell.
    Event(Option<Event>),
    /// The preflight checks could not all be made, and why.
    Unresolved(String),
    /// AWS refused or did not answer.
    Refused(AwsError),
}

/// Does it.
pub(super) async fn perform<J: Journal, C: Cloud>(
    looker: &Looker<'_, J, C>,
    record: &Record,
    action: &Action,
    seen: &Observation,
) -> Result<Done, RecordsError> {
    let cloud = looker.cloud;
    let done = match action {
        Action::Check => check(looker, record, seen).await,
        Action::Launch(what) => launch(looker, record, what).await,
        Action::KeepReport(new) => return keep_report(looker, record, new).await,
        Action::KeepBootLog(new) => return keep_boot_log(looker, record, new).await,
        Action::MoveAddress(to) => {
            cloud.move_address(to).await.map_or_else(Done::Refused, |()| Done::Event(moved(&record.stage)))
        }
        Action::Terminate(instance) => {
            cloud.terminate(instance).await.map_or_else(Done::Refused, |()| Done::Event(None))
        }
    };
    Ok(done)
}

async fn check<J: Journal, C: Cloud>(looker: &Looker<'_, J, C>, record: &Record, seen: &Observation) -> Done {
    let Some(revision) = looker.revision else { return revision_is_missing(record) };
    match looker.cloud.preflight(revision, record.id).await.map(|preflight| preflight.verdict) {
        Ok(Verdict::Launch(launch)) => {
            let replaced = Replaced::seen(record, seen);
            Done::Event(Some(Event::Checked { launch, replaced }))
        }
        Ok(Verdict::Failed(reason)) => Done::Event(Some(Event::failed(reason))),
        Ok(Verdict::Unknown(reason)) => Done::Unresolved(reason),
        Err(error) if error.meaning.may_pass() => Done::Unresolved(error.to_string()),
        Err(error) => Done::Refused(error),
    }
}

async fn launch<J: Journal, C: Cloud>(looker: &Looker<'_, J, C>, record: &Record, launch: &Launch) -> Done {
    let Some(revision) = looker.revision else { return revision_is_missing(record) };
    match looker.cloud.run_instance(launch, &revision.user_data).await {
        Ok(new) => Done::Event(Some(Event::Launched(new))),
        Err(error) => Done::Refused(error),
    }
}

fn revision_is_missing(record: &Record) -> Done {
    let number = record.to_revision.map_or_else(|| "none".to_owned(), |number| number.to_string());
    Done::Event(Some(Event::failed(format!("the revision {number} is not in the operations table"))))
}

async fn keep_report<J: Journal, C: Cloud>(
    looker: &Looker<'_, J, C>,
    record: &Record,
    new: &InstanceId,
) -> Result<Done, RecordsError> {
    let Some(report) = looker.awaited_report(record).await else { return Ok(Done::Event(None)) };
    let kept = StoredBootLog {
        report: Some(report.clone()),
        cloud_init_log: cloud_init_log(looker.cloud, record, new).await,
        ..StoredBootLog::default()
    };
    looker.journal.keep_boot_log(record, &kept).await?;
    Ok(Done::Event(Some(Event::Reported(report))))
}

/// Nothing here may keep a relaunch from being undone: what can't be had is left out.
async fn keep_boot_log<J: Journal, C: Cloud>(
    looker: &Looker<'_, J, C>,
    record: &Record,
    new: &InstanceId,
) -> Result<Done, RecordsError> {
    let Looker { journal, cloud, .. } = *looker;
    let console = async {
        let output = cloud.console_output(new).await;
        output.unwrap_or_else(|error| {
            tracing::warn!(error = source_chain(&error), "the console output can't be had");
            None
        })
    };
    let (before, log, console) =
        tokio::join!(journal.boot_log(record.id), cloud_init_log(cloud, record, new), console);
    let kept = StoredBootLog {
        report: before?.and_then(|kept| kept.report),
        cloud_init_log: log,
        console_output: console.map(|output| end_of(&output)),
        answers: record.answers.failed().to_vec(),
    };
    journal.keep_boot_log(record, &kept).await?;
    Ok(Done::Event(Some(Event::BootLogKept)))
}

async fn cloud_init_log<C: Cloud>(cloud: &C, record: &Record, new: &InstanceId) -> Option<String> {
    let log = cloud.cloud_init_log(record.id, new).await;
    log.unwrap_or_else(|error| {
        tracing::warn!(error = source_chain(&error), "the log of the host's start can't be had");
        None
    })
}

/// What a move of the address makes of the step: only while it is undone does it count by itself.
pub(super) fn moved(stage: &Stage) -> Option<Event> {
    matches!(stage, Stage::Undo(_)).then_some(Event::AddressAskedBack)
}

/// How long EC2 may say of what the preflight checks have just seen that it is not there
/// ([eventual consistency](https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html)).
const NOT_FOUND_YET: Duration = Duration::from_secs(20);

/// What a failed call makes of the step, which has lasted for so long: nothing while the same call may pass later.
pub(super) fn failure(error: &AwsError, action: &Action, stage: &Stage, waited: Duration) -> Option<Event> {
    match (error.meaning, action, stage) {
        (Meaning::NotFound, Action::Launch(_), _) if waited >= NOT_FOUND_YET => {
            Some(Event::failed(error.to_string()))
        }
        (Meaning::NoCapacity, _, _) => Some(Event::NoCapacity { reason: error.to_string() }),
        (meaning, _, _) if meaning.may_pass() => None,
        // That says nothing of where the address is: it is asked for again, and looked at again.
        (_, Action::MoveAddress(_), Stage::Undo(_)) => None,
        // The new host has the address, serves and will go on to.
        (_, Action::Terminate(_), Stage::Retire(_)) => Some(Event::NotRetired { reason: error.to_string() }),
        _ => Some(Event::failed(error.to_string())),
    }
}
