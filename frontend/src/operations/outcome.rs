//! How far a relaunch or one of its steps has got, and how that is said and shown.

use rollcall_api::{
    host::InstanceState,
    relaunch::{OldHost, RelaunchKind, RelaunchOutcome, StepName, StepOutcome},
    word::Word,
};

use crate::{
    api::{Host, Relaunch, Step},
    ui::icon::Icon,
};

/// The colour and shape a state is shown with. Never the only sign: words stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Busy,
    /// Not as hoped; nothing is broken.
    Warning,
    Bad,
    /// Neither here nor there.
    Neutral,
}

impl Tone {
    /// The class of a pill of this tone.
    pub(crate) const fn pill(self) -> &'static str {
        match self {
            Self::Good => "pill pill-good",
            Self::Busy => "pill pill-busy",
            Self::Warning => "pill pill-warning",
            Self::Bad => "pill pill-bad",
            Self::Neutral => "pill",
        }
    }
}

pub(crate) fn instance_tone(state: &Word<InstanceState>) -> Tone {
    match state.known() {
        Some(InstanceState::Running) => Tone::Good,
        Some(InstanceState::Pending) => Tone::Busy,
        Some(InstanceState::Stopping | InstanceState::Stopped) => Tone::Warning,
        Some(InstanceState::ShuttingDown | InstanceState::Terminated) => Tone::Bad,
        None => Tone::Neutral,
    }
}

/// Whether the host is known to be gone, or on its way.
pub(crate) fn is_gone(host: &Host) -> bool {
    host.state.known().is_some_and(InstanceState::is_gone)
}

/// What came of a relaunch, in words, with its tone.
pub(crate) fn outcome_words(outcome: Option<&Word<RelaunchOutcome>>, undoing: bool) -> (&str, Tone) {
    match outcome {
        None if undoing => ("Being undone", Tone::Warning),
        None => ("In progress", Tone::Busy),
        Some(Word::Known(RelaunchOutcome::Succeeded)) => ("Succeeded", Tone::Good),
        Some(Word::Known(RelaunchOutcome::Failed)) => ("Failed", Tone::Bad),
        Some(Word::Known(RelaunchOutcome::RolledBack)) => ("Rolled back", Tone::Warning),
        Some(Word::Known(RelaunchOutcome::Cancelled)) => ("Cancelled", Tone::Neutral),
        Some(Word::Other(text)) => (text, Tone::Neutral),
    }
}

/// What that means for who uses the directory; for one in progress, where it is heading.
pub(crate) fn meaning(relaunch: &Relaunch) -> &'static str {
    use RelaunchKind::{Launch, Terminate};
    use RelaunchOutcome::{Cancelled, Failed, RolledBack, Succeeded};
    let kind = relaunch.kind.known();
    let Some(outcome) = &relaunch.outcome else {
        return match kind {
            _ if !relaunch.undoing => "The steps below change as they happen.",
            Some(Terminate) => "It is being stopped.",
            Some(Launch) => "What was done is being undone: the new instance is terminated.",
            _ => "What was done is being undone: the new instance is terminated, and the old host serves on.",
        };
    };
    let old_host = relaunch.old_host.as_ref();
    // A record of an earlier Rollcall says nothing of it.
    let serves = old_host.is_none_or(|old| old.is(OldHost::Serves));
    match (outcome.known(), kind) {
        (Some(Succeeded), Some(Terminate)) => "The host is terminated, and none takes its place.",
        (Some(Succeeded), _) => "The new host serves.",
        (Some(Failed), Some(Terminate)) => "The host could not be terminated.",
        (Some(Failed), Some(Launch)) => "It could not be done, and no host serves.",
        (Some(Failed), _) => match old_host.and_then(Word::known) {
            Some(OldHost::Silent) => {
                "It could not be done. The old host runs with the address, and does not answer as it should."
            }
            Some(OldHost::Away) => {
                "It could not be done. The old host does not serve: it does not run, or the address does not \
                 point to it."
            }
            _ => "It could not be done, and no old host is known to serve in its place.",
        },
        (Some(RolledBack), _) if !serves => {
            "It could not be done. The old host runs with the address; whether it answers is not known."
        }
        (Some(RolledBack), _) => "It could not be done. The old host serves as before.",
        (Some(Cancelled), Some(Launch)) => "It was stopped. There is no host, as before.",
        (Some(Cancelled), Some(Terminate)) => "It was stopped. The host serves as before.",
        (Some(Cancelled), _) if !serves => match old_host.and_then(Word::known) {
            Some(OldHost::Silent) => {
                "It was stopped. The old host runs with the address, and does not answer as it should."
            }
            Some(OldHost::Away) => {
                "It was stopped. The old host does not serve: it does not run, or the address does not point to it."
            }
            _ => "It was stopped. Whether the old host serves is not known.",
        },
        (Some(Cancelled), _) => "It was stopped. The old host serves as before.",
        (None, _) => "This page doesn’t know this outcome. Reload the page to get its newest version.",
    }
}

