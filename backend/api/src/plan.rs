//! Plans: what a relaunch would do, changing nothing.

use serde::{Deserialize, Serialize};

use crate::{
    is_false,
    relaunch::{RelaunchKind, StepName},
    word::{Exact, Words},
};

/// What a caller sends to see a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanInput {
    /// The revision to plan for; the newest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub revision: Option<u32>,
}

/// What a relaunch would do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Plan, bound = ""))]
#[serde(bound = "")]
pub struct Plan<W: Words = Exact> {
    /// What sort of replacement it would be.
    #[cfg_attr(feature = "openapi", schema(value_type = RelaunchKind))]
    pub kind: W::Word<RelaunchKind>,
    /// The host that would be replaced; none before the first launch.
    pub host: Option<String>,
    /// The revision of that host, by its tag.
    pub from_revision: Option<u32>,
    /// The revision that would be launched.
    pub to_revision: u32,
    /// Whether anything but the instance itself would be another: when not, a relaunch needs `force`.
    pub changes: bool,
    /// Where the user data of the host and that of the revision differ, from the top; empty when they are the same.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<DiffHunk>))]
    pub user_data_diff: Vec<DiffHunk<W>>,
    /// Where the host is not as the newest relaunch that succeeded has left it, or what it stands on has changed since.
    #[serde(default)]
    pub drift: Vec<Drift>,
    /// The relaunch that has left the host; none before the first has succeeded.
    #[serde(default)]
    pub recorded_by: Option<String>,
    /// The relaunch in progress, which has to end first.
    #[serde(default)]
    pub in_progress: Option<String>,
    /// Every other setting of the host against the revision's.
    pub settings: Vec<SettingChange>,
    /// The preflight checks as they would end now.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Check>))]
    pub preflight: Vec<Check<W>>,
    /// What would be done, step by step.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<PlannedStep>))]
    pub steps: Vec<PlannedStep<W>>,
}

/// Lines that differ, with a few around them that do not: a hunk of a unified diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = DiffHunk, bound = ""))]
#[serde(bound = "")]
pub struct DiffHunk<W: Words = Exact> {
    /// The number, from 1, of the first line before. Where the hunk has no line before, the number such a line would have.
    pub before: u32,
    /// The same for the first line after.
    pub after: u32,
    /// The lines in order: at each place first those removed, then those added.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<DiffLine>))]
    pub lines: Vec<DiffLine<W>>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = DiffLine, bound = ""))]
#[serde(bound = "")]
pub struct DiffLine<W: Words = Exact> {
    /// On which sides the line is.
    #[cfg_attr(feature = "openapi", schema(value_type = LineChange))]
    pub change: W::Word<LineChange>,
    /// The line without the line feed that ends it. A carriage return before that is part of the text.
    pub text: String,
    /// Whether no line feed ends the line: so the last one of a text may be.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unterminated: bool,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LineChange {
    Same,
    /// Only the text before has it.
    Removed,
    /// Only the text after has it.
    Added,
}

/// One thing that is not as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Which thing: `host`, `state`, `address`, `service`, `image`, `instance_type`, `subnet`, `user_data`, `revision` or
    /// `launch_template`.
    pub name: String,
    /// As the newest relaunch that succeeded has left it.
    pub recorded: String,
    /// As it is now.
    pub live: String,
    /// How it came about, in EC2's own words, where EC2 says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
}

/// One setting before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingChange {
    /// Which setting: `recipe`, `variables.region`, `image`, `instance_type`.
    pub name: String,
    /// What the newest relaunch that succeeded launched; none where nothing is on record.
    #[serde(default)]
    pub recorded: Option<String>,
    /// The host's; none without a host, and where nobody knows.
    pub from: Option<String>,
    /// The revision's; none where the revision has no such setting.
    pub to: Option<String>,
}

impl SettingChange {
    /// Whether the two differ.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.from != self.to
    }
}

/// One preflight check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Check, bound = ""))]
#[serde(bound = "")]
pub struct Check<W: Words = Exact> {
    /// What is checked, for people.
    pub name: String,
    /// How it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = CheckOutcome))]
    pub outcome: W::Word<CheckOutcome>,
    /// What was found, or what to do about it.
    pub detail: String,
}

/// How a preflight check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumString)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CheckOutcome {
    Passed,
    /// A relaunch would end here.
    Failed,
    /// It could not be found out now; a relaunch would ask again.
    Unknown,
}

/// One step that would be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PlannedStep, bound = ""))]
#[serde(bound = "")]
pub struct PlannedStep<W: Words = Exact> {
    #[cfg_attr(feature = "openapi", schema(value_type = StepName))]
    pub name: W::Word<StepName>,
    /// What it would do.
    pub what: String,
}
