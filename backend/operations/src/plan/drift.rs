//! Where the host is not as the newest relaunch that succeeded has left it: pure.

use rollcall_api::{host::InstanceState, plan::Drift};

use crate::{ec2::Instance, host::recorded::RecordedHost, ids::InstanceId, revision::StoredRevision};

/// The host as it is now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Live<'a> {
    pub(super) host: Option<&'a Instance>,
    /// The instance on record, whatever its tags; none where EC2 knows of none.
    pub(super) recorded_instance: Option<&'a Instance>,
    pub(super) holder: Option<&'a InstanceId>,
    /// Why the host serves no visitor.
    pub(super) out_of_service: Option<&'a str>,
    pub(super) user_data: &'a str,
    /// The newest version of the launch template, where it could be looked at.
    pub(super) template_version: Option<i64>,
}

/// Each thing that is not as it is recorded. `revision` is the one that was launched.
pub(super) fn drift(
    recorded: &RecordedHost,
    revision: Option<&StoredRevision>,
    live: Live<'_>,
) -> Vec<Drift> {
    let of_host = match (&recorded.launched, live.host) {
        (None, None) => Vec::new(),
        (None, Some(host)) => vec![of("host", "none: it was terminated", &host.id)],
        (Some(launched), host) if host.is_none_or(|host| host.id != launched.instance) => {
            vec![another_host(&launched.instance, live)]
        }
        (Some(_), None) => Vec::new(),
        (Some(launched), Some(host)) => {
            let request = &launched.request;
            let differs = |name: &str, recorded: &str, live: Option<&str>| {
                (live != Some(recorded)).then(|| of(name, recorded, live.unwrap_or("none")))
            };
            let number = host.revision.map(|number| number.to_string());
            [
                not_running(host),
                astray(host, live.holder),
                silent(live),
                differs("revision", &request.revision.to_string(), number.as_deref()),
                differs("image", request.image.as_str(), host.image.as_deref()),
                differs("instance_type", request.instance_type.as_str(), host.instance_type.as_deref()),
                differs("subnet", request.subnet.as_str(), host.subnet.as_deref()),
                other_user_data(revision, live.user_data),
            ]
            .into_iter()
            .flatten()
            .collect()
        }
    };
    of_host.into_iter().chain(newer_template(recorded, live.template_version)).collect()
}

fn of(name: &str, recorded: impl ToString, live: impl ToString) -> Drift {
    Drift { name: name.to_owned(), recorded: recorded.to_string(), live: live.to_string(), how: None }
}

fn another_host(recorded: &InstanceId, live: Live<'_>) -> Drift {
    let is = match (live.recorded_instance, live.host) {
        (_, Some(host)) => host.id.to_string(),
        (Some(it), None) => it.state.as_str().to_owned(),
        (None, None) => "gone".to_owned(),
    };
    Drift { how: live.recorded_instance.and_then(|it| it.state_reason.clone()), ..of("host", recorded, is) }
}

fn not_running(host: &Instance) -> Option<Drift> {
    let running = InstanceState::Running;
    (host.state != running).then(|| Drift {
        how: host.state_reason.clone(),
        ..of("state", running.as_str(), host.state.as_str())
    })
}

fn astray(host: &Instance, holder: Option<&InstanceId>) -> Option<Drift> {
    (holder != Some(&host.id)).then(|| {
        of("address", &host.id, holder.map_or_else(|| "no instance".to_owned(), InstanceId::to_string))
    })
}

/// A host that does not run or has no address is silent for that reason, which is told already.
fn silent(live: Live<'_>) -> Option<Drift> {
    let host =
        live.host.filter(|host| host.state == InstanceState::Running && live.holder == Some(&host.id))?;
    live.out_of_service.map(|why| of("service", format!("{} answers", host.id), why))
}

fn other_user_data(revision: Option<&StoredRevision>, live: &str) -> Option<Drift> {
    let revision = revision.filter(|revision| revision.user_data != live)?;
    Some(of("user_data", format!("that of revision {}", revision.number), "another one"))
}

