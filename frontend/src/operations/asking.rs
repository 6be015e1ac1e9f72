//! What is asked before something that only operators do: a line in their words, such as why, and for a sign-in that is not too
//! old.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use rollcall_api::relaunch::MAX_REASON_CHARACTERS;
use wasm_bindgen::JsValue;

use crate::{
    api::ApiError,
    erased::live,
    paths::{page, with_query},
    tab,
    ui::{
        button::{ActionButton, Look},
        field::{FieldErrors, TextArea, TextField, focus_first_invalid},
        icon::{Icon, Picture},
    },
};

/// What an address says of a question that is to be asked again, after a fresh sign-in.
const ASK: &str = "ask";

/// Where this tab keeps what was typed meanwhile.
const KEPT: &str = "rollcall.asked";

/// A question, and what was answered so far.
#[derive(Clone, Copy)]
pub(crate) struct Asking {
    /// What it is about, as the address says it.
    what: &'static str,
    /// The path of what is typed in the API, and the most characters that it may have.
    path: &'static str,
    most: usize,
    /// Whether it is on show.
    pub(crate) open: RwSignal<bool>,
    text: RwSignal<String>,
    errors: RwSignal<FieldErrors>,
    /// Why the sign-in is too old.
    too_old: RwSignal<Option<String>>,
}

impl Asking {
    /// A question about this, and why.
    pub(crate) fn why(what: &'static str) -> Self {
        Self::about(what, "reason", MAX_REASON_CHARACTERS)
    }

    /// A question about this. It is on show at once where someone comes back to it from a fresh sign-in.
    pub(crate) fn about(what: &'static str, path: &'static str, most: usize) -> Self {
        let is_back = use_query_map().with_untracked(|query| query.get_str(ASK) == Some(what));
        let kept = if is_back { take_kept() } else { None };
        Self {
            what,
            path,
            most,
            open: RwSignal::new(is_back),
            text: RwSignal::new(kept.unwrap_or_default()),
            errors: RwSignal::new(FieldErrors::default()),
            too_old: RwSignal::new(None),
        }
    }

    /// Why it can't be answered now; none when it can.
    pub(crate) fn reason_against(self) -> Option<String> {
        self.too_old.with(Option::is_some).then(|| "Sign in once more first.".to_owned())
    }

    /// Leaves for a fresh sign-in, to come back to the question with what was typed.
    fn sign_in_again(self) {
        self.text.with_untracked(|text| tab::keep(KEPT, text));
        let location = location();
        let here = [location.pathname(), location.search()].into_iter().flatten().collect::<String>();
        location.assign(&page::sign_in_again(&with_query(&here, &[(ASK, Some(self.what))]))).ok();
    }

    /// What to send: none when there is none, or when it is too long, which the field says then.
    pub(crate) fn checked(self) -> Result<Option<String>, ()> {
        let text = self.text.with_untracked(|text| text.trim().to_owned());
        match fault(&text, self.most) {
            None => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(fault) => {
                self.errors.update(|errors| errors.set(self.path, &fault));
                focus_first_invalid();
                Err(())
            }
        }
    }

    /// Shows what the API finds wrong with what was answered, and that it wants a fresh sign-in; whether it is either.
    pub(crate) fn is_refused(self, error: &ApiError) -> bool {
        if error.asks_for_fresh_sign_in() {
            self.too_old.try_set(Some(error.message()));
            return true;
        }
        let errors = FieldErrors::from(error.field_errors());
        let is_refused = errors.of(self.path).is_some();
        if is_refused {
            self.errors.try_set(errors);
            focus_first_invalid();
        }
        is_refused
    }
}

/// What is wrong with a text that may have so many characters.
fn fault(text: &str, most: usize) -> Option<String> {
    let count = text.chars().count();
    (count > most).then(|| format!("has {count} characters; shorten it to {most} at most"))
}

/// What was typed before the sign-in. The address is as it was before, so that a reload asks nothing.
fn take_kept() -> Option<String> {
    let location = location();
    let search = location.search().unwrap_or_default();
    let kept: Vec<&str> =
        search.trim_start_matches('?').split('&').filter(|it| !it.starts_with("ask=")).collect();
    let path = location.pathname().unwrap_or_default();
    let address = if kept.concat().is_empty() { path } else { format!("{path}?{}", kept.join("&")) };
    window().history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&address)).ok();
    let text = tab::text(KEPT);
    tab::remove(KEPT);
    text
}

/// Asks for the line, and for a fresh sign-in where that is needed.
#[component]
pub(crate) fn AskingFields(
    asking: Asking,
    #[prop(default = "Reason")] label: &'static str,
    #[prop(default = "Why, for whoever reads the history.")] help: &'static str,
    /// Whether there has to be one: a name, which is short.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let Asking { path, text: value, errors, .. } = asking;
    let on_input = move |text| value.set(text);
    view! {
        {if required {
            view! { <TextField label path help required value on_input errors /> }.into_any()
        } else {
            view! { <TextArea label path help value on_input errors /> }.into_any()
        }}
        {live(move || asking.too_old.get().map(|why| view! {
            <div class="banner banner-warning" role="alert">
                <Picture icon=Icon::Lock />
                <p>{why} " You will come back to this question."</p>
                <ActionButton look=Look::Primary icon=Icon::SignIn on_press=move || asking.sign_in_again()>
                    "Sign in again"
                </ActionButton>
            </div>
        }))}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_as_long_as_the_api_takes_it() {
        assert_eq!(fault(&"ä".repeat(MAX_REASON_CHARACTERS), MAX_REASON_CHARACTERS), None);
        let fault = fault(&"ä".repeat(MAX_REASON_CHARACTERS + 1), MAX_REASON_CHARACTERS);
        assert_eq!(fault.as_deref(), Some("has 501 characters; shorten it to 500 at most"));
    }
}
