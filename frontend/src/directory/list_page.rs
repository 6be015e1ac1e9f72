//! `/`: everyone, and a box to find someone.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, hooks::use_query_map};
use rollcall_api::employee::Employee;

use super::{
    card::{CardSkeletons, EmployeeCard},
    roster::{Filter, Progress},
    store::Directory,
};
use crate::{
    api::ApiError,
    erased::{derive, effect, live, memo},
    paths::page,
    session::{Permission, SignedIn},
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::{Icon, Picture},
        page::PageHeader,
        state::{Failure, Notice, StaleNote},
    },
};

/// How many cards are shown before someone asks for more.
const STEP: usize = 60;

#[component]
pub(crate) fn DirectoryPage() -> impl IntoView {
    let directory = Directory::current();
    let filter_text = filter_text();
    let filter = memo(move || Filter::new(&filter_text.get()));
    let shown = RwSignal::new(STEP);
    directory.open();

    // Who is looked for may be on a page that hasn't been read.
    effect(move || {
        if filter.with(|filter| !filter.is_empty())
            && !directory.is_loading()
            && directory.failure().is_none()
        {
            directory.read_to(usize::MAX);
        }
    });
    let people = memo(move || {
        filter.with(|filter| {
            directory
                .roster()
                .with(|roster| roster.matching(filter).take(shown.get()).cloned().collect::<Vec<Employee>>())
        })
    });
    let count =
        memo(move || filter.with(|filter| directory.roster().with(|roster| roster.matching(filter).count())));
    let body = move || {
        let known = directory.roster().with(|roster| roster.len());
        match (directory.failure(), known, count.get()) {
            (Some(error), 0, _) => view! { <Failure error on_retry=move || directory.retry() /> }.into_any(),
            (_, 0, _) if !is_complete(directory) => view! { <CardSkeletons /> }.into_any(),
            (_, 0, _) => view! { <NobodyYet /> }.into_any(),
            (_, _, 0) => view! { <NobodyFound filter_text /> }.into_any(),
            _ => view! { <People people /> <More shown count /> }.into_any(),
        }
    };
    view! {
        <PageHeader title="Directory" lede=move || view! { <Count count filter /> }>
            <AddButton />
        </PageHeader>
        <FilterBox filter_text />
        <StillReadable directory />
        {body}
    }
}

/// The filter's text: what is typed, kept in the address so that it survives a reload and can be passed on.
fn filter_text() -> RwSignal<String> {
    let query = use_query_map();
    let in_address = memo(move || query.with(|query| query.get("q").unwrap_or_default()));
    let text = RwSignal::new(in_address.get_untracked());
    // Going back and forth changes the address first; typing changes the text first.
    effect(move || {
        let address = in_address.get();
        if text.with_untracked(|text| text.trim() != address) {
            text.set(address);
        }
    });
    text
}

fn is_complete(directory: Directory) -> bool {
    directory.roster().with(|roster| roster.progress() == &Progress::Everything)
}

#[component]
fn AddButton() -> impl IntoView {
    let blocked = SignedIn::current().reason_against(Permission::Edit);
    view! {
        <ActionLink href=page::NEW_EMPLOYEE look=Look::Primary icon=Icon::Plus blocked>
            "Add employee"
        </ActionLink>
    }
}

#[component]
fn FilterBox(filter_text: RwSignal<String>) -> impl IntoView {
    let navigate = use_navigate();
    let input = move |event| {
        let text = event_target_value(&event);
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&page::directory(text.trim()), options);
        filter_text.set(text);
    };
    view! {
        <search class="filter">
            <Picture icon=Icon::Search />
            <label class="visually-hidden" for="filter">
                "Find people by name, job title, location or badge"
            </label>
            <input
                id="filter"
                type="search"
                placeholder="Find people by name, role, place or badge"
                autocomplete="off"
                prop:value=filter_text
                on:input=input
            />
        </search>
    }
}

/// How many people there are, or match.
#[component]
fn Count(count: Memo<usize>, filter: Memo<Filter>) -> impl IntoView {
    let directory = Directory::current();
    let text = move || {
        let known = directory.roster().with(|roster| roster.len());
        count_text(known, count.get(), filter.with(Filter::is_empty), is_complete(directory))
    };
    view! { <p class="lede" role="status">{text}</p> }
}

