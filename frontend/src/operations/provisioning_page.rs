//! `/operations/provisioning`: the tokens by which identity providers keep the directory.

use leptos::prelude::*;
use rollcall_api::scim_token::{MAX_TOKEN_NAME, MadeScimToken, ScimToken, ScimTokenPage};

use super::asking::{Asking, AskingFields};
use crate::{
    api::Api,
    erased::{derive, effect, live, spawn},
    ui::{
        button::{ActionButton, Look},
        copy::CopyButton,
        dialog::Confirm,
        icon::{Icon, Picture},
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
struct Provisioning {
    api: Api,
    query: Query<ScimTokenPage>,
    /// The token that was just made: it is told once.
    made: RwSignal<Option<MadeScimToken>>,
    /// The token that someone is asked about before it is revoked.
    asked: RwSignal<Option<ScimToken>>,
    making: Asking,
}

#[component]
pub(crate) fn ProvisioningPage() -> impl IntoView {
    let api = Api::current();
    let provisioning = Provisioning {
        api,
        query: Query::new(move || api.scim_tokens(None)),
        made: RwSignal::new(None),
        asked: RwSignal::new(None),
        making: Asking::about("token", "name", MAX_TOKEN_NAME),
    };
    let lede = || {
        view! {
            <p class="lede">
                "Okta, Entra ID and others keep the directory in step by SCIM 2.0, each with a token of its own."
            </p>
        }
    };
    view! {
        <PageHeader title="Provisioning" lede>
            <ActionButton look=Look::Primary icon=Icon::Plus on_press=move || provisioning.making.open.set(true)>
                "New token"
            </ActionButton>
        </PageHeader>
        <Made made=provisioning.made />
        <Await query=provisioning.query loading=|| view! { <Skeleton lines=4 label="Loading the tokens…" /> }
            children=move |shown| view! { <Tokens provisioning shown /> } />
        <Making provisioning />
        <Revoking provisioning />
    }
}

/// The token that was just made, and where its provider asks.
#[component]
fn Made(made: RwSignal<Option<MadeScimToken>>) -> impl IntoView {
    live(move || {
        let MadeScimToken { token, base_url, described } = made.get()?;
        let row = |label: &'static str, what: &'static str, text: String| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd><code translate="no">{text.clone()}</code> <CopyButton text=text what /></dd>
                </div>
            }
        };
        Some(view! {
            <section class="panel made-token" aria-labelledby="made-token">
                <h2 id="made-token" tabindex="-1">{format!("The token for {}", described.name)}</h2>
                <p class="banner banner-warning">
                    <Picture icon=Icon::Alert />
                    <span>"Copy it now: it is shown this once, and nobody can look it up."</span>
                </p>
                <dl class="facts">
                    {row("Token", "token", token)}
                    {row("Base URL", "base URL", base_url)}
                </dl>
                <ActionButton icon=Icon::Check on_press=move || made.set(None)>"I have copied it"</ActionButton>
            </section>
        })
    })
}

#[component]
fn Tokens(provisioning: Provisioning, shown: Signal<ScimTokenPage>) -> impl IntoView {
    let more = move || async move {
        let cursor = provisioning.query.latest_untracked().and_then(|page| page.next_cursor);
        let next = provisioning.api.scim_tokens(cursor).await?;
        provisioning.query.change(|page| {
            page.next_cursor = next.next_cursor;
            page.tokens.extend(next.tokens);
        });
        Ok(())
    };
    live(move || {
        let ScimTokenPage { tokens, next_cursor } = shown.get();
        if tokens.is_empty() && next_cursor.is_none() {
            return view! {
                <Notice icon=Icon::People title="No identity provider keeps the directory"
                    text="Make a token, and give it to your provider with the base URL that is shown beside it. People then \
                        come and go by themselves." />
            }
            .into_any();
        }
        view! {
            <ul class="entries">
                {tokens.into_iter().map(|token| view! { <Token provisioning token /> }).collect_view()}
            </ul>
            {next_cursor.is_some().then(|| view! { <ShowMore what="tokens" read=more /> })}
        }
        .into_any()
    })
}

#[component]
fn Token(provisioning: Provisioning, token: ScimToken) -> impl IntoView {
    let ago = |then: &str| read(then).map(|then| view! { <Ago then /> });
    let asked = token.clone();
    let ScimToken { name, made_by, made_at, last_used_at, .. } = token;
    let used = match last_used_at {
        Some(then) => view! { "last used " {ago(&then)} }.into_any(),
        None => "never used".into_any(),
    };
    let of = format!(" the token for {name}");
    view! {
        <li>
            <div>
                <h2>{name}</h2>
                <p class="quiet">"Made by " {made_by} " " {ago(&made_at)} " · " {used}</p>
            </div>
            <ActionButton icon=Icon::Trash on_press=move || provisioning.asked.set(Some(asked.clone()))>
                "Revoke" <span class="visually-hidden">{of}</span>
            </ActionButton>
        </li>
    }
}

/// Makes a token, after asking what it is for.
#[component]
fn Making(provisioning: Provisioning) -> impl IntoView {
    let Provisioning { api, query, made, making, .. } = provisioning;
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let make = move |()| {
        let Ok(name) = making.checked() else { return };
        busy.set(true);
        spawn(async move {
            let answer = api.make_scim_token(name.unwrap_or_default()).await;
            busy.try_set(false);
            if answer.as_ref().is_err_and(|error| making.is_refused(error)) {
                return;
            }
            making.open.try_set(false);
            match answer {
                Ok(answer) => {
                    query.change(|page| page.tokens.insert(0, answer.described.clone()));
                    made.try_set(Some(answer));
                    focus_heading();
                }
                Err(error) => toasts.refused("The token was not made.", &error),
            }
        });
    };
    view! {
        <Confirm open=making.open title="New token" confirm="Make token" icon=Icon::Plus look=Look::Primary
            blocked=derive(move || making.reason_against()) busy on_confirm=Callback::new(make)>
            <p>"Whoever has it may add, change and remove everyone in the directory, and nothing else."</p>
            <AskingFields asking=making label="Name" help="What it is for, such as the provider’s name." required=true />
        </Confirm>
    }
}

/// Revokes a token, after asking.
#[component]
fn Revoking(provisioning: Provisioning) -> impl IntoView {
    let Provisioning { api, query, asked, .. } = provisioning;
    let toasts = Toasts::current();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    effect(move || {
        if asked.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            asked.set(None);
        }
    });
    let revoke = move |()| {
        let Some(ScimToken { id, name, .. }) = asked.get_untracked() else { return };
        busy.set(true);
        spawn(async move {
            match api.revoke_scim_token(&id).await {
                Ok(()) => {
                    query.change(|page| page.tokens.retain(|token| token.id != id));
                    toasts.done(format!("The token for {name} was revoked."));
                    focus_heading();
                }
                Err(error) => toasts.refused("The token was not revoked.", &error),
            }
            busy.try_set(false);
            open.try_set(false);
        });
    };
    let title = derive(move || {
        let name = asked.with(|token| token.as_ref().map(|token| token.name.clone()));
        format!("Revoke the token for {}?", name.unwrap_or_default())
    });
    view! {
        <Confirm open title confirm="Revoke" icon=Icon::Trash look=Look::Danger busy on_confirm=Callback::new(revoke)>
            <p>"Its provider is refused from then on. People stay as they are."</p>
        </Confirm>
    }
}
