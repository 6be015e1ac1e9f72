//! `/operations`: the host as EC2 sees it, and what is happening to it.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use rollcall_api::host::InstanceState;

use super::{
    approval::ApprovalNote,
    asking::{Asking, AskingFields},
    history_page::RelaunchTable,
    outcome::{instance_tone, progress, title},
    panel::Panel,
    plan_link::PlanLink,
    stress::StressPanel,
    timeline::{OutcomePill, Pill, Timeline},
};
use crate::{
    api::{Api, Host, Relaunch},
    erased::{derive, live, memo, spawn},
    paths::page,
    ui::{
        button::{ActionButton, ActionLink, Look},
        copy::CopyButton,
        dialog::Confirm,
        icon::{Icon, Picture},
        page::PageHeader,
        query::Await,
        state::{Notice, Skeleton},
        time::{Ago, Took},
        toast::Toasts,
    },
};

/// How many relaunches are listed below the host.
const RECENT: usize = 5;

#[component]
pub(crate) fn HostPage() -> impl IntoView {
    let panel = Panel::current();
    let newest = derive(move || panel.newest_revision());
    view! {
        <PageHeader title="Host">
            <ActionLink href=page::NEW_REVISION icon=Icon::Plus>"New revision"</ActionLink>
            <TerminateButton />
            <PlanLink revision=newest look=Look::Primary />
        </PageHeader>
        <InProgress />
        <NewerRevision />
        <Await query=panel.host loading=|| view! { <Skeleton lines=5 label="Asking EC2 for the host…" /> }
            children=|host| view! { <HostPanel host /> } />
        <Recent />
    }
}

/// Terminates the host without a successor, after asking.
#[component]
fn TerminateButton() -> impl IntoView {
    let (api, panel, toasts) = (Api::current(), Panel::current(), Toasts::current());
    let navigate = use_navigate();
    let asking = Asking::why("terminate");
    let busy = RwSignal::new(false);
    let blocked = derive(move || panel.reason_against_termination());
    let name = move || panel.living_host().map(|host| host.instance_id).unwrap_or_default();
    let terminate = move |()| {
        let Ok(why) = asking.checked() else { return };
        let navigate = navigate.clone();
        busy.set(true);
        spawn(async move {
            let started = api.terminate_host(why.as_deref()).await;
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
                    toasts.refused("The host was not terminated.", &error);
                    panel.relaunches.refresh();
                    panel.host.refresh();
                }
            }
        });
    };
    view! {
        <ActionButton icon=Icon::Trash blocked on_press=move || asking.open.set(true)>"Terminate host"</ActionButton>
        <Confirm open=asking.open title=derive(move || format!("Terminate {}?", name())) confirm="Terminate"
            icon=Icon::Trash look=Look::Danger
            blocked=derive(move || blocked.get().or_else(|| asking.reason_against())) busy
            on_confirm=Callback::new(terminate)>
            <p>
                <strong>{name}</strong>
                " is terminated for good, and no other host takes its place: until the next launch nothing serves \
                 the directory from EC2. Employees, photos and revisions stay."
            </p>
            <AskingFields asking />
        </Confirm>
    }
}

/// The relaunch in progress, step by step.
#[component]
fn InProgress() -> impl IntoView {
    let panel = Panel::current();
    let id = memo(move || panel.in_progress().map(|relaunch| relaunch.id));
    live(move || {
        id.get()?;
        let first = untrack(|| panel.in_progress())?;
        let relaunch = memo(move || panel.in_progress().unwrap_or_else(|| first.clone()));
        Some(view! { <ProgressPanel relaunch=relaunch.into() /> })
    })
}

#[component]
fn ProgressPanel(relaunch: Signal<Relaunch>) -> impl IntoView {
    let started_at = relaunch.with_untracked(|relaunch| relaunch.started_at);
    let undoing = memo(move || relaunch.with(|relaunch| relaunch.undoing));
    let steps = move || {
        let (done, all) = relaunch.with(progress);
        format!("{done} of {all} steps done")
    };
    view! {
        <section class="panel panel-busy" aria-labelledby="in-progress">
            <header class="panel-header">
                <h2 id="in-progress">
                    <a href=move || relaunch.with(|relaunch| page::relaunch(&relaunch.id))>
                        {live(move || relaunch.with(title))}
                    </a>
                </h2>
                {live(move || view! { <OutcomePill outcome=None undoing=undoing.get() /> })}
                <span class="quiet">{steps} " · " <Took started_at ended_at=None /></span>
            </header>
            <ApprovalNote relaunch />
            <Timeline relaunch />
        </section>
    }
}

