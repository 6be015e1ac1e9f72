//! The operations panel: the host, its revisions, its relaunches, its schedules, who asked for what, and whether all is as
//! declared.

mod approval;
mod asking;
mod audit_filter;
mod audit_page;
mod boot_log;
mod cancel;
mod conformance_page;
mod diff;
mod frame;
mod history_page;
mod host_page;
mod log;
mod outcome;
mod panel;
mod plan_link;
mod plan_page;
mod provisioning_page;
mod relaunch_page;
mod revision_draft;
mod revision_form_page;
mod revision_page;
mod revisions_page;
mod schedule_draft;
mod schedule_form_page;
mod schedule_meanwhile;
mod schedules_page;
mod search_page;
mod stress;
mod timeline;
mod topology;

pub(crate) use self::frame::OperationsPages;
