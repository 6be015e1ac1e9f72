//! Plans: what a relaunch would do, changing nothing.

mod drift;
pub(crate) mod make;

use std::collections::BTreeSet;

use drift::{Live, drift};
use jiff::Timestamp;
use rollcall_api::{
    plan::{DiffHunk, DiffLine, LineChange, Plan, PlannedStep, SettingChange},
    relaunch::StepName,
};
use rollcall_error::Error;
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::{
    difference::Difference,
    ec2::Instance,
    host::{self, Hosts, Look, recorded::RecordedHost},
    ids::{RelaunchId, RevisionNumber},
    relaunch::{
        Store,
        preflight::{Preflight, PreflightChecks, Verdict},
        record::kind,
        store::Journal,
        timeouts::Timeouts,
    },
    revision::{Revisions, StoredRevision},
};

/// How many equal lines stand around each change of a diff.
const CONTEXT_LINES: usize = 3;

/// Draws up plans. A clone shares its connections.
#[derive(Debug, Clone)]
pub struct Plans {
    revisions: Revisions,
    hosts: Hosts,
    preflight: PreflightChecks,
    relaunches: Store,
    timeouts: Timeouts,
}

impl Plans {
    pub(crate) const fn new(
        revisions: Revisions,
        hosts: Hosts,
        preflight: PreflightChecks,
        relaunches: Store,
        timeouts: Timeouts,
    ) -> Self {
        Self { revisions, hosts, preflight, relaunches, timeouts }
    }

    /// What a relaunch to this revision, or to the newest, would do now.
    ///
    /// # Errors
    /// When there is no such revision, or AWS can't be asked.
    pub async fn draw_up(&self, number: Option<RevisionNumber>, now: Timestamp) -> Result<Plan, Error> {
        let in_progress = async { self.relaunches.in_progress().await.map_err(Error::from) };
        let (revision, look, in_progress) =
            tokio::try_join!(self.revision(number), self.hosts.look(), in_progress)?;
        let Look { host, holder, recorded, out_of_service } = look;
        let launched = recorded.as_ref().and_then(|recorded| recorded.launched.as_ref());
        let is_recorded = host.as_ref().map(|host| &host.id) == launched.map(|launched| &launched.instance);
        let from_number = host.as_ref().and_then(|host| host.revision);
        let recorded_number = launched.map(|launched| launched.request.revision);
        let from = self.revision_of(from_number);
        // Mostly the host is the one on record, and has been asked for already.
        let other_revision = self.revision_of(recorded_number.filter(|number| from_number != Some(*number)));
        let other_instance = async {
            match launched.filter(|_| !is_recorded) {
                Some(launched) => self.hosts.instance(&launched.instance).await,
                None => Ok(None),
            }
        };
        let user_data = async {
            match &host {
                Some(host) => self.hosts.user_data(host).await,
                None => Ok(String::new()),
            }
        };
        // No instance ever carries this id: nothing is launched.
        let preflight =
            async { self.preflight.make(&revision, RelaunchId::new(now)).await.map_err(host::told) };
        let (from, other_revision, other_instance, user_data, preflight) =
            tokio::try_join!(from, other_revision, other_instance, user_data, preflight)?;
        let template_version = match &preflight.verdict {
            Verdict::Launch(launch) => Some(launch.request.launch_template_version),
            _ => None,
        };
        let mut plan =
            draw_up(host.as_ref(), from.as_ref(), &user_data, &revision, preflight, &self.timeouts);
        if let Some(recorded) = &recorded {
            let live = Live {
                host: host.as_ref(),
                recorded_instance: if is_recorded { host.as_ref() } else { other_instance.as_ref() },
                holder: holder.as_ref(),
                out_of_service: out_of_service.as_deref(),
                user_data: &user_data,
                template_version,
            };
            let revision =
                if from_number == recorded_number { from.as_ref() } else { other_revision.as_ref() };
            plan.drift = drift(recorded, revision, live);
            plan.recorded_by = Some(recorded.relaunch.to_string());
            add_recorded(&mut plan.settings, recorded, revision);
        }
        plan.in_progress = in_progress.map(|id| id.to_string());
        if let Some(reason) = out_of_service {
            plan.changes = true;
            let (name, to) = ("Service".to_owned(), Some("it serves".to_owned()));
            plan.settings.insert(0, SettingChange { name, recorded: None, from: Some(reason), to });
        }
        Ok(plan)
    }

    /// The revision with this number, where there is a number.
    async fn revision_of(&self, number: Option<RevisionNumber>) -> Result<Option<StoredRevision>, Error> {
        match number {
            Some(number) => Ok(self.revisions.get(number).await?),
            None => Ok(None),
        }
    }

