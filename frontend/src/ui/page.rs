//! What every page begins with: its title, for the tab and for who listens.

use leptos::{html::H1, prelude::*};

use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

use super::icon::{Icon, Picture};
use crate::erased::{effect, live};

/// Tells the first page from those people go on to: only these take the focus.
#[derive(Clone, Copy)]
pub(crate) struct Navigation {
    first_path: StoredValue<Option<String>>,
}

impl Navigation {
    /// Nobody has gone anywhere yet.
    pub(crate) fn new() -> Self {
        Self { first_path: StoredValue::new(None) }
    }

    /// Whether `path` is another page than the one the visit began with; from then on every page is.
    fn is_navigation(self, path: &str) -> bool {
        let mut navigated = true;
        self.first_path.update_value(|first| match first {
            None => {
                *first = Some(path.to_owned());
                navigated = false;
            }
            Some(first) if first == path => navigated = false,
            Some(first) => first.clear(),
        });
        navigated
    }
}

/// Puts the focus on the page's heading, when what had it is gone.
pub(crate) fn focus_heading() {
    request_animation_frame(|| {
        let heading = document().query_selector("main h1").ok().flatten();
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok()) {
            heading.focus().ok();
        }
    });
}

/// The heading of a page, with what can be done on it.
///
/// Gives the tab its title, and takes the focus when someone has come from another page: the router leaves
/// it on the link that is gone, and says nothing to who listens.
#[component]
pub(crate) fn PageHeader(
    #[prop(into)] title: Signal<String>,
    /// One line below it.
    #[prop(optional, into)]
    lede: ViewFn,
    /// The page above: where it is and what it is called.
    #[prop(optional)]
    above: Option<(&'static str, &'static str)>,
    /// What can be done here.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let heading = NodeRef::<H1>::new();
    let path = use_location().pathname;
    let navigation: Navigation = expect_context();

    effect(move || document().set_title(&format!("{} · Rollcall", title.get())));
    effect(move || {
        let path = path.get();
        if let Some(heading) = heading.get()
            && navigation.is_navigation(&path)
        {
            heading.focus().ok();
        }
    });
    view! {
        <header class="page-header">
            <div class="page-heading">
                {above.map(|(href, name)| view! {
                    <a class="page-above" href=href><Picture icon=Icon::ArrowLeft /> {name}</a>
                })}
                <h1 node_ref=heading tabindex="-1">{title}</h1>
                {live(move || lede.run())}
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
        </header>
    }
}
