//! Relaunches: recorded attempts to replace the host.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    audit::Actor,
    is_false, time,
    word::{Exact, Words},
};

/// What a caller sends to start a relaunch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RelaunchInput {
    /// The revision to launch; the newest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub revision: Option<u32>,
    /// Relaunch even to what the host runs already, so that only the instance is another one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub force: bool,
    /// Why, for whoever reads the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "line", max_length = 500))]
    pub reason: Option<String>,
}

/// What may be said when the host is to be terminated: the query of `DELETE /api/operations/host`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct TerminationInput {
    /// Why, for whoever reads the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", param(format = "line", max_length = 500))]
    pub reason: Option<String>,
}

/// The longest reason, in characters.
pub const MAX_REASON_CHARACTERS: usize = 500;

/// One recorded attempt to replace the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Relaunch, bound = ""))]
#[serde(bound = "")]
pub struct Relaunch<W: Words = Exact> {
    /// The relaunch's id, a UUID of version 7 (RFC 9562), so that ids sort by time.
    pub id: String,
    /// What sort of replacement it is.
    #[cfg_attr(feature = "openapi", schema(value_type = RelaunchKind))]
    pub kind: W::Word<RelaunchKind>,
    /// The revision of the host it replaces; none for a first launch.
    pub from_revision: Option<u32>,
    /// The revision it launches; none when the host is terminated without a successor.
    pub to_revision: Option<u32>,
    /// What came of it; none while it is in progress.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<RelaunchOutcome>))]
    pub outcome: Option<W::Word<RelaunchOutcome>>,
    #[serde(deserialize_with = "time::read")]
    pub started_at: Timestamp,
    #[serde(default, deserialize_with = "time::read_option")]
    pub ended_at: Option<Timestamp>,
    /// Who asked for it.
    #[cfg_attr(feature = "openapi", schema(value_type = Actor))]
    pub requested_by: W::Word<Actor>,
    /// Why they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The approval that its revision asks for; none when it asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Approval>))]
    pub approval: Option<Approval<W>>,
    /// Who stopped it; none when nobody did.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Actor>))]
    pub cancelled_by: Option<W::Word<Actor>>,
    /// What was seen of the old host once all was undone; none while it is not, or where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<OldHost>))]
    pub old_host: Option<W::Word<OldHost>>,
    /// Whether it can still be stopped: until the address begins to move.
    pub cancellable: bool,
    /// Whether what was done is being undone, after a step that failed or after it was stopped.
    pub undoing: bool,
    /// The steps in the order they are taken, those to come included.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Step>))]
    pub steps: Vec<Step<W>>,
}

/// A person's look at the new host before the address moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Approval, bound = ""))]
#[serde(bound = "")]
pub struct Approval<W: Words = Exact> {
    /// How many hours it is waited for.
    pub hours: u32,
    /// Until when it can be given; none before it is waited for.
    #[serde(default, deserialize_with = "time::read_option")]
    pub until: Option<Timestamp>,
    /// Where the new host can be looked at meanwhile, under its own address.
    pub look_at: Option<String>,
    /// Who gave it; none before.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Actor>))]
    pub given_by: Option<W::Word<Actor>>,
}

/// What sort of replacement a relaunch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RelaunchKind {
    /// There was no host to replace.
    Launch,
    /// To the same or a later revision.
    Relaunch,
    /// To an earlier revision.
    Rollback,
    /// The host goes and no other takes its place.
    Terminate,
}

/// What was seen of the old host once a relaunch was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OldHost {
    /// It runs with the address, and answered there with its own instance id.
    Serves,
    /// It runs with the address, and does not answer as it should.
    Silent,
    /// It does not run, or the address does not point to it.
    Away,
    /// It could not be looked at or asked.
    Unknown,
}

