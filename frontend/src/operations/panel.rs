//! What all pages of the panel share: host, revisions and relaunches, kept up to date while someone looks.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use rollcall_api::relaunch::RelaunchOutcome;

use super::outcome::{is_gone, meaning, title};
use crate::{
    api::{Api, ApiError, Host, Relaunch, Revision},
    erased::{effect, memo},
    ui::{
        listing::{Identified, Listing},
        query::Query,
        toast::Toasts,
    },
};

/// Why nothing can be done to the host while a relaunch is in progress.
pub(crate) const IN_PROGRESS: &str = "A relaunch is in progress; there can be one at a time.";

/// How often a relaunch in progress is looked at.
const POLL_WHILE_RELAUNCHING: Duration = Duration::from_millis(1500);

/// How often the host and the history are looked at otherwise: schedules and other people relaunch too.
const POLL_OTHERWISE: Duration = Duration::from_secs(15);

impl Identified for Relaunch {
    type Id = String;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl Identified for Revision {
    type Id = u32;

    fn id(&self) -> u32 {
        self.number
    }
}

/// The panel's shared knowledge.
#[derive(Clone, Copy)]
pub(crate) struct Panel {
    api: Api,
    toasts: Toasts,
    /// The host as EC2 sees it.
    pub(crate) host: Query<Option<Host>>,
    /// Every revision read so far.
    pub(crate) revisions: Query<Listing<Revision>>,
    /// Every relaunch read so far.
    pub(crate) relaunches: Query<Listing<Relaunch>>,
}

impl Panel {
    /// Asks for everything, and goes on looking for as long as the reactive owner lives.
    pub(crate) fn new() -> Self {
        let api = Api::current();
        let panel = Self {
            api,
            toasts: Toasts::current(),
            host: Query::new(move || async move { api.host().await.map(|answer| answer.host) }),
            revisions: Query::new(move || revision_page(api, None)),
            relaunches: Query::new(move || relaunch_page(api, None)),
        };
        panel.watch();
        panel
    }

    /// The panel this page is part of.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// The relaunch in progress; tracked. There is at most one, and it is the newest.
    pub(crate) fn in_progress(self) -> Option<Relaunch> {
        let newest = self.relaunches.latest()?.items.into_iter().next()?;
        newest.outcome.is_none().then_some(newest)
    }

    /// The newest revision; tracked.
    pub(crate) fn newest_revision(self) -> Option<u32> {
        self.revisions.latest()?.items.first().map(|revision| revision.number)
    }

    /// The host that is there, gone ones left out; tracked.
    pub(crate) fn living_host(self) -> Option<Host> {
        self.host.latest().flatten().filter(|host| !is_gone(host))
    }

    /// Why nothing can be done to the host; none when something can.
    pub(crate) fn reason_against_change(self) -> Option<String> {
        match (self.in_progress(), self.relaunches.latest()) {
            (Some(_), _) => Some(IN_PROGRESS.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("Looking up the relaunches…".to_owned()),
        }
    }

    /// Why the host can't be terminated; none when it can.
    pub(crate) fn reason_against_termination(self) -> Option<String> {
        self.reason_against_change().or_else(|| match self.host.latest() {
            None => Some("Asking EC2 for the host…".to_owned()),
            Some(_) if self.living_host().is_none() => Some("There is no host.".to_owned()),
            Some(_) => None,
        })
    }

    /// Reads the next page of revisions.
    pub(crate) async fn more_revisions(self) -> Result<(), ApiError> {
        let cursor = self.revisions.latest_untracked().and_then(|listing| listing.next_cursor);
        let page = revision_page(self.api, cursor).await?;
        self.revisions.change(|listing| listing.append(page));
        Ok(())
    }

    /// Reads the next page of relaunches.
    pub(crate) async fn more_relaunches(self) -> Result<(), ApiError> {
        let cursor = self.relaunches.latest_untracked().and_then(|listing| listing.next_cursor);
        let page = relaunch_page(self.api, cursor).await?;
        self.relaunches.change(|listing| listing.append(page));
        Ok(())
    }

    /// Takes in a relaunch that was started, or has got further.
    pub(crate) fn put_relaunch(self, relaunch: Relaunch) {
        self.relaunches.change(|listing| listing.put(relaunch));
    }

    /// Takes in a revision that was made.
    pub(crate) fn put_revision(self, revision: Revision) {
        self.revisions.change(|listing| listing.put(revision));
    }

    /// Looks at what can change by itself for as long as the panel is open.
    fn watch(self) {
        let followed = memo(move || self.in_progress().map(|relaunch| relaunch.id));
        effect(move || match followed.get() {
            Some(id) => spawn_local_scoped_with_cancellation(async move {
                loop {
                    sleep(POLL_WHILE_RELAUNCHING).await;
                    if is_tab_visible() {
                        self.refresh_relaunch(&id).await;
                    }
                }
            }),
            None => spawn_local_scoped_with_cancellation(async move {
                loop {
                    sleep(POLL_OTHERWISE).await;
                    if is_tab_visible() {
                        self.refresh().await;
                    }
                }
            }),
        });
    }

    async fn refresh_relaunch(self, id: &str) {
        // A failed look changes nothing; the next one is a moment away.
        let Ok(relaunch) = self.api.relaunch(id).await else { return };
        if let Some(outcome) = &relaunch.outcome {
            let text = format!("{}: {}", title(&relaunch), meaning(&relaunch));
            match outcome.known() {
                Some(RelaunchOutcome::Succeeded | RelaunchOutcome::Cancelled) => self.toasts.done(text),
                // What isn't known to have gone well stays on show until it is dismissed.
                Some(RelaunchOutcome::Failed | RelaunchOutcome::RolledBack) | None => {
                    self.toasts.failed(text)
                }
            }
            self.host.refresh();
        } else {
            self.host.refreshed().await;
        }
        // Last, since it may end the loop this runs in.
        self.put_relaunch(relaunch);
    }

    async fn refresh(self) {
        self.host.refreshed().await;
        if let Ok(page) = relaunch_page(self.api, None).await {
            match self.relaunches.latest_untracked() {
                Some(known) => self.relaunches.put(known.refreshed_by(page)),
                None => self.relaunches.put(page),
            }
        }
    }
}

/// One page of revisions, newest first, the first one without a cursor.
pub(crate) async fn revision_page(api: Api, cursor: Option<String>) -> Result<Listing<Revision>, ApiError> {
    let page = api.revisions(cursor).await?;
    Ok(Listing { items: page.revisions, next_cursor: page.next_cursor, unreadable: Vec::new() })
}

async fn relaunch_page(api: Api, cursor: Option<String>) -> Result<Listing<Relaunch>, ApiError> {
    let page = api.relaunches(cursor).await?;
    Ok(Listing { items: page.relaunches, next_cursor: page.next_cursor, unreadable: page.unreadable })
}

/// Whether the tab is in front; nobody watches one that isn't.
fn is_tab_visible() -> bool {
    !document().hidden()
}
