//! The application: what all pages share, which page belongs to which address, and the frame around it.

use leptos::prelude::*;
use leptos_router::{
    components::{A, ParentRoute, Route, Router, Routes},
    path,
};
use rollcall_api::{info::RunsOn, session::User};

use crate::{
    api::Api,
    directory::{Directory, DirectoryPage, EditEmployeePage, EmployeePage, NewEmployeePage},
    operations::{
        HistoryPage, HostPage, NewRevisionPage, OperationsPanel, RelaunchPage, RevisionPage, RevisionsPage,
    },
    paths::page,
    session::{Keyring, SignedIn, SignedInPage},
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::{Icon, Logo},
        page::{Arrival, PageHeader},
        query::Query,
        state::Notice,
        theme::ThemeButton,
        time::Clock,
        toast::{ToastRegion, Toasts},
    },
};

/// Puts the application into the page, in place of what said that it is loading.
pub(crate) fn start() {
    console_error_panic_hook::set_once();
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
    mount_to_body(App);
}

/// The application.
#[component]
fn App() -> impl IntoView {
    let keyring = Keyring::restored();
    let api = Api::new(keyring);
    let toasts = Toasts::new();
    provide_context(api);
    provide_context(toasts);
    provide_context(Clock::start());
    provide_context(Arrival::new());
    provide_context(Directory::new(api));
    provide_context(SignedIn::new(keyring, api, toasts));
    view! {
        <Router>
            <a class="skip-link" href="#main">"Skip to content"</a>
            <SiteHeader />
            <main id="main" tabindex="-1">
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=DirectoryPage />
                    <Route path=path!("/employees/new") view=NewEmployeePage />
                    <Route path=path!("/employees/:id") view=EmployeePage />
                    <Route path=path!("/employees/:id/edit") view=EditEmployeePage />
                    <ParentRoute path=path!("/operations") view=OperationsPanel>
                        <Route path=path!("") view=HostPage />
                        <Route path=path!("revisions") view=RevisionsPage />
                        <Route path=path!("revisions/new") view=NewRevisionPage />
                        <Route path=path!("revisions/:number") view=RevisionPage />
                        <Route path=path!("relaunches") view=HistoryPage />
                        <Route path=path!("relaunches/:id") view=RelaunchPage />
                    </ParentRoute>
                    <Route path=path!("/signed-in") view=SignedInPage />
                </Routes>
            </main>
            <SiteFooter />
        </Router>
        <ToastRegion />
    }
}

#[component]
fn SiteHeader() -> impl IntoView {
    view! {
        <header class="site-header">
            <div class="site-header-inner">
                <a class="brand" href=page::DIRECTORY><Logo /> <span>"Rollcall"</span></a>
                <nav class="site-nav" aria-label="Main">
                    <A href=page::DIRECTORY exact=true>"Directory"</A>
                    <A href=page::OPERATIONS>"Operations"</A>
                </nav>
                <div class="site-account"><ThemeButton /> <Account /></div>
            </div>
        </header>
    }
}

/// Who is signed in, with a way out; or a way in.
#[component]
fn Account() -> impl IntoView {
    let signed_in = SignedIn::current();
    let user = Memo::new(move |_| signed_in.user());
    let blocked = Signal::derive(move || signed_in.reason_against_sign_in());
    move || {
        match user.get() {
        Some(User { name, .. }) => view! {
            <span class="account-name" title=format!("Signed in as {name}")>{name.clone()}</span>
            <ActionButton look=Look::Quiet icon=Icon::SignOut on_press=move || signed_in.sign_out()>
                "Sign out"
            </ActionButton>
        }
        .into_any(),
        None => view! {
            <ActionButton icon=Icon::SignIn blocked on_press=move || signed_in.sign_in()>"Sign in"</ActionButton>
        }
        .into_any(),
    }
    }
}

/// Which Rollcall this is, and where it runs.
#[component]
fn SiteFooter() -> impl IntoView {
    let api = Api::current();
    let info = Query::new(move || api.info());
    let text = move || {
        info.latest().map(|info| {
            let place = match info.runs_on {
                RunsOn::Lambda => "on AWS Lambda".to_owned(),
                RunsOn::Host { instance_id, availability_zone } => match (instance_id, availability_zone) {
                    (Some(id), Some(zone)) => format!("on host {id} in {zone}"),
                    (Some(id), None) => format!("on host {id}"),
                    _ => "on a host outside EC2".to_owned(),
                },
            };
            format!("Rollcall {} {place}", info.version)
        })
    };
    view! { <footer class="site-footer"><p>{text}</p></footer> }
}

#[component]
fn NotFoundPage() -> impl IntoView {
    view! {
        <PageHeader title="Page not found" />
        <Notice icon=Icon::Search title="There is nothing at this address"
            text="It may have been mistyped, or what was here has moved.">
            <ActionLink href=page::DIRECTORY look=Look::Primary>"To the directory"</ActionLink>
        </Notice>
    }
}
