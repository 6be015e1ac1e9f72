//! `/former`: who left, and may be brought back or erased for good.

use leptos::prelude::*;
use rollcall_api::former::{FormerText, FormerTextPage};

use crate::{
    api::Api,
    directory::hand_on,
    erased::{derive, effect, live, spawn},
    paths::page,
    session::{Guard, Permission},
    ui::{
        button::{ActionButton, ActionLink, Look},
        dialog::Confirm,
        field::{FieldErrors, TextField},
        icon::Icon,
        listing::ShowMore,
        page::{PageHeader, focus_heading},
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::{Day, days_left},
        toast::Toasts,
    },
};

/// What the page works with.
#[derive(Clone, Copy)]
struct Former {
    api: Api,
    query: Query<FormerTextPage>,
    /// Whom someone is asked about before they are erased.
    asked: RwSignal<Option<FormerText>>,
}

impl Former {
    /// Takes someone from the list who is not one of them any more.
    fn leave_out(self, id: &str) {
        self.query.change(|page| page.former.retain(|item| item.employee.id != id));
        // The button that was pressed is gone with them.
        focus_heading();
    }
}

#[component]
pub(crate) fn FormerPage() -> impl IntoView {
    view! {
        <Guard permission=Permission::Edit title="Former people" loading=|| view! { <Loading /> }>
            <Everyone />
        </Guard>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! { <Skeleton lines=6 label="Loading former people…" /> }
}

#[component]
fn Everyone() -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || api.former(None));
    let former = Former { api, query, asked: RwSignal::new(None) };
    let lede = || {
        view! {
            <p class="lede">
                "Whoever is deleted is kept here for 30 days, with everything they had."
            </p>
        }
    };
    view! {
        <PageHeader title="Former people" above=(page::DIRECTORY, "Directory") lede />
        <Await query loading=|| view! { <Loading /> } children=move |shown| view! { <People former shown /> } />
        <Erasing former />
    }
}

#[component]
fn People(former: Former, shown: Signal<FormerTextPage>) -> impl IntoView {
    let more = move || async move {
        let cursor = former.query.latest_untracked().and_then(|page| page.next_cursor);
        let next = former.api.former(cursor).await?;
        former.query.change(|page| {
            page.next_cursor = next.next_cursor;
            page.former.extend(next.former);
        });
        Ok(())
    };
    live(move || {
        let FormerTextPage { former: items, next_cursor } = shown.get();
        let has_more = next_cursor.is_some();
        if items.is_empty() && !has_more {
            return view! {
                <Notice icon=Icon::People title="Nobody has left"
                    text="Whoever is deleted, here or by another program, will be listed here and can be brought back.">
                    <ActionLink href=page::DIRECTORY>"To the directory"</ActionLink>
                </Notice>
            }
            .into_any();
        }
        view! {
            <ul class="entries">
                {items.into_iter().map(|person| view! { <Person former person /> }).collect_view()}
            </ul>
            {has_more.then(|| view! { <ShowMore what="former people" read=more /> })}
        }
        .into_any()
    })
}

#[component]
fn Person(former: Former, person: FormerText) -> impl IntoView {
    let toasts = Toasts::current();
    let busy = RwSignal::new(false);
    let asked = person.clone();
    let (name, how) = (name_of(&person), how_words(&person));
    let merged = person.merged_into.is_some();
    let employee = person.employee;
    let facts: Vec<_> =
        [employee.job_title(), employee.location()].into_iter().filter(|text| !text.is_empty()).collect();
    let facts = facts.join(" · ");
    let restore = {
        let (id, name) = (employee.id, name.clone());
        move || {
            let (id, name) = (id.clone(), name.clone());
            busy.set(true);
            spawn(async move {
                match former.api.restore_employee(&id).await {
                    Ok(employee) => {
                        hand_on(vec![employee]);
                        former.leave_out(&id);
                        toasts.done(format!("{name} is back in the directory."));
                    }
                    Err(error) => toasts.refused(&format!("{name} was not restored."), &error),
                }
                busy.try_set(false);
            });
        }
    };
    view! {
        <li>
            <div>
                <h2>{name}</h2>
                <p>{facts}</p>
                <p class="quiet">
                    {how} " on " <Day then=person.left_at /> ". "
                    {match person.expires_at {
                        Some(then) => {
                            let left = days_left(&then);
                            view! { "Kept until " <Day then /> " (" {left} ")." }.into_any()
                        }
                        None => "Kept until someone erases it.".into_any(),
                    }}
                </p>
            </div>
            <ActionButton icon=Icon::Undo busy on_press=restore>{if merged { "Undo the merge" } else { "Restore" }}</ActionButton>
            <ActionButton look=Look::Quiet icon=Icon::Trash
                on_press=move || former.asked.set(Some(asked.clone()))>"Erase"</ActionButton>
        </li>
    }
}

