//! A labelled input with its help and its error.

use leptos::prelude::*;
use rollcall_api::problem::FieldError;

use super::{
    icon::{Icon, Picture},
    unique_id,
};
use crate::api::sentence;
use crate::erased::{derive, live};

/// What is wrong with each field of a form, in the order of the fields' paths. A list, since a map for so few would be a
/// kilobyte more to download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// What is wrong with the field at `path`, or with something inside it.
    pub(crate) fn of(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| is_within(field, path)).map(|(_, detail)| detail.as_str())
    }

    /// Puts in what is wrong with one field.
    pub(crate) fn set(&mut self, path: &str, detail: &str) {
        self.0.retain(|(field, _)| field != path);
        let behind = self.0.partition_point(|(field, _)| field.as_str() < path);
        self.0.insert(behind, (path.to_owned(), sentence(detail)));
    }

    /// Takes out what was wrong with a field and inside it, as when it is being corrected.
    pub(crate) fn clear(&mut self, path: &str) {
        self.0.retain(|(field, _)| !is_within(field, path));
    }

    /// Errors about fields that are not among `shown`, so that none goes unseen.
    pub(crate) fn not_among(&self, shown: &[&str]) -> Vec<String> {
        let is_shown = |field: &str| shown.iter().any(|path| is_within(field, path));
        self.0
            .iter()
            .filter(|(field, _)| !is_shown(field))
            .map(|(field, text)| format!("{field}: {text}"))
            .collect()
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether `field` is the field at `path`, or something inside it.
fn is_within(field: &str, path: &str) -> bool {
    field.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
}

impl From<&[FieldError]> for FieldErrors {
    fn from(errors: &[FieldError]) -> Self {
        let mut all = Self::default();
        for error in errors {
            all.set(&error.field, &error.detail);
        }
        all
    }
}

/// The message below a field that isn't right.
#[component]
pub(crate) fn FieldMessage(
    /// The element's id, for the field's `aria-describedby`.
    id: String,
    message: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <p class="field-error" id=id>
            {live(move || message.get().map(|text| view! { <Picture icon=Icon::Alert /> <span>{text}</span> }))}
        </p>
    }
}

/// A line of text.
#[component]
pub(crate) fn TextField(
    /// What people read.
    #[prop(into)]
    label: String,
    /// The field's path in the API.
    #[prop(into)]
    path: String,
    #[prop(into)] value: Signal<String>,
    /// Takes what is typed.
    #[prop(into)]
    on_input: Callback<String>,
    /// What is wrong in this form.
    errors: RwSignal<FieldErrors>,
    #[prop(optional, into)] help: Option<String>,
    /// What counts when it is left empty.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    /// Whether it must not be left empty.
    #[prop(optional)]
    required: bool,
    /// Whether it holds an identifier rather than words.
    #[prop(optional)]
    code: bool,
    /// What kind of text it is, as HTML has it: `email`, `tel`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// Values to offer, as the browser's own suggestions.
    #[prop(optional, into)]
    autocomplete: Option<&'static str>,
    /// Values to offer, of Rollcall's own.
    #[prop(optional)]
    suggestions: Vec<String>,
) -> impl IntoView {
    let id = unique_id("field");
    let list_id = (!suggestions.is_empty()).then(|| format!("{id}-list"));
    let help_id = format!("{id}-help");
    let error_id = format!("{id}-error");
    let described_by = if help.is_some() { format!("{error_id} {help_id}") } else { error_id.clone() };
    let message = {
        let path = path.clone();
        derive(move || errors.with(|errors| errors.of(&path).map(str::to_owned)))
    };
    let input = move |event| {
        errors.update(|errors| errors.clear(&path));
        on_input.run(event_target_value(&event));
    };
    view! {
        <div class="field">
            <label for=id.clone()>
                {label}
                {(!required).then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            <input
                id=id
                type=kind
                class:code=code
                autocomplete=autocomplete.unwrap_or("off")
                spellcheck=if code { "false" } else { "true" }
                placeholder=placeholder
                required=required
                aria-invalid=move || message.with(Option::is_some).then_some("true")
                aria-describedby=described_by
                list=list_id.clone()
                prop:value=value
                on:input=input
            />
            {list_id.map(|id| view! {
                <datalist id=id>
                    {suggestions.into_iter().map(|value| view! { <option value=value></option> }).collect_view()}
                </datalist>
            })}
            <FieldMessage id=error_id message />
            {help.map(|help| view! { <p class="field-help" id=help_id>{help}</p> })}
        </div>
    }
}

/// Some lines of text, which may be left empty.
#[component]
pub(crate) fn TextArea(
    /// What people read.
    label: &'static str,
    /// The field's path in the API.
    path: &'static str,
    help: &'static str,
    #[prop(into)] value: Signal<String>,
    /// Takes what is typed.
    #[prop(into)]
    on_input: Callback<String>,
    /// What is wrong in this form.
    errors: RwSignal<FieldErrors>,
) -> impl IntoView {
    let id = unique_id("field");
    let help_id = format!("{id}-help");
    let error_id = format!("{id}-error");
    let described_by = format!("{error_id} {help_id}");
    let message = derive(move || errors.with(|errors| errors.of(path).map(str::to_owned)));
    let input = move |event| {
        errors.update(|errors| errors.clear(path));
        on_input.run(event_target_value(&event));
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label} <span class="optional">" (optional)"</span></label>
            <textarea
                id=id
                rows="2"
                aria-invalid=move || message.with(Option::is_some).then_some("true")
                aria-describedby=described_by
                prop:value=value
                on:input=input
            ></textarea>
            <FieldMessage id=error_id message />
            <p class="field-help" id=help_id>{help}</p>
        </div>
    }
}

