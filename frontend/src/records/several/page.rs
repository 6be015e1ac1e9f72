//! `/several`: something is done with all who are selected.

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_query_map;

use super::{
    change::Change,
    change_form::ChangeForm,
    exporting::Exporting,
    outcome::{Counts, Deed, Entry, Outcome},
    people::Names,
    work::Work,
};
use crate::{
    directory::selected,
    erased::{derive, live, memo},
    paths::page,
    session::{Guard, Permission},
    ui::{
        button::{ActionButton, ActionLink, Look},
        count::people,
        dialog::Confirm,
        icon::Icon,
        page::{PageHeader, focus_heading},
        state::{Notice, Skeleton},
    },
};

/// How many of those with whom it failed are listed.
const LISTED: usize = 200;

/// What can be done with those who are selected: the word in the address, and what people read.
const DEEDS: [(&str, &str); 3] = [("change", "Change"), ("export", "Export"), ("delete", "Delete")];

#[component]
pub(crate) fn SeveralPage() -> impl IntoView {
    view! {
        <Guard permission=Permission::Edit title="Selected people"
            loading=|| view! { <Skeleton lines=4 label="Loading the page…" /> }>
            {match selected() {
                Some((list, people)) => view! { <Several work=Work::new(list, people) /> }.into_any(),
                None => view! { <Nobody /> }.into_any(),
            }}
        </Guard>
    }
}

#[component]
fn Nobody() -> impl IntoView {
    view! {
        <PageHeader title="Selected people" above=(page::DIRECTORY, "Directory") />
        <Notice icon=Icon::People title="Nobody is selected"
            text="Tick people in the directory, or go to one and press the space bar. With Shift it is everyone from there on.">
            <ActionLink href=page::DIRECTORY look=Look::Primary>"To the directory"</ActionLink>
        </Notice>
    }
}

#[component]
fn Several(work: Work) -> impl IntoView {
    let title = derive(move || people(work.entries.with(Vec::len) as u64));
    let begun = memo(move || work.deed.with(Option::is_some));
    // Whoever leaves stops it: each is done wholly or not at all, and what is done can't be taken back then.
    let leaving = window_event_listener(ev::beforeunload, move |event| {
        if untrack(|| work.is_busy()) {
            event.prevent_default();
        }
    });
    on_cleanup(move || leaving.remove());
    view! {
        <PageHeader title above=(page::DIRECTORY, "Directory") lede=move || view! { <Names entries=work.entries /> } />
        <div class="several-page">
            {live(move || if begun.get() {
                view! { <Progress work /> <Failed work /> }.into_any()
            } else {
                view! { <Choosing work /> }.into_any()
            })}
        </div>
    }
}

/// What is to be done.
#[component]
fn Choosing(work: Work) -> impl IntoView {
    let query = use_query_map();
    let chosen = memo(move || {
        let asked = query.with(|query| query.get("do")).unwrap_or_default();
        DEEDS.iter().map(|(word, _)| *word).find(|word| *word == asked).unwrap_or("change")
    });
    let tab = move |(word, label): (&'static str, &'static str)| {
        let current = move || (chosen.get() == word).then_some("page");
        view! { <a href=page::several(word) aria-current=current>{label}</a> }
    };
    view! {
        <nav class="several-deeds" aria-label="What to do">{DEEDS.map(tab).collect_view()}</nav>
        {live(move || match chosen.get() {
            "export" => view! { <Exporting work /> }.into_any(),
            "delete" => view! { <Deleting work /> }.into_any(),
            _ => view! { <Changing work /> }.into_any(),
        })}
    }
}

/// Those who are meant, in a sentence.
fn all(work: Work) -> String {
    people(work.entries.with(Vec::len) as u64)
}

#[component]
fn Changing(work: Work) -> impl IntoView {
    let (open, asked) = (RwSignal::new(false), RwSignal::new(Change::default()));
    let ask = Callback::new(move |change| {
        asked.set(change);
        open.set(true);
    });
    let change = Callback::new(move |()| {
        open.set(false);
        work.change_all(asked.get_untracked());
        focus_heading();
    });
    let label = derive(move || format!("Change {}", all(work)));
    view! {
        <ChangeForm label=derive(move || format!("{}…", label.get())) on_change=ask />
        <Confirm open title=derive(move || format!("{}?", label.get())) confirm=label icon=Icon::Check
            look=Look::Primary busy=derive(|| false) on_confirm=change>
            <ul class="several-changes">
                {asked.get().words().into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}
            </ul>
            <p>"Nothing else about them changes. It can be undone as long as the next page is open."</p>
        </Confirm>
    }
}