    /// A plan for a revision that is not there is itself not there.
    async fn revision(&self, number: Option<RevisionNumber>) -> Result<StoredRevision, Error> {
        let Some(number) = number else { return self.revisions.wanted(None).await };
        let found = self.revisions.get(number).await?;
        found.ok_or_else(|| Error::not_found(format!("There is no revision {number}.")))
    }
}

/// Adds to each setting what was launched.
fn add_recorded(settings: &mut [SettingChange], recorded: &RecordedHost, revision: Option<&StoredRevision>) {
    let request = recorded.launched.as_ref().map(|launched| &launched.request);
    for setting in settings {
        setting.recorded = match setting.name.as_str() {
            "recipe" => revision.map(|it| it.recipe.as_str().to_owned()),
            "image" => request.map(|it| it.image.to_string()),
            "instance_type" => request.map(|it| it.instance_type.as_str().to_owned()),
            name => revision.and_then(|it| it.variables.get(name.strip_prefix("variables.")?).cloned()),
        };
    }
}

fn draw_up(
    host: Option<&Instance>,
    from: Option<&StoredRevision>,
    user_data: &str,
    revision: &StoredRevision,
    preflight: Preflight,
    timeouts: &Timeouts,
) -> Plan {
    let from_revision = host.and_then(|host| host.revision);
    Plan {
        kind: kind(host.is_some(), from_revision, revision.number),
        host: host.map(|host| host.id.to_string()),
        from_revision: from_revision.map(|number| number.0),
        to_revision: revision.number.0,
        changes: host.is_none_or(|host| Difference::between(host, user_data, revision).is_any()),
        drift: Vec::new(),
        recorded_by: None,
        in_progress: None,
        user_data_diff: diff(user_data, &revision.user_data),
        settings: settings(host, from, revision),
        steps: steps(host, revision, &preflight, timeouts),
        preflight: preflight.checks,
    }
}

/// Where two texts differ. Only a line feed ends a line, as for the shell that runs the user data.
fn diff(before: &str, after: &str) -> Vec<DiffHunk> {
    let before: Vec<_> = before.split_inclusive('\n').collect();
    let after: Vec<_> = after.split_inclusive('\n').collect();
    let diff = TextDiff::from_slices(&before, &after);
    diff.grouped_ops(CONTEXT_LINES).iter().filter_map(|ops| hunk(&diff, ops)).collect()
}

fn hunk(diff: &TextDiff<'_, '_, str>, ops: &[DiffOp]) -> Option<DiffHunk> {
    let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
    let first = ops.first()?;
    let lines = ops.iter().flat_map(|op| diff.iter_changes(op)).map(|line| DiffLine {
        change: match line.tag() {
            ChangeTag::Equal => LineChange::Same,
            ChangeTag::Delete => LineChange::Removed,
            ChangeTag::Insert => LineChange::Added,
        },
        text: line.value().strip_suffix('\n').unwrap_or(line.value()).to_owned(),
        unterminated: !line.value().ends_with('\n'),
    });
    Some(DiffHunk {
        before: number(first.old_range().start),
        after: number(first.new_range().start),
        lines: lines.collect(),
    })
}

/// Recipe and variables are those of the host's revision; image and type are EC2's own word.
fn settings(
    host: Option<&Instance>,
    from: Option<&StoredRevision>,
    to: &StoredRevision,
) -> Vec<SettingChange> {
    let change = |name: &str, from: Option<String>, to: Option<String>| SettingChange {
        name: name.to_owned(),
        recorded: None,
        from,
        to,
    };
    let instance_type = host.and_then(|host| host.instance_type.clone());
    let wanted = to.instance_types().into_iter().map(String::from);
    let kept = wanted.into_iter().find(|it| Some(it) == instance_type.as_ref());
    let mut settings = vec![
        change("recipe", from.map(|it| it.recipe.as_str().to_owned()), Some(to.recipe.as_str().to_owned())),
        change("image", host.and_then(|host| host.image.clone()), Some(to.image.to_string())),
        change(
            "instance_type",
            instance_type,
            Some(kept.unwrap_or_else(|| to.instance_type.as_str().to_owned())),
        ),
    ];
    let before = from.map(|it| &it.variables);
    let names: BTreeSet<_> = to.variables.keys().chain(before.into_iter().flat_map(|it| it.keys())).collect();
    settings.extend(names.into_iter().map(|name| {
        let from = before.and_then(|variables| variables.get(name)).cloned();
        change(&format!("variables.{name}"), from, to.variables.get(name).cloned())
    }));
    settings
}

