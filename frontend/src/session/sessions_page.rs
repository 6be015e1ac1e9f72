//! `/sessions`: where one is signed in, and for operators where everyone is.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_api::session::{OpenSession, SessionPage};

use super::signed_in::SignedIn;
use crate::{
    api::Api,
    erased::{live, memo, spawn},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::Icon,
        listing::ShowMore,
        page::{PageHeader, focus_heading},
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::{Ago, read},
        toast::Toasts,
    },
};

/// What the page works with.
#[derive(Clone, Copy)]
struct Sessions {
    api: Api,
    signed_in: SignedIn,
    query: Query<SessionPage>,
    everyone: Memo<bool>,
}

#[component]
pub(crate) fn SessionsPage() -> impl IntoView {
    let (api, signed_in, parameters) = (Api::current(), SignedIn::current(), use_query_map());
    let everyone = memo(move || parameters.with(|map| map.get_str("everyone") == Some("true")));
    let query = Query::new(move || api.sessions(everyone.get(), None));
    let sessions = Sessions { api, signed_in, query, everyone };
    live(move || {
        let (title, lede) = if everyone.get() {
            ("Everyone’s sessions", "Who is signed in, and where. Whoever’s session is ended signs in again.")
        } else {
            ("Your sessions", "Where you are signed in. End the ones that you don’t recognise.")
        };
        view! {
            <PageHeader title above=(page::DIRECTORY, "Directory") lede=move || view! { <p class="lede">{lede}</p> }>
                <Actions sessions />
            </PageHeader>
            <Await query loading=|| view! { <Skeleton lines=4 label="Loading sessions…" /> }
                children=move |shown| view! { <Shown sessions shown /> } />
        }
    })
}

#[component]
fn Actions(sessions: Sessions) -> impl IntoView {
    let Sessions { signed_in, everyone, .. } = sessions;
    let user = memo(move || signed_in.user());
    live(move || {
        let user = user.get()?;
        let (href, words) = if everyone.get() {
            (page::SESSIONS.to_owned(), "Your sessions")
        } else {
            (page::sessions_of_everyone(), "Everyone’s sessions")
        };
        let own = !everyone.get();
        Some(view! {
            <div class="page-actions">
                {user.may_operate.then(|| view! { <ActionLink href icon=Icon::People>{words}</ActionLink> })}
                {own.then(|| view! {
                    <ActionButton icon=Icon::SignOut on_press=move || signed_in.sign_out_everywhere()>
                        "Sign out everywhere"
                    </ActionButton>
                })}
            </div>
        })
    })
}

#[component]
fn Shown(sessions: Sessions, shown: Signal<SessionPage>) -> impl IntoView {
    let more = move || async move {
        let cursor = sessions.query.latest_untracked().and_then(|page| page.next_cursor);
        let next = sessions.api.sessions(sessions.everyone.get_untracked(), cursor).await?;
        sessions.query.change(|page| {
            page.next_cursor = next.next_cursor;
            page.sessions.extend(next.sessions);
        });
        Ok(())
    };
    live(move || {
        let SessionPage { sessions: items, next_cursor } = shown.get();
        if items.is_empty() && next_cursor.is_none() {
            return view! {
                <Notice icon=Icon::Lock title="No browser is signed in"
                    text="You ask with a token, which belongs to no session." />
            }
            .into_any();
        }
        view! {
            <ul class="entries">
                {items.into_iter().map(|session| view! { <Item sessions session /> }).collect_view()}
            </ul>
            {next_cursor.is_some().then(|| view! { <ShowMore what="sessions" read=more /> })}
        }
        .into_any()
    })
}

#[component]
fn Item(sessions: Sessions, session: OpenSession) -> impl IntoView {
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let OpenSession { id, name, browser, signed_in_at, seen_at, this } = session;
    let words = browser_words(&browser);
    let ended = words.clone();
    let end = move || {
        if this {
            sessions.signed_in.sign_out();
            return;
        }
        let (id, words) = (id.clone(), ended.clone());
        busy.set(true);
        spawn(async move {
            match sessions.api.end_session(&id).await {
                Ok(()) => {
                    sessions.query.change(|page| page.sessions.retain(|session| session.id != id));
                    toasts.done(format!("The session in {words} has ended."));
                    // The button that was pressed is gone with it.
                    focus_heading();
                }
                Err(error) if error.asks_for_fresh_sign_in() => sessions.signed_in.sign_in_again(),
                Err(error) => toasts.refused("The session was not ended.", &error),
            }
            busy.try_set(false);
        });
    };
    let ago = |then: &str| read(then).map(|then| view! { <Ago then /> });
    view! {
        <li>
            <div>
                <h2 title=browser>
                    {words}
                    {this.then(|| view! { " " <span class="pill pill-good">"This browser"</span> })}
                </h2>
                <p class="quiet">
                    {sessions.everyone.get_untracked().then(|| format!("{name} · "))}
                    "Signed in " {ago(&signed_in_at)} " · last used " {ago(&seen_at)}
                </p>
            </div>
            <ActionButton look=Look::Quiet busy icon=Icon::SignOut on_press=end>
                {if this { "Sign out" } else { "End" }}
            </ActionButton>
        </li>
    }
}

/// What a browser that calls itself this is, in the words people use: `Firefox on Linux`.
///
/// Each names others that came before it, so that the first of these that is found is meant.
fn browser_words(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|&(_, name)| name)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Another browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_what_people_call_it() {
        let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36";
        let android = "Mozilla/5.0 (Linux; Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0";
        let iphone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605 Version/18.1 Safari/604";
        let windows = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0";
        assert_eq!(browser_words(linux), "Chrome on Linux");
        assert_eq!(browser_words(android), "Firefox on Android");
        assert_eq!(browser_words(iphone), "Safari on iPhone");
        assert_eq!(browser_words(windows), "Edge on Windows");
        assert_eq!(browser_words("curl/8.5"), "curl");
        assert_eq!(browser_words(""), "Another browser");
    }
}
