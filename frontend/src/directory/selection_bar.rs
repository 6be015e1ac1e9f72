//! What can be done with those who are selected.

use leptos::prelude::*;

use super::{selection::Selection, store::Directory};
use crate::{
    erased::{derive, live, memo},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::Icon,
    },
};

/// How many are selected, and what can be done with them: at the lower edge of what is in view.
#[component]
pub(crate) fn SelectionBar() -> impl IntoView {
    let selection = Selection::current();
    selection.listen();
    let is_shown = memo(move || selection.count() > 0);
    let told = derive(move || words(selection.count(), selection.count_listed()));
    view! {
        <div class="selection-bar" class:visually-hidden=move || !is_shown.get()>
            // There from the start, so that what comes into it is read out.
            <p role="status">{live(move || is_shown.get().then(|| told.get()))}</p>
            {live(move || is_shown.get().then(|| view! { <Actions selection /> }))}
        </div>
    }
}

#[component]
fn Actions(selection: Selection) -> impl IntoView {
    let found = Directory::current().found();
    let everyone = derive(move || {
        let listed = found.with(|found| found.as_ref().map_or(0, |found| found.people.len()));
        format!("Select all {listed} listed")
    });
    let is_partial = memo(move || {
        found.with(|found| found.as_ref().map_or(0, |found| found.people.len())) > selection.count_listed()
    });
    view! {
        <div class="selection-actions">
            <ActionLink href=page::several("change") look=Look::Primary icon=Icon::Pencil>"Change…"</ActionLink>
            <ActionLink href=page::several("export") icon=Icon::Download>"Export…"</ActionLink>
            <ActionLink href=page::several("delete") icon=Icon::Trash>"Delete…"</ActionLink>
            {live(move || is_partial.get().then(|| view! {
                <ActionButton look=Look::Quiet on_press=move || selection.add_all()>{everyone}</ActionButton>
            }))}
            <ActionButton look=Look::Quiet icon=Icon::Cross on_press=move || selection.clear()>"Clear"</ActionButton>
        </div>
        <p class="selection-keys">
            <kbd>"Space"</kbd>" selects, "<kbd>"Shift"</kbd>" a range, "<kbd>"Ctrl A"</kbd>" all listed, "<kbd>"Esc"</kbd>" nobody"
        </p>
    }
}

fn words(selected: usize, listed: usize) -> String {
    match selected.saturating_sub(listed) {
        0 => format!("{selected} selected"),
        others => format!("{selected} selected, {others} of them not in this list"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_selected_elsewhere_is_counted_apart() {
        assert_eq!(words(12, 12), "12 selected");
        assert_eq!(words(12, 9), "12 selected, 3 of them not in this list");
    }
}
