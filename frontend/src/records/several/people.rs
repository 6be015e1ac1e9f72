//! Who is meant, by name.

use leptos::prelude::*;

use super::outcome::Entry;
use crate::{erased::live, ui::count::with_spaces};

/// How many names stand there at once.
const NAMED: usize = 3;

/// How many are listed where someone asks for all.
const LISTED: usize = 500;

/// A few of these people by name, and how many more there are.
fn words(entries: &[Entry]) -> String {
    let mut names: Vec<String> = entries.iter().take(NAMED).map(|entry| entry.name.clone()).collect();
    match entries.len().saturating_sub(NAMED) {
        0 => {}
        1 => names.push("1 other".to_owned()),
        others => names.push(format!("{} others", with_spaces(others as u64))),
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// Who is meant: a few names, and all of them where someone asks.
#[component]
pub(super) fn Names(entries: RwSignal<Vec<Entry>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let told = move || entries.with(|entries| words(entries));
    let all = move || {
        let names = entries
            .with(|entries| entries.iter().take(LISTED).map(|entry| entry.name.clone()).collect::<Vec<_>>());
        let more = entries.with(Vec::len).saturating_sub(LISTED);
        view! {
            <ul translate="no">{names.into_iter().map(|name| view! { <li>{name}</li> }).collect_view()}</ul>
            {(more > 0).then(|| view! { <p class="quiet">"and " {with_spaces(more as u64)} " more"</p> })}
        }
    };
    view! {
        <details class="names" prop:open=open on:toggle=move |_| open.update(|open| *open = !*open)>
            <summary><span translate="no">{told}</span></summary>
            {live(move || open.get().then(all))}
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::{super::outcome::Outcome, *};

    #[test]
    fn a_few_are_named_and_the_others_counted() {
        let entry = |name: &str| Entry {
            id: name.to_owned(),
            name: name.to_owned(),
            outcome: Outcome::Waiting,
            trace: None,
        };
        let told = |names: &[&str]| words(&names.iter().map(|name| entry(name)).collect::<Vec<_>>());
        assert_eq!(told(&["Ada"]), "Ada");
        assert_eq!(told(&["Ada", "Bo"]), "Ada and Bo");
        assert_eq!(told(&["Ada", "Bo", "Cleo", "Dora"]), "Ada, Bo, Cleo and 1 other");
        assert_eq!(told(&["Ada", "Bo", "Cleo", "Dora", "Eve"]), "Ada, Bo, Cleo and 2 others");
    }
}