/// The kind of a relaunch as a noun.
pub(crate) const fn kind_words(kind: RelaunchKind) -> &'static str {
    match kind {
        RelaunchKind::Launch => "Launch",
        RelaunchKind::Relaunch => "Relaunch",
        RelaunchKind::Rollback => "Rollback",
        RelaunchKind::Terminate => "Termination",
    }
}

/// A relaunch as a title: `Relaunch to revision 4`.
pub(crate) fn title(relaunch: &Relaunch) -> String {
    let kind = relaunch.kind.label(kind_words);
    match (relaunch.kind.known(), relaunch.to_revision) {
        (Some(RelaunchKind::Terminate), _) => format!("{kind} of the host"),
        (Some(RelaunchKind::Launch), Some(to)) => format!("{kind} of revision {to}"),
        (_, Some(to)) => format!("{kind} to revision {to}"),
        (_, None) => kind.to_owned(),
    }
}

/// Why a relaunch can't be stopped; none when it can.
pub(crate) fn reason_against_cancel(relaunch: &Relaunch) -> Option<&'static str> {
    if relaunch.outcome.is_some() {
        Some("It has ended.")
    } else if relaunch.undoing {
        Some("It is being undone already.")
    } else if relaunch.cancellable {
        None
    } else if relaunch.kind.is(RelaunchKind::Terminate) {
        Some("The host is being terminated; that can’t be stopped.")
    } else {
        Some("The address has begun to move; from here on it goes through, or undoes itself.")
    }
}

/// What a step is called.
pub(crate) const fn step_name(name: StepName) -> &'static str {
    match name {
        StepName::Preflight => "Preflight",
        StepName::Launch => "Launch",
        StepName::Boot => "Boot",
        StepName::Report => "Report",
        StepName::Probe => "Probe",
        StepName::Approve => "Approval",
        StepName::Switch => "Switch",
        StepName::Bake => "Bake",
        StepName::Retire => "Retire",
    }
}

/// What a step does, or waits for; nothing is known of one that this page doesn't know.
pub(crate) fn step_purpose(name: &Word<StepName>) -> Option<&'static str> {
    Some(match name.known()? {
        StepName::Preflight => "Checks user data, image and permissions; changes nothing.",
        StepName::Launch => "Asks EC2 for the new instance.",
        StepName::Boot => "Waits until it runs and passes both status checks.",
        StepName::Report => "Waits until the new host itself reports that its app answers.",
        StepName::Probe => "Asks the new host over HTTP from outside, and for its instance id.",
        StepName::Approve => "A person looks at the new host under its own address.",
        StepName::Switch => "Moves the Elastic IP to the new instance.",
        StepName::Bake => "Lets the new host serve for a while before the old one goes.",
        StepName::Retire => "Terminates the old instance.",
    })
}

