//! The tree of who reports to whom, opened branch by branch
//! ([tree view pattern](https://www.w3.org/WAI/ARIA/apg/patterns/treeview/)).

use leptos::prelude::*;
use rollcall_api::{employee::Employee, reporting::Report};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::{
    api::{Api, ApiError},
    directory::Portrait,
    erased::{effect, live, memo, spawn},
    paths::page,
    ui::state::Failure,
};

/// Someone in the tree; how many are below is not known of everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) employee: Employee,
    pub(crate) direct: Option<u64>,
    pub(crate) below: Option<u64>,
}

impl From<Report> for Person {
    fn from(Report { employee, direct, below }: Report) -> Self {
        Self { employee, direct: Some(direct), below: Some(below) }
    }
}

impl Person {
    /// How many there are below, in words.
    pub(crate) fn count(&self) -> Option<String> {
        match (self.direct?, self.below?) {
            (0, _) => None,
            (direct, below) if direct == below => Some(format!("{direct} below")),
            (direct, below) => Some(format!("{direct} direct, {below} below in all")),
        }
    }
}

/// What the branches of a tree share.
#[derive(Clone, Copy)]
pub(crate) struct Tree {
    pub(crate) api: Api,
    /// The ids of those whose branches are open.
    pub(crate) open: RwSignal<Vec<String>>,
    /// Whom the tree was opened for.
    pub(crate) at: Signal<Option<String>>,
}

impl Tree {
    fn is_open(self, id: &str) -> bool {
        self.open.with(|open| open.iter().any(|other| other == id))
    }

    fn set_open(self, id: &str, is_open: bool) {
        self.open.update(|open| {
            open.retain(|other| other != id);
            open.extend(is_open.then(|| id.to_owned()));
        });
    }
}

/// People on one level, each with those below.
#[component]
pub(crate) fn Branches(
    tree: Tree,
    people: Vec<Person>,
    /// From 1.
    level: usize,
) -> AnyView {
    let count = people.len();
    people
        .into_iter()
        .enumerate()
        .map(|(at, person)| view! { <Branch tree person level at=at + 1 count /> })
        .collect_view()
        .into_any()
}

#[component]
fn Branch(tree: Tree, person: Person, level: usize, at: usize, count: usize) -> AnyView {
    let words = person.count();
    let id = StoredValue::new(person.employee.id.clone());
    let can_open = person.direct != Some(0);
    // A memo, so that opening one branch leaves the others, and the focus in them, alone.
    let is_open = memo(move || id.with_value(|id| tree.is_open(id)));
    let is_at = move || id.with_value(|id| tree.at.with(|at| at.as_ref() == Some(id)));
    let toggle = move |_| id.with_value(|id| tree.set_open(id, !is_open.get_untracked()));
    let (name, title) = (person.employee.full_name().to_owned(), person.employee.job_title().to_owned());
    let place = person.employee.location().to_owned();
    let shown_name = if name.is_empty() { "(no name)".to_owned() } else { name };
    let label = [shown_name.clone(), title.clone(), words.clone().unwrap_or_default()].join(", ");
    view! {
        <li class="branch" role="treeitem" tabindex="-1" data-id=person.employee.id.clone()
            attr:aria-level=level aria-posinset=at aria-setsize=count
            aria-expanded=move || can_open.then(|| is_open.get().to_string())
            aria-current=move || is_at().then_some("true")
            aria-label=label>
            <div class="branch-row">
                <button type="button" class="branch-toggle" tabindex="-1" aria-hidden="true" hidden=!can_open
                    on:click=toggle>{move || if is_open.get() { "−" } else { "+" }}</button>
                <Portrait employee=person.employee.clone() />
                <div class="branch-text">
                    <a tabindex="-1" translate="no" href=page::employee(&person.employee.id)>{shown_name}</a>
                    <span class="quiet">{title} " · " {place}</span>
                </div>
                {words.map(|words| view! { <span class="branch-count">{words}</span> })}
            </div>
            {live(move || (can_open && is_open.get()).then(|| view! { <Below tree id=id.get_value() level /> }))}
        </li>
    }
    .into_any()
}

