//! The operations panel: the host, its revisions, its relaunches.

mod history_page;
mod host_page;
mod outcome;
mod panel;
mod relaunch_dialog;
mod relaunch_page;
mod revision_draft;
mod revision_form_page;
mod revision_page;
mod revisions_page;
mod timeline;

pub(crate) use self::panel::OperationsPanel;