/// How far a step has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepState {
    /// Not begun.
    ToCome,
    UnderWay,
    Succeeded,
    /// It did not.
    Failed,
    /// There was nothing to do.
    Skipped,
    /// It ended in a way that this page doesn't know.
    Other(String),
}

impl StepState {
    /// The state of a step; no further step is taken once the relaunch is `over`, or is being undone.
    pub(crate) fn of(step: &Step, over: bool) -> Self {
        match (&step.outcome, step.started_at) {
            (Some(Word::Known(StepOutcome::Succeeded)), _) => Self::Succeeded,
            (Some(Word::Known(StepOutcome::Failed)), _) => Self::Failed,
            (Some(Word::Known(StepOutcome::Skipped)), _) => Self::Skipped,
            (Some(Word::Other(text)), _) => Self::Other(text.clone()),
            // Then nothing is under way, whatever its last record says.
            (None, _) if over => Self::Skipped,
            (None, Some(_)) => Self::UnderWay,
            (None, None) => Self::ToCome,
        }
    }

    /// The state in words.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::ToCome => "To come",
            Self::UnderWay => "Under way",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Other(text) => text,
        }
    }

    /// The class of the step in a timeline.
    pub(crate) const fn class(&self) -> &'static str {
        match self {
            Self::ToCome => "step step-to-come",
            Self::UnderWay => "step step-under-way",
            Self::Succeeded => "step step-succeeded",
            Self::Failed => "step step-failed",
            Self::Skipped | Self::Other(_) => "step step-skipped",
        }
    }

    /// The icon of the state; none where the shape of the dot says enough.
    pub(crate) const fn icon(&self) -> Option<Icon> {
        match self {
            Self::ToCome | Self::UnderWay => None,
            Self::Succeeded => Some(Icon::Check),
            Self::Failed => Some(Icon::Cross),
            Self::Skipped => Some(Icon::Minus),
            Self::Other(_) => Some(Icon::Question),
        }
    }
}