/// Asks for the name before someone is erased.
#[component]
fn Erasing(former: Former) -> impl IntoView {
    let toasts = Toasts::current();
    let (typed, errors) = (RwSignal::new(String::new()), RwSignal::new(FieldErrors::default()));
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let name = move || former.asked.get().map(|person| name_of(&person)).unwrap_or_default();
    effect(move || {
        if former.asked.with(Option::is_some) {
            typed.set(String::new());
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            former.asked.set(None);
        }
    });
    let blocked = derive(move || {
        (typed.get().trim() != name()).then(|| "Type the name as it stands above.".to_owned())
    });
    let erase = move |()| {
        let Some(person) = former.asked.get_untracked() else { return };
        busy.set(true);
        spawn(async move {
            let (id, name) = (&person.employee.id, name_of(&person));
            match former.api.erase_former(id, name.clone()).await {
                Ok(()) => {
                    former.leave_out(id);
                    toasts.done(format!("{name} was erased for good."));
                }
                Err(error) => toasts.refused(&format!("{name} was not erased."), &error),
            }
            busy.try_set(false);
            open.try_set(false);
        });
    };
    view! {
        <Confirm
            open
            title=derive(move || format!("Erase {} for good?", name()))
            confirm="Erase for good"
            icon=Icon::Trash
            look=Look::Danger
            blocked
            busy
            on_confirm=Callback::new(erase)
        >
            <p>
                "Everything that is kept of this person goes, the photo included. Nobody can bring it back. "
                "The audit log says that someone was erased and by whom, and not who it was."
            </p>
            <TextField label=format!("Type {} to confirm", name()) path="confirm" value=typed
                on_input=move |text| typed.set(text) errors required=true />
        </Confirm>
    }
}

/// What someone is called here, and what is typed to erase them: their name, and their id if they have none.
fn name_of(person: &FormerText) -> String {
    let name = person.employee.full_name().trim();
    if name.is_empty() { person.employee.id.clone() } else { name.to_owned() }
}

/// How someone left, in words that a date follows.
fn how_words(person: &FormerText) -> String {
    if let (Some(by), Some(_)) = (&person.by, &person.merged_into) {
        return format!("Merged into another record by {}", by.name);
    }
    match (&*person.how, &person.by) {
        ("deleted", Some(by)) => format!("Deleted by {}", by.name),
        ("elsewhere", _) => "Deleted by another program".to_owned(),
        _ => "Left".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::{employee::Employee, former::By};

    use super::*;

    fn person(full_name: &str, how: &str, by: Option<&str>) -> FormerText {
        let mut employee = Employee { id: "e-1".to_owned(), ..Employee::default() };
        employee.values.set_text("full_name", full_name);
        let by = by.map(|name| By { name: name.to_owned(), subject: "7".to_owned() });
        FormerText {
            employee,
            left_at: String::new(),
            how: how.to_owned(),
            by,
            merged_into: None,
            expires_at: None,
        }
    }

    #[test]
    fn it_is_said_how_someone_left_even_in_a_way_that_this_page_does_not_know() {
        let words = |how, by| how_words(&person("Ada", how, by));
        assert_eq!(words("deleted", Some("edith")), "Deleted by edith");
        assert_eq!(words("elsewhere", None), "Deleted by another program");
        assert_eq!(words("provider", None), "Left");
        assert_eq!(words("retired", None), "Left");
    }

    #[test]
    fn whoever_has_no_name_is_called_by_their_id() {
        assert_eq!(name_of(&person("  Ada ", "deleted", None)), "Ada");
        assert_eq!(name_of(&person(" ", "deleted", None)), "e-1");
    }
}
