//! `/operations/schedules`: the recurring relaunches.

use leptos::prelude::*;
use rollcall_api::{
    schedule::{Hold, Schedule},
    word::Word,
};

use super::{outcome::Tone, schedule_draft::Draft, timeline::Pill};
use crate::{
    api::Api,
    erased::{live, memo, spawn},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        dialog::Confirm,
        icon::{Icon, Picture},
        page::{PageHeader, focus_heading},
        query::{Await, Query},
        state::{Notice, Skeleton},
        time::When,
        toast::Toasts,
        who::Who,
    },
};

type Schedules = Query<Vec<Schedule>>;

#[component]
pub(crate) fn SchedulesPage() -> impl IntoView {
    let api = Api::current();
    let more = RwSignal::new(false);
    let query = Query::new(move || async move {
        let list = api.schedules().await?;
        more.try_set(list.more);
        Ok(list.schedules)
    });
    let note = move || more.get().then(|| view! { <p class="quiet">"There are more; 1,000 are shown."</p> });
    view! {
        <PageHeader title="Schedules">
            <ActionLink href=page::NEW_SCHEDULE look=Look::Primary icon=Icon::Plus>"New schedule"</ActionLink>
        </PageHeader>
        {live(note)}
        <Await query loading=|| view! { <Skeleton lines=6 label="Loading the schedules…" /> }
            children=move |schedules| view! { <List query schedules /> } />
    }
}

#[component]
fn List(query: Schedules, schedules: Signal<Vec<Schedule>>) -> impl IntoView {
    let is_empty = memo(move || schedules.with(Vec::is_empty));
    let schedule_names = move || {
        schedules.with(|schedules| schedules.iter().map(|schedule| schedule.name.clone()).collect::<Vec<_>>())
    };
    live(move || {
        if is_empty.get() {
            return view! {
                <Notice icon=Icon::Clock title="There are no schedules yet"
                    text="A schedule relaunches the host again and again, say each Sunday night, so that it \
                        starts from a fresh instance.">
                    <ActionLink href=page::NEW_SCHEDULE look=Look::Primary icon=Icon::Plus>
                        "New schedule"
                    </ActionLink>
                </Notice>
            }
            .into_any();
        }
        // A schedule that changes stays in its place, and the focus on its buttons with it.
        view! {
            <ul class="schedules">
                <For each=schedule_names key=Clone::clone children=move |name| view! { <Item query schedules name /> } />
            </ul>
        }
        .into_any()
    })
}

#[component]
fn Item(query: Schedules, schedules: Signal<Vec<Schedule>>, name: String) -> impl IntoView {
    let heading = format!("schedule-{name}");
    let schedule = {
        let name = name.clone();
        memo(move || {
            schedules.with(|schedules| schedules.iter().find(|schedule| schedule.name == name).cloned())
        })
    };
    let enabled =
        memo(move || schedule.with(|schedule| schedule.as_ref().is_some_and(|schedule| schedule.enabled)));
    let held = memo(move || schedule.with(|schedule| schedule.as_ref()?.held.clone()));
    let pill = move || {
        let (words, tone) = if enabled.get() { ("Enabled", Tone::Good) } else { ("Disabled", Tone::Neutral) };
        view! { <Pill words=words.to_owned() tone /> }
    };
    view! {
        <li>
            <section class="panel" aria-labelledby=heading.clone()>
                <header class="panel-header">
                    <h2 id=heading.clone()>{name.clone()}</h2>
                    {pill}
                    <div class="panel-actions"><Actions query schedule name=name.clone() enabled /></div>
                </header>
                {live(move || held.get().map(|hold| view! { <Held query name=name.clone() hold /> }))}
                {live(move || schedule.get().map(|schedule| view! { <Facts schedule /> }))}
            </section>
        </li>
    }
}

/// Why a schedule's runs are skipped, and the way to have them made again.
#[component]
fn Held(query: Schedules, name: String, hold: Hold) -> impl IntoView {
    let asking = RwSignal::new(false);
    let Hold { rollback, to_revision, by } = hold;
    let of = format!(" {name}");
    view! {
        <div class="held">
            <Picture icon=Icon::Alert />
            <p>
                <strong>"Held: "</strong> "it would undo the "
                <a href=page::relaunch(&rollback)>{format!("rollback to revision {to_revision}")}</a>
                " by " <Who actor=Word::Known(by) /> ". Its runs are skipped."
            </p>
            <ActionButton icon=Icon::Refresh on_press=move || asking.set(true)>
                "Take up again" <span class="visually-hidden">{of}</span>
            </ActionButton>
            <TakeUp query name to_revision asking />
        </div>
    }
}

/// Takes a held schedule up again, after asking.
#[component]
fn TakeUp(query: Schedules, name: String, to_revision: u32, asking: RwSignal<bool>) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let title = format!("Take {name} up again?");
    let take_up = move |()| {
        let name = name.clone();
        busy.set(true);
        spawn(async move {
            let taken_up = api.take_up_schedule(&name).await;
            busy.try_set(false);
            asking.try_set(false);
            match taken_up {
                Ok(schedule) => {
                    toasts.done(format!("The schedule {name} was taken up again."));
                    put(query, schedule);
                    focus_heading();
                }
                Err(error) => {
                    toasts.refused(&format!("{name} was not taken up again."), &error);
                    query.refresh();
                }
            }
        });
    };
    view! {
        <Confirm open=asking title confirm="Take up again" icon=Icon::Refresh look=Look::Primary busy
            on_confirm=Callback::new(take_up)>
            <p>{format!("Its next run undoes the rollback to revision {to_revision}. A later rollback holds it again.")}</p>
        </Confirm>
    }
}

