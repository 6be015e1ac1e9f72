//! Who is selected in the list, so that something is done with all of them at once.
//!
//! A selection stays while people look for others, go to someone's page or load another part of the site: whom it holds
//! is said in the bar, and told by name before anything is done. It goes when nobody is signed in who may change people.

use js_sys::{Array, JSON};
use leptos::{ev, prelude::*};
use rollcall_api::employee::Employee;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlInputElement};

use super::store::Directory;
use crate::{
    erased::{effect, live, memo},
    session::{Access, Permission, SignedIn},
    tab,
};

/// Where this tab keeps the address of the list and who is selected.
const KEY: &str = "rollcall.selected";

/// The id and the name of someone who is selected.
pub(crate) type Selected = (String, String);

/// The address of the list in which people were selected, and who they are.
pub(crate) fn selected() -> Option<(String, Vec<Selected>)> {
    // By hand: to read this by its type would be a kilobyte more to download.
    let kept: Array = JSON::parse(&tab::text(KEY)?).ok()?.dyn_into().ok()?;
    let mut texts = kept.iter().filter_map(|text| text.as_string());
    let list = texts.next()?;
    let mut people = Vec::new();
    while let (Some(id), Some(name)) = (texts.next(), texts.next()) {
        people.push((id, name));
    }
    Some((list, people))
}

/// Keeps who is selected; none where the browser refuses.
pub(crate) fn keep_selected(list: &str, people: &[Selected]) -> Option<()> {
    if people.is_empty() {
        tab::remove(KEY);
        return Some(());
    }
    let texts = people.iter().flat_map(|(id, name)| [id.as_str(), name]);
    let kept: Array = [list].into_iter().chain(texts).map(JsValue::from_str).collect();
    tab::keep(KEY, &String::from(JSON::stringify(&kept).ok()?))
}

/// Who is selected.
#[derive(Clone, Copy)]
pub(crate) struct Selection {
    directory: Directory,
    /// In the order of their ids.
    people: RwSignal<Vec<Selected>>,
    /// The id of whoever was pressed last: with Shift everyone from there on is meant.
    last: StoredValue<Option<String>>,
    may_select: Memo<bool>,
}

impl Selection {
    /// What was selected in this tab before.
    pub(crate) fn new(directory: Directory) -> Self {
        let signed_in = SignedIn::current();
        let access = memo(move || signed_in.may(Permission::Edit));
        let people = RwSignal::new(Vec::new());
        if let Some((_, kept)) = selected() {
            people.update(|people| kept.into_iter().for_each(|person| add(people, person)));
        }
        effect(move || {
            if !matches!(access.get(), Access::Granted | Access::Unknown) {
                people.set(Vec::new());
            }
        });
        let may_select = memo(move || access.get() == Access::Granted);
        Self { directory, people, last: StoredValue::new(None), may_select }
    }

    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// Whether anyone can be selected here; tracked.
    pub(crate) fn is_possible(self) -> bool {
        self.may_select.get()
    }

    /// How many are selected; tracked.
    pub(crate) fn count(self) -> usize {
        if self.is_possible() { self.people.with(Vec::len) } else { 0 }
    }

    /// How many of them are in the list as it is; tracked.
    pub(crate) fn count_listed(self) -> usize {
        self.directory.found().with(|found| {
            let listed = found.as_ref().map(|found| found.people.as_slice()).unwrap_or_default();
            self.people.with(|people| listed.iter().filter(|it| place(people, &it.id).is_ok()).count())
        })
    }

    /// Whether someone is selected; tracked.
    pub(crate) fn has(self, id: &str) -> bool {
        self.people.with(|people| place(people, id).is_ok())
    }

    /// Keeps who is selected in the list at this address.
    pub(crate) fn keep(self, list: &str) {
        self.people.with(|people| keep_selected(list, people));
    }

    pub(crate) fn clear(self) {
        self.people.set(Vec::new());
        self.last.set_value(None);
    }

