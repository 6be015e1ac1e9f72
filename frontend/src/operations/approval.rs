//! What a relaunch waits for once its new host has answered, where its revision asks for that: a person's look.

use jiff::Timestamp;
use leptos::prelude::*;

use super::{cancel::CancelButton, panel::Panel};
use crate::{
    api::{Api, Relaunch},
    erased::{live, memo, spawn},
    paths::page,
    ui::{
        button::{ActionButton, Look},
        icon::{Icon, Picture},
        page::focus_heading,
        query::Query,
        time::Until,
        toast::Toasts,
    },
};

/// An approval that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// Until when it can be given.
    pub(crate) until: Timestamp,
    /// Where the new host can be looked at.
    pub(crate) look_at: Option<String>,
}

impl Awaited {
    /// What `relaunch` waits for now; none when it waits for nobody.
    pub(crate) fn by(relaunch: &Relaunch) -> Option<Self> {
        let approval = relaunch.approval.as_ref()?;
        let is_over = relaunch.outcome.is_some() || relaunch.undoing || approval.given_by.is_some();
        let until = approval.until.filter(|_| !is_over)?;
        Some(Self { until, look_at: approval.look_at.clone() })
    }
}

/// What there is to look at, and the two ways on from there; only while the relaunch waits for it.
#[component]
pub(crate) fn ApprovalBox(query: Query<Relaunch>) -> impl IntoView {
    let awaited = memo(move || query.latest().as_ref().and_then(Awaited::by));
    live(move || {
        awaited.get().map(|Awaited { until, look_at }| {
            view! {
                <section class="panel approval" aria-labelledby="approval">
                    <h2 id="approval"><Picture icon=Icon::Server /> "The new host waits for your look"</h2>
                    <p>
                        {look_at.map(|address| view! {
                            "See it at "
                            <a href=address.clone() target="_blank" rel="noopener">
                                {address.clone()} <span class="visually-hidden">" in a new tab"</span>
                            </a>
                            ": it passed its checks and has no visitors yet. "
                        })}
                        "Until you approve it, the address stays where it is."
                    </p>
                    <p class="quiet">"It can be approved until " <Until then=until /> "; then it is undone."</p>
                    <div class="approval-actions">
                        <ApproveButton query />
                        <CancelButton query label="Undo" leaves=true />
                    </div>
                </section>
            }
        })
    })
}

/// Says on another page that the relaunch waits for a look, and leads to where it is given.
#[component]
pub(crate) fn ApprovalNote(relaunch: Signal<Relaunch>) -> impl IntoView {
    let page =
        memo(move || relaunch.with(|relaunch| Awaited::by(relaunch).map(|_| page::relaunch(&relaunch.id))));
    live(move || {
        page.get().map(|href| {
            view! {
                <p class="approval-note">
                    <Picture icon=Icon::Server />
                    <span><a href=href>"The new host waits for your look"</a>": approve it or undo it."</span>
                </p>
            }
        })
    })
}

#[component]
fn ApproveButton(query: Query<Relaunch>) -> impl IntoView {
    let (api, panel, toasts) = (Api::current(), Panel::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let approve = move || {
        let Some(relaunch) = query.latest_untracked() else { return };
        busy.set(true);
        spawn(async move {
            let approved = api.approve_relaunch(&relaunch.id).await;
            busy.try_set(false);
            match approved {
                Ok(relaunch) => {
                    query.put(relaunch.clone());
                    panel.put_relaunch(relaunch);
                    focus_heading();
                }
                Err(error) => {
                    toasts.refused("The new host was not approved.", &error);
                    query.refresh();
                }
            }
        });
    };
    view! {
        <ActionButton look=Look::Primary icon=Icon::Check busy on_press=approve>
            "Approve: move the address"
        </ActionButton>
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::{
        audit::Actor,
        relaunch::{RelaunchKind, RelaunchOutcome},
        word::Word,
    };

    use super::*;
    use crate::api::Approval;

    fn waiting() -> Relaunch {
        Relaunch {
            id: "r".to_owned(),
            kind: Word::Known(RelaunchKind::Relaunch),
            from_revision: Some(1),
            to_revision: Some(2),
            outcome: None,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            requested_by: Word::Known(Actor::DirectInvocation),
            reason: None,
            approval: Some(Approval {
                hours: 1,
                until: Some(Timestamp::UNIX_EPOCH),
                look_at: Some("http://192.0.2.1/".to_owned()),
                given_by: None,
            }),
            old_host: None,
            cancelled_by: None,
            cancellable: true,
            undoing: false,
            steps: vec![],
        }
    }

    #[test]
    fn a_look_is_waited_for_until_it_is_given_or_the_relaunch_is_over() {
        let waiting = waiting();
        assert_eq!(Awaited::by(&waiting).and_then(|it| it.look_at).as_deref(), Some("http://192.0.2.1/"));
        let with = |change: fn(&mut Approval)| Relaunch {
            approval: waiting.approval.clone().map(|mut approval| {
                change(&mut approval);
                approval
            }),
            ..waiting.clone()
        };
        assert_eq!(Awaited::by(&with(|it| it.given_by = Some(Word::Known(Actor::Rollcall)))), None);
        assert_eq!(Awaited::by(&with(|it| it.until = None)), None, "the new host has not answered yet");
        assert_eq!(Awaited::by(&Relaunch { undoing: true, ..waiting.clone() }), None);
        let outcome = Some(Word::Known(RelaunchOutcome::RolledBack));
        assert_eq!(Awaited::by(&Relaunch { outcome, ..waiting.clone() }), None);
        assert_eq!(Awaited::by(&Relaunch { approval: None, ..waiting }), None);
    }
}
