//! `/operations/schedules/new` and `/operations/schedules/{name}/edit`.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use rollcall_api::schedule::Schedule;

use super::{panel::Panel, schedule_draft::Draft, schedule_meanwhile::merged};
use crate::{
    api::{Api, ApiError},
    erased::{derive, live, memo, spawn},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        field::{CheckField, FieldErrors, FormFailure, SelectField, TextField, focus_first_invalid},
        icon::Icon,
        listing::ShowMore,
        page::PageHeader,
        query::{Await, Query},
        state::Skeleton,
        time::{browser_zone, known_zones},
        toast::Toasts,
    },
};

const EXPRESSION_HELP: &str = "cron(minutes hours day-of-month month day-of-week year), with ? for one of the \
    days, or rate(value unit). Each Sunday at three: cron(0 3 ? * SUN *). Each week from now: rate(7 days).";

#[component]
pub(crate) fn NewSchedulePage() -> impl IntoView {
    view! {
        <PageHeader title="New schedule" above=(page::SCHEDULES, "Schedules") />
        <ScheduleForm schedule=None />
    }
}

#[component]
pub(crate) fn EditSchedulePage(name: String) -> impl IntoView {
    let api = Api::current();
    let title = format!("Edit {name}");
    // Asked for anew: nobody's change should be undone by an older copy.
    let query = Query::new(move || {
        let name = name.clone();
        async move { api.schedule(&name).await }
    });
    view! {
        <PageHeader title above=(page::SCHEDULES, "Schedules") />
        <Await query loading=|| view! { <Skeleton lines=6 label="Loading the schedule…" /> }
            children=|schedule| view! { <ScheduleForm schedule=Some(schedule.get_untracked()) /> } />
    }
}

#[derive(Clone, Copy)]
struct Form {
    draft: RwSignal<Draft>,
    /// What it began with: the schedule as it was seen.
    seen: RwSignal<Draft>,
    is_new: bool,
    errors: RwSignal<FieldErrors>,
    failure: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
}

impl Form {
    async fn save(self, api: Api) -> Option<Schedule> {
        self.failure.set(None);
        let draft = self.draft.get_untracked();
        let input = match draft.checked(self.is_new) {
            Ok(input) => input,
            Err(errors) => {
                self.refuse(errors);
                return None;
            }
        };
        self.busy.set(true);
        let saved = if self.is_new {
            api.create_schedule(&input).await
        } else {
            api.replace_schedule(&draft.name, &input, draft.tag.as_deref()).await
        };
        let refused = match saved {
            Ok(schedule) => {
                self.busy.try_set(false);
                return Some(schedule);
            }
            Err(error) if error.is_changed_meanwhile() => self.look_again(api, draft).await.err(),
            Err(error) => Some(error),
        };
        self.busy.try_set(false);
        refused.iter().for_each(|error| self.fail(error));
        None
    }

    /// Tells what someone else has changed, and goes on from what is there now.
    async fn look_again(self, api: Api, mut draft: Draft) -> Result<(), ApiError> {
        let now = Draft::of(&api.schedule(&draft.name).await?);
        let told = self.seen.with_untracked(|before| merged(&mut draft, before, &now));
        self.draft.try_set(draft);
        self.seen.try_set(now);
        self.failure.try_set(Some(told));
        Ok(())
    }

    fn fail(self, error: &ApiError) {
        if error.field_errors().is_empty() {
            let id = error.request_id().map(|id| format!(" Request {id}")).unwrap_or_default();
            self.failure.try_set(Some(format!("{}{id}", error.message())));
        } else {
            self.refuse(FieldErrors::from(error.field_errors()));
        }
    }

    fn refuse(self, errors: FieldErrors) {
        let shown: &[&str] = if self.is_new {
            &["name", "expression", "time_zone", "enabled", "revision"]
        } else {
            &["expression", "time_zone", "enabled", "revision"]
        };
        let other_errors = errors.not_among(shown);
        if !other_errors.is_empty() {
            self.failure.try_set(Some(other_errors.join(" ")));
        }
        self.errors.try_set(errors);
        focus_first_invalid();
    }

    fn text(self, read: impl Fn(&Draft) -> String + Send + Sync + 'static) -> Signal<String> {
        derive(move || self.draft.with(&read))
    }
}

