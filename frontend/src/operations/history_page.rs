//! `/operations/relaunches`: every relaunch, newest first.

use leptos::prelude::*;
use rollcall_api::relaunch::RelaunchOutcome;

use super::{
    outcome::kind_words,
    panel::Panel,
    plan_link::{PlanLink, Replacement},
    timeline::OutcomePill,
};
use crate::{
    api::Relaunch,
    erased::{derive, live, memo},
    paths::page,
    ui::{
        button::{ActionLink, Look},
        icon::Icon,
        listing::{Listing, ShowMore, Unreadable},
        page::PageHeader,
        query::Await,
        state::{Notice, Skeleton},
        time::{Ago, Took},
        who::Who,
    },
};

#[component]
pub(crate) fn HistoryPage() -> impl IntoView {
    let panel = Panel::current();
    view! {
        <PageHeader title="Relaunches">
            <PlanLink revision=derive(move || panel.newest_revision()) look=Look::Primary />
        </PageHeader>
        <Await query=panel.relaunches loading=|| view! { <Skeleton lines=6 label="Loading the history…" /> }
            children=|listing| view! { <History listing /> } />
    }
}

#[component]
fn History(listing: Signal<Listing<Relaunch>>) -> impl IntoView {
    let panel = Panel::current();
    live(move || {
        let Listing { items, next_cursor, unreadable } = listing.get();
        if items.is_empty() && unreadable.is_empty() {
            return view! {
                <Notice icon=Icon::Clock title="Nothing has been launched yet"
                    text="Every launch, relaunch, rollback and termination will be listed here, with each of its steps.">
                    <ActionLink href=page::REVISIONS>"To the revisions"</ActionLink>
                </Notice>
            }
            .into_any();
        }
        view! {
            <Unreadable ids=unreadable />
            <RelaunchTable relaunches=items />
            {next_cursor.is_some().then(|| view! {
                <ShowMore what="relaunches" read=move || panel.more_relaunches() />
            })}
        }
        .into_any()
    })
}

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
                        <th scope="col">"Action"</th>
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
        id,
        kind,
        from_revision,
        to_revision,
        outcome,
        started_at,
        ended_at,
        requested_by,
        reason,
        undoing,
        ..
    } = relaunch;
    let revision = |number: Option<u32>| match number {
        Some(number) => view! { <a href=page::revision(number)>{number}</a> }.into_any(),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    };
    let from = from_revision.map(|from| {
        view! {
            {revision(Some(from))}
            <span class="quiet" aria-hidden="true">" → "</span>
            <span class="visually-hidden">" to "</span>
        }
    });
    let has_succeeded = outcome.as_ref().is_some_and(|outcome| outcome.is(RelaunchOutcome::Succeeded));
    let launched = to_revision.filter(|_| has_succeeded);
    view! {
        <tr>
            <th scope="row">
                <a href=page::relaunch(&id)>
                    {kind.label(kind_words).to_owned()}
                    {to_revision.map(|to| view! {
                        <span class="visually-hidden">{format!(" to revision {to}")}</span>
                    })}
                </a>
            </th>
            <td class="number">{from}{revision(to_revision)}</td>
            <td><OutcomePill outcome undoing /></td>
            <td><Ago then=started_at /></td>
            <td class="number"><Took started_at ended_at /></td>
            <td>
                <Who actor=requested_by />
                {reason.map(|reason| view! { <span class="why-line" title=reason.clone()>{reason.clone()}</span> })}
            </td>
            <td>{launched.map(|revision| view! { <ReturnLink revision /> })}</td>
        </tr>
    }
}

/// The way back to a revision that was launched well before.
#[component]
fn ReturnLink(revision: u32) -> impl IntoView {
    let panel = Panel::current();
    let replacement = memo(move || Replacement::new(panel.living_host().as_ref(), revision));
    let blocked = derive(move || {
        let in_place = replacement.get().is_in_place().then(|| "The host runs this revision.".to_owned());
        in_place.or_else(|| panel.reason_against_change())
    });
    view! {
        <ActionLink href=page::plan(revision) look=Look::Quiet icon=Icon::Undo blocked>
            {live(move || replacement.get().verb())}
            <span class="visually-hidden">{format!(" to revision {revision}")}</span>
        </ActionLink>
    }
}
