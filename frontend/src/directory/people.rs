//! Those who were found: as cards, or as a table.

use leptos::{html, prelude::*};
use rollcall_api::employee::Employee;
use wasm_bindgen::JsCast;

use super::{
    card::{EmployeeCard, texts},
    marks::Marked,
    portrait::Portrait,
    selection::{SelectBox, Selection, is_in},
    store::Directory,
    wanted::{Sort, Wanted},
};
use crate::{
    erased::{derive, each, effect, hashed, memo},
    paths::page,
    ui::{
        badge::BadgeIcons,
        window::{LongList, Window, index_of, step},
    },
};

/// How many are left unread at the end of the list when the next page is asked for.
const READ_AHEAD: usize = 60;

/// Someone and where they stand in the list. Whoever was changed in anything gets a new card.
type Entry = (usize, Employee);

/// What both ways to show people work with.
#[derive(Clone, Copy)]
struct Shown {
    list: LongList,
    window: Memo<Window>,
    entries: Memo<Vec<Entry>>,
    count: Memo<usize>,
    typed: Signal<String>,
    selection: Selection,
}

impl Shown {
    fn new(
        holder: impl Fn() -> Option<web_sys::Element> + Send + Sync + 'static,
        wanted: Memo<Wanted>,
    ) -> Self {
        let directory = Directory::current();
        let count =
            memo(move || directory.found().with(|found| found.as_ref().map_or(0, |it| it.people.len())));
        let list = LongList::new(holder, count);
        let window = list.window();
        let entries = memo(move || {
            let Window { first, end, .. } = window.get();
            directory.found().with(|found| {
                let people = found.as_ref().map(|it| it.people.as_slice()).unwrap_or_default();
                let people = people.iter().enumerate().skip(first).take(end.saturating_sub(first));
                people.map(|(at, employee)| (at, employee.clone())).collect::<Vec<_>>()
            })
        });
        effect(move || {
            if window.with(|window| window.end + READ_AHEAD >= count.get()) {
                directory.read_on();
            }
        });
        Self {
            list,
            window,
            entries,
            count,
            typed: derive(move || wanted.with(|wanted| wanted.typed.clone())),
            selection: Selection::current(),
        }
    }

    fn on_key(self, event: &web_sys::KeyboardEvent) {
        let Some(at) = index_of(event) else { return };
        if let Some(to) = step(&event.key(), at, self.list.columns(), self.count.get_untracked()) {
            event.prevent_default();
            self.list.go_to(to);
        } else if event.key() == " " && !is_in(event, "input") && self.selection.press(at, event.shift_key())
        {
            // The browser would scroll.
            event.prevent_default();
        }
    }

    fn on_click(self, event: &web_sys::MouseEvent) {
        self.selection.on_click(event, index_of(event));
    }
}

/// Cards, as many beside each other as there is room for.
#[component]
pub(crate) fn PeopleCards(wanted: Memo<Wanted>) -> impl IntoView {
    let holder = NodeRef::<html::Ul>::new();
    let shown = Shown::new(move || Some(holder.get_untracked()?.unchecked_into()), wanted);
    let Shown { window, entries, count, typed, selection, .. } = shown;
    let card =
        move |(at, employee): Entry| view! { <EmployeeCard employee at count typed selection /> }.into_any();
    view! {
        <ul
            class="cards"
            node_ref=holder
            style:padding-top=move || format!("{}px", window.get().above)
            style:padding-bottom=move || format!("{}px", window.get().below)
            on:keydown=move |event| shown.on_key(&event)
            on:click=move |event| shown.on_click(&event)
        >
            {each(move || entries.get(), hashed, card)}
        </ul>
    }
}

/// A table, sorted by name where someone asks for it.
#[component]
pub(crate) fn PeopleTable(wanted: Memo<Wanted>, on_sort: Callback<Sort>) -> impl IntoView {
    let holder = NodeRef::<html::Tbody>::new();
    let shown = Shown::new(move || Some(holder.get_untracked()?.unchecked_into()), wanted);
    let Shown { window, entries, count, typed, selection, .. } = shown;
    let sorted = move || match wanted.with(|wanted| (wanted.sort, wanted.typed.trim().is_empty())) {
        (Sort::NameDescending, _) => Some("descending"),
        (Sort::Name, _) | (Sort::Best, true) => Some("ascending"),
        (Sort::Best, false) => None,
    };
    let sort =
        move |_| on_sort.run(if sorted() == Some("ascending") { Sort::NameDescending } else { Sort::Name });
    let row = move |(at, employee): Entry| view! { <PersonRow employee at typed selection /> }.into_any();
    view! {
        <div class="table-frame people-table">
            <table class="table" aria-rowcount=move || count.get() + 1>
                <thead>
                    <tr>
                        <th scope="col" aria-sort=sorted>
                            <button type="button" class="sort" on:click=sort>"Name"</button>
                        </th>
                        <th scope="col">"Job title"</th>
                        <th scope="col">"Location"</th>
                        <th scope="col">"Badges"</th>
                    </tr>
                </thead>
                <tbody
                    node_ref=holder
                    on:keydown=move |event| shown.on_key(&event)
                    on:click=move |event| shown.on_click(&event)
                >
                    <tr class="room" aria-hidden="true" style:height=move || format!("{}px", window.get().above)></tr>
                    {each(move || entries.get(), hashed, row)}
                    <tr class="room" aria-hidden="true" style:height=move || format!("{}px", window.get().below)></tr>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn PersonRow(employee: Employee, at: usize, typed: Signal<String>, selection: Selection) -> impl IntoView {
    let [full_name, job_title, location] = texts(&employee);
    let Employee { id, badges, .. } = employee.clone();
    view! {
        <tr data-index=at aria-rowindex=at + 2>
            <th scope="row">
                <SelectBox selection id=id.clone() name=full_name.clone() at />
                <Portrait employee />
                <a href=page::employee(&id)><Marked text=full_name typed /></a>
            </th>
            <td><Marked text=job_title typed /></td>
            <td><Marked text=location typed /></td>
            <td><BadgeIcons badges /></td>
        </tr>
    }
}