    /// Selects all that are listed so far.
    pub(crate) fn add_all(self) {
        self.change(|people, listed| listed.iter().for_each(|employee| add(people, person(employee))));
    }

    /// Selects whoever stands at a place of the list, or lets them go; with Shift everyone from the last one on. Whether
    /// anyone can be selected.
    pub(crate) fn press(self, at: usize, with_shift: bool) -> bool {
        if !self.may_select.get_untracked() {
            return false;
        }
        let last = self.last.get_value().filter(|_| with_shift);
        self.change(|people, listed| {
            let Some(pressed) = listed.get(at) else { return };
            let from = last.and_then(|last| listed.iter().position(|it| it.id == last));
            match (from, place(people, &pressed.id)) {
                (Some(from), _) => {
                    let range = listed.get(from.min(at)..=from.max(at)).unwrap_or_default();
                    range.iter().for_each(|employee| add(people, person(employee)));
                }
                (None, Ok(place)) => drop(people.remove(place)),
                (None, Err(_)) => add(people, person(pressed)),
            }
            self.last.set_value(Some(pressed.id.clone()));
        });
        true
    }

    fn change(self, change: impl FnOnce(&mut Vec<Selected>, &[Employee])) {
        self.directory.found().with_untracked(|found| {
            let listed = found.as_ref().map(|found| found.people.as_slice()).unwrap_or_default();
            self.people.update(|people| change(people, listed));
        });
    }

    /// Selects by Shift and click wherever it is on someone.
    pub(crate) fn on_click(self, event: &web_sys::MouseEvent, at: Option<usize>) {
        if let Some(at) = at
            && event.shift_key()
            && self.may_select.get_untracked()
            && !is_in(event, "input, label")
        {
            // The browser would open a window.
            event.prevent_default();
            self.press(at, true);
        }
    }

    /// What keys do wherever the focus is, as long as nothing is typed: all that are listed, or nobody.
    pub(crate) fn listen(self) {
        let keys = window_event_listener(ev::keydown, move |event| {
            if !self.may_select.get_untracked()
                || is_in(&event, "dialog, input:not([type=checkbox]), textarea, select")
            {
                return;
            }
            let is_meant =
                is_in(&event, "[data-index]") || self.people.with_untracked(|people| !people.is_empty());
            match event.key().as_str() {
                "a" if is_meant && (event.ctrl_key() || event.meta_key()) => {
                    event.prevent_default();
                    self.add_all();
                }
                "Escape" => self.clear(),
                _ => {}
            }
        });
        on_cleanup(move || keys.remove());
    }
}

/// Whether an event is about something inside an element like this.
pub(crate) fn is_in(event: &web_sys::Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))))
}

fn place(people: &[Selected], id: &str) -> Result<usize, usize> {
    people.binary_search_by(|(other, _)| other.as_str().cmp(id))
}

fn add(people: &mut Vec<Selected>, person: Selected) {
    if let Err(place) = place(people, &person.0) {
        people.insert(place, person);
    }
}

fn person(employee: &Employee) -> Selected {
    (employee.id.clone(), employee.full_name().to_owned())
}

/// The box by which someone in the list is selected.
#[component]
pub(crate) fn SelectBox(selection: Selection, id: String, name: String, at: usize) -> impl IntoView {
    live(move || {
        let id = StoredValue::new(id.clone());
        let is_selected = move || id.with_value(|id| selection.has(id));
        let press = move |event: web_sys::MouseEvent| {
            selection.press(at, event.shift_key());
            // With Shift whoever was selected stays so, though the browser has taken the tick away.
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            input.into_iter().for_each(|input| input.set_checked(untrack(is_selected)));
        };
        selection.is_possible().then(|| {
            view! {
                <label class="select-box">
                    <input type="checkbox" aria-label=format!("Select {name}") prop:checked=is_selected on:click=press />
                </label>
            }
        })
    })
}