/// Says when the host runs another revision than the newest.
#[component]
fn NewerRevision() -> impl IntoView {
    let panel = Panel::current();
    let gap = memo(move || {
        let runs = panel.living_host()?.revision?;
        let newest = panel.newest_revision()?;
        (newest > runs && panel.in_progress().is_none()).then_some((runs, newest))
    });
    live(move || {
        gap.get().map(|(runs, newest)| {
            view! {
                <div class="banner">
                    <Picture icon=Icon::Info />
                    <p>
                        <a href=page::revision(newest)>{format!("Revision {newest}")}</a>
                        {format!(" isn’t launched: the host runs revision {runs}.")}
                    </p>
                </div>
            }
        })
    })
}

#[component]
fn HostPanel(host: Signal<Option<Host>>) -> impl IntoView {
    live(move || match host.get() {
        Some(host) => view! { <HostFacts host /> <StressPanel /> }.into_any(),
        None => view! { <NoHost /> }.into_any(),
    })
}

#[component]
fn NoHost() -> impl IntoView {
    let panel = Panel::current();
    let newest = derive(move || panel.newest_revision());
    live(move || match (newest.get(), panel.in_progress()) {
        (_, Some(_)) => ().into_any(),
        (None, None) => view! {
            <Notice icon=Icon::Server title="There is no host yet"
                text="A host is launched from a revision: a recipe with its variables. Create the first one.">
                <ActionLink href=page::NEW_REVISION look=Look::Primary icon=Icon::Plus>
                    "New revision"
                </ActionLink>
            </Notice>
        }
        .into_any(),
        (Some(number), None) => view! {
            <Notice icon=Icon::Server title="There is no host yet"
                text=format!("Revision {number} is ready to be launched.")>
                <PlanLink revision=newest look=Look::Primary />
            </Notice>
        }
        .into_any(),
    })
}

/// One fact about the host; a dash where EC2 says nothing.
#[component]
fn Fact(name: &'static str, value: Option<String>, #[prop(optional)] copy: bool) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                {match value {
                    None => view! { <span class="quiet" aria-label="none">"–"</span> }.into_any(),
                    Some(value) if copy => view! {
                        <code>{value.clone()}</code> <CopyButton text=value.clone() what=name />
                    }.into_any(),
                    Some(value) => view! { <code>{value}</code> }.into_any(),
                }}
            </dd>
        </div>
    }
}

#[component]
fn HostFacts(host: Host) -> impl IntoView {
    let revision = host.revision.map_or_else(
        || view! { <span class="quiet">"Unknown"</span> }.into_any(),
        |number| view! { <a href=page::revision(number)>{format!("Revision {number}")}</a> }.into_any(),
    );
    let launched = host.launched_at.map_or_else(
        || view! { <span class="quiet" aria-label="none">"–"</span> }.into_any(),
        |then| view! { <Ago then=then /> }.into_any(),
    );
    view! {
        <section class="panel" aria-labelledby="host-id">
            <header class="panel-header">
                <h2 id="host-id"><code>{host.instance_id.clone()}</code></h2>
                <CopyButton text=host.instance_id.clone() what="instance id" />
                <Pill words=host.state.label(InstanceState::as_str).to_owned() tone=instance_tone(&host.state) />
            </header>
            <dl class="facts facts-dense">
                <div><dt>"Revision"</dt><dd>{revision}</dd></div>
                <div><dt>"Launched"</dt><dd>{launched}</dd></div>
                <Fact name="Public IP" value=host.public_ip copy=true />
                <Fact name="Private IP" value=host.private_ip copy=true />
                <Fact name="Availability zone" value=host.availability_zone />
                <Fact name="Subnet" value=host.subnet_id copy=true />
                <Fact name="Image" value=host.image_id copy=true />
                <Fact name="Instance type" value=host.instance_type />
            </dl>
        </section>
    }
}

/// The last few relaunches.
#[component]
fn Recent() -> impl IntoView {
    let panel = Panel::current();
    let recent = memo(move || {
        panel.relaunches.latest().map(|listing| listing.items.into_iter().take(RECENT).collect::<Vec<_>>())
    });
    live(move || {
        recent.get().filter(|relaunches| !relaunches.is_empty()).map(|relaunches| {
            view! {
                <section aria-labelledby="recent">
                    <header class="section-header">
                        <h2 id="recent">"Latest relaunches"</h2>
                        <a href=page::RELAUNCHES>"Whole history"</a>
                    </header>
                    <RelaunchTable relaunches />
                </section>
            }
        })
    })
}
