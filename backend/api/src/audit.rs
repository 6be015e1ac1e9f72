//! The audit log: who asked for what, when, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a person's name, `schedule <name>`, `direct invocation`, or `Rollcall` itself.
    pub who: String,
    /// What was asked for.
    pub action: AuditAction,
    /// What it was about: a revision's number, a relaunch's id, a schedule's name, an instance's id.
    pub subject: String,
    /// What came of it, for people.
    pub outcome: String,
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// A revision was made.
    CreateRevision,
    /// A relaunch was asked for.
    Relaunch,
    /// The host was to be terminated.
    Terminate,
    /// A relaunch was to be stopped.
    Cancel,
    /// A relaunch ended.
    EndRelaunch,
    /// A schedule was made.
    CreateSchedule,
    /// A schedule was changed.
    ChangeSchedule,
    /// A schedule was removed.
    DeleteSchedule,
    /// An instance that belonged to no relaunch was terminated.
    Sweep,
}

/// One page of `GET /api/operations/audit`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries of this page.
    pub entries: Vec<AuditEntry>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}
