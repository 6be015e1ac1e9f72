//! `/duplicates`: who may be there twice, to be merged or told apart.

use std::sync::Arc;

use leptos::{ev::Event, prelude::*};
use leptos_router::hooks::use_query_map;
use rollcall_api::{
    duplicate::{DuplicateGroup, DuplicatePage, Same},
    employee::Employee,
};

use super::comparison::{Pick, Row, is_photo, merge, older_first, rows};
use crate::{
    api::Api,
    erased::{live, memo, spawn},
    paths::page,
    session::{Guard, Permission},
    ui::{
        button::{ActionButton, ActionLink, Look},
        icon::Icon,
        listing::ShowMore,
        page::{PageHeader, focus_heading},
        query::{Await, Query},
        state::{Notice, Skeleton},
        toast::{Toasts, Undo},
    },
};

/// What the page works with.
#[derive(Clone, Copy)]
struct Duplicates {
    api: Api,
    same: Memo<Same>,
    query: Query<DuplicatePage>,
}

#[component]
pub(crate) fn DuplicatesPage() -> impl IntoView {
    view! {
        <Guard permission=Permission::Edit title="Possible duplicates" loading=|| view! { <Loading /> }>
            <Everyone />
        </Guard>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! { <Skeleton lines=8 label="Looking for possible duplicates…" /> }
}

#[component]
fn Everyone() -> impl IntoView {
    let api = Api::current();
    let address = use_query_map();
    let same = memo(move || match address.with(|query| query.get("same")).as_deref() {
        Some("email") => Same::Email,
        _ => Same::NameAndPlace,
    });
    let query = Query::new(move || api.duplicates(same.get(), None));
    let duplicates = Duplicates { api, same, query };
    let tab = move |words, of: Same| {
        view! {
            <a href=page::duplicates(of)
                aria-current=move || (same.get() == of).then_some("page")>{words}</a>
        }
    };
    let lede = || {
        view! {
            <p class="lede">
                "Nobody is merged by itself. Choose what stays, or say that they are different people; both can be undone."
            </p>
        }
    };
    view! {
        <PageHeader title="Possible duplicates" above=(page::DIRECTORY, "Directory") lede />
        <nav class="tabs" aria-label="What they share">
            {tab("Same name and place", Same::NameAndPlace)}
            {tab("Same e-mail address", Same::Email)}
        </nav>
        <Await query loading=|| view! { <Loading /> } children=move |shown| view! { <Groups duplicates shown /> } />
    }
}

#[component]
fn Groups(duplicates: Duplicates, shown: Signal<DuplicatePage>) -> impl IntoView {
    let more = move || async move {
        let cursor = duplicates.query.latest_untracked().and_then(|page| page.next_cursor);
        let next = duplicates.api.duplicates(duplicates.same.get_untracked(), cursor.as_deref()).await?;
        duplicates.query.change(|page| {
            page.next_cursor = next.next_cursor;
            page.groups.extend(next.groups);
        });
        Ok(())
    };
    live(move || {
        let DuplicatePage { groups, next_cursor } = shown.get();
        let has_more = next_cursor.is_some();
        if groups.is_empty() && !has_more {
            return view! {
                <Notice icon=Icon::People title="Nobody seems to be there twice"
                    text="Whoever shares this with someone else, and was not told apart from them, will be listed here.">
                    <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
                </Notice>
            }
            .into_any();
        }
        view! {
            {groups.into_iter().map(|group| view! { <Group duplicates group /> }).collect_view()}
            {has_more.then(|| view! { <ShowMore what="duplicates" words="Show more" read=more /> })}
        }
        .into_any()
    })
}

/// Those who share something. Two of them at a time are held against each other.
#[component]
fn Group(duplicates: Duplicates, group: DuplicateGroup) -> impl IntoView {
    let everyone = StoredValue::new(group.employees);
    let pair = RwSignal::new((0_usize, 1_usize));
    let count = everyone.with_value(Vec::len);
    let choose = move |chosen: Event, which: usize| {
        let number = event_target_value(&chosen).parse().unwrap_or(0);
        pair.update(|(one, other)| match which {
            0 if number != *other => *one = number,
            1 if number != *one => *other = number,
            _ => {}
        });
    };
    let choices = move |which: usize, label: &'static str| {
        let options = everyone.with_value(|all| {
            let option = |(number, one): (usize, &Employee)| {
                let words = format!("{} · {}", one.full_name(), told(one));
                let selected =
                    move || if which == 0 { pair.get().0 == number } else { pair.get().1 == number };
                view! { <option value=number.to_string() selected=selected>{words}</option> }
            };
            all.iter().enumerate().map(option).collect_view()
        });
        view! { <label class="field">{label} " " <select on:change=move |event| choose(event, which)>{options}</select></label> }
    };
    view! {
        <article class="duplicate">
            {(count > 2).then(|| view! {
                <p class="duplicate-pair">
                    {choices(0, "Compare")} {choices(1, "with")}
                    <span class="quiet">{format!("{count} share this")}</span>
                </p>
            })}
            {live(move || {
                let (one, other) = pair.get();
                let two = everyone.with_value(|all| Some((all.get(one)?.clone(), all.get(other)?.clone())));
                two.map(|(one, other)| view! { <Pair duplicates one other /> })
            })}
        </article>
    }
}

/// What tells someone from others of the name.
fn told(employee: &Employee) -> String {
    let texts = [employee.job_title(), employee.location()].into_iter().filter(|text| !text.is_empty());
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() { employee.id.clone() } else { texts.join(", ") }
}