#[component]
fn ScheduleForm(schedule: Option<Schedule>) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let navigate = use_navigate();
    let is_new = schedule.is_none();
    let draft = schedule.as_ref().map_or_else(|| Draft::new(browser_zone()), Draft::of);
    let form = Form {
        seen: RwSignal::new(draft.clone()),
        draft: RwSignal::new(draft),
        is_new,
        errors: RwSignal::new(FieldErrors::default()),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if form.busy.get_untracked() {
            return;
        }
        let navigate = navigate.clone();
        spawn(async move {
            if let Some(schedule) = form.save(api).await {
                let verb = if is_new { "created" } else { "changed" };
                toasts.done(format!("The schedule {} was {verb}.", schedule.name));
                navigate(page::SCHEDULES, Default::default());
            }
        });
    };
    let (draft, errors) = (form.draft, form.errors);
    view! {
        <form class="form" novalidate on:submit=submit>
            <FormFailure failure=form.failure />
            {is_new.then(|| view! {
                <TextField label="Name" path="name" errors required=true code=true
                    help="Letters, digits, - and _. It can’t be changed later."
                    value=form.text(|draft| draft.name.clone())
                    on_input=move |text| draft.update(|draft| draft.name = text) />
            })}
            <TextField label="Due" path="expression" errors required=true code=true help=EXPRESSION_HELP
                placeholder="cron(0 3 ? * SUN *)"
                value=form.text(|draft| draft.expression.clone())
                on_input=move |text| draft.update(|draft| draft.expression = text) />
            <div class="field-pair">
                <TextField label="Time zone" path="time_zone" errors suggestions=known_zones()
                    help="What a cron expression is meant in. Summer time is followed."
                    placeholder="UTC"
                    value=form.text(|draft| draft.time_zone.clone())
                    on_input=move |text| draft.update(|draft| draft.time_zone = text) />
                <RevisionField form />
            </div>
            <CheckField label="Enabled" help="A disabled schedule is kept, and doesn’t run."
                checked=derive(move || draft.with(|draft| draft.enabled))
                on_change=move |enabled| draft.update(|draft| draft.enabled = enabled) />
            <div class="form-actions">
                <ActionButton look=Look::Primary icon=Icon::Check busy=form.busy submits=true>
                    {if is_new { "Create schedule" } else { "Save changes" }}
                </ActionButton>
                <ActionLink href=page::SCHEDULES look=Look::Quiet>"Cancel"</ActionLink>
            </div>
        </form>
    }
}

#[component]
fn RevisionField(form: Form) -> impl IntoView {
    let panel = Panel::current();
    let options = derive(move || {
        let chosen = form.draft.with(|draft| draft.revision);
        let known = panel.revisions.latest().map(|listing| listing.items).unwrap_or_default();
        options(known.into_iter().map(|revision| revision.number).collect(), chosen)
    });
    let has_older =
        memo(move || panel.revisions.latest().is_some_and(|listing| listing.next_cursor.is_some()));
    view! {
        <div>
            <SelectField label="Launches" path="revision" errors=form.errors options
                value=form.text(|draft| draft.revision.map(|number| number.to_string()).unwrap_or_default())
                on_change=move |text: String| form.draft.update(|draft| draft.revision = text.parse().ok()) />
            {live(move || has_older.get().then(|| view! {
                <ShowMore what="revisions" read=move || panel.more_revisions() />
            }))}
        </div>
    }
}

/// The revisions to choose from, each with what people read: those that are known, and the one that is chosen.
fn options(mut numbers: Vec<u32>, chosen: Option<u32>) -> Vec<(String, String)> {
    // One so old that it hasn't been read is still what the schedule launches.
    numbers.extend(chosen.filter(|chosen| !numbers.contains(chosen)));
    let newest = (String::new(), "The newest at that time".to_owned());
    let numbered = numbers.into_iter().map(|number| (number.to_string(), format!("Revision {number}")));
    std::iter::once(newest).chain(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_schedule_launches_can_be_chosen_though_it_has_not_been_read() {
        let values = |numbers: &[u32], chosen| {
            options(numbers.to_vec(), chosen).into_iter().map(|(value, _)| value).collect::<Vec<_>>()
        };
        assert_eq!(values(&[30, 29], Some(3)), ["", "30", "29", "3"]);
        assert_eq!(values(&[30, 29, 3], Some(3)), ["", "30", "29", "3"]);
        assert_eq!(values(&[], None), [""]);
    }
}
