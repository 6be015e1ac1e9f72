//! Begins a relaunch: finds what it replaces and stores its record. Nothing is launched yet.

use jiff::Timestamp;
use rollcall_api::{
    audit::AuditAction,
    problem::FieldError,
    relaunch::{RelaunchKind, StepName},
};
use rollcall_web::problem::ApiError;

use super::{
    Record, RelaunchId,
    record::{Lease, Stage},
};
use crate::{
    Operations,
    audit::Entry,
    boot_log::StoredBootLog,
    ec2::Instance,
    host,
    plan::Difference,
    requester::Requester,
    revision::{RevisionNumber, StoredRevision},
    table::{Page, TableError},
};

/// Who asks for a relaunch, and to what.
#[derive(Debug, Clone)]
pub struct Request {
    /// The revision to launch; the newest when absent.
    pub revision: Option<RevisionNumber>,
    /// Whether to relaunch even if only the instance would be another one.
    pub force: bool,
    /// Who asks.
    pub requested_by: Requester,
    /// The id of the invocation that asks: the same again when Lambda repeats it.
    pub invocation: Option<String>,
}

/// What came of asking for a relaunch.
#[derive(Debug)]
pub enum Begun {
    /// Its record is stored; or was, by the same invocation.
    Recorded(Box<Record>),
    /// A schedule's relaunch met another one in progress, and there is none of its own.
    Skipped {
        /// Why, for people.
        reason: String,
    },
}

impl Operations {
    /// Begins a relaunch. A repeated invocation finds the one it began.
    ///
    /// # Errors
    /// When there is no such revision, when nothing would change, or when another relaunch is in progress and a
    /// person or a direct invocation asks.
    pub async fn begin_relaunch(&self, request: Request, now: Timestamp) -> Result<Begun, ApiError> {
        let (revision, old_host) =
            tokio::try_join!(self.requested_revision(request.revision), self.serving_host())?;
        if !request.force
            && let Some(host) = &old_host
        {
            self.refuse_without_change(host, &revision, request.invocation.as_deref()).await?;
        }
        let record = new_record(&revision, old_host.as_ref(), request.requested_by, now);
        self.store_new(record, request.invocation.as_deref()).await
    }

    /// Begins to terminate the host, with no other to take its place.
    ///
    /// # Errors
    /// When there is no host, or a relaunch is in progress.
    pub async fn begin_termination(&self, who: Requester, now: Timestamp) -> Result<Record, ApiError> {
        let host = self.serving_host().await?;
        let host = host.ok_or_else(|| ApiError::conflict("There is no host to terminate."))?;
        match self.store_new(termination_record(&host, who, now), None).await? {
            Begun::Recorded(record) => Ok(*record),
            Begun::Skipped { reason } => Err(ApiError::conflict(reason)),
        }
    }

    /// The host that serves now.
    pub(crate) async fn serving_host(&self) -> Result<Option<Instance>, ApiError> {
        let (instances, holder) = tokio::try_join!(self.ec2().instances(), self.ec2().address_holder())?;
        Ok(host::serving(&instances, holder.as_ref()).cloned())
    }

    /// An invocation that is repeated after its relaunch ended has changed everything already.
    async fn refuse_without_change(
        &self,
        host: &Instance,
        revision: &StoredRevision,
        invocation: Option<&str>,
    ) -> Result<(), ApiError> {
        let difference = Difference::between(host, &self.user_data_of(host).await?, revision);
        if difference.is_any() || self.begun_by(invocation).await?.is_some() {
            return Ok(());
        }
        Err(ApiError::conflict(format!(
            "Nothing would change: {} runs what revision {} holds. Say \"force\": true to replace it all the same.",
            host.id, revision.number
        )))
    }

    /// The user data a host was launched with.
    pub(crate) async fn user_data_of(&self, host: &Instance) -> Result<String, ApiError> {
        Ok(self.ec2().user_data(&host.id).await?)
    }

    async fn store_new(&self, record: Record, invocation: Option<&str>) -> Result<Begun, ApiError> {
        let (action, outcome) = match record.to_revision {
            Some(to) => (AuditAction::Relaunch, format!("to revision {to}")),
            None => (AuditAction::Terminate, "asked for".to_owned()),
        };
        let asked = Entry::new(record.started_at, record.requested_by.clone(), action, record.id, outcome);
        match self.table().begin_relaunch(&record, &asked, invocation).await {
            Ok(()) => Ok(Begun::Recorded(Box::new(record))),
            Err(TableError::Conflict) => self.not_stored(record, invocation).await,
            Err(error) => Err(ApiError::internal(error)),
        }
    }