/// Puts a schedule that changed in its place.
fn put(query: Schedules, changed: Schedule) {
    query.change(|schedules| {
        if let Some(old) = schedules.iter_mut().find(|old| old.name == changed.name) {
            *old = changed;
        }
    });
}

#[component]
fn Facts(schedule: Schedule) -> impl IntoView {
    let Schedule { expression, time_zone, enabled, revision, next_runs, next_runs_unknown, .. } = schedule;
    let revision = match revision {
        Some(number) => {
            view! { <a href=page::revision(number)>{format!("Revision {number}")}</a> }.into_any()
        }
        None => "The newest at that time".into_any(),
    };
    let runs = match (next_runs.is_empty(), enabled) {
        (true, true) => {
            let told = next_runs_unknown
                .map_or_else(|| "None to come".to_owned(), |reason| format!("Not known: {reason}"));
            view! { <span class="quiet">{told}</span> }.into_any()
        }
        (true, false) => view! { <span class="quiet">"None while it is disabled"</span> }.into_any(),
        (false, _) => {
            let zone = time_zone.clone();
            view! {
                <ol class="runs">
                    {next_runs.into_iter().map(|then| view! {
                        <li><When then zone=zone.clone() /></li>
                    }).collect_view()}
                </ol>
            }
            .into_any()
        }
    };
    view! {
        <dl class="facts facts-dense">
            <div><dt>"Due"</dt><dd><code>{expression}</code></dd></div>
            <div><dt>"Time zone"</dt><dd>{time_zone}</dd></div>
            <div><dt>"Launches"</dt><dd>{revision}</dd></div>
            <div class="wide"><dt>"Next runs"</dt><dd>{runs}</dd></div>
        </dl>
    }
}

/// Changing, pausing and removing a schedule.
#[component]
fn Actions(
    query: Schedules,
    schedule: Memo<Option<Schedule>>,
    name: String,
    enabled: Memo<bool>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let (for_edit, for_delete) = (format!(" {name}"), format!(" {name}"));
    view! {
        <Toggle query schedule name=name.clone() enabled />
        <ActionLink href=page::edit_schedule(&name) look=Look::Quiet icon=Icon::Pencil>
            "Edit" <span class="visually-hidden">{for_edit}</span>
        </ActionLink>
        <ActionButton look=Look::Quiet icon=Icon::Trash on_press=move || asking.set(true)>
            "Delete" <span class="visually-hidden">{for_delete}</span>
        </ActionButton>
        <Deletion query schedule name asking />
    }
}

/// Enables or disables a schedule.
#[component]
fn Toggle(
    query: Schedules,
    schedule: Memo<Option<Schedule>>,
    name: String,
    enabled: Memo<bool>,
) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let toggle = move || {
        let Some(schedule) = schedule.get_untracked() else { return };
        let draft = Draft { enabled: !schedule.enabled, ..Draft::of(&schedule) };
        let Ok(input) = draft.checked(false) else { return };
        busy.set(true);
        spawn(async move {
            match api.replace_schedule(&draft.name, &input, draft.tag.as_deref()).await {
                Ok(changed) => put(query, changed),
                Err(error) => {
                    toasts.refused(&format!("{} was not changed.", draft.name), &error);
                    query.refresh();
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <ActionButton look=Look::Quiet icon=Icon::Clock busy on_press=toggle>
            {live(move || if enabled.get() { "Disable" } else { "Enable" })}
            <span class="visually-hidden">{format!(" {name}")}</span>
        </ActionButton>
    }
}

#[component]
fn Deletion(
    query: Schedules,
    schedule: Memo<Option<Schedule>>,
    name: String,
    asking: RwSignal<bool>,
) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let title = format!("Delete the schedule {name}?");
    let delete = move |()| {
        let name = name.clone();
        // What is deleted is what is shown.
        let tag = schedule.get_untracked().and_then(|schedule| schedule.tag);
        busy.set(true);
        spawn(async move {
            let deleted = api.delete_schedule(&name, tag.as_deref()).await;
            busy.try_set(false);
            asking.try_set(false);
            match deleted {
                // Someone else was faster: what was wanted is so.
                Err(error) if !error.is_missing() => {
                    toasts.refused(&format!("{name} was not deleted."), &error);
                    query.refresh();
                }
                _ => {
                    toasts.done(format!("The schedule {name} was deleted."));
                    query.change(|schedules| schedules.retain(|schedule| schedule.name != name));
                    focus_heading();
                }
            }
        });
    };
    view! {
        <Confirm open=asking title confirm="Delete" icon=Icon::Trash look=Look::Danger busy
            on_confirm=Callback::new(delete)>
            <p>"It relaunches the host no more. A relaunch in progress goes on."</p>
        </Confirm>
    }
}
