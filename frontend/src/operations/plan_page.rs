//! `/operations/plan?revision={n}`: what launching a revision would do, and doing it.

use leptos::prelude::*;
use leptos_router::{hooks::use_navigate, hooks::use_query_map};
use rollcall_api::{
    plan::{CheckOutcome, Drift, PlanInput, SettingChange},
    relaunch::RelaunchInput,
    word::Word,
};

use super::{
    asking::{Asking, AskingFields},
    diff::{DiffTable, summary, unified},
    outcome::{Tone, step_name},
    panel::{IN_PROGRESS, Panel},
    plan_link::Replacement,
    timeline::Pill,
};
use crate::{
    api::{Api, Check, DiffHunk, Plan, PlannedStep},
    erased::{derive, effect, live, memo, on_change, spawn},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        copy::CopyButton,
        dialog::Confirm,
        icon::{Icon, Picture},
        lower_first,
        page::PageHeader,
        query::{Await, Query},
        state::{Notice, Skeleton},
        toast::Toasts,
    },
};

/// The words on the button that starts what a plan says.
fn action(plan: &Plan) -> String {
    if plan.changes { Replacement::planned(plan).action() } else { "Relaunch anyway".to_owned() }
}

/// Why a plan can't be carried out, by what it says itself; none when it can.
fn reason_against(plan: &Plan) -> Option<String> {
    if plan.in_progress.is_some() {
        return Some(IN_PROGRESS.to_owned());
    }
    let failed: Vec<_> = plan
        .preflight
        .iter()
        .filter(|check| check.outcome.is(CheckOutcome::Failed))
        .map(|check| check.name.as_str())
        .collect();
    (!failed.is_empty()).then(|| format!("A preflight check failed: {}.", failed.join(", ")))
}

/// What people call a setting; a variable keeps its own name.
fn setting_words(name: &str) -> &str {
    match name {
        "recipe" => "Recipe",
        "image" => "Image",
        "instance_type" => "Instance type",
        "fallback_instance_types" => "Fallback instance types",
        name => name.strip_prefix("variables.").unwrap_or(name),
    }
}

/// What a thing is called that can be otherwise than it is recorded.
fn drift_words(name: &str) -> &str {
    match name {
        "host" => "Host",
        "state" => "State",
        "address" => "Address",
        "service" => "Service",
        "subnet" => "Subnet",
        "user_data" => "User data",
        "revision" => "Revision",
        "launch_template" => "Launch template",
        name => setting_words(name),
    }
}

/// Whether a host runs otherwise than it was launched, so that both are worth showing.
fn is_told_apart(settings: &[SettingChange]) -> bool {
    settings.iter().any(|setting| setting.recorded.is_some() && setting.recorded != setting.from)
}

/// What a check's outcome is called and shown with.
fn check_words(outcome: &Word<CheckOutcome>) -> (&str, Icon, &'static str) {
    match outcome {
        Word::Known(CheckOutcome::Passed) => ("Passed", Icon::Check, "check check-passed"),
        Word::Known(CheckOutcome::Failed) => ("Failed", Icon::Cross, "check check-failed"),
        Word::Known(CheckOutcome::Unknown) => ("Not known yet", Icon::Question, "check check-unknown"),
        Word::Other(text) => (text, Icon::Question, "check check-unknown"),
    }
}

/// The plan for the revision in the address; for the newest when it names none.
#[component]
pub(crate) fn PlanPage() -> impl IntoView {
    let query = use_query_map();
    let asked = memo(move || query.with(|query| query.get("revision")));
    live(move || match asked.get().map(|text| text.parse::<u32>()).transpose() {
        Ok(revision) => view! { <PlanOf revision /> }.into_any(),
        Err(_) => view! {
            <PageHeader title="Plan" above=(page::OPERATIONS, "Host") />
            <Notice icon=Icon::Search title="There is no such revision"
                text="Revisions have numbers; the address names something else.">
                <ActionLink href=page::REVISIONS>"To the revisions"</ActionLink>
            </Notice>
        }
        .into_any(),
    })
}

