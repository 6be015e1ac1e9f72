//! What all pages of the panel share: host, revisions and relaunches, kept up to date while someone looks.

use std::time::Duration;

use gloo_timers::future::sleep;
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use rollcall_api::{
    host::Host,
    relaunch::{Relaunch, RelaunchOutcome},
    revision::Revision,
};

use super::{
    audit_page::AuditPage,
    conformance_page::ConformancePage,
    history_page::HistoryPage,
    host_page::HostPage,
    outcome::{meaning, title},
    plan_page::PlanPage,
    relaunch_page::RelaunchPage,
    revision_form_page::NewRevisionPage,
    revision_page::RevisionPage,
    revisions_page::RevisionsPage,
    schedule_form_page::{EditSchedulePage, NewSchedulePage},
    schedules_page::SchedulesPage,
};
use crate::{
    api::{Api, ApiError},
    paths::{OperationsPage, page},
    session::Permission,
    ui::{
        icon::{Icon, Picture},
        lean::{effect, live, memo},
        listing::{Identified, Listing},
        query::Query,
        state::{Guard, Skeleton},
        toast::Toasts,
    },
};

/// How often a relaunch in progress is looked at.
const WHILE_BUSY: Duration = Duration::from_millis(1500);

/// How often the host and the history are looked at otherwise: schedules and other people relaunch too.
const WHILE_IDLE: Duration = Duration::from_secs(15);

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
    fn new() -> Self {
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
        self.host.latest().flatten().filter(|host| !host.state.is_gone())
    }

    /// Why nothing can be done to the host; none when something can.
    pub(crate) fn reason_against_change(self) -> Option<String> {
        match (self.in_progress(), self.relaunches.latest()) {
            (Some(_), _) => Some("A relaunch is in progress; there can be one at a time.".to_owned()),
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
                    sleep(WHILE_BUSY).await;
                    if is_seen() {
                        self.follow(&id).await;
                    }
                }
            }),
            None => spawn_local_scoped_with_cancellation(async move {
                loop {
                    sleep(WHILE_IDLE).await;
                    if is_seen() {
                        self.look_around().await;
                    }
                }
            }),
        });
    }

    async fn follow(self, id: &str) {
        // A failed look changes nothing; the next one is a moment away.
        let Ok(relaunch) = self.api.relaunch(id).await else { return };
        if let Some(outcome) = relaunch.outcome {
            let text = format!("{}: {}", title(&relaunch), meaning(&relaunch));
            match outcome {
                RelaunchOutcome::Succeeded | RelaunchOutcome::Cancelled => self.toasts.done(text),
                RelaunchOutcome::Failed | RelaunchOutcome::RolledBack => self.toasts.failed(text),
            }
            self.host.refresh();
        } else {
            self.host.refreshed().await;
        }
        // Last, since it may end the loop this runs in.
        self.put_relaunch(relaunch);
    }

    async fn look_around(self) {
        self.host.refreshed().await;
        if let Ok(page) = relaunch_page(self.api, None).await {
            match self.relaunches.latest_untracked() {
                Some(known) => self.relaunches.put(known.refreshed_by(page)),
                None => self.relaunches.put(page),
            }
        }
    }
}

async fn revision_page(api: Api, cursor: Option<String>) -> Result<Listing<Revision>, ApiError> {
    let page = api.revisions(cursor).await?;
    Ok(Listing { items: page.revisions, next_cursor: page.next_cursor })
}

async fn relaunch_page(api: Api, cursor: Option<String>) -> Result<Listing<Relaunch>, ApiError> {
    let page = api.relaunches(cursor).await?;
    Ok(Listing { items: page.relaunches, next_cursor: page.next_cursor })
}

/// Whether the tab is in front; nobody watches one that isn't.
fn is_seen() -> bool {
    !document().hidden()
}

/// The frame of the panel's pages, and the one that is shown.
#[component]
pub(crate) fn OperationsPanel(page: Memo<OperationsPage>) -> impl IntoView {
    view! {
        <div class="operations">
            <Guard
                permission=Permission::Operate
                title="Operations"
                loading=|| view! { <Skeleton lines=6 label="Loading the operations panel…" /> }
            >
                <Frame page />
            </Guard>
        </div>
    }
}

#[component]
fn Frame(page: Memo<OperationsPage>) -> impl IntoView {
    provide_context(Panel::new());
    let tab = move |of: Tab| move || (Tab::of(&page.read()) == of).then_some("page");
    view! {
        <nav class="tabs" aria-label="Operations">
            <a href=page::OPERATIONS aria-current=tab(Tab::Host)><Picture icon=Icon::Server /> "Host"</a>
            <a href=page::REVISIONS aria-current=tab(Tab::Revisions)>
                <Picture icon=Icon::Layers /> "Revisions"
            </a>
            <a href=page::RELAUNCHES aria-current=tab(Tab::Relaunches)>
                <Picture icon=Icon::Refresh /> "Relaunches"
            </a>
            <a href=page::SCHEDULES aria-current=tab(Tab::Schedules)>
                <Picture icon=Icon::Clock /> "Schedules"
            </a>
            <a href=page::AUDIT aria-current=tab(Tab::Audit)><Picture icon=Icon::List /> "Audit log"</a>
            <a href=page::CONFORMANCE aria-current=tab(Tab::Conformance)>
                <Picture icon=Icon::Check /> "Conformance"
            </a>
        </nav>
        {live(move || match page.get() {
            OperationsPage::Host => view! { <HostPage /> }.into_any(),
            OperationsPage::Revisions => view! { <RevisionsPage /> }.into_any(),
            OperationsPage::NewRevision => view! { <NewRevisionPage /> }.into_any(),
            OperationsPage::Revision(number) => view! { <RevisionPage number /> }.into_any(),
            OperationsPage::Relaunches => view! { <HistoryPage /> }.into_any(),
            OperationsPage::Relaunch(id) => view! { <RelaunchPage id /> }.into_any(),
            OperationsPage::Plan => view! { <PlanPage /> }.into_any(),
            OperationsPage::Schedules => view! { <SchedulesPage /> }.into_any(),
            OperationsPage::NewSchedule => view! { <NewSchedulePage /> }.into_any(),
            OperationsPage::EditSchedule(name) => view! { <EditSchedulePage name /> }.into_any(),
            OperationsPage::Audit => view! { <AuditPage /> }.into_any(),
            OperationsPage::Conformance => view! { <ConformancePage /> }.into_any(),
        })}
    }
}

/// The parts of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Host,
    Revisions,
    Relaunches,
    Schedules,
    Audit,
    Conformance,
}

impl Tab {
    const fn of(page: &OperationsPage) -> Self {
        match page {
            OperationsPage::Host | OperationsPage::Plan => Self::Host,
            OperationsPage::Revisions | OperationsPage::NewRevision | OperationsPage::Revision(_) => {
                Self::Revisions
            }
            OperationsPage::Relaunches | OperationsPage::Relaunch(_) => Self::Relaunches,
            OperationsPage::Schedules | OperationsPage::NewSchedule | OperationsPage::EditSchedule(_) => {
                Self::Schedules
            }
            OperationsPage::Audit => Self::Audit,
            OperationsPage::Conformance => Self::Conformance,
        }
    }
}
