//! The stress test of the host: its processors are kept busy for some minutes.

use jiff::Timestamp;
use leptos::prelude::*;
use rollcall_api::{info::InfoText, time::FromWire};

use crate::{
    api::Api,
    clock::Clock,
    erased::{live, memo, spawn},
    paths::api as routes,
    ui::{
        button::ActionButton,
        query::{Progress, Query},
        toast::Toasts,
    },
};

/// What a button does.
#[derive(Clone, Copy)]
enum Press {
    Begin(u8),
    Stop,
    Ask,
}

/// What goes on at the host, and how to begin and stop it; why nothing can be known, where that is so.
#[component]
pub(crate) fn StressPanel() -> impl IntoView {
    let (api, clock): (_, Clock) = (Api::current(), expect_context());
    let query = Query::new(move || api.info(routes::STRESS));
    // To the minute, since whatever changes here is read out.
    let left = memo(move || {
        let until = Timestamp::from_wire(&query.latest()?.stressed_until?)?;
        let left = until.duration_since(clock.now());
        left.is_positive().then(|| format!("{} min", left.as_mins() + 1))
    });
    let said = move || match (query.progress(), left.get()) {
        (Progress::Loading, _) => "Asking the host…".to_owned(),
        (Progress::Failed(error), _) => error.message(),
        (Progress::Ready, Some(left)) => {
            format!("Every processor of the host is kept busy for another {left}.")
        }
        (Progress::Ready, None) => {
            "Keeps every processor of the host busy for some minutes, to show what alarms and pages do."
                .to_owned()
        }
    };
    view! {
        <section class="panel" aria-labelledby="stress">
            <header class="panel-header">
                <h2 id="stress">"Stress test"</h2>
                <Choice query left />
            </header>
            <p class="panel-text" role="status">{said}</p>
        </section>
    }
}

#[component]
fn Choice(query: Query<InfoText>, left: Memo<Option<String>>) -> impl IntoView {
    let (api, toasts) = (Api::current(), Toasts::current());
    let busy = RwSignal::new(false);
    let press = move |press: Press| {
        let minutes = match press {
            Press::Begin(minutes) => Some(minutes),
            Press::Stop => None,
            Press::Ask => return query.refresh(),
        };
        busy.set(true);
        spawn(async move {
            let answer = api.stress_host(minutes).await;
            busy.try_set(false);
            match answer {
                Ok(host) => query.put(host),
                Err(error) => {
                    toasts.refused("The host did not confirm it.", &error);
                    query.refresh();
                }
            }
        });
    };
    live(move || {
        let choices: &[(Press, &str)] = match (query.progress(), left.get()) {
            // What stands against it is not over in a moment.
            (Progress::Failed(error), _) if error.is_conflict() => &[],
            (Progress::Loading, _) => &[],
            (Progress::Failed(_), _) => &[(Press::Ask, "Try again"), (Press::Stop, "Stop")],
            (Progress::Ready, Some(_)) => &[(Press::Stop, "Stop")],
            (Progress::Ready, None) => {
                &[(Press::Begin(1), "1 min"), (Press::Begin(5), "5 min"), (Press::Begin(10), "10 min")]
            }
        };
        let button =
            |&(what, name)| view! { <ActionButton busy on_press=move || press(what)>{name}</ActionButton> };
        view! { <div class="panel-actions">{choices.iter().map(button).collect_view()}</div> }
    })
}