fn newer_template(recorded: &RecordedHost, version: Option<i64>) -> Option<Drift> {
    let before = recorded.launched.as_ref()?.request.launch_template_version;
    let now = version.filter(|now| *now != before)?;
    Some(of("launch_template", format!("version {before}"), format!("version {now}")))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rollcall_api::{audit::Actor, revision::RecipeName};

    use super::*;
    use crate::{host::tests as hosts, ids::RevisionNumber};

    const HOST: &str = "i-00000000000000001";
    const OTHER: &str = "i-00000000000000002";
    const USER_DATA: &str = "#!/bin/bash\n";

    fn id(text: &str) -> InstanceId {
        InstanceId::try_from(text.to_owned()).expect("an instance id")
    }

    fn as_recorded() -> Instance {
        Instance {
            revision: Some(RevisionNumber(2)),
            image: Some("ami-00000000000000001".to_owned()),
            instance_type: Some("t2.micro".to_owned()),
            subnet: Some("subnet-0000000000000000a".to_owned()),
            ..hosts::instance(HOST, InstanceState::Running, 1)
        }
    }

    fn revision() -> StoredRevision {
        StoredRevision {
            number: RevisionNumber(2),
            recipe: RecipeName::Al2023Flask,
            variables: std::collections::BTreeMap::new(),
            image: "ami-00000000000000001".to_owned().try_into().expect("an id"),
            instance_type: "t2.micro".to_owned().try_into().expect("a type"),
            fallback_instance_types: Vec::new(),
            approval_hours: None,
            user_data: USER_DATA.to_owned(),
            user_data_sha256: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
            created_by: Actor::Rollcall,
            note: None,
        }
    }

    /// The names of what has drifted, with what is live, and how it came about.
    fn told(change: impl FnOnce(&mut Live<'_>, &mut Instance)) -> Vec<(String, String, Option<String>)> {
        let holder = id(HOST);
        let mut host = as_recorded();
        let mut live = Live {
            host: None,
            recorded_instance: None,
            holder: Some(&holder),
            out_of_service: None,
            user_data: USER_DATA,
            template_version: Some(1),
        };
        change(&mut live, &mut host);
        let live = Live { host: Some(&host), recorded_instance: Some(&host), ..live };
        let drift = drift(&hosts::recorded(HOST), Some(&revision()), live);
        drift.into_iter().map(|it| (it.name, it.live, it.how)).collect()
    }

    #[test]
    fn what_is_as_it_was_left_has_not_drifted() {
        assert_eq!(told(|_, _| {}), []);
    }

    #[test]
    fn each_thing_that_somebody_changed_is_named_with_what_it_is_now() {
        let row = |name: &str, live: &str| vec![(name.to_owned(), live.to_owned(), None)];
        assert_eq!(
            told(|_, host| host.instance_type = Some("t3.large".to_owned())),
            row("instance_type", "t3.large")
        );
        assert_eq!(told(|_, host| host.image = None), row("image", "none"));
        assert_eq!(told(|_, host| host.revision = None), row("revision", "none"));
        assert_eq!(told(|_, host| host.subnet = Some("subnet-1".to_owned())), row("subnet", "subnet-1"));
        assert_eq!(told(|live, _| live.user_data = "#!/bin/sh\n"), row("user_data", "another one"));
        assert_eq!(told(|live, _| live.template_version = Some(4)), row("launch_template", "version 4"));
        assert_eq!(told(|live, _| live.template_version = None), []);
        assert_eq!(told(|live, _| live.holder = None), row("address", "no instance"));
        assert_eq!(told(|live, _| live.out_of_service = Some("status 500")), row("service", "status 500"));
    }

    #[test]
    fn how_a_host_was_stopped_is_told_in_ec2_s_words() {
        let by = "User initiated (2026-11-26 09:00:00 GMT)";
        let told = told(|live, host| {
            host.state = InstanceState::Stopped;
            host.state_reason = Some(by.to_owned());
            live.out_of_service = Some("i-00000000000000001 is stopped");
        });
        assert_eq!(told, [("state".to_owned(), "stopped".to_owned(), Some(by.to_owned()))]);
    }

    #[test]
    fn a_host_that_is_another_or_gone_is_all_that_is_told_of_it() {
        let of = |host: Option<&Instance>, recorded_instance: Option<&Instance>, recorded: &RecordedHost| {
            let live = Live {
                host,
                recorded_instance,
                holder: None,
                out_of_service: None,
                user_data: "",
                template_version: None,
            };
            drift(recorded, Some(&revision()), live)
                .into_iter()
                .map(|it| (it.name, it.live))
                .collect::<Vec<_>>()
        };
        let row = |live: &str| vec![("host".to_owned(), live.to_owned())];
        let other = hosts::instance(OTHER, InstanceState::Running, 1);
        let gone = hosts::instance(HOST, InstanceState::Terminated, 1);
        let recorded = hosts::recorded(HOST);
        assert_eq!(of(Some(&other), Some(&gone), &recorded), row(OTHER));
        assert_eq!(of(None, Some(&gone), &recorded), row("terminated"));
        assert_eq!(of(None, None, &recorded), row("gone"));
        let terminated = RecordedHost { launched: None, ..recorded };
        assert_eq!(of(None, None, &terminated), []);
        assert_eq!(of(Some(&other), None, &terminated), row(OTHER));
    }
}
