//! The stress test of the host: its processors are kept busy for some minutes.

use leptos::prelude::*;
use rollcall_api::info::InfoText;

use crate::{
    api::Api,
    erased::{live, spawn},
    paths::api as routes,
    ui::{
        button::ActionButton,
        query::{Progress, Query},
        time::Moment,
        toast::Toasts,
    },
};

/// What goes on at the host, and how to begin and stop it; why nothing can be known, where that is so.
#[component]
pub(crate) fn StressPanel() -> impl IntoView {
    let api = Api::current();
    let query = Query::new(move || api.info(routes::STRESS));
    let said = move || {
        match query.progress() {
        Progress::Loading => "Asking the host…".into_any(),
        Progress::Failed(error) => error.message().into_any(),
        Progress::Ready => match query.latest().and_then(|host| host.stressed_until) {
            None => "Keeps every processor of the host busy for some minutes, to show what alarms and pages do then."
                .into_any(),
            Some(until) => view! { "Every processor of the host is kept busy until " <Moment then=until /> "." }
                .into_any(),
        },
    }
    };
    view! {
        <section class="panel" aria-labelledby="stress">
            <header class="panel-header"><h2 id="stress">"Stress test"</h2><Choice query /></header>
            <p class="panel-text" role="status">{live(said)}</p>
        </section>
    }
}

#[component]
fn Choice(query: Query<InfoText>) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let order = move |minutes: Option<u8>| {
        busy.set(true);
        spawn(async move {
            let answer = api.stress_host(minutes).await;
            busy.try_set(false);
            match answer {
                Ok(host) => query.put(host),
                Err(error) => {
                    toasts.refused("The stress test is as it was.", &error);
                    query.refresh();
                }
            }
        });
    };
    live(move || {
        let choices: &[(Option<u8>, &str)] = match query.latest()?.stressed_until {
            Some(_) => &[(None, "Stop")],
            None => &[(Some(1), "1 min"), (Some(5), "5 min"), (Some(10), "10 min")],
        };
        let button = |&(minutes, name)| view! { <ActionButton busy on_press=move || order(minutes)>{name}</ActionButton> };
        Some(view! { <div class="panel-actions">{choices.iter().map(button).collect_view()}</div> })
    })
}
