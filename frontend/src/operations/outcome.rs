//! How far a relaunch or one of its steps has got, and how that is said and shown.

use rollcall_api::{
    host::InstanceState,
    relaunch::{Relaunch, RelaunchKind, RelaunchOutcome, Step, StepName, StepOutcome},
};

use crate::ui::icon::Icon;

/// The colour and shape a state is shown with. Never the only sign: words stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Going on.
    Busy,
    /// Not as hoped; nothing is broken.
    Wary,
    /// Broken.
    Bad,
    /// Neither here nor there.
    Calm,
}

impl Tone {
    /// The class of a pill of this tone.
    pub(crate) const fn pill(self) -> &'static str {
        match self {
            Self::Good => "pill pill-good",
            Self::Busy => "pill pill-busy",
            Self::Wary => "pill pill-wary",
            Self::Bad => "pill pill-bad",
            Self::Calm => "pill",
        }
    }
}

/// The tone of an instance's state.
pub(crate) const fn instance_tone(state: InstanceState) -> Tone {
    match state {
        InstanceState::Running => Tone::Good,
        InstanceState::Pending => Tone::Busy,
        InstanceState::Stopping | InstanceState::Stopped => Tone::Wary,
        InstanceState::ShuttingDown | InstanceState::Terminated => Tone::Bad,
    }
}

/// What came of a relaunch, in words, with its tone.
pub(crate) const fn outcome_words(outcome: Option<RelaunchOutcome>, undoing: bool) -> (&'static str, Tone) {
    match outcome {
        None if undoing => ("Being undone", Tone::Wary),
        None => ("In progress", Tone::Busy),
        Some(RelaunchOutcome::Succeeded) => ("Succeeded", Tone::Good),
        Some(RelaunchOutcome::Failed) => ("Failed", Tone::Bad),
        Some(RelaunchOutcome::RolledBack) => ("Rolled back", Tone::Wary),
        Some(RelaunchOutcome::Cancelled) => ("Cancelled", Tone::Calm),
    }
}

/// What that means for who uses the directory; for one in progress, where it is heading.
pub(crate) fn meaning(relaunch: &Relaunch) -> &'static str {
    use RelaunchKind::{Launch, Terminate};
    match (relaunch.outcome, relaunch.kind) {
        (None, Terminate) if relaunch.undoing => "It is being stopped.",
        (None, Launch) if relaunch.undoing => {
            "What was done is being undone: the new instance is terminated."
        }
        (None, _) if relaunch.undoing => {
            "What was done is being undone: the new instance is terminated, and the old host serves on."
        }
        (None, _) => "The steps below change as they happen.",
        (Some(RelaunchOutcome::Succeeded), Terminate) => "The host is terminated, and none takes its place.",
        (Some(RelaunchOutcome::Succeeded), _) => "The new host serves.",
        (Some(RelaunchOutcome::Failed), Terminate) => "The host could not be terminated.",
        (Some(RelaunchOutcome::Failed), _) => "It could not be done, and no old host serves in its place.",
        (Some(RelaunchOutcome::RolledBack), _) => "It could not be done. The old host serves as before.",
        (Some(RelaunchOutcome::Cancelled), Launch) => "It was stopped. There is no host, as before.",
        (Some(RelaunchOutcome::Cancelled), Terminate) => "It was stopped. The host serves as before.",
        (Some(RelaunchOutcome::Cancelled), _) => "It was stopped. The old host serves as before.",
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
    let kind = kind_words(relaunch.kind);
    match (relaunch.kind, relaunch.to_revision) {
        (RelaunchKind::Terminate, _) => format!("{kind} of the host"),
        (RelaunchKind::Launch, Some(to)) => format!("{kind} of revision {to}"),
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
    } else if relaunch.kind == RelaunchKind::Terminate {
        Some("The host is being terminated; that can’t be stopped.")
    } else {
        Some("The address has begun to move; from here on it goes through, or undoes itself.")
    }
}

