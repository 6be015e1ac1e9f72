//! `/operations/relaunches/{id}`: one relaunch, live while it is in progress.

use leptos::prelude::*;
use rollcall_api::relaunch::Relaunch;

use super::{
    outcome::{outcome_meaning, title},
    panel::Panel,
    timeline::{OutcomePill, Timeline},
};
use crate::{
    api::Api,
    paths::page,
    ui::{
        page::PageHeader,
        query::{Await, Query},
        state::Skeleton,
        time::{Ago, Took},
    },
};

/// One relaunch.
#[component]
pub(crate) fn RelaunchPage(id: String) -> impl IntoView {
    let (api, panel) = (Api::current(), Panel::current());
    let id = StoredValue::new(id);
    let listed = move || {
        let listing = panel.relaunches.latest()?;
        listing.items.into_iter().find(|relaunch| id.with_value(|id| relaunch.id == *id))
    };
    let query = Query::with_known(
        move || untrack(listed),
        move || {
            let id = id.get_value();
            async move { api.relaunch(&id).await }
        },
    );
    // The panel looks at the relaunch in progress; this page shows what it sees.
    Effect::new(move |_| {
        if let Some(relaunch) = listed() {
            query.put(relaunch);
        }
    });
    let heading = Signal::derive(move || {
        query.latest().map_or_else(|| "Relaunch".to_owned(), |relaunch| title(&relaunch))
    });
    view! {
        <PageHeader title=heading above=(page::RELAUNCHES, "Relaunches") />
        <Await query loading=|| view! { <Skeleton lines=6 label="Loading the relaunch…" /> }
            children=|relaunch| view! {
                <Summary relaunch />
                <section class="panel" aria-labelledby="steps">
                    <header class="panel-header"><h2 id="steps">"Steps"</h2></header>
                    <Timeline relaunch />
                </section>
            } />
    }
}

#[component]
fn Summary(relaunch: Signal<Relaunch>) -> impl IntoView {
    let outcome = Memo::new(move |_| relaunch.with(|relaunch| (relaunch.outcome, relaunch.ended_at)));
    let Relaunch { id, from_revision, to_revision, started_at, requested_by, .. } = relaunch.get_untracked();
    let link =
        |number| view! { <a href=page::revision(number)>{format!("Revision {number}")}</a> }.into_any();
    let from = from_revision.map_or_else(|| view! { <span class="quiet">"No host"</span> }.into_any(), link);
    let to = link(to_revision);
    view! {
        <section class="panel" aria-label="Summary">
            {move || {
                let (outcome, ended_at) = outcome.get();
                view! {
                    <header class="panel-header">
                        <OutcomePill outcome />
                        <p>{outcome.map_or("The steps below change as they happen.", outcome_meaning)}</p>
                        <span class="quiet"><Took started_at ended_at /></span>
                    </header>
                }
            }}
            <dl class="facts facts-dense">
                <div><dt>"From"</dt><dd>{from}</dd></div>
                <div><dt>"To"</dt><dd>{to}</dd></div>
                <div><dt>"Started"</dt><dd><Ago then=started_at /></dd></div>
                <div><dt>"Requested by"</dt><dd>{requested_by}</dd></div>
                <div class="wide"><dt>"Id"</dt><dd><code>{id}</code></dd></div>
            </dl>
        </section>
    }
}
