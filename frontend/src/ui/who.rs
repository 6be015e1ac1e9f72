//! Who did something, so that nobody passes for Rollcall by their name.

use leptos::prelude::*;
use rollcall_api::{audit::Actor, word::Word};

/// A person by their name; whatever is no person looks otherwise.
#[component]
pub(crate) fn Who(actor: Word<Actor>) -> impl IntoView {
    let words = match actor {
        Word::Known(Actor::Person { name, .. }) if !name.is_empty() => {
            return view! { <bdi>{name}</bdi> }.into_any();
        }
        Word::Known(Actor::Person { subject, .. }) => {
            format!("Someone whose name is not kept ({})", subject.unwrap_or_default())
        }
        Word::Known(Actor::Schedule { name }) => format!("Schedule {name}"),
        Word::Known(Actor::Provider { name, .. }) => format!("Identity provider {name}"),
        Word::Known(Actor::DirectInvocation) => "Direct invocation".to_owned(),
        Word::Known(Actor::Rollcall) => "Rollcall".to_owned(),
        Word::Known(Actor::Anonymous) => "Nobody known".to_owned(),
        Word::Other(text) => text,
    };
    view! { <span class="no-person">{words}</span> }.into_any()
}
