//! `/operations/revisions`: every revision, newest first.

use leptos::prelude::*;
use rollcall_api::revision::RecipeName;

use super::{outcome::Tone, panel::Panel, timeline::Pill};
use crate::{
    api::Revision,
    erased::{live, memo},
    paths::page,
    ui::{
        button::{ActionLink, Look},
        icon::Icon,
        listing::{Listing, ShowMore},
        page::PageHeader,
        query::Await,
        state::{Notice, Skeleton},
        time::Ago,
        who::Who,
    },
};

const WHAT_A_REVISION_IS: &str = "A revision is what a host is launched from: a recipe, its variables, \
    an image and an instance type. It never changes; a change is a new revision.";

#[component]
pub(crate) fn RevisionsPage() -> impl IntoView {
    let panel = Panel::current();
    view! {
        <PageHeader title="Revisions">
            <ActionLink href=page::NEW_REVISION look=Look::Primary icon=Icon::Plus>"New revision"</ActionLink>
        </PageHeader>
        <Await query=panel.revisions
            loading=|| view! { <Skeleton lines=6 label="Loading the revisions…" /> }
            children=|listing| view! { <Revisions listing /> } />
    }
}

#[component]
fn Revisions(listing: Signal<Listing<Revision>>) -> impl IntoView {
    let panel = Panel::current();
    live(move || {
        let Listing { items, next_cursor, .. } = listing.get();
        if items.is_empty() {
            return view! {
                <Notice icon=Icon::Layers title="There are no revisions yet"
                    text=WHAT_A_REVISION_IS>
                    <ActionLink href=page::NEW_REVISION look=Look::Primary icon=Icon::Plus>
                        "New revision"
                    </ActionLink>
                </Notice>
            }
            .into_any();
        }
        view! {
            <div class="table-frame" role="region" aria-label="Revisions" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Revision"</th>
                            <th scope="col">"Recipe"</th>
                            <th scope="col">"Note"</th>
                            <th scope="col">"Instance type"</th>
                            <th scope="col">"sha256"</th>
                            <th scope="col">"Created"</th>
                            <th scope="col">"By"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {items.into_iter().map(|revision| view! { <Row revision /> }).collect_view()}
                    </tbody>
                </table>
            </div>
            {next_cursor.is_some().then(|| view! {
                <ShowMore what="revisions" read=move || panel.more_revisions() />
            })}
        }
        .into_any()
    })
}

#[component]
fn Row(revision: Revision) -> impl IntoView {
    let Revision { number, recipe, instance_type, user_data_sha256, created_at, created_by, note, .. } =
        revision;
    view! {
        <tr>
            <th scope="row">
                <a href=page::revision(number)>{format!("Revision {number}")}</a>
                <RunsHere number />
            </th>
            <td><code>{recipe.label(RecipeName::as_str).to_owned()}</code></td>
            <td class="note">{note}</td>
            <td><code>{instance_type}</code></td>
            <td><code title=user_data_sha256.clone()>{short(&user_data_sha256)}</code></td>
            <td><Ago then=created_at /></td>
            <td><Who actor=created_by /></td>
        </tr>
    }
}

/// Says that the host was launched from this revision.
#[component]
pub(crate) fn RunsHere(number: u32) -> impl IntoView {
    let panel = Panel::current();
    let runs = memo(move || panel.living_host().is_some_and(|host| host.revision == Some(number)));
    live(move || runs.get().then(|| view! { " " <Pill words="on the host".to_owned() tone=Tone::Good /> }))
}

/// The first digits of a hash, enough to tell two apart by eye.
fn short(sha256: &str) -> String {
    sha256.chars().take(12).collect()
}