/// One of several values.
#[component]
pub(crate) fn SelectField(
    /// What people read.
    label: &'static str,
    /// The field's path in the API.
    path: &'static str,
    /// The values, each with what people read.
    options: Signal<Vec<(String, String)>>,
    value: Signal<String>,
    /// Takes what is chosen.
    #[prop(into)]
    on_change: Callback<String>,
    /// What is wrong in this form.
    errors: RwSignal<FieldErrors>,
) -> impl IntoView {
    let id = unique_id("field");
    let error_id = format!("{id}-error");
    let message = derive(move || errors.with(|errors| errors.of(path).map(str::to_owned)));
    let change = move |event| {
        errors.update(|errors| errors.clear(path));
        on_change.run(event_target_value(&event));
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                id=id
                aria-invalid=move || message.with(Option::is_some).then_some("true")
                aria-describedby=error_id.clone()
                on:change=change
            >
                {live(move || options.get().into_iter().map(|(of, words)| {
                    let selected = value.get_untracked() == of;
                    view! { <option value=of selected=selected>{words}</option> }
                }).collect_view())}
            </select>
            <FieldMessage id=error_id message />
        </div>
    }
}

/// Something that is so, or not.
#[component]
pub(crate) fn CheckField(
    /// What people read.
    label: &'static str,
    help: &'static str,
    checked: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    let id = unique_id("field");
    let help_id = format!("{id}-help");
    view! {
        <div class="field">
            <label class="check-field" for=id.clone()>
                <input id=id.clone() type="checkbox" aria-describedby=help_id.clone() prop:checked=checked
                    on:change=move |event| on_change.run(event_target_checked(&event)) />
                {label}
            </label>
            <p class="field-help" id=help_id>{help}</p>
        </div>
    }
}

/// Why a form could not be sent, when no field is to blame.
#[component]
pub(crate) fn FormFailure(failure: RwSignal<Option<String>>) -> impl IntoView {
    view! {
        <div role="alert">
            {live(move || failure.get().map(|text| view! {
                <div class="banner banner-failed"><Picture icon=Icon::Alert /> <p>{text}</p></div>
            }))}
        </div>
    }
}

/// Puts the focus on the first field that isn't right, once the page shows which those are.
pub(crate) fn focus_first_invalid() {
    request_animation_frame(|| {
        let invalid = document().query_selector("main [aria-invalid=true]").ok().flatten();
        if let Some(field) = invalid.and_then(|field| {
            use wasm_bindgen::JsCast;
            field.dyn_into::<web_sys::HtmlElement>().ok()
        }) {
            field.focus().ok();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors() -> FieldErrors {
        FieldErrors::from(
            [FieldError::new("variables.region", "is empty"), FieldError::new("badges[1]", "is none")]
                .as_slice(),
        )
    }

    #[test]
    fn an_error_inside_a_field_is_the_field_s() {
        assert_eq!(errors().of("badges"), Some("Is none."));
        assert_eq!(errors().of("variables.region"), Some("Is empty."));
        assert_eq!(errors().of("variables.reg"), None);
        assert_eq!(errors().of("image"), None);
    }

    #[test]
    fn an_error_that_no_field_shows_is_not_lost() {
        assert_eq!(errors().not_among(&["variables.region"]), ["badges[1]: Is none."]);
        assert!(errors().not_among(&["variables", "badges"]).is_empty());
    }

    #[test]
    fn correcting_a_field_clears_its_error() {
        let mut errors = errors();
        errors.clear("variables.region");
        assert_eq!(errors.of("variables.region"), None);
    }
}
