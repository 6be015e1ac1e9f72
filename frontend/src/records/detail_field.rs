//! A field of the form about an employee, by what it holds.

use leptos::prelude::*;
use rollcall_api::field::{Field, Kind};

use super::{draft::Draft, employee_picker::EmployeePicker};
use crate::{
    erased::derive,
    ui::{
        field::{FieldErrors, TextArea, TextField},
        time::known_zones,
    },
};

/// The field of a form in which one detail is typed.
#[component]
pub(crate) fn DetailField(
    field: &'static Field,
    draft: RwSignal<Draft>,
    errors: RwSignal<FieldErrors>,
    /// The name of the manager as they were when the form was opened.
    manager: String,
) -> impl IntoView {
    let value = derive(move || draft.with(|draft| draft.typed(field)));
    let on_input = move |text| draft.update(|draft| draft.type_in(field, text));
    let Field { name: path, label, help, required, .. } = *field;
    let kind = match field.kind {
        Kind::Lines(_) | Kind::Links => {
            let help = if help.is_empty() { "One on each line." } else { help };
            return view! { <TextArea label path help value on_input errors /> }.into_any();
        }
        Kind::Employee => {
            return view! { <EmployeePicker label path value on_input errors name=manager /> }.into_any();
        }
        Kind::Line(_) | Kind::TimeZone => "text",
        Kind::Email => "email",
        Kind::Phone => "tel",
        Kind::Date => "date",
    };
    let suggestions = if field.kind == Kind::TimeZone { known_zones() } else { Vec::new() };
    view! { <TextField label path help required kind suggestions value on_input errors /> }.into_any()
}
