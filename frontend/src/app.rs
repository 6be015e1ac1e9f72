//! What the parts of the site share: what every page is given, and the frame around it.

use leptos::{ev, prelude::*};
use leptos_router::{
    components::Router,
    hooks::use_location,
    location::{BrowserUrl, LocationProvider},
};
use rollcall_api::{info::InfoText, session::User};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlAnchorElement};

use crate::{
    api::Api,
    clock::Clock,
    erased::{derive, effect, live, memo},
    paths::{Part, api as routes, page},
    session::{InterruptedNote, SignedIn},
    ui::{
        button::{ActionButton, Look},
        icon::{Icon, Logo},
        page::Navigation,
        query::Query,
        sign_in::SignInButton,
        theme::ThemeButton,
        toast::{ToastRegion, Toasts},
    },
};

/// Puts a part of the site into the page, in place of what said that it is loading.
///
/// Its pages are given and not named here, so that the other parts' are not linked in.
pub(crate) fn start(part: Part, pages: fn() -> AnyView) {
    console_error_panic_hook::set_once();
    mount_to_body(move || view! { <App part pages /> });
    // Last, so that it says what to do should something above fail.
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
}

#[component]
fn App(part: Part, pages: fn() -> AnyView) -> impl IntoView {
    let api = Api::new();
    let toasts = Toasts::new();
    provide_context(api);
    provide_context(toasts);
    provide_context(Clock::start());
    provide_context(Navigation::new());
    let signed_in = SignedIn::new(api, toasts);
    provide_context(signed_in);
    provide_context(signed_in.sign_in_action());
    leave_other_parts_to_the_browser(part);
    view! {
        <Router>
            // External to the router, which would scroll and leave the focus behind.
            <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
            <SiteHeader />
            // Before the page, so that one step back from its heading leads to what can be undone.
            <ToastRegion />
            <main id="main" tabindex="-1"><CurrentPage pages /></main>
            <SiteFooter />
        </Router>
    }
}

/// Has a link to another part of the site load it. The router would look for its page in this one; it listens on the
/// window too, but later than this, which is called before there is a router.
fn leave_other_parts_to_the_browser(own: Part) {
    window_event_listener(ev::click, move |event| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok()?.closest("a[href]").ok()?)
            .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
        if link.is_some_and(|link| Part::of(&link.pathname()) != own) {
            event.stop_immediate_propagation();
        }
    });
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

/// The page that is shown.
#[component]
fn CurrentPage(pages: fn() -> AnyView) -> impl IntoView {
    follow_in_address_bar();
    pages()
}

#[component]
fn SiteHeader() -> impl IntoView {
    let path = use_location().pathname;
    let is_operations = move || path.with(|path| Part::of(path) == Part::Operations);
    let is = move |address: &'static str| derive(move || path.with(|path| path == address).then_some("page"));
    let is_operations = derive(move || is_operations().then_some("page"));
    view! {
        <header class="site-header">
            <div class="site-header-inner">
                <a class="brand" href=page::DIRECTORY><Logo /> <span>"Rollcall"</span></a>
                <nav class="site-nav" aria-label="Main">
                    <a href=page::DIRECTORY aria-current=is(page::DIRECTORY)>"Directory"</a>
                    <a href=page::CHART aria-current=is(page::CHART)>"Chart"</a>
                    <a href=page::OPERATIONS aria-current=is_operations>"Operations"</a>
                </nav>
                <div class="site-account"><ThemeButton /> <Account /></div>
            </div>
            // In view wherever someone is on the page.
            <InterruptedNote />
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
            <a class="account-name" href=page::SESSIONS title=format!("Signed in as {name}: your sessions")>
                {name.clone()}
            </a>
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
    let info = Query::new(move || api.info(routes::INFO));
    let text = derive(move || {
        info.latest().map(|info| {
            let InfoText { version, runs_on, instance_id, availability_zone, stressed_until } = info;
            let place = match (runs_on.as_str(), instance_id, availability_zone) {
                ("lambda", _, _) => "on AWS Lambda".to_owned(),
                ("host", Some(id), Some(zone)) => format!("on host {id} in {zone}"),
                ("host", Some(id), None) => format!("on host {id}"),
                ("host", None, _) => "on a host outside EC2".to_owned(),
                (elsewhere, _, _) => format!("on {elsewhere}"),
            };
            let stress = if stressed_until.is_some() { ", under a stress test" } else { "" };
            format!("Rollcall {version} {place}{stress}")
        })
    });
    let signed_in = SignedIn::current();
    let is_signed_in = memo(move || signed_in.user().is_some());
    view! {
        <footer class="site-footer">
            <p>
                {text}
                {live(move || is_signed_in.get().then(|| view! {
                    " · " <a href=page::SESSIONS>"Your sessions"</a>
                }))}
            </p>
        </footer>
    }
}