#[component]
fn PlanOf(revision: Option<u32>) -> impl IntoView {
    let (api, panel) = (Api::current(), Panel::current());
    let query = Query::new(move || async move { api.plan(&PlanInput { revision }).await });
    // What a relaunch would do depends on the host there is, and on what happens to it.
    let situation = memo(move || {
        let host = panel.living_host().map(|host| (host.instance_id, host.revision));
        panel.host.latest()?;
        let newest = panel.relaunches.latest()?.items.into_iter().next();
        Some((newest.map(|relaunch| (relaunch.id, relaunch.outcome.is_none())), host))
    });
    // The panel may hear later of one that is in progress.
    effect(move || {
        let told = query.latest().is_some_and(|plan| plan.in_progress.is_some());
        if told && untrack(|| panel.in_progress().is_none()) {
            panel.relaunches.refresh();
        }
    });
    let was_known = StoredValue::new(situation.get_untracked().is_some());
    on_change(situation, move |now| {
        if now.is_some() && was_known.get_value() {
            query.refresh();
        }
        was_known.set_value(now.is_some() || was_known.get_value());
    });
    let title = derive(move || match (query.latest(), revision) {
        (Some(plan), _) => format!("Plan: {}", lower_first(&Replacement::planned(&plan).action())),
        (None, Some(number)) => format!("Plan for revision {number}"),
        (None, None) => "Plan".to_owned(),
    });
    view! {
        <PageHeader title above=(page::OPERATIONS, "Host")
            lede=|| view! { <p class="lede">"Nothing has been changed yet."</p> }>
            <StartButton query />
        </PageHeader>
        <Await query loading=|| view! { <Skeleton lines=10 label="Loading the plan…" /> }
            children=|plan| view! { <Content plan /> } />
    }
}

/// Carries the plan out, after asking.
#[component]
fn StartButton(query: Query<Plan>) -> impl IntoView {
    let (api, panel, toasts) = (Api::current(), Panel::current(), Toasts::current());
    let navigate = use_navigate();
    let asking = Asking::why("relaunch");
    let busy = RwSignal::new(false);
    let blocked = derive(move || {
        panel.reason_against_change().or_else(|| match query.latest() {
            Some(plan) => reason_against(&plan),
            None => Some("There is no plan yet.".to_owned()),
        })
    });
    let words = derive(move || query.latest().map_or_else(|| "Relaunch".to_owned(), |plan| action(&plan)));
    let verb = derive(move || match query.latest() {
        Some(plan) if plan.changes => Replacement::planned(&plan).verb().to_owned(),
        _ => "Relaunch anyway".to_owned(),
    });
    let question =
        derive(move || query.latest().map(|plan| Replacement::planned(&plan).question()).unwrap_or_default());
    let start = move |()| {
        let Some(plan) = query.latest_untracked() else { return };
        let Ok(why) = asking.checked() else { return };
        let input = RelaunchInput { revision: Some(plan.to_revision), force: !plan.changes, reason: why };
        let navigate = navigate.clone();
        busy.set(true);
        spawn(async move {
            let started = api.start_relaunch(&input).await;
            busy.try_set(false);
            if started.as_ref().is_err_and(|error| asking.is_refused(error)) {
                return;
            }
            asking.open.try_set(false);
            match started {
                Ok(relaunch) => {
                    let to = page::relaunch(&relaunch.id);
                    panel.put_relaunch(relaunch);
                    navigate(&to, Default::default());
                }
                Err(error) => {
                    toasts.refused("The relaunch was not started.", &error);
                    // Most likely another one is in progress, or the host is another one by now: show it.
                    panel.relaunches.refresh();
                    query.refresh();
                }
            }
        });
    };
    view! {
        <ActionButton look=Look::Primary icon=Icon::Refresh blocked on_press=move || asking.open.set(true)>
            {live(move || words.get())}
        </ActionButton>
        <Confirm open=asking.open title=question confirm=verb icon=Icon::Refresh look=Look::Primary
            blocked=derive(move || blocked.get().or_else(|| asking.reason_against())) busy on_confirm=Callback::new(start)>
            <p>{live(move || query.latest().map(|plan| Replacement::planned(&plan).meaning()))}</p>
            <AskingFields asking />
        </Confirm>
    }
}

#[component]
fn Content(plan: Signal<Plan>) -> impl IntoView {
    live(move || {
        let plan = plan.get();
        let meaning = Replacement::planned(&plan).meaning();
        let Plan {
            changes, user_data_diff, drift, recorded_by, in_progress, settings, preflight, steps, ..
        } = plan;
        view! {
            {in_progress.map(|id| view! {
                <div class="banner">
                    <Picture icon=Icon::Clock />
                    <p>
                        <a href=page::relaunch(&id)>"A relaunch is in progress"</a>
                        ", which has to end first. What follows is as of now."
                    </p>
                </div>
            })}
            <div class="plan-outcome">
                <p>{meaning}</p>
                {(!changes).then(|| view! {
                    <p class="plan-same">
                        <Picture icon=Icon::Info />
                        <span>
                            <strong>"Nothing would change"</strong>
                            " but the instance itself: the host runs exactly this already."
                        </span>
                    </p>
                })}
            </div>
            <Checks checks=preflight />
            <DriftTable drift recorded_by />
            <Settings settings />
            <UserData hunks=user_data_diff />
            <Steps steps />
        }
    })
}

