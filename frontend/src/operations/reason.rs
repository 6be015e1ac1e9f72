//! Why something is done to the host, in the words of whoever does it.

use leptos::prelude::*;
use rollcall_api::relaunch::MAX_REASON_CHARACTERS;

use crate::{
    api::ApiError,
    ui::field::{FieldErrors, TextArea, focus_first_invalid},
};

/// The field's path in the API.
const PATH: &str = "reason";

/// A reason as it is being written, with what is wrong with it.
#[derive(Clone, Copy)]
pub(crate) struct Reason {
    text: RwSignal<String>,
    errors: RwSignal<FieldErrors>,
}

impl Reason {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { text: RwSignal::new(String::new()), errors: RwSignal::new(FieldErrors::default()) }
    }

    /// What to send: none when there is none, or when it is too long, which the field says then.
    pub(crate) fn checked(self) -> Result<Option<String>, ()> {
        let text = self.text.with_untracked(|text| text.trim().to_owned());
        match fault(&text) {
            None => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(fault) => {
                self.errors.update(|errors| errors.set(PATH, &fault));
                focus_first_invalid();
                Err(())
            }
        }
    }

    /// Shows what the API finds wrong with it; whether it found that.
    pub(crate) fn is_refused(self, error: &ApiError) -> bool {
        let errors = FieldErrors::from(error.field_errors());
        let is_refused = errors.of(PATH).is_some();
        if is_refused {
            self.errors.try_set(errors);
            focus_first_invalid();
        }
        is_refused
    }
}

/// What is wrong with a reason.
fn fault(text: &str) -> Option<String> {
    let count = text.chars().count();
    (count > MAX_REASON_CHARACTERS)
        .then(|| format!("has {count} characters; shorten it to {MAX_REASON_CHARACTERS} at most"))
}

/// Asks for the reason.
#[component]
pub(crate) fn ReasonField(reason: Reason) -> impl IntoView {
    view! {
        <TextArea label="Reason" path=PATH help="Why, for whoever reads the history."
            value=reason.text on_input=move |text| reason.text.set(text) errors=reason.errors />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_as_long_as_the_api_takes_it() {
        assert_eq!(fault(&"ä".repeat(MAX_REASON_CHARACTERS)), None);
        let fault = fault(&"ä".repeat(MAX_REASON_CHARACTERS + 1));
        assert_eq!(fault.as_deref(), Some("has 501 characters; shorten it to 500 at most"));
    }
}
