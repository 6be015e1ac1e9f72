//! `/operations/relaunches/{id}`: one relaunch, live while it is in progress.

use leptos::prelude::*;
use rollcall_api::relaunch::{RelaunchKind, RelaunchOutcome};

use super::{
    approval::{ApprovalBox, Awaited},
    boot_log::BootLogSection,
    cancel::CancelButton,
    outcome::{meaning, title},
    panel::Panel,
    plan_link::PlanLink,
    timeline::{OutcomePill, Timeline},
};
use crate::{
    api::{Api, Relaunch},
    erased::{derive, effect, live, memo},
    paths::page,
    ui::{
        button::Look,
        page::PageHeader,
        query::{Await, Query},
        state::Skeleton,
        time::{Ago, Took},
        who::Who,
    },
};

/// What can be done next, once a relaunch has ended: the words and the revision to launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The same once more.
    Again(u32),
    /// Back to the revision before.
    Back(u32),
}

impl Next {
    /// What makes sense after `relaunch`, while the host runs revision `runs`.
    fn after(relaunch: &Relaunch, runs: Option<u32>) -> Option<Self> {
        match (relaunch.outcome.as_ref()?.known(), relaunch.kind.known()) {
            (_, Some(RelaunchKind::Terminate)) => {
                relaunch.from_revision.filter(|_| runs.is_none()).map(Self::Back)
            }
            (Some(RelaunchOutcome::Succeeded), _) => relaunch
                .from_revision
                .filter(|from| Some(*from) != relaunch.to_revision && Some(*from) != runs)
                .map(Self::Back),
            (Some(_), _) => relaunch.to_revision.map(Self::Again),
            (None, _) => None,
        }
    }

    const fn revision(self) -> u32 {
        match self {
            Self::Again(revision) | Self::Back(revision) => revision,
        }
    }
}

#[component]
pub(crate) fn RelaunchPage(id: String) -> impl IntoView {
    let (api, panel) = (Api::current(), Panel::current());
    let id = StoredValue::new(id);
    let listed = move || {
        let listing = panel.relaunches.latest()?;
        listing.items.into_iter().find(|relaunch| id.with_value(|id| relaunch.id == *id))
    };
    let query = Query::with_known(
        move || untrack(listed),
        move || {
            let id = id.get_value();
            async move { api.relaunch(&id).await }
        },
    );
    // The panel looks at the relaunch in progress; this page shows what it sees.
    effect(move || {
        if let Some(relaunch) = listed() {
            query.put(relaunch);
        }
    });
    let heading =
        derive(move || query.latest().map_or_else(|| "Relaunch".to_owned(), |relaunch| title(&relaunch)));
    view! {
        <PageHeader title=heading above=(page::RELAUNCHES, "Relaunches")>
            <Actions query />
        </PageHeader>
        <Await query loading=|| view! { <Skeleton lines=6 label="Loading the relaunch…" /> }
            children=move |relaunch| view! {
                <ApprovalBox query />
                <Summary relaunch />
                <section class="panel" aria-labelledby="steps">
                    <header class="panel-header"><h2 id="steps">"Steps"</h2></header>
                    <Timeline relaunch />
                </section>
                <BootLogSection relaunch />
            } />
    }
}

/// Stopping it while it is in progress; what to do next once it has ended.
#[component]
fn Actions(query: Query<Relaunch>) -> impl IntoView {
    let panel = Panel::current();
    // Where it waits for a person, both ways on are beside each other.
    let stoppable = memo(move || {
        query.latest().is_some_and(|relaunch| relaunch.outcome.is_none() && Awaited::by(&relaunch).is_none())
    });
    let next = memo(move || {
        let runs = panel.living_host().and_then(|host| host.revision);
        query.latest().and_then(|relaunch| Next::after(&relaunch, runs))
    });
    view! {
        {live(move || stoppable.get().then(|| view! { <CancelButton query label="Cancel" /> }))}
        {live(move || next.get().map(|next| {
            let revision = derive(move || Some(next.revision()));
            let label = matches!(next, Next::Again(_)).then_some("Try again");
            view! { <PlanLink revision label look=Look::Primary /> }
        }))}
    }
}

