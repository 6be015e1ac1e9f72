//! Choosing a colleague: one types a name and picks from those who are found
//! ([combobox pattern](https://www.w3.org/WAI/ARIA/apg/patterns/combobox/)).

use leptos::prelude::*;
use rollcall_api::employee::Employee;

use crate::{
    api::Api,
    erased::{derive, live, spawn},
    ui::{
        field::{FieldErrors, FieldMessage},
        unique_id,
    },
};

/// How many are offered.
const OFFERED: u32 = 8;

#[derive(Clone, Copy)]
struct Picker {
    api: Api,
    /// What is typed: the name of whoever is chosen, or a part of one.
    typed: RwSignal<String>,
    offered: RwSignal<Vec<Employee>>,
    /// Which of those offered the keys have reached.
    at: RwSignal<Option<usize>>,
    /// How often someone was looked for: an answer to an earlier question is too late.
    asked: StoredValue<u32>,
    on_input: Callback<String>,
    on_pick: Option<Callback<String>>,
}

impl Picker {
    /// Looks for whoever is meant. Until one is picked nobody is chosen.
    fn look_for(self, typed: String) {
        let number = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(number);
        self.on_input.run(String::new());
        self.at.set(None);
        let wanted = typed.trim().to_owned();
        self.typed.set(typed);
        if wanted.is_empty() {
            self.offered.set(Vec::new());
            return;
        }
        spawn(async move {
            let found = self.api.employees(&[("q", &wanted)], OFFERED, None).await;
            if self.asked.try_get_value() == Some(number) {
                self.offered.try_set(found.map(|page| page.employees).unwrap_or_default());
            }
        });
    }

    fn pick(self, employee: &Employee) {
        self.asked.update_value(|asked| *asked = asked.wrapping_add(1));
        self.typed.set(employee.full_name().to_owned());
        self.on_input.run(employee.id.clone());
        if let Some(on_pick) = self.on_pick {
            on_pick.run(employee.full_name().to_owned());
        }
        self.close();
    }

    fn close(self) {
        self.offered.set(Vec::new());
        self.at.set(None);
    }

    fn on_key(self, event: &web_sys::KeyboardEvent) {
        let count = self.offered.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        let at = self.at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => self.at.set(Some(at.map_or(0, |at| (at + 1) % count))),
            "ArrowUp" => self.at.set(Some(at.map_or(count - 1, |at| (at + count - 1) % count))),
            "Escape" => self.close(),
            "Enter" => {
                let picked = self.offered.with_untracked(|offered| offered.get(at.unwrap_or(0)).cloned());
                picked.iter().for_each(|employee| self.pick(employee));
            }
            _ => return,
        }
        event.prevent_default();
    }
}

/// The field in which a colleague is chosen; empty for nobody.
#[component]
pub(crate) fn EmployeePicker(
    /// What people read.
    label: &'static str,
    /// The field's path in the API.
    path: &'static str,
    /// The id of whoever is chosen.
    #[prop(into)]
    value: Signal<String>,
    /// Takes the id of whoever is chosen.
    #[prop(into)]
    on_input: Callback<String>,
    /// Takes the name of whoever is chosen.
    #[prop(optional, into)]
    on_pick: Option<Callback<String>>,
    errors: RwSignal<FieldErrors>,
    /// The name of whoever is chosen at first.
    #[prop(optional)]
    name: String,
    /// Whether it is no field of a form, in which it could be left empty.
    #[prop(optional)]
    alone: bool,
) -> impl IntoView {
    let id = unique_id("field");
    let (list_id, error_id, help_id) = (format!("{id}-list"), format!("{id}-error"), format!("{id}-help"));
    let first = value.get_untracked();
    let picker = Picker {
        api: Api::current(),
        typed: RwSignal::new(if name.is_empty() { first } else { name }),
        offered: RwSignal::new(Vec::new()),
        at: RwSignal::new(None),
        asked: StoredValue::new(0),
        on_input,
        on_pick,
    };
    let message = derive(move || errors.with(|errors| errors.of(path).map(str::to_owned)));
    let is_open = move || picker.offered.with(|offered| !offered.is_empty());
    let is_undecided = move || !picker.typed.with(String::is_empty) && value.with(String::is_empty);
    let option_id = {
        let list_id = list_id.clone();
        move |at: usize| format!("{list_id}-{at}")
    };
    let reached = {
        let option_id = option_id.clone();
        move || picker.at.get().map(&option_id)
    };
    let options = move || {
        let option_id = option_id.clone();
        let option = move |(at, employee): (usize, Employee)| {
            let words = format!("{}, {}", employee.job_title(), employee.location());
            let name = employee.full_name().to_owned();
            view! {
                <li id=option_id(at) role="option" aria-selected=move || (picker.at.get() == Some(at)).to_string()
                    on:mousedown=move |event| { event.prevent_default(); picker.pick(&employee); }>
                    {name} <span class="quiet">{words}</span>
                </li>
            }
        };
        picker.offered.get().into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <div class="field picker">
            <label for=id.clone()>
                {label} {(!alone).then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            <input id=id type="text" role="combobox" autocomplete="off" spellcheck="false"
                aria-autocomplete="list" aria-controls=list_id.clone()
                aria-expanded=move || is_open().to_string()
                aria-activedescendant=reached
                aria-invalid=move || message.with(Option::is_some).then_some("true")
                aria-describedby=format!("{error_id} {help_id}")
                prop:value=picker.typed
                on:input=move |event| {
                    errors.update(|errors| errors.clear(path));
                    picker.look_for(event_target_value(&event));
                }
                on:keydown=move |event| picker.on_key(&event)
                on:blur=move |_| picker.close() />
            <ul id=list_id class="picker-list" role="listbox" aria-label=label hidden=move || !is_open()>
                {live(options)}
            </ul>
            <FieldMessage id=error_id message />
            <p class="field-help" id=help_id>
                {live(move || if is_undecided() {
                    "Pick someone from the list; until then nobody is chosen."
                } else {
                    "Type a part of the name, and pick someone."
                })}
            </p>
        </div>
    }
}