    async fn not_stored(&self, record: Record, invocation: Option<&str>) -> Result<Begun, ApiError> {
        if let Some(begun) = self.begun_by(invocation).await? {
            return Ok(Begun::Recorded(Box::new(begun)));
        }
        let in_progress = self.table().relaunch_in_progress().await.map_err(ApiError::internal)?;
        let reason = match in_progress {
            Some(id) => format!("The relaunch {id} is in progress; wait until it has ended."),
            None => "Another relaunch has just ended; try again.".to_owned(),
        };
        match record.requested_by {
            who @ Requester::Schedule { .. } => {
                let subject = in_progress.map_or_else(String::new, |id| id.to_string());
                let outcome = format!("skipped: {reason}");
                self.audit(Entry::new(record.started_at, who, AuditAction::Relaunch, subject, outcome)).await;
                Ok(Begun::Skipped { reason })
            }
            _ => Err(ApiError::conflict(reason)),
        }
    }

    async fn begun_by(&self, invocation: Option<&str>) -> Result<Option<Record>, ApiError> {
        let Some(request_id) = invocation else { return Ok(None) };
        let id = self.table().relaunch_of_invocation(request_id).await.map_err(ApiError::internal)?;
        let Some(id) = id else { return Ok(None) };
        self.relaunch(id).await.map_err(ApiError::internal)
    }

    /// The revision with this number, or the newest.
    pub(crate) async fn requested_revision(
        &self,
        number: Option<RevisionNumber>,
    ) -> Result<StoredRevision, ApiError> {
        let Some(number) = number else {
            return self.newest_revision().await.map_err(ApiError::internal)?.ok_or_else(|| {
                ApiError::conflict("There is no revision yet; make one with POST /api/operations/revisions.")
            });
        };
        self.revision(number).await.map_err(ApiError::internal)?.ok_or_else(|| {
            let detail = format!(
                "is {number}, which does not exist; GET /api/operations/revisions lists those that do"
            );
            ApiError::invalid(vec![FieldError::new("revision", detail)])
        })
    }

    /// The relaunch with this id.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn relaunch(&self, id: RelaunchId) -> Result<Option<Record>, TableError> {
        self.table().relaunch(id).await
    }

    /// What is kept of the start of a relaunch's new host; nothing yet while there is nothing to keep. None when there
    /// is no such relaunch.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn boot_log(&self, id: RelaunchId) -> Result<Option<StoredBootLog>, ApiError> {
        let (record, log) =
            tokio::try_join!(self.relaunch(id), self.table().boot_log(id)).map_err(ApiError::internal)?;
        Ok(record.map(|_| log.unwrap_or_default()))
    }

    /// Relaunches, newest first.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn relaunches(
        &self,
        limit: u32,
        before: Option<RelaunchId>,
    ) -> Result<Page<Record>, TableError> {
        self.table().relaunches(limit, before).await
    }
}

fn new_record(
    revision: &StoredRevision,
    old_host: Option<&Instance>,
    requested_by: Requester,
    now: Timestamp,
) -> Record {
    let from_revision = old_host.and_then(|host| host.revision);
    Record {
        id: RelaunchId::new(now),
        kind: kind(old_host.is_some(), from_revision, revision.number),
        from_revision,
        to_revision: Some(revision.number),
        old_host: old_host.map(|host| host.id.clone()),
        requested_by,
        cancelled_by: None,
        started_at: now,
        stage: Stage::Preflight,
        stage_since: now,
        steps: Record::steps_from(StepName::Preflight, now),
        lease: Lease::free(now),
        version: 0,
    }
}

fn termination_record(host: &Instance, requested_by: Requester, now: Timestamp) -> Record {
    Record {
        id: RelaunchId::new(now),
        kind: RelaunchKind::Terminate,
        from_revision: host.revision,
        to_revision: None,
        old_host: Some(host.id.clone()),
        requested_by,
        cancelled_by: None,
        started_at: now,
        stage: Stage::Terminate,
        stage_since: now,
        steps: Record::steps_from(StepName::Retire, now),
        lease: Lease::free(now),
        version: 0,
    }
}

/// What sort of replacement it is.
pub(crate) fn kind(has_host: bool, from: Option<RevisionNumber>, to: RevisionNumber) -> RelaunchKind {
    match (has_host, from) {
        (false, _) => RelaunchKind::Launch,
        (true, Some(from)) if to < from => RelaunchKind::Rollback,
        (true, _) => RelaunchKind::Relaunch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_host_it_is_a_launch() {
        assert_eq!(kind(false, None, RevisionNumber(3)), RelaunchKind::Launch);
    }

    #[test]
    fn to_an_earlier_revision_it_is_a_rollback() {
        assert_eq!(kind(true, Some(RevisionNumber(3)), RevisionNumber(2)), RelaunchKind::Rollback);
        assert_eq!(kind(true, Some(RevisionNumber(3)), RevisionNumber(3)), RelaunchKind::Relaunch);
        assert_eq!(kind(true, None, RevisionNumber(1)), RelaunchKind::Relaunch);
    }
}