fn count_text(known: usize, matching: usize, everyone: bool, complete: bool) -> String {
    let people = |number: usize| if number == 1 { "1 person".to_owned() } else { format!("{number} people") };
    match (known, everyone, complete) {
        (0, _, _) => String::new(),
        (_, true, true) => people(known),
        (_, true, false) => format!("{} so far", people(known)),
        (_, false, true) => format!("{matching} of {}", people(known)),
        (_, false, false) => format!("{matching} of {} so far", people(known)),
    }
}

#[component]
fn People(people: Memo<Vec<Employee>>) -> impl IntoView {
    view! {
        <ul class="cards">
            <For each=move || people.get() key=key_of_card children=|employee| view! { <EmployeeCard employee /> } />
        </ul>
    }
}

/// The whole employee, so that whoever was changed in anything gets a new card.
fn key_of_card(employee: &Employee) -> Employee {
    employee.clone()
}

/// Asks for more cards, and reads further pages when it has to.
#[component]
fn More(shown: RwSignal<usize>, count: Memo<usize>) -> impl IntoView {
    let directory = Directory::current();
    let show_more = move || {
        shown.update(|shown| *shown += STEP);
        let wanted = shown.get_untracked();
        if count.get_untracked() < wanted {
            directory.read_to(directory.roster().with_untracked(|roster| roster.len()) + STEP);
        }
    };
    live(move || {
        (count.get() > shown.get() || !is_complete(directory)).then(|| {
            view! {
                <p class="more">
                    <ActionButton busy=derive(move || directory.is_loading()) on_press=show_more>
                        "Show more"
                    </ActionButton>
                </p>
            }
        })
    })
}

#[component]
fn NobodyYet() -> impl IntoView {
    view! {
        <Notice icon=Icon::People title="Nobody is in the directory yet"
            text="Add the first employee: a name, what they do and where. A photo and badges can come later.">
            <AddButton />
        </Notice>
    }
}

#[component]
fn NobodyFound(filter_text: RwSignal<String>) -> impl IntoView {
    let navigate = use_navigate();
    let searching = move || Directory::current().is_loading();
    let clear = move || {
        filter_text.set(String::new());
        navigate(page::DIRECTORY, NavigateOptions { replace: true, ..Default::default() });
    };
    let clear = Callback::new(move |()| clear());
    live(move || {
        if searching() {
            return view! { <CardSkeletons /> }.into_any();
        }
        let title = filter_text.with(|text| format!("Nobody matches “{}”", text.trim()));
        view! {
            <Notice icon=Icon::Search title
                text="Names, job titles, locations and badges are searched; every word has to occur.">
                <ActionButton on_press=clear>"Show everyone"</ActionButton>
            </Notice>
        }
        .into_any()
    })
}

/// Says that reading stopped half-way, above those who were read.
#[component]
fn StillReadable(directory: Directory) -> impl IntoView {
    let failure =
        memo(move || directory.failure().filter(|_| directory.roster().with(|roster| roster.len() > 0)));
    live(move || {
        failure.get().map(|error: ApiError| view! { <StaleNote error on_retry=move || directory.retry() /> })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_changed_in_anything_gets_a_new_card() {
        let ada = r#"{"id": "7", "full_name": "Ada", "location": "London", "job_title": "Analyst", "badges": ["bug"],
            "photo_url": null}"#;
        let read = |json: &str| serde_json::from_str::<Employee>(json).expect("an employee");
        let before = key_of_card(&read(ada));
        assert!(before == key_of_card(&read(ada)));
        for (was, is) in [
            ("Ada", "Ada King"),
            ("London", "Paris"),
            ("Analyst", "Countess"),
            (r#""bug""#, r#""bug", "coffee""#),
            (r#""bug""#, r#""bug", "unicorn""#),
            ("null", r#""/photos/a.png""#),
        ] {
            assert!(before != key_of_card(&read(&ada.replace(was, is))), "{is}");
        }
    }

    #[test]
    fn the_count_says_whether_it_is_complete() {
        assert_eq!(count_text(0, 0, true, true), "");
        assert_eq!(count_text(1, 1, true, true), "1 person");
        assert_eq!(count_text(12, 12, true, true), "12 people");
        assert_eq!(count_text(200, 200, true, false), "200 people so far");
        assert_eq!(count_text(12, 3, false, true), "3 of 12 people");
        assert_eq!(count_text(200, 3, false, false), "3 of 200 people so far");
    }
}
