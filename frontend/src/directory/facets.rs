//! What people can be chosen by, with how many there are of each; and what is chosen, to be taken away again.

use leptos::prelude::*;
use rollcall_api::employee::FacetCount;

use super::{
    store::Directory,
    wanted::{Kind, Wanted},
};
use crate::{
    erased::{derive, each, hashed, live, memo},
    ui::{
        button::{ActionButton, Look},
        icon::{Icon, Picture},
    },
};

/// How many of a kind are offered before someone asks for more.
const STEP: usize = 7;

/// What someone chose or took away.
pub(crate) type OnToggle = Callback<(Kind, String)>;

/// Opens and closes the kinds where they are a sheet.
#[component]
pub(crate) fn FacetsButton(wanted: Memo<Wanted>, opened: RwSignal<bool>) -> impl IntoView {
    let chosen = move || wanted.with(|wanted| wanted.chosen.len());
    let label = derive(move || match chosen() {
        0 => "Filter".to_owned(),
        count => format!("Filter ({count})"),
    });
    view! {
        <div class="facets-button">
            <button type="button" class="button" aria-expanded=derive(move || opened.get().to_string())
                aria-controls="facets" on:click=move |_| opened.update(|opened| *opened = !*opened)>
                <Picture icon=Icon::List /> <span>{label}</span>
            </button>
        </div>
    }
}

/// All kinds. On a narrow screen they are a sheet.
#[component]
pub(crate) fn Facets(wanted: Memo<Wanted>, on_toggle: OnToggle, opened: RwSignal<bool>) -> impl IntoView {
    let close = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            opened.set(false);
        }
    };
    view! {
        <section id="facets" class="facets" class:is-open=opened aria-label="Filter" on:keydown=close>
            <div class="facets-head">
                <h2>"Filter"</h2>
                <ActionButton look=Look::Quiet icon=Icon::Check on_press=move || opened.set(false)>"Done"</ActionButton>
            </div>
            {Kind::ALL.map(|kind| view! { <Facet kind wanted on_toggle /> }).collect_view()}
        </section>
    }
}

#[component]
fn Facet(kind: Kind, wanted: Memo<Wanted>, on_toggle: OnToggle) -> impl IntoView {
    let directory = Directory::current();
    let limit = RwSignal::new(STEP);
    let counts = memo(move || {
        let counts =
            directory.found().with(|found| found.as_ref().map(|found| kind.counts(&found.facets).to_vec()));
        wanted.with(|wanted| offered(kind, counts.unwrap_or_default(), wanted))
    });
    let shown = memo(move || {
        let at_once = |(at, it): (usize, &FacetCount)| {
            let is_shown = at < limit.get() || wanted.with(|wanted| wanted.has(kind, &it.value));
            is_shown.then(|| it.value.clone())
        };
        counts.with(|counts| counts.iter().enumerate().filter_map(at_once).collect::<Vec<_>>())
    });
    let more = memo(move || counts.with(Vec::len).saturating_sub(shown.with(Vec::len)).min(STEP * 4));
    let choice = move |value| view! { <Choice kind value counts wanted on_toggle /> }.into_any();
    view! {
        <fieldset class="facet" hidden=move || shown.with(Vec::is_empty)>
            <legend>{kind.label()}</legend>
            {each(move || shown.get(), hashed, choice)}
            {live(move || (more.get() > 0).then(|| view! {
                <ActionButton look=Look::Quiet on_press=move || limit.update(|limit| *limit += STEP * 4)>
                    {derive(move || format!("Show {} more", more.get()))}
                </ActionButton>
            }))}
        </fieldset>
    }
}

#[component]
fn Choice(
    kind: Kind,
    value: String,
    counts: Memo<Vec<FacetCount>>,
    wanted: Memo<Wanted>,
    on_toggle: OnToggle,
) -> impl IntoView {
    let words = kind.words(&value);
    let is_chosen = {
        let value = value.clone();
        move || wanted.with(|wanted| wanted.has(kind, &value))
    };
    let count = {
        let value = value.clone();
        derive(move || {
            let count = counts.with(|counts| counts.iter().find(|it| it.value == value).map(|it| it.count));
            count.map(|count| count.to_string())
        })
    };
    view! {
        <label class="choice">
            <input type="checkbox" prop:checked=is_chosen on:change=move |_| on_toggle.run((kind, value.clone())) />
            <span class="choice-words">{words}</span>
            <span class="choice-count">{count}</span>
        </label>
    }
}

/// What is offered: the most frequent first, and last what is chosen though nobody is left of it. Choosing moves nothing, or
/// whoever chooses by keyboard would lose their place.
fn offered(kind: Kind, mut counts: Vec<FacetCount>, wanted: &Wanted) -> Vec<FacetCount> {
    for (_, value) in wanted.chosen.iter().filter(|(other, _)| *other == kind) {
        if counts.iter().all(|it| it.value != *value) {
            counts.push(FacetCount { value: value.clone(), count: 0 });
        }
    }
    let mut offered: Vec<FacetCount> = Vec::new();
    // Two hundred at most: to sort them would be two kilobytes more to download.
    for count in counts {
        let behind = offered.partition_point(|it| it.count >= count.count);
        offered.insert(behind, count);
    }
    offered
}

/// What is chosen; each is taken away by a press.
#[component]
pub(crate) fn Chips(wanted: Memo<Wanted>, on_toggle: OnToggle, on_clear: Callback<()>) -> impl IntoView {
    live(move || {
        let chosen = wanted.with(|wanted| wanted.chosen.clone());
        (!chosen.is_empty()).then(|| {
            let chip = move |(kind, value): (Kind, String)| {
                let words = kind.words(&value);
                let label = format!("Remove filter {}: {words}", kind.label());
                view! {
                    <li>
                        <button type="button" class="chip" aria-label=label
                            on:click=move |_| on_toggle.run((kind, value.clone()))>
                            <span>{words}</span> <Picture icon=Icon::Cross />
                        </button>
                    </li>
                }
            };
            view! {
                <ul class="chips" aria-label="Active filters">
                    {chosen.into_iter().map(chip).collect_view()}
                    <li><ActionButton look=Look::Quiet on_press=on_clear>"Clear all"</ActionButton></li>
                </ul>
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_are_offered_first_and_what_is_chosen_of_whatever_count() {
        let count = |value: &str, count| FacetCount { value: value.to_owned(), count };
        let wanted = Wanted::default().toggled(Kind::Location, "Rome").toggled(Kind::Location, "Oslo");
        let counts = vec![count("Bergen", 3), count("Oslo", 1), count("Paris", 9)];
        let offered = offered(Kind::Location, counts, &wanted);
        let values: Vec<_> = offered.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(values, ["Paris", "Bergen", "Oslo", "Rome"]);
    }
}
