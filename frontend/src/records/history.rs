//! What was done to an employee, in the form about them: asked for when someone opens it.

use leptos::prelude::*;
use rollcall_api::{
    audit::{AttributeChange, HistoryText, HistoryTextPage},
    field::FIELDS,
    values::Value,
};

use crate::{
    api::Api,
    erased::live,
    ui::{
        deed::action_words,
        listing::ShowMore,
        query::{Await, Query},
        state::Skeleton,
        time::Moment,
        who::Who,
    },
};

#[component]
pub(crate) fn History(id: String) -> impl IntoView {
    let id = StoredValue::new(id);
    let opened = RwSignal::new(false);
    view! {
        <details class="history" on:toggle=move |_| opened.set(true)>
            <summary>"History"</summary>
            {live(move || opened.get().then(|| view! { <Entries id /> }))}
        </details>
    }
}

#[component]
fn Entries(id: StoredValue<String>) -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || async move { api.history(&id.get_value(), None).await });
    let more = move || async move {
        let cursor = query.latest_untracked().and_then(|page| page.next_cursor);
        let next = api.history(&id.get_value(), cursor).await?;
        query.change(|page| {
            page.next_cursor = next.next_cursor;
            page.entries.extend(next.entries);
        });
        Ok(())
    };
    view! {
        <Await query loading=|| view! { <Skeleton lines=4 label="Loading the history…" /> } children=move |shown| {
            live(move || {
                let HistoryTextPage { entries, next_cursor } = shown.get();
                if entries.is_empty() {
                    return view! { <p class="quiet">"Nothing was noted about this record yet."</p> }.into_any();
                }
                view! {
                    <ol class="entries">
                        {entries.into_iter().map(|entry| view! { <Entry entry /> }).collect_view()}
                    </ol>
                    {next_cursor.is_some().then(|| view! { <ShowMore what="entries" read=more /> })}
                }
                .into_any()
            })
        } />
    }
}

#[component]
fn Entry(entry: HistoryText) -> impl IntoView {
    let HistoryText { entry, changes } = entry;
    view! {
        <li>
            <div>
                <h3>{entry.action.label(action_words).to_owned()}</h3>
                <p class="quiet"><Moment then=entry.at /> " · " <Who actor=entry.who /></p>
                <dl>{changes.into_iter().map(|change| view! { <Change change /> }).collect_view()}</dl>
            </div>
        </li>
    }
}

#[component]
fn Change(change: AttributeChange) -> impl IntoView {
    let AttributeChange { name, before, after } = change;
    let (before, after) = (words(&name, before), words(&name, after));
    view! {
        <dt>{label(&name)}</dt>
        <dd>
            {before.map(|text| view! { <del>{text}</del> })} " "
            {after.map(|text| view! { <ins>{text}</ins> })}
        </dd>
    }
}

/// What people call an attribute; one that is no field by its own name.
fn label(name: &str) -> String {
    let field = FIELDS.iter().find(|field| field.name == name).map(|field| field.label);
    let known = match name {
        "badges" => Some("Badges"),
        "object_key" => Some("Photo"),
        _ => field,
    };
    known.unwrap_or(name).to_owned()
}

/// What stood there, in words. Where a photo is says nothing to anyone.
fn words(name: &str, value: Option<Value>) -> Option<String> {
    let value = value?;
    Some(if name == "object_key" { "a photo".to_owned() } else { value.texts().join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_called_as_the_form_calls_it() {
        assert_eq!(
            ["department", "object_key", "badges", "desk"].map(label),
            ["Department", "Photo", "Badges", "desk"]
        );
        let words = |name, text: &str| words(name, Some(Value::Text(text.to_owned())));
        assert_eq!(words("object_key", "employee_pic/7.png").as_deref(), Some("a photo"));
        assert_eq!(words("phone", "+49").as_deref(), Some("+49"));
    }
}
