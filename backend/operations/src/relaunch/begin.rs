//! Beginning a relaunch: `POST /api/operations/relaunches`, a direct invocation, a schedule.
//!
//! Finds what is replaced and stores the record. Nothing is launched yet.

use std::{num::NonZeroU32, time::Duration};

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use jiff::Timestamp;
use rollcall_api::{
    audit::{Actor, AuditAction},
    relaunch::{MAX_REASON_CHARACTERS, Relaunch, RelaunchInput},
};
use rollcall_audit::{Caller, Entry};
use rollcall_aws::records::RecordsError;
use rollcall_error::Error;
use rollcall_web::{
    access::{Access, FreshOperator, Guarded},
    declared::Route,
    json::Json,
    problem::ApiError,
};
use serde_json::json;

use super::{
    Record, Relaunches, often,
    record::{Approval, Stage, kind},
    store::Journal,
};
use crate::{
    difference::Difference,
    ec2::Instance,
    host::{
        Look,
        recorded::{RecordedHost, Rollback},
    },
    ids::{RelaunchId, RevisionNumber},
    remark,
    revision::StoredRevision,
};

pub(crate) fn route(relaunches: Relaunches, access: Access) -> Route {
    Route::post("/api/operations/relaunches", begin)
        .says(|it| {
            it.does("Begin a relaunch, of the newest revision unless told otherwise")
                .answers::<Relaunch>(StatusCode::ACCEPTED, "It has begun.")
                .located(StatusCode::ACCEPTED)
                .refuses(StatusCode::NOT_FOUND)
                .for_example(json!({"reason": "the new index"}))
        })
        .with_state(Guarded::new(relaunches, access))
}

/// The body may be left out: a relaunch to the newest revision.
async fn begin(
    FreshOperator(operator): FreshOperator,
    State(relaunches): State<Guarded<Relaunches>>,
    input: Option<Json<RelaunchInput>>,
) -> Result<impl IntoResponse, ApiError> {
    let Json(input) = input.unwrap_or_default();
    let request = RelaunchRequest {
        revision: input.revision.map(RevisionNumber),
        force: input.force,
        reason: parse_reason(input.reason)?,
        taken_up_after: None,
        caller: operator.caller(),
        invocation: None,
    };
    match relaunches.begin(request).await? {
        Begun::Recorded(record) => Ok(relaunches.accepted(*record).await),
        Begun::Skipped { reason } => Err(Error::conflict(reason).into()),
    }
}

/// Who asks for a relaunch, and to what.
#[derive(Debug, Clone)]
pub struct RelaunchRequest {
    /// The revision to launch; the newest when absent.
    pub revision: Option<RevisionNumber>,
    /// Whether to relaunch even if only the instance would be another one.
    pub force: bool,
    /// Why.
    pub reason: Option<String>,
    /// The rollback after which people took up again the schedule that asks.
    pub taken_up_after: Option<RelaunchId>,
    /// Who asks.
    pub caller: Caller,
    /// The id of the invocation that asks: the same again when Lambda repeats it.
    pub invocation: Option<String>,
}

/// What came of asking for a relaunch.
#[derive(Debug)]
pub enum Begun {
    /// Its record is stored; or was, by the same invocation.
    Recorded(Box<Record>),
    /// A schedule's relaunch met another one in progress, or would undo a rollback that a person made: there is none of its own.
    Skipped {
        /// Why, for people.
        reason: String,
    },
}

impl Relaunches {
    /// Begins a relaunch. A repeated invocation finds the one it began.
    ///
    /// # Errors
    /// When there is no such revision, when nothing would change, or, where a person or a direct invocation asks, when another
    /// relaunch is in progress or too many began in the last hour.
    pub async fn begin(&self, request: RelaunchRequest) -> Result<Begun, Error> {
        let RelaunchRequest { revision, force, reason, taken_up_after, caller, invocation } = request;
        let recorded = async { self.store.recorded_host().await.map_err(Error::from) };
        let wait = self.wait_for_room();
        let (revision, old_host, recorded, wait) =
            tokio::try_join!(self.revisions.wanted(revision), self.hosts.serving(), recorded, wait)?;
        if let Some(rollback) = holding(&caller.actor, revision.number, taken_up_after, recorded.as_ref()) {
            let reason = format!(
                "It would undo the rollback to revision {} by {}; take the schedule up again, or relaunch to a later revision, and it goes on.",
                rollback.to, rollback.by
            );
            return Ok(self.skip(Timestamp::now(), caller, rollback.relaunch.to_string(), reason).await);
        }
        if !force && let Some(host) = &old_host {
            self.refuse_without_change(host, &revision, invocation.as_deref()).await?;
        }
        // Asking EC2 may have taken a while.
        let now = Timestamp::now();
        if let Some(wait) = wait
            && self.begun_by(invocation.as_deref()).await?.is_none()
        {
            return self.not_so_often(wait, now, caller).await;
        }
        let record =
            new_record(&revision, old_host.as_ref(), recorded.as_ref(), (caller.actor.clone(), reason), now);
        self.store_new(record, recorded.as_ref(), caller, invocation.as_deref()).await
    }

