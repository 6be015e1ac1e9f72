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
pub(crate) const fn outcome_words(outcome: Option<RelaunchOutcome>) -> (&'static str, Tone) {
    match outcome {
        None => ("In progress", Tone::Busy),
        Some(RelaunchOutcome::Succeeded) => ("Succeeded", Tone::Good),
        Some(RelaunchOutcome::Failed) => ("Failed", Tone::Bad),
        Some(RelaunchOutcome::RolledBack) => ("Rolled back", Tone::Wary),
        Some(RelaunchOutcome::Cancelled) => ("Cancelled", Tone::Calm),
    }
}

/// What that means for who uses the directory.
pub(crate) const fn outcome_meaning(outcome: RelaunchOutcome) -> &'static str {
    match outcome {
        RelaunchOutcome::Succeeded => "The new host serves.",
        RelaunchOutcome::Failed => "It could not be done, and there was no host to fall back on.",
        RelaunchOutcome::RolledBack => "It could not be done. The old host serves as before.",
        RelaunchOutcome::Cancelled => "It was stopped. The old host serves as before.",
    }
}

/// The kind of a relaunch as a noun.
pub(crate) const fn kind_words(kind: RelaunchKind) -> &'static str {
    match kind {
        RelaunchKind::Launch => "Launch",
        RelaunchKind::Relaunch => "Relaunch",
        RelaunchKind::Rollback => "Rollback",
    }
}

/// A relaunch as a title: `Relaunch to revision 4`.
pub(crate) fn title(relaunch: &Relaunch) -> String {
    let joint = if relaunch.kind == RelaunchKind::Launch { "of" } else { "to" };
    format!("{} {joint} revision {}", kind_words(relaunch.kind), relaunch.to_revision)
}

/// What a step is called, and what it waits for.
pub(crate) const fn step_words(name: StepName) -> (&'static str, &'static str) {
    match name {
        StepName::Preflight => ("Preflight", "Checks user data, image and permissions; changes nothing"),
        StepName::Launch => ("Launch", "Asks EC2 for the new instance"),
        StepName::Boot => ("Boot", "Waits until it runs and passes both status checks"),
        StepName::Switch => ("Switch", "Moves the Elastic IP to the new instance"),
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
    /// The state of a step of a relaunch that ended with `outcome`.
    pub(crate) const fn of(step: &Step, outcome: Option<RelaunchOutcome>) -> Self {
        match (step.outcome, step.started_at, outcome) {
            (Some(StepOutcome::Succeeded), _, _) => Self::Succeeded,
            (Some(StepOutcome::Failed), _, _) => Self::Failed,
            (Some(StepOutcome::Skipped), _, _) => Self::Skipped,
            (None, Some(_), None) => Self::UnderWay,
            // A relaunch that is over has nothing under way, whatever its last record says.
            (None, None, Some(_)) | (None, Some(_), Some(_)) => Self::Skipped,
            (None, None, None) => Self::ToCome,
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

    #[test]
    fn a_step_that_began_and_has_no_outcome_is_under_way() {
        assert_eq!(StepState::of(&step(None, true), None), StepState::UnderWay);
        assert_eq!(StepState::of(&step(None, false), None), StepState::ToCome);
    }

    #[test]
    fn nothing_is_under_way_once_the_relaunch_is_over() {
        let over = Some(RelaunchOutcome::RolledBack);
        assert_eq!(StepState::of(&step(None, true), over), StepState::Skipped);
        assert_eq!(StepState::of(&step(None, false), over), StepState::Skipped);
        assert_eq!(StepState::of(&step(Some(StepOutcome::Failed), true), over), StepState::Failed);
    }

    #[test]
    fn a_relaunch_is_named_by_kind_and_revision() {
        let mut relaunch = Relaunch {
            id: "r".to_owned(),
            kind: RelaunchKind::Rollback,
            from_revision: Some(4),
            to_revision: 3,
            outcome: None,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            requested_by: "operator".to_owned(),
            steps: vec![step(Some(StepOutcome::Succeeded), true), step(None, true)],
        };
        assert_eq!(title(&relaunch), "Rollback to revision 3");
        assert_eq!(progress(&relaunch), (1, 2));
        relaunch.kind = RelaunchKind::Launch;
        assert_eq!(title(&relaunch), "Launch of revision 3");
    }
}