#[component]
fn Checks(checks: Vec<Check>) -> impl IntoView {
    let count = count(&checks);
    view! {
        <section class="panel" aria-labelledby="checks">
            <header class="panel-header">
                <h2 id="checks">"Preflight checks"</h2>
                <span class="quiet">{count}</span>
            </header>
            <ul class="checks">
                {checks.into_iter().map(|Check { name, outcome, detail }| {
                    let (words, icon, class) = check_words(&outcome);
                    let words = words.to_owned();
                    view! {
                        <li class=class>
                            <span class="check-mark"><Picture icon /></span>
                            <h3>{name}</h3>
                            <span class="check-outcome">{words}</span>
                            <p>{detail}</p>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </section>
    }
}

/// How the checks ended, in a few words. Of one that can't be told, or that this page doesn't know how to read, nobody may
/// believe that it passed.
fn count(checks: &[Check]) -> String {
    let ended = |outcome| checks.iter().filter(|check| check.outcome.is(outcome)).count();
    let (passed, failed) = (ended(CheckOutcome::Passed), ended(CheckOutcome::Failed));
    match (failed, checks.len().saturating_sub(passed + failed)) {
        (0, 0) => "None failed".to_owned(),
        (0, unknown) => format!("{unknown} not known yet"),
        (failed, 0) => format!("{failed} failed"),
        (failed, unknown) => format!("{failed} failed, {unknown} not known yet"),
    }
}

/// Where the host is not as it is recorded, if anywhere.
#[component]
fn DriftTable(drift: Vec<Drift>, recorded_by: Option<String>) -> impl IntoView {
    (!drift.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="drift">
                <header class="panel-header">
                    <h2 id="drift">"Drift"</h2>
                    <span class="quiet">
                        "Since "
                        {match recorded_by {
                            Some(id) => {
                                view! { <a href=page::relaunch(&id)>"the last relaunch that succeeded"</a> }.into_any()
                            }
                            None => "the last relaunch that succeeded".into_any(),
                        }}
                    </span>
                </header>
                <div class="table-scroll" role="region" aria-label="Drift, as recorded and now" tabindex="0">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"What"</th>
                                <th scope="col">"Recorded"</th>
                                <th scope="col">"Now"</th>
                                <th scope="col">"How it came about"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {drift.into_iter().map(|Drift { name, recorded, live, how }| view! {
                                <tr class="setting-changed">
                                    <th scope="row">{drift_words(&name).to_owned()}</th>
                                    <td class="drift-side"><code>{recorded}</code></td>
                                    <td class="drift-side"><code>{live}</code></td>
                                    <td class="note">
                                        {how.map_or_else(
                                            || view! { <span class="quiet">"EC2 doesn’t say"</span> }.into_any(),
                                            IntoAny::into_any,
                                        )}
                                    </td>
                                </tr>
                            }).collect_view()}
                        </tbody>
                    </table>
                </div>
            </section>
        }
    })
}

#[component]
fn Settings(settings: Vec<SettingChange>) -> impl IntoView {
    let changed = settings.iter().filter(|setting| setting.is_change()).count();
    let has_recorded = is_told_apart(&settings);
    let value = |value: Option<String>| match value {
        Some(value) => view! { <code>{value}</code> }.into_any(),
        None => view! { <span class="quiet">"None"</span> }.into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="settings">
            <header class="panel-header">
                <h2 id="settings">"Settings"</h2>
                <span class="quiet">{format!("{changed} of {} change", settings.len())}</span>
            </header>
            <div class="table-scroll" role="region" aria-label="Settings before and after" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Setting"</th>
                            {has_recorded.then(|| view! { <th scope="col">"Recorded"</th> })}
                            <th scope="col">"Before"</th>
                            <th scope="col">"After"</th>
                            <th scope="col">"Change"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {settings.into_iter().map(|setting| {
                            let is_change = setting.is_change();
                            view! {
                                <tr class=is_change.then_some("setting-changed")>
                                    <th scope="row">{setting_words(&setting.name).to_owned()}</th>
                                    {has_recorded.then(|| view! { <td>{value(setting.recorded)}</td> })}
                                    <td>{value(setting.from)}</td>
                                    <td>{value(setting.to)}</td>
                                    <td>
                                        {if is_change {
                                            view! { <Pill words="Changed".to_owned() tone=Tone::Warning /> }.into_any()
                                        } else {
                                            view! { <span class="quiet">"Same"</span> }.into_any()
                                        }}
                                    </td>
                                </tr>
                            }
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn UserData(hunks: Vec<DiffHunk>) -> impl IntoView {
    let summary = summary(&hunks);
    view! {
        <section class="panel" aria-labelledby="user-data">
            <header class="panel-header">
                <h2 id="user-data">"User data"</h2>
                <span class="quiet number">{summary.clone().unwrap_or_else(|| "Unchanged".to_owned())}</span>
                {unified(&hunks).map(|text| view! { <CopyButton text what="user-data diff" /> })}
            </header>
            {if summary.is_some() {
                view! { <DiffTable hunks label="User data, line by line" /> }.into_any()
            } else {
                view! { <p class="panel-text">"The host was started with exactly this user data."</p> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Steps(steps: Vec<PlannedStep>) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="steps">
            <header class="panel-header"><h2 id="steps">"Steps"</h2></header>
            <ol class="timeline">
                {steps.into_iter().map(|PlannedStep { name, what }| view! {
                    <li class="step">
                        <span class="step-mark"></span>
                        <div class="step-head"><h3 class="step-name">{name.label(step_name).to_owned()}</h3></div>
                        <p class="step-message">{what}</p>
                    </li>
                }).collect_view()}
            </ol>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::relaunch::RelaunchKind;

    use super::*;

    fn plan(changes: bool) -> Plan {
        Plan {
            drift: vec![],
            recorded_by: None,
            in_progress: None,
            kind: Word::Known(RelaunchKind::Relaunch),
            host: Some("i-1".to_owned()),
            from_revision: Some(3),
            to_revision: 4,
            changes,
            user_data_diff: vec![],
            settings: vec![],
            preflight: vec![],
            steps: vec![],
        }
    }

    fn check(name: &str, outcome: CheckOutcome) -> Check {
        Check { name: name.to_owned(), outcome: Word::Known(outcome), detail: String::new() }
    }

    #[test]
    fn the_button_says_when_nothing_would_change() {
        assert_eq!(action(&plan(true)), "Relaunch to revision 4");
        assert_eq!(action(&plan(false)), "Relaunch anyway");
    }

    #[test]
    fn only_a_failed_check_stands_in_the_way() {
        let mut plan = plan(true);
        plan.preflight = vec![check("Image", CheckOutcome::Passed), check("Dry run", CheckOutcome::Unknown)];
        assert_eq!(reason_against(&plan), None);
        plan.preflight.push(check("User data", CheckOutcome::Failed));
        assert_eq!(reason_against(&plan).as_deref(), Some("A preflight check failed: User data."));
    }

    #[test]
    fn a_relaunch_in_progress_stands_in_the_way() {
        let plan = Plan { in_progress: Some("r".to_owned()), ..plan(true) };
        assert_eq!(reason_against(&plan).as_deref(), Some(IN_PROGRESS));
    }

    #[test]
    fn what_is_recorded_is_shown_beside_the_host_only_where_they_differ() {
        let setting = |recorded: Option<&str>| SettingChange {
            name: "image".to_owned(),
            recorded: recorded.map(str::to_owned),
            from: Some("ami-1".to_owned()),
            to: Some("ami-2".to_owned()),
        };
        assert!(!is_told_apart(&[setting(None), setting(Some("ami-1"))]));
        assert!(is_told_apart(&[setting(Some("ami-1")), setting(Some("ami-0"))]));
    }

    #[test]
    fn a_check_of_which_nothing_is_known_has_not_passed() {
        let other =
            Check { outcome: Word::Other("skipped".to_owned()), ..check("Quota", CheckOutcome::Passed) };
        let passed = check("Image", CheckOutcome::Passed);
        let unknown = check("Dry run", CheckOutcome::Unknown);
        let failed = check("User data", CheckOutcome::Failed);
        assert_eq!(count(&[passed.clone(), passed.clone()]), "None failed");
        assert_eq!(count(&[passed.clone(), unknown.clone(), other.clone()]), "2 not known yet");
        assert_eq!(count(&[passed.clone(), failed.clone()]), "1 failed");
        assert_eq!(count(&[failed, other]), "1 failed, 1 not known yet");
    }

    #[test]
    fn a_setting_is_called_what_people_call_it() {
        assert_eq!(setting_words("instance_type"), "Instance type");
        assert_eq!(setting_words("variables.photos_bucket"), "photos_bucket");
        assert_eq!(drift_words("user_data"), "User data");
        assert_eq!(drift_words("instance_type"), "Instance type");
    }
}