#[component]
fn Deleting(work: Work) -> impl IntoView {
    let open = RwSignal::new(false);
    let delete = Callback::new(move |()| {
        open.set(false);
        work.delete_all();
        focus_heading();
    });
    let label = derive(move || format!("Delete {}", all(work)));
    view! {
        <p>
            "They leave the directory, and can be brought back for 30 days, with everything, under “Former people”."
        </p>
        <div class="form-actions">
            <ActionButton look=Look::Danger icon=Icon::Trash on_press=move || open.set(true)>
                {live(move || format!("{}…", label.get()))}
            </ActionButton>
        </div>
        <Confirm open title=derive(move || format!("{}?", label.get())) confirm=label icon=Icon::Trash
            look=Look::Danger busy=derive(|| false) on_confirm=delete>
            <Names entries=work.entries />
            <p>"It can be undone as long as the next page is open, and for 30 days under “Former people”."</p>
        </Confirm>
    }
}

/// What is said while it is done.
const fn doing(deed: Deed) -> &'static str {
    match deed {
        Deed::Change => "Changing them. You may stop; whoever is done stays so, and can be set back.",
        Deed::Delete => "Deleting them. You may stop; whoever is gone stays so, and can be brought back.",
        Deed::UndoChange => "Setting them back.",
        Deed::UndoDelete => "Bringing them back.",
    }
}

/// How far it has got, and what can be done then.
#[component]
fn Progress(work: Work) -> impl IntoView {
    let deed = move || work.deed.get().unwrap_or(Deed::Change);
    let is_busy = memo(move || work.is_busy());
    let counts = memo(move || work.counts());
    let told = move || if is_busy.get() { doing(deed()).to_owned() } else { counts.get().words(deed()) };
    let number = move || format!("{} of {}", counts.get().ended(), counts.get().all());
    view! {
        <p role="status">{live(told)}</p>
        <p class="several-number">{number}</p>
        <progress max=move || counts.get().all() value=move || counts.get().ended() aria-label="People"></progress>
        <div class="form-actions">
            {live(move || if is_busy.get() {
                view! { <ActionButton icon=Icon::Stop on_press=move || work.stop()>"Stop"</ActionButton> }.into_any()
            } else {
                view! { <Afterwards work deed=deed() counts=counts.get() /> }.into_any()
            })}
        </div>
    }
}

#[component]
fn Afterwards(work: Work, deed: Deed, counts: Counts) -> impl IntoView {
    let go_on = match (counts.failed, counts.waiting) {
        (0, 0) => None,
        (0, _) => Some("Go on"),
        (_, 0) => Some("Try those again"),
        (..) => Some("Go on, and try those again"),
    };
    let undo = untrack(|| work.can_be_undone()) && !deed.is_undoing();
    view! {
        {undo.then(|| view! {
            <ActionButton icon=Icon::Undo on_press=move || { work.undo(); focus_heading(); }>"Undo"</ActionButton>
        })}
        {go_on.map(|words| view! {
            <ActionButton look=Look::Primary icon=Icon::Refresh
                on_press=move || { work.go_on(); focus_heading(); }>{words}</ActionButton>
        })}
        <ActionLink href=work.list() look=Look::Quiet icon=Icon::ArrowLeft>"Back to the list"</ActionLink>
    }
}

/// Those with whom it failed, with the reason.
#[component]
fn Failed(work: Work) -> impl IntoView {
    let failed = memo(move || {
        let reason = |entry: &Entry| match &entry.outcome {
            Outcome::Failed(reason) => Some((entry.id.clone(), entry.name.clone(), reason.clone())),
            _ => None,
        };
        work.entries.with(|entries| entries.iter().filter_map(reason).take(LISTED).collect::<Vec<_>>())
    });
    let row = |(id, name, reason): (String, String, String)| {
        view! { <tr><th scope="row"><a translate="no" href=page::employee(&id)>{name}</a></th><td>{reason}</td></tr> }
    };
    live(move || {
        let failed = failed.get();
        (!failed.is_empty()).then(|| {
            view! {
                <h2 id="failed">"Those it failed with"</h2>
                <div class="table-frame" tabindex="0" role="region" aria-labelledby="failed">
                    <table class="table">
                        <thead><tr><th scope="col">"Name"</th><th scope="col">"Reason"</th></tr></thead>
                        <tbody>{failed.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            }
        })
    })
}
