//! The application: what all pages share, which page belongs to which address, and the frame around it.

use leptos::prelude::*;
use leptos_router::{
    components::Router,
    hooks::use_location,
    location::{BrowserUrl, LocationProvider},
};
use rollcall_api::{info::InfoText, session::User};

use crate::{
    api::Api,
    clock::Clock,
    directory::{Directory, DirectoryPage, EditEmployeePage, EmployeePage, NewEmployeePage},
    erased::{effect, live, memo},
    oidc::Keyring,
    operations::OperationsPanel,
    paths::{OperationsPage, Page, page},
    session::{SignedIn, SignedInPage},
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::{Icon, Logo},
        page::{Navigation, PageHeader},
        query::Query,
        sign_in::SignInButton,
        state::Notice,
        theme::ThemeButton,
        toast::{ToastRegion, Toasts},
    },
};

/// Puts the application into the page, in place of what said that it is loading.
pub(crate) fn start() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
    // Last, so that it says what to do should something above fail.
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
}

#[component]
fn App() -> impl IntoView {
    let keyring = Keyring::restored();
    let api = Api::new(keyring);
    let toasts = Toasts::new();
    provide_context(api);
    provide_context(toasts);
    provide_context(Clock::start());
    provide_context(Navigation::new());
    provide_context(Directory::new(api));
    let signed_in = SignedIn::new(keyring, api, toasts);
    provide_context(signed_in);
    provide_context(signed_in.sign_in_action());
    view! {
        <Router>
            // External to the router, which would scroll and leave the focus behind.
            <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
            <SiteHeader />
            <main id="main" tabindex="-1"><CurrentPage /></main>
            <SiteFooter />
        </Router>
        <ToastRegion />
    }
}

/// The page at the address the browser shows.
fn use_page() -> Memo<Option<Page>> {
    let path = use_location().pathname;
    memo(move || path.with(|path| Page::at(path)))
}

/// Has the address bar follow the page. The router waits with it until someone says that the new page is there; its
/// own `Routes` would.
fn follow_in_address_bar() {
    let path = use_location().pathname;
    let browser = use_context::<BrowserUrl>();
    effect(move || {
        path.get();
        if let Some(browser) = &browser {
            browser.ready_to_complete();
        }
    });
}

/// The page that is shown. The frame of the operations panel stays while people move about inside it.
#[component]
fn CurrentPage() -> impl IntoView {
    follow_in_address_bar();
    let page = use_page();
    let operations = memo(move || match page.get() {
        Some(Page::Operations(page)) => page,
        _ => OperationsPage::Host,
    });
    let outside = memo(move || match page.get() {
        Some(Page::Operations(_)) => Some(Page::Operations(OperationsPage::Host)),
        page => page,
    });
    live(move || match outside.get() {
        Some(Page::Directory) => view! { <DirectoryPage /> }.into_any(),
        Some(Page::NewEmployee) => view! { <NewEmployeePage /> }.into_any(),
        Some(Page::Employee(id)) => view! { <EmployeePage id /> }.into_any(),
        Some(Page::EditEmployee(id)) => view! { <EditEmployeePage id /> }.into_any(),
        Some(Page::Operations(_)) => view! { <OperationsPanel page=operations /> }.into_any(),
        Some(Page::SignedIn) => view! { <SignedInPage /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    })
}

#[component]
fn SiteHeader() -> impl IntoView {
    let page = use_page();
    let is_operations = move || page.with(|page| matches!(page, Some(Page::Operations(_))));
    let is_directory = move || page.with(|page| matches!(page, Some(Page::Directory)));
    view! {
        <header class="site-header">
            <div class="site-header-inner">
                <a class="brand" href=page::DIRECTORY><Logo /> <span>"Rollcall"</span></a>
                <nav class="site-nav" aria-label="Main">
                    <a href=page::DIRECTORY aria-current=move || is_directory().then_some("page")>"Directory"</a>
                    <a href=page::OPERATIONS aria-current=move || is_operations().then_some("page")>"Operations"</a>
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
    let user = memo(move || signed_in.user());
    live(move || match user.get() {
        Some(User { name, .. }) => view! {
            <span class="account-name" title=format!("Signed in as {name}")>{name.clone()}</span>
            <ActionButton look=Look::Quiet icon=Icon::SignOut on_press=move || signed_in.sign_out()>
                "Sign out"
            </ActionButton>
        }
        .into_any(),
        None => view! { <SignInButton /> }.into_any(),
    })
}

/// Which Rollcall this is, and where it runs.
#[component]
fn SiteFooter() -> impl IntoView {
    let api = Api::current();
    let info = Query::new(move || api.info());
    let text = move || {
        info.latest().map(|info| {
            let InfoText { version, runs_on, instance_id, availability_zone } = info;
            let place = match (runs_on.as_str(), instance_id, availability_zone) {
                ("lambda", _, _) => "on AWS Lambda".to_owned(),
                ("host", Some(id), Some(zone)) => format!("on host {id} in {zone}"),
                ("host", Some(id), None) => format!("on host {id}"),
                ("host", None, _) => "on a host outside EC2".to_owned(),
                (elsewhere, _, _) => format!("on {elsewhere}"),
            };
            format!("Rollcall {version} {place}")
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
