//! `/`: everyone, and a box to find someone.

use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate, hooks::use_query_map};
use wasm_bindgen::JsCast;

use super::{
    card::{CardSkeletons, EmployeeCard},
    facets::{Chips, Facets, FacetsButton},
    found::Found,
    people::{PeopleCards, PeopleTable},
    recent,
    selection::Selection,
    selection_bar::SelectionBar,
    store::Directory,
    wanted::{Kind, Wanted},
};
use crate::{
    api::Api,
    erased::{derive, effect, live, memo, spawn},
    paths::page,
    session::{Access, Permission, SignedIn},
    ui::{
        button::{ActionButton, ActionLink, Look},
        count::people,
        icon::{Icon, Picture},
        lower_first,
        page::PageHeader,
        save::{MARK, save},
        state::{Failure, Notice, StaleNote},
        toast::Toasts,
    },
};

/// What the page shows in place of people, or them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Loading,
    Failed,
    NobodyYet,
    NobodyFound,
    Cards,
    Table,
}

/// Changes the address, and with it everything on the page.
#[derive(Clone, Copy)]
struct Address {
    wanted: Memo<Wanted>,
    go: Callback<Wanted>,
}

impl Address {
    fn new() -> Self {
        let query = use_query_map();
        let wanted = memo(move || query.with(Wanted::of));
        let navigate = use_navigate();
        let go = Callback::new(move |wanted: Wanted| {
            let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
            navigate(&wanted.address(), options);
        });
        Self { wanted, go }
    }

    fn change(self, change: impl FnOnce(Wanted) -> Wanted) {
        self.go.run(change(self.wanted.get_untracked()));
    }
}

#[component]
pub(crate) fn ListPage() -> impl IntoView {
    let directory = Directory::current();
    let address = Address::new();
    let wanted = address.wanted;
    effect(move || directory.look_for(wanted.get()));
    let selection = Selection::current();
    effect(move || selection.keep(&wanted.with(Wanted::address)));
    let body = memo(move || {
        let failed = directory.failure().is_some();
        let as_table = wanted.with(|wanted| wanted.as_table);
        directory.found().with(|found| match found {
            None if failed => Body::Failed,
            None => Body::Loading,
            Some(found) if !found.people.is_empty() => {
                if as_table {
                    Body::Table
                } else {
                    Body::Cards
                }
            }
            // A page of the table may hold nobody who matches.
            Some(found) if found.next.is_some() => Body::Loading,
            Some(_) if wanted.with(Wanted::is_everyone) => Body::NobodyYet,
            Some(_) => Body::NobodyFound,
        })
    });
    effect(move || {
        if body.get() == Body::Loading {
            directory.read_on();
        }
    });
    let on_toggle =
        Callback::new(move |(kind, value): (Kind, String)| address.change(|it| it.toggled(kind, &value)));
    let on_clear = Callback::new(move |()| {
        address.change(|it| Wanted { chosen: Vec::new(), ..it });
    });
    let on_sort = Callback::new(move |sort| address.change(|it| Wanted { sort, ..it }));
    let opened = RwSignal::new(false);
    let shown = move || match body.get() {
        Body::Loading => view! { <CardSkeletons /> }.into_any(),
        Body::Failed => live(move || {
            directory.failure().map(|error| view! { <Failure error on_retry=move || directory.retry() /> })
        }),
        Body::NobodyYet => view! { <NobodyYet /> }.into_any(),
        Body::NobodyFound => view! { <NobodyFound address /> }.into_any(),
        Body::Cards => view! { <PeopleCards wanted /> }.into_any(),
        Body::Table => view! { <PeopleTable wanted on_sort /> }.into_any(),
    };
    view! {
        <PageHeader title="Directory" lede=move || view! { <Count /> }>
            <ExportButton address />
            <AddButton />
        </PageHeader>
        <div class="search-row">
            <SearchBox address />
            <FacetsButton wanted opened />
            <ViewChoice address />
        </div>
        <Recent address />
        <Limited />
        <StillShown />
        <div class="directory">
            <Facets wanted on_toggle opened />
            <div class="directory-people" on:click=move |event| keep_when_opened(&event, wanted)>
                <Chips wanted on_toggle on_clear />
                {live(shown)}
            </div>
        </div>
        <SelectionBar />
    }
}

/// What was typed led to someone, if their page is opened from the list.
fn keep_when_opened(event: &web_sys::MouseEvent, wanted: Memo<Wanted>) {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    if target.is_some_and(|target| matches!(target.closest("a[href^='/employees/']"), Ok(Some(_)))) {
        wanted.with_untracked(|wanted| recent::keep(&wanted.typed));
    }
}