fn steps(
    host: Option<&Instance>,
    revision: &StoredRevision,
    preflight: &Preflight,
    timeouts: &Timeouts,
) -> Vec<PlannedStep> {
    let within = |time: std::time::Duration| format!("within {} s", time.as_secs());
    let old = host.map(|host| host.id.to_string());
    let launch = match &preflight.verdict {
        Verdict::Launch(launch) => format!(
            "one {} from {} in {}{}",
            launch.request.instance_type.as_str(),
            revision.image,
            launch.request.subnet,
            match launch.alternatives.len() {
                0 => String::new(),
                1 => "; one other place if there is no capacity".to_owned(),
                others => format!("; {others} other places if there is no capacity"),
            }
        ),
        Verdict::Failed(_) => "nothing: a check fails".to_owned(),
        Verdict::Unknown(_) => "nothing before the checks above are known to pass".to_owned(),
    };
    let what = |step| match step {
        StepName::Preflight => "the checks above are made again".to_owned(),
        StepName::Launch => launch.clone(),
        StepName::Boot => format!("it runs and passes both status checks {}", within(timeouts.boot)),
        StepName::Report => format!("it reports that its app answers {}", within(timeouts.report)),
        StepName::Probe => format!("it answers from outside with its own id {}", within(timeouts.probe)),
        StepName::Approve => match revision.approval_hours {
            Some(hours) => format!("a person looks at it under its own address, within {hours} h"),
            None => "nothing: no approval is asked for".to_owned(),
        },
        StepName::Switch => match &old {
            Some(old) => format!("the address moves from {old} to it"),
            None => "the address moves to it".to_owned(),
        },
        StepName::Bake => match timeouts.bake.as_secs() {
            0 => "it is asked once more, under the address".to_owned(),
            seconds => format!("it serves for {seconds} s and is asked once more"),
        },
        StepName::Retire => match &old {
            Some(old) => format!("{old} is terminated"),
            None => "nothing: there is no host now".to_owned(),
        },
    };
    let is_taken = |name: &StepName| *name != StepName::Approve || revision.approval_hours.is_some();
    StepName::ALL
        .iter()
        .copied()
        .filter(is_taken)
        .map(|name| PlannedStep { name, what: what(name) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    /// A text after the hunks were applied to the one before, by nothing but their numbers and lines.
    fn applied(before: &str, hunks: &[DiffHunk]) -> String {
        let mut lines = before.split_inclusive('\n');
        let (mut text, mut at) = (String::new(), (1, 1));
        for hunk in hunks {
            for line in lines.by_ref().take((hunk.before - at.0) as usize) {
                text += line;
                at = (at.0 + 1, at.1 + 1);
            }
            assert_eq!(at, (hunk.before, hunk.after));
            for line in &hunk.lines {
                let whole = format!("{}{}", line.text, if line.unterminated { "" } else { "\n" });
                if line.change != LineChange::Added {
                    assert_eq!(lines.next(), Some(whole.as_str()));
                    at.0 += 1;
                }
                if line.change != LineChange::Removed {
                    text += &whole;
                    at.1 += 1;
                }
            }
        }
        text + &lines.collect::<String>()
    }

    fn line(change: LineChange, text: &str) -> DiffLine {
        DiffLine { change, text: text.to_owned(), unterminated: false }
    }

    #[test]
    fn a_diff_marks_what_goes_and_what_comes() {
        let hunk = DiffHunk {
            before: 1,
            after: 1,
            lines: vec![
                line(LineChange::Same, "#!/bin/bash"),
                line(LineChange::Removed, "export A=1"),
                line(LineChange::Added, "export A=2"),
            ],
        };
        assert_eq!(diff("#!/bin/bash\nexport A=1\n", "#!/bin/bash\nexport A=2\n"), [hunk]);
    }

    #[test]
    fn a_hunk_has_the_numbers_of_its_first_lines() {
        let before: String = (1..=20).map(|number| format!("{number}\n")).collect();
        let after = before.replace("2\n3\n", "2\nnew\n3\n").replace("19\n", "");
        let numbers: Vec<_> = diff(&before, &after).iter().map(|hunk| (hunk.before, hunk.after)).collect();
        assert_eq!(numbers, [(1, 1), (16, 17)]);
    }

    #[test]
    fn the_same_makes_no_diff() {
        assert_eq!(diff("#!/bin/bash\n", "#!/bin/bash\n"), []);
    }

    #[test]
    fn the_end_of_the_last_line_and_a_carriage_return_are_differences_too() {
        let unterminated = DiffLine { unterminated: true, ..line(LineChange::Added, "a") };
        assert_eq!(diff("a\n", "a")[0].lines, [line(LineChange::Removed, "a"), unterminated]);
        assert_eq!(
            diff("a\r\n", "a\n")[0].lines,
            [line(LineChange::Removed, "a\r"), line(LineChange::Added, "a")]
        );
    }

    proptest! {
        #[test]
        fn the_hunks_make_the_text_after_of_the_text_before(
            before in "([ab]?[\r]?\n){0,30}[ab]?", after in "([ab]?[\r]?\n){0,30}[ab]?",
        ) {
            let hunks = diff(&before, &after);
            prop_assert_eq!(applied(&before, &hunks), after.clone());
            prop_assert_eq!(hunks.is_empty(), before == after);
        }
    }
}