    /// An invocation that is repeated after its relaunch ended has changed everything already.
    async fn refuse_without_change(
        &self,
        host: &Instance,
        revision: &StoredRevision,
        invocation: Option<&str>,
    ) -> Result<(), Error> {
        let difference = Difference::between(host, &self.hosts.user_data(host).await?, revision);
        if difference.is_any() || self.begun_by(invocation).await?.is_some() {
            return Ok(());
        }
        // Only here does it count whether the host serves, so that only here it is asked.
        if !changes_nothing(difference, &self.hosts.look().await?) {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "Nothing would change: {} runs what revision {} holds. It can be replaced by force all the same.",
            host.id, revision.number
        )))
    }

    /// Stores a new relaunch while the host is still the one that is recorded: what was decided by that would else be by
    /// what is over.
    pub(super) async fn store_new(
        &self,
        record: Record,
        recorded: Option<&RecordedHost>,
        caller: Caller,
        invocation: Option<&str>,
    ) -> Result<Begun, Error> {
        let (action, outcome) = match record.to_revision {
            Some(to) => (AuditAction::Relaunch, format!("to revision {to}")),
            None => (AuditAction::Terminate, "asked for".to_owned()),
        };
        let outcome = match &record.reason {
            Some(reason) => format!("{outcome}: {reason}"),
            None => outcome,
        };
        let asked = Entry::new(record.started_at, caller.clone(), action, record.id, outcome);
        match self.store.begin(&record, recorded, &asked, invocation).await {
            Ok(()) => Ok(Begun::Recorded(Box::new(record))),
            Err(RecordsError::Conflict) => self.not_stored(record.started_at, caller, invocation).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn not_stored(
        &self,
        at: Timestamp,
        caller: Caller,
        invocation: Option<&str>,
    ) -> Result<Begun, Error> {
        if let Some(begun) = self.begun_by(invocation).await? {
            return Ok(Begun::Recorded(Box::new(begun)));
        }
        let in_progress = self.store.in_progress().await?;
        let reason = match in_progress {
            Some(id) => format!("The relaunch {id} is in progress; wait until it has ended."),
            None => "Another relaunch has just ended; try again.".to_owned(),
        };
        if !matches!(caller.actor, Actor::Schedule { .. }) {
            return Err(Error::conflict(reason));
        }
        let thing = in_progress.map_or_else(String::new, |id| id.to_string());
        Ok(self.skip(at, caller, thing, reason).await)
    }

    /// How long to wait until another host may be launched, and how many may be in an hour; none where one may be now.
    async fn wait_for_room(&self) -> Result<Option<(NonZeroU32, Duration)>, Error> {
        let Some(most) = self.most_per_hour else { return Ok(None) };
        // Terminations are among them.
        let newest = self.store.relaunches(most.get().saturating_mul(2), None).await?.page.records;
        Ok(often::wait(&newest, most, Timestamp::now()).map(|wait| (most, wait)))
    }

    async fn not_so_often(
        &self,
        (most, wait): (NonZeroU32, Duration),
        now: Timestamp,
        caller: Caller,
    ) -> Result<Begun, Error> {
        let minutes = wait.as_secs().div_ceil(60);
        let reason = format!(
            "Of new hosts there may be {most} in an hour (MaxRelaunchesPerHour); the next one may be launched in {minutes} min."
        );
        if matches!(caller.actor, Actor::Schedule { .. }) {
            return Ok(self.skip(now, caller, String::new(), reason).await);
        }
        Err(Error::too_many(reason, wait))
    }

    async fn skip(&self, at: Timestamp, caller: Caller, thing: String, reason: String) -> Begun {
        let outcome = format!("skipped: {reason}");
        self.store.audit(Entry::new(at, caller, AuditAction::Relaunch, thing, outcome)).await;
        Begun::Skipped { reason }
    }

    async fn begun_by(&self, invocation: Option<&str>) -> Result<Option<Record>, Error> {
        let Some(request_id) = invocation else { return Ok(None) };
        let Some(id) = self.store.relaunch_of_invocation(request_id).await? else { return Ok(None) };
        Ok(self.store.relaunch(id).await?)
    }
}

/// The rollback that keeps whoever asks from relaunching to a revision: people may take back what people did, and schedules
/// may not.
pub(super) fn holding<'a>(
    asks: &Actor,
    to: RevisionNumber,
    taken_up_after: Option<RelaunchId>,
    recorded: Option<&'a RecordedHost>,
) -> Option<&'a Rollback> {
    let rollback = recorded?.rollback.as_ref()?;
    (matches!(asks, Actor::Schedule { .. }) && rollback.holds(to, taken_up_after)).then_some(rollback)
}

/// Whether the host is what the revision says already, and serves.
pub(super) const fn changes_nothing(difference: Difference, look: &Look) -> bool {
    !difference.is_any() && look.host.is_some() && look.out_of_service.is_none()
}

/// Why a relaunch is asked for, as someone wrote it; nothing but space is none.
///
/// # Errors
/// What is wrong with it.
pub fn parse_reason(reason: Option<String>) -> Result<Option<String>, Error> {
    remark::parse(reason, MAX_REASON_CHARACTERS).map_err(|fault| Error::invalid_field("reason", fault))
}

pub(super) fn new_record(
    revision: &StoredRevision,
    old_host: Option<&Instance>,
    recorded: Option<&RecordedHost>,
    asked: (Actor, Option<String>),
    now: Timestamp,
) -> Record {
    let from_revision = old_host.and_then(|host| host.revision);
    let kind = kind(old_host.is_some(), from_revision, revision.number);
    let approval = revision.approval_hours.map(Approval::within);
    Record {
        from_revision,
        to_revision: Some(revision.number),
        old_host: old_host.map(|host| host.id.clone()),
        rollback_before: recorded.and_then(|recorded| recorded.rollback.clone()),
        ..Record::asked_for(kind, Stage::Preflight, approval, asked, now)
    }
}