/// Two records side by side.
#[component]
fn Pair(duplicates: Duplicates, one: Employee, other: Employee) -> impl IntoView {
    let (kept, other, is_known) = older_first(one, other);
    let two = RwSignal::new((kept, other));
    live(move || {
        let (kept, other) = two.get();
        let picks = RwSignal::new(rows(&kept, &other));
        let swap = move || two.update(|(kept, other)| std::mem::swap(kept, other));
        let head = |employee: &Employee, words: &'static str| {
            let name = match employee.full_name().trim() {
                "" => employee.id.clone(),
                name => name.to_owned(),
            };
            view! {
                <th scope="col">
                    <a translate="no" href=page::employee(&employee.id)>{name}</a>
                    <span class="quiet">{words}</span>
                </th>
            }
        };
        let [kept_words, other_words] = if is_known {
            ["The older record: its address stays", "The newer record"]
        } else {
            ["Its address stays", "It is not known which is older"]
        };
        let lines = picks.with_untracked(|rows| {
            let line = |(number, row): (usize, &Row)| line(picks, number, row.clone(), &other.id);
            rows.iter().enumerate().map(line).collect_view()
        });
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Both records, side by side">
                <table class="comparison">
                    <thead>
                        <tr><td></td>{head(&kept, kept_words)}{head(&other, other_words)}<td></td></tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
            <p class="actions">
                <Merging duplicates kept=kept.clone() other=other.clone() picks />
                <TellingApart duplicates ids=vec![kept.id, other.id] />
                {(!is_known).then(|| view! {
                    <ActionButton look=Look::Quiet on_press=swap>"Keep the other address"</ActionButton>
                })}
            </p>
        }
    })
}

/// One line: where both differ, a choice.
fn line(picks: RwSignal<Vec<Row>>, number: usize, row: Row, id: &str) -> impl IntoView + use<> {
    let shown = |row: &Row, text: &str| match (text, is_photo(row)) {
        ("", _) => view! { <span class="quiet">"nothing"</span> }.into_any(),
        (url, true) => {
            view! { <img class="small-photo" src=url.to_owned() alt="" width="60" height="80" /> }.into_any()
        }
        (text, false) => view! { <span>{text.to_owned()}</span> }.into_any(),
    };
    if !row.differs() {
        let text = shown(&row, &row.kept);
        return view! { <tr><th scope="row">{row.label}</th><td colspan="3">{text}</td></tr> }.into_any();
    }
    let group = format!("{id}/{}", row.name);
    let choice = |pick: Pick, content: AnyView| {
        let checked = move || picks.with(|rows| rows.get(number).is_some_and(|row| row.pick == pick));
        let choose = move |_| {
            picks.update(|rows| rows.get_mut(number).into_iter().for_each(|row| row.pick = pick));
        };
        view! {
            <label class="pick">
                <input type="radio" name=group.clone() prop:checked=checked on:change=choose />
                {content}
            </label>
        }
    };
    let both = row.joins.then(|| choice(Pick::Both, view! { <span>"Both"</span> }.into_any()));
    view! {
        <tr role="radiogroup" aria-label=row.label>
            <th scope="row">{row.label}</th>
            <td>{choice(Pick::Kept, shown(&row, &row.kept))}</td>
            <td>{choice(Pick::Other, shown(&row, &row.other))}</td>
            <td>{both}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Merging(
    duplicates: Duplicates,
    kept: Employee,
    other: Employee,
    picks: RwSignal<Vec<Row>>,
) -> impl IntoView {
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let press = move || {
        let (kept, other) = (kept.clone(), other.clone());
        let merge = picks.with_untracked(|rows| merge(&other, rows));
        busy.set(true);
        spawn(async move {
            match duplicates.api.merge(&kept.id, &merge).await {
                Ok(now) => {
                    let undo = taking_back(duplicates, toasts, other.id);
                    toasts.done_unless_undone(format!("{} is one record now.", now.full_name()), undo);
                    duplicates.query.refreshed().await;
                    focus_heading();
                }
                Err(error) => toasts.refused("The two were not merged.", &error),
            }
            busy.try_set(false);
        });
    };
    view! { <ActionButton look=Look::Primary icon=Icon::Layers busy on_press=press>"Merge into one"</ActionButton> }
}

fn taking_back(duplicates: Duplicates, toasts: Toasts, other: String) -> Undo {
    Arc::new(move || {
        let other = other.clone();
        spawn(async move {
            match duplicates.api.restore_employee(&other).await {
                Ok(_) => toasts.done("They are two records again, as they were."),
                Err(error) => toasts.refused("The merge was not undone.", &error),
            }
            duplicates.query.refreshed().await;
        });
    })
}

#[component]
fn TellingApart(duplicates: Duplicates, ids: Vec<String>) -> impl IntoView {
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let press = move || {
        let ids = ids.clone();
        busy.set(true);
        spawn(async move {
            match duplicates.api.tell_apart(ids.clone(), true).await {
                Ok(()) => {
                    let undo: Undo = Arc::new(move || {
                        let ids = ids.clone();
                        spawn(async move {
                            if let Err(error) = duplicates.api.tell_apart(ids, false).await {
                                toasts.refused("That was not undone.", &error);
                            }
                            duplicates.query.refreshed().await;
                        });
                    });
                    toasts.done_unless_undone("They will not be listed together again.", undo);
                    duplicates.query.refreshed().await;
                    focus_heading();
                }
                Err(error) => toasts.refused("That was not kept.", &error),
            }
            busy.try_set(false);
        });
    };
    view! { <ActionButton busy on_press=press>"They are different people"</ActionButton> }
}