/// Saves those who are looked for as a file.
#[component]
fn ExportButton(address: Address) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let export = move || {
        busy.set(true);
        let wanted = address.wanted.get_untracked();
        spawn(async move {
            match api.export(&wanted.parameters()).await {
                Ok(file) => save("employees.csv", "text/csv", &format!("{MARK}{file}")),
                Err(error) => toasts.refused("The people could not be saved as a file.", &error),
            }
            busy.try_set(false);
        });
    };
    view! { <ActionButton look=Look::Quiet icon=Icon::Download busy on_press=export>"Export"</ActionButton> }
}

#[component]
fn AddButton() -> impl IntoView {
    let signed_in = SignedIn::current();
    let blocked = signed_in.reason_against(Permission::Edit);
    let may_edit = memo(move || signed_in.may(Permission::Edit) == Access::Granted);
    view! {
        {live(move || may_edit.get().then(|| view! {
            <ActionLink href=page::IMPORT look=Look::Quiet icon=Icon::Layers>"Import"</ActionLink>
            <ActionLink href=page::DUPLICATES look=Look::Quiet icon=Icon::Layers>"Duplicates"</ActionLink>
            <ActionLink href=page::FORMER look=Look::Quiet icon=Icon::Clock>"Former people"</ActionLink>
        }))}
        <ActionLink href=page::NEW_EMPLOYEE look=Look::Primary icon=Icon::Plus blocked>
            "Add employee"
        </ActionLink>
    }
}

#[component]
fn SearchBox(address: Address) -> impl IntoView {
    let text = RwSignal::new(address.wanted.with_untracked(|wanted| wanted.typed.clone()));
    let input = NodeRef::<html::Input>::new();
    // Going back and forth changes the address first; typing changes the text first.
    effect(move || {
        let typed = address.wanted.with(|wanted| wanted.typed.clone());
        if text.with_untracked(|text| text.trim() != typed) {
            text.set(typed);
        }
    });
    let look_for = move |typed: String| {
        let trimmed = typed.trim().to_owned();
        text.set(typed);
        address.change(|it| Wanted { typed: trimmed, ..it });
    };
    let slash = window_event_listener(ev::keydown, move |event| {
        if event.key() == "/" && !event.ctrl_key() && !event.meta_key() && !is_typing(&event) {
            event.prevent_default();
            if let Some(input) = input.get_untracked() {
                input.focus().ok();
                input.select();
            }
        }
    });
    on_cleanup(move || slash.remove());
    let on_key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Escape" => look_for(String::new()),
        "ArrowDown" => {
            event.prevent_default();
            first_link().into_iter().for_each(|link| {
                link.focus().ok();
            });
        }
        "Enter" => first_link().into_iter().for_each(|link| link.click()),
        _ => {}
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
                node_ref=input
                placeholder="Find people by name, role, place or badge"
                autocomplete="off"
                aria-keyshortcuts="/"
                prop:value=text
                on:input=move |event| look_for(event_target_value(&event))
                on:keydown=on_key
            />
            <kbd class="filter-key" aria-hidden="true">"/"</kbd>
        </search>
    }
}

/// What was looked for lately in this browser, while nothing is looked for.
#[component]
fn Recent(address: Address) -> impl IntoView {
    let is_everyone = memo(move || address.wanted.with(Wanted::is_everyone));
    live(move || {
        let kept = if is_everyone.get() { recent::recent() } else { Vec::new() };
        let look_for = move |typed: String| {
            let words = typed.clone();
            let press = move |_| address.change(|it| Wanted { typed: typed.clone(), ..it });
            view! { <li><button type="button" class="recent" on:click=press>{words}</button></li> }
        };
        (!kept.is_empty()).then(|| {
            view! {
                <div class="recents">
                    <span id="recents">"Recent"</span>
                    <ul aria-labelledby="recents">{kept.into_iter().map(look_for).collect_view()}</ul>
                </div>
            }
        })
    })
}

/// Whether a key is meant for what has the focus.
fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// The link of the first one in the list.
fn first_link() -> Option<web_sys::HtmlElement> {
    document().query_selector("[data-index=\"0\"] a").ok()??.dyn_into().ok()
}

/// Cards or a table.
#[component]
fn ViewChoice(address: Address) -> impl IntoView {
    let choice = move |as_table: bool, label: &'static str, icon: Icon| {
        let is_chosen = move || address.wanted.with(|wanted| wanted.as_table == as_table);
        view! {
            <button type="button" title=label aria-label=label aria-pressed=derive(move || is_chosen().to_string())
                on:click=move |_| address.change(|it| Wanted { as_table, ..it })>
                <Picture icon />
            </button>
        }
    };
    view! {
        <div class="view-choice" role="group" aria-label="View">
            {choice(false, "Cards", Icon::People)}
            {choice(true, "Table", Icon::List)}
        </div>
    }
}