#[component]
fn Summary(relaunch: Signal<Relaunch>) -> impl IntoView {
    let Relaunch { id, from_revision, to_revision, started_at, requested_by, reason, .. } =
        relaunch.get_untracked();
    let state = memo(move || {
        relaunch.with(|relaunch| {
            (relaunch.outcome.clone(), relaunch.undoing, relaunch.ended_at, meaning(relaunch))
        })
    });
    let cancelled_by = memo(move || relaunch.with(|relaunch| relaunch.cancelled_by.clone()));
    let revision = |number: Option<u32>| match number {
        Some(number) => {
            view! { <a href=page::revision(number)>{format!("Revision {number}")}</a> }.into_any()
        }
        None => view! { <span class="quiet">"No host"</span> }.into_any(),
    };
    view! {
        <section class="panel" aria-label="Summary">
            {live(move || {
                let (outcome, undoing, ended_at, meaning) = state.get();
                view! {
                    <header class="panel-header">
                        <OutcomePill outcome undoing />
                        <p>{meaning}</p>
                        <span class="quiet"><Took started_at ended_at /></span>
                    </header>
                }
            })}
            <dl class="facts facts-dense">
                <div><dt>"From"</dt><dd>{revision(from_revision)}</dd></div>
                <div><dt>"To"</dt><dd>{revision(to_revision)}</dd></div>
                <div><dt>"Started"</dt><dd><Ago then=started_at /></dd></div>
                <div><dt>"Requested by"</dt><dd><Who actor=requested_by /></dd></div>
                {live(move || cancelled_by.get().map(|who| view! {
                    <div><dt>"Cancelled by"</dt><dd><Who actor=who /></dd></div>
                }))}
                {reason.map(|reason| view! {
                    <div class="wide"><dt>"Why"</dt><dd class="why">{reason}</dd></div>
                })}
                <div class="wide"><dt>"Id"</dt><dd><code>{id}</code></dd></div>
            </dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rollcall_api::{audit::Actor, word::Word};

    use super::*;

    fn ended(kind: RelaunchKind, from: Option<u32>, to: Option<u32>, outcome: RelaunchOutcome) -> Relaunch {
        Relaunch {
            id: "r".to_owned(),
            kind: Word::Known(kind),
            from_revision: from,
            to_revision: to,
            outcome: Some(Word::Known(outcome)),
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            requested_by: Word::Known(Actor::DirectInvocation),
            reason: None,
            approval: None,
            old_host: None,
            cancelled_by: None,
            cancellable: false,
            undoing: false,
            steps: vec![],
        }
    }

    #[test]
    fn after_a_success_the_way_leads_back() {
        let relaunch = ended(RelaunchKind::Relaunch, Some(3), Some(4), RelaunchOutcome::Succeeded);
        assert_eq!(Next::after(&relaunch, Some(4)), Some(Next::Back(3)));
        assert_eq!(Next::after(&relaunch, Some(3)), None, "it was gone already");
        let same = ended(RelaunchKind::Relaunch, Some(3), Some(3), RelaunchOutcome::Succeeded);
        assert_eq!(Next::after(&same, Some(3)), None);
    }

    #[test]
    fn what_did_not_come_about_can_be_tried_again() {
        for outcome in [RelaunchOutcome::RolledBack, RelaunchOutcome::Failed, RelaunchOutcome::Cancelled] {
            let relaunch = ended(RelaunchKind::Relaunch, Some(3), Some(4), outcome);
            assert_eq!(Next::after(&relaunch, Some(3)), Some(Next::Again(4)));
        }
        let going_on = Relaunch {
            outcome: None,
            ..ended(RelaunchKind::Relaunch, Some(3), Some(4), RelaunchOutcome::Succeeded)
        };
        assert_eq!(Next::after(&going_on, Some(3)), None);
    }

    #[test]
    fn a_host_that_was_terminated_can_be_launched_again() {
        let relaunch = ended(RelaunchKind::Terminate, Some(3), None, RelaunchOutcome::Succeeded);
        assert_eq!(Next::after(&relaunch, None), Some(Next::Back(3)));
        assert_eq!(Next::after(&relaunch, Some(3)), None);
    }
}
