//! `/operations/relaunches`: every relaunch, newest first.

use leptos::{prelude::*, task::spawn_local};
use rollcall_api::relaunch::Relaunch;

use super::{outcome::kind_words, panel::Panel, relaunch_dialog::RelaunchButton, timeline::OutcomePill};
use crate::{
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::Icon,
        listing::Listing,
        page::PageHeader,
        query::Await,
        state::{Notice, Skeleton},
        time::{Ago, Took},
        toast::Toasts,
    },
};

/// The history.
#[component]
pub(crate) fn HistoryPage() -> impl IntoView {
    let panel = Panel::current();
    view! {
        <PageHeader title="Relaunches">
            <RelaunchButton
                revision=Signal::derive(move || panel.newest_revision())
                look=Look::Primary
                names_revision=true
            />
        </PageHeader>
        <Await query=panel.relaunches loading=|| view! { <Skeleton lines=6 label="Loading the history…" /> }
            children=|listing| view! { <History listing /> } />
    }
}

#[component]
fn History(listing: Signal<Listing<Relaunch>>) -> impl IntoView {
    let (panel, toasts) = (Panel::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let more = move || {
        busy.set(true);
        spawn_local(async move {
            if let Err(error) = panel.more_relaunches().await {
                toasts.refused("Older relaunches could not be loaded.", &error);
            }
            busy.try_set(false);
        });
    };
    move || {
        let Listing { items, next_cursor } = listing.get();
        if items.is_empty() {
            return view! {
                <Notice icon=Icon::Clock title="Nothing has been launched yet"
                    text="Every launch, relaunch and rollback will be listed here, with each of its steps.">
                    <ActionLink href=page::REVISIONS>"To the revisions"</ActionLink>
                </Notice>
            }
            .into_any();
        }
        view! {
            <RelaunchTable relaunches=items />
            {next_cursor.is_some().then(|| view! {
                <p class="more"><ActionButton busy on_press=more>"Show older"</ActionButton></p>
            })}
        }
        .into_any()
    }
}

/// Relaunches as a table.
#[component]
pub(crate) fn RelaunchTable(relaunches: Vec<Relaunch>) -> impl IntoView {
    view! {
        <div class="table-frame" role="region" aria-label="Relaunches" tabindex="0">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Relaunch"</th>
                        <th scope="col">"Revision"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col">"Started"</th>
                        <th scope="col">"Took"</th>
                        <th scope="col">"Requested by"</th>
                    </tr>
                </thead>
                <tbody>
                    {relaunches.into_iter().map(|relaunch| view! { <RelaunchRow relaunch /> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn RelaunchRow(relaunch: Relaunch) -> impl IntoView {
    let Relaunch {
        id, kind, from_revision, to_revision, outcome, started_at, ended_at, requested_by, ..
    } = relaunch;
    let from = from_revision.map(|from| {
        view! {
            <a href=page::revision(from)>{from}</a>
            <span class="quiet" aria-hidden="true">" → "</span>
            <span class="visually-hidden">" to "</span>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=page::relaunch(&id)>
                    {kind_words(kind)}
                    <span class="visually-hidden">{format!(" to revision {to_revision}")}</span>
                </a>
            </th>
            <td class="number">{from}<a href=page::revision(to_revision)>{to_revision}</a></td>
            <td><OutcomePill outcome /></td>
            <td><Ago then=started_at /></td>
            <td class="number"><Took started_at ended_at /></td>
            <td>{requested_by}</td>
        </tr>
    }
}
