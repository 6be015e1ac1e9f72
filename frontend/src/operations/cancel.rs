//! Stopping a relaunch.

use leptos::prelude::*;
use rollcall_api::relaunch::RelaunchKind;

use super::{
    outcome::{reason_against_cancel, title},
    panel::Panel,
};
use crate::{
    api::{Api, Relaunch},
    erased::{derive, spawn},
    ui::{
        button::{ActionButton, Look},
        dialog::Confirm,
        icon::Icon,
        lower_first,
        page::focus_heading,
        query::Query,
        toast::Toasts,
    },
};

/// Stops the relaunch, after asking.
#[component]
pub(crate) fn CancelButton(
    query: Query<Relaunch>,
    label: &'static str,
    /// Whether the button goes once it has done that.
    #[prop(optional)]
    leaves: bool,
) -> impl IntoView {
    let (api, panel, toasts) = (Api::current(), Panel::current(), Toasts::current());
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let blocked = derive(move || {
        query.latest().and_then(|relaunch| reason_against_cancel(&relaunch)).map(str::to_owned)
    });
    let question = derive(move || {
        query
            .latest()
            .map(|relaunch| format!("Cancel the {}?", lower_first(&title(&relaunch))))
            .unwrap_or_default()
    });
    let stop = move |()| {
        let Some(relaunch) = query.latest_untracked() else { return };
        busy.set(true);
        spawn(async move {
            let stopped = api.cancel_relaunch(&relaunch.id).await;
            busy.try_set(false);
            asking.try_set(false);
            match stopped {
                Ok(relaunch) => {
                    query.put(relaunch.clone());
                    panel.put_relaunch(relaunch);
                    if leaves {
                        focus_heading();
                    }
                }
                Err(error) => {
                    toasts.refused("The relaunch was not cancelled.", &error);
                    query.refresh();
                }
            }
        });
    };
    let consequence = move || match query.latest().and_then(|relaunch| relaunch.kind.known()) {
        Some(RelaunchKind::Launch) => "What was started is terminated; there is no host, as before.",
        Some(RelaunchKind::Terminate) => "The host serves on.",
        _ => "What was started is terminated, and the old host serves on.",
    };
    view! {
        <ActionButton icon=Icon::Stop blocked on_press=move || asking.set(true)>{label}</ActionButton>
        <Confirm open=asking title=question confirm="Cancel it" dismiss="Let it go on" icon=Icon::Stop
            look=Look::Danger blocked busy on_confirm=Callback::new(stop)>
            <p>{consequence}</p>
        </Confirm>
    }
}
