//! Who did something, so that nobody passes for Rollcall by their name.

use leptos::prelude::*;
use rollcall_api::audit::Actor;

/// A person by their name; whatever is no person looks otherwise.
#[component]
pub(crate) fn Who(actor: Actor) -> impl IntoView {
    match actor {
        Actor::Person { name, .. } => view! { <bdi>{name}</bdi> }.into_any(),
        other => view! { <span class="no-person">{in_words(&other)}</span> }.into_any(),
    }
}

fn in_words(actor: &Actor) -> String {
    match actor {
        Actor::Person { name, .. } => name.clone(),
        Actor::Schedule { name } => format!("Schedule {name}"),
        Actor::DirectInvocation => "Direct invocation".to_owned(),
        Actor::Rollcall => "Rollcall".to_owned(),
    }
}
