//! The frame of the panel's pages: who may come in, the tabs, and the page that is shown.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    audit_page::AuditPage,
    conformance_page::ConformancePage,
    history_page::HistoryPage,
    host_page::HostPage,
    panel::Panel,
    plan_page::PlanPage,
    provisioning_page::ProvisioningPage,
    relaunch_page::RelaunchPage,
    revision_form_page::NewRevisionPage,
    revision_page::RevisionPage,
    revisions_page::RevisionsPage,
    schedule_form_page::{EditSchedulePage, NewSchedulePage},
    schedules_page::SchedulesPage,
    search_page::SearchPage,
};
use crate::{
    erased::{live, memo},
    paths::{OperationsPage, page},
    session::{Guard, Permission},
    ui::{
        icon::{Icon, Picture},
        not_found::NotFoundPage,
        state::Skeleton,
    },
};

/// The page of the panel that is at the address the browser shows. Its frame stays while people move about inside it.
#[component]
pub(crate) fn OperationsPages() -> impl IntoView {
    let path = use_location().pathname;
    let page = memo(move || path.with(|path| OperationsPage::at(path)));
    let is_there = memo(move || page.with(Option::is_some));
    let page = memo(move || page.get().unwrap_or(OperationsPage::Host));
    live(move || {
        if is_there.get() {
            view! { <OperationsPanel page /> }.into_any()
        } else {
            view! { <NotFoundPage /> }.into_any()
        }
    })
}

/// The frame of the panel's pages, and the one that is shown, for those who may see them.
#[component]
fn OperationsPanel(page: Memo<OperationsPage>) -> impl IntoView {
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
            <a href=page::SEARCH aria-current=tab(Tab::Search)><Picture icon=Icon::Search /> "Search"</a>
            <a href=page::PROVISIONING aria-current=tab(Tab::Provisioning)>
                <Picture icon=Icon::People /> "Provisioning"
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
            OperationsPage::Search => view! { <SearchPage /> }.into_any(),
            OperationsPage::Provisioning => view! { <ProvisioningPage /> }.into_any(),
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
    Search,
    Provisioning,
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
            OperationsPage::Search => Self::Search,
            OperationsPage::Provisioning => Self::Provisioning,
        }
    }
}
