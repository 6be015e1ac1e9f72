//! The form in which people say what is changed about several others.

use leptos::prelude::*;
use rollcall_api::{
    badge::Badge,
    field::{Field, Kind, LOCATION},
};

use super::{
    super::employee_picker::EmployeePicker,
    change::{Change, Choice, FIELDS_OF_SEVERAL, field},
};
use crate::{
    api::Api,
    erased::{derive, live, spawn},
    ui::{
        badge::badge_icon,
        button::{ActionButton, Look},
        field::{FieldErrors, TextField, focus_first_invalid},
        icon::{Icon, Picture},
        lower_first,
    },
};

/// What is chosen for one field.
#[derive(Clone, Copy)]
struct FieldDraft {
    field: &'static Field,
    choice: RwSignal<Choice>,
    /// What it is to hold.
    text: RwSignal<String>,
    /// How people write that.
    words: RwSignal<String>,
}

/// What is chosen.
#[derive(Clone, Copy)]
struct ChangeDraft {
    fields: StoredValue<Vec<FieldDraft>>,
    badges: RwSignal<Vec<(Badge, Choice)>>,
    errors: RwSignal<FieldErrors>,
}

impl ChangeDraft {
    fn new() -> Self {
        let draft = |field| FieldDraft {
            field,
            choice: RwSignal::new(Choice::Leave),
            text: RwSignal::new(String::new()),
            words: RwSignal::new(String::new()),
        };
        let fields = FIELDS_OF_SEVERAL.into_iter().filter_map(field).map(draft).collect();
        let badges = Badge::ALL.iter().map(|badge| (*badge, Choice::Leave)).collect();
        Self {
            fields: StoredValue::new(fields),
            badges: RwSignal::new(badges),
            errors: RwSignal::new(FieldErrors::default()),
        }
    }

    /// What is to be changed as far as it is chosen; tracked.
    fn change(self) -> Change {
        let set = |draft: FieldDraft| match draft.choice.get() {
            Choice::Leave => None,
            Choice::Set => Some((draft.field, draft.text.get().trim().to_owned(), draft.words.get())),
            Choice::TakeAway => Some((draft.field, String::new(), String::new())),
        };
        let of = |choice| self.badges.with(|badges| with_choice(badges, choice));
        Change {
            fields: self.fields.get_value().into_iter().filter_map(set).collect(),
            given: of(Choice::Set),
            taken: of(Choice::TakeAway),
        }
    }

    /// The change; none where something has to be corrected first, which is said at its field.
    fn checked(self) -> Option<Change> {
        let mut errors = FieldErrors::default();
        for draft in self.fields.get_value() {
            let is_empty = draft.text.with_untracked(|text| text.trim().is_empty());
            if draft.choice.get_untracked() == Choice::Set && is_empty {
                let is_person = draft.field.kind == Kind::Employee;
                errors
                    .set(draft.field.name, if is_person { "pick someone from the list" } else { "is empty" });
            }
        }
        let is_fine = errors.is_empty();
        self.errors.set(errors);
        if !is_fine {
            focus_first_invalid();
        }
        is_fine.then(|| untrack(|| self.change()))
    }
}

fn with_choice(badges: &[(Badge, Choice)], wanted: Choice) -> Vec<Badge> {
    badges.iter().filter(|(_, choice)| *choice == wanted).map(|(badge, _)| *badge).collect()
}

/// The places there are, to be offered.
fn places() -> RwSignal<Vec<String>> {
    let (api, places) = (Api::current(), RwSignal::new(Vec::new()));
    spawn(async move {
        let page = api.employees(&[], 1, None).await;
        let counts = page.ok().and_then(|page| page.facets).unwrap_or_default().locations;
        places.try_set(counts.into_iter().map(|count| count.value).collect());
    });
    places
}