/// What came of a relaunch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RelaunchOutcome {
    /// The new host serves.
    Succeeded,
    /// It could not be done. Where a new host was to come, the old one does not serve in its place: there was none, it
    /// is gone, it does not answer, or it could not be given its address back. A host that was to go is still there.
    Failed,
    /// It could not be done; the old host runs with the address as before, and nothing was seen that it does not serve.
    RolledBack,
    /// Someone stopped it; `old_host` tells what was seen of the old host.
    Cancelled,
}

impl RelaunchOutcome {
    /// The outcome over the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The steps of a relaunch. All but launch, switch and retire are gates: they change nothing.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StepName {
    /// Checks before anything is started: the user data's size, the image, the subnets, a dry run of the launch.
    Preflight,
    /// The new instance is asked for.
    Launch,
    /// The new instance runs and passes both status checks.
    Boot,
    /// The new host itself reports that its app answers.
    Report,
    /// The new host answers over HTTP from outside, with its own instance id.
    Probe,
    /// A person has looked at the new host, if the revision asks for that.
    Approve,
    /// The Elastic IP moves to the new instance.
    Switch,
    /// The new host serves for a while before the old one goes.
    Bake,
    /// The old instance is terminated.
    Retire,
}

impl StepName {
    /// Every step, in the order it is taken.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The name over the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StepOutcome {
    Succeeded,
    /// It did not, and the relaunch was undone.
    Failed,
    /// There was nothing to do, or an earlier step failed.
    Skipped,
}

/// One step of a relaunch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Step, bound = ""))]
#[serde(bound = "")]
pub struct Step<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = StepName))]
    pub name: W::Word<StepName>,
    /// What came of it; none while it is to come or under way.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<StepOutcome>))]
    pub outcome: Option<W::Word<StepOutcome>>,
    /// When it began; none while it is to come.
    #[serde(default, deserialize_with = "time::read_option")]
    pub started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "time::read_option")]
    pub ended_at: Option<Timestamp>,
    /// What happened, for people.
    pub message: Option<String>,
    /// The AWS ids it dealt with: `i-…`, `eipalloc-…`, `subnet-…`.
    pub resources: Vec<String>,
}

/// One page of `GET /api/operations/relaunches`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RelaunchPage, bound = ""))]
#[serde(bound = "")]
pub struct RelaunchPage<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Relaunch>))]
    pub relaunches: Vec<Relaunch<W>>,
    /// The ids of those that can't be read, such as what a newer Rollcall wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// Pass this as `cursor` for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// How a host's start went, as the host itself reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BootReport, bound = ""))]
#[serde(bound = "")]
pub struct BootReport<W: Words = Exact> {
    /// What became of the recipe's script and the app.
    #[cfg_attr(feature = "openapi", schema(value_type = BootOutcome))]
    pub outcome: W::Word<BootOutcome>,
    /// The script's exit code; none while it runs, as one that ends in a server does.
    pub exit_code: Option<i32>,
    /// How long the script had run by then, in seconds.
    pub seconds: u64,
}

/// What became of a recipe's script, and of the app it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BootOutcome {
    /// The app answers on the host itself.
    Answering,
    /// The script ended with an error.
    ScriptFailed,
    /// The script ended well, and no app answers.
    NotListening,
    /// The script runs and runs, and no app answers.
    Hung,
}

/// The answer of `GET /api/operations/relaunches/{id}/boot-log`: what is kept of a new host's start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = BootLog, bound = ""))]
#[serde(bound = "")]
pub struct BootLog<W: Words = Exact> {
    /// The host's own report; none when none arrived.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<BootReport>))]
    pub report: Option<BootReport<W>>,
    /// The end of cloud-init's log, as the host sent it with its report.
    pub cloud_init_log: Option<String>,
    /// The end of the console output, as EC2 had it when the relaunch was undone.
    pub console_output: Option<String>,
    /// What the new host answered last that was not as it should be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<HostAnswer>,
}

/// An answer of a new host that was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ProbeAnswer))]
pub struct HostAnswer {
    #[serde(deserialize_with = "time::read")]
    pub asked_at: Timestamp,
    /// What was asked for.
    pub url: String,
    /// What was wrong with it, and the beginning of the answer.
    pub said: String,
}
