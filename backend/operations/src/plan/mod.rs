//! Plans: what a relaunch would do, changing nothing.

pub(crate) mod make;

use std::collections::BTreeSet;

use jiff::Timestamp;
use rollcall_api::{
    plan::{Plan, PlannedStep, SettingChange},
    relaunch::StepName,
};
use rollcall_error::Error;
use similar::TextDiff;

use crate::{
    difference::Difference,
    ec2::Instance,
    host::Hosts,
    ids::{RelaunchId, RevisionNumber},
    relaunch::{
        preflight::{Preflight, PreflightChecks, Verdict},
        record::kind,
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
    timeouts: Timeouts,
}

impl Plans {
    pub(crate) const fn new(
        revisions: Revisions,
        hosts: Hosts,
        preflight: PreflightChecks,
        timeouts: Timeouts,
    ) -> Self {
        Self { revisions, hosts, preflight, timeouts }
    }

    /// What a relaunch to this revision, or to the newest, would do now.
    ///
    /// # Errors
    /// When there is no such revision, or AWS can't be asked.
    pub async fn draw_up(&self, number: Option<RevisionNumber>, now: Timestamp) -> Result<Plan, Error> {
        let (revision, host) = tokio::try_join!(self.revision(number), self.hosts.serving())?;
        let from = async {
            match host.as_ref().and_then(|host| host.revision) {
                Some(number) => self.revisions.get(number).await.map_err(Error::from),
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
            async { self.preflight.make(&revision, RelaunchId::new(now)).await.map_err(Error::from) };
        let (from, user_data, preflight) = tokio::try_join!(from, user_data, preflight)?;
        Ok(draw_up(host.as_ref(), from.as_ref(), &user_data, &revision, preflight, &self.timeouts))
    }

    /// A plan for a revision that is not there is itself not there.
    async fn revision(&self, number: Option<RevisionNumber>) -> Result<StoredRevision, Error> {
        let Some(number) = number else { return self.revisions.wanted(None).await };
        let found = self.revisions.get(number).await?;
        found.ok_or_else(|| Error::not_found(format!("There is no revision {number}.")))
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
        user_data_diff: diff(user_data, &revision.user_data),
        settings: settings(host, from, revision),
        steps: steps(host, revision, &preflight, timeouts),
        preflight: preflight.checks,
    }
}

fn diff(before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(CONTEXT_LINES).header("host", "revision").to_string()
}

/// Recipe and variables are those of the host's revision; image and type are EC2's own word.
fn settings(
    host: Option<&Instance>,
    from: Option<&StoredRevision>,
    to: &StoredRevision,
) -> Vec<SettingChange> {
    let change = |name: &str, from: Option<String>, to: Option<String>| SettingChange {
        name: name.to_owned(),
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
    StepName::ALL.into_iter().map(|name| PlannedStep { name, what: what(name) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_marks_what_goes_and_what_comes() {
        let diff = diff("#!/bin/bash\nexport A=1\n", "#!/bin/bash\nexport A=2\n");
        assert!(diff.contains("-export A=1\n+export A=2\n"), "{diff}");
        assert!(diff.starts_with("--- host\n+++ revision\n"), "{diff}");
    }

    #[test]
    fn the_same_makes_no_diff() {
        assert_eq!(diff_of_same(), "");
    }

    fn diff_of_same() -> String {
        diff("#!/bin/bash\n", "#!/bin/bash\n")
    }
}