/// Says what is changed.
#[component]
pub(super) fn ChangeForm(
    /// The words on its button.
    #[prop(into)]
    label: Signal<String>,
    /// Takes the change, once it can be made.
    on_change: Callback<Change>,
) -> impl IntoView {
    let draft = ChangeDraft::new();
    let places = places();
    let blocked = derive(move || draft.change().is_empty().then(|| "Choose what to change.".to_owned()));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if blocked.with_untracked(Option::is_none) {
            draft.checked().into_iter().for_each(|change| on_change.run(change));
        }
    };
    let fields = draft.fields.get_value().into_iter();
    view! {
        <form class="form" novalidate on:submit=submit>
            {fields.map(|field| view! { <FieldChange field errors=draft.errors places /> }).collect_view()}
            <Badges draft />
            <div class="form-actions">
                <ActionButton look=Look::Primary icon=Icon::Check blocked submits=true>
                    {live(move || label.get())}
                </ActionButton>
            </div>
        </form>
    }
}

/// What becomes of one field.
#[component]
fn FieldChange(
    field: FieldDraft,
    errors: RwSignal<FieldErrors>,
    places: RwSignal<Vec<String>>,
) -> impl IntoView {
    let Field { label, name, required, kind, .. } = *field.field;
    let words =
        if required { &["Leave as it is", "Set to"][..] } else { &["Leave as it is", "Set to", "Take away"] };
    let typed = move |text: String| {
        field.words.set(text.trim().to_owned());
        field.text.set(text);
    };
    let input = move || {
        match kind {
        Kind::Employee => view! {
            <EmployeePicker label="New manager" path=name value=field.text alone=true
                on_input=move |id: String| field.text.set(id) on_pick=move |name: String| field.words.set(name) errors />
        }
        .into_any(),
        _ => {
            let suggestions = if name == LOCATION { places.get_untracked() } else { Vec::new() };
            let label = format!("New {}", lower_first(label));
            view! { <TextField label path=name value=field.text on_input=typed errors suggestions required=true /> }
                .into_any()
        }
    }
    };
    view! {
        <fieldset class="field-group several-field">
            <legend>{label}</legend>
            <ChoiceOf label words choice=field.choice.into() on_choice=move |choice: Choice| field.choice.set(choice) />
            {live(move || (field.choice.get() == Choice::Set).then(input))}
        </fieldset>
    }
}

/// What becomes of each badge.
#[component]
fn Badges(draft: ChangeDraft) -> impl IntoView {
    const WORDS: &[&str] = &["Leave", "Give", "Take away"];
    let one = move |badge: Badge| {
        let of = move |badges: &Vec<(Badge, Choice)>| {
            badges.iter().find(|(other, _)| *other == badge).map_or(Choice::Leave, |(_, choice)| *choice)
        };
        let set = move |new: Choice| {
            draft.badges.update(|badges| {
                badges.iter_mut().filter(|(other, _)| *other == badge).for_each(|(_, choice)| *choice = new);
            });
        };
        view! {
            <div class="several-badge">
                <Picture icon=badge_icon(badge) />
                <span aria-hidden="true">{badge.label()}</span>
                <ChoiceOf label=badge.label() words=WORDS choice=derive(move || draft.badges.with(of)) on_choice=set />
            </div>
        }
    };
    view! {
        <fieldset class="field-group">
            <legend>"Badges"</legend>
            <div class="several-badges">{Badge::ALL.iter().copied().map(one).collect_view()}</div>
        </fieldset>
    }
}

/// What becomes of something, out of two or three.
#[component]
fn ChoiceOf(
    label: &'static str,
    /// What people read, in the order of the choices.
    words: &'static [&'static str],
    choice: Signal<Choice>,
    #[prop(into)] on_choice: Callback<Choice>,
) -> impl IntoView {
    const CHOICES: [Choice; 3] = [Choice::Leave, Choice::Set, Choice::TakeAway];
    let options = words.iter().enumerate().map(|(at, words)| view! { <option value=at>{*words}</option> });
    let change = move |event| {
        let at: usize = event_target_value(&event).parse().unwrap_or_default();
        on_choice.run(CHOICES.get(at).copied().unwrap_or_default());
    };
    let is_set = move || (choice.get() != Choice::Leave).to_string();
    view! {
        <select class="choice-of" aria-label=label data-set=is_set on:change=change>{options.collect_view()}</select>
    }
}
