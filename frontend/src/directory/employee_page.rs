//! `/employees/{id}`: one employee.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use rollcall_api::employee::Employee;

use super::{detail::details, portrait::Portrait, store::Directory};
use crate::{
    api::Api,
    erased::{derive, live, spawn},
    paths::page,
    session::{Permission, SignedIn},
    ui::{
        badge::BadgeList,
        button::{ActionButton, ActionLink, Look},
        dialog::Confirm,
        icon::Icon,
        page::PageHeader,
        query::{Await, Query},
        save::save,
        state::Skeleton,
        toast::Toasts,
    },
};

#[component]
pub(crate) fn EmployeePage(id: String) -> impl IntoView {
    let (api, directory) = (Api::current(), Directory::current());
    let (edit, chart) = (page::edit_employee(&id), page::chart_at(&id));
    let known = {
        let id = id.clone();
        move || directory.known(&id)
    };
    let query = Query::with_known(known, move || {
        let id = id.clone();
        async move { api.employee(&id).await }
    });
    let title = derive(move || {
        query.latest().map_or_else(|| "Employee".to_owned(), |employee| employee.full_name().to_owned())
    });
    let lede = move || {
        query.latest().map(|employee| view! { <p class="lede">{employee.job_title().to_owned()}</p> })
    };
    view! {
        <PageHeader title above=(page::DIRECTORY, "Directory") lede>
            <ActionLink href=chart look=Look::Quiet icon=Icon::Layers>"Show in the chart"</ActionLink>
            <CardButton query />
            <Actions edit query />
        </PageHeader>
        <Await query loading=|| view! { <Skeleton lines=5 label="Loading the employee…" /> }
            children=|employee| view! { <Profile employee /> } />
    }
}

/// Saves the employee as a card for an address book.
#[component]
fn CardButton(query: Query<Employee>) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let press = move || {
        let Some(employee) = query.latest_untracked() else { return };
        busy.set(true);
        spawn(async move {
            let name = employee.full_name();
            match api.vcard(&employee.id).await {
                Ok(card) => save(&format!("{name}.vcf"), "text/vcard", &card),
                Err(error) => toasts.refused(&format!("The card of {name} could not be saved."), &error),
            }
            busy.try_set(false);
        });
    };
    view! {
        <ActionButton look=Look::Quiet icon=Icon::Download busy on_press=press>"vCard"</ActionButton>
    }
}

#[component]
fn Actions(edit: String, query: Query<Employee>) -> impl IntoView {
    let may_not_edit = SignedIn::current().reason_against(Permission::Edit);
    let blocked = derive(move || {
        may_not_edit
            .get()
            .or_else(|| query.latest().is_none().then(|| "There is nothing to change.".to_owned()))
    });
    let asking = RwSignal::new(false);
    view! {
        <ActionLink href=edit icon=Icon::Pencil blocked>
            "Edit"
        </ActionLink>
        <ActionButton icon=Icon::Trash blocked on_press=move || asking.set(true)>"Delete"</ActionButton>
        <Deletion query asking />
    }
}

#[component]
fn Deletion(query: Query<Employee>, asking: RwSignal<bool>) -> impl IntoView {
    let (api, directory, toasts) = (Api::current(), Directory::current(), Toasts::current());
    let navigate = use_navigate();
    let busy = RwSignal::new(false);
    let name = move || query.latest().map(|employee| employee.full_name().to_owned()).unwrap_or_default();
    let delete = move |()| {
        let Some(employee) = query.latest_untracked() else { return };
        let navigate = navigate.clone();
        busy.set(true);
        spawn(async move {
            let deleted = api.delete_employee(&employee.id).await;
            busy.try_set(false);
            asking.try_set(false);
            match deleted {
                // Someone else was faster: what was wanted is so.
                Err(error) if !error.is_missing() => {
                    toasts.refused(&format!("{} was not deleted.", employee.full_name()), &error);
                }
                _ => {
                    directory.remove(&employee.id);
                    let text = format!("{} was deleted.", employee.full_name());
                    toasts.done_unless_undone(
                        text,
                        Arc::new(move || restore(&employee, api, directory, toasts)),
                    );
                    navigate(page::DIRECTORY, Default::default());
                }
            }
        });
    };
    view! {
        <Confirm
            open=asking
            title=derive(move || format!("Delete {}?", name()))
            confirm="Delete"
            icon=Icon::Trash
            look=Look::Danger
            busy
            on_confirm=Callback::new(delete)
        >
            <p>
                <strong>{derive(name)}</strong>
                " leaves the directory, and can be brought back for 30 days, with everything, under “Former people”."
            </p>
        </Confirm>
    }
}

/// Takes a deletion back.
fn restore(employee: &Employee, api: Api, directory: Directory, toasts: Toasts) {
    let (id, name) = (employee.id.clone(), employee.full_name().to_owned());
    spawn(async move {
        match api.restore_employee(&id).await {
            Ok(employee) => {
                directory.put(employee);
                toasts.done(format!("{name} is back in the directory."));
            }
            Err(error) => toasts.refused(&format!("{name} was not restored."), &error),
        }
    });
}

#[component]
fn Profile(employee: Signal<Employee>) -> impl IntoView {
    live(move || {
        let employee = employee.get();
        let alt = format!("Photo of {}", employee.full_name());
        let details = details(&employee);
        let left = employee.not_understood.clone();
        let Employee { badges, newer_badges, .. } = employee.clone();
        let has_badges = !badges.is_empty();
        let others = other_badges(newer_badges.len());
        view! {
            <article class="profile">
                <Portrait employee alt sharp=true />
                <dl class="facts">
                    {details}
                    {(has_badges || others.is_some()).then(|| view! {
                        <div>
                            <dt>"Badges"</dt>
                            <dd>
                                {has_badges.then(|| view! { <BadgeList badges /> })}
                                {others.map(|words| view! { <span class="quiet">{words}</span> })}
                            </dd>
                        </div>
                    })}
                    {(!left.is_empty()).then(|| view! {
                        <div>
                            <dt>"Left by another program, and not understood"</dt>
                            <dd>
                                {left.into_iter().map(|it| view! { <p><code>{it.text}</code></p> }).collect_view()}
                            </dd>
                        </div>
                    })}
                </dl>
            </article>
        }
    })
}

/// What there is to say of badges that this page has no name for.
fn other_badges(newer: usize) -> Option<String> {
    match newer {
        0 => None,
        1 => Some("1 badge that this page doesn’t know yet; reload it".to_owned()),
        newer => Some(format!("{newer} badges that this page doesn’t know yet; reload it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wears_a_badge_that_the_page_does_not_know_wears_some() {
        assert_eq!(other_badges(0), None);
        assert_eq!(other_badges(1).as_deref(), Some("1 badge that this page doesn’t know yet; reload it"));
        assert!(other_badges(2).is_some_and(|words| words.starts_with("2 badges that")));
    }
}
