//! `/operations/search`: how the search index is.

use leptos::prelude::*;
use rollcall_api::search_index::SearchIndexState;

use crate::{
    api::Api,
    erased::{derive, live},
    ui::{
        icon::Icon,
        page::PageHeader,
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::Ago,
    },
};

#[component]
pub(crate) fn SearchPage() -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || async move { api.search_index().await });
    let lede =
        || view! { <p class="lede">"What people are found by. It follows the table of employees."</p> };
    view! {
        <PageHeader title="Search index" lede />
        <Await query loading=|| view! { <Skeleton lines=4 label="Loading the search index…" /> }
            children=|state| view! { <State state /> } />
    }
}

#[component]
fn State(state: Signal<SearchIndexState>) -> impl IntoView {
    live(move || {
        let SearchIndexState {
            people,
            bytes,
            batches_since,
            made_at,
            rebuilt_at,
            changed_at,
            rebuild_began_at,
        } = state.get();
        let Some(people) = people else {
            return view! {
                <Notice icon=Icon::Search title="There is no search index yet"
                    text="It is made within the hour, or at once by the invocation {\"action\":\"reindex\"}. Until then people are listed in no order." />
            }
            .into_any();
        };
        let since = batches_since.map_or_else(String::new, |count| match count {
            0 => "None".to_owned(),
            1 => "1 batch, searched besides".to_owned(),
            _ => format!("{count} batches, searched besides"),
        });
        view! {
            <section class="panel" aria-label="Search index">
                <dl class="facts facts-dense">
                    <div><dt>"People"</dt><dd>{people}</dd></div>
                    <div><dt>"Size"</dt><dd>{bytes.map(size)}</dd></div>
                    <div><dt>"Made"</dt><dd><Moment of=made_at /></dd></div>
                    <div><dt>"Made of the whole table"</dt><dd><Moment of=rebuilt_at /></dd></div>
                    <div><dt>"Changes since"</dt><dd>{since}</dd></div>
                    <div><dt>"Newest change"</dt><dd><Moment of=changed_at /></dd></div>
                    <div><dt>"Being made anew"</dt><dd>
                        {rebuild_began_at.map_or_else(
                            || "No".into_any(),
                            |since| view! { "Since " <Ago then=since /> }.into_any(),
                        )}
                    </dd></div>
                </dl>
            </section>
        }
        .into_any()
    })
}

#[component]
fn Moment(of: Option<jiff::Timestamp>) -> impl IntoView {
    of.map_or_else(|| "Never".into_any(), |then| view! { <Ago then=derive(move || then) /> }.into_any())
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    if bytes < 100_000 {
        format!("{:.1} KB", bytes as f64 / 1e3)
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_in_the_unit_that_fits() {
        assert_eq!(size(2_733), "2.7 KB");
        assert_eq!(size(30_900_000), "30.9 MB");
    }
}
