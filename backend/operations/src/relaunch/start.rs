//! Begins a relaunch: finds what it replaces and stores its record. Nothing is launched yet.

use jiff::Timestamp;
use rollcall_api::{problem::FieldError, relaunch::RelaunchKind};
use rollcall_web::problem::ApiError;

use super::{
    Record, RelaunchId,
    record::{Lease, Stage},
};
use crate::{
    Operations,
    ec2::Instance,
    host,
    requester::Requester,
    revision::{RevisionNumber, StoredRevision},
    table::{Page, TableError},
};

/// Who asks for a relaunch, and to what.
#[derive(Debug, Clone)]
pub struct Request {
    /// The revision to launch; the newest when absent.
    pub revision: Option<RevisionNumber>,
    /// Who asks.
    pub requested_by: Requester,
    /// The id of the invocation that asks: the same again when Lambda repeats it.
    pub invocation: Option<String>,
}

impl Operations {
    /// Begins a relaunch. A repeated invocation finds the one it began.
    ///
    /// # Errors
    /// When there is no such revision, or another relaunch is in progress.
    pub async fn begin_relaunch(&self, request: Request, now: Timestamp) -> Result<Record, ApiError> {
        let (revision, instances, holder) = tokio::try_join!(
            self.requested_revision(request.revision),
            async { self.ec2().instances().await.map_err(ApiError::internal) },
            async { self.ec2().address_holder().await.map_err(ApiError::internal) },
        )?;
        let old_host = host::serving(&instances, holder.as_ref());
        let record = new_record(&revision, old_host, request.requested_by, now);
        match self.table().begin_relaunch(&record, request.invocation.as_deref()).await {
            Ok(()) => Ok(record),
            Err(TableError::Conflict) => self.begun_before(request.invocation.as_deref()).await,
            Err(error) => Err(ApiError::internal(error)),
        }
    }

    async fn requested_revision(&self, number: Option<RevisionNumber>) -> Result<StoredRevision, ApiError> {
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

    async fn begun_before(&self, invocation: Option<&str>) -> Result<Record, ApiError> {
        if let Some(request_id) = invocation
            && let Some(id) =
                self.table().relaunch_of_invocation(request_id).await.map_err(ApiError::internal)?
            && let Some(record) = self.relaunch(id).await.map_err(ApiError::internal)?
        {
            return Ok(record);
        }
        let in_progress = self.table().relaunch_in_progress().await.map_err(ApiError::internal)?;
        Err(ApiError::conflict(match in_progress {
            Some(id) => format!("The relaunch {id} is in progress; wait until it has ended."),
            None => "Another relaunch has just ended; try again.".to_owned(),
        }))
    }

    /// The relaunch with this id.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn relaunch(&self, id: RelaunchId) -> Result<Option<Record>, TableError> {
        self.table().relaunch(id).await
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
        to_revision: revision.number,
        old_host: old_host.map(|host| host.id.clone()),
        requested_by,
        started_at: now,
        stage: Stage::Preflight,
        stage_since: now,
        steps: Record::steps_to_come(now),
        lease: Lease::free(now),
    }
}

fn kind(has_host: bool, from: Option<RevisionNumber>, to: RevisionNumber) -> RelaunchKind {
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
