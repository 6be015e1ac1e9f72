//! What launching a revision amounts to, and the way to its plan.

use leptos::prelude::*;

use super::{outcome::is_gone, panel::Panel};
use crate::{
    api::{Host, Plan},
    erased::{derive, memo},
    paths::page,
    ui::{
        button::{ActionLink, Look},
        icon::Icon,
    },
};

/// What launching a revision amounts to, seen from the host there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replacement {
    host: Option<(String, Option<u32>)>,
    to: u32,
}

impl Replacement {
    /// From this host to revision `to`.
    pub(crate) fn new(host: Option<&Host>, to: u32) -> Self {
        let host = host.filter(|host| !is_gone(host)).map(|host| (host.instance_id.clone(), host.revision));
        Self { host, to }
    }

    /// As a plan has it.
    pub(crate) fn planned(plan: &Plan) -> Self {
        Self { host: plan.host.clone().map(|id| (id, plan.from_revision)), to: plan.to_revision }
    }

    /// Whether it puts an earlier revision in place of a later one.
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(&self.host, Some((_, Some(from))) if *from > self.to)
    }

    /// Whether the host runs that revision already.
    pub(crate) fn is_in_place(&self) -> bool {
        matches!(&self.host, Some((_, Some(from))) if *from == self.to)
    }

    /// The verb for a button.
    pub(crate) fn verb(&self) -> &'static str {
        match &self.host {
            None => "Launch",
            Some(_) if self.is_rollback() => "Roll back",
            Some(_) => "Relaunch",
        }
    }

    /// The same with its object: `Roll back to revision 3`.
    pub(crate) fn action(&self) -> String {
        let joint = if self.host.is_some() { " to" } else { "" };
        format!("{}{joint} revision {}", self.verb(), self.to)
    }

    /// The question to ask first.
    pub(crate) fn question(&self) -> String {
        match &self.host {
            None => format!("Launch a host from revision {}?", self.to),
            Some((id, _)) => format!("{} {id} to revision {}?", self.verb(), self.to),
        }
    }

    /// What will happen.
    pub(crate) fn meaning(&self) -> String {
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

/// A link to the plan for launching a revision.
#[component]
pub(crate) fn PlanLink(
    /// The revision; none while there is none, or it isn't known.
    #[prop(into)]
    revision: Signal<Option<u32>>,
    /// How much the link stands out.
    #[prop(optional)]
    look: Look,
    /// What it is called; the verb and the revision when absent.
    #[prop(optional_no_strip)]
    label: Option<&'static str>,
) -> impl IntoView {
    let panel = Panel::current();
    let planned = memo(move || revision.get().map(|to| Replacement::new(panel.living_host().as_ref(), to)));
    let blocked = derive(move || {
        panel.reason_against_change().or_else(|| match (revision.get(), panel.revisions.latest()) {
            (None, None) => Some("Looking up the revisions…".to_owned()),
            (None, Some(_)) => Some("There is no revision to launch. Create one first.".to_owned()),
            (Some(_), _) => None,
        })
    });
    let href = derive(move || revision.get().map(page::plan).unwrap_or_default());
    let text = move || match (label, planned.get()) {
        (Some(label), _) => label.to_owned(),
        (None, Some(planned)) => planned.action(),
        (None, None) => "Relaunch".to_owned(),
    };
    view! { <ActionLink href look icon=Icon::Refresh blocked>{text}</ActionLink> }
}

#[cfg(test)]
mod tests {
    use rollcall_api::{host::InstanceState, word::Word};

    use super::*;

    fn host(state: InstanceState, revision: Option<u32>) -> Host {
        Host {
            instance_id: "i-1".to_owned(),
            state: Word::Known(state),
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
        assert_eq!(Replacement::new(Some(&running), 4).question(), "Relaunch i-1 to revision 4?");
        assert_eq!(Replacement::new(Some(&running), 2).question(), "Roll back i-1 to revision 2?");
        assert_eq!(Replacement::new(None, 1).question(), "Launch a host from revision 1?");
    }

    #[test]
    fn the_button_says_what_pressing_it_does() {
        let running = host(InstanceState::Running, Some(3));
        assert_eq!(Replacement::new(Some(&running), 2).action(), "Roll back to revision 2");
        assert_eq!(Replacement::new(None, 2).action(), "Launch revision 2");
    }

    #[test]
    fn a_host_that_is_gone_is_not_replaced_but_launched() {
        let gone = host(InstanceState::Terminated, Some(3));
        assert_eq!(Replacement::new(Some(&gone), 3).verb(), "Launch");
    }

    #[test]
    fn what_is_terminated_is_said_before() {
        let running = host(InstanceState::Running, None);
        let meaning = Replacement::new(Some(&running), 2).meaning();
        assert!(meaning.contains("i-1, which runs an unknown revision, is terminated"), "{meaning}");
    }
}