/// How many steps are done, of how many.
pub(crate) fn progress(relaunch: &Relaunch) -> (usize, usize) {
    (relaunch.steps.iter().filter(|step| step.outcome.is_some()).count(), relaunch.steps.len())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rollcall_api::audit::Actor;

    use super::*;

    fn step(outcome: Option<StepOutcome>, started: bool) -> Step {
        Step {
            name: Word::Known(StepName::Boot),
            outcome: outcome.map(Word::Known),
            started_at: started.then_some(Timestamp::UNIX_EPOCH),
            ended_at: None,
            message: None,
            resources: vec![],
        }
    }

    fn relaunch(kind: RelaunchKind) -> Relaunch {
        Relaunch {
            id: "r".to_owned(),
            kind: Word::Known(kind),
            from_revision: Some(4),
            to_revision: Some(3),
            outcome: None,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            requested_by: Word::Known(Actor::DirectInvocation),
            reason: None,
            approval: None,
            old_host: None,
            cancelled_by: None,
            cancellable: true,
            undoing: false,
            steps: vec![step(Some(StepOutcome::Succeeded), true), step(None, true)],
        }
    }

    #[test]
    fn a_step_that_began_and_has_no_outcome_is_under_way() {
        assert_eq!(StepState::of(&step(None, true), false), StepState::UnderWay);
        assert_eq!(StepState::of(&step(None, false), false), StepState::ToCome);
    }

    #[test]
    fn nothing_is_under_way_once_the_relaunch_is_over() {
        assert_eq!(StepState::of(&step(None, true), true), StepState::Skipped);
        assert_eq!(StepState::of(&step(None, false), true), StepState::Skipped);
        assert_eq!(StepState::of(&step(Some(StepOutcome::Failed), true), true), StepState::Failed);
    }

    #[test]
    fn a_relaunch_is_named_by_kind_and_revision() {
        let rollback = relaunch(RelaunchKind::Rollback);
        assert_eq!(title(&rollback), "Rollback to revision 3");
        assert_eq!(progress(&rollback), (1, 2));
        assert_eq!(title(&relaunch(RelaunchKind::Launch)), "Launch of revision 3");
        let terminate = Relaunch { to_revision: None, ..relaunch(RelaunchKind::Terminate) };
        assert_eq!(title(&terminate), "Termination of the host");
    }

    #[test]
    fn what_came_of_it_is_told_from_the_host_s_side() {
        let ended =
            |kind, outcome| meaning(&Relaunch { outcome: Some(Word::Known(outcome)), ..relaunch(kind) });
        assert_eq!(ended(RelaunchKind::Relaunch, RelaunchOutcome::Succeeded), "The new host serves.");
        assert!(ended(RelaunchKind::Terminate, RelaunchOutcome::Succeeded).contains("none takes its place"));
        assert!(ended(RelaunchKind::Launch, RelaunchOutcome::Cancelled).contains("There is no host"));
        let undone = Relaunch { undoing: true, ..relaunch(RelaunchKind::Relaunch) };
        assert!(meaning(&undone).contains("the old host serves on"));
    }

    #[test]
    fn what_was_seen_of_the_old_host_is_told() {
        let ended = |outcome, old_host| {
            let (outcome, old_host) = (Some(Word::Known(outcome)), Some(Word::Known(old_host)));
            meaning(&Relaunch { outcome, old_host, ..relaunch(RelaunchKind::Relaunch) })
        };
        use RelaunchOutcome::{Cancelled, Failed, RolledBack};
        assert!(ended(RolledBack, OldHost::Serves).ends_with("The old host serves as before."));
        assert!(ended(RolledBack, OldHost::Unknown).ends_with("whether it answers is not known."));
        for outcome in [Failed, Cancelled] {
            assert!(ended(outcome, OldHost::Silent).ends_with("and does not answer as it should."));
            assert!(ended(outcome, OldHost::Away).contains("The old host does not serve"));
            assert!(ended(outcome, OldHost::Unknown).contains("known"));
        }
        let nobody = Relaunch { outcome: Some(Word::Known(Failed)), ..relaunch(RelaunchKind::Launch) };
        assert_eq!(meaning(&nobody), "It could not be done, and no host serves.");
    }

    #[test]
    fn words_that_the_page_does_not_know_are_shown_as_they_came() {
        let other = |text: &str| text.to_owned();
        let canary = Relaunch {
            kind: Word::Other(other("canary")),
            outcome: Some(Word::Other(other("paused"))),
            ..relaunch(RelaunchKind::Launch)
        };
        assert_eq!(title(&canary), "canary to revision 3");
        assert_eq!(outcome_words(canary.outcome.as_ref(), false), ("paused", Tone::Neutral));
        assert!(meaning(&canary).starts_with("This page doesn’t know this outcome."));
        let warm_up = Step { name: Word::Other(other("warm_up")), ..step(None, true) };
        assert_eq!((warm_up.name.label(step_name), step_purpose(&warm_up.name)), ("warm_up", None));
        let timed_out = Step { outcome: Some(Word::Other(other("timed_out"))), ..step(None, true) };
        assert_eq!(StepState::of(&timed_out, false).words(), "timed_out");
        assert_eq!(instance_tone(&Word::Other(other("hibernating"))), Tone::Neutral);
    }

    #[test]
    fn why_a_relaunch_cannot_be_stopped_is_said() {
        let started = relaunch(RelaunchKind::Relaunch);
        assert_eq!(reason_against_cancel(&started), None);
        let moving = Relaunch { cancellable: false, ..started.clone() };
        assert!(reason_against_cancel(&moving).is_some_and(|reason| reason.starts_with("The address")));
        let undone = Relaunch { undoing: true, cancellable: false, ..started.clone() };
        assert_eq!(reason_against_cancel(&undone), Some("It is being undone already."));
        let ended = Relaunch { outcome: Some(Word::Known(RelaunchOutcome::Succeeded)), ..started };
        assert_eq!(reason_against_cancel(&ended), Some("It has ended."));
    }
}