/// How many people there are, or match.
#[component]
fn Count() -> impl IntoView {
    let directory = Directory::current();
    let text =
        derive(move || directory.found().with(|found| found.as_ref().map(count_text).unwrap_or_default()));
    view! { <p class="lede" role="status">{text}</p> }
}

fn count_text(found: &Found) -> String {
    match found.total {
        Some(total) => people(total),
        None if found.next.is_none() => people(found.people.len() as u64),
        None => format!("{} so far", people(found.people.len() as u64)),
    }
}

/// Says why these may not be all.
#[component]
fn Limited() -> impl IntoView {
    let directory = Directory::current();
    let reason = memo(move || directory.found().with(|found| found.as_ref()?.limited.clone()));
    live(move || {
        reason.get().map(|reason| {
            view! { <p class="limited" role="status"><Picture icon=Icon::Info /> <span>{reason}</span></p> }
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

/// Nobody matches: what to drop so that someone does.
#[component]
fn NobodyFound(address: Address) -> impl IntoView {
    let directory = Directory::current();
    live(move || {
        let wanted = address.wanted.get();
        let meant = directory.found().with(|found| found.as_ref()?.meant.clone());
        let meant = meant.map(|meant| {
            let words = format!("Search for “{meant}”");
            let look_for = move || address.change(|it| Wanted { typed: meant.clone(), ..it });
            view! { <ActionButton look=Look::Primary on_press=look_for>{words}</ActionButton> }
        });
        let facets =
            directory.found().with(|found| found.as_ref().map(|it| it.facets.clone()).unwrap_or_default());
        let title = match wanted.typed.trim() {
            "" => "Nobody matches these filters".to_owned(),
            typed if wanted.chosen.is_empty() => format!("Nobody matches “{typed}”"),
            typed => format!("Nobody matches “{typed}” with these filters"),
        };
        // Each kind is counted as if nothing of it were chosen.
        let without = |kind: Kind| {
            let is_chosen = wanted.chosen.iter().any(|(other, _)| *other == kind);
            (is_chosen && !kind.counts(&facets).is_empty()).then_some(kind)
        };
        let helpful: Vec<Kind> = Kind::ALL.into_iter().filter_map(without).collect();
        let drops = move |kind: Kind| {
            let drop = move || address.change(|it| it.without(kind));
            let words = format!("Any {}", lower_first(kind.label()));
            view! { <ActionButton on_press=drop>{words}</ActionButton> }
        };
        let everyone = move || address.change(|it| Wanted { as_table: it.as_table, ..Wanted::default() });
        view! {
            <Notice icon=Icon::Search title
                text="Names, job titles, locations and badges are searched; every word has to occur, a slip of the pen allowed.">
                {meant}
                {helpful.into_iter().map(drops).collect_view()}
                <ActionButton on_press=everyone>"Show everyone"</ActionButton>
            </Notice>
            <Close typed=wanted.typed />
        }
    })
}

/// Those who would match with one more slip of the pen.
#[component]
fn Close(typed: String) -> impl IntoView {
    let close = Directory::current().found().with(|found| found.as_ref().map(|it| it.close.clone()));
    let close = close.unwrap_or_default();
    let count = memo({
        let count = close.len();
        move || count
    });
    let typed = derive(move || typed.clone());
    let card = move |(at, employee)| view! { <EmployeeCard employee at count typed /> };
    (!close.is_empty()).then(|| {
        view! {
            <section class="close-people" aria-labelledby="close">
                <h2 id="close">"Close to it"</h2>
                <ul class="cards">{close.into_iter().enumerate().map(card).collect_view()}</ul>
            </section>
        }
    })
}

/// Says that the last question was not answered, above what was found before.
#[component]
fn StillShown() -> impl IntoView {
    let directory = Directory::current();
    let failure = memo(move || directory.failure().filter(|_| directory.found().with(Option::is_some)));
    live(move || failure.get().map(|error| view! { <StaleNote error on_retry=move || directory.retry() /> }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_says_whether_it_is_complete() {
        let count = |total: Option<u64>, next: Option<&str>| {
            count_text(&Found { total, next: next.map(str::to_owned), ..Found::default() })
        };
        assert_eq!(count(Some(1), None), "1 person");
        assert_eq!(count(Some(12), Some("more")), "12 people");
        assert_eq!(count(Some(1_234_567), None), "1\u{202f}234\u{202f}567 people");
        assert_eq!(count(None, None), "0 people");
        assert_eq!(count(None, Some("more")), "0 people so far");
    }
}