/// What a step is called, and what it waits for.
pub(crate) const fn step_words(name: StepName) -> (&'static str, &'static str) {
    match name {
        StepName::Preflight => ("Preflight", "Checks user data, image and permissions; changes nothing"),
        StepName::Launch => ("Launch", "Asks EC2 for the new instance"),
        StepName::Boot => ("Boot", "Waits until it runs and passes both status checks"),
        StepName::Report => ("Report", "Waits until the new host itself reports that its app answers"),
        StepName::Probe => ("Probe", "Asks the new host over HTTP from outside, and for its instance id"),
        StepName::Switch => ("Switch", "Moves the Elastic IP to the new instance"),
        StepName::Bake => ("Bake", "Lets the new host serve for a while before the old one goes"),
        StepName::Retire => ("Retire", "Terminates the old instance"),
    }
}

/// How far a step has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepState {
    /// Not begun.
    ToCome,
    /// Going on.
    UnderWay,
    /// It did what it is for.
    Succeeded,
    /// It did not.
    Failed,
    /// There was nothing to do.
    Skipped,
}

impl StepState {
    /// The state of a step; no further step is taken once the relaunch is `over`, or is being undone.
    pub(crate) const fn of(step: &Step, over: bool) -> Self {
        match (step.outcome, step.started_at) {
            (Some(StepOutcome::Succeeded), _) => Self::Succeeded,
            (Some(StepOutcome::Failed), _) => Self::Failed,
            (Some(StepOutcome::Skipped), _) => Self::Skipped,
            // Then nothing is under way, whatever its last record says.
            (None, _) if over => Self::Skipped,
            (None, Some(_)) => Self::UnderWay,
            (None, None) => Self::ToCome,
        }
    }

    /// The state in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::ToCome => "To come",
            Self::UnderWay => "Under way",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }

    /// The class of the step in a timeline.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::ToCome => "step step-to-come",
            Self::UnderWay => "step step-under-way",
            Self::Succeeded => "step step-succeeded",
            Self::Failed => "step step-failed",
            Self::Skipped => "step step-skipped",
        }
    }

    /// The icon of the state; none where the shape of the dot says enough.
    pub(crate) const fn icon(self) -> Option<Icon> {
        match self {
            Self::ToCome | Self::UnderWay => None,
            Self::Succeeded => Some(Icon::Check),
            Self::Failed => Some(Icon::Cross),
            Self::Skipped => Some(Icon::Minus),
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
            name: StepName::Boot,
            outcome,
            started_at: started.then_some(Timestamp::UNIX_EPOCH),
            ended_at: None,
            message: None,
            resources: vec![],
        }
    }

    fn relaunch(kind: RelaunchKind) -> Relaunch {
        Relaunch {
            id: "r".to_owned(),
            kind,
            from_revision: Some(4),
            to_revision: Some(3),
            outcome: None,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            requested_by: Actor::DirectInvocation,
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
        let ended = |kind, outcome| meaning(&Relaunch { outcome: Some(outcome), ..relaunch(kind) });
        assert_eq!(ended(RelaunchKind::Relaunch, RelaunchOutcome::Succeeded), "The new host serves.");
        assert!(ended(RelaunchKind::Terminate, RelaunchOutcome::Succeeded).contains("none takes its place"));
        assert!(ended(RelaunchKind::Launch, RelaunchOutcome::Cancelled).contains("There is no host"));
        let undone = Relaunch { undoing: true, ..relaunch(RelaunchKind::Relaunch) };
        assert!(meaning(&undone).contains("the old host serves on"));
    }

    #[test]
    fn why_a_relaunch_cannot_be_stopped_is_said() {
        let started = relaunch(RelaunchKind::Relaunch);
        assert_eq!(reason_against_cancel(&started), None);
        let moving = Relaunch { cancellable: false, ..started.clone() };
        assert!(reason_against_cancel(&moving).is_some_and(|reason| reason.starts_with("The address")));
        let undone = Relaunch { undoing: true, cancellable: false, ..started.clone() };
        assert_eq!(reason_against_cancel(&undone), Some("It is being undone already."));
        let ended = Relaunch { outcome: Some(RelaunchOutcome::Succeeded), ..started };
        assert_eq!(reason_against_cancel(&ended), Some("It has ended."));
    }
}