/// Those below someone, page by page.
#[component]
fn Below(tree: Tree, id: String, level: usize) -> AnyView {
    let people = RwSignal::new(Vec::<Person>::new());
    let next = RwSignal::new(None::<String>);
    let failure = RwSignal::new(None::<ApiError>);
    let loading = RwSignal::new(true);
    let id = StoredValue::new(id);
    let read = move || {
        loading.set(true);
        failure.set(None);
        spawn(async move {
            let Some(of) = id.try_get_value() else { return };
            let answer = tree.api.reports(Some(&of), next.get_untracked().as_deref()).await;
            loading.try_set(false);
            match answer {
                Ok(page) => {
                    next.try_set(page.next_cursor);
                    people.try_update(|people| people.extend(page.reports.into_iter().map(Person::from)));
                }
                Err(error) => drop(failure.try_set(Some(error))),
            }
        });
    };
    read();
    view! {
        <ul role="group">
            {live(move || view! { <Branches tree people=people.get() level=level + 1 /> })}
        </ul>
        {live(move || loading.get().then(|| view! { <p class="quiet" role="status">"Loading…"</p> }))}
        {live(move || failure.get().map(|error| view! { <Failure error on_retry=read /> }))}
        {live(move || (next.with(Option::is_some) && !loading.get()).then(|| view! {
            <button type="button" class="button button-quiet" on:click=move |_| read()>"Show more"</button>
        }))}
    }
    .into_any()
}

/// Goes through the tree by keyboard.
pub(crate) fn on_key(tree: Tree, event: &KeyboardEvent) {
    let Some(item) = event.target().and_then(|target| closest(&target)) else { return };
    let id = item.get_attribute("data-id").unwrap_or_default();
    let expanded = item.get_attribute("aria-expanded");
    let is_open = expanded.as_deref() == Some("true");
    let to = match event.key().as_str() {
        "ArrowDown" => step(&item, 1),
        "ArrowUp" => step(&item, -1),
        "Home" => items().into_iter().next(),
        "End" => items().pop(),
        "ArrowRight" if is_open => item.query_selector("[role=treeitem]").ok().flatten(),
        "ArrowRight" => {
            tree.set_open(&id, expanded.is_some());
            None
        }
        "ArrowLeft" if is_open => {
            tree.set_open(&id, false);
            None
        }
        "ArrowLeft" => {
            item.parent_element().and_then(|parent| parent.closest("[role=treeitem]").ok().flatten())
        }
        "Enter" => {
            let link = item.query_selector(".branch-text a").ok().flatten();
            if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
                link.click();
            }
            None
        }
        _ => return,
    };
    event.prevent_default();
    to.iter().for_each(focus);
}

/// Puts the one tab stop of the tree where the focus is.
pub(crate) fn focus(item: &Element) {
    for other in items() {
        other.set_attribute("tabindex", "-1").ok();
    }
    item.set_attribute("tabindex", "0").ok();
    if let Some(item) = item.dyn_ref::<HtmlElement>() {
        item.focus().ok();
    }
}

/// Has the tab key reach the tree: at whom it was opened for, else at the first.
pub(crate) fn keep_reachable(people: Signal<bool>) {
    effect(move || {
        people.track();
        request_animation_frame(|| {
            let first = document().query_selector("[role=treeitem][tabindex='0']").ok().flatten();
            if first.is_none()
                && let Some(item) = items().first()
            {
                item.set_attribute("tabindex", "0").ok();
            }
        });
    });
}

/// Those who can be seen, from top to bottom.
fn items() -> Vec<Element> {
    let found = document().query_selector_all("[role=treeitem]").ok();
    let found = found.into_iter().flat_map(|list| (0..list.length()).filter_map(move |at| list.item(at)));
    found.filter_map(|node| node.dyn_into::<Element>().ok()).collect()
}

fn step(item: &Element, by: isize) -> Option<Element> {
    let all = items();
    let at = all.iter().position(|other| other == item)?;
    all.get(at.checked_add_signed(by)?).cloned()
}

fn closest(target: &web_sys::EventTarget) -> Option<Element> {
    target.dyn_ref::<Element>()?.closest("[role=treeitem]").ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_are_below_is_said_where_it_is_known() {
        let person = |direct, below| Person { employee: Employee::default(), direct, below };
        assert_eq!(person(Some(0), Some(0)).count(), None);
        assert_eq!(person(Some(3), Some(3)).count().as_deref(), Some("3 below"));
        assert_eq!(person(Some(3), Some(12)).count().as_deref(), Some("3 direct, 12 below in all"));
        assert_eq!(person(None, None).count(), None);
    }
}
