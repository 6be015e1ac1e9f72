//! Asking before the host is replaced, and starting it.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use rollcall_api::{host::Host, relaunch::RelaunchInput};

use super::panel::Panel;
use crate::{
    api::Api,
    paths::page,
    ui::{
        button::{ActionButton, Look},
        dialog::Confirm,
        icon::Icon,
        toast::Toasts,
    },
};

/// What launching a revision amounts to, seen from the host there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    host: Option<(String, Option<u32>)>,
    to: u32,
}

impl Move {
    /// From this host to revision `to`.
    pub(crate) fn new(host: Option<&Host>, to: u32) -> Self {
        let host =
            host.filter(|host| !host.state.is_gone()).map(|host| (host.instance_id.clone(), host.revision));
        Self { host, to }
    }

    /// The verb for a button.
    pub(crate) fn verb(&self) -> &'static str {
        match &self.host {
            None => "Launch",
            Some((_, Some(from))) if *from > self.to => "Roll back",
            Some(_) => "Relaunch",
        }
    }

    /// The same with its object: `Roll back to revision 3`.
    fn action(&self) -> String {
        let joint = if self.host.is_some() { " to" } else { "" };
        format!("{}{joint} revision {}", self.verb(), self.to)
    }

    /// The question to ask first.
    fn question(&self) -> String {
        match &self.host {
            None => format!("Launch a host from revision {}?", self.to),
            Some((id, _)) => format!("{} {id} to revision {}?", self.verb(), self.to),
        }
    }

    /// What will happen.
    fn meaning(&self) -> String {
        let to = self.to;
        match &self.host {
            None => format!(
                "A new instance is launched from revision {to} and gets the Elastic IP once it passes its \
                 checks."
            ),
            Some((id, from)) => {
                let from =
                    from.map_or_else(|| "an unknown revision".to_owned(), |from| format!("revision {from}"));
                format!(
                    "A new instance is launched from revision {to}. Once it passes its checks it takes over \
                     the Elastic IP, and {id}, which runs {from}, is terminated. If it doesn’t, {id} stays."
                )
            }
        }
    }
}

/// A button that launches a revision, after asking.
#[component]
pub(crate) fn RelaunchButton(
    /// The revision; none while there is none, or it isn't known.
    #[prop(into)]
    revision: Signal<Option<u32>>,
    /// How much the button stands out.
    #[prop(optional)]
    look: Look,
    /// Whether the button names the revision.
    #[prop(optional)]
    names_revision: bool,
) -> impl IntoView {
    let (api, panel, toasts) = (Api::current(), Panel::current(), Toasts::current());
    let navigate = use_navigate();
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let reason = panel.reason_against_relaunch();
    let planned =
        Memo::new(move |_| revision.get().map(|to| Move::new(panel.host.latest().flatten().as_ref(), to)));
    let blocked = Signal::derive(move || {
        reason
            .get()
            .or_else(|| revision.get().is_none().then(|| "There is no revision to launch.".to_owned()))
    });
    let verb = Signal::derive(move || planned.get().map_or("Relaunch", |planned| planned.verb()).to_owned());
    let label = move || {
        planned.get().filter(|_| names_revision).map_or_else(|| verb.get(), |planned| planned.action())
    };
    let start = move |()| {
        let input = RelaunchInput { revision: revision.get_untracked() };
        let navigate = navigate.clone();
        busy.set(true);
        spawn_local(async move {
            let started = api.start_relaunch(&input).await;
            busy.try_set(false);
            asking.try_set(false);
            match started {
                Ok(relaunch) => {
                    let to = page::relaunch(&relaunch.id);
                    panel.put_relaunch(relaunch);
                    navigate(&to, Default::default());
                }
                Err(error) => {
                    toasts.refused("The relaunch was not started.", &error);
                    // Most likely another one is in progress: show it.
                    panel.relaunches.refresh();
                }
            }
        });
    };
    view! {
        <ActionButton look icon=Icon::Refresh blocked on_press=move || asking.set(true)>{label}</ActionButton>
        <Confirm
            open=asking
            title=Signal::derive(move || planned.get().map(|planned| planned.question()).unwrap_or_default())
            confirm=verb
            icon=Icon::Refresh
            look=Look::Primary
            blocked
            busy
            on_confirm=Callback::new(start)
        >
            <p>{move || planned.get().map(|planned| planned.meaning())}</p>
        </Confirm>
    }
}

#[cfg(test)]
mod tests {
    use rollcall_api::host::InstanceState;

    use super::*;

    fn host(state: InstanceState, revision: Option<u32>) -> Host {
        Host {
            instance_id: "i-1".to_owned(),
            state,
            availability_zone: None,
            subnet_id: None,
            private_ip: None,
            public_ip: None,
            image_id: None,
            instance_type: None,
            launched_at: None,
            revision,
        }
    }

    #[test]
    fn the_question_names_host_and_revision() {
        let running = host(InstanceState::Running, Some(3));
        assert_eq!(Move::new(Some(&running), 4).question(), "Relaunch i-1 to revision 4?");
        assert_eq!(Move::new(Some(&running), 2).question(), "Roll back i-1 to revision 2?");
        assert_eq!(Move::new(None, 1).question(), "Launch a host from revision 1?");
    }

    #[test]
    fn the_button_says_what_pressing_it_does() {
        let running = host(InstanceState::Running, Some(3));
        assert_eq!(Move::new(Some(&running), 2).action(), "Roll back to revision 2");
        assert_eq!(Move::new(None, 2).action(), "Launch revision 2");
    }

    #[test]
    fn a_host_that_is_gone_is_not_replaced_but_launched() {
        let gone = host(InstanceState::Terminated, Some(3));
        assert_eq!(Move::new(Some(&gone), 3).verb(), "Launch");
    }

    #[test]
    fn what_is_terminated_is_said_before() {
        let running = host(InstanceState::Running, None);
        let meaning = Move::new(Some(&running), 2).meaning();
        assert!(meaning.contains("i-1, which runs an unknown revision, is terminated"), "{meaning}");
    }
}
