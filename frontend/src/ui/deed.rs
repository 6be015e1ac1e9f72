//! What was done, in words.

use rollcall_api::audit::AuditAction;

/// What was asked for.
pub(crate) const fn action_words(action: AuditAction) -> &'static str {
    match action {
        AuditAction::CreateRevision => "Create revision",
        AuditAction::Relaunch => "Relaunch",
        AuditAction::Terminate => "Terminate host",
        AuditAction::Cancel => "Cancel relaunch",
        AuditAction::Approve => "Approve new host",
        AuditAction::EndRelaunch => "End of relaunch",
        AuditAction::CreateSchedule => "Create schedule",
        AuditAction::ChangeSchedule => "Change schedule",
        AuditAction::DeleteSchedule => "Delete schedule",
        AuditAction::Sweep => "Sweep instance",
        AuditAction::AddEmployee => "Add employee",
        AuditAction::ChangeEmployee => "Change employee",
        AuditAction::DeleteEmployee => "Delete employee",
        AuditAction::DeactivateEmployee => "Make employee inactive",
        AuditAction::RestoreEmployee => "Restore employee",
        AuditAction::MergeEmployees => "Merge employees",
        AuditAction::ChangePhoto => "Change photo",
        AuditAction::DeletePhoto => "Delete photo",
        AuditAction::TellApart => "Tell employees apart",
        AuditAction::Erase => "Erase former employee",
        AuditAction::Refuse => "Refused",
        AuditAction::CreateScimToken => "Make SCIM token",
        AuditAction::RevokeScimToken => "Revoke SCIM token",
        AuditAction::EndSession => "End session",
        AuditAction::StressHost => "Stress test",
    }
}
